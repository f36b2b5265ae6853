// What item keys stand for by the device's catalogue, and how the products are called. Read-only, outside any scans transaction.
import { lookupKeysOf } from '../domain/barcode/item-key'
import type { ItemKey, ProductId } from '../domain/ids'
import { asId } from '../domain/ids'
import type { LineTexts } from '../domain/lines'
import { identify } from '../domain/product'
import type { Identification, Product } from '../domain/product'
import type { CatalogueStore } from '../ports/catalogue-schema'

/** Claims of one value that are read; more than one product is ambiguous anyhow. */
const CLAIMS_MAX = 8

export interface ScannedKey {
  readonly itemKey: ItemKey
  readonly raw: string
}

export interface Found {
  readonly identities: ReadonlyMap<ItemKey, Identification>
  /** Texts of the products that were found and that the catalogue knows by name. */
  readonly texts: ReadonlyMap<ProductId, LineTexts>
  readonly products: ReadonlyMap<ProductId, Product>
}

const NOTHING: Found = { identities: new Map(), texts: new Map(), products: new Map() }

/**
 * Look item keys up in one catalogue transaction. Hand-count keys carry their product; the others are found by the
 * first of their look-up keys that anybody claims.
 *
 * @param identified told as soon as the values' products are known, before the products are read
 */
export async function lookUp(
  catalogue: CatalogueStore | null,
  keys: readonly ScannedKey[],
  identified?: (identities: Found['identities']) => void,
): Promise<Found> {
  if (keys.length === 0) return NOTHING
  const identities = new Map<ItemKey, Identification>()
  for (const { itemKey } of keys) {
    const productId = productOfHandKey(itemKey)
    if (productId !== null) identities.set(itemKey, { kind: 'matched', productId, packSize: 1 })
  }
  if (catalogue === null) return { ...NOTHING, identities }

  return await catalogue.tx(['identifiers', 'products'], 'r', async (tx) => {
    for (const { itemKey, raw } of keys) {
      if (identities.has(itemKey)) continue
      for (const key of lookupKeysOf(itemKey, raw)) {
        const claims = await tx.range('identifiers', 'itemKey', { lower: key, upper: key, limit: CLAIMS_MAX })
        if (claims.length === 0) continue
        identities.set(itemKey, identify(claims))
        break
      }
    }
    identified?.(identities)
    const productIds = [...identities.values()].flatMap((it) => (it.kind === 'matched' ? [it.productId] : []))
    const found = await tx.bulkGet('products', [...new Set(productIds)])
    const products = new Map(found.flatMap((it) => (it === undefined ? [] : [[it.productId, it] as const])))
    return { identities, texts: textsOfProducts(found), products }
  })
}

/** A value that somebody else has named a product for. */
export interface NamedKey extends ScannedKey {
  readonly productId: ProductId
}

/** Units that one scan of a value counts, of the product that is named; values that the catalogue does not know for it are missing. */
export async function packSizesOf(
  catalogue: CatalogueStore | null,
  keys: readonly NamedKey[],
): Promise<ReadonlyMap<ItemKey, number>> {
  const packSizes = new Map<ItemKey, number>()
  if (catalogue === null || keys.length === 0) return packSizes
  return await catalogue.tx(['identifiers'], 'r', async (tx) => {
    for (const { itemKey, raw, productId } of keys)
      for (const key of lookupKeysOf(itemKey, raw)) {
        const claims = await tx.range('identifiers', 'itemKey', { lower: key, upper: key, limit: CLAIMS_MAX })
        const claim = claims.find((it) => it.productId === productId)
        if (claim === undefined) continue
        packSizes.set(itemKey, claim.packSize)
        break
      }
    return packSizes
  })
}

/** Texts of the products that the catalogue knows. */
export async function textsFor(
  catalogue: CatalogueStore | null,
  productIds: readonly ProductId[],
): Promise<ReadonlyMap<ProductId, LineTexts>> {
  if (catalogue === null || productIds.length === 0) return new Map()
  return await catalogue.tx(['products'], 'r', async (tx) =>
    textsOfProducts(await tx.bulkGet('products', [...new Set(productIds)])),
  )
}

export function textsOfProduct(product: Product): LineTexts {
  return { name: product.name, identifier: product.identifiers[0]?.value ?? product.productId }
}

export function productOfHandKey(itemKey: ItemKey): ProductId | null {
  return itemKey.startsWith('product:') ? asId<ProductId>(itemKey.slice('product:'.length)) : null
}

function textsOfProducts(products: readonly (Product | undefined)[]): Map<ProductId, LineTexts> {
  const texts = new Map<ProductId, LineTexts>()
  for (const product of products) if (product !== undefined) texts.set(product.productId, textsOfProduct(product))
  return texts
}
