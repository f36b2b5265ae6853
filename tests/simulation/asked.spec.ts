// What a device and its server ask for at rest: only a word that the server refuses to hear may differ.
import { describe, expect, it } from 'vitest'
import { asId } from '../../src/domain/ids'
import type { ProductId } from '../../src/domain/ids'
import { askedOtherwise, type BothSides } from './asked'

type Here = BothSides['here'] extends ReadonlyMap<string, infer Row> ? Row : never
type There = BothSides['there'] extends ReadonlyMap<string, infer Row> ? Row : never

const [JAM, TEA] = [asId<ProductId>('JAM'), asId<ProductId>('TEA')]
const OWN: Here = { origin: 'own', productId: JAM, isRequested: true, matchRev: 1 }
const KEPT: There = { productId: JAM, isRequested: true, matchRev: 1, isDeleted: false }

function compared(
  here: Record<string, Here>,
  there: Record<string, There>,
  refused: readonly string[] = [],
): ReturnType<typeof askedOtherwise> {
  return askedOtherwise({
    here: new Map(Object.entries(here)),
    there: new Map(Object.entries(there)),
    isRefused: (uuid) => refused.includes(uuid),
  })
}

const ALONE_HERE = [{ productId: 'JAM', isAskedHere: true }]
const ALONE_THERE = [{ productId: 'JAM', isAskedHere: false }]

describe('what a device and its server ask for', () => {
  it('[SM101] may differ by a row that the server refuses and has never had', () => {
    expect(compared({ a: OWN }, {}, ['a'])).toEqual([])
  })

  it('[SM101] may differ by what a refused row stands for since the server had it', () => {
    expect(
      compared({ a: { ...OWN, matchRev: 2 } }, { a: { ...KEPT, productId: TEA } }, ['a']),
    ).toEqual([])
  })

  it('[SM101] is compared where nothing was refused, whatever the server lacks', () => {
    expect(compared({ a: OWN }, {})).toEqual(ALONE_HERE)
    expect(compared({ a: OWN, b: OWN }, {}, ['b'])).toEqual(ALONE_HERE)
    expect(compared({}, { a: KEPT }, ['a'])).toEqual(ALONE_THERE)
  })

  it('[SM101] is compared where the server has the match of a refused row, or a newer one', () => {
    for (const matchRev of [1, 2])
      expect(compared({ a: OWN }, { a: { ...KEPT, isRequested: false, matchRev } }, ['a'])).toEqual(
        ALONE_HERE,
      )
  })

  it('[SM101] is compared for rows of others, which nobody here can have refused', () => {
    expect(compared({ a: { ...OWN, origin: 'server' } }, {}, ['a'])).toEqual(ALONE_HERE)
  })

  it('[SM97] leaves a row out that somebody removed on the server', () => {
    expect(compared({ a: OWN }, { a: { ...KEPT, isDeleted: true } })).toEqual([])
  })
})
