// Letting go of work that was aborted and does not hear of it, or that hangs.
import type { Timers } from '../ports/platform'
import { TimeoutError } from '../usecases/in-time'

/**
 * An aborted run that hangs in a dead storage would keep the lock of all windows for ever: it is let go. What it still
 * does is done twice at worst (I15, I20).
 */
export function whileWanted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}

/**
 * Work under a lock of all windows that nobody would ever abort: when it hangs in a dead storage, the lock is let go
 * after `ms`, and others go on. What it still does is done twice at worst, as above.
 *
 * @throws {TimeoutError}
 */
export async function letGoAfter<T>(timers: Timers, ms: number, work: Promise<T>): Promise<T> {
  const nap = new AbortController()
  const limit = new AbortController()
  const isLate = timers.sleep(ms, nap.signal).then(
    () => true,
    () => false,
  )
  void isLate.then((it) => {
    if (it) limit.abort(new TimeoutError(`Not done within ${ms} ms`))
  })
  try {
    return await whileWanted(work, limit.signal)
  } finally {
    nap.abort()
  }
}
