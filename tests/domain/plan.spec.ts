// Sharing a list out among sessions.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sharesOf } from '../../src/domain/plan'

describe('sharesOf', () => {
  it('[PL6] evenly gives every product to exactly one session, in order, as many as to the others or one more', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.integer({ min: 1, max: 50 }), (list, parts) => {
        const shares = sharesOf(list, parts, 'evenly')
        const sizes = shares.map((it) => it.length)

        expect(shares.flat()).toEqual(list)
        expect(shares).toHaveLength(parts)
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
      }),
    )
  })

  it('[PL6] by area gives the whole list to each', () => {
    expect(sharesOf(['a', 'b'], 3, 'by-area')).toEqual([
      ['a', 'b'],
      ['a', 'b'],
      ['a', 'b'],
    ])
  })
})
