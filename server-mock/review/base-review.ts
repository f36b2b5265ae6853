// The review of the base contract: rows by number of page, decisions that are booked at once (contract 3.7, 3.8, 5).
import type * as v from 'valibot'
import type {
  RecordVariance,
  SubmitDecisions,
  WireProductSession,
  WireReview,
} from '../../src/contract/review'
import { encodeQuantity, negateQuantity, sumQuantity, type Micro } from '../../src/domain/quantity'
import type { Sql } from '../db/db'
import type { Caller, ServerContext } from '../http/context'
import { HttpError } from '../http/errors'
import type { Query } from '../http/query'
import { maySeeBook } from '../rules/book-quantity'
import { goesBy, type Decision } from '../rules/review-decision'
import type { MeasuredRound } from '../rules/rule-ladder'
import { auditOf, DRAFT_REASON } from './decide-products'
import { insertDecisions, readDecisions } from './decision-store'
import { postingOf, postMovements } from './movement-store'
import { readQuantity, wireQuantity } from './numbers'
import { readReviewProducts, type ReviewProduct } from './review-products'
import { MATTERS } from './review-rows'
import { readCountingSessions } from './review-scope'
import {
  findReview,
  holdReview,
  noteChanges,
  requireUnderReview,
  type ReviewedCount,
} from './review-store'

/** One row per product over the sessions that count. A product nobody counted has no quantity. */
export async function readBaseReviews(
  sql: Sql,
  caller: Caller,
  workEffortId: string,
  { limit, offset }: { readonly limit: number; readonly offset: number },
): Promise<WireReview[]> {
  const count = await findReview(sql, caller, workEffortId)
  const sessions = await readCountingSessions(sql, workEffortId)
  const rows = await sql.query<{ id: string }>(
    `select distinct product_id as id from session_item where session_id = any($1::text[]) and product_id is not null
       and not is_deleted and ${MATTERS} order by id limit $2::int offset $3::int`,
    [sessions.map((it) => it.id), limit, offset],
  )
  const products = await readReviewProducts(
    sql,
    count,
    rows.map((it) => it.id),
    // The base contract leaves what a hard count did not find to its clients.
    { sessions, hard: null },
  )
  const canSeeBook = maySeeBook((it) => caller.may(it), count.isBlind)
  return products.map((it) => encode(it, canSeeBook))
}

/** The base contract knows no open sessions: what has arrived is what was counted. */
function countOf(rounds: readonly MeasuredRound[]): MeasuredRound | null {
  return goesBy(rounds) ?? rounds.at(-1) ?? null
}

function encode(product: ReviewProduct, canSeeBook: boolean): WireReview {
  const round = countOf(product.rounds)
  return {
    productId: product.productId,
    internalName: product.name,
    quantity: wireQuantity(round?.quantity ?? null),
    isRequested: product.isRequested ? 'Y' : 'N',
    numberOfSessions: round?.sessions ?? 0,
    minLastUpdatedAt: round?.firstAt,
    maxLastUpdatedAt: round?.lastAt,
    decisionOutcomeEnumId: product.decision?.outcome,
    ...(canSeeBook ? encodeBook(product) : {}),
  }
}

/** The book of the moment of counting: the base client takes it for the one to compare with, and so is movement-aware. */
function encodeBook({ rounds, bookNow, decision }: ReviewProduct): Partial<WireReview> {
  const round = countOf(rounds)
  const book = encodeQuantity(round?.bookAtCount ?? bookNow)
  return {
    quantityOnHand: book,
    systemQuantityOnHand: book,
    proposedVarianceQuantity: wireQuantity(round?.variance ?? null),
    systemQuantity: wireQuantity(decision?.systemQuantity ?? null),
    varianceQuantity: wireQuantity(decision?.varianceQuantity ?? null),
  }
}

function difference(a: Micro, b: Micro): Micro {
  return sumQuantity(a, negateQuantity(b))
}

/** One row per session that has the product, or the products. */
export async function readProductSessions(
  sql: Sql,
  caller: Caller,
  workEffortId: string,
  query: Query,
): Promise<WireProductSession[]> {
  await findReview(sql, caller, workEffortId)
  const productIds = query.list('productId')
  const sessionId = query.one('inventoryCountImportId')
  return sql.query(
    `select s.session_id as "inventoryCountImportId", s.name as "countImportName", s.created_by as "uploadedByUserLogin",
       sum(i.quantity)::float8 as counted, s.created_at as "createdDate",
       max(coalesce(i.last_scan_at, i.last_updated_at)) as "lastUpdatedAt", i.product_id as "productId", s.status_id as "statusId"
     from count_session s join session_item i on i.session_id = s.session_id
     where s.work_effort_id = $1 and i.product_id = any($2::text[]) and not i.is_deleted
       and ($3::text is null or s.session_id = $3)
     group by s.session_id, i.product_id order by s.created_at, s.session_id, i.product_id limit 1000`,
    [workEffortId, productIds, sessionId],
  )
}

type Submitted = v.InferOutput<typeof SubmitDecisions>['inventoryCountProductsList'][number]

/**
 * All rows or none. An identical repeat changes nothing; another decision on the same product is a 400.
 * The caller's figures are what is booked, as the base contract has it.
 */
export async function submitDecisions(
  caller: Caller,
  rows: readonly Submitted[],
  context: ServerContext,
): Promise<object> {
  if (rows.length > context.limits.reviewChunkMax)
    throw new HttpError(
      413,
      `At most ${context.limits.reviewChunkMax} decisions in one request`,
      'TOO_LARGE',
    )
  const decided = rows.map((row) => ({ row, decision: decisionOf(row) }))
  const counts = [...new Set(rows.map((it) => it.workEffortId))].toSorted()
  await context.db.tx(async (sql) => {
    for (const workEffortId of counts) {
      const count = await holdReview(sql, caller, workEffortId)
      await submitTo(
        sql,
        { count, by: caller.userName, now: context.clock.now() },
        decided.filter((it) => it.row.workEffortId === workEffortId),
      )
    }
  })
  return {}
}

interface Place {
  readonly count: ReviewedCount
  readonly by: string
  readonly now: number
}
interface Decided {
  readonly row: Submitted
  readonly decision: Decision
}

async function submitTo(sql: Sql, place: Place, decided: readonly Decided[]): Promise<void> {
  const { count, by, now } = place
  const { workEffortId, facilityId } = count
  const fresh = await withoutRepeats(sql, count, decided)
  if (fresh.length === 0) return
  requireUnderReview(count)
  const ids = fresh.map((it) => it.row.productId)
  const reviewed = await readReviewProducts(sql, count, ids)
  const products = new Map(reviewed.map((it) => [it.productId, it]))
  const toStore = fresh.map(({ row, decision }) => {
    const countedAt = countOf(products.get(row.productId)?.rounds ?? [])?.lastAt ?? now
    const reasonId = row.decisionReasonEnumId ?? DRAFT_REASON
    return { productId: row.productId, decision: { ...decision, countedAt }, reasonId }
  })
  await insertDecisions(sql, { workEffortId, facilityId, by, now, postedAt: now }, toStore)
  const movements = toStore.flatMap((it) =>
    it.decision.outcome === 'APPLIED' ? postingOf(count, it.productId, it.decision, now) : [],
  )
  await postMovements(sql, movements, { by, now })
  const details = { booked: true }
  const entries = toStore.map(({ productId, decision }) =>
    auditOf('decided', productId, decision, details),
  )
  await noteChanges(sql, workEffortId, entries, { by, now })
}

/** @throws HttpError 400 for another facility or another decision than the one taken */
async function withoutRepeats(
  sql: Sql,
  { workEffortId, facilityId }: ReviewedCount,
  decided: readonly Decided[],
): Promise<readonly Decided[]> {
  const ids = decided.map((it) => it.row.productId)
  const known = await readDecisions(sql, workEffortId, ids)
  const fresh = new Map<string, Decided>()
  for (const it of decided) {
    const { productId } = it.row
    if (it.row.facilityId !== facilityId)
      throw new HttpError(
        400,
        `Count ${workEffortId} is not of ${it.row.facilityId}`,
        'BAD_REQUEST',
      )
    const before = known.get(productId) ?? fresh.get(productId)?.decision
    if (before === undefined) fresh.set(productId, it)
    else if (!isSame(before, it.decision))
      throw new HttpError(
        400,
        `Product ${productId} is decided already: ${before.outcome}`,
        'BAD_REQUEST',
      )
  }
  return [...fresh.values()]
}

function isSame(a: Decision, b: Decision): boolean {
  return (
    a.outcome === b.outcome &&
    a.countedQuantity === b.countedQuantity &&
    a.varianceQuantity === b.varianceQuantity
  )
}

/** @throws HttpError 400 for figures that contradict each other */
function decisionOf(row: Submitted): Decision {
  const read = (wire: number | null | undefined) => (wire == null ? null : readQuantity(wire))
  const [systemQuantity, countedQuantity, varianceQuantity] = [
    row.systemQuantity,
    row.countedQuantity,
    row.varianceQuantity,
  ].map(read)
  if (systemQuantity != null && countedQuantity != null && varianceQuantity != null)
    if (difference(countedQuantity, systemQuantity) !== varianceQuantity)
      throw new HttpError(
        400,
        `Product ${row.productId}: the variance is not counted minus system quantity`,
        'BAD_REQUEST',
      )
  return {
    outcome: row.decisionOutcomeEnumId,
    round: 0,
    countedAt: null,
    systemQuantity: systemQuantity ?? null,
    countedQuantity: countedQuantity ?? null,
    varianceQuantity: varianceQuantity ?? null,
    editDelta: null,
    reason: null,
    note: row.comments ?? null,
    photoId: null,
    isPosted: true,
  }
}

/** Not idempotent, as in the base contract: each call moves the book. @throws HttpError 403, 413; nothing has moved then */
export async function recordVariance(
  caller: Caller,
  { varianceList }: v.InferOutput<typeof RecordVariance>,
  context: ServerContext,
): Promise<object> {
  if (varianceList.length > context.limits.reviewChunkMax)
    throw new HttpError(
      413,
      `At most ${context.limits.reviewChunkMax} variances in one request`,
      'TOO_LARGE',
    )
  for (const { facilityId } of varianceList) caller.requireAt(facilityId)
  const now = context.clock.now()
  const movements = varianceList.map(
    (it) =>
      ({
        facilityId: it.facilityId,
        movementId: context.ids.next(),
        productId: it.productId,
        movedAt: now,
        quantity: readQuantity(it.quantity),
        kind: 'adjustment',
        reference: it.comments ?? null,
        reason: it.reasonEnumId,
        workEffortId: null,
      }) as const,
  )
  await context.db.tx(async (sql) => {
    const ids = [...new Set(varianceList.map((it) => it.productId))]
    const known = await sql.query('select 1 from product where product_id = any($1::text[])', [ids])
    if (known.length < ids.length)
      throw new HttpError(400, 'One of the products does not exist', 'BAD_REQUEST')
    await postMovements(sql, movements, { by: caller.userName, now })
  })
  return {}
}
