// Base profile: after a doubtful answer, look whether a late copy turned a row back; mend it once (decision 14).
import type { RowUuid, SessionId } from '../domain/ids'
import type { QuarantineRow } from '../ports/scans-schema'
import type { LockKeeper } from './lock-keeper'
import type { NetworkDeps } from './network-deps'
import { readSession } from './session-row'
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

function showChangedElsewhere(
  deps: NetworkDeps,
  sessionId: SessionId,
  uuids: readonly RowUuid[],
): Promise<void> {
  const at = deps.clock.now()
  return deps.scans.tx(['inventoryCountRecords', 'quarantine'], 'rw', async (tx) => {
    const rows = await tx.bulkGet('inventoryCountRecords', uuids)
    const shown = rows.flatMap((row): QuarantineRow[] =>
      row === undefined
        ? []
        : [
            {
              uuid: row.uuid,
              sessionId,
              kind: 'rejected',
              code: 'CHANGED_ELSEWHERE',
              message: 'Changed by somebody else on the server',
              rev: row.rev,
              at,
            },
          ],
    )
    await tx.bulkPut('quarantine', shown)
  })
}
