import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { unitsOf } from '../../src/domain/quantity'
import { quantityOfText, splitTimes } from '../../src/domain/quantity-entry'

describe('quantity entry', () => {
  it('[QT10] counts zero as a quantity and nothing as none', () => {
    expect(quantityOfText('0')).toEqual({ kind: 'quantity', quantity: unitsOf(0) })
    expect(quantityOfText('')).toEqual({ kind: 'empty' })
    expect(quantityOfText(' 0012 ')).toEqual({ kind: 'quantity', quantity: unitsOf(12) })
  })

  it('[QT10] reads whole units only', () => {
    expect(['1.5', '1,5', '-3', '1e3', '0x10', 'twelve', '１２'].map(quantityOfText)).toEqual(
      Array(7).fill(null),
    )
  })

  it('[QT11] questions eight digits and more: they may be a barcode', () => {
    expect(quantityOfText('9999999')).toMatchObject({ kind: 'quantity' })
    expect(quantityOfText('96385074')).toEqual({
      kind: 'question',
      quantity: unitsOf(96_385_074),
      digits: '96385074',
    })
    expect(quantityOfText('00000012')).toMatchObject({ kind: 'question' })
  })

  it('[QT12] refuses more than 1,000,000,000', () => {
    expect(quantityOfText('1000000000')).toMatchObject({
      kind: 'question',
      quantity: unitsOf(1_000_000_000),
    })
    expect(quantityOfText('1000000001')).toMatchObject({ kind: 'refused', reason: 'too-large' })
    expect(quantityOfText('4006381333931')).toMatchObject({ kind: 'refused', reason: 'barcode' })
  })

  it('[QT12] says something about every text and never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.nat().map(String)), (text) => {
        expect([undefined, 'empty', 'quantity', 'question', 'refused']).toContain(
          quantityOfText(text)?.kind,
        )
      }),
    )
  })

  it('[QT13] takes a typed 12 × off the front of a barcode', () => {
    expect(splitTimes('12 × 4006381333931')).toEqual({ digits: '12', rest: '4006381333931' })
    expect(splitTimes('12*SKU-1')).toEqual({ digits: '12', rest: 'SKU-1' })
    expect(splitTimes(' 12 × ')).toEqual({ digits: '12', rest: '' })
    expect(splitTimes('12x500')).toEqual({ digits: null, rest: '12x500' })
    expect(splitTimes('4006381333931 ')).toEqual({ digits: null, rest: '4006381333931' })
  })
})
