import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addQuantity, decodeQuantity, encodeQuantity, negateQuantity, shareOf, sumQuantity, timesPack, unitsOf, ZERO } from '../../src/domain/quantity'
import type { Micro } from '../../src/domain/quantity'

const LARGEST = unitsOf(1_000_000_000)

describe('quantity', () => {
  it('[QT1] survives the wire exactly, over the whole range', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e15, max: 1e15 }), (micro) => {
        expect(decodeQuantity(encodeQuantity(micro as Micro))).toBe(micro === 0 ? 0 : micro)
      }),
    )
  })

  it('[QT2] adds up exactly, in any order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1e9, max: 1e9 })), (micros) => {
        const sum = (list: readonly number[]) => list.reduce<Micro>((total, it) => sumQuantity(total, it as Micro), ZERO)
        expect(sum(micros)).toBe(sum(micros.toReversed()))
        expect(sum(micros)).toBe(Number(micros.reduce((total, it) => total + BigInt(it), 0n)))
      }),
    )
  })

  it.each([
    [0.1234567, 'too-precise'],
    [1e-7, 'too-precise'],
    [1_000_000_001, 'too-large'],
    [NaN, 'not-a-number'],
    [Infinity, 'not-a-number'],
  ] as const)('[QT3] refuses %s on the wire as %s, and rounds nothing away', (wire, problem) => {
    expect(decodeQuantity(wire)).toBe(problem)
  })

  it.each([
    [0.1, 100_000],
    [0.1 + 0.2, 300_000],
    [-1.5, -1_500_000],
    [999_999_999.999999, 999_999_999_999_999],
  ])('[QT3] reads %s past the noise of its own digits', (wire, micro) => {
    expect(decodeQuantity(wire)).toBe(micro)
  })

  it('[QT4] multiplies by the pack size, within the range', () => {
    expect(timesPack(unitsOf(3), 12)).toBe(unitsOf(36))
    expect(() => timesPack(LARGEST, 2)).toThrow(RangeError)
    expect(() => unitsOf(1.5)).toThrow(RangeError)
    expect(() => addQuantity(LARGEST, unitsOf(1))).toThrow(RangeError)
  })

  it('[QT2] knows one zero', () => {
    expect(Object.is(negateQuantity(ZERO), 0)).toBe(true)
    expect(Object.is(decodeQuantity(-0), 0)).toBe(true)
  })
})

it('[QT4] a quantity is shared out among cases where it comes out even, and else stays as it is', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 1, max: 500 }), (cases, packSize) => {
      expect(shareOf(timesPack(unitsOf(cases), packSize), packSize)).toBe(unitsOf(cases))
    }),
  )
  expect(shareOf(1 as Micro, 3)).toBe(1)
})
