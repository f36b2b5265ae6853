// The demo's counts: one directed of 400 products in two areas, a hard one, a blind one, one that was due yesterday.
import type { CatalogueProduct } from '../products/catalogue'
import type { Sql } from '../db/db'
import type { DemoFacility } from './people'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

interface DemoSession {
  readonly id: string
  readonly name: string
  readonly area: string
  readonly status: 'SESSION_CREATED' | 'SESSION_ASSIGNED'
  readonly by: string
  readonly productCount: number
}

interface DemoCount {
  readonly id: string
  readonly name: string
  readonly facilityId: DemoFacility
  readonly purpose: 'DIRECTED_COUNT' | 'HARD_COUNT'
  readonly status: 'CYCLE_CNT_CREATED' | 'CYCLE_CNT_IN_PRGS'
  readonly isBlind: boolean
  /** From now, hours; the due date. */
  readonly startInHours: number
  readonly dueInHours: number
  /** Where in the catalogue its products begin: counts ask for different ones. */
  readonly fromProduct: number
  readonly sessions: readonly DemoSession[]
}

const COUNTS: readonly DemoCount[] = [
  {
    id: 'M100101',
    name: 'Weekly shelf check',
    facilityId: 'NORTHSIDE',
    purpose: 'DIRECTED_COUNT',
    status: 'CYCLE_CNT_IN_PRGS',
    isBlind: false,
    startInHours: -2,
    dueInHours: 30,
    fromProduct: 0,
    sessions: [
      {
        id: 'M100201',
        name: 'Sales floor',
        area: 'floor_shelf',
        status: 'SESSION_ASSIGNED',
        by: 'ana',
        productCount: 200,
      },
      {
        id: 'M100202',
        name: 'Back stock',
        area: 'back_stock',
        status: 'SESSION_CREATED',
        by: 'ben',
        productCount: 200,
      },
    ],
  },
  {
    id: 'M100102',
    name: 'Full count of the store',
    facilityId: 'NORTHSIDE',
    purpose: 'HARD_COUNT',
    status: 'CYCLE_CNT_CREATED',
    isBlind: false,
    startInHours: -1,
    dueInHours: 3 * 24,
    fromProduct: 0,
    sessions: [
      {
        id: 'M100203',
        name: 'Overflow room',
        area: 'overflow',
        status: 'SESSION_CREATED',
        by: 'sam',
        productCount: 0,
      },
    ],
  },
  {
    id: 'M100103',
    name: 'Blind check of the register area',
    facilityId: 'NORTHSIDE',
    purpose: 'DIRECTED_COUNT',
    status: 'CYCLE_CNT_CREATED',
    isBlind: true,
    startInHours: -1,
    dueInHours: 2 * 24,
    fromProduct: 400,
    sessions: [
      {
        id: 'M100204',
        name: 'Register',
        area: 'register',
        status: 'SESSION_CREATED',
        by: 'sam',
        productCount: 60,
      },
    ],
  },
  {
    id: 'M100104',
    name: 'Top sellers',
    facilityId: 'NORTHSIDE',
    purpose: 'DIRECTED_COUNT',
    status: 'CYCLE_CNT_CREATED',
    isBlind: false,
    startInHours: -48,
    dueInHours: -24,
    fromProduct: 460,
    sessions: [
      {
        id: 'M100205',
        name: 'Display tables',
        area: 'display',
        status: 'SESSION_CREATED',
        by: 'sam',
        productCount: 40,
      },
    ],
  },
]

/** All dates are relative to `now`; a small catalogue makes small counts. */
export async function putDemoCounts(
  sql: Sql,
  products: readonly CatalogueProduct[],
  now: number,
): Promise<void> {
  const spread = spreadOf(products)
  for (const count of COUNTS) {
    await putCount(sql, count, now)
    let from = count.fromProduct
    for (const session of count.sessions) {
      await putSession(sql, {
        session,
        count,
        products: spread.slice(from, from + session.productCount),
        now,
      })
      from += session.productCount
    }
  }
}

/** Taken from all over the catalogue, so that a count has every length of number and many languages in it. */
function spreadOf(products: readonly CatalogueProduct[]): readonly CatalogueProduct[] {
  const step = 5
  return Array.from({ length: step }, (_, start) =>
    products.filter((_product, index) => index % step === start),
  ).flat()
}

async function putCount(sql: Sql, count: DemoCount, now: number): Promise<void> {
  const start = now + count.startInHours * HOUR_MS
  await sql.query(
    `insert into cycle_count (work_effort_id, name, purpose_id, status_id, facility_id, is_blind, created_at, created_by,
       estimated_start_at, estimated_completion_at, actual_start_at)
     values ($1, $2, $3, $4, $5, $6, $7, 'sam', $8, $9, $10)`,
    [
      count.id,
      count.name,
      count.purpose,
      count.status,
      count.facilityId,
      count.isBlind,
      start - DAY_MS,
      start,
      now + count.dueInHours * HOUR_MS,
      count.status === 'CYCLE_CNT_IN_PRGS' ? start : null,
    ],
  )
}

interface NewSession {
  readonly session: DemoSession
  readonly count: DemoCount
  readonly products: readonly CatalogueProduct[]
  readonly now: number
}

/** The requested rows have no uuid and no quantity: devices count into rows of their own. */
async function putSession(sql: Sql, { session, count, products, now }: NewSession): Promise<void> {
  const createdAt = now + count.startInHours * HOUR_MS
  await sql.query(
    `insert into count_session (session_id, work_effort_id, name, area, status_id, created_by, created_at, due_at,
       next_item_seq)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      session.id,
      count.id,
      session.name,
      session.area,
      session.status,
      session.by,
      createdAt,
      now + count.dueInHours * HOUR_MS,
      products.length + 1,
    ],
  )
  const rows = products.map((it, index) => ({
    seq: index + 1,
    id: it.productId,
    value: it.identifiers[0]?.value ?? null,
  }))
  await sql.query(
    `insert into session_item (session_id, item_seq, product_identifier, product_id, is_requested, created_by, created_at,
       last_updated_at)
     select $1, seq, value, id, true, 'sam', $2::bigint, $2::bigint
     from jsonb_to_recordset($3::jsonb) as r(seq int, id text, value text)`,
    [session.id, createdAt, JSON.stringify(rows)],
  )
}
