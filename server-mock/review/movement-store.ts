// Movements of the book: posting one changes the book in the same transaction, so that the book is always their sum.
import { encodeQuantity, ZERO, type Micro } from '../../src/domain/quantity'
import type { MovementKind } from '../../src/domain/review'
import type { Sql } from '../db/db'
import { queryPacked } from '../db/packed'
import type { Decision } from '../rules/review-decision'
import type { MovedKind } from '../rules/variance'
import { microOf } from './numbers'

export interface NewMovement {
  readonly facilityId: string
  /** Its identity: a repetition is not posted again. */
  readonly movementId: string
  readonly productId: string
  /** When it took effect at the shelf. */
  readonly movedAt: number
  readonly quantity: Micro
  readonly kind: MovementKind
  readonly reference: string | null
  readonly reason: string | null
  /** The count that posts it; null otherwise. */
  readonly workEffortId: string | null
}

/** @returns how many were new */
export async function postMovements(
  sql: Sql,
  movements: readonly NewMovement[],
  { by, now }: { readonly by: string; readonly now: number },
): Promise<number> {
  if (movements.length === 0) return 0
  const rows = movements.map((it) => ({
    facility_id: it.facilityId,
    movement_id: it.movementId,
    product_id: it.productId,
    moved_at: it.movedAt,
    quantity: encodeQuantity(it.quantity),
    kind: it.kind,
    reference: it.reference,
    reason: it.reason,
    work_effort_id: it.workEffortId,
  }))
  // One statement: what is not new moves nothing.
  const [posted] = await sql.query<{ count: number }>(
    `with new_movement as (
       insert into item_movement (facility_id, movement_id, product_id, moved_at, quantity, kind, reference, reason,
         work_effort_id, posted_by, posted_at)
       select r.facility_id, r.movement_id, r.product_id, r.moved_at, r.quantity, r.kind, r.reference, r.reason,
         r.work_effort_id, $2, $3
       from jsonb_to_recordset($1::jsonb) as r(facility_id text, movement_id text, product_id text, moved_at bigint,
         quantity numeric(20,6), kind text, reference text, reason text, work_effort_id text)
       on conflict do nothing returning facility_id, product_id, quantity
     ), book as (
       insert into product_facility (facility_id, product_id, quantity_on_hand, available_to_promise)
       select facility_id, product_id, sum(quantity), sum(quantity) from new_movement
       group by facility_id, product_id order by facility_id, product_id
       on conflict (facility_id, product_id) do update set
         quantity_on_hand = product_facility.quantity_on_hand + excluded.quantity_on_hand,
         available_to_promise = product_facility.available_to_promise + excluded.available_to_promise
     )
     select count(*)::int as count from new_movement`,
    [JSON.stringify(rows), by, now],
  )
  return posted?.count ?? 0
}

/** What booking a decision moves; nothing where there is no variance. */
export function postingOf(
  { workEffortId, facilityId }: { readonly workEffortId: string; readonly facilityId: string },
  productId: string,
  decision: Pick<Decision, 'varianceQuantity' | 'countedAt'>,
  now: number,
): NewMovement[] {
  const quantity = decision.varianceQuantity ?? ZERO
  if (quantity === 0) return []
  return [
    {
      facilityId,
      movementId: `count:${workEffortId}:${productId}`,
      productId,
      // The shelf was so when it was counted: whoever counted it later must not find the difference again.
      movedAt: decision.countedAt ?? now,
      quantity,
      kind: 'count',
      reference: workEffortId,
      reason: 'CYCLE_COUNT',
      workEffortId,
    },
  ]
}

export interface Moment {
  readonly productId: string
  /** The caller's name for the moment. */
  readonly round: number
  readonly at: number
}

interface MovedColumns {
  readonly product_id: string
  readonly round: number
  readonly kind: MovementKind
  readonly quantity: string
  readonly times: number
  readonly last_at: number
}

/** What has moved after each moment, by kind, without the postings of this very count. Keys are `product round`. */
export async function movedSince(
  sql: Sql,
  { facilityId, workEffortId }: { readonly facilityId: string; readonly workEffortId: string },
  moments: readonly Moment[],
): Promise<ReadonlyMap<string, readonly MovedKind[]>> {
  const byMoment = new Map<string, MovedKind[]>()
  if (moments.length === 0) return byMoment
  const rows = await queryPacked<MovedColumns>(
    sql,
    `select c.product_id, c.round, m.kind, sum(m.quantity)::text as quantity, count(*)::int as times,
       max(m.moved_at) as last_at
     from unnest($2::text[], $4::int[], $5::bigint[]) as c(product_id, round, at)
       join item_movement m on m.facility_id = $1 and m.product_id = c.product_id and m.moved_at > c.at
         and m.work_effort_id is distinct from $3
     group by c.product_id, c.round, m.kind order by last_at, m.kind`,
    [
      facilityId,
      moments.map((it) => it.productId),
      workEffortId,
      moments.map((it) => it.round),
      moments.map((it) => it.at),
    ],
  )
  for (const row of rows) {
    const key = momentKey(row.product_id, row.round)
    const moved = {
      kind: row.kind,
      quantity: microOf(row.quantity),
      times: row.times,
      lastAt: row.last_at,
    }
    byMoment.set(key, [...(byMoment.get(key) ?? []), moved])
  }
  return byMoment
}

export function momentKey(productId: string, round: number): string {
  return `${round} ${productId}`
}
