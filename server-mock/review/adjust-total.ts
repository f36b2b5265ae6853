// What moves the total of a closed count: an adjustment, and with it the book where the product was booked.
import {
  encodeQuantity,
  negateQuantity,
  sumQuantity,
  ZERO,
  type Micro,
} from '../../src/domain/quantity'
import type { Sql } from '../db/db'
import { approvedTotal } from '../rules/late-evidence'
import { insertDecisions, readDecisions, type StoredDecision } from './decision-store'
import { postMovements } from './movement-store'
import { microOf } from './numbers'
import { readReviewProducts } from './review-products'
import type { ReviewedCount } from './review-store'

/** Under the held review. */
export interface AdjustPlace {
  readonly sql: Sql
  readonly count: ReviewedCount
  readonly by: string
  readonly now: number
}

export interface Adjustment {
  readonly productId: string
  readonly delta: Micro
  readonly kind: 'correction' | 'late-evidence'
  readonly id: string
  readonly reason: string
}

/**
 * A product nobody had counted gets a decision first. Late scans of one that was skipped move no book; a correction says
 * what is right, and so books the whole difference to the book, the skipped one included. Rules: RV19, RV21, RV53.
 */
export async function adjust(
  place: AdjustPlace,
  { productId, delta, kind, id, reason }: Adjustment,
): Promise<void> {
  const { sql, count, by, now } = place
  const { workEffortId, facilityId } = count
  const known = (await readDecisions(sql, workEffortId, [productId])).get(productId)
  const decision = known ?? (await settleUncounted(place, productId, reason))
  const isBooked =
    decision.outcome === 'APPLIED' || (await isCorrected(sql, workEffortId, productId))
  const left = isBooked || kind !== 'correction' ? ZERO : leftOut(decision)
  const booked = sumQuantity(delta, left)
  const isPosted = isBooked ? booked !== 0 : kind === 'correction'
  const note = async (noteId: string, amount: Micro, isInBook: boolean) =>
    sql.query(
      `insert into review_adjustment (work_effort_id, adjustment_id, product_id, kind, delta, is_posted, reason, made_by, made_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      [workEffortId, noteId, productId, kind, encodeQuantity(amount), isInBook, reason, by, now],
    )
  await note(id, booked, isPosted)
  // In the total since it was counted; only the book hears of it now.
  if (left !== 0) await note(`${id}:left-out`, negateQuantity(left), false)
  if (!isPosted || booked === 0) return
  const movement = {
    facilityId,
    movementId: id.slice(0, 200),
    productId,
    movedAt: decision.countedAt ?? now,
    quantity: booked,
    kind: 'count',
    reference: workEffortId,
    reason: 'CORRECTION_AFTER_REVIEW',
    workEffortId,
  } as const
  await postMovements(sql, [movement], { by, now })
}

/** By how much the total differs from the book that it was compared with: what skipping it kept out of the book. */
function leftOut({ countedQuantity, systemQuantity, adjusted }: StoredDecision): Micro {
  const total = approvedTotal(countedQuantity, [adjusted])
  return sumQuantity(total, negateQuantity(systemQuantity ?? ZERO))
}

async function isCorrected(sql: Sql, workEffortId: string, productId: string): Promise<boolean> {
  const rows = await sql.query(
    'select 1 from review_adjustment where work_effort_id = $1 and product_id = $2 and is_posted limit 1',
    [workEffortId, productId],
  )
  return rows.length > 0
}

/** Counted zero against the book of now: the late scans come on top. */
async function settleUncounted(
  place: AdjustPlace,
  productId: string,
  reason: string,
): Promise<StoredDecision> {
  const { sql, count, by, now } = place
  const { workEffortId, facilityId } = count
  const [product] = await readReviewProducts(sql, count, [productId])
  const bookNow = product?.bookNow ?? (await readBook(sql, facilityId, productId))
  const decision = {
    outcome: 'APPLIED',
    round: 0,
    countedAt: now,
    systemQuantity: bookNow,
    countedQuantity: ZERO,
    varianceQuantity: negateQuantity(bookNow),
    editDelta: null,
    reason,
    note: null,
    photoId: null,
    isPosted: true,
  } as const
  await insertDecisions(sql, { workEffortId, facilityId, by, now, postedAt: now }, [
    { productId, decision, reasonId: 'CORRECTION_AFTER_REVIEW' },
  ])
  const movement = {
    facilityId,
    movementId: `count:${workEffortId}:${productId}`,
    productId,
    movedAt: now,
    quantity: decision.varianceQuantity,
    kind: 'count',
    reference: workEffortId,
    reason: 'CORRECTION_AFTER_REVIEW',
    workEffortId,
  } as const
  if (decision.varianceQuantity !== 0) await postMovements(sql, [movement], { by, now })
  return { ...decision, by, at: now, adjusted: ZERO }
}

async function readBook(sql: Sql, facilityId: string, productId: string): Promise<Micro> {
  const [row] = await sql.query<{ book: string }>(
    'select quantity_on_hand::text as book from product_facility where facility_id = $1 and product_id = $2',
    [facilityId, productId],
  )
  return row === undefined ? ZERO : microOf(row.book)
}
