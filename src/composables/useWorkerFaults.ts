// What becomes of a fault of the sync worker: noted when it lives on, shown when it does not answer any more.
import { onScopeDispose } from 'vue'
import type { SyncState } from '../ports/platform'

/** A worker that lives answers a question about its state within milliseconds, on a busy device within seconds. */
const ANSWER_WITHIN_MS = 5000

export interface WorkerFaults {
  readonly onWorkerFault: (listener: (message: string) => void) => () => void
  /** Asks the worker; never answered by a dead one. */
  readonly status: () => Promise<SyncState>
  /** It lives: its word, and what had gone wrong. */
  readonly onAlive: (state: SyncState, fault: string) => void
  readonly onDead: (fault: string) => void
}

/** Needs an effect scope. Rule: docs/SPEC.md WK28 */
export function useWorkerFaults({ onWorkerFault, status, onAlive, onDead }: WorkerFaults): void {
  let timer: ReturnType<typeof setTimeout> | undefined
  const stop = onWorkerFault((fault) => {
    // One question at a time: faults that follow are told with it.
    if (timer !== undefined) return
    const end = (work: () => void): void => {
      if (timer === undefined) return
      clearTimeout(timer)
      timer = undefined
      work()
    }
    timer = setTimeout(() => end(() => onDead(fault)), ANSWER_WITHIN_MS)
    status().then(
      (state) => end(() => onAlive(state, fault)),
      (error: unknown) => end(() => onDead(`${fault} · ${String(error)}`)),
    )
  })
  onScopeDispose(() => {
    stop()
    clearTimeout(timer)
  })
}
