// Which products a plan is about: those of a filter, those that were named, or what is due.
import type { PostPlan } from '../../src/contract/plan'
import { PLAN_PRODUCTS_MAX } from '../../src/domain/plan'
import type { Sql } from '../db/db'
import { HttpError } from '../http/errors'
import { listMatching, listNamed, type ListedProduct } from './find-products'
import { holdPlanning } from './plan-audit'
import { listDue } from './schedule'

interface Choice {
  readonly facilityId: string
  readonly products: NonNullable<PostPlan['products']>
  readonly now: number
}

/** @throws HttpError 400 for none, too many, or one that is none */
export async function chooseProducts(sql: Sql, { products, facilityId, now }: Choice): Promise<readonly ListedProduct[]> {
  if (products.by === 'due') {
    // Two who take what is due at the same time take different products.
    await holdPlanning(sql, facilityId)
    return requireSome(await listDue(sql, { facilityId, now, first: products.first }))
  }
  if (products.by === 'list') {
    const found = await listNamed(sql, products.productIds)
    if (found.length < new Set(products.productIds).size)
      throw new HttpError(400, 'One of the products does not exist any more', 'BAD_REQUEST')
    return requireSome(found)
  }
  const { filter, without } = products
  const limit = PLAN_PRODUCTS_MAX + 1
  const found = await listMatching(sql, { facilityId, filter, now }, { without, limit })
  if (found.length === limit)
    throw new HttpError(
      400,
      `More than ${PLAN_PRODUCTS_MAX} products match: choose fewer`,
      'BAD_REQUEST',
    )
  return requireSome(found)
}

function requireSome(found: readonly ListedProduct[]): readonly ListedProduct[] {
  if (found.length === 0) throw new HttpError(400, 'No product matches', 'BAD_REQUEST')
  return found
}
