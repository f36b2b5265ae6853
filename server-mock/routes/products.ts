// GET products: the catalogue, resumable, and afterwards its changes (decision 21).
import { COUNTS } from '../../src/contract/envelope'
import { ProductsPage } from '../../src/contract/products'
import { readProductsAfter } from '../products/catalogue'
import type { Registrar } from '../http/route'

/**
 * The cursor is a place in the sequence of changes: what changes later comes after it, also on pages asked for long after.
 * Rules: docs/SPEC.md SP9, SP10
 */
export const registerProducts: Registrar = (registry, { limits }) => {
  registry.route({
    method: 'GET',
    path: `${COUNTS}products`,
    needs: ['INVCOUNT_APP_VIEW'],
    isExtension: true,
    answer: ProductsPage,
    handler: async ({ sql, query, context }) => {
      const limit = query.int('limit', { min: 1, max: limits.productsPageMax, otherwise: 1000 })
      const after = query.int('after', { min: 0, max: Number.MAX_SAFE_INTEGER, otherwise: 0 })
      const { products, last, more } = await readProductsAfter(sql, after, limit)
      return {
        products: products.map((it) => ({ ...it, identifiers: [...it.identifiers] })),
        next: String(last),
        more,
        serverTime: context.clock.now(),
      }
    },
  })
}
