// Book quantities over the wire: never a figure for callers who may not see it (decision 22).
import * as v from 'valibot'
import { COUNTS } from '../../src/contract/envelope'
import { QohAtp, StockPage } from '../../src/contract/products'
import type { Caller } from '../http/context'
import { HttpError } from '../http/errors'
import type { Query } from '../http/query'
import type { Registrar } from '../http/route'
import { readStockAfter, readStockOf, readStockPage, type StockRow } from '../products/stock'

const PRODUCTS_AT_ONCE_MAX = 500
const ProductQuantities = v.array(
  v.object({ productId: v.string(), quantityOnHand: v.optional(v.number()) }),
)

/** Rules: docs/SPEC.md SP11 */
export const registerStock: Registrar = (registry, { limits }) => {
  registry.route({
    method: 'GET',
    path: `${COUNTS}stock`,
    needs: ['INV_CNT_VIEW_QOH'],
    isExtension: true,
    answer: StockPage,
    handler: async ({ sql, caller, query }) => {
      const facilityId = facilityOf(query, caller)
      const limit = query.int('limit', { min: 1, max: limits.productsPageMax, otherwise: 1000 })
      const { stock, last, more } = await readStockAfter(sql, {
        facilityId,
        after: query.one('after') ?? '',
        limit,
      })
      return { stock, next: last, more }
    },
  })
  registry.route({
    method: 'GET',
    path: 'poorti/getInventoryAvailableByFacility',
    needs: ['INVCOUNT_APP_VIEW'],
    answer: QohAtp,
    handler: async ({ sql, caller, query }) => {
      const facilityId = facilityOf(query, caller)
      if (!caller.may('INV_CNT_VIEW_QOH')) return {}
      const [row] = await readStockOf(sql, facilityId, [query.one('productId') ?? ''])
      return { qoh: row?.quantityOnHandTotal ?? 0, atp: row?.availableToPromiseTotal ?? 0 }
    },
  })
  registry.route({
    method: 'GET',
    path: 'oms/productFacilities/inventory',
    needs: ['INVCOUNT_APP_VIEW'],
    answer: ProductQuantities,
    handler: async ({ sql, caller, query }) => {
      const facilityId = facilityOf(query, caller)
      const rows = await readStockOf(
        sql,
        facilityId,
        query.list('productId').slice(0, PRODUCTS_AT_ONCE_MAX),
      )
      return rows.map(({ productId, quantityOnHandTotal }) => ({
        productId,
        ...(caller.may('INV_CNT_VIEW_QOH') ? { quantityOnHand: quantityOnHandTotal } : {}),
      }))
    },
  })
  registry.document({
    id: 'ProductFacilityAndInventoryItem',
    needs: ['INVCOUNT_APP_VIEW'],
    rows: async ({ sql, caller, query, limit, offset }) => {
      const facilityId = facilityOf(query, caller)
      const productIds = query.list('productId')
      const rows =
        productIds.length > 0
          ? (await readStockOf(sql, facilityId, productIds)).slice(offset, offset + limit)
          : await readStockPage(sql, { facilityId, limit, offset })
      return rows.map((it) => rowFor(caller, facilityId, it))
    },
  })
}

function rowFor(
  caller: Caller,
  facilityId: string,
  { productId, internalName, ...figures }: StockRow & { readonly internalName?: string | null },
): object {
  const name = internalName == null ? {} : { internalName }
  return { productId, facilityId, ...name, ...(caller.may('INV_CNT_VIEW_QOH') ? figures : {}) }
}

/** @throws HttpError 400 without a facility, 403 outside the caller's */
export function facilityOf(query: Query, caller: Caller): string {
  const facilityId = query.one('facilityId')
  if (facilityId === null) throw new HttpError(400, 'facilityId is missing', 'BAD_REQUEST')
  caller.requireAt(facilityId)
  return facilityId
}
