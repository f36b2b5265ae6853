// The pieces of a rebuild: each one writing transaction over few rows, right by itself whatever came before it.
import type { CountRecord } from '../domain/count-record'
import type { BucketCounts, CountedItem } from '../domain/counted-item'
import { asId } from '../domain/ids'
import type { ItemKey, LineKey, ProductId, RowUuid, SessionId } from '../domain/ids'
import { lineOf, movedCounts, NO_COUNTS, productOfLine } from '../domain/lines'
import type { LineTexts } from '../domain/lines'
import type { Identification } from '../domain/product'
import type { MatchRow, ScansShape, ScansTx } from '../ports/scans-schema'
import { LAST } from '../ports/store'
import type { ScannedKey } from '../usecases/identities'
import { readCursor } from '../usecases/overlay'
import { isBlocked, isUnsent } from './acknowledge'
import { isHardCount, withMatch } from './apply-identity'
import { LINE_ROWS_MAX, LINE_TABLES, moveCounters, readCounters } from './apply-lines'
import type { LineMove, Recount } from './apply-lines'
import { rawTexts } from './fold'
import { isKeptBack } from './quarantine'

/** Tables that a piece needs for writing. */
export const PIECE_TABLES = [
  ...LINE_TABLES, 'matches', 'outbox', 'acks', 'quarantine', 'meta', 'sessions',
] as const satisfies readonly (keyof ScansShape)[]

/** What the events up to the cursor make of the own rows of a session. */
export interface History {
  readonly sessionId: SessionId
  /** Rows or lines of one piece; beside them it reads the other rows of the lines that it changes. */
  readonly batch: number
  /** gid of the last event that is in it. */
  readonly cursor: number
  /** Without identification. */
  readonly rows: ReadonlyMap<RowUuid, CountRecord>
  /** Place of each row by its first event: a line is called by its first row. */
  readonly places: ReadonlyMap<RowUuid, number>
}

/** What the catalogue says, which cannot be read in here; null: it was asked and does not know. */
export interface Known {
  readonly identities: ReadonlyMap<ItemKey, Identification | null>
  readonly texts: ReadonlyMap<ProductId, LineTexts | null>
}

export interface Mended {
  readonly kind: 'mended'
  readonly lines: readonly LineKey[]
  /** Null where no line changed. */
  readonly counts: BucketCounts | null
}

const NOTHING: Mended = { kind: 'mended', lines: [], counts: null }

/** Nothing was written. `overtaken`: more is folded than is in the history; `unknown`: the catalogue is to be asked first. */
export type NotYet =
  | { readonly kind: 'overtaken' }
  | { readonly kind: 'unknown'; readonly keys: readonly ScannedKey[]; readonly productIds: readonly ProductId[] }

/** A piece, and behind which key the next one begins; null: there is none. */
export type Page<K> = (Mended & { readonly next: K | null }) | NotYet

/** In `meta` from the first piece that changes something to the last: who dies in between is not through. */
export const halfRebuiltKey = (sessionId: SessionId) => `rebuilding:${sessionId}` as const

/** From here on the lines are counted anew, too: a piece of them after the other, and by whoever changes one that is counted. */
export async function beginRecount(tx: ScansTx, sessionId: SessionId): Promise<void> {
  await tx.put('counters', { sessionId, kind: 'recount', through: asId<LineKey>(''), ...NO_COUNTS })
}

/** Own rows as their events and matches make them, with their lines and what is unsent. */
export async function mendOwnRows(tx: ScansTx, history: History, known: Known, uuids: readonly RowUuid[]): Promise<Mended | NotYet> {
  if ((await readCursor(tx)) !== history.cursor) return { kind: 'overtaken' }
  const { sessionId } = history
  const wanted = uuids.flatMap((uuid) => history.rows.get(uuid) ?? [])
  const before = new Map((await tx.bulkGet('inventoryCountRecords', uuids)).flatMap((row) => (row === undefined ? [] : [[row.uuid, row] as const])))
  const matches = await readMatches(tx, sessionId, wanted)
  const open = wanted.filter(({ itemKey }) => !matches.has(itemKey))
  const keys = open.filter(({ itemKey }) => !known.identities.has(itemKey)).map(({ itemKey, productIdentifier: raw }) => ({ itemKey, raw }))
  if (keys.length > 0) return { kind: 'unknown', keys, productIds: [] }

  const fresh = await newMatches(tx, sessionId, { itemKeys: new Set(open.map((row) => row.itemKey)), known })
  for (const match of fresh) matches.set(match.itemKey, match)
  // A server row of one of our uuids stays where it knows as much or more: this disk was reverted (sync.md 2.10).
  const own = wanted
    .filter(({ uuid, rev }) => before.get(uuid)?.origin !== 'server' || rev > (before.get(uuid)?.rev ?? 0))
    .map((row) => withMatch(row, matches.get(row.itemKey)))
  const changed = own.map((after) => ({ before: before.get(after.uuid), after })).filter((it) => !isSame(it.before, it.after))
  const lines = await linesAround(tx, history, changed)
  return await write(tx, history, known, { changed, lines, matches: fresh, unsent: await missingInOutbox(tx, own) })
}

/** The stored rows of one origin behind a key: own ones of no event go, the server's are where their value's match says. */
export async function mendStoredRows(
  tx: ScansTx,
  history: History,
  known: Known,
  { origin, after }: { readonly origin: CountRecord['origin']; readonly after: RowUuid },
): Promise<Page<RowUuid>> {
  if ((await readCursor(tx)) !== history.cursor) return { kind: 'overtaken' }
  const { sessionId, batch } = history
  const rows = await tx.range('inventoryCountRecords', '[sessionId+origin+uuid]', {
    lower: [sessionId, origin, after],
    lowerOpen: true,
    upper: [sessionId, origin, LAST],
    limit: batch,
  })
  const matches = origin === 'own' ? new Map<ItemKey, MatchRow>() : await readMatches(tx, sessionId, rows)
  const changed = rows
    .filter((row) => origin === 'server' || !history.rows.has(row.uuid))
    .map((before) => ({ before, after: origin === 'own' ? null : withMatch(before, matches.get(before.itemKey)) }))
    .filter((it) => it.after === null || !isSame(it.before, it.after))
  const done = await write(tx, history, known, { changed, lines: await linesAround(tx, history, changed) })
  return done.kind === 'mended' ? { ...done, next: rows.length < batch ? null : (rows.at(-1)?.uuid ?? null) } : done
}

/**
 * The lines behind those that are counted, each as its rows make it; lines without rows go. When the last is counted, the
 * counters are what was counted. Two windows do it together: none is left when the other one did the last.
 */
export async function mendLines(tx: ScansTx, history: History, known: Known): Promise<Page<LineKey>> {
  const { sessionId, batch } = history
  const { recount } = await readCounters(tx, sessionId)
  if (recount === null) return { ...NOTHING, next: null }
  const behind = { lower: [sessionId, recount.through], lowerOpen: true, limit: batch } as const
  const some = await tx.range('inventoryCountRecords', '[sessionId+lineKey]', { ...behind, upper: [sessionId, LAST] })
  const lastOfRows = some.length < batch ? undefined : some.at(-1)?.lineKey
  const before = await tx.range('items', ':id', { ...behind, upper: [sessionId, lastOfRows ?? LAST] })
  const next = (before.length < batch ? undefined : before.at(-1)?.lineKey) ?? lastOfRows ?? null
  const rows = next === null ? some : some.filter((row) => row.lineKey < next)
  // The page may have ended between two rows of its last line.
  if (next !== null) rows.push(...(await rowsOfLine(tx, sessionId, next)))
  const lines = { rows, before }
  const done = await write(tx, history, known, { changed: [], lines })
  if (done.kind !== 'mended') return done
  const { all } = madeLines(history, lines, { known, isHard: await isHardCount(tx, sessionId) })
  const counts = all.reduce<BucketCounts>((sum, { bucket }) => movedCounts(sum, null, bucket), recount)
  await countOn(tx, { ...recount, ...counts }, next)
  return { ...done, next }
}

async function countOn(tx: ScansTx, counted: Recount, next: LineKey | null): Promise<void> {
  const { kind: _, through: __, ...sums } = counted
  if (next !== null) return tx.put('counters', { ...counted, through: next })
  await tx.put('counters', { ...sums, kind: 'buckets' })
  await tx.bulkDelete('counters', [[counted.sessionId, 'recount']])
}

async function readMatches(tx: ScansTx, sessionId: SessionId, rows: readonly CountRecord[]): Promise<Map<ItemKey, MatchRow>> {
  const itemKeys = [...new Set(rows.map((row) => row.itemKey))]
  const stored = await tx.bulkGet('matches', itemKeys.map((itemKey) => [sessionId, itemKey]))
  return new Map(stored.flatMap((match) => (match === undefined ? [] : [[match.itemKey, match] as const])))
}

/** As the fold makes them, but of the server's rows: lines may be wrong. */
async function newMatches(
  tx: ScansTx,
  sessionId: SessionId,
  { itemKeys, known }: { readonly itemKeys: ReadonlySet<ItemKey>; readonly known: Known },
): Promise<MatchRow[]> {
  const fresh: MatchRow[] = []
  for (const itemKey of itemKeys) {
    const identity = known.identities.get(itemKey)
    const { productId, packSize } = identity?.kind === 'matched' ? identity : { productId: null, packSize: 1 }
    const rows = await rowsOfLine(tx, sessionId, asId<LineKey>(productId ?? itemKey))
    const isAskedFor = rows.some((row) => row.origin === 'server' && row.isRequested === true)
    const isRequested = isAskedFor || (await isHardCount(tx, sessionId))
    fresh.push({ sessionId, itemKey, productId, packSize, matchRev: 0, source: 'catalogue', isRequested })
  }
  return fresh
}

/** What is there may be there for a reason that rows do not tell. */
async function missingInOutbox(tx: ScansTx, own: readonly CountRecord[]): Promise<RowUuid[]> {
  const uuids = own.map((row) => row.uuid)
  const [acks, blocked, there] = await Promise.all([tx.bulkGet('acks', uuids), tx.bulkGet('quarantine', uuids), tx.bulkGet('outbox', uuids)])
  return own.flatMap((row, index) => {
    const isMissing = there[index] === undefined && isUnsent(row, acks[index]) && !isBlocked(row, blocked[index]) && !isKeptBack(row, blocked[index])
    return isMissing ? [row.uuid] : []
  })
}

interface RowToBe {
  readonly before: CountRecord | undefined
  readonly after: CountRecord | null
}

interface LinesToBe {
  /** All rows of the lines in question, as they are to be. */
  readonly rows: readonly CountRecord[]
  /** The lines as they are. */
  readonly before: readonly CountedItem[]
}

/** The lines that rows are on, or were. */
async function linesAround(tx: ScansTx, { sessionId }: History, changed: readonly RowToBe[]): Promise<LinesToBe> {
  if (changed.length === 0) return { rows: [], before: [] }
  const lineKeys = [...new Set(changed.flatMap((it) => [it.before, it.after].flatMap((row) => row?.lineKey ?? [])))]
  const [lines, ...stored] = await Promise.all([
    tx.bulkGet('items', lineKeys.map((lineKey): [SessionId, LineKey] => [sessionId, lineKey])),
    ...lineKeys.map((lineKey) => rowsOfLine(tx, sessionId, lineKey)),
  ])
  const rows = new Map(stored.flat().map((row) => [row.uuid, row]))
  for (const { before, after } of changed) {
    if (before !== undefined) rows.delete(before.uuid)
    if (after !== null) rows.set(after.uuid, after)
  }
  return { rows: [...rows.values()], before: lines.flatMap((line) => line ?? []) }
}

interface ToBe {
  /** Rows that are other than before. */
  readonly changed: readonly RowToBe[]
  readonly lines: LinesToBe
  readonly matches?: readonly MatchRow[]
  /** Missing in the outbox. */
  readonly unsent?: readonly RowUuid[]
}

/** Only what is other than before, with the note that there is more to come; nothing before new lines can be named. */
async function write(tx: ScansTx, history: History, known: Known, { changed, lines, matches = [], unsent = [] }: ToBe): Promise<Mended | NotYet> {
  const { sessionId } = history
  const { moves, nameless } = madeLines(history, lines, { known, isHard: await isHardCount(tx, sessionId) })
  if (nameless.length > 0) return { kind: 'unknown', keys: [], productIds: nameless }
  const hasNone = [changed, matches, unsent, moves].every((it) => it.length === 0)
  if (hasNone) return NOTHING

  const away = changed.flatMap(({ before, after }) => (after === null && before !== undefined ? [before.uuid] : []))
  const puts = changed.flatMap(({ after }) => after ?? [])
  await tx.put('meta', { k: halfRebuiltKey(sessionId) })
  if (matches.length > 0) await tx.bulkPut('matches', matches)
  if (unsent.length > 0) await tx.bulkPut('outbox', unsent.map((uuid) => ({ uuid, sessionId })))
  if (puts.length > 0) await tx.bulkPut('inventoryCountRecords', puts)
  if (away.length > 0) await tx.bulkDelete('inventoryCountRecords', away)
  if (away.length > 0) await tx.bulkDelete('outbox', away)
  if (moves.length === 0) return NOTHING
  const gone = moves.filter(({ after }) => after === null)
  await tx.bulkPut('items', moves.flatMap(({ after }) => after ?? []))
  if (gone.length > 0) await tx.bulkDelete('items', gone.map(({ lineKey }) => [sessionId, lineKey]))
  const counts = await moveCounters(tx, await readCounters(tx, sessionId), moves)
  return { kind: 'mended', lines: moves.map((it) => it.lineKey), counts }
}

interface MadeLines {
  readonly all: readonly CountedItem[]
  readonly moves: readonly LineMove[]
  /** Products of new lines whose names are not known yet. */
  readonly nameless: readonly ProductId[]
}

function madeLines({ places }: History, lines: LinesToBe, { known, isHard }: { readonly known: Known; readonly isHard: boolean }): MadeLines {
  const before = new Map(lines.before.map((line) => [line.lineKey, line]))
  const all = new Map<LineKey, CountedItem>()
  const nameless: ProductId[] = []
  for (const [lineKey, rows] of rowsByLine(lines.rows)) {
    const first = rows.reduce((one, other) => (placeOf(other) < placeOf(one) ? other : one))
    const productId = productOfLine(first)
    if (!before.has(lineKey) && productId !== null && !known.texts.has(productId)) nameless.push(productId)
    const texts = before.get(lineKey) ?? (productId && known.texts.get(productId)) ?? rawTexts(first)
    const line = lineOf(rows, texts, isHard)
    if (line !== null) all.set(lineKey, line)
  }
  const made = [...all].map(([lineKey, after]): LineMove => ({ lineKey, before: before.get(lineKey) ?? null, after }))
  const changed = made.filter((it) => it.after !== null && !isSame(it.before ?? undefined, it.after))
  const gone = lines.before.filter(({ lineKey }) => !all.has(lineKey)).map((line): LineMove => ({ lineKey: line.lineKey, before: line, after: null }))
  return { all: [...all.values()], moves: [...changed, ...gone], nameless }

  function placeOf(row: CountRecord): number {
    return places.get(row.uuid) ?? Infinity
  }
}

function rowsOfLine(tx: ScansTx, sessionId: SessionId, lineKey: LineKey): Promise<CountRecord[]> {
  return tx.range('inventoryCountRecords', '[sessionId+lineKey]', {
    lower: [sessionId, lineKey],
    upper: [sessionId, lineKey],
    limit: LINE_ROWS_MAX,
  })
}

function rowsByLine(rows: readonly CountRecord[]): Map<LineKey, CountRecord[]> {
  const byLine = new Map<LineKey, CountRecord[]>()
  for (const row of rows) {
    const ofLine = byLine.get(row.lineKey)
    if (ofLine === undefined) byLine.set(row.lineKey, [row])
    else ofLine.push(row)
  }
  return byLine
}

/** Of flat rows. */
function isSame<Row extends object>(a: Row | undefined, b: Row): boolean {
  const keys = Object.keys(b) as (keyof Row)[]
  return a !== undefined && Object.keys(a).length === keys.length && keys.every((key) => a[key] === b[key])
}
