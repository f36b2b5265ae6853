// Rows that are not in the server's count: tried again when a person asks for it, or when their session is open again.
import type { RowUuid, SessionId } from '../domain/ids'
import { SESSION_CLOSED } from '../ports/scans-schema'
import type { EngineDeps } from './engine-deps'

const HELD_MAX = 20_000

/**
 * @returns false when there is nothing to try: `held` rows are acknowledged already, and the refusal of a row that is
 *   not this device's any more is forgotten (docs/SPEC.md JN12)
 */
export function retryQuarantined(deps: Pick<EngineDeps, 'scans'>, uuid: RowUuid): Promise<boolean> {
  return deps.scans.tx(['quarantine', 'outbox', 'inventoryCountRecords'], 'rw', async (tx) => {
    const entry = await tx.get('quarantine', uuid)
    if (entry === undefined || entry.kind !== 'rejected') return false
    await tx.bulkDelete('quarantine', [uuid])
    const row = await tx.get('inventoryCountRecords', uuid)
    if (row?.origin !== 'own') return false
    await tx.put('outbox', { uuid, sessionId: entry.sessionId })
    return true
  })
}

/** The session takes rows again: those that this device kept back while it was closed go out. Rules: docs/SPEC.md PU17 */
export function sendHeldAgain(
  deps: Pick<EngineDeps, 'scans'>,
  sessionId: SessionId,
): Promise<void> {
  return deps.scans.tx(['quarantine', 'outbox'], 'rw', async (tx) => {
    const entries = await tx.range('quarantine', 'sessionId', {
      lower: sessionId,
      upper: sessionId,
      limit: HELD_MAX,
    })
    const uuids = entries
      .filter((it) => it.kind === 'held' && it.code === SESSION_CLOSED)
      .map((it) => it.uuid)
    await tx.bulkPut(
      'outbox',
      uuids.map((uuid) => ({ uuid, sessionId })),
    )
    await tx.bulkDelete('quarantine', uuids)
  })
}
