// The demo's count that waits for review: two people have counted, stock moved meanwhile, a few products do not fit.
import { encodeQuantity, unitsOf } from '../../src/domain/quantity'
import type { Sql } from '../db/db'
import type { CatalogueProduct } from '../products/catalogue'
import { postMovements, type NewMovement } from '../review/movement-store'
import { nearestPlaces } from '../rules/shelf-place'
import { placesOf } from './attributes'
import { bookQuantityOf } from './book-quantities'
import { createRandom, wholeBetween } from './random'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const FACILITY = 'NORTHSIDE'
const COUNT_ID = 'M100105'
const PRODUCTS = 120
/** Every fifth product from here on: the other demo counts ask for those before. */
const FROM_PRODUCT = 3
const STEP = 5

const SESSIONS = [
  { id: 'M100206', name: 'Chilled shelves', area: 'floor_shelf', by: 'ana' },
  { id: 'M100207', name: 'Chilled back stock', area: 'back_stock', by: 'ben' },
] as const

interface Line {
  readonly productId: string
  readonly identifier: string | null
  readonly session: 0 | 1
  /** null: nobody found it. */
  readonly counted: number | null
  readonly countedAt: number
  readonly moves: readonly {
    readonly at: number
    readonly quantity: number
    readonly kind: 'sale' | 'shipment' | 'receipt'
  }[]
}

/** All of it is older than `now`; the book ends where its own numbers and these movements lead. */
export async function putReviewedCount(
  sql: Sql,
  {
    products,
    seed,
    now,
  }: {
    readonly products: readonly CatalogueProduct[]
    readonly seed: number
    readonly now: number
  },
): Promise<void> {
  const spread = products
    .filter((_product, index) => index % STEP === FROM_PRODUCT)
    .slice(0, PRODUCTS)
  if (spread.length < PRODUCTS) return
  const swapped = swappedOf(spread, seed)
  const lines = spread.map((it, index) => lineOf(it, { seed, index, now, swapped: swapped.get(it.productId) }))
  await sql.query(
    `insert into cycle_count (work_effort_id, name, purpose_id, status_id, facility_id, created_at, created_by,
       estimated_start_at, estimated_completion_at, actual_start_at)
     values ($1, 'Chilled goods', 'DIRECTED_COUNT', 'CYCLE_CNT_CMPLTD', $2, $3, 'sam', $4, $5, $4)`,
    [COUNT_ID, FACILITY, now - 30 * HOUR_MS, now - 6 * HOUR_MS, now + 2 * HOUR_MS],
  )
  for (const [index, session] of SESSIONS.entries())
    await putSession(
      sql,
      session,
      lines.filter((it) => it.session === index),
      now,
    )
  await postMovements(sql, lines.flatMap(movementsOf), { by: 'demo', now })
}

/** Units that somebody counted at the wrong one of two places. */
const SWAPPED = 3

/** Two that lie beside each other, and where enough lies to be taken for the other: what is missing at one is too much there. */
function swappedOf(spread: readonly CatalogueProduct[], seed: number): ReadonlyMap<string, number> {
  const placed = spread
    .filter((it) => bookQuantityOf(seed, FACILITY, it.productId).quantityOnHandTotal > SWAPPED)
    .map((it) => ({ productId: it.productId, places: placesOf(seed, FACILITY, it) }))
  for (const [index, one] of placed.entries())
    for (const other of placed.slice(index + 1))
      if (nearestPlaces(one.places, other.places) !== null)
        return new Map([
          [one.productId, -SWAPPED],
          [other.productId, SWAPPED],
        ])
  return new Map()
}

/** Nine in ten fit; some are off by one, a few by a lot, two were not found, two were mixed up. */
function lineOf(
  product: CatalogueProduct,
  { seed, index, now, swapped }: { seed: number; index: number; now: number; swapped: number | undefined },
): Line {
  const random = createRandom(seed, `review/${product.productId}`)
  const { productId, identifiers } = product
  const book = Math.max(0, bookQuantityOf(seed, FACILITY, productId).quantityOnHandTotal)
  const countedAt = now - 4 * HOUR_MS + index * MINUTE_MS
  const kind = random()
  const drawn =
    kind < 0.82 ? 0 : kind < 0.93 ? (random() < 0.5 ? -1 : 1) : wholeBetween(random, -6, 6)
  const off = swapped ?? drawn
  const moves = random() < 0.25 ? [moveOf(random, countedAt, book)] : []
  return {
    productId,
    identifier: identifiers[0]?.value ?? null,
    session: index % 3 === 2 ? 1 : 0,
    counted: index === 17 || index === 63 ? null : Math.max(0, book + off),
    countedAt,
    moves,
  }
}

function moveOf(random: () => number, countedAt: number, book: number): Line['moves'][number] {
  const at = countedAt + wholeBetween(random, 5, 90) * MINUTE_MS
  const choice = random()
  if (choice < 0.5)
    return { at, quantity: -Math.min(book, wholeBetween(random, 1, 3)), kind: 'sale' }
  if (choice < 0.75)
    return { at, quantity: -Math.min(book, wholeBetween(random, 2, 6)), kind: 'shipment' }
  return { at, quantity: 12, kind: 'receipt' }
}

function movementsOf({ productId, moves }: Line): NewMovement[] {
  return moves
    .filter((it) => it.quantity !== 0)
    .map((it) => ({
      facilityId: FACILITY,
      movementId: `demo:${productId}:${it.kind}`,
      productId,
      movedAt: it.at,
      quantity: unitsOf(it.quantity),
      kind: it.kind,
      reference:
        it.kind === 'sale' ? 'till 2' : it.kind === 'shipment' ? 'order 10482' : 'delivery 771',
      reason: null,
      workEffortId: null,
    }))
}

async function putSession(
  sql: Sql,
  session: (typeof SESSIONS)[number],
  lines: readonly Line[],
  now: number,
): Promise<void> {
  await sql.query(
    `insert into count_session (session_id, work_effort_id, name, area, status_id, created_by, created_at, next_item_seq)
     values ($1, $2, $3, $4, 'SESSION_SUBMITTED', $5, $6, $7)`,
    [
      session.id,
      COUNT_ID,
      session.name,
      session.area,
      session.by,
      now - 6 * HOUR_MS,
      lines.length * 2 + 1,
    ],
  )
  const logId = `demo-log-${session.by}`
  const rows = lines.flatMap((it, index) => [
    {
      seq: index + 1,
      product_id: it.productId,
      identifier: it.identifier,
      is_requested: true,
      created_at: now - 6 * HOUR_MS,
    },
    ...(it.counted === null
      ? []
      : [
          {
            seq: lines.length + index + 1,
            product_id: it.productId,
            identifier: it.identifier,
            is_requested: true,
            created_at: it.countedAt,
            uuid: `${session.id}-${index}`,
            log_id: logId,
            quantity: encodeQuantity(unitsOf(it.counted)),
            standing: Math.max(1, it.counted),
            rev: 1,
            counted_by: session.by,
            last_scan_at: it.countedAt,
          },
        ]),
  ])
  await sql.query(
    `insert into session_item (session_id, item_seq, uuid, log_id, product_identifier, quantity, standing, rev, product_id,
       is_requested, counted_by, created_by, created_at, last_scan_at, last_updated_at)
     select $1, r.seq, r.uuid, r.log_id, r.identifier, r.quantity, r.standing, coalesce(r.rev, 0), r.product_id,
       r.is_requested, r.counted_by, coalesce(r.counted_by, 'sam'), r.created_at, r.last_scan_at,
       coalesce(r.last_scan_at, r.created_at)
     from jsonb_to_recordset($2::jsonb) as r(seq int, uuid text, log_id text, identifier text, quantity numeric, standing bigint,
       rev bigint, product_id text, is_requested boolean, counted_by text, created_at bigint, last_scan_at bigint)`,
    [session.id, JSON.stringify(rows)],
  )
}
