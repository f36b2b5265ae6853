// Identifiers of a product: its GTIN from the catalogue, and for the demo a made-up SKU and case barcode.
import { checkDigitOf, gtin14Of } from '../../src/domain/barcode/gtin'
import type { CatalogueIdentifier } from '../products/catalogue'
import { createRandom, wholeBetween } from './random'

const PACK_SIZES = [6, 8, 10, 12, 24]
/** One product in so many has a case barcode. */
const CASE_EVERY = 5

/** The kind that a GTIN is by its length; anything else is a bare barcode. */
export function typeOfGtin(gtin: string): string {
  switch (gtin.length) {
    case 8:
      return 'EAN8'
    case 12:
      return 'UPCA'
    case 14:
      return 'GTIN'
    default:
      return 'EAN'
  }
}

/** For demo products: a SKU each, and for some a case: the unit's number with an indicator digit before it. */
export function madeUpIdentifiersOf(
  seed: number,
  productId: string,
  gtin: string,
): CatalogueIdentifier[] {
  const random = createRandom(seed, `identifiers/${productId}`)
  const letters = productId.replaceAll(/\W/g, '').slice(-8)
  const made: CatalogueIdentifier[] = [
    { type: 'SKU', value: `SC-${letters}-${wholeBetween(random, 10, 99)}`, packSize: 1 },
  ]
  const gtin14 = gtin14Of(gtin)
  const isUnit = gtin14?.startsWith('0') === true
  if (isUnit && random() < 1 / CASE_EVERY)
    made.push({
      type: 'GTIN',
      value: caseGtinOf(gtin14, wholeBetween(random, 1, 8)),
      packSize: PACK_SIZES[wholeBetween(random, 0, PACK_SIZES.length - 1)] ?? 12,
    })
  return made
}

/** A GTIN-14 of the same item at a higher packing level: indicator 1 to 8, the unit's twelve digits, a new check digit. */
export function caseGtinOf(unitGtin14: string, indicator: number): string {
  const body = `${indicator}${unitGtin14.slice(1, 13)}`
  return body + checkDigitOf(body)
}
