// Recounts that the rules ask for by themselves, and take back when they have become pointless.
import { RULES } from '../../src/domain/review'
import { PURPOSE_IDS } from '../../src/contract/counts'
import type { Sql } from '../db/db'
import { isUnanswered, recallReason, wantsRecount, type LastStep } from '../rules/recounts-by-rule'
import { isRecountingOn } from './recount-rule-store'
import {
  makeRecounts,
  roundFor,
  takeRecountsBack,
  type PendingRecount,
  type RecountPlace,
} from './recount-sessions'
import type { ReviewProduct } from './review-products'
import type { CountingSession } from './review-scope'

export type RulesPlace = Omit<RecountPlace, 'by' | 'bulkId'>

/**
 * Whatever became of the switch since: a recount that nobody wants any more is nobody's work.
 * @returns the products as they stand now. Under the held review. Rule: docs/SPEC.md RL19
 */
export async function recallRecounts(
  place: RulesPlace,
  products: readonly ReviewProduct[],
): Promise<readonly ReviewProduct[]> {
  const pointless = products.flatMap(({ productId, rung, recount, beneath }): PendingRecount[] => {
    if (rung.state !== 'recounting' || recount?.by !== RULES) return []
    const reason = recallReason(beneath)
    return reason === null ? [] : [{ productId, recount, reason }]
  })
  if (pointless.length === 0) return products
  const taken = await takeRecountsBack({ ...place, by: RULES }, pointless)
  return products.map((it) =>
    taken.has(it.productId) ? { ...it, rung: it.beneath, recount: null } : it,
  )
}

/** Where the facility says so. Under the held review, after what was judged is written. Rules: docs/SPEC.md RL16-RL18 */
export async function askForRecounts(
  place: RulesPlace,
  products: readonly ReviewProduct[],
  sessions: readonly CountingSession[],
): Promise<void> {
  const { sql, count } = place
  const isHard = count.purposeId === PURPOSE_IDS.hard
  const isAnyOpen = isFirstRoundOpen(sessions)
  const wanted = products.filter((it) =>
    wantsRecount({
      rung: it.rung,
      isDecided: it.decision !== null,
      isRequested: it.isRequested,
      round: roundFor(it),
      isHard,
      isAnyOpen,
    }),
  )
  if (wanted.length === 0 || !(await isRecountingOn(sql, count.facilityId))) return
  const last = await readLastSteps(
    sql,
    count.workEffortId,
    wanted.map((it) => it.productId),
  )
  const unanswered = wanted.filter((it) => isUnanswered(last.get(it.productId) ?? null))
  // One bulk for the whole count: what trickles in fills the session that nobody has begun yet.
  await makeRecounts(
    { ...place, by: RULES, bulkId: RULES },
    unanswered,
    ({ rung }) => rung.why ?? '',
  )
}

function isFirstRoundOpen(sessions: readonly CountingSession[]): boolean {
  return sessions.some(
    ({ round, status }) => round === 0 && (status === 'created' || status === 'assigned'),
  )
}

async function readLastSteps(
  sql: Sql,
  workEffortId: string,
  productIds: readonly string[],
): Promise<ReadonlyMap<string, LastStep>> {
  const rows = await sql.query<NonNullable<LastStep> & { readonly productId: string }>(
    `select distinct on (product_id) product_id as "productId", action, by_user as by from review_audit
     where work_effort_id = $1 and product_id = any($2::text[])
       and action in ('judged', 'recount-sent', 'recount-cancelled')
     order by product_id, seq desc`,
    [workEffortId, productIds],
  )
  return new Map(rows.map((it) => [it.productId, it]))
}

/**
 * When a session of the first round is in, or thrown away, as the last of several: what waited for it, which other
 * sessions have counted, is looked at now. Rule: docs/SPEC.md RL18
 */
export async function hasWaited(
  { sql, count }: RulesPlace,
  sessionId: string,
  sessions: readonly CountingSession[],
): Promise<boolean> {
  const others = sessions.filter((it) => it.round === 0 && it.id !== sessionId)
  if (others.length === 0 || isFirstRoundOpen(sessions)) return false
  if (!(await isRecountingOn(sql, count.facilityId)) || !(await isOfFirstRound(sql, sessionId)))
    return false
  if (count.purposeId === PURPOSE_IDS.hard) return true
  const found = await sql.query(
    `select product_id from session_item where session_id = any($1::text[]) and product_id is not null and not is_deleted
     group by product_id having not bool_or(coalesce(is_requested, false)) limit 1`,
    [others.map((it) => it.id)],
  )
  return found.length > 0
}

async function isOfFirstRound(sql: Sql, sessionId: string): Promise<boolean> {
  const found = await sql.query(
    'select 1 from count_session where session_id = $1 and recount_round is null',
    [sessionId],
  )
  return found.length > 0
}
