// What a facility knows of products beside their count: name, book, what this count has posted itself, cost and class.
import type { Money } from '../../src/domain/money'
import { ZERO, type Micro } from '../../src/domain/quantity'
import type { Sql } from '../db/db'
import { amongst, queryColumns } from '../db/packed'
import { microOf, moneyOrNull } from './numbers'
import type { ReviewedCount } from './review-store'

export interface Facts {
  readonly name: string | null
  readonly bookNow: Micro
  readonly ownPostings: Micro
  readonly unitCost: Money | null
  readonly abcClass: string | null
}

export const NO_FACTS: Facts = {
  name: null,
  bookNow: ZERO,
  ownPostings: ZERO,
  unitCost: null,
  abcClass: null,
}

/** Table by table and put together here: a join of two thousand ids takes the database three times as long. */
export async function readFacts(
  sql: Sql,
  { facilityId, workEffortId }: ReviewedCount,
  productIds: readonly string[],
): Promise<ReadonlyMap<string, Facts>> {
  const products = await queryColumns<{ id: string; name: string | null }>(
    sql,
    ['id', 'name'],
    `select product_id as id, product_name as name from product where product_id = ${amongst(1)}`,
    [productIds],
  )
  const books = await readById<{ id: string; book: string | null }>(
    sql,
    ['id', 'book'],
    `select product_id as id, quantity_on_hand::text as book from product_facility
     where facility_id = $1 and product_id = ${amongst(2)}`,
    [facilityId, productIds],
  )
  const values = await readById<{ id: string; cost: string | null; abc_class: string | null }>(
    sql,
    ['id', 'cost', 'abc_class'],
    `select product_id as id, unit_cost::text as cost, abc_class from product_valuation
     where facility_id = $1 and product_id = ${amongst(2)}`,
    [facilityId, productIds],
  )
  const postings = await readById<{ id: string; own: string }>(
    sql,
    ['id', 'own'],
    `select product_id as id, sum(quantity)::text as own from item_movement
     where facility_id = $1 and product_id = ${amongst(2)} and work_effort_id = $3 group by product_id`,
    [facilityId, productIds, workEffortId],
  )
  const names = new Map(products.map((it) => [it.id, it.name]))
  return new Map(
    productIds.map((id) => {
      const value = values.get(id)
      const facts: Facts = {
        name: names.get(id) ?? null,
        bookNow: microOf(books.get(id)?.book ?? '0'),
        ownPostings: microOf(postings.get(id)?.own ?? '0'),
        unitCost: moneyOrNull(value?.cost ?? null),
        abcClass: value?.abc_class ?? null,
      }
      return [id, facts]
    }),
  )
}

async function readById<R extends { readonly id: string }>(
  ...query: Parameters<typeof queryColumns<R>>
): Promise<ReadonlyMap<string, R>> {
  return new Map((await queryColumns<R>(...query)).map((it) => [it.id, it]))
}
