// Products that a count could ask for: by words, class, book and last count; a page of them, or all ids in the order of names.
import type * as v from 'valibot'
import type { PlanProduct, ProductFilter } from '../../src/contract/plan'
import type { Sql } from '../db/db'
import type { Caller } from '../http/context'
import { HttpError } from '../http/errors'
import { escapeLike, Params } from '../http/query'

/** Each word is looked for in every product. */
const WORDS_MAX = 8

export interface Search {
  readonly facilityId: string
  readonly filter: ProductFilter
  /** What days are counted back from. */
  readonly now: number
}

const DAY_MS = 86_400_000

/** @throws HttpError 403 where the filter would tell of a book that the caller may not see, 400 for too many words */
export function requireFilter(caller: Caller, { facilityId, filter }: Omit<Search, 'now'>): void {
  caller.requireAt(facilityId)
  if (filter.stock !== 'any') caller.require('INV_CNT_VIEW_QOH')
  if (wordsOf(filter.text).length > WORDS_MAX)
    throw new HttpError(400, `At most ${WORDS_MAX} words can be looked for`, 'BAD_REQUEST')
}

function wordsOf(text: string): readonly string[] {
  return text.split(/\s+/).filter((it) => it !== '')
}

const STOCK = { positive: '> 0', zero: '= 0', negative: '< 0' } as const

/** `from … where …` over `p` product, `s` its book and `w` its class at the facility. */
function matching({ facilityId, filter, now }: Search, params: Params): string {
  const facility = params.add(facilityId, 'text')
  const conditions = wordsOf(filter.text).map((word) => {
    const pattern = params.add(`%${escapeLike(word)}%`, 'text')
    // Looked through once, and not once per product.
    return `(p.product_name ilike ${pattern} or p.product_id ilike ${pattern} or p.product_id in (
      select i.product_id from product_identifier i where i.value ilike ${pattern}))`
  })
  if (filter.abcClasses.length > 0)
    conditions.push(`coalesce(w.abc_class, '-') = any(${params.add(filter.abcClasses, 'text[]')})`)
  if (filter.stock !== 'any')
    conditions.push(`coalesce(s.quantity_on_hand, 0) ${STOCK[filter.stock]}`)
  const since = notCountedSince(filter, now)
  if (since !== null) conditions.push(`coalesce(w.last_counted_at, 0) < ${params.add(since, 'bigint')}`)
  conditions.push(...keptConditions(filter, facility, params))
  return `from product p
    left join product_facility s on s.facility_id = ${facility} and s.product_id = p.product_id
    left join product_valuation w on w.facility_id = ${facility} and w.product_id = p.product_id
    where not p.deleted and ${conditions.length === 0 ? 'true' : conditions.join(' and ')}`
}

/** The stricter of a moment and a number of days. */
function notCountedSince({ notCountedSince: moment, notCountedForDays: days }: ProductFilter, now: number): number | null {
  const ago = days == null ? null : now - days * DAY_MS
  return moment != null && ago !== null ? Math.min(moment, ago) : (moment ?? ago)
}

/** By what only the facility's own products are found. */
function keptConditions(filter: ProductFilter, facility: string, params: Params): string[] {
  const { categories, tags, suppliers, aisles, bin } = filter
  const conditions: string[] = []
  const anyOf = (values: readonly string[]): string => `any(${params.add(values, 'text[]')})`
  if (categories.length > 0) conditions.push(`p.category = ${anyOf(categories)}`)
  if (tags.length > 0)
    conditions.push(`p.product_id in (select t.product_id from product_tag t where t.tag = ${anyOf(tags)})`)
  if (suppliers.length > 0)
    conditions.push(`p.product_id in (select u.product_id from product_supplier u where u.supplier = ${anyOf(suppliers)})`)
  if (conditions.length > 0) conditions.push('s.product_id is not null')
  if (aisles.length > 0 || bin !== '') {
    const inAisles = aisles.length > 0 ? `and l.aisle = ${anyOf(aisles)}` : ''
    const inBin = bin === '' ? '' : `and l.bin ilike ${params.add(`${escapeLike(bin)}%`, 'text')}`
    conditions.push(
      `p.product_id in (select l.product_id from product_place l where l.facility_id = ${facility} ${inAisles} ${inBin})`,
    )
  }
  return conditions
}

/** People look for names; the id settles what is called the same. */
const ORDER = 'order by p.product_name, p.product_id'
/** What a shelf label shows, if it has one: the SKU, else the single unit's barcode. */
export const IDENTIFIER = `(select i.value from product_identifier i where i.product_id = p.product_id
  order by (i.type <> 'SKU'), (i.type = 'REMEMBERED'), i.pack_size, i.type, i.value limit 1)`

export async function countProducts(sql: Sql, search: Search): Promise<number> {
  const params = new Params()
  const [row] = await sql.query<{ total: number }>(
    `select count(*)::int as total ${matching(search, params)}`,
    params.values,
  )
  return row?.total ?? 0
}

export async function findProducts(
  sql: Sql,
  search: Search,
  { limit, offset, maySeeBook }: { readonly limit: number; readonly offset: number; readonly maySeeBook: boolean },
): Promise<v.InferInput<typeof PlanProduct>[]> {
  const params = new Params()
  const from = matching(search, params)
  return sql.query(
    `select p.product_id as "productId", p.product_name as "productName", ${IDENTIFIER} as identifier,
       w.abc_class as "abcClass",
       ${maySeeBook ? 'coalesce(s.quantity_on_hand, 0)::float8 as "quantityOnHand",' : ''}
       nullif(w.last_counted_at, 0) as "lastCountedAt", p.category,
       (select string_agg(l.bin, ', ' order by l.bin) from product_place l
          where l.facility_id = $1::text and l.product_id = p.product_id) as places
     ${from} ${ORDER} limit ${params.add(limit, 'int')} offset ${params.add(offset, 'int')}`,
    params.values,
  )
}

export interface ListedProduct {
  readonly productId: string
  readonly identifier: string | null
}

/** All that match but those left out, at most `limit`. */
export async function listMatching(
  sql: Sql,
  search: Search,
  { without, limit }: { readonly without: readonly string[]; readonly limit: number },
): Promise<readonly ListedProduct[]> {
  const params = new Params()
  const from = matching(search, params)
  return sql.query(
    `select p.product_id as "productId", ${IDENTIFIER} as identifier
     ${from} and not p.product_id = any(${params.add(without, 'text[]')})
     ${ORDER} limit ${params.add(limit, 'int')}`,
    params.values,
  )
}

/** Those of the ids that are products, in the order of names. */
export async function listNamed(sql: Sql, productIds: readonly string[]): Promise<readonly ListedProduct[]> {
  return sql.query(
    `select p.product_id as "productId", ${IDENTIFIER} as identifier from product p
     where p.product_id = any($1::text[]) and not p.deleted ${ORDER}`,
    [productIds],
  )
}
