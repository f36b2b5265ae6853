// The row of an opened session: read, change, write in one transaction, so that windows do not undo each other's changes.
import type { SessionId } from '../domain/ids'
import type { LockState, StoredLock } from '../domain/lock'
import type { SessionStatus } from '../domain/session'
import type { SessionRow } from '../ports/scans-schema'
import type { EngineDeps } from './engine-deps'

type Deps = Pick<EngineDeps, 'scans' | 'bus'>

/** More opened sessions on one device than anybody keeps. */
export const SESSIONS_MAX = 500

export function readSession(deps: Deps, sessionId: SessionId): Promise<SessionRow | undefined> {
  return deps.scans.tx(['sessions'], 'r', (tx) => tx.get('sessions', sessionId))
}

export function readSessions(deps: Deps): Promise<readonly SessionRow[]> {
  return deps.scans.tx(['sessions'], 'r', (tx) =>
    tx.range('sessions', ':id', { limit: SESSIONS_MAX }),
  )
}

/** Rows may be counted and sent. Anything else has gone to the reviewer, or to nobody. */
export function isOpenStatus(status: SessionStatus): boolean {
  return status === 'created' || status === 'assigned'
}

/** @returns the row as it is now; undefined when the session was never opened here, and then nothing was written */
export function changeSession(
  deps: Deps,
  sessionId: SessionId,
  change: (row: SessionRow) => SessionRow,
): Promise<SessionRow | undefined> {
  return deps.scans.tx(['sessions'], 'rw', async (tx) => {
    const row = await tx.get('sessions', sessionId)
    if (row === undefined) return undefined
    const changed = change(row)
    await tx.put('sessions', changed)
    return changed
  })
}

/**
 * Store the lock for a cold start, then tell the window. The lease stays in the row after a release: its fence marks
 * late rows.
 *
 * @param isWanted false once the window has given the session up: then nobody is told, and nothing is stored
 */
export async function storeLock(
  deps: Deps,
  sessionId: SessionId,
  lock: StoredLock,
  isWanted: () => boolean = () => true,
): Promise<void> {
  await changeSession(deps, sessionId, (row) =>
    isWanted() ? { ...row, lock: { ...lock, lease: lock.lease ?? row.lock.lease } } : row,
  )
  if (isWanted()) tellLock(deps, sessionId, lock.state)
}

export function tellLock(deps: Pick<Deps, 'bus'>, sessionId: SessionId, state: LockState): void {
  deps.bus.post({ kind: 'lock', sessionId, state })
}

/** Fence to send along: the last one that the server gave us; null before the first. */
export async function fenceOf(deps: Deps, sessionId: SessionId): Promise<number | null> {
  return (await readSession(deps, sessionId))?.lock.lease?.fence ?? null
}
