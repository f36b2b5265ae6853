// Writes down what the rules find of products, when it comes about: in the chained trail, by the rules, with their reason.
import { RULES } from '../../src/domain/review'
import type { Sql } from '../db/db'
import { stepToNote, type LadderStep } from '../rules/ladder-steps'
import type { ReviewProduct } from './review-products'
import type { AuditEntry } from './review-store'

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
