// The sync state in one word, from what is in the database and what the last run met.
import { type RemoteError, wordsOf } from '../domain/errors'
import type { SyncState } from '../ports/platform'
import type { EngineDeps } from './engine-deps'
import { unsentRowCount } from './unsent'

const QUARANTINE_MAX = 1000

export interface RunState {
  readonly isRunning: boolean
  /** Of the last run; null when it went through. */
  readonly failure: RemoteError | null
  /** A local fault in the engine itself, in words. */
  readonly fault: string | null
  readonly isStalled: boolean
  readonly hasSignIn: boolean
  readonly lastSyncedAt: number | null
  readonly nextTryAt: number | null
}

export async function syncStateOf(
  deps: Pick<EngineDeps, 'scans'> & EngineDeps,
  run: RunState,
): Promise<SyncState> {
  const unsentRows = await unsentRowCount(deps)
  const quarantine = await deps.scans.tx(['quarantine'], 'r', (tx) =>
    tx.range('quarantine', ':id', { limit: QUARANTINE_MAX }),
  )
  const rejected = quarantine.filter((it) => it.kind === 'rejected')
  return {
    status: wordOf(run, unsentRows, rejected.length),
    unsentRows,
    quarantinedRows: rejected.length,
    heldRows: quarantine.length - rejected.length,
    lastSyncedAt: run.lastSyncedAt,
    nextTryAt: run.nextTryAt,
    problem:
      run.fault ??
      (run.failure === null ? null : wordsOf(run.failure)) ??
      rejected[0]?.message ??
      null,
  }
}

/** First what a person must act on, then what explains the wait. */
function wordOf(run: RunState, unsentRows: number, rejectedRows: number): SyncState['status'] {
  if (!run.hasSignIn || run.failure?.reason === 'unauthorized') return 'auth-needed'
  if (run.isStalled) return 'stalled'
  if (run.fault !== null || (run.failure !== null && !run.failure.isRetryable)) return 'error'
  if (run.failure !== null) return 'offline'
  if (rejectedRows > 0) return 'error'
  if (run.isRunning && unsentRows > 0) return 'syncing'
  return unsentRows > 0 ? 'unsent' : 'synced'
}
