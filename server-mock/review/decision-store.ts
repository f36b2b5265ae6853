// Decisions of a review between SQL rows and the rules.
import { sumQuantity, ZERO, type Micro } from '../../src/domain/quantity'
import type { Sql } from '../db/db'
import { amongst, queryPacked } from '../db/packed'
import type { LeftOpen } from '../rules/closing'
import type { Decision } from '../rules/review-decision'
import { microOf, microOrNull, wireQuantity } from './numbers'

export interface StoredDecision extends Decision {
  readonly by: string
  readonly at: number
  /** What corrections and late evidence have added since it was booked. */
  readonly adjusted: Micro
}

interface Columns {
  readonly product_id: string
  readonly outcome: 'APPLIED' | 'SKIPPED'
  readonly round: number | null
  readonly counted_at: number | null
  readonly system_quantity: string | null
  readonly counted_quantity: string | null
  readonly variance_quantity: string | null
  readonly edit_delta: string | null
  readonly reason: string | null
  readonly note: string | null
  readonly photo_id: string | null
  readonly decided_by: string
  readonly decided_at: number
  readonly posted_at: number | null
}

export async function readDecisions(
  sql: Sql,
  workEffortId: string,
  productIds: readonly string[],
): Promise<ReadonlyMap<string, StoredDecision>> {
  const rows = await queryPacked<Columns>(
    sql,
    `select product_id, outcome, round, counted_at, system_quantity::text, counted_quantity::text,
       variance_quantity::text, edit_delta::text, reason, note, photo_id, decided_by, decided_at, posted_at
     from review_decision where work_effort_id = $1 and product_id = ${amongst(2)}`,
    [workEffortId, productIds],
  )
  const adjusted = await readAdjusted(
    sql,
    workEffortId,
    rows.flatMap((it) => (it.posted_at === null ? [] : [it.product_id])),
  )
  return new Map(
    rows.map((row) => [row.product_id, decode(row, adjusted.get(row.product_id) ?? ZERO)]),
  )
}

async function readAdjusted(
  sql: Sql,
  workEffortId: string,
  productIds: readonly string[],
): Promise<ReadonlyMap<string, Micro>> {
  const byProduct = new Map<string, Micro>()
  // Only what is booked is corrected.
  if (productIds.length === 0) return byProduct
  const rows = await sql.query<{ id: string; delta: string }>(
    `select product_id as id, delta::text from review_adjustment
     where work_effort_id = $1 and product_id = ${amongst(2)}`,
    [workEffortId, productIds],
  )
  for (const { id, delta } of rows)
    byProduct.set(id, sumQuantity(byProduct.get(id) ?? ZERO, microOf(delta)))
  return byProduct
}

export interface DecisionToStore {
  readonly productId: string
  readonly decision: Decision
  /** PARTIAL_SCOPE_POST, … */
  readonly reasonId: string
}

/** Under the held review: there is none of these products yet. */
export async function insertDecisions(
  sql: Sql,
  {
    workEffortId,
    facilityId,
    by,
    now,
    postedAt,
  }: {
    readonly workEffortId: string
    readonly facilityId: string
    readonly by: string
    readonly now: number
    readonly postedAt: number | null
  },
  decisions: readonly DecisionToStore[],
): Promise<void> {
  if (decisions.length === 0) return
  await sql.query(
    `insert into review_decision (work_effort_id, facility_id, product_id, outcome, reason_id, system_quantity,
       counted_quantity, variance_quantity, edit_delta, round, counted_at, reason, note, photo_id, decided_by,
       decided_at, posted_at)
     select $1, $2, r.product_id, r.outcome, r.reason_id, r.system_quantity, r.counted_quantity, r.variance_quantity,
       r.edit_delta, r.round, r.counted_at, r.reason, r.note, r.photo_id, $4, $5, $6
     from jsonb_to_recordset($3::jsonb) as r(product_id text, outcome text, reason_id text, system_quantity numeric(20,6),
       counted_quantity numeric(20,6), variance_quantity numeric(20,6), edit_delta numeric(20,6), round int,
       counted_at bigint, reason text, note text, photo_id text)`,
    [workEffortId, facilityId, JSON.stringify(decisions.map(encode)), by, now, postedAt],
  )
}

export async function deleteDrafts(
  sql: Sql,
  workEffortId: string,
  productIds: readonly string[],
): Promise<void> {
  await sql.query(
    'delete from review_decision where work_effort_id = $1 and product_id = any($2::text[]) and posted_at is null',
    [workEffortId, productIds],
  )
}

/**
 * What would be left behind by closing the count now: decisions that are not booked, and counted products that nobody has
 * decided. What nobody counted moves nothing and may be left open.
 */
export async function readLeftOpen(sql: Sql, workEffortId: string): Promise<LeftOpen> {
  const [row] = await sql.query<LeftOpen>(
    `select (select count(*)::int from review_decision where work_effort_id = $1 and posted_at is null) as drafts,
       (select count(distinct i.product_id)::int from count_session s join session_item i on i.session_id = s.session_id
        where s.work_effort_id = $1 and s.status_id <> 'SESSION_VOIDED' and i.product_id is not null and not i.is_deleted
          and (coalesce(i.standing, 0) <> 0 or (i.standing is null and i.quantity is not null))
          and not exists (select 1 from review_decision d where d.work_effort_id = $1 and d.product_id = i.product_id)) as undecided`,
    [workEffortId],
  )
  return row ?? { drafts: 0, undecided: 0 }
}

function encode({ productId, decision, reasonId }: DecisionToStore): Record<string, unknown> {
  return {
    product_id: productId,
    outcome: decision.outcome,
    reason_id: reasonId,
    system_quantity: wireQuantity(decision.systemQuantity),
    counted_quantity: wireQuantity(decision.countedQuantity),
    variance_quantity: wireQuantity(decision.varianceQuantity),
    edit_delta: wireQuantity(decision.editDelta),
    round: decision.round,
    counted_at: decision.countedAt,
    reason: decision.reason,
    note: decision.note,
    photo_id: decision.photoId,
  }
}

function decode(row: Columns, adjusted: Micro): StoredDecision {
  return {
    outcome: row.outcome,
    round: row.round,
    countedAt: row.counted_at,
    systemQuantity: microOrNull(row.system_quantity),
    countedQuantity: microOrNull(row.counted_quantity),
    varianceQuantity: microOrNull(row.variance_quantity),
    editDelta: microOrNull(row.edit_delta),
    reason: row.reason,
    note: row.note,
    photoId: row.photo_id,
    by: row.decided_by,
    at: row.decided_at,
    isPosted: row.posted_at !== null,
    adjusted,
  }
}
