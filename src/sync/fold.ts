// Fold new scan events into count records, lines and counters, each event once, at a cost that follows the new events only.
import type { BarcodeWish } from '../domain/barcode-wish'
import type { CountRecord, IdentificationHalf } from '../domain/count-record'
import type { CountedItem } from '../domain/counted-item'
import { foldScanEvents, lineKeyOf, rowUuidOfEvent } from '../domain/fold'
import type { ItemKey, LineKey, ProductId, RowUuid, SessionId } from '../domain/ids'
import { productOfLine } from '../domain/lines'
import type { LineTexts, RowChange } from '../domain/lines'
import type { StoredScanEvent } from '../domain/scan-event'
import type { MatchRow, ScansTx } from '../ports/scans-schema'
import { readWishes, withWishes } from '../usecases/barcode-wishes'
import { correctPacks, countsPacks } from '../usecases/correct-packs'
import { rowsOfKey, withMatch } from './apply-identity'
import { applyToLines, LINE_TABLES } from './apply-lines'
import type { NewIdentity } from './apply-identity'
import type { LineResult } from './apply-lines'
import type { EngineDeps } from './engine-deps'
import { addToOutbox, addTurnedToOutbox } from './mark-unsent'
import { isPackOpen, learnIdentities, learnPacks } from './pack-sizes'
import { lookUp, packSizesOf, textsFor } from '../usecases/identities'
import type { Found, NamedKey, ScannedKey } from '../usecases/identities'
import { readCursor } from '../usecases/overlay'

/** Batches in one call; 500 events each. */
const BATCHES_MAX = 10_000
/** Another folder may win so often before this one gives up; each loss means progress. */
const LOST_RACES_MAX = 1000

export interface Folded {
  readonly folded: number
  /** Sessions whose rows changed. */
  readonly sessions: readonly SessionId[]
}

/**
 * Fold what the event table holds at this moment, in batches of `limits.foldBatch`. What is appended meanwhile is left
 * to the next call: who scans all day would keep one call folding all day, a scan at a time.
 *
 * Rows, lines, counters, unsent set and cursor change in one transaction: a crash anywhere changes all or nothing,
 * and two folders at once count each event once. Reading happens before, in transactions that block no scan. Posts
 * `lines` on the bus after each batch. Rules: docs/SPEC.md CR7-CR12
 *
 * @throws the signal's reason between two batches; what was folded stays folded
 */
export async function foldNew(deps: EngineDeps, signal?: AbortSignal): Promise<Folded> {
  const sessions = new Set<SessionId>()
  let folded = 0
  let lostRaces = 0
  const named = new Map<ProductId, LineTexts | null>()
  for (let batch = 0; batch < BATCHES_MAX; batch++) {
    signal?.throwIfAborted()
    const read = await readBatch(deps)
    if (read.events.length === 0) break
    const looked = await lookUp(deps.catalogue, [...read.unknownKeys, ...read.openKeys])
    const found = withWishes(looked, read.wishes)
    const namedFound = { ...found, texts: new Map([...found.texts, ...textsIn(named)]) }
    const corrections = [
      await correctStalePacks(deps, read, found),
      await matchOpenKeys(deps, read, found),
      await learnOpenPacks(deps, read),
    ]
    const results = await deps.scans.tx(
      [...LINE_TABLES, 'matches', 'outbox', 'meta', 'sessions'],
      'rw',
      (tx) => commitBatch(tx, read, { found: namedFound, named }),
    )
    if (results === 'overtaken') {
      lostRaces += 1
      if (lostRaces > LOST_RACES_MAX) throw new Error('The fold was overtaken for ever')
      continue
    }
    if ('nameless' in results) {
      // Nothing was written. Each product is asked for once, so this comes to an end.
      const texts = await textsFor(deps.catalogue, results.nameless)
      for (const productId of results.nameless) named.set(productId, texts.get(productId) ?? null)
      continue
    }
    folded += read.events.length
    for (const [sessionId, { changed, counts }] of results) {
      sessions.add(sessionId)
      deps.bus.post({ kind: 'lines', sessionId, changed: changed.map((it) => it.lineKey), counts })
    }
    if (read.events.length < deps.limits.foldBatch && !corrections.includes(true)) break
  }
  return { folded, sessions: [...sessions] }
}

interface Batch {
  readonly cursor: number
  readonly events: readonly StoredScanEvent[]
  readonly matches: ReadonlyMap<string, MatchRow>
  /** Keys without a match row: seen for the first time in their session. */
  readonly unknownKeys: readonly FreshKey[]
  /** Keys that nobody knew when they were first seen: the catalogue may know them by now. */
  readonly openKeys: readonly FreshKey[]
  /** Keys that the server named a product for: the catalogue may know their pack size by now. */
  readonly openPacks: readonly (FreshKey & NamedKey)[]
  /** What this user wants known in all counts, and the server has not answered yet. */
  readonly wishes: readonly BarcodeWish[]
}

interface FreshKey extends ScannedKey {
  readonly sessionId: SessionId
}

/**
 * The events are read alone: a reading that waits for the tables of a fold or an acknowledgement, with the events in
 * hand, holds up every append. The commit looks again whether the cursor is still where it was.
 */
async function readBatch({ scans, limits }: EngineDeps): Promise<Batch> {
  const [cursor, wishes] = await scans.tx(['meta'], 'r', (tx) => Promise.all([readCursor(tx), readWishes(tx)]))
  const events = await scans.tx(['scanEvents'], 'r', (tx) =>
    tx.range('scanEvents', ':id', { lower: cursor, lowerOpen: true, limit: limits.foldBatch }),
  )
  return await scans.tx(['matches'], 'r', async (tx) => {
    const keyed = [...new Map(events.map((event) => [matchKeyOf(event), event])).values()]
    const matches = await readMatches(tx, keyed)
    const unknownKeys = keyed.filter((event) => !matches.has(matchKeyOf(event)))
    const openKeys = keyed.filter((event) => isOpen(matches.get(matchKeyOf(event))))
    const openPacks = keyed.flatMap((event) => {
      const match = matches.get(matchKeyOf(event))
      const { sessionId, itemKey, raw } = event
      return isPackOpen(match) ? [{ sessionId, itemKey, raw, productId: match.productId }] : []
    })
    return { cursor, events, matches, unknownKeys, openKeys, openPacks, wishes }
  })
}

type Keyed = Pick<StoredScanEvent, 'sessionId' | 'itemKey'>

export function matchKeyOf({ sessionId, itemKey }: Keyed): string {
  return `${sessionId}\n${itemKey}`
}

async function readMatches(tx: ScansTx, keyed: readonly Keyed[]): Promise<Map<string, MatchRow>> {
  const rows = await tx.bulkGet('matches', keyed.map((it) => [it.sessionId, it.itemKey]))
  return new Map(rows.flatMap((row) => (row === undefined ? [] : [[matchKeyOf(row), row]])))
}

function isOpen(match: MatchRow | undefined): boolean {
  return match !== undefined && match.productId === null
}

/** @returns whether a correction was appended */
async function matchOpenKeys(deps: EngineDeps, { openKeys }: Batch, found: Found): Promise<boolean> {
  let isCorrected = false
  for (const { sessionId, itemKey } of openKeys) {
    const known = found.identities.get(itemKey)
    if (known?.kind !== 'matched') continue
    const { productId, packSize } = known
    const identity: NewIdentity = { itemKey, productId, packSize, source: 'catalogue' }
    isCorrected = (await learnIdentities(deps, sessionId, [identity], found.texts)) || isCorrected
  }
  return isCorrected
}

/** @returns whether a correction was appended */
async function learnOpenPacks(deps: EngineDeps, { openPacks }: Batch): Promise<boolean> {
  let isCorrected = false
  const packSizes = await packSizesOf(deps.catalogue, openPacks)
  for (const { sessionId, itemKey, productId } of openPacks) {
    const packSize = packSizes.get(itemKey)
    if (packSize !== undefined) isCorrected = (await learnPacks(deps, sessionId, [{ itemKey, productId, packSize }])) || isCorrected
  }
  return isCorrected
}

/**
 * Scans that froze another pack size than their value has: read while the catalogue was not there yet, or an undo of
 * such a scan. The correction is appended before the match is stored: after a crash it is found out again.
 * @returns whether a correction was appended
 */
async function correctStalePacks(deps: EngineDeps, { events, matches }: Batch, found: Found): Promise<boolean> {
  let isCorrected = false
  const done = new Set<string>()
  for (const event of events) {
    const key = matchKeyOf(event)
    if (done.has(key) || !countsPacks(event) || event.deviceId !== deps.caller.deviceId) continue
    const match = matches.get(key)
    if (isPackOpen(match)) continue
    const known = match !== undefined && match.productId !== null ? match : found.identities.get(event.itemKey)
    const packSize = known !== undefined && 'packSize' in known ? known.packSize : event.packSize
    if (packSize === event.packSize) continue
    done.add(key)
    isCorrected = (await correctPacks(deps, { sessionId: event.sessionId, itemKey: event.itemKey, packSize })) || isCorrected
  }
  return isCorrected
}

/** Names that were asked for; null: the catalogue does not know the product. */
type Named = ReadonlyMap<ProductId, LineTexts | null>

function textsIn(named: Named): [ProductId, LineTexts][] {
  return [...named].flatMap(([productId, texts]) => (texts === null ? [] : [[productId, texts] satisfies [ProductId, LineTexts]]))
}

/** @returns `nameless`: products whose names are wanted first, for lines that would be new; then nothing was written */
async function commitBatch(
  tx: ScansTx,
  batch: Batch,
  { found, named }: { readonly found: Found; readonly named: Named },
): Promise<'overtaken' | { readonly nameless: readonly ProductId[] } | ReadonlyMap<SessionId, LineResult>> {
  const last = batch.events.at(-1)
  // Asked for at once: scans of other windows wait while this transaction waits for answers.
  const [cursor, isHard, read, before] = await Promise.all([
    readCursor(tx),
    readHardCounts(tx, batch.events),
    readMatches(tx, keysOf(batch)),
    readRowsBefore(tx, batch.events),
  ])
  if (last === undefined || cursor !== batch.cursor) return 'overtaken'
  const nameless = await namelessProducts(tx, [...read.values()], named)
  if (nameless.length > 0) return { nameless }

  const matches = new Map([...batch.matches, ...read])
  const fresh = await newMatches(tx, batch.unknownKeys, { matches, found, isHard })
  for (const match of fresh) matches.set(matchKeyOf(match), match)
  if (fresh.length > 0) await tx.bulkPut('matches', fresh)

  const moved = await moveServerRows(tx, fresh)
  const folded = foldRows(batch.events, { before, matches })
  const changes = [...moved, ...folded]
  // Asked for together, the rows first: what a line has to read again of them it reads behind their writing.
  const [results] = await Promise.all([
    tx.bulkPut('inventoryCountRecords', folded.map(({ after }) => after)).then(() => applyBySession(tx, changes, { found, isHard })),
    addToOutbox(tx, changes),
    tx.put('meta', { k: 'aggCursor', gid: last.gid }),
  ])
  await addTurnedToOutbox(tx, results)
  return results
}

async function applyBySession(
  tx: ScansTx,
  changes: readonly RowChange[],
  { found, isHard }: Pick<MatchContext, 'found' | 'isHard'>,
): Promise<Map<SessionId, LineResult>> {
  const results = new Map<SessionId, LineResult>()
  for (const [sessionId, ofSession] of bySession(changes)) {
    const textsOf = textsOfNewLines(found, ofSession)
    const isHardCount = isHard.get(sessionId) ?? false
    results.set(sessionId, await applyToLines(tx, { sessionId, isHardCount, changes: ofSession, textsOf }))
  }
  return results
}

/**
 * Products that a person, or the server, named for a value that has no rows: the catalogue was not asked for their names,
 * and it cannot be read in here.
 */
async function namelessProducts(tx: ScansTx, matches: readonly MatchRow[], named: Named): Promise<ProductId[]> {
  const asked = matches.flatMap(({ sessionId, itemKey, source, productId }) =>
    source !== 'catalogue' && productId !== null && !named.has(productId)
      ? [{ productId, key: [sessionId, lineKeyOf(itemKey, productId)] satisfies [SessionId, LineKey] }]
      : [],
  )
  if (asked.length === 0) return []
  const lines = await tx.bulkGet('items', asked.map((it) => it.key))
  return [...new Set(asked.flatMap(({ productId }, index) => (lines[index] === undefined ? [productId] : [])))]
}

/** The matches are read again where the write lock is held: somebody may have matched in between. */
function keysOf({ events }: Batch): Keyed[] {
  return [...new Map(events.map((event) => [matchKeyOf(event), event])).values()]
}

async function readHardCounts(tx: ScansTx, events: readonly StoredScanEvent[]): Promise<Map<SessionId, boolean>> {
  const sessionIds = [...new Set(events.map((event) => event.sessionId))]
  const rows = await tx.bulkGet('sessions', sessionIds)
  return new Map(sessionIds.map((id, index) => [id, rows[index]?.cycleCount.countType === 'hard']))
}

interface MatchContext {
  readonly matches: ReadonlyMap<string, MatchRow>
  readonly found: Found
  readonly isHard: ReadonlyMap<SessionId, boolean>
}

/** What each new key stands for, and whether it was asked for: kept, so that a rebuild gives the same rows. */
async function newMatches(
  tx: ScansTx,
  keys: readonly FreshKey[],
  { matches, found, isHard }: MatchContext,
): Promise<MatchRow[]> {
  const fresh = keys.filter((key) => !matches.has(matchKeyOf(key)))
  const rows = fresh.map((key) => catalogueMatch(key, found, isHard.get(key.sessionId) ?? false))
  if (rows.length === 0) return []
  const lines = await tx.bulkGet('items', rows.map((row) => [row.sessionId, lineKeyOf(row.itemKey, row.productId)]))
  return rows.map((row, index) => ({ ...row, isRequested: row.isRequested || isAskedFor(lines[index]) }))
}

function catalogueMatch(key: FreshKey, found: Found, isRequested: boolean): MatchRow & { isRequested: boolean } {
  const identity = found.identities.get(key.itemKey)
  const isMatched = identity?.kind === 'matched'
  return {
    sessionId: key.sessionId,
    itemKey: key.itemKey,
    productId: isMatched ? identity.productId : null,
    packSize: isMatched ? identity.packSize : 1,
    matchRev: 0,
    source: 'catalogue',
    isRequested,
  }
}

/**
 * Rows of other devices that wait on the unmatched line of a value follow it to its product. Their line tells that
 * there are any: one request for all new values.
 */
async function moveServerRows(tx: ScansTx, fresh: readonly MatchRow[]): Promise<RowChange[]> {
  const matched = fresh.filter((match) => match.productId !== null)
  if (matched.length === 0) return []
  const lines = await tx.bulkGet('items', matched.map((match) => [match.sessionId, lineKeyOf(match.itemKey, null)]))
  const changes: RowChange[] = []
  for (const [index, match] of matched.entries()) {
    if (lines[index] === undefined) continue
    for (const row of await rowsOfKey(tx, match.sessionId, match.itemKey))
      if (row.origin === 'server') changes.push({ before: row, after: withMatch(row, match) })
  }
  await tx.bulkPut('inventoryCountRecords', changes.flatMap(({ after }) => (after === null ? [] : [after])))
  return changes
}

export function isAskedFor(line: CountedItem | undefined): boolean {
  return line !== undefined && line.requestedRows > 0
}

/** The half of a row that its key's match dictates. */
export function identificationOf(match: MatchRow | undefined): IdentificationHalf {
  return {
    productId: match?.productId ?? null,
    isRequested: match?.isRequested ?? false,
    // The server takes the snapshot at the row's first write (decision 22).
    systemQuantityOnHand: null,
    matchRev: match?.matchRev ?? 0,
  }
}

/** The rows that the events touch, as they are. */
async function readRowsBefore(tx: ScansTx, events: readonly StoredScanEvent[]): Promise<Map<RowUuid, CountRecord>> {
  const stored = await tx.bulkGet('inventoryCountRecords', [...new Set(events.map(rowUuidOfEvent))])
  return new Map(stored.flatMap((row) => (row === undefined ? [] : [[row.uuid, row]])))
}

interface RowContext {
  readonly before: ReadonlyMap<RowUuid, CountRecord>
  readonly matches: ReadonlyMap<string, MatchRow>
}

function foldRows(events: readonly StoredScanEvent[], { before, matches }: RowContext): (RowChange & { readonly after: CountRecord })[] {
  const after = foldScanEvents(toGoOnFrom(before), events, (sessionId, itemKey: ItemKey) =>
    identificationOf(matches.get(matchKeyOf({ sessionId, itemKey }))),
  )
  return [...after.values()].map((row) => ({ before: before.get(row.uuid) ?? null, after: row }))
}

/**
 * A row that a base server showed before its events were folded here: nobody told whose it is, or how far. It is none to
 * go on from, as in a rebuild, or its scans would count twice. Rule: docs/SPEC.md HF17
 */
function toGoOnFrom(before: ReadonlyMap<RowUuid, CountRecord>): Map<RowUuid, CountRecord> {
  return new Map([...before].filter(([, row]) => row.origin === 'own' || row.logId !== null))
}

function bySession(changes: readonly RowChange[]): Map<SessionId, RowChange[]> {
  const grouped = new Map<SessionId, RowChange[]>()
  for (const change of changes) {
    const sessionId = (change.after ?? change.before)?.sessionId
    if (sessionId === undefined) continue
    const ofSession = grouped.get(sessionId)
    if (ofSession === undefined) grouped.set(sessionId, [change])
    else ofSession.push(change)
  }
  return grouped
}

/** A new line is called as the catalogue calls its product, else as it was scanned. */
function textsOfNewLines(found: Found, changes: readonly RowChange[]): (lineKey: LineKey) => LineTexts {
  const texts = new Map<LineKey, LineTexts>()
  for (const { after } of changes) {
    if (after === null || texts.has(after.lineKey)) continue
    const productId = productOfLine(after)
    texts.set(after.lineKey, (productId && found.texts.get(productId)) || rawTexts(after))
  }
  return (lineKey) => texts.get(lineKey) ?? { name: lineKey, identifier: lineKey }
}

/** Until somebody knows the name: the value itself. */
export function rawTexts(row: Pick<CountRecord, 'productIdentifier'>): LineTexts {
  return { name: row.productIdentifier, identifier: row.productIdentifier }
}
