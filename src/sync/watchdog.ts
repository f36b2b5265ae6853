// The watchdog of a window: looks now and then for work that nobody asks for, and calls a sync stalled that has gone silent.
import { createSharedLimit, type SharedLimit, TimeoutError } from '../usecases/in-time'
import type { EngineDeps } from './engine-deps'
import { queuedSubmits } from './submit'
import { unsentRowCount } from './unsent'

export interface Watched {
  readonly signal: AbortSignal
  /** Resolves after the time, or when the signal aborts. */
  readonly pause: (ms: number) => Promise<void>
  /** Runs the look and takes its failures. */
  readonly guard: (event: string, look: () => Promise<void>) => Promise<boolean>
  readonly isRunning: () => boolean
  /** A wait goes on that ends by itself, or nobody is signed in: silence is no news, and a run is not wanted. */
  readonly isExplained: () => boolean
  /** Each turn, whatever else is the matter. Settles when it is done, or late. */
  readonly onTurn: (within: SharedLimit['within']) => Promise<unknown>
  /** There is work that this window was never told of. */
  readonly onLeftBehind: () => void
  readonly onStalled: () => void
}

export interface Watchdog {
  /** An answer came. */
  readonly progress: () => void
}

/**
 * I13: unsent work, no wait that explains it, and no answer for too long: that is a stall. A submit that a window queued
 * before it was closed has no unsent rows: the rows of the opened sessions, which each run reads, tell of it. Half the
 * stall time lies between two looks. Rules: docs/SPEC.md WK10, WK44, WK48, WK60
 */
export function startWatchdog(deps: EngineDeps, watched: Watched): Watchdog {
  const { stallMs } = deps.limits
  let lastProgressAt = deps.clock.mono()

  async function look(): Promise<void> {
    // A run may hang before it has anything to send: then only its end is progress.
    if (!watched.isRunning() && (await unsentRowCount(deps)) === 0) lastProgressAt = deps.clock.mono()
    if (watched.isExplained()) return
    if (deps.clock.mono() - lastProgressAt >= stallMs) return watched.onStalled()
    if (!watched.isRunning() && (await queuedSubmits(deps)).length > 0) watched.onLeftBehind()
  }

  /**
   * What a dead storage never answers, the look or the telling of its failure, must not be the last turn (seed 1085).
   * @returns whether it was late: then it is time for the next one
   */
  async function turn(): Promise<boolean> {
    const limit = createSharedLimit(deps.timers, stallMs / 2)
    const done = watched.onTurn(limit.within)
    limit.start()
    const looked = watched.guard('watchdog-failed', look)
    void Promise.allSettled([done, looked]).then(limit.stop)
    try {
      await limit.within(looked)
      return false
    } catch (error) {
      if (!watched.signal.aborted) deps.log.write('error', 'watchdog-failed', { message: String(error) })
      return error instanceof TimeoutError
    }
  }

  async function watch(): Promise<void> {
    let isLate = false
    while (!watched.signal.aborted) {
      if (!isLate) await watched.pause(stallMs / 2)
      if (watched.signal.aborted) return
      isLate = await turn()
    }
  }

  void watch()
  return { progress: () => void (lastProgressAt = deps.clock.mono()) }
}
