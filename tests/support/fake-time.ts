// Time that moves only when a test says so.
import type { Clock } from '../../src/domain/time-and-ids'
import type { Timers } from '../../src/ports/platform'

export interface FakeTime {
  readonly clock: Clock
  readonly timers: Timers
  /** Move on, waking every sleeper that is due, in order; those that sleep again are woken too. */
  readonly advance: (ms: number) => Promise<void>
  /** How many wait. */
  readonly sleeping: () => number
}

export const START = Date.UTC(2026, 2, 2, 8)

export function createFakeTime(start = START): FakeTime {
  let elapsed = 0
  const sleepers = new Set<{ readonly until: number; readonly wake: () => void }>()
  return {
    clock: { now: () => start + elapsed, mono: () => elapsed },
    timers: {
      sleep: (ms, signal) =>
        new Promise((resolve, reject) => {
          const onAbort = (): void => {
            if (sleepers.delete(sleeper)) reject(signal?.reason)
          }
          const wake = (): void => {
            signal?.removeEventListener('abort', onAbort)
            resolve()
          }
          const sleeper = { until: elapsed + ms, wake }
          sleepers.add(sleeper)
          signal?.addEventListener('abort', onAbort, { once: true })
        }),
    },
    advance: async (ms) => {
      const end = elapsed + ms
      await settle()
      for (;;) {
        const [next] = [...sleepers].filter((it) => it.until <= end).sort((a, b) => a.until - b.until)
        if (next === undefined) break
        elapsed = Math.max(elapsed, next.until)
        sleepers.delete(next)
        next.wake()
        await settle()
      }
      elapsed = end
    },
    sleeping: () => sleepers.size,
  }
}

/** Let everything that can go on without time go on. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
}
