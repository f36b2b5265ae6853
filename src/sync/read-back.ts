// Base profile: after a doubtful answer, look whether a late copy turned a row back; mend it once (decision 14).
import type { RowUuid, SessionId } from '../domain/ids'
import { type QuarantineRow, SESSION_CLOSED } from '../ports/scans-schema'
import { unmarkAcks } from './acknowledge'
import type { LockKeeper } from './lock-keeper'
import type { NetworkDeps } from './network-deps'
import { changeSession, isOpenStatus, readSession } from './session-row'
import { sendAgain } from './submit-barrier'
import { compareWithServer } from './verify'

/**
 * Read a session back while it is ASSIGNED and the lock is ours. A difference is sent once more; one that comes back is
 * somebody else's change: it goes to quarantine as such, so that two devices never fight over a row.
 *
 * @returns rows put back among the unsent ones
 */
export async function readBack(
  deps: NetworkDeps,
  keeper: Pick<LockKeeper, 'stateOf'>,
  sessionId: SessionId,
  signal?: AbortSignal,
): Promise<number> {
  const row = await readSession(deps, sessionId)
  if (row?.session.status !== 'assigned' || keeper.stateOf(sessionId) !== 'held') return 0
  const differences = await compareWithServer(deps, sessionId, signal)
  const key = `resent:${sessionId}` as const
  const stored = await deps.scans.tx(['meta'], 'r', (tx) => tx.get('meta', key))
  const resent = new Set<RowUuid>(stored !== undefined && 'uuids' in stored ? stored.uuids : [])
  const again = differences.uuids.filter((uuid) => !resent.has(uuid))
  const changedElsewhere = differences.uuids.filter((uuid) => resent.has(uuid))
  await deps.scans.tx(['meta'], 'rw', (tx) =>
    tx.put('meta', { k: key, uuids: [...resent, ...again] }),
  )
  await sendAgain(deps, sessionId, { ...differences, uuids: again })
  await showChangedElsewhere(deps, sessionId, changedElsewhere)
  if (differences.uuids.length > 0)
    deps.log.write('warn', 'read-back-differs', {
      sessionId,
      again: again.length,
      changedElsewhere: changedElsewhere.length,
    })
  return again.length
}

/**
 * A session from which nothing is under way any more: mend it while it is ours, as `readBack` does. After the submit
 * nothing is sent (decision 14): what was turned back then is held in sight, and goes out when the session is opened again.
 * Whoever has left it asks whether somebody else has handed it in: nobody else knows what this device counted there.
 *
 * @param isAsking whether to ask where the lock is not ours
 * @returns rows put back among the unsent ones; `not-now` while somebody else has the lock, or nobody
 */
export async function lookAgain(
  deps: NetworkDeps,
  keeper: Pick<LockKeeper, 'stateOf'>,
  sessionId: SessionId,
  { isAsking, signal }: { readonly isAsking: boolean; readonly signal?: AbortSignal },
): Promise<number | 'not-now'> {
  const row = await readSession(deps, sessionId)
  if (row === undefined) return 0
  const isOpen = isOpenStatus(row.session.status)
  if (isOpen && keeper.stateOf(sessionId) === 'held') return readBack(deps, keeper, sessionId, signal)
  if (isOpen && !(isAsking && (await isHandedIn(deps, sessionId)))) return 'not-now'
  const { uuids } = await compareWithServer(deps, sessionId, signal)
  await hold(deps, sessionId, uuids)
  return 0
}

/** What the server says of the session is kept. A session that is gone is no session that was handed in. */
async function isHandedIn(deps: NetworkDeps, sessionId: SessionId): Promise<boolean> {
  const session = await deps.api.session(sessionId)
  if (session === null || isOpenStatus(session.status)) return false
  await changeSession(deps, sessionId, (row) => ({ ...row, session }))
  return true
}

async function hold(deps: NetworkDeps, sessionId: SessionId, uuids: readonly RowUuid[]): Promise<void> {
  if (uuids.length === 0) return
  deps.log.write('warn', 'submitted-differs', { sessionId, rows: uuids.length })
  await show(deps, sessionId, uuids, {
    kind: 'held',
    code: SESSION_CLOSED,
    message: 'The server shows another quantity since the session was submitted',
  })
}

function showChangedElsewhere(
  deps: NetworkDeps,
  sessionId: SessionId,
  uuids: readonly RowUuid[],
): Promise<void> {
  return show(deps, sessionId, uuids, {
    kind: 'rejected',
    code: 'CHANGED_ELSEWHERE',
    message: 'Changed by somebody else on the server',
  })
}

function show(
  deps: NetworkDeps,
  sessionId: SessionId,
  uuids: readonly RowUuid[],
  why: Pick<QuarantineRow, 'kind' | 'code' | 'message'>,
): Promise<void> {
  const at = deps.clock.now()
  return deps.scans.tx(['inventoryCountRecords', 'acks', 'counters', 'quarantine'], 'rw', async (tx) => {
    const rows = await tx.bulkGet('inventoryCountRecords', uuids)
    const shown = rows.flatMap((row): QuarantineRow[] =>
      row === undefined ? [] : [{ ...why, uuid: row.uuid, sessionId, rev: row.rev, at }],
    )
    await tx.bulkPut('quarantine', shown)
    // What the server acknowledged of them is nothing that anybody can rely on any more.
    await unmarkAcks(tx, sessionId, uuids)
  })
}
