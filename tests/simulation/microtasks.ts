// Runs all microtasks that wait, at once: a turn of Node's event loop for each event costs more than most events do.
import { setFlagsFromString } from 'node:v8'
import { runInThisContext } from 'node:vm'

setFlagsFromString('--allow-natives-syntax')

/** V8's own; does nothing when it is called from inside of a microtask. */
const checkpoint = runInThisContext('() => %PerformMicrotaskCheckpoint()') as () => void

/** Until none is left. To be called from a task, never from a promise's reaction: there it would do nothing. */
export function runMicrotasks(): void {
  checkpoint()
}

/**
 * In a task of its own, so that `work` may run microtasks. Settles in a later one: by then Node has told of every
 * rejection that nobody heard.
 */
export function inTask<R>(work: () => R): Promise<R> {
  return new Promise((resolve, reject) => {
    setImmediate(() => {
      const settle = outcomeOf(work, resolve, reject)
      setImmediate(settle)
    })
  })
}

function outcomeOf<R>(work: () => R, resolve: (result: R) => void, reject: (error: unknown) => void): () => void {
  try {
    const result = work()
    return () => resolve(result)
  } catch (error) {
    return () => reject(error)
  }
}
