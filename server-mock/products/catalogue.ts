// Products in the database: batches in, pages by the sequence of changes out.
import { REMEMBERED } from '../../src/contract/barcodes'
import { itemKeyOf } from '../../src/domain/barcode/item-key'
import type { Db, Sql } from '../db/db'

export interface CatalogueProduct {
  readonly productId: string
  readonly name: string
  readonly identifiers: readonly CatalogueIdentifier[]
}

export interface CatalogueIdentifier {
  readonly type: string
  readonly value: string
  readonly packSize: number
}

export interface CatalogueChange extends CatalogueProduct {
  readonly deleted: boolean
}

const BATCH = 2000

/**
 * Adds or replaces products with all their identifiers, in batches of one transaction each, and gives every one a new
 * place in the sequence of changes. The same product twice in the list: the later one stays.
 */
export async function putProducts(db: Db, products: readonly CatalogueProduct[]): Promise<void> {
  const unique = [...new Map(products.map((it) => [it.productId, it])).values()]
  for (let from = 0; from < unique.length; from += BATCH)
    await db.tx((sql) => putBatch(sql, unique.slice(from, from + BATCH)))
}

async function putBatch(sql: Sql, batch: readonly CatalogueProduct[]): Promise<void> {
  const firstSeq = await takeChangeSeqs(sql, batch.length)
  const rows = batch.map((it, index) => ({
    id: it.productId,
    name: it.name,
    seq: firstSeq + index,
  }))
  const identifiers = batch.flatMap((it) =>
    it.identifiers.map(({ type, value, packSize }) => ({
      id: it.productId,
      type,
      value,
      pack: packSize,
    })),
  )
  await sql.query(
    `insert into product (product_id, product_name, change_seq)
     select id, name, seq from jsonb_to_recordset($1::jsonb) as r(id text, name text, seq bigint)
     on conflict (product_id) do update
       set product_name = excluded.product_name, change_seq = excluded.change_seq, deleted = false`,
    [JSON.stringify(rows)],
  )
  await sql.query('delete from product_identifier where product_id = any($1::text[])', [
    batch.map((it) => it.productId),
  ])
  await sql.query(
    `insert into product_identifier (product_id, type, value, pack_size)
     select id, type, value, pack from jsonb_to_recordset($1::jsonb) as r(id text, type text, value text, pack int)
     on conflict do nothing`,
    [JSON.stringify(identifiers)],
  )
  await putRememberedBack(sql, batch)
}

/** What people had remembered for the products is theirs, too; where the file names the value itself, its word is enough. */
async function putRememberedBack(sql: Sql, batch: readonly CatalogueProduct[]): Promise<void> {
  const remembered = await sql.query<{ id: string; key: string; value: string; pack: number }>(
    `select product_id as id, item_key as key, value, pack_size as pack from remembered_barcode
     where taken_back_at is null and product_id = any($1::text[])`,
    [batch.map((it) => it.productId)],
  )
  if (remembered.length === 0) return
  const named = new Map(batch.map((it) => [it.productId, new Set(it.identifiers.map(({ value }) => itemKeyOf(value) as string))]))
  const missing = remembered.filter(({ id, key }) => named.get(id)?.has(key) !== true)
  await sql.query(
    `insert into product_identifier (product_id, type, value, pack_size)
     select id, $2, value, pack from jsonb_to_recordset($1::jsonb) as r(id text, value text, pack int)
     on conflict do nothing`,
    [JSON.stringify(missing), REMEMBERED],
  )
}

/** Marks products as gone; devices hear of it with the next changes. */
export async function deleteProducts(db: Db, productIds: readonly string[]): Promise<void> {
  const ids = [...new Set(productIds)]
  for (let from = 0; from < ids.length; from += BATCH) {
    const batch = ids.slice(from, from + BATCH)
    await db.tx(async (sql) => {
      const firstSeq = await takeChangeSeqs(sql, batch.length)
      await sql.query(
        `update product set deleted = true, change_seq = seq
         from jsonb_to_recordset($1::jsonb) as r(id text, seq bigint) where product_id = id and not deleted`,
        [JSON.stringify(batch.map((id, index) => ({ id, seq: firstSeq + index })))],
      )
      await sql.query('delete from product_identifier where product_id = any($1::text[])', [batch])
    })
  }
}

/** The row stays locked until the transaction ends: places are given in the order of commits. */
async function takeChangeSeqs(sql: Sql, count: number): Promise<number> {
  const [row] = await sql.query<{ last_seq: number }>(
    'update product_change set last_seq = last_seq + $1::int returning last_seq',
    [count],
  )
  if (row === undefined) throw new Error('product_change has lost its row')
  return row.last_seq - count + 1
}

/** Whoever says what a barcode stands for takes turns until the transaction ends. */
export async function holdCatalogue(sql: Sql): Promise<void> {
  await sql.query('select 1 from product_change for update')
}

/** Something of the product has changed: devices get it with the next changes. Under the held catalogue. */
export async function touchProduct(sql: Sql, productId: string): Promise<void> {
  await sql.query('update product set change_seq = $2::bigint where product_id = $1', [productId, await takeChangeSeqs(sql, 1)])
}

/** The next `limit` products whose last change lies after `after`, in the order of changes. One indexed query. */
export async function readProductsAfter(
  sql: Sql,
  after: number,
  limit: number,
): Promise<{ products: CatalogueChange[]; last: number; more: boolean }> {
  const rows = await sql.query<CatalogueChange & { changeSeq: number }>(
    `select p.product_id as "productId", p.product_name as name, p.deleted, p.change_seq as "changeSeq",
       coalesce((select json_agg(json_build_object('type', i.type, 'value', i.value, 'packSize', i.pack_size)
                                 -- the first one names the product on screen: no barcode that somebody had remembered
                                 order by i.type = 'REMEMBERED', i.type, i.value)
                 from product_identifier i where i.product_id = p.product_id), '[]'::json) as identifiers
     from product p where p.change_seq > $1::bigint order by p.change_seq limit $2::int`,
    [after, limit + 1],
  )
  const page = rows.slice(0, limit)
  return {
    products: page.map(({ changeSeq: _changeSeq, ...product }) => product),
    last: page.at(-1)?.changeSeq ?? after,
    more: rows.length > limit,
  }
}
