// Which rows a fold leaves unsent: those that it touched, and those that are said anew because their item turned.
import type { RowUuid, SessionId } from '../domain/ids'
import type { RowChange } from '../domain/lines'
import type { ScansTx } from '../ports/scans-schema'
import { LINE_ROWS_MAX } from './apply-lines'
import type { LineResult } from './apply-lines'

/** Every touched row is unsent. */
export async function addToOutbox(tx: ScansTx, changes: readonly RowChange[]): Promise<void> {
  const unsent = new Map<RowUuid, SessionId>()
  for (const { after } of changes) if (after?.origin === 'own') unsent.set(after.uuid, after.sessionId)
  await tx.bulkPut('outbox', [...unsent].map(([uuid, sessionId]) => ({ uuid, sessionId })))
}

/**
 * Where an item turned from counted to uncounted or back, its other own rows are unsent, too: the base profile says
 * "uncounted" by sending all of them without a quantity (decision 5).
 */
export async function addTurnedToOutbox(tx: ScansTx, results: ReadonlyMap<SessionId, LineResult>): Promise<void> {
  const unsent = new Map<RowUuid, SessionId>()
  for (const [sessionId, { changed }] of results)
    for (const { lineKey, before, after } of changed) {
      if (before === null || after === null || before.lastScanAt === 0) continue
      if (before.standing === 0 === (after.standing === 0)) continue
      const rows = await tx.range('inventoryCountRecords', '[sessionId+lineKey]', {
        lower: [sessionId, lineKey],
        upper: [sessionId, lineKey],
        limit: LINE_ROWS_MAX,
      })
      for (const row of rows) if (row.origin === 'own') unsent.set(row.uuid, sessionId)
    }
  if (unsent.size > 0) await tx.bulkPut('outbox', [...unsent].map(([uuid, sessionId]) => ({ uuid, sessionId })))
}
