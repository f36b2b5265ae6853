// Lists in walking order, and how they are shared out.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inWalkingOrder, sharesByAisle, sharesOf, type Walked } from '../../src/domain/walk'

const at = (aisle: string | null, bin = ''): Walked => ({ place: aisle === null ? null : { aisle, bin } })
const aislesOf = (share: readonly Walked[]) => [...new Set(share.map((it) => it.place?.aisle ?? null))]
const someList = fc.array(fc.record({ place: fc.option(fc.record({ aisle: fc.constantFrom('1', '2', '10', '11', 'R'), bin: fc.constantFrom('a', 'b') })) }))
const someParts = fc.integer({ min: 1, max: 8 })

describe('a walk', () => {
  it('[PL54] goes by aisle and bin, by their numbers; what has no place comes last, in the order of the list', () => {
    const list = [at(null, 'x'), at('10', '10-1'), at('2', '2-10'), at('2', '2-9'), at(null, 'y')]

    expect(inWalkingOrder(list)).toEqual([list[3], list[2], list[1], list[0], list[4]])
  })

  it('[PL6] evenly gives every product to exactly one session, in order, as many as to the others or one more', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.integer({ min: 1, max: 50 }), (list, parts) => {
        const shares = sharesOf(list, parts)
        const sizes = shares.map((it) => it.length)

        expect(shares.flat()).toEqual(list)
        expect(shares).toHaveLength(parts)
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
      }),
    )
  })

  it('[PL55] by area every product is in one share, no aisle in two, the aisles in walking order, and nobody gets nothing', () => {
    fc.assert(
      fc.property(someList, someParts, (list, parts) => {
        const walk = inWalkingOrder(list)
        const shares = sharesByAisle(walk, parts)
        if (shares === null) {
          const placed = walk.filter((it) => it.place !== null)
          expect(aislesOf(placed).length + (walk.length - placed.length)).toBeLessThan(parts)
          return
        }
        expect(shares).toHaveLength(parts)
        expect(new Set(shares.flat()).size).toBe(list.length)
        expect(shares.flat().length).toBe(list.length)
        expect(shares.every((it) => it.length > 0)).toBe(true)
        const aisles = shares.flatMap((it) => aislesOf(it).filter((aisle) => aisle !== null))
        expect(aisles).toEqual([...new Set(aisles)])
        expect(aisles).toEqual(aislesOf(walk).filter((it) => it !== null))
        // Last in every share.
        for (const share of shares) expect(inWalkingOrder(share)).toEqual(share)
      }),
    )
  })

  it('[PL55] is as even as the aisles allow, and what has no place fills up the shortest', () => {
    const aisle = (name: string, length: number) => Array.from({ length }, () => at(name))
    const walk = [...aisle('1', 10), ...aisle('2', 30), ...aisle('3', 5), ...aisle('4', 15)]
    const sizes = (list: readonly Walked[], parts: number) => sharesByAisle(list, parts)?.map((it) => it.length)

    expect(sizes(walk, 2)).toEqual([40, 20])
    expect(sizes(walk, 3)).toEqual([10, 30, 20])
    expect(sizes(walk, 5)).toBeUndefined()
    expect(sizes([...walk, ...Array.from({ length: 25 }, () => at(null))], 2)).toEqual([43, 42])
    expect(sizes([at(null), at(null), at(null)], 2)).toEqual([2, 1])
  })
})
