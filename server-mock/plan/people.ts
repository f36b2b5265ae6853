// Who may be given a session at a facility: its own people who may count.
import type { Sql } from '../db/db'
import { HttpError } from '../http/errors'

export interface Person {
  readonly userName: string
  readonly fullName: string
}

/** More are not looked through by a person. */
const PEOPLE_MAX = 500

/** By name. */
export async function listPeople(sql: Sql, facilityId: string, now: number): Promise<Person[]> {
  return sql.query<Person>(
    `select u.user_name as "userName", u.full_name as "fullName" from user_account u
       join user_facility f on f.user_id = u.user_id and f.facility_id = $1
     where not u.disabled and f.from_date <= $2 and (f.thru_date is null or f.thru_date > $2)
       and exists (select 1 from user_permission p where p.user_id = u.user_id and p.permission_id = 'INVCOUNT_APP_VIEW')
     order by u.full_name, u.user_name limit ${PEOPLE_MAX}`,
    [facilityId, now],
  )
}

/** @throws HttpError 400 that names who may not count there */
export async function requirePeople(
  sql: Sql,
  facilityId: string,
  userNames: readonly string[],
  now: number,
): Promise<void> {
  if (userNames.length === 0) return
  const known = new Set((await listPeople(sql, facilityId, now)).map((it) => it.userName))
  const stranger = userNames.find((it) => !known.has(it))
  if (stranger !== undefined)
    throw new HttpError(400, `${stranger} does not count in this facility`, 'BAD_REQUEST')
}
