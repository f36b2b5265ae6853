// A time limit on somebody else's work.
import type { Timers } from '../ports/platform'

/** The work did not settle in time. It may still succeed later: whatever it does must be repeatable. */
export class TimeoutError extends Error {
  override readonly name = 'TimeoutError'
}

/** @throws {TimeoutError} after `ms`; else as `work` settles */
export async function inTime<T>(timers: Timers, ms: number, work: Promise<T>): Promise<T> {
  const stop = new AbortController()
  const late = timers.sleep(ms, stop.signal).then(
    () => 'late' as const,
    () => 'stopped' as const,
  )
  const first = await Promise.race([work.then((value) => ({ value })), late])
  stop.abort()
  if (typeof first === 'string') throw new TimeoutError(`Not settled within ${ms} ms`)
  return first.value
}

/** One time limit for several works that begin together. */
export interface SharedLimit {
  /** The time runs from here. */
  readonly start: () => void
  /** @throws {TimeoutError} when the time is over; else as `work` settles */
  readonly within: <T>(work: Promise<T>) => Promise<T>
  readonly stop: () => void
}

export function createSharedLimit(timers: Timers, ms: number): SharedLimit {
  const nap = new AbortController()
  let resolve: (how: 'late' | 'stopped') => void = () => undefined
  const late = new Promise<'late' | 'stopped'>((it) => (resolve = it))
  return {
    start: () =>
      void timers.sleep(ms, nap.signal).then(
        () => resolve('late'),
        () => resolve('stopped'),
      ),
    within: async (work) => {
      const first = await Promise.race([work.then((value) => ({ value })), late])
      if (typeof first === 'string') throw new TimeoutError(`Not settled within ${ms} ms`)
      return first.value
    },
    stop: () => nap.abort(),
  }
}
