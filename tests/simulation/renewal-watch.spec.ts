// A lock that is renewed for nobody is seen; one that somebody shows, or that is given back in time, is none.
import { describe, expect, it } from 'vitest'
import { RenewalWatch } from './renewal-watch'
import type { SimWindow } from './window'

const LEASE_MS = 30_000
const RENEWED = { method: 'PUT', path: 'inventory-cycle-count/cycleCounts/sessions/S1/lock', token: null } as const
const answered = (status: number) => ({ status, text: '', contentType: null })

/** Renews S1 every ten seconds. @returns what was found within so long */
function renewed({ forMs, status = 200, shows = 'S2', isQuiet = true }: { forMs: number; status?: number; shows?: string; isQuiet?: boolean }): string | null {
  let now = 0
  let found: string | null = null
  const watch = new RenewalWatch({
    now: () => now,
    windowsOf: () => [{ isOpen: true, sessionId: shows } as unknown as SimWindow],
    leaseMs: LEASE_MS,
    isQuiet: () => isQuiet,
    violated: (invariant) => (found = invariant),
  })
  for (; now <= forMs; now += 10_000) watch.onAnswer(RENEWED, 'D1', answered(status))
  return found
}

describe('a lock that is renewed', () => {
  it('[SM92] while no window of its device shows the session is found', () => {
    expect(renewed({ forMs: 300_000 })).toBe('SM92')
  })

  it.each([
    ['for a moment', { forMs: 100_000 }],
    ['for a window that shows it', { forMs: 300_000, shows: 'S1' }],
    ['while faults are under way', { forMs: 300_000, isQuiet: false }],
    ['in vain', { forMs: 300_000, status: 409 }],
  ])('[SM92] %s is none', (_, how) => {
    expect(renewed(how)).toBeNull()
  })
})
