// Base profile: before rows that came by file are sent, the server is read: what their own device has sent since stays.
import type { RowUuid, SessionId } from '../domain/ids'
import { LAST } from '../ports/store'
import type { NetworkDeps } from './network-deps'
import { takenLogs } from './newer-than-file'
import { pullSession } from './pull'

const ROWS_MAX = 20_000

/**
 * A base server knows no revisions: whoever writes last wins. The device that made the scans may have gone on and sent
 * more by itself, so before rows of taken logs are sent the server is read, and what it has newer of them is its own
 * from then on (`settleTaken`). Between the reading and the sending a newer value can still be overwritten until its
 * device sends or submits again: the limit of this profile. Rules: docs/SPEC.md HF10
 *
 * @returns how many rows gave way
 */
export async function giveWay(
  deps: NetworkDeps,
  sessionId: SessionId,
  signal?: AbortSignal,
): Promise<number> {
  if (deps.abilities.profile === 'extended') return 0
  const before = await unsentTaken(deps, sessionId)
  if (before.length === 0) return 0
  await pullSession(deps, sessionId, { signal })
  const after = new Set(await unsentTaken(deps, sessionId))
  return before.filter((uuid) => !after.has(uuid)).length
}

function unsentTaken({ scans }: NetworkDeps, sessionId: SessionId): Promise<RowUuid[]> {
  return scans.tx(['logs', 'outbox', 'inventoryCountRecords'], 'r', async (tx) => {
    const taken = await takenLogs(tx, sessionId)
    if (taken.size === 0) return []
    const uuids = await tx.rangeKeys('outbox', '[sessionId+uuid]', {
      lower: [sessionId, ''],
      upper: [sessionId, LAST],
      limit: ROWS_MAX,
    })
    const rows = await tx.bulkGet('inventoryCountRecords', uuids)
    return rows.flatMap((row) => (row?.origin === 'own' && taken.has(row.logId) ? [row.uuid] : []))
  })
}
