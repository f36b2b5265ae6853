// Trying something of this device again by itself, with growing pauses, until it works or is no longer wanted.
import { backoffMs } from '../domain/backoff'
import type { World } from './account'

/** About an hour of tries; then only the next call from the page tries again. */
const TRIES_MAX = 20

export interface Retry {
  /** Do `work` again until it succeeds, with growing pauses, a limited number of times. */
  readonly start: (trouble: unknown, work: () => Promise<unknown>) => void
  readonly cancel: () => void
  /** Why the last try failed; null after a success or a cancel. */
  readonly trouble: () => unknown
}

export function createRetry({
  timers,
  limits,
  random,
}: Pick<World, 'timers' | 'limits' | 'random'>): Retry {
  let trouble: unknown = null
  let life = new AbortController()

  async function tryAgain(
    work: () => Promise<unknown>,
    { signal }: AbortController,
  ): Promise<void> {
    for (let attempt = 1; attempt <= TRIES_MAX; attempt++) {
      const wait = {
        attempt,
        random: random(),
        firstMs: limits.backoffFirstMs,
        capMs: limits.backoffCapMs,
        isThrottled: true,
        retryAfterMs: null,
      }
      await Promise.race([timers.sleep(backoffMs(wait)), abortOf(signal)])
      if (signal.aborted) return
      try {
        await work()
        return
      } catch (error) {
        trouble = error
      }
    }
  }

  function cancel(): void {
    trouble = null
    life.abort()
  }
  return {
    start(why, work) {
      cancel()
      trouble = why
      life = new AbortController()
      void tryAgain(work, life)
    },
    cancel,
    trouble: () => trouble,
  }
}

function abortOf(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
