// A row that the server holds for a settled session goes into another session: asked of the server, then off the list here.
import { RemoteError, wordsOf } from '../domain/errors'
import type { RowUuid, SessionId } from '../domain/ids'
import { HELD_DECIDED, type QuarantineRow } from '../ports/scans-schema'
import type { HeldFate } from '../ports/server'
import type { NetworkDeps } from './network-deps'

/**
 * Repeatable: after a lost answer the row is still on the list, and the server answers as it did. Rules: docs/SPEC.md HR9
 * @throws {RemoteError} where it did not happen, or nobody knows
 */
export async function moveHeld(deps: NetworkDeps, uuid: RowUuid, toSessionId: SessionId): Promise<HeldFate> {
  const { entry, row } = await deps.scans.tx(['quarantine', 'inventoryCountRecords'], 'r', async (tx) => ({
    entry: await tx.get('quarantine', uuid),
    row: await tx.get('inventoryCountRecords', uuid),
  }))
  if (entry?.kind !== 'held') return { kind: 'gone' }
  try {
    const { sessionId, rev } = entry
    const lastScanAt = row === undefined || row.lastScanAt === 0 ? null : row.lastScanAt
    const moved = await deps.api.moveHeld({ sessionId, uuid, rev, lastScanAt, toSessionId })
    await changeEntry(deps, entry, null)
    deps.log.write('info', 'held-moved', { session: moved.toSessionName })
    return { kind: 'moved', ...moved }
  } catch (error) {
    if (!(error instanceof RemoteError) || error.details.code !== HELD_DECIDED) throw error
    const words = wordsOf(error)
    await changeEntry(deps, entry, { ...entry, code: HELD_DECIDED, message: words })
    return { kind: 'decided', words }
  }
}

/** Takes off the list what somebody else decided on; everything else stays. */
export function dismissHeld(deps: Pick<NetworkDeps, 'scans'>, uuid: RowUuid): Promise<void> {
  return deps.scans.tx(['quarantine'], 'rw', async (tx) => {
    const entry = await tx.get('quarantine', uuid)
    if (entry?.kind === 'held' && entry.code === HELD_DECIDED) await tx.bulkDelete('quarantine', [uuid])
  })
}

/** Compare-and-change: newer scans of the row that were held meanwhile wait for a decision of their own. */
function changeEntry({ scans }: Pick<NetworkDeps, 'scans'>, asked: QuarantineRow, to: QuarantineRow | null): Promise<void> {
  return scans.tx(['quarantine'], 'rw', async (tx) => {
    const entry = await tx.get('quarantine', asked.uuid)
    if (entry?.kind !== 'held' || entry.rev !== asked.rev) return
    if (to === null) await tx.bulkDelete('quarantine', [asked.uuid])
    else await tx.put('quarantine', to)
  })
}
