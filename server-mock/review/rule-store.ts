// Tolerances between SQL rows and the rule ladder, with who changed which of them when.
import { encodeMoney } from '../../src/domain/money'
import { encodeQuantity } from '../../src/domain/quantity'
import { EVERY } from '../../src/domain/review'
import type { Sql } from '../db/db'
import { HttpError } from '../http/errors'
import type { ToleranceRow } from '../rules/rule-ladder'
import { microOf, moneyOrNull } from './numbers'

export interface StoredTolerance extends ToleranceRow {
  readonly changedBy: string
  readonly changedAt: number
}

type Key = Pick<ToleranceRow, 'facilityId' | 'abcClass'>

/** What the caller knew: when the rule was changed last, null that there was none; undefined: did not say. */
export type SeenRule = number | null | undefined

interface Change {
  readonly by: string
  readonly now: number
  readonly seen: SeenRule
}

interface Columns {
  readonly facility_id: string
  readonly abc_class: string
  readonly units: string
  readonly percent: string
  readonly money: string | null
  readonly changed_by: string
  readonly changed_at: number
}

const COLUMNS = `facility_id, abc_class, units::text, percent::text, money::text, changed_by, changed_at`

/** Those of the facility and those of every facility. */
export async function readTolerances(
  sql: Sql,
  facilityId: string,
): Promise<readonly StoredTolerance[]> {
  const rows = await sql.query<Columns>(
    `select ${COLUMNS} from review_rule where facility_id in ($1, '*') order by facility_id, abc_class`,
    [facilityId],
  )
  return rows.map(decode)
}

function decode(it: Columns): StoredTolerance {
  return {
    facilityId: it.facility_id,
    abcClass: it.abc_class,
    units: microOf(it.units),
    percent: Number(it.percent),
    money: moneyOrNull(it.money),
    changedBy: it.changed_by,
    changedAt: it.changed_at,
  }
}

/** Sets or replaces a rule. In a transaction. @throws HttpError 404 for a facility that is none, 409 when it is no longer as the caller saw it */
export async function putTolerance(sql: Sql, rule: ToleranceRow, change: Change): Promise<StoredTolerance> {
  await requirePlace(sql, rule.facilityId)
  const before = await holdTolerance(sql, rule, change.seen)
  const values = wireValues(rule)
  const [row] = await sql.query<Columns>(
    `insert into review_rule (facility_id, abc_class, units, percent, money, changed_by, changed_at)
     values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (facility_id, abc_class) do update set units = excluded.units, percent = excluded.percent,
       money = excluded.money, changed_by = excluded.changed_by, changed_at = excluded.changed_at
     returning ${COLUMNS}`,
    [rule.facilityId, rule.abcClass, values.units, values.percent, values.money, change.by, change.now],
  )
  if (row === undefined) throw new Error('A rule was not stored')
  await noteChange(sql, rule, { before: before && wireValues(before), after: values }, change)
  return decode(row)
}

/** In a transaction. @throws HttpError 404 when there is none, 409 when it is no longer as the caller saw it */
export async function deleteTolerance(sql: Sql, key: Key, change: Change): Promise<void> {
  const before = await holdTolerance(sql, key, change.seen)
  if (before === null) throw new HttpError(404, 'There is no such rule', 'NOT_FOUND')
  await sql.query('delete from review_rule where facility_id = $1 and abc_class = $2', [
    key.facilityId,
    key.abcClass,
  ])
  await noteChange(sql, key, { before: wireValues(before), after: null }, change)
}

/** @throws HttpError 404 for a facility that is none */
export async function requirePlace(sql: Sql, facilityId: string): Promise<void> {
  if (facilityId === EVERY) return
  const found = await sql.query('select 1 from facility where facility_id = $1', [facilityId])
  if (found.length === 0) throw new HttpError(404, 'There is no such facility', 'NOT_FOUND')
}

/** Whoever changes rules takes turns: they are few, and changed seldom. */
async function holdTolerance(sql: Sql, key: Key, seen: SeenRule): Promise<StoredTolerance | null> {
  await sql.query('lock table review_rule in share row exclusive mode')
  const [row] = await sql.query<Columns>(
    `select ${COLUMNS} from review_rule where facility_id = $1 and abc_class = $2`,
    [key.facilityId, key.abcClass],
  )
  if (seen !== undefined && seen !== (row?.changed_at ?? null))
    throw new HttpError(409, 'Somebody else has changed this rule: look again', 'REVIEW_CHANGED')
  return row === undefined ? null : decode(row)
}

interface RuleValues {
  readonly units: number
  readonly percent: number
  readonly money: number | null
}

function wireValues({ units, percent, money }: ToleranceRow): RuleValues {
  return {
    units: encodeQuantity(units),
    percent,
    money: money === null ? null : encodeMoney(money),
  }
}

async function noteChange(
  sql: Sql,
  key: Key,
  { before, after }: { readonly before: RuleValues | null; readonly after: RuleValues | null },
  { by, now }: Change,
): Promise<void> {
  await sql.query(
    `insert into review_rule_change (facility_id, abc_class, seq, at, by_user, before, after)
     select $1, $2, coalesce(max(seq), 0) + 1, $3, $4, $5::jsonb, $6::jsonb
     from review_rule_change where facility_id = $1 and abc_class = $2`,
    [
      key.facilityId,
      key.abcClass,
      now,
      by,
      before === null ? null : JSON.stringify(before),
      after === null ? null : JSON.stringify(after),
    ],
  )
}

const CHANGES_SHOWN = 50

export interface RuleChangeRow {
  readonly facilityId: string
  readonly abcClass: string
  readonly at: number
  readonly by: string
  readonly before: RuleValues | null
  readonly after: RuleValues | null
}

/** The newest first, those of the facility and of every facility. */
export async function readRuleChanges(sql: Sql, facilityId: string): Promise<RuleChangeRow[]> {
  return sql.query<RuleChangeRow>(
    `select facility_id as "facilityId", abc_class as "abcClass", at, by_user as by, before, after
     from review_rule_change where facility_id in ($1, '*')
     order by at desc, facility_id, abc_class, seq desc limit ${CHANGES_SHOWN}`,
    [facilityId],
  )
}
