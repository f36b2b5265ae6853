// Reads what the row rules may know of products and stock for one batch: two queries, however many rows, and none where all is known.
import type { Sql } from '../db/db'
import { amongst } from '../db/packed'
import { decodeQuantity, type Micro } from '../../src/domain/quantity'
import type { DecodedRow } from '../rules/decode-row'
import { identifierOf, spellingsOf, type IdentifierClaim } from '../rules/identify'
import type { ItemRow } from '../rules/item-row'
import type { Catalogue } from '../rules/put-batch'
import { unsettledRows } from '../rules/unsettled-rows'

export async function readCatalogue(
  sql: Sql,
  sent: readonly DecodedRow[],
  stored: readonly ItemRow[],
  facilityId: string | null,
): Promise<Catalogue> {
  const { sent: rows, stored: named } = unsettledRows(sent.flatMap((it) => (it.kind === 'row' ? [it.row] : [])), stored)
  const values = [...rows, ...named].flatMap((it) => (it.productIdentifier == null ? [] : spellingsOf(it.productIdentifier)))
  const claims = await readClaims(sql, values)
  const productIds = [...new Set([...rows.flatMap((it) => it.productId ?? []), ...claims.map((it) => it.productId)])]
  const { known, book } = await readProducts(sql, facilityId, productIds)
  return {
    identify: identifierOf(claims),
    isKnownProduct: (productId) => known.has(productId),
    bookOf: (productId) => book.get(productId) ?? null,
  }
}

async function readClaims(sql: Sql, values: readonly string[]): Promise<readonly IdentifierClaim[]> {
  if (values.length === 0) return []
  return sql.query(
    `select i.value, i.product_id as "productId" from product_identifier i
       join product p on p.product_id = i.product_id
     where i.value = any($1::text[]) and not p.deleted`,
    [[...new Set(values)]],
  )
}

interface ProductFacts {
  readonly known: ReadonlySet<string>
  readonly book: ReadonlyMap<string, Micro>
}

/** Book quantities of the products that the facility keeps a stock of. */
export async function readBook(
  sql: Sql,
  facilityId: string | null,
  productIds: readonly string[],
): Promise<ReadonlyMap<string, Micro>> {
  if (facilityId === null || productIds.length === 0) return new Map()
  const rows = await sql.query<{ id: string; qoh: string }>(
    `select product_id as id, quantity_on_hand::text as qoh from product_facility
     where facility_id = $1 and product_id = ${amongst(2)}`,
    [facilityId, productIds],
  )
  return new Map(
    rows.map(({ id, qoh }) => {
      const quantity = decodeQuantity(Number(qoh))
      if (typeof quantity === 'string') throw new Error(`The book quantity of ${id} is ${quantity}`)
      return [id, quantity] as const
    }),
  )
}

/** Which of the products exist, and what the books say of them at the facility. */
async function readProducts(sql: Sql, facilityId: string | null, productIds: readonly string[]): Promise<ProductFacts> {
  if (productIds.length === 0) return { known: new Set(), book: new Map() }
  const rows = await sql.query<{ id: string; is_known: boolean; qoh: string | null }>(
    `select i.id, p.product_id is not null as is_known, s.quantity_on_hand::text as qoh
     from unnest($2::text[]) as i(id)
       left join product p on p.product_id = i.id
       left join product_facility s on s.facility_id = $1::text and s.product_id = i.id`,
    [facilityId, productIds],
  )
  return {
    known: new Set(rows.filter((it) => it.is_known).map((it) => it.id)),
    book: new Map(
      rows.flatMap(({ id, qoh }) => {
        if (qoh === null) return []
        const quantity = decodeQuantity(Number(qoh))
        if (typeof quantity === 'string') throw new Error(`The book quantity of ${id} is ${quantity}`)
        return [[id, quantity] as const]
      }),
    ),
  }
}
