// From what was scanned to the key it is counted under, and to the keys it may be found under.
import type { ItemKey, ProductId } from '../ids'
import { asId } from '../ids'
import { readBarcode } from './read-barcode'

/**
 * The key a scanned value is counted under: `gtin:<14 digits>` when it is a GTIN with a right check digit, else
 * `raw:<text>`. The same for catalogue identifiers, so that both meet. Surrounding white space does not count.
 * Rules: docs/SPEC.md BC1-BC5
 */
export function itemKeyOf(raw: string, symbology: string | null = null): ItemKey {
  const reading = readBarcode(raw, symbology)
  switch (reading.kind) {
    case 'gtin':
      return gtinKeyOf(reading.gtin14)
    case 'upc-e':
    case 'bad-check-digit':
    case 'gs1':
    case 'text':
      return asId<ItemKey>(`raw:${reading.text}`)
  }
}

/** The key of a hand count: the product is known, nothing was scanned. */
export function itemKeyOfProduct(productId: ProductId): ItemKey {
  return asId<ItemKey>(`product:${productId}`)
}

/**
 * Under which keys to look a scan up, in order: its own key, then what the value stands for as a UPC-E.
 * Only the first key that the catalogue knows counts. Hand counts have none but their own.
 */
export function lookupKeysOf(key: ItemKey, raw: string): readonly ItemKey[] {
  if (key.startsWith('product:')) return [key]
  const reading = readBarcode(raw, null)
  const second =
    reading.kind === 'upc-e' ? reading.gtin14 : reading.kind === 'gtin' ? reading.upcE : null
  return second === null ? [key] : [key, gtinKeyOf(second)]
}

/** As long as a GTIN, digits only, and the check digit is wrong: misread, or somebody's own number. For the feedback. */
export function hasBadCheckDigit(raw: string): boolean {
  return readBarcode(raw, null).kind === 'bad-check-digit'
}

function gtinKeyOf(gtin14: string): ItemKey {
  return asId<ItemKey>(`gtin:${gtin14}`)
}
