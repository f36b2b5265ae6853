// What an item of the server makes of the row that is here: pure, by revision, half by half (sync.md 2.10).
import { itemKeyOf, itemKeyOfProduct } from '../domain/barcode/item-key'
import type { CountRecord } from '../domain/count-record'
import { lineKeyOf } from '../domain/fold'
import { asId } from '../domain/ids'
import type { ItemKey, LogId, ProductId, RowUuid, SessionId, UserName } from '../domain/ids'
import type { RowChange } from '../domain/lines'
import { ZERO } from '../domain/quantity'
import { serverRowUuidOf } from '../domain/row-uuid'
import type { LogRow, MatchRow } from '../ports/scans-schema'
import type { ServerItem } from '../ports/server'
import type { AckMark } from './acknowledge'
import { withMatch } from './apply-identity'

/** A server item beside what this device has of it. */
export interface Incoming {
  readonly item: ServerItem
  readonly uuid: RowUuid
  readonly stored: CountRecord | undefined
  /** The log that wrote the row, if this device has it. */
  readonly log: LogRow | undefined
  readonly match: MatchRow | undefined
}

/** Its own where a client made the row, else one that every device gives it. */
export function uuidOfItem(sessionId: SessionId, item: ServerItem): RowUuid {
  return item.uuid ?? serverRowUuidOf(sessionId, item.importItemSeqId)
}

/** Ours: this device's log wrote it and holds everything that the server has seen of that log. */
export function isOwn({ item, stored, log }: Incoming): boolean {
  // A base server tells neither log nor revision: then the uuid of an own row is the proof.
  if (item.rev === null || log === undefined) return stored?.origin === 'own'
  return item.rev <= log.head
}

/** Changes of the rows of others, and after a restore of those that are ours again; own counts are never touched. */
export function joinServerRows(
  incoming: readonly Incoming[],
  sessionId: SessionId,
  { isAfterRestore }: { readonly isAfterRestore: boolean },
): RowChange[] {
  const changes: RowChange[] = []
  for (const it of incoming) {
    const before = it.stored ?? null
    if (isOwn(it)) {
      if (isAfterRestore && before?.origin === 'server') changes.push({ before, after: null })
      continue
    }
    const row = serverRowOf(it, sessionId)
    const after = isAfterRestore ? row : it.item.rev === null ? told(before, row) : joined(before, row)
    const placed = withMatch(after, it.match)
    if (before === null || !isSame(before, placed)) changes.push({ before, after: placed })
  }
  return changes
}

/** A base server has no revisions: its word is the last. What of a log is contained in it stays known (docs/SPEC.md HF16). */
function told(before: CountRecord | null, server: CountRecord): CountRecord {
  if (before === null) return server
  return { ...joined({ ...before, rev: 0 }, server), logId: before.logId, rev: before.rev }
}

/** Halves by their revisions, whole; on a tie the server's stays. */
function joined(before: CountRecord | null, server: CountRecord): CountRecord {
  if (before === null) return server
  const count = server.rev >= before.rev ? server : before
  const identification = server.matchRev >= before.matchRev ? server : before
  const { quantity, standing, rev, lastScanAt, countedBy, lastUpdatedStamp } = count
  const { productId, isRequested, systemQuantityOnHand, matchRev } = identification
  return {
    ...server,
    ...{ quantity, standing, rev, lastScanAt, countedBy, lastUpdatedStamp },
    ...{ productId, isRequested, systemQuantityOnHand, matchRev },
  }
}

export function serverRowOf({ item, uuid }: Pick<Incoming, 'item' | 'uuid'>, sessionId: SessionId): CountRecord {
  const itemKey = itemKeyOfItem(item)
  return {
    uuid,
    sessionId,
    logId: item.logId === null ? null : asId<LogId>(item.logId),
    itemKey,
    lineKey: lineKeyOf(itemKey, item.productId),
    origin: 'server',
    productIdentifier: item.productIdentifier ?? item.productId ?? item.importItemSeqId,
    createdAt: item.createdAt ?? 0,
    lastScanAt: item.lastScanAt ?? 0,
    countedBy: item.countedBy === null ? null : asId<UserName>(item.countedBy),
    importItemSeqId: item.importItemSeqId,
    aggApplied: 0,
    lastUpdatedStamp: item.lastUpdatedStamp,
    quantity: item.quantity ?? ZERO,
    // No quantity: nobody counted it. A quantity without standing: somebody did, with a client that does not tell.
    standing: item.quantity === null ? 0 : item.standing,
    rev: item.rev ?? 0,
    productId: item.productId,
    isRequested: item.isRequested,
    systemQuantityOnHand: item.systemQuantityOnHand,
    matchRev: item.matchRev ?? 0,
  }
}

export function itemKeyOfItem(item: ServerItem): ItemKey {
  if (item.productIdentifier !== null && item.productIdentifier !== '') return itemKeyOf(item.productIdentifier)
  return itemKeyOfProduct(item.productId ?? asId<ProductId>(item.importItemSeqId))
}

function isSame(a: CountRecord, b: CountRecord): boolean {
  const keys = Object.keys(b) as (keyof CountRecord)[]
  return keys.every((key) => a[key] === b[key])
}

/** The server's word on what an own row stands for is newer, or it found the product of a value that we had not. */
export function namesAnew(it: Incoming): boolean {
  const { item, stored } = it
  if (!isOwn(it) || stored === undefined || item.matchRev === null) return false
  if (item.matchRev !== stored.matchRev) return item.matchRev > stored.matchRev
  const differs = item.productId !== stored.productId || (item.isRequested ?? false) !== stored.isRequested
  return differs && item.productId !== null
}

/** What an own row that came back proves. The same revision with another quantity proves nothing (I4). */
export function ackOf(it: Incoming, at: number): AckMark[] {
  const { item, uuid } = it
  const standing = provenStanding(it)
  if (item.rev === null || standing === null) return []
  return [{ uuid, rev: item.rev, matchRev: item.matchRev ?? 0, standing, importItemSeqId: item.importItemSeqId, at }]
}

/** Standing scans that the item acknowledges; null when it acknowledges nothing. */
function provenStanding(it: Incoming): number | null {
  const { item, stored } = it
  // Reverted disk: of the lost scans this device knows nothing; its tally counts what its own log holds.
  if (!isOwn(it)) return stored?.origin === 'own' ? stored.standing : null
  if (stored === undefined || item.rev !== stored.rev) return item.standing ?? 0
  return item.quantity === null || item.quantity === stored.quantity ? stored.standing : null
}
