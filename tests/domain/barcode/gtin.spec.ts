import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkDigitOf, gtin14Of, gtin14OfUpcE } from '../../../src/domain/barcode/gtin'

const digits = (length: number) =>
  fc.string({ unit: fc.nat(9).map(String), minLength: length, maxLength: length })

describe('GTIN', () => {
  it('[BC1] brings 8, 12, 13 and 14 digits with a right check digit to 14', () => {
    expect(gtin14Of('96385074')).toBe('00000096385074')
    expect(gtin14Of('036000291452')).toBe('00036000291452')
    expect(gtin14Of('4006381333931')).toBe('04006381333931')
    expect(gtin14Of('10093966005667')).toBe('10093966005667')
  })

  it('[BC1] takes the same number for the same, however many leading zeros it has', () => {
    expect(gtin14Of('0036000291452')).toBe(gtin14Of('036000291452'))
    expect(gtin14Of('00036000291452')).toBe(gtin14Of('036000291452'))
  })

  it('[BC2] refuses one wrong digit at any place', () => {
    fc.assert(
      fc.property(digits(13), fc.nat(13), fc.integer({ min: 1, max: 9 }), (body, at, by) => {
        const right = body + checkDigitOf(body)
        const wrong =
          right.slice(0, at) + String((Number(right[at]) + by) % 10) + right.slice(at + 1)

        expect(gtin14Of(wrong)).toBeNull()
      }),
    )
  })

  it('[BC3] refuses other lengths, other characters and a number of nothing but zeros', () => {
    const others = [
      '',
      '1234567',
      '40063813339',
      '400638133393',
      '4006381333931 ',
      '40063813339３1',
      '00000000',
      '0000000000000',
    ]

    expect(others.map(gtin14Of)).toEqual(others.map(() => null))
  })

  it('[BC4] expands UPC-E by its last digit', () => {
    expect(gtin14OfUpcE('01234505')).toBe('00012000003455')
    expect(gtin14OfUpcE('04252614')).toBe('00042100005264')
    expect(gtin14OfUpcE('01234531')).toBe('00012300000451')
    expect(gtin14OfUpcE('01234543')).toBe('00012340000053')
    expect(gtin14OfUpcE('01234558')).toBe('00012345000058')
  })

  it('[BC4] refuses UPC-E with another number system or a wrong check digit', () => {
    expect(gtin14OfUpcE('21234505')).toBeNull()
    expect(gtin14OfUpcE('01234506')).toBeNull()
    expect(gtin14OfUpcE('0123450')).toBeNull()
  })
})
