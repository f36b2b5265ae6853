// Join what the server holds of a session with what this device has, by revision: never an overwrite (sync.md 2.10).
import { chunksOf } from '../domain/chunks'
import type { CountRecord } from '../domain/count-record'
import { asId } from '../domain/ids'
import type { ItemKey, LineKey, LogId, ProductId, RowUuid, SessionId } from '../domain/ids'
import type { LineTexts, RowChange } from '../domain/lines'
import { type MatchRow, REMOVED_ON_SERVER, type ScansTx } from '../ports/scans-schema'
import type { ServerItem } from '../ports/server'
import { ACK_TABLES, markAcks } from './acknowledge'
import { isHardCount, rowsOfKey, withMatch } from './apply-identity'
import { applyToLines, LINE_TABLES } from './apply-lines'
import type { LineResult } from './apply-lines'
import type { EngineDeps } from './engine-deps'
import { foldNew } from './fold'
import { ackOf, itemKeyOfItem, joinServerRows, namesAnew, uuidOfItem } from './join-rows'
import type { Incoming } from './join-rows'
import { addUnsent, ofLogsHere, ownAgain, OWN_AGAIN_TABLES } from './own-again'
import { isPackOpen } from './pack-sizes'
import { settleTaken } from './newer-than-file'
import { newsOf, unseenRows } from './pull-news'
import { correctPacks } from '../usecases/correct-packs'
import { packSizesOf, productOfHandKey, textsFor } from '../usecases/identities'
import type { NamedKey } from '../usecases/identities'
import { isLog } from '../usecases/scan-totals'

/** An append waits for a transaction of this size for a few tens of milliseconds. */
const JOIN_ROWS = 100
const TABLES = [...new Set([...LINE_TABLES, ...ACK_TABLES, 'matches', 'sessions', 'logs'] as const)]

/** What one full pull has seen so far. Make one per pull, hand it to each of its pages. */
export interface PullMemory {
  readonly seen: Set<string>
  /** The server was put back: what it shows now counts, also where it showed more before. */
  readonly isAfterRestore: boolean
  /** Nothing of the session has come before: all of it is news. */
  readonly isFirst: boolean
}

/** Where a page stands in its pull. */
export interface PullPage {
  readonly pull: PullMemory
  /** The last page of a full pull: server rows that no page showed are removed. */
  readonly isComplete: boolean
  /** Left out: yes. Asked where rows have gone: whether no other row can have moved up between two pages meanwhile. */
  readonly isSure?: () => boolean
}

export function beginPull({ isAfterRestore = false, isFirst = false } = {}): PullMemory {
  return { seen: new Set(), isAfterRestore, isFirst }
}

/**
 * Join a page of server items: what is news, `JOIN_ROWS` in a transaction, so that a scan never waits for a page.
 *
 * - Rows of other writers, and rows that the server made, become server rows: the count half by `rev`, the
 *   identification half by `matchRev`; an older page changes nothing.
 * - Own rows that come back raise acknowledgements and take a newer identification; own counts are never touched.
 *   Unless the server knows more of a log than this disk: then the disk was reverted, and the server's row stays.
 * - After a restore of the server, its rows are what it shows now, whatever they were. Those that it does not know more
 *   of than this disk any more go: the events make them anew, as `rebuildSession` does.
 *
 * Unsent work survives. A page may be joined twice, and one that breaks off leaves what it joined. Rules: docs/SPEC.md JN1-JN16
 *
 * @returns false where rows seem to have gone and none was removed, as it is not sure
 */
export async function storeInventoryCountItems(
  deps: EngineDeps,
  sessionId: SessionId,
  items: readonly ServerItem[],
  { pull, isComplete, isSure = () => true }: PullPage,
): Promise<boolean> {
  const unique = [...new Map(items.map((item) => [item.importItemSeqId, item])).values()]
  for (const item of unique) pull.seen.add(uuidOfItem(sessionId, item))
  const news = pull.isFirst ? unique : await newsOf(deps, sessionId, unique, pull)
  const matches: MatchRow[] = []
  // Also of nothing: a session that was pulled has its counters.
  const pieces = pull.isFirst && news.length === 0 ? [[]] : chunksOf(news, JOIN_ROWS)
  for (const some of pieces) matches.push(...(await joinItems(deps, sessionId, some, pull)))
  await settleTaken(deps, sessionId, unique)
  const gone = isComplete ? await unseenRows(deps, sessionId, pull) : []
  const isSettled = gone.length === 0 || isSure()
  if (isSettled) for (const some of chunksOf(gone, JOIN_ROWS)) await removeRows(deps, sessionId, { uuids: some, isAfterRestore: pull.isAfterRestore })
  if (await correctTaken(deps, matches)) await foldNew(deps)
  return isSettled
}

/** In one transaction. @returns what rows of this device stand for now */
async function joinItems(
  deps: EngineDeps,
  sessionId: SessionId,
  items: readonly ServerItem[],
  pull: PullMemory,
): Promise<readonly MatchRow[]> {
  const productIds = items.flatMap((item) => (item.productId === null ? [] : [item.productId]))
  const texts = await textsFor(deps.catalogue, productIds)
  const packSizes = await packSizesOf(deps.catalogue, await newlyNamed(deps, items))
  const at = deps.clock.now()

  const result = await deps.scans.tx(TABLES, 'rw', async (tx) => {
    const incoming = await readIncoming(tx, sessionId, items)
    const changes = joinServerRows(incoming, sessionId, pull)
    await storeRows(tx, changes)
    const taken = await takeIdentities(tx, sessionId, { incoming, packSizes })
    changes.push(...taken.changes)
    await markAcks(tx, sessionId, incoming.flatMap((it) => ackOf(it, at)))
    return { ...(await updateLines(tx, sessionId, { changes, texts, items })), matches: taken.matches }
  })
  tellLines(deps, sessionId, result)
  return result.matches
}

/**
 * Those that are still the server's: this device may have made one its own meanwhile. What is here of their scans stays
 * in sight; behind a restore a rebuild sees to it. Rules: docs/SPEC.md JN8, JN15
 */
async function removeRows(
  deps: EngineDeps,
  sessionId: SessionId,
  {
    uuids,
    isAfterRestore,
  }: { readonly uuids: readonly RowUuid[]; readonly isAfterRestore: boolean },
): Promise<void> {
  const { kept, ...result } = await deps.scans.tx(TABLES, 'rw', async (tx) => {
    const rows = await serverRows(tx, uuids)
    const here = isAfterRestore ? new Set<CountRecord>() : await ofLogsHere(tx, rows)
    const changes = rows.flatMap((row) => (here.has(row) ? [] : [{ before: row, after: null }]))
    await storeRows(tx, changes)
    return {
      ...(await updateLines(tx, sessionId, { changes, texts: new Map(), items: [] })),
      kept: [...here].map((row) => row.uuid),
    }
  })
  tellLines(deps, sessionId, result)
  if (kept.length > 0) await makeOwnAgain(deps, sessionId, kept)
}

/** Apart from the others: here, and here alone, an append waits. */
async function makeOwnAgain(
  deps: EngineDeps,
  sessionId: SessionId,
  uuids: readonly RowUuid[],
): Promise<void> {
  const result = await deps.scans.tx([...TABLES, ...OWN_AGAIN_TABLES], 'rw', async (tx) => {
    const changes = await ownAgain(tx, sessionId, await serverRows(tx, uuids))
    await storeRows(tx, changes)
    await addUnsent(tx, changes)
    return await updateLines(tx, sessionId, { changes, texts: new Map(), items: [] })
  })
  tellLines(deps, sessionId, result)
}

async function serverRows(tx: ScansTx, uuids: readonly RowUuid[]): Promise<CountRecord[]> {
  const rows = await tx.bulkGet('inventoryCountRecords', uuids)
  return rows.flatMap((row) => (row?.origin === 'server' ? [row] : []))
}

function tellLines(deps: EngineDeps, sessionId: SessionId, { changed, counts }: LineResult): void {
  if (changed.length === 0) return
  deps.bus.post({ kind: 'lines', sessionId, changed: changed.map((it) => it.lineKey), counts })
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

async function readIncoming(
  tx: ScansTx,
  sessionId: SessionId,
  items: readonly ServerItem[],
): Promise<Incoming[]> {
  const uuids = items.map((item) => uuidOfItem(sessionId, item))
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

/** What this disk lost is the server's row now: nothing of it is unsent, refused or removed any more. Rules: docs/SPEC.md JN12, JN16 */
async function storeRows(tx: ScansTx, changes: readonly RowChange[]): Promise<void> {
  const gone = changes.flatMap(({ before, after }) => (before !== null && after === null ? [before.uuid] : []))
  await tx.bulkPut('inventoryCountRecords', changes.flatMap(({ after }) => (after === null ? [] : [after])))
  if (gone.length > 0) await tx.bulkDelete('inventoryCountRecords', gone)
  const replaced = changes.flatMap(({ before, after }) => (before?.origin === 'own' && after ? [after.uuid] : []))
  if (replaced.length === 0) return
  await tx.bulkDelete('outbox', replaced)
  const entries = await tx.bulkGet('quarantine', replaced)
  const refused = entries.flatMap((entry) => (entry?.kind === 'rejected' || entry?.code === REMOVED_ON_SERVER ? [entry.uuid] : []))
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
    if (stored === undefined || item.matchRev === null || !namesAnew(it) || matches.has(stored.itemKey)) continue
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
export function packOf(
  { productId }: Pick<ServerItem, 'productId'>,
  known: MatchRow | undefined,
  packSize?: number,
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
