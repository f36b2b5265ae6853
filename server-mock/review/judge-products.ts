// Writes down what the rules find of products, when it comes about: in the chained trail, by the rules, with their reason.
import type { Sql } from '../db/db'
import type { Caller, ServerContext } from '../http/context'
import { stepToNote, type LadderStep } from '../rules/ladder-steps'
import { readReviewProducts, type ReviewProduct } from './review-products'
import { holdReview, noteChanges, type AuditEntry } from './review-store'

/** Who is said to have done it. */
export const RULES = 'rules'

/** As many pages as a review may have. */
const PAGES_MAX = 1000

/** Entries for what the rules have found of these products since it was written last. Under the held review. */
export async function judgedEntries(
  sql: Sql,
  workEffortId: string,
  products: readonly ReviewProduct[],
): Promise<readonly AuditEntry[]> {
  const last = await readLastSteps(
    sql,
    workEffortId,
    products.map((it) => it.productId),
  )
  return products.flatMap((product): AuditEntry[] => {
    const { productId } = product
    const step = stepToNote(product, last.get(productId) ?? null)
    if (step === null) return []
    const { state, why, round } = step
    return [{ action: 'judged', productId, reason: why, details: { state, round }, by: RULES }]
  })
}

async function readLastSteps(
  sql: Sql,
  workEffortId: string,
  productIds: readonly string[],
): Promise<ReadonlyMap<string, LadderStep>> {
  if (productIds.length === 0) return new Map()
  const rows = await sql.query<LadderStep & { readonly productId: string }>(
    `select distinct on (product_id) product_id as "productId", reason as why, details->>'state' as state,
       (details->>'round')::int as round
     from review_audit where work_effort_id = $1 and action = 'judged' and product_id = any($2::text[])
     order by product_id, seq desc`,
    [workEffortId, productIds],
  )
  return new Map(rows.map(({ productId, ...step }) => [productId, step]))
}

interface Arrival {
  readonly sessionId: string
  /** What has come; null: all that the session has. */
  readonly productIds: readonly string[] | null
}

/**
 * After a session was handed in, or rows came into one that was: page by page, each in a transaction of its own and under
 * the review before any session, as everybody who decides. Repeatable: what is written already is not written again, and
 * what a crash left out is written with the next step, or the decision at the latest. Rule: docs/SPEC.md RL15.
 */
export async function judgeArrival(
  caller: Caller,
  { sessionId, productIds }: Arrival,
  { db, clock, limits }: Pick<ServerContext, 'db' | 'clock' | 'limits'>,
): Promise<void> {
  const place = await findPlace(db, sessionId)
  if (place === null) return
  const { workEffortId } = place
  let after = ''
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const ids = productIds ?? (await readProductIds(db, sessionId, after, limits.reviewPageMax))
    if (ids.length === 0) return
    await db.tx(async (sql) => {
      const count = await holdReview(sql, caller, workEffortId)
      if (count.status === 'closed' || count.status === 'cancelled') return
      const products = await readReviewProducts(sql, count, ids)
      const entries = await judgedEntries(sql, workEffortId, products)
      await noteChanges(sql, workEffortId, entries, { by: RULES, now: clock.now() })
    })
    if (productIds !== null || ids.length < limits.reviewPageMax) return
    after = ids.at(-1) ?? after
  }
}

/** null: a count without a facility has no book, and nothing to judge. */
async function findPlace(sql: Sql, sessionId: string): Promise<{ workEffortId: string } | null> {
  const [row] = await sql.query<{ workEffortId: string }>(
    `select c.work_effort_id as "workEffortId" from count_session s
       join cycle_count c on c.work_effort_id = s.work_effort_id
     where s.session_id = $1 and c.facility_id is not null`,
    [sessionId],
  )
  return row ?? null
}

async function readProductIds(
  sql: Sql,
  sessionId: string,
  after: string,
  limit: number,
): Promise<readonly string[]> {
  const rows = await sql.query<{ id: string }>(
    `select distinct product_id as id from session_item
     where session_id = $1 and product_id > $2 and not is_deleted order by product_id limit $3::int`,
    [sessionId, after, limit],
  )
  return rows.map((it) => it.id)
}
