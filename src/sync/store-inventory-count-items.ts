// Join what the server holds of a session with what this device has, by revision: never an overwrite (sync.md 2.10).
import { itemKeyOf, itemKeyOfProduct } from '../domain/barcode/item-key'
import type { CountRecord } from '../domain/count-record'
import { lineKeyOf } from '../domain/fold'
import { asId } from '../domain/ids'
import type { ItemKey, LineKey, LogId, ProductId, RowUuid, SessionId, UserName } from '../domain/ids'
import type { LineTexts, RowChange } from '../domain/lines'
import { ZERO } from '../domain/quantity'
import { serverRowUuidOf } from '../domain/row-uuid'
import type { LogRow, MatchRow, ScansTx } from '../ports/scans-schema'
import type { ServerItem } from '../ports/server'
import { ACK_TABLES, markAcks } from './acknowledge'
import type { AckMark } from './acknowledge'
import { isHardCount, rowsOfKey, withMatch } from './apply-identity'
import { applyToLines, LINE_TABLES } from './apply-lines'
import type { LineResult } from './apply-lines'
import type { EngineDeps } from './engine-deps'
import { foldNew } from './fold'
import { isPackOpen } from './pack-sizes'
import { correctPacks } from '../usecases/correct-packs'
import { packSizesOf, productOfHandKey, textsFor } from '../usecases/identities'
import type { NamedKey } from '../usecases/identities'
import { isLog } from '../usecases/scan-totals'
import { readRows } from './rows'

/** What one full pull has seen so far. Make one per pull, hand it to each of its pages. */
export interface PullMemory {
  readonly seen: Set<string>
  /** The server was put back: what it shows now counts, also where it showed more before. */
  readonly isAfterRestore: boolean
}

/** Where a page stands in its pull. */
export interface PullPage {
  readonly pull: PullMemory
  /** The last page of a full pull: server rows that no page showed are removed. */
  readonly isComplete: boolean
}

export function beginPull(isAfterRestore = false): PullMemory {
  return { seen: new Set(), isAfterRestore }
}

/**
 * Join a page of server items, in one transaction.
 *
 * - Rows of other writers, and rows that the server made, become server rows: the count half by `rev`, the
 *   identification half by `matchRev`; an older page changes nothing.
 * - Own rows that come back raise acknowledgements and take a newer identification; own counts are never touched.
 *   Unless the server knows more of a log than this disk: then the disk was reverted, and the server's row stays.
 * - After a restore of the server, its rows are what it shows now, whatever they were. Those that it does not know more
 *   of than this disk any more go: the events make them anew, as `rebuildSession` does.
 *
 * Unsent work survives. A page may be joined twice. Rules: docs/SPEC.md JN1-JN11
 */
export async function storeInventoryCountItems(
  deps: EngineDeps,
  sessionId: SessionId,
  items: readonly ServerItem[],
  { pull, isComplete }: PullPage,
): Promise<void> {
  const unique = [...new Map(items.map((item) => [item.importItemSeqId, item])).values()]
  const productIds = unique.flatMap((item) => (item.productId === null ? [] : [item.productId]))
  const texts = await textsFor(deps.catalogue, productIds)
  const packSizes = await packSizesOf(deps.catalogue, await newlyNamed(deps, unique))
  const at = deps.clock.now()

  const tables = [...new Set([...LINE_TABLES, ...ACK_TABLES])]
  const result = await deps.scans.tx([...tables, 'matches', 'sessions', 'logs'], 'rw', async (tx) => {
    const incoming = await readIncoming(tx, sessionId, unique)
    const changes = joinServerRows(incoming, sessionId, pull)
    for (const { uuid } of incoming) pull.seen.add(uuid)
    if (isComplete) changes.push(...(await vanished(tx, sessionId, pull)))
    await storeRows(tx, changes)
    const taken = await takeIdentities(tx, sessionId, { incoming, packSizes })
    changes.push(...taken.changes)
    await markAcks(tx, sessionId, incoming.flatMap((it) => ackOf(it, at)))
    return { ...(await updateLines(tx, sessionId, { changes, texts, items: unique })), matches: taken.matches }
  })
  const changed = result.changed.map((it) => it.lineKey)
  if (changed.length > 0) deps.bus.post({ kind: 'lines', sessionId, changed, counts: result.counts })
  if (await correctTaken(deps, result.matches)) await foldNew(deps)
}

/** Values of own rows that the server names another product for. */
async function newlyNamed({ scans }: EngineDeps, items: readonly ServerItem[]): Promise<NamedKey[]> {
  const named = items.flatMap(({ uuid, productId, matchRev }) =>
    uuid === null || productId === null || matchRev === null ? [] : [{ uuid, productId }],
  )
  if (named.length === 0) return []
  const rows = await scans.tx(['inventoryCountRecords'], 'r', (tx) =>
    tx.bulkGet('inventoryCountRecords', named.map((it) => it.uuid)),
  )
  return named.flatMap(({ productId }, index) => {
    const row = rows[index]
    if (row?.origin !== 'own' || row.productId === productId) return []
    return [{ itemKey: row.itemKey, raw: row.productIdentifier, productId }]
  })
}

/** What was scanned before the product was known counts one for each scan. */
async function correctTaken(deps: EngineDeps, matches: readonly MatchRow[]): Promise<boolean> {
  let isCorrected = false
  for (const match of matches) {
    const { sessionId, itemKey, packSize } = match
    if (match.productId === null || isPackOpen(match) || productOfHandKey(itemKey) !== null) continue
    isCorrected = (await correctPacks(deps, { sessionId, itemKey, packSize })) || isCorrected
  }
  return isCorrected
}

/** A server item beside what this device has of it. */
interface Incoming {
  readonly item: ServerItem
  readonly uuid: RowUuid
  readonly stored: CountRecord | undefined
  /** The log that wrote the row, if this device has it. */
  readonly log: LogRow | undefined
  readonly match: MatchRow | undefined
}

async function readIncoming(
  tx: ScansTx,
  sessionId: SessionId,
  items: readonly ServerItem[],
): Promise<Incoming[]> {
  const uuids = items.map((item) => item.uuid ?? serverRowUuidOf(sessionId, item.importItemSeqId))
  const stored = await tx.bulkGet('inventoryCountRecords', uuids)
  const logs = await tx.bulkGet('logs', items.map((item) => asId<LogId>(item.logId ?? '')))
  const matches = await tx.bulkGet('matches', items.map((item) => [sessionId, itemKeyOfItem(item)]))
  return items.flatMap((item, index) => {
    const uuid = uuids[index]
    if (uuid === undefined) return []
    const log = logs[index]
    return [{ item, uuid, stored: stored[index], log: log && isLog(log) ? log : undefined, match: matches[index] }]
  })
}

/** Ours: this device's log wrote it and holds everything that the server has seen of that log. */
function isOwn({ item, stored, log }: Incoming): boolean {
  // A base server tells neither log nor revision: then the uuid of an own row is the proof.
  if (item.rev === null || log === undefined) return stored?.origin === 'own'
  return item.rev <= log.head
}

function joinServerRows(incoming: readonly Incoming[], sessionId: SessionId, { isAfterRestore }: PullMemory): RowChange[] {
  const changes: RowChange[] = []
  for (const it of incoming) {
    const before = it.stored ?? null
    if (isOwn(it)) {
      if (isAfterRestore && before?.origin === 'server') changes.push({ before, after: null })
      continue
    }
    const row = serverRowOf(it, sessionId)
    const after = isAfterRestore ? row : joined(before, row)
    const placed = withMatch(after, it.match)
    if (before === null || !isSame(before, placed)) changes.push({ before, after: placed })
  }
  return changes
}

/** Halves by their revisions, whole; on a tie the server's stays. A base server has no revisions: its word is the last. */
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

function serverRowOf({ item, uuid }: Incoming, sessionId: SessionId): CountRecord {
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

function itemKeyOfItem(item: ServerItem): ItemKey {
  if (item.productIdentifier !== null && item.productIdentifier !== '') return itemKeyOf(item.productIdentifier)
  return itemKeyOfProduct(item.productId ?? asId<ProductId>(item.importItemSeqId))
}

function isSame(a: CountRecord, b: CountRecord): boolean {
  const keys = Object.keys(b) as (keyof CountRecord)[]
  return keys.every((key) => a[key] === b[key])
}

async function vanished(tx: ScansTx, sessionId: SessionId, { seen }: PullMemory): Promise<RowChange[]> {
  const rows = await readRows(tx, sessionId, 'server')
  return rows.filter((row) => !seen.has(row.uuid)).map((row) => ({ before: row, after: null }))
}

/** What this disk lost is the server's row now: nothing of it is unsent or refused any more. Rules: docs/SPEC.md JN12 */
async function storeRows(tx: ScansTx, changes: readonly RowChange[]): Promise<void> {
  const gone = changes.flatMap(({ before, after }) => (before !== null && after === null ? [before.uuid] : []))
  await tx.bulkPut('inventoryCountRecords', changes.flatMap(({ after }) => (after === null ? [] : [after])))
  if (gone.length > 0) await tx.bulkDelete('inventoryCountRecords', gone)
  const replaced = changes.flatMap(({ before, after }) => (before?.origin === 'own' && after ? [after.uuid] : []))
  if (replaced.length === 0) return
  await tx.bulkDelete('outbox', replaced)
  const entries = await tx.bulkGet('quarantine', replaced)
  const refused = entries.flatMap((entry) => (entry?.kind === 'rejected' ? [entry.uuid] : []))
  await tx.bulkDelete('quarantine', refused)
}

/** The server's word on what an own row stands for: newer, or the server found the product of a value that we had not. */
async function takeIdentities(
  tx: ScansTx,
  sessionId: SessionId,
  { incoming, packSizes }: { readonly incoming: readonly Incoming[]; readonly packSizes: ReadonlyMap<ItemKey, number> },
): Promise<{ readonly changes: readonly RowChange[]; readonly matches: readonly MatchRow[] }> {
  const changes: RowChange[] = []
  const matches = new Map<ItemKey, MatchRow>()
  for (const it of incoming) {
    const { item, stored } = it
    if (!isOwn(it) || stored === undefined || item.matchRev === null || matches.has(stored.itemKey)) continue
    const isTie = item.matchRev === stored.matchRev
    const differs = item.productId !== stored.productId || (item.isRequested ?? false) !== stored.isRequested
    if (item.matchRev < stored.matchRev || (isTie && (!differs || item.productId === null))) continue
    const known = await tx.get('matches', [sessionId, stored.itemKey])
    const match: MatchRow = {
      sessionId,
      itemKey: stored.itemKey,
      productId: item.productId,
      ...packOf(item, known, packSizes.get(stored.itemKey)),
      matchRev: item.matchRev,
      source: 'server',
      isRequested: item.isRequested ?? false,
    }
    matches.set(stored.itemKey, match)
    await tx.put('matches', match)
    changes.push(...(await rematchRows(tx, match)))
  }
  return { changes, matches: [...matches.values()] }
}

/** The server names products, not pack sizes: they are this device's catalogue's to say, or what was known before. */
function packOf(
  { productId }: ServerItem,
  known: MatchRow | undefined,
  packSize: number | undefined,
): Pick<MatchRow, 'packSize' | 'isPackKnown'> {
  if (packSize !== undefined) return { packSize, isPackKnown: true }
  if (productId === null || known?.productId !== productId) return { packSize: 1, isPackKnown: false }
  return { packSize: known.packSize, isPackKnown: !isPackOpen(known) }
}

async function rematchRows(tx: ScansTx, match: MatchRow): Promise<RowChange[]> {
  const rows = await rowsOfKey(tx, match.sessionId, match.itemKey)
  const changes = rows.map((row) => ({ before: row, after: withMatch(row, match) }))
  await tx.bulkPut('inventoryCountRecords', changes.map(({ after }) => after))
  const own = changes.filter(({ before, after }) => before.origin === 'own' && before.matchRev < after.matchRev)
  // Those that the server has at this revision already leave the unsent set again with their acknowledgement.
  await tx.bulkPut('outbox', own.map(({ after }) => ({ uuid: after.uuid, sessionId: match.sessionId })))
  return changes
}

/** What an own row that came back proves. The same revision with another quantity proves nothing (I4). */
function ackOf(it: Incoming, at: number): AckMark[] {
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

async function updateLines(
  tx: ScansTx,
  sessionId: SessionId,
  input: {
    readonly changes: readonly RowChange[]
    readonly texts: ReadonlyMap<ProductId, LineTexts>
    readonly items: readonly ServerItem[]
  },
): Promise<LineResult> {
  const names = new Map<LineKey, LineTexts>()
  for (const { productId, productName, productIdentifier } of input.items)
    if (productId !== null && productName !== null)
      names.set(asId<LineKey>(productId), { name: productName, identifier: productIdentifier ?? productId })
  const rows = new Map(input.changes.flatMap(({ after }) => (after === null ? [] : [[after.lineKey, after] as const])))
  return await applyToLines(tx, {
    sessionId,
    isHardCount: await isHardCount(tx, sessionId),
    changes: latestOf(input.changes),
    textsOf: (lineKey) => {
      const row = rows.get(lineKey)
      const known = (row?.productId && input.texts.get(row.productId)) || names.get(lineKey)
      const identifier = row?.productIdentifier ?? lineKey
      return known ?? { name: identifier, identifier }
    },
  })
}

/** One change per row: a server row may be placed by its page and again by a match of the same page. */
function latestOf(changes: readonly RowChange[]): RowChange[] {
  const byRow = new Map<string, RowChange>()
  for (const change of changes) {
    const uuid = (change.after ?? change.before)?.uuid ?? ''
    const first = byRow.get(uuid)
    byRow.set(uuid, first === undefined ? change : { before: first.before, after: change.after })
  }
  return [...byRow.values()]
}
