// The sync state in one word, from what is in the database and what the last run met.
import { type RemoteError, wordsOf } from '../domain/errors'
import type { SyncState, SyncTrouble } from '../ports/platform'
import type { EngineDeps } from './engine-deps'
import { unsentRowCount } from './unsent'

const QUARANTINE_MAX = 1000
const TOO_MANY_REQUESTS = 429
/** Each telling reads: no more often than this while batch follows batch. */
const TELL_EVERY_MS = 500

export interface RunState {
  readonly isRunning: boolean
  /** Of the last run; null when it went through. */
  readonly failure: RemoteError | null
  /** A local fault in the engine itself, in words. */
  readonly fault: string | null
  readonly isStalled: boolean
  readonly hasSignIn: boolean
  readonly nextTryAt: number | null
}

/** Rules: docs/SPEC.md WK11, WK40, WK41 */
export async function syncStateOf(
  deps: Pick<EngineDeps, 'scans'> & EngineDeps,
  run: RunState,
): Promise<SyncState> {
  const unsentRows = await unsentRowCount(deps)
  const { quarantine, lastSync } = await deps.scans.tx(['quarantine', 'meta'], 'r', async (tx) => ({
    quarantine: await tx.range('quarantine', ':id', { limit: QUARANTINE_MAX }),
    lastSync: await tx.get('meta', 'lastSync'),
  }))
  const rejected = quarantine.filter((it) => it.kind === 'rejected')
  const trouble = troubleOf(run, rejected.length)
  return {
    status: wordOf(run, trouble, unsentRows),
    unsentRows,
    quarantinedRows: rejected.length,
    heldRows: quarantine.length - rejected.length,
    trouble,
    lastSyncedAt: lastSync?.k === 'lastSync' ? lastSync.at : null,
    nextTryAt: run.nextTryAt,
    problem:
      run.fault ??
      (run.failure === null ? null : wordsOf(run.failure)) ??
      rejected[0]?.message ??
      null,
  }
}

/** Tells the window the state as it is now; never rejects. */
export interface Teller {
  readonly tell: () => Promise<void>
  /** For what comes again and again and ends with a `tell`: too soon after the last telling nothing is told. */
  readonly tellAtPace: () => Promise<void>
}

/**
 * @param read the state as it is now; where it cannot be read, what was told last must not stand: it may say that all
 *   is sent. Then an alarm goes out, with the numbers that were known last. Rules: docs/SPEC.md WK11, WK54, KP18
 */
export function createTeller({ bus, clock, log }: EngineDeps, life: AbortSignal, read: () => Promise<SyncState>): Teller {
  let told: SyncState | null = null
  let toldAt = Number.NEGATIVE_INFINITY

  async function tell(): Promise<void> {
    if (life.aborted) return
    toldAt = clock.mono()
    try {
      told = await read()
    } catch (error) {
      // The log may still take the line.
      log.write('error', 'status-failed', { message: String(error) })
      told = unreadable(told, error)
    }
    if (!life.aborted) bus.post({ kind: 'status', status: told })
  }

  return {
    tell,
    tellAtPace: async () => {
      if (clock.mono() - toldAt >= TELL_EVERY_MS) await tell()
    },
  }
}

function unreadable(known: SyncState | null, error: unknown): SyncState {
  const numbers = known ?? { unsentRows: 0, quarantinedRows: 0, heldRows: 0, lastSyncedAt: null, nextTryAt: null }
  return { ...numbers, status: 'error', trouble: 'app', problem: String(error) }
}

/** First what a person must act on, then what explains the wait. */
function troubleOf(run: RunState, rejectedRows: number): SyncTrouble | null {
  if (!run.hasSignIn) return 'sign-in'
  if (run.fault !== null && run.failure?.reason !== 'unauthorized') return 'app'
  if (run.failure !== null) return troubleIn(run.failure)
  return rejectedRows > 0 ? 'lines' : null
}

function troubleIn({ reason, details }: RemoteError): SyncTrouble {
  switch (reason) {
    case 'offline':
      return 'network'
    case 'captive-portal':
      return 'portal'
    case 'server-down':
      return details.status === TOO_MANY_REQUESTS ? 'server-busy' : 'server'
    case 'not-yet':
      return 'earlier-request'
    case 'unauthorized':
      return 'sign-in'
    case 'outdated':
      return 'outdated'
    case 'forbidden':
    case 'not-found':
    case 'locked':
    case 'stale-fence':
    case 'too-large':
    case 'unsupported':
    case 'rejected':
      return 'refused'
  }
}

function wordOf(
  run: RunState,
  trouble: SyncTrouble | null,
  unsentRows: number,
): SyncState['status'] {
  if (trouble === 'sign-in') return 'auth-needed'
  if (run.isStalled) return 'stalled'
  // The server was not reached: a state, not an error. A server that answers 500 is no matter of the network.
  if (trouble === 'network' || trouble === 'portal') return 'offline'
  if (trouble !== null && trouble !== 'earlier-request') return 'error'
  if (run.isRunning && unsentRows > 0) return 'syncing'
  return unsentRows > 0 ? 'unsent' : 'synced'
}
