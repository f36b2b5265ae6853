// Book quantities of a facility: in bulk by pages, and of single products.
import type { Sql } from '../db/db'

export interface StockRow {
  readonly productId: string
  readonly quantityOnHandTotal: number
  readonly availableToPromiseTotal: number
}

const COLUMNS = `product_id as "productId", quantity_on_hand::float8 as "quantityOnHandTotal",
  available_to_promise::float8 as "availableToPromiseTotal"`

const BATCH = 5000

export async function putStock(
  sql: Sql,
  facilityId: string,
  rows: readonly StockRow[],
): Promise<void> {
  for (let from = 0; from < rows.length; from += BATCH)
    await sql.query(
      `insert into product_facility (facility_id, product_id, quantity_on_hand, available_to_promise)
       select $1, "productId", "quantityOnHandTotal", "availableToPromiseTotal" from jsonb_to_recordset($2::jsonb)
         as r("productId" text, "quantityOnHandTotal" numeric, "availableToPromiseTotal" numeric)
       on conflict (facility_id, product_id) do update
         set quantity_on_hand = excluded.quantity_on_hand, available_to_promise = excluded.available_to_promise`,
      [facilityId, JSON.stringify(rows.slice(from, from + BATCH))],
    )
}

/** Products after `after` (empty: from the start) in the order of their ids. */
export async function readStockAfter(
  sql: Sql,
  { facilityId, after, limit }: { facilityId: string; after: string; limit: number },
): Promise<{ stock: StockRow[]; last: string; more: boolean }> {
  const rows = await sql.query<StockRow>(
    `select ${COLUMNS} from product_facility where facility_id = $1 and product_id > $2
     order by product_id limit $3::int`,
    [facilityId, after, limit + 1],
  )
  const stock = rows.slice(0, limit)
  return { stock, last: stock.at(-1)?.productId ?? after, more: rows.length > limit }
}

/** Those of the products that the facility keeps a stock of, in the order of their ids. */
export async function readStockOf(
  sql: Sql,
  facilityId: string,
  productIds: readonly string[],
): Promise<StockRow[]> {
  return sql.query<StockRow>(
    `select ${COLUMNS} from product_facility where facility_id = $1 and product_id = any($2::text[]) order by product_id`,
    [facilityId, productIds],
  )
}

/** A page by number, for the base profile's data document. */
export async function readStockPage(
  sql: Sql,
  { facilityId, limit, offset }: { facilityId: string; limit: number; offset: number },
): Promise<(StockRow & { readonly internalName: string | null })[]> {
  return sql.query(
    `select s.*, p.product_name as "internalName" from (
       select ${COLUMNS} from product_facility where facility_id = $1 order by product_id limit $2::int offset $3::int) s
       left join product p on p.product_id = s."productId" order by s."productId"`,
    [facilityId, limit, offset],
  )
}
