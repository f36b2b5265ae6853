// Sign-in and start-up calls (contract 1.1 to 1.3).
import * as v from 'valibot'
import { Capabilities } from '../contract/capabilities'
import { COUNTS, PROTOCOL } from '../contract/envelope'
import {
  Facilities,
  FacilityProductStores,
  LoginResponse,
  Permissions,
  Preferences,
  ProductStoreSettings,
  UserFacilities,
  UserProfile,
} from '../contract/startup'
import type { IdentifierPreference } from '../domain/access'
import { RemoteError, type RemoteErrorReason } from '../domain/errors'
import { asId, type FacilityId } from '../domain/ids'
import type { AnonymousApi, StartupApi } from '../ports/server'
import { type Http, part } from './http'

const PERMISSIONS_PAGE = 200
const PERMISSION_PAGES_MAX = 25
const FACILITIES_MAX = 500
const SELECTED_FACILITY = 'SELECTED_FACILITY'

const OUTDATED_WORDS =
  'This version of the app does not fit the server any more. Load the new version; your scans stay on this device.'

/** Calls that need no sign-in. `http` sends no token; `protocol` is the version that this client speaks. */
export function createAnonymousCalls(http: Http, protocol: number = PROTOCOL): AnonymousApi {
  return {
    async capabilities(signal) {
      const sentAt = http.clock.now()
      try {
        const path = `${COUNTS}capabilities`
        const told = await http.json({ method: 'get', path, schema: Capabilities, signal })
        http.noteServerTime(told.serverTime, sentAt)
        if (!isSpoken(protocol, told.protocol)) throw new RemoteError('outdated', OUTDATED_WORDS)
        return {
          profile: 'extended',
          gzip: told.gzip,
          fencing: told.fencing,
          epoch: told.epoch,
          protocol: told.protocol,
          demoUsers: told.demoUsers ?? [],
          serverTime: told.serverTime,
        }
      } catch (error) {
        // A plain Moqui server has no such path; some want a sign-in before they say so.
        if (!(error instanceof RemoteError) || !SAYS_BASE.has(error.reason)) throw error
        return BASE_ABILITIES
      }
    },
    async signIn(username, password, signal) {
      const body = { username, password }
      const told = await http.json({
        method: 'post',
        path: 'admin/login',
        schema: LoginResponse,
        body,
        signal,
      })
      return { token: told.token, expiresAt: told.expirationTime }
    },
  }
}

/** Ours answers anybody: whoever refuses this call is a server without it. */
const SAYS_BASE: ReadonlySet<RemoteErrorReason> = new Set([
  'not-found',
  'unauthorized',
  'forbidden',
])

const BASE_ABILITIES = {
  profile: 'hotwax',
  gzip: false,
  fencing: false,
  epoch: null,
  protocol: null,
  demoUsers: [],
  serverTime: null,
} as const

/** Does the server still take what this version sends? */
function isSpoken(
  protocol: number,
  { min, max }: { readonly min: number; readonly max: number },
): boolean {
  return min <= protocol && protocol <= max
}

export function createStartupCalls(http: Http): StartupApi {
  return {
    async profile() {
      const told = await http.json({
        method: 'get',
        path: 'admin/user/profile',
        schema: UserProfile,
      })
      return {
        userId: told.userId,
        userName: told.username,
        fullName: told.userFullName ?? told.username,
        partyId: told.partyId ?? '',
        timeZone: told.timeZone ?? 'UTC',
      }
    },
    permissions: () => readPermissions(http),
    facilities: (partyId, isAdmin) => readFacilities(http, partyId, isAdmin),
    async selectedFacility(userId) {
      const query = { pageSize: 1, userId, preferenceKey: SELECTED_FACILITY }
      const told = await http.json({
        method: 'get',
        path: 'admin/user/preferences',
        schema: Preferences,
        query,
      })
      const value = told[0]?.preferenceValue ?? ''
      return value === '' ? null : asId<FacilityId>(value)
    },
    async selectFacility(userId, facilityId) {
      const body = { userId, preferenceKey: SELECTED_FACILITY, preferenceValue: facilityId }
      await http.run({ method: 'put', path: 'admin/user/preferences', body })
    },
    identifierPreference: (facilityId) => readIdentifierPreference(http, facilityId),
    async signOut() {
      await http.run({ method: 'post', path: 'admin/logout', body: {} })
    },
  }
}

async function readPermissions(http: Http): Promise<readonly string[]> {
  const found = new Set<string>()
  for (let viewIndex = 0; viewIndex < PERMISSION_PAGES_MAX; viewIndex++) {
    const query = { viewIndex, viewSize: PERMISSIONS_PAGE }
    const page = await http.json({
      method: 'get',
      path: 'admin/user/permissions',
      schema: Permissions,
      query,
    })
    const before = found.size
    for (const { permissionId } of page.docs) found.add(permissionId)
    // Also a server that ignores viewIndex ends the loop.
    if (page.docs.length < PERMISSIONS_PAGE || found.size === before) break
  }
  return [...found]
}

async function readFacilities(
  http: Http,
  partyId: string,
  isAdmin: boolean,
): ReturnType<StartupApi['facilities']> {
  const mine = isAdmin ? null : await readOwnFacilities(http, partyId)
  if (mine !== null && mine.length === 0) return []
  const query = {
    pageSize: FACILITIES_MAX,
    facilityTypeId: 'VIRTUAL_FACILITY',
    facilityTypeId_not: 'Y',
    parentTypeId: 'VIRTUAL_FACILITY',
    parentTypeId_not: 'Y',
    ...(mine === null ? {} : { facilityId: mine.join(','), facilityId_op: 'in' }),
  }
  const told = await http.json({ method: 'get', path: 'oms/facilities', schema: Facilities, query })
  return told.map((it) => ({
    facilityId: it.facilityId,
    name: it.facilityName ?? it.facilityId,
    timeZone: it.facilityTimeZone ?? 'UTC',
  }))
}

async function readOwnFacilities(http: Http, partyId: string): Promise<readonly string[]> {
  const path = `admin/user/${part(partyId)}/facilities`
  const told = await http.json({
    method: 'get',
    path,
    schema: UserFacilities,
    query: { pageSize: FACILITIES_MAX },
  })
  return told.filter((it) => it.thruDate == null).map((it) => it.facilityId)
}

const DEFAULT_PREFERENCE: IdentifierPreference = {
  primary: 'productId',
  secondary: 'SKU',
  barcode: 'SKU',
}
const StoredPreference = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ primaryId: v.optional(v.string()), secondaryId: v.optional(v.string()) }),
)

/** Of the facility's first product store; a store without settings is no error, it has the defaults. */
async function readIdentifierPreference(
  http: Http,
  facilityId: FacilityId,
): Promise<IdentifierPreference> {
  const storesPath = `oms/facilities/${part(facilityId)}/productStores`
  const stores = await http.json({
    method: 'get',
    path: storesPath,
    schema: FacilityProductStores,
    query: { pageSize: 200, facilityId },
  })
  const store = stores.find((it) => it.thruDate == null)
  if (store === undefined) return DEFAULT_PREFERENCE
  const settings = await http.json({
    method: 'get',
    path: `admin/productStores/${part(store.productStoreId)}/settings`,
    schema: ProductStoreSettings,
    query: {
      productStoreId: store.productStoreId,
      settingTypeEnumId: 'PRDT_IDEN_PREF,BARCODE_IDEN_PREF',
      settingTypeEnumId_op: 'in',
      pageSize: 5,
    },
  })
  const valueOf = (type: string): string | undefined =>
    settings.find((it) => it.settingTypeEnumId === type)?.settingValue ?? undefined
  const shown = v.safeParse(StoredPreference, valueOf('PRDT_IDEN_PREF'))
  return {
    primary: (shown.success ? shown.output.primaryId : undefined) ?? DEFAULT_PREFERENCE.primary,
    secondary:
      (shown.success ? shown.output.secondaryId : undefined) ?? DEFAULT_PREFERENCE.secondary,
    barcode: valueOf('BARCODE_IDEN_PREF') ?? DEFAULT_PREFERENCE.barcode,
  }
}
