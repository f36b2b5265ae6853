// People, what they hold, and the record of its changes, between SQL rows and the rules.
import { PERMISSIONS, type Permission } from '../../src/domain/access'
import type { Sql } from '../db/db'
import { ADMIN_PERMISSIONS, type Holding } from '../rules/person-change'

export interface PersonRow extends Holding {
  readonly userId: string
  readonly userName: string
  readonly fullName: string
  readonly revision: number
}

const PERSON = `select u.user_id as "userId", u.user_name as "userName", u.full_name as "fullName", u.disabled as "isDisabled",
    coalesce((select json_agg(permission_id order by permission_id) from user_permission p
      where p.user_id = u.user_id and p.permission_id = any($1::text[])), '[]') as permissions,
    coalesce((select json_agg(facility_id order by facility_id) from user_facility f
      where f.user_id = u.user_id and f.thru_date is null), '[]') as "facilityIds",
    (select coalesce(max(seq), 0) from person_change c where c.user_id = u.user_id) as revision
  from user_account u`

/** In the order of their ids, one more than asked for when there are more. One statement. */
export async function listPeople(
  sql: Sql,
  { after, limit }: { readonly after: string; readonly limit: number },
): Promise<readonly PersonRow[]> {
  return sql.query<PersonRow>(`${PERSON} where u.user_id > $2 order by u.user_id limit $3::int`, [
    [...PERMISSIONS],
    after,
    limit + 1,
  ])
}

export async function findPerson(sql: Sql, userId: string): Promise<PersonRow | null> {
  const [row] = await sql.query<PersonRow>(`${PERSON} where u.user_id = $2`, [
    [...PERMISSIONS],
    userId,
  ])
  return row ?? null
}

/** As people know each other, by sign-in name; who is not there is not in it. */
export async function fullNamesOf(sql: Sql, userNames: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const rows = await sql.query<{ userName: string; fullName: string }>(
    'select user_name as "userName", full_name as "fullName" from user_account where user_name = any($1::text[])',
    [[...new Set(userNames)]],
  )
  return new Map(rows.map((it) => [it.userName, it.fullName]))
}

export async function listFacilities(
  sql: Sql,
): Promise<readonly { readonly facilityId: string; readonly name: string }[]> {
  return sql.query(
    'select facility_id as "facilityId", facility_name as name from facility order by facility_name, facility_id',
  )
}

/** Until the transaction ends nobody else changes what anybody holds: two administrators cannot unmake each other. */
export async function holdPeople(sql: Sql): Promise<void> {
  await sql.query('lock table person_change in exclusive mode')
}

/** Those beside `userId` who administrate and may sign in. */
export async function countOtherAdmins(sql: Sql, userId: string): Promise<number> {
  const [row] = await sql.query<{ admins: number }>(
    `select count(distinct u.user_id)::int as admins from user_account u join user_permission p on p.user_id = u.user_id
     where u.user_id <> $1 and not u.disabled and p.permission_id = any($2::text[])`,
    [userId, [...ADMIN_PERMISSIONS]],
  )
  return row?.admins ?? 0
}

export interface Change {
  readonly before: Holding
  readonly after: Holding
  readonly by: string
  readonly reason: string
  readonly at: number
}

/** Permissions and facilities that this app does not know stay as they are. @returns the person's new revision */
export async function saveChange(sql: Sql, userId: string, change: Change): Promise<number> {
  const { before, after, by, reason, at } = change
  await sql.query('update user_account set disabled = $2 where user_id = $1', [userId, after.isDisabled])
  await sql.query(
    'delete from user_permission where user_id = $1 and permission_id = any($2::text[])',
    [userId, gone<Permission>(before.permissions, after.permissions)],
  )
  await sql.query(
    'insert into user_permission (user_id, permission_id) select $1, unnest($2::text[]) on conflict do nothing',
    [userId, gone<Permission>(after.permissions, before.permissions)],
  )
  await sql.query(
    'delete from user_facility where user_id = $1 and facility_id = any($2::text[])',
    [userId, gone(before.facilityIds, after.facilityIds)],
  )
  await sql.query(
    `insert into user_facility (user_id, facility_id) select $1, unnest($2::text[])
     on conflict (user_id, facility_id) do update set thru_date = null`,
    [userId, gone(after.facilityIds, before.facilityIds)],
  )
  const [row] = await sql.query<{ seq: number }>(
    `insert into person_change (user_id, seq, at, by_user, reason, before, after)
     select $1, coalesce(max(seq), 0) + 1, $2, $3, $4, $5::jsonb, $6::jsonb from person_change where user_id = $1 returning seq`,
    [userId, at, by, reason, JSON.stringify(before), JSON.stringify(after)],
  )
  return row?.seq ?? 0
}

function gone<T extends string>(from: readonly T[], rest: readonly T[]): readonly T[] {
  return from.filter((it) => !rest.includes(it))
}

/** Newest first. */
export async function listChanges(
  sql: Sql,
  userId: string,
  limit: number,
): Promise<readonly Change[]> {
  return sql.query<Change>(
    `select at, by_user as by, reason, before, after from person_change where user_id = $1
     order by seq desc limit $2::int`,
    [userId, limit],
  )
}
