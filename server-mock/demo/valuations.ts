// What the demo's products cost and which of them matter: ABC by what lies there, the same at every start.
import type { Sql } from '../db/db'
import type { StockRow } from '../products/stock'
import { createRandom } from './random'

const BATCH = 5000
/** Share of the stock's value that A, and A and B together, make up. */
const A_SHARE = 0.8
const B_SHARE = 0.95

export interface Valuation {
  readonly productId: string
  readonly unitCost: number
  readonly abcClass: 'A' | 'B' | 'C'
}

/** Mostly cents and a few euros, now and then something dear; a fraction of a cent in bulk goods. */
export function unitCostOf(seed: number, productId: string): number {
  const random = createRandom(seed, `cost/${productId}`)
  const kind = random()
  const spread = random()
  if (kind < 0.03) return Math.round((0.01 + spread * 0.3) * 10_000) / 10_000
  if (kind < 0.9) return Math.round((0.35 + spread * spread * 9) * 100) / 100
  return Math.round((8 + spread * 70) * 100) / 100
}

/** The usual cut: the products with the most value in stock, until four fifths are reached, are A. */
export function classify(seed: number, stock: readonly StockRow[]): readonly Valuation[] {
  const worth = stock
    .map(({ productId, quantityOnHandTotal }) => {
      const unitCost = unitCostOf(seed, productId)
      return { productId, unitCost, value: Math.max(0, quantityOnHandTotal) * unitCost }
    })
    .toSorted((a, b) => b.value - a.value || (a.productId < b.productId ? -1 : 1))
  const total = worth.reduce((sum, it) => sum + it.value, 0)
  let reached = 0
  return worth.map(({ productId, unitCost, value }) => {
    const share = total === 0 ? 1 : reached / total
    reached += value
    return { productId, unitCost, abcClass: share < A_SHARE ? 'A' : share < B_SHARE ? 'B' : 'C' }
  })
}

export async function putValuations(
  sql: Sql,
  facilityId: string,
  valuations: readonly Valuation[],
): Promise<void> {
  for (let from = 0; from < valuations.length; from += BATCH)
    await sql.query(
      `insert into product_valuation (facility_id, product_id, unit_cost, currency, abc_class)
       select $1, "productId", "unitCost", $3, "abcClass" from jsonb_to_recordset($2::jsonb)
         as r("productId" text, "unitCost" numeric, "abcClass" text)
       on conflict (facility_id, product_id) do update
         set unit_cost = excluded.unit_cost, currency = excluded.currency, abc_class = excluded.abc_class`,
      [facilityId, JSON.stringify(valuations.slice(from, from + BATCH)), currencyOf(facilityId)],
    )
}

function currencyOf(facilityId: string): string {
  const byFacility: Readonly<Record<string, string>> = {
    NORTHSIDE: 'EUR',
    HARBOR: 'USD',
    OLDTOWN: 'INR',
  }
  return byFacility[facilityId] ?? 'EUR'
}
