// What products are found by besides their names: category, tags, suppliers, and where a facility keeps them.
import type { Db, Sql } from '../db/db'

export interface ProductAttributes {
  readonly productId: string
  /** null: in none. */
  readonly category: string | null
  readonly tags: readonly string[]
  readonly suppliers: readonly string[]
}

export interface ProductPlace {
  readonly productId: string
  readonly aisle: string
  readonly bin: string
}

const BATCH = 5000

/** Replaces those of the products named; of a product that there is not, nothing is kept. Each batch is one transaction. */
export async function putAttributes(db: Db, rows: readonly ProductAttributes[]): Promise<void> {
  for (let from = 0; from < rows.length; from += BATCH)
    await db.tx((sql) => putBatch(sql, rows.slice(from, from + BATCH)))
}

async function putBatch(sql: Sql, batch: readonly ProductAttributes[]): Promise<void> {
  await sql.query(
    `update product set category = r.category from jsonb_to_recordset($1::jsonb) as r("productId" text, category text)
     where product_id = r."productId"`,
    [JSON.stringify(batch)],
  )
  for (const [table, column, field] of [
    ['product_tag', 'tag', 'tags'],
    ['product_supplier', 'supplier', 'suppliers'],
  ] as const) {
    await sql.query(`delete from ${table} where product_id = any($1::text[])`, [batch.map((it) => it.productId)])
    const pairs = batch.flatMap((it) => it[field].map((value) => ({ id: it.productId, value })))
    await sql.query(
      `insert into ${table} (product_id, ${column})
       select r.id, r.value from jsonb_to_recordset($1::jsonb) as r(id text, value text)
         join product p on p.product_id = r.id
       on conflict do nothing`,
      [JSON.stringify(pairs)],
    )
  }
}

/** Replaces the places of the products named. */
export async function putPlaces(sql: Sql, facilityId: string, places: readonly ProductPlace[]): Promise<void> {
  for (let from = 0; from < places.length; from += BATCH) {
    const batch = places.slice(from, from + BATCH)
    await sql.query('delete from product_place where facility_id = $1 and product_id = any($2::text[])', [
      facilityId,
      batch.map((it) => it.productId),
    ])
    await sql.query(
      `insert into product_place (facility_id, product_id, aisle, bin)
       select $1, r."productId", r.aisle, r.bin
       from jsonb_to_recordset($2::jsonb) as r("productId" text, aisle text, bin text)
         join product p on p.product_id = r."productId"
       on conflict do nothing`,
      [facilityId, JSON.stringify(batch)],
    )
  }
}
