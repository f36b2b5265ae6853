// The pure fold: new scan events into the count records of their logs.
import type { CountRecord, IdentificationHalf } from './count-record'
import { asId } from './ids'
import type { EpochMs, ItemKey, LineKey, LogId, ProductId, RowUuid, SessionId } from './ids'
import { sumQuantity, ZERO } from './quantity'
import { rowUuidOf } from './row-uuid'
import { standingOf } from './scan-event'
import type { ScanEvent, StoredScanEvent } from './scan-event'

/** What an item key of a session stands for: handed in, so that the fold never looks anything up. */
export type IdentityOf = (sessionId: SessionId, itemKey: ItemKey) => IdentificationHalf

/** Device time plus the last known distance to the server's clock. */
export function countedAtOf(event: Pick<ScanEvent, 'at' | 'serverOffsetMs'>): EpochMs {
  return event.at + (event.serverOffsetMs ?? 0)
}

export function lineKeyOf(itemKey: ItemKey, productId: ProductId | null): LineKey {
  return asId<LineKey>(productId ?? itemKey)
}

/** The row that an event belongs to. */
export function rowUuidOfEvent(event: Pick<ScanEvent, 'sessionId' | 'logId' | 'itemKey'>): RowUuid {
  return rowUuidOf(event.sessionId, event.logId, event.itemKey)
}

/**
 * Count new events into the rows that they touch.
 *
 * However the events are cut into batches, the rows come out the same: whoever stores the result stores the last
 * gid in the same transaction, and each event counts once. Rules: docs/SPEC.md CR1-CR6. Cost: one pass.
 *
 * @param rows the rows so far; only those that the events touch are needed
 * @param events by rising gid
 * @returns the changed rows
 */
export function foldScanEvents(
  rows: ReadonlyMap<RowUuid, CountRecord>,
  events: readonly StoredScanEvent[],
  identityOf: IdentityOf,
): Map<RowUuid, CountRecord> {
  const changed = new Map<RowUuid, CountRecord>()
  const uuids = createUuidCache()
  for (const event of events) {
    const uuid = uuids(event)
    const before = changed.get(uuid) ?? rows.get(uuid)
    // A row with a higher revision contains the event: the server gave our own row back after this disk was reverted.
    if (before !== undefined && event.seq <= before.rev) continue
    changed.set(uuid, counted(before ?? emptyRow(uuid, event, identityOf), event))
  }
  return changed
}

function counted(row: CountRecord, event: StoredScanEvent): CountRecord {
  const standing = standingOf(event)
  return {
    ...row,
    origin: 'own',
    quantity: sumQuantity(row.quantity, event.quantity),
    standing: (row.standing ?? 0) + standing,
    rev: event.seq,
    lastScanAt: standing === 0 ? row.lastScanAt : Math.max(row.lastScanAt, countedAtOf(event)),
    countedBy: event.userName,
    aggApplied: event.gid,
  }
}

function emptyRow(uuid: RowUuid, event: StoredScanEvent, identityOf: IdentityOf): CountRecord {
  const { productId, isRequested, systemQuantityOnHand, matchRev } = identityOf(event.sessionId, event.itemKey)
  return {
    uuid,
    sessionId: event.sessionId,
    logId: event.logId,
    itemKey: event.itemKey,
    lineKey: lineKeyOf(event.itemKey, productId),
    origin: 'own',
    productIdentifier: event.raw,
    createdAt: countedAtOf(event),
    lastScanAt: 0,
    countedBy: event.userName,
    importItemSeqId: null,
    aggApplied: 0,
    lastUpdatedStamp: null,
    quantity: ZERO,
    standing: 0,
    rev: 0,
    productId,
    isRequested,
    systemQuantityOnHand,
    matchRev,
  }
}

/** A hash per row, not per event: a batch usually hits few rows of few logs. */
function createUuidCache(): (event: StoredScanEvent) => RowUuid {
  const byLog = new Map<LogId, Map<ItemKey, RowUuid>>()
  return (event) => {
    let ofLog = byLog.get(event.logId)
    if (ofLog === undefined) byLog.set(event.logId, (ofLog = new Map()))
    let uuid = ofLog.get(event.itemKey)
    if (uuid === undefined) ofLog.set(event.itemKey, (uuid = rowUuidOfEvent(event)))
    return uuid
  }
}
