// A made-up catalogue of any size: products with names as long as real ones and barcodes that have a right check digit.
import { writeFileSync } from 'node:fs'
import { checkDigitOf } from '../src/domain/barcode/gtin'
import { createRandom } from './random'

export interface BenchProduct {
  readonly productId: string
  readonly gtin: string
  readonly name: string
}

const ADJECTIVES = ['Organic', 'Whole', 'Dark', 'Smoked', 'Fresh', 'Light', 'Salted', 'Roasted', 'Frozen', 'Mild']
const NOUNS = ['milk', 'chocolate', 'almonds', 'tea', 'oats', 'beans', 'yoghurt', 'crackers', 'juice', 'pasta']
const SIZES = ['100 g', '250 g', '500 g', '1 kg', '330 ml', '1 l', '6 × 50 g', '12 pieces']

/** The same products for the same seed. Prefix 20 is for numbers inside a shop: nobody else's barcode. */
export function makeCatalogue(size: number, seed = 1): readonly BenchProduct[] {
  const random = createRandom(seed)
  const pick = (words: readonly string[]): string => words[Math.floor(random() * words.length)] ?? ''
  return Array.from({ length: size }, (_unused, nth) => {
    const body = `20${String(nth + 1).padStart(10, '0')}`
    return {
      productId: `B${String(nth + 1).padStart(6, '0')}`,
      gtin: body + checkDigitOf(body),
      name: `${pick(ADJECTIVES)} ${pick(NOUNS)} ${pick(SIZES)} No. ${nth + 1}`,
    }
  })
}

export function writeCatalogue(file: string, products: readonly BenchProduct[]): void {
  const rows = products.map(({ productId, gtin, name }) => `${productId},${gtin},${name}`)
  writeFileSync(file, `productId,gtin,productName\n${rows.join('\n')}\n`)
}
