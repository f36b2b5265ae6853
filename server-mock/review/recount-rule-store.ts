// Whether the rules of a facility ask for recounts by themselves: what was said last, and all that was said before.
import type { Sql } from '../db/db'
import { HttpError } from '../http/errors'
import { requirePlace, type SeenRule } from './rule-store'

export interface StoredRecountRule {
  readonly isOn: boolean
  readonly changedBy: string
  readonly changedAt: number
}

export async function isRecountingOn(sql: Sql, facilityId: string): Promise<boolean> {
  return (await readRecountRule(sql, facilityId))?.isOn === true
}

/** null: nobody has ever said anything; then they do not ask. */
export async function readRecountRule(
  sql: Sql,
  facilityId: string,
): Promise<StoredRecountRule | null> {
  const [row] = await sql.query<StoredRecountRule>(
    `select is_on as "isOn", by_user as "changedBy", at as "changedAt" from recount_rule
     where facility_id = $1 order by seq desc limit 1`,
    [facilityId],
  )
  return row ?? null
}

interface Wanted {
  readonly facilityId: string
  readonly isOn: boolean
}

/**
 * The same again is nothing new. In a transaction.
 * @throws HttpError 404 for a facility that is none, 409 when it is no longer as the caller saw it. Rule: docs/SPEC.md RL22
 */
export async function putRecountRule(
  sql: Sql,
  { facilityId, isOn }: Wanted,
  { by, now, seen }: { readonly by: string; readonly now: number; readonly seen: SeenRule },
): Promise<StoredRecountRule> {
  await requirePlace(sql, facilityId)
  await sql.query('lock table recount_rule in share row exclusive mode')
  const before = await readRecountRule(sql, facilityId)
  if (seen !== undefined && seen !== (before?.changedAt ?? null))
    throw new HttpError(409, 'Somebody else has changed this rule: look again', 'REVIEW_CHANGED')
  if (before?.isOn === isOn) return before
  await sql.query(
    `insert into recount_rule (facility_id, seq, is_on, at, by_user)
     select $1, coalesce(max(seq), 0) + 1, $2, $3, $4 from recount_rule where facility_id = $1`,
    [facilityId, isOn, now, by],
  )
  return { isOn, changedBy: by, changedAt: now }
}

const CHANGES_SHOWN = 50

/** The newest first. */
export async function readRecountRuleChanges(
  sql: Sql,
  facilityId: string,
): Promise<{ at: number; by: string; isOn: boolean }[]> {
  return sql.query(
    `select at, by_user as by, is_on as "isOn" from recount_rule where facility_id = $1
     order by seq desc limit ${CHANGES_SHOWN}`,
    [facilityId],
  )
}
