// What the import rules may know of facilities, people and products: a few queries for each slice of rows.
import type { Sql } from '../db/db'
import { amongst } from '../db/packed'
import type { Caller } from '../http/context'
import { spellingsOf } from '../rules/identify'
import type { ImportWorld, RawRow } from '../rules/import-rows'
import { listPeople, type Person } from './people'

type Places = Pick<ImportWorld, 'zoneOf' | 'personAt'>

/** Of the facilities that the rows name and in which the caller plans. */
export async function readPlaces(sql: Sql, caller: Caller, rows: readonly RawRow[], now: number): Promise<Places> {
  const named = [...new Set(rows.flatMap((it) => it.facilityId?.trim() ?? []))].filter((it) => caller.mayAt(it))
  const facilities = await sql.query<{ id: string; zone: string }>(
    'select facility_id as id, facility_time_zone as zone from facility where facility_id = any($1::text[])',
    [named],
  )
  const zones = new Map(facilities.map((it) => [it.id, it.zone]))
  const people = new Map<string, ReadonlyMap<string, string>>()
  for (const { id } of facilities) people.set(id, namesOf(await listPeople(sql, id, now)))
  return {
    zoneOf: (facilityId) => zones.get(facilityId),
    personAt: (facilityId, name) => people.get(facilityId)?.get(name.toLowerCase()),
  }
}

/** Sign-in names win over full names; a full name that two people share names nobody. */
function namesOf(people: readonly Person[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>()
  const shared = new Set<string>()
  for (const { fullName, userName } of people) {
    const key = fullName.toLowerCase()
    if (names.has(key)) shared.add(key)
    names.set(key, userName)
  }
  for (const key of shared) names.delete(key)
  for (const { userName } of people) names.set(userName.toLowerCase(), userName)
  return names
}

/** Products that a slice of rows names. */
export async function readNamedProducts(
  sql: Sql,
  rows: readonly RawRow[],
): Promise<Pick<ImportWorld, 'isProduct' | 'productsWith'>> {
  const ids = [...new Set(rows.flatMap((it) => it.productId?.trim() || []))]
  const values = [...new Set(rows.flatMap((it) => spellingsOf(it.idValue?.trim() ?? '')))]
  const known = await sql.query<{ id: string }>(
    `select product_id as id from product where product_id = ${amongst(1)} and not deleted`,
    [ids],
  )
  const claims = await sql.query<{ id: string; type: string; value: string }>(
    `select i.product_id as id, i.type, i.value from product_identifier i join product p on p.product_id = i.product_id
     where i.value = ${amongst(1)} and not p.deleted`,
    [values],
  )
  const products = new Set(known.map((it) => it.id))
  const byValue = new Map<string, { id: string; type: string }[]>()
  for (const { value, ...claim } of claims) byValue.set(value, [...(byValue.get(value) ?? []), claim])
  return {
    isProduct: (productId) => products.has(productId),
    productsWith: (idType, idValue) => {
      const found = spellingsOf(idValue).flatMap((it) => byValue.get(it) ?? [])
      return [...new Set(found.filter((it) => idType === null || it.type === idType).map((it) => it.id))]
    },
  }
}
