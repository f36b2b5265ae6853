import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { backoffMs } from '../../src/domain/backoff'

const BASE = {
  attempt: 1,
  random: 0.5,
  firstMs: 1000,
  capMs: 300_000,
  isThrottled: false,
  retryAfterMs: null,
}

describe('backoff', () => {
  it('[BO1] grows by doubling up to the cap, with full jitter', () => {
    const ceilings = [1, 2, 3, 9, 10, 1_000_000].map((attempt) =>
      backoffMs({ ...BASE, attempt, random: 1 }),
    )

    expect(ceilings).toEqual([1000, 2000, 4000, 256_000, 300_000, 300_000])
    expect(backoffMs({ ...BASE, attempt: 5, random: 0 })).toBe(0)
  })

  it('[BO2] never collapses to nothing while the server is throttling', () => {
    const shortest = backoffMs({ ...BASE, attempt: 5, random: 0, isThrottled: true })

    expect(shortest).toBe(8000)
  })

  it('[BO3] waits at least as long as the server asks for, and not for ever', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        fc.integer({ min: 0, max: 1e12 }),
        (attempt, random, retryAfterMs) => {
          const ms = backoffMs({ ...BASE, attempt, random, isThrottled: true, retryAfterMs })

          expect(ms).toBeGreaterThanOrEqual(Math.min(retryAfterMs, 86_400_000))
          expect(ms).toBeLessThanOrEqual(Math.max(300_000, 86_400_000))
        },
      ),
    )
  })
})
