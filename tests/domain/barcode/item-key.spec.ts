import type { ProductId } from '../../../src/domain/ids'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkDigitOf } from '../../../src/domain/barcode/gtin'
import {
  hasBadCheckDigit,
  itemKeyOf,
  itemKeyOfProduct,
  lookupKeysOf,
} from '../../../src/domain/barcode/item-key'
import { readBarcode } from '../../../src/domain/barcode/read-barcode'
import { asId } from '../../../src/domain/ids'

/** Right as an EAN-8 and as a UPC-E. */
const BOTH_EIGHT = findBothEight()

describe('item key', () => {
  it('[BC1] is the same for the EAN-13, UPC-A and 14-digit form of one number', () => {
    const forms = ['036000291452', '0036000291452', ' 00036000291452\r']

    expect(new Set(forms.map((it) => itemKeyOf(it)))).toEqual(new Set(['gtin:00036000291452']))
  })

  it('[BC5] is the text of everything that is no GTIN, without white space around it', () => {
    expect(itemKeyOf(' sku-12 a ')).toBe('raw:sku-12 a')
    expect(itemKeyOf('4006381333932')).toBe('raw:4006381333932')
  })

  it('[BC5] tells a wrong check digit from a value of its own kind', () => {
    expect(hasBadCheckDigit('4006381333932')).toBe(true)
    expect(hasBadCheckDigit('4006381333931')).toBe(false)
    expect(hasBadCheckDigit('0000000000000')).toBe(false)
    expect(hasBadCheckDigit('12345')).toBe(false)
    expect(hasBadCheckDigit('01234505')).toBe(false)
  })

  it('[BC4] reads eight digits as EAN-8 first and looks the UPC-E up second', () => {
    const key = itemKeyOf(BOTH_EIGHT)

    expect(key).toBe(`gtin:000000${BOTH_EIGHT}`)
    expect(lookupKeysOf(key, BOTH_EIGHT)).toHaveLength(2)
    expect(lookupKeysOf(key, BOTH_EIGHT)[0]).toBe(key)
  })

  it('[BC4] never makes a key of a UPC-E', () => {
    const key = itemKeyOf('01234505')

    expect(key).toBe('raw:01234505')
    expect(lookupKeysOf(key, '01234505')).toEqual(['raw:01234505', 'gtin:00012000003455'])
  })

  it('[BC5] gives a hand count the key of its product, and no other to look up', () => {
    const key = itemKeyOfProduct(asId<ProductId>('10001'))

    expect(key).toBe('product:10001')
    expect(lookupKeysOf(key, '01234505')).toEqual([key])
  })

  it('[BC5] leads back to the same key when its own text is read again', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), (raw) => {
        const key = itemKeyOf(raw)
        const text = key.slice(key.indexOf(':') + 1)

        expect(itemKeyOf(text)).toBe(key)
      }),
    )
  })

  it('[BC6] keeps a place for GS1 element strings: known by the symbology, counted as text', () => {
    expect(readBarcode('0104006381333931', 'C1')).toEqual({ kind: 'gs1', text: '0104006381333931' })
    expect(readBarcode('4006381333931', 'E0').kind).toBe('gtin')
    expect(itemKeyOf('0104006381333931', 'd2')).toBe('raw:0104006381333931')
  })
})

function findBothEight(): string {
  for (let at = 0; at < 1_000_000; at += 1) {
    const seven = `0${String(at).padStart(6, '0')}`
    const eight = seven + checkDigitOf(seven)
    if (
      readBarcode(eight, null).kind === 'gtin' &&
      lookupKeysOf(itemKeyOf(eight), eight).length === 2
    )
      return eight
  }
  throw new Error('No eight digits are right as both')
}
