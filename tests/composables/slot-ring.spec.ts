// Rows of a virtual list lend their elements on: how often one is made, moved or written anew.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { slotRing } from '../../src/composables/slot-ring'

const WINDOW = 20

/** The slots of a window in the order of its rows. */
function windowAt(ring: ReturnType<typeof slotRing>, first: number, length = WINDOW): readonly number[] {
  const slotOf = ring.turn(first, length)
  return Array.from({ length }, (_, at) => slotOf(first + at))
}

describe('the slots of a virtual list', () => {
  it('[UI51] a row that stays keeps its slot, and one that comes gets that of one that left', () => {
    const ring = slotRing()
    const before = windowAt(ring, 100)
    const after = windowAt(ring, 103)

    expect(after.slice(0, -3)).toEqual(before.slice(3))
    expect(after.slice(-3)).toEqual(before.slice(0, 3))
  })

  it('[UI51] when most of the rows are new, every slot stays where it stands', () => {
    const ring = slotRing()
    const before = windowAt(ring, 7)

    expect(windowAt(ring, 7 + 25)).toEqual(before)
    expect(windowAt(ring, 19_000)).toEqual(before)
    expect(windowAt(ring, 0)).toEqual(before)
  })

  it('[UI51] has each slot once, however the window goes, and no more slots than it was ever long', () => {
    const aMove = fc.record({ first: fc.nat(20_000), length: fc.integer({ min: 1, max: 40 }) })
    fc.assert(
      fc.property(fc.array(aMove, { minLength: 1, maxLength: 40 }), (moves) => {
        const ring = slotRing()
        let longest = 0
        for (const { first, length } of moves) {
          longest = Math.max(longest, length)
          const slots = windowAt(ring, first, length)
          expect(new Set(slots).size).toBe(length)
          expect(Math.min(...slots)).toBeGreaterThanOrEqual(0)
          expect(Math.max(...slots)).toBeLessThan(longest)
        }
      }),
    )
  })
})
