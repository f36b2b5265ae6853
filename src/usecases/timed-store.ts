// A storage for what a person waits for: a transaction that is not answered in time counts as failed, and is not begun any more.
import type { Timers } from '../ports/platform'
import type { Store, StoreShape } from '../ports/store'
import { TimeoutError } from './in-time'

/**
 * Only what has begun may still be committed behind its limit: what begins later does nothing, so that it cannot undo
 * what came after it. Rule: docs/SPEC.md WK61
 */
export function timedStore<S extends StoreShape>(
  store: Pick<Store<S>, 'tx'>,
  timers: Timers,
  ms: number,
): Pick<Store<S>, 'tx'> {
  return {
    tx: (tables, mode, work) =>
      new Promise((resolve, reject) => {
        let isGivenUp = false
        const nap = new AbortController()
        void timers.sleep(ms, nap.signal).then(
          () => {
            isGivenUp = true
            reject(new TimeoutError(`Not settled within ${ms} ms`))
          },
          // Called off: it is settled.
          () => undefined,
        )
        void store
          .tx(tables, mode, (tx) =>
            isGivenUp ? Promise.reject(new TimeoutError('Given up before it began')) : work(tx),
          )
          .then(resolve, reject)
          .finally(() => nap.abort())
      }),
  }
}
