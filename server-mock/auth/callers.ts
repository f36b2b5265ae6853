// From a token to the caller with their permissions and facilities.
import type { Permission } from '../../src/domain/access'
import type { Sql } from '../db/db'
import type { Caller } from '../http/context'
import { HttpError } from '../http/errors'

const ADMINS: readonly Permission[] = ['COMMON_ADMIN', 'INV_COUNT_ADMIN']

interface CallerRow {
  user_id: string
  user_name: string
  party_id: string
  permissions: string[] | null
  facilities: string[] | null
}

/** Of `u`, at the moment `$2`. */
const CALLER = `u.user_id, u.user_name, u.party_id,
  (select json_agg(permission_id) from user_permission p where p.user_id = u.user_id) as permissions,
  (select json_agg(facility_id) from user_facility f
     where f.user_id = u.user_id and f.from_date <= $2 and (f.thru_date is null or f.thru_date > $2)) as facilities`

/** Of a user as they are now, for work that is done after their call. Null when there is none, or they are disabled. */
export async function findCallerOf(sql: Sql, userId: string, now: number): Promise<Caller | null> {
  const [row] = await sql.query<CallerRow>(
    `select ${CALLER} from user_account u where u.user_id = $1 and not u.disabled`,
    [userId, now],
  )
  return row === undefined ? null : decodeCaller(row)
}

/** Null when the token is unknown, over, or its user disabled. One query, on every call. */
export async function findCaller(sql: Sql, tokenHash: string, now: number): Promise<Caller | null> {
  const [row] = await sql.query<CallerRow>(
    `select ${CALLER}
     from token t join user_account u on u.user_id = t.user_id
     where t.token_hash = $1 and t.expires_at > $2 and not u.disabled`,
    [tokenHash, now],
  )
  return row === undefined ? null : decodeCaller(row)
}

function decodeCaller(row: CallerRow): Caller {
  return createCaller({
    userId: row.user_id,
    userName: row.user_name,
    partyId: row.party_id,
    permissions: row.permissions ?? [],
    facilityIds: row.facilities ?? [],
  })
}

export interface CallerFacts {
  readonly userId: string
  readonly userName: string
  readonly partyId: string
  readonly permissions: readonly string[]
  readonly facilityIds: readonly string[]
}

export function createCaller(facts: CallerFacts): Caller {
  const permissions = new Set(facts.permissions)
  const facilityIds = new Set(facts.facilityIds)
  const isAdmin = ADMINS.some((it) => permissions.has(it))
  const may = (permission: Permission): boolean => isAdmin || permissions.has(permission)
  const mayAt = (facilityId: string | null | undefined): boolean =>
    isAdmin || (typeof facilityId === 'string' && facilityIds.has(facilityId))

  return {
    userId: facts.userId,
    userName: facts.userName,
    partyId: facts.partyId,
    permissions,
    facilityIds,
    isAdmin,
    may,
    mayAt,
    require: (permission) => {
      if (!may(permission))
        throw new HttpError(403, `Permission ${permission} is needed`, 'FORBIDDEN')
    },
    requireAt: (facilityId) => {
      if (!mayAt(facilityId))
        throw new HttpError(403, 'This is outside your facilities', 'FORBIDDEN')
    },
  }
}

/** For anonymous routes. */
export const NOBODY: Caller = createCaller({
  userId: '',
  userName: '',
  partyId: '',
  permissions: [],
  facilityIds: [],
})
