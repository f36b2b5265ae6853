// Sign-in, and what an app asks right after it about the user (contract 1.1 to 1.3).
import * as v from 'valibot'
import { Text } from '../../src/contract/envelope'
import {
  LoginOptions,
  LoginRequest,
  LoginResponse,
  Permissions,
  Preferences,
  PutPreference,
  UserFacilities,
  UserProfile,
} from '../../src/contract/startup'
import type { Passwords } from '../auth/passwords'
import { signIn } from '../auth/sign-in'
import { revokeToken } from '../auth/tokens'
import type { Caller } from '../http/context'
import { HttpError } from '../http/errors'
import { readPaging } from '../http/query'
import type { ServerLimits } from '../limits'
import type { Registry } from '../http/route'
import { registerSettings } from './settings'

const PERMISSIONS_PAGE_MAX = 1000

export function registerStartup(
  registry: Registry,
  passwords: Passwords,
  limits: ServerLimits,
): void {
  registerSignIn(registry, passwords, limits)
  registerUser(registry)
  registerPreferences(registry)
  registerSettings(registry)
}

function registerSignIn(
  registry: Registry,
  passwords: Passwords,
  { loginBytesMax }: ServerLimits,
): void {
  registry.route({
    method: 'GET',
    path: 'admin/checkLoginOptions',
    needs: 'anonymous',
    answer: LoginOptions,
    handler: async () => ({ loginAuthType: 'BASIC' }),
  })
  registry.route({
    method: 'POST',
    path: 'admin/login',
    needs: 'anonymous',
    body: LoginRequest,
    bodyBytesMax: loginBytesMax,
    answer: LoginResponse,
    handler: ({ context, body, address }) => signIn(context, passwords, { ...body, address }),
  })
  registry.route({
    method: 'POST',
    path: 'admin/logout',
    needs: 'signed-in',
    handler: async ({ sql, tokenHash }) => {
      await revokeToken(sql, tokenHash)
      return {}
    },
  })
}

function registerUser(registry: Registry): void {
  registry.route({
    method: 'GET',
    path: 'admin/user/profile',
    needs: 'signed-in',
    answer: UserProfile,
    handler: async ({ sql, caller }) => {
      const [user] = await sql.query<v.InferInput<typeof UserProfile>>(
        `select user_id as "userId", user_name as username, full_name as "userFullName", party_id as "partyId",
           time_zone as "timeZone" from user_account where user_id = $1`,
        [caller.userId],
      )
      return user
    },
  })
  registry.route({
    method: 'POST',
    path: 'admin/user/profile',
    needs: 'signed-in',
    body: v.object({
      userId: v.optional(Text),
      timeZone: v.pipe(Text, v.check(isTimeZone, 'not a time zone')),
    }),
    handler: async ({ sql, caller, body }) => {
      requireSelf(caller, body.userId ?? caller.userId)
      await sql.query('update user_account set time_zone = $2 where user_id = $1', [
        caller.userId,
        body.timeZone,
      ])
      return { userId: caller.userId }
    },
  })
  registry.route({
    method: 'GET',
    path: 'admin/user/getAvailableTimeZones',
    needs: 'signed-in',
    handler: async () => ({ timeZones: Intl.supportedValuesOf('timeZone').map((id) => ({ id })) }),
  })
  registry.route({
    method: 'GET',
    path: 'admin/user/permissions',
    needs: 'signed-in',
    answer: Permissions,
    handler: async ({ caller, query }) => {
      const size = query.int('viewSize', { min: 1, max: PERMISSIONS_PAGE_MAX, otherwise: 20 })
      const index = query.int('viewIndex', { min: 0, max: PERMISSIONS_PAGE_MAX, otherwise: 0 })
      const all = [...caller.permissions].toSorted()
      return {
        docs: all.slice(index * size, (index + 1) * size).map((permissionId) => ({ permissionId })),
      }
    },
  })
  registry.route({
    method: 'GET',
    path: 'admin/user/:partyId/facilities',
    needs: 'signed-in',
    answer: UserFacilities,
    handler: async ({ sql, caller, param, query, context }) => {
      if (param('partyId') !== caller.partyId && !caller.isAdmin)
        throw new HttpError(403, 'These are the facilities of somebody else', 'FORBIDDEN')
      const { limit, offset } = readPaging(query, context.limits.pageRowsMax)
      return sql.query<{ facilityId: string; thruDate: number | null }>(
        `select f.facility_id as "facilityId", f.from_date as "fromDate", f.thru_date as "thruDate"
         from user_facility f join user_account u on u.user_id = f.user_id
         where u.party_id = $1 order by f.facility_id limit $2::int offset $3::int`,
        [param('partyId'), limit, offset],
      )
    },
  })
}

function registerPreferences(registry: Registry): void {
  registry.route({
    method: 'GET',
    path: 'admin/user/preferences',
    needs: 'signed-in',
    answer: Preferences,
    handler: async ({ sql, caller, query }) => {
      requireSelf(caller, query.one('userId') ?? caller.userId)
      return sql.query<{ preferenceValue: string | null }>(
        `select user_id as "userId", preference_key as "preferenceKey", preference_value as "preferenceValue"
         from preference where user_id = $1 and ($2::text is null or preference_key = $2::text) order by preference_key`,
        [caller.userId, query.one('preferenceKey')],
      )
    },
  })
  registry.route({
    method: 'PUT',
    path: 'admin/user/preferences',
    needs: 'signed-in',
    body: PutPreference,
    handler: async ({ sql, caller, body, context }) => {
      requireSelf(caller, body.userId)
      const stored = await sql.query(
        `insert into preference (user_id, preference_key, preference_value)
         select $1::text, $2::text, $3::text
         where (select count(*) from preference where user_id = $1::text and preference_key <> $2::text) < $4::int
         on conflict (user_id, preference_key) do update set preference_value = excluded.preference_value
         returning 1`,
        [
          caller.userId,
          body.preferenceKey,
          body.preferenceValue,
          context.limits.preferencesPerUserMax,
        ],
      )
      if (stored.length === 0)
        throw new HttpError(400, 'There are too many preferences', 'BAD_REQUEST')
      return { userId: caller.userId, preferenceKey: body.preferenceKey }
    },
  })
}

/** Nobody reads or writes the settings of somebody else. */
function requireSelf(caller: Caller, userId: string): void {
  if (userId !== caller.userId && userId !== caller.userName)
    throw new HttpError(403, 'These are the settings of somebody else', 'FORBIDDEN')
}

function isTimeZone(name: string): boolean {
  // An offset is a zone to JavaScript, and the opposite one to PostgreSQL.
  if (/^[+-]/.test(name)) return false
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}
