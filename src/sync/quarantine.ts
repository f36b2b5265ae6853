// A row that the server refused is tried again when a person asks for it.
import type { RowUuid } from '../domain/ids'
import type { EngineDeps } from './engine-deps'

/** @returns false when there is nothing to try: `held` rows are acknowledged already */
export function retryQuarantined(deps: Pick<EngineDeps, 'scans'>, uuid: RowUuid): Promise<boolean> {
  return deps.scans.tx(['quarantine', 'outbox'], 'rw', async (tx) => {
    const entry = await tx.get('quarantine', uuid)
    if (entry === undefined || entry.kind !== 'rejected') return false
    await tx.bulkDelete('quarantine', [uuid])
    await tx.put('outbox', { uuid, sessionId: entry.sessionId })
    return true
  })
}
