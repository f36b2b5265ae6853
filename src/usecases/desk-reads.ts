// What the counting screen reads besides lines: feed, neighbours, the check before a submit. Ranges forward only, all bounded.
import type { CountedItem } from '../domain/counted-item'
import type { DeviceId, EventId, ItemKey, LineKey, SessionId } from '../domain/ids'
import { asId } from '../domain/ids'
import { unitsOf, ZERO } from '../domain/quantity'
import type { Micro } from '../domain/quantity'
import type { StoredScanEvent } from '../domain/scan-event'
import type { FeedEntry, Neighbours, SubmitCheck } from '../ports/counting'
import type { ScansStore, ScansTx } from '../ports/scans-schema'
import { LAST } from '../ports/store'
import { readCursor, readLineKeys } from './overlay'
import type { KnownValues } from './overlay'
import { readSessionSum, savedScans, syncedScans } from './scan-totals'

/** How far the feed looks back among events of other sessions, in multiples of its length. */
const FEED_REACH = [1, 4, 16, 64] as const
const KEY_EVENTS_MAX = 10_000
/** Scans before and after an unmatched one that are looked at. */
const NEIGHBOURS_MAX = 20
const LINES_PAGE = 1000
const LINES_PAGES_MAX = 200
/** Odd lines listed at a submit; more help nobody. */
const ODD_MAX = 500
/** Without a book quantity a line above this is questioned (decision 22). */
const TOO_MANY = unitsOf(100)
const TIMES_EXPECTED = 10
/** Never questioned, whatever the book says. */
const FEW = unitsOf(TIMES_EXPECTED)

/** What this page told of values whose line is not there yet. */
export type ToldOf = (event: StoredScanEvent) => Pick<FeedEntry, 'name' | 'bucket'>

export interface FeedContext {
  readonly sessionId: SessionId
  /** The feed is what this device did: scans taken over are seen in the lines. */
  readonly deviceId: DeviceId
  readonly known: KnownValues
  readonly toldOf: ToldOf
}

export interface FeedRow {
  readonly event: StoredScanEvent
  readonly entry: FeedEntry
  /** Its line says where it lies: until then this is what was known at the scan. */
  readonly isFolded: boolean
}

/** The newest events of the session on this device, newest first. Corrections by nothing are left out. */
export async function readFeed(
  scans: ScansStore,
  context: FeedContext,
  limit: number,
): Promise<{ readonly rows: readonly FeedRow[]; readonly lastGid: number }> {
  // The events alone: waiting for a fold with the events in hand it would hold up every append.
  const { events, lastGid } = await scans.tx(['logs', 'scanEvents'], 'r', (tx) => newestEvents(tx, context, limit))
  // What took a scan back is newer than the scan: it is among these events, no look-up is needed.
  const undone = new Set(events.flatMap((it) => (it.kind === 'negation' ? [it.negates] : [])))
  const rows = await scans.tx(['meta', 'matches', 'items'], 'r', (tx) => feedRows(tx, context, { events, undone }))
  return { rows, lastGid }
}

/** The same rows again, as their lines are now. Collides with no append. */
export function readFeedLines(scans: ScansStore, context: FeedContext, rows: readonly FeedRow[]): Promise<readonly FeedRow[]> {
  const events = rows.map(({ event }) => event)
  const undone = new Set(rows.flatMap(({ entry }) => (entry.isUndone ? [entry.eventId] : [])))
  return scans.tx(['meta', 'matches', 'items'], 'r', (tx) => feedRows(tx, context, { events, undone }))
}

interface FeedEvents {
  readonly events: readonly StoredScanEvent[]
  readonly undone: ReadonlySet<EventId>
}

async function feedRows(tx: ScansTx, { sessionId, known, toldOf }: FeedContext, { events, undone }: FeedEvents): Promise<FeedRow[]> {
  const [cursor, lineKeyOf] = await Promise.all([
    readCursor(tx),
    readLineKeys(tx, sessionId, { itemKeys: events.map((it) => it.itemKey), known }),
  ])
  const lineKeys = [...new Set(events.map((it) => lineKeyOf(it.itemKey)))]
  const found = await tx.bulkGet('items', lineKeys.map((lineKey) => [sessionId, lineKey]))
  const lines = new Map(lineKeys.map((lineKey, index) => [lineKey, found[index]]))
  return events.map((event) => {
    const lineKey = lineKeyOf(event.itemKey)
    return { event, entry: feedEntry(event, { line: lines.get(lineKey), lineKey, undone, toldOf }), isFolded: event.gid <= cursor }
  })
}

/** From the session's last event backwards: the cost does not know how many logs or events lie behind. */
async function newestEvents(tx: ScansTx, { sessionId, deviceId }: Pick<FeedContext, 'sessionId' | 'deviceId'>, limit: number) {
  const { lastGid } = await readSessionSum(tx, sessionId)
  let newest: StoredScanEvent[] = []
  for (const reach of FEED_REACH) {
    const span = limit * reach
    const found = await tx.range('scanEvents', '[sessionId+gid]', {
      lower: [sessionId, lastGid - span + 1],
      upper: [sessionId, lastGid],
      limit: span,
    })
    newest = found.filter((it) => it.deviceId === deviceId)
    if (newest.length >= limit || span >= lastGid) break
  }
  const events = newest.slice(-limit).toReversed().filter((it) => it.kind !== 'correction' || it.quantity !== ZERO)
  return { events, lastGid }
}

interface EntryContext {
  readonly line: CountedItem | undefined
  readonly lineKey: LineKey
  readonly undone: ReadonlySet<EventId>
  readonly toldOf: ToldOf
}

export function feedEntry(event: StoredScanEvent, { line, lineKey, undone, toldOf }: EntryContext): FeedEntry {
  const isMatched = String(lineKey) !== String(event.itemKey)
  return {
    eventId: event.eventId,
    kind: event.kind,
    source: event.source,
    raw: event.raw,
    lineKey,
    productId: isMatched ? asId(lineKey) : null,
    name: line?.name ?? toldOf(event).name,
    quantity: event.quantity,
    packSize: event.packSize,
    at: event.at,
    isUndone: undone.has(event.eventId),
    bucket: line?.bucket ?? toldOf(event).bucket,
  }
}

/** Standing scans of some values on this device, in order: what "take the line back" takes back. */
export async function readStandingScans(
  tx: ScansTx,
  sessionId: SessionId,
  itemKeys: readonly ItemKey[],
): Promise<StoredScanEvent[]> {
  const standing: StoredScanEvent[] = []
  for (const itemKey of itemKeys) {
    const events = await eventsOfKey(tx, sessionId, itemKey)
    const negated = new Set(events.flatMap((it) => (it.kind === 'negation' ? [it.negates] : [])))
    standing.push(...events.filter((it) => it.kind === 'scan' && !negated.has(it.eventId)))
  }
  return standing.toSorted((a, b) => a.gid - b.gid)
}

async function eventsOfKey(tx: ScansTx, sessionId: SessionId, itemKey: ItemKey): Promise<StoredScanEvent[]> {
  return await tx.range('scanEvents', '[sessionId+itemKey+gid]', {
    lower: [sessionId, itemKey, 0],
    upper: [sessionId, itemKey, Infinity],
    limit: KEY_EVENTS_MAX,
  })
}

/** The identified scans before and after the last scan of a value, in its log: a hint to the place on the shelf. */
export function readNeighbours(
  scans: ScansStore,
  context: FeedContext,
  itemKey: ItemKey,
): Promise<Neighbours> {
  const { sessionId, known } = context
  return scans.tx(['scanEvents', 'matches', 'items'], 'r', async (tx) => {
    const last = (await eventsOfKey(tx, sessionId, itemKey)).findLast((it) => it.kind === 'scan')
    if (last === undefined) return { before: null, after: null }
    const { logId, seq } = last
    const events = await tx.range('scanEvents', '[logId+seq]', {
      lower: [logId, seq - NEIGHBOURS_MAX],
      upper: [logId, seq + NEIGHBOURS_MAX],
      limit: 2 * NEIGHBOURS_MAX + 1,
    })
    const scanned = events.filter((it) => it.kind === 'scan')
    const lineKeyOf = await readLineKeys(tx, sessionId, { itemKeys: scanned.map((it) => it.itemKey), known })
    const isGood = (it: StoredScanEvent): boolean => String(lineKeyOf(it.itemKey)) !== String(it.itemKey)
    const before = scanned.findLast((it) => it.seq < seq && isGood(it))
    const after = scanned.find((it) => it.seq > seq && isGood(it))
    const nameOf = async (it: StoredScanEvent): Promise<string> =>
      (await tx.get('items', [sessionId, lineKeyOf(it.itemKey)]))?.name ?? context.toldOf(it).name
    return {
      before: before === undefined ? null : { name: await nameOf(before), scansAgo: seq - before.seq },
      after: after === undefined ? null : { name: await nameOf(after), scansLater: after.seq - seq },
    }
  })
}

/** What the book says of lines; those of which it says nothing, or nothing to this user, are missing. */
export type BooksOf = (lines: readonly CountedItem[]) => Promise<ReadonlyMap<LineKey, Micro>>

/** Everything that is odd, at once. Reads all counted lines, in pages: for the submit only. */
export async function readSubmitCheck(scans: ScansStore, sessionId: SessionId, booksOf: BooksOf): Promise<SubmitCheck> {
  const totals = await scans.tx(['counters', 'logs', 'quarantine'], 'r', async (tx) => {
    const counter = await tx.get('counters', [sessionId, 'buckets'])
    const quarantinedRows = await tx.count('quarantine', 'sessionId', { lower: sessionId, upper: sessionId })
    const unsent = (await savedScans(tx, sessionId)) - (await syncedScans(tx, sessionId))
    return { counter, quarantinedRows, unsentScans: Math.max(0, unsent) }
  })
  const { counter, quarantinedRows, unsentScans } = totals
  return {
    uncounted: counter?.kind === 'buckets' ? counter.uncounted : 0,
    unmatched: counter?.kind === 'buckets' ? counter.unmatched : 0,
    unsentScans,
    quarantinedRows,
    oddQuantities: await readOddLines(scans, sessionId, booksOf),
  }
}

type OddLine = SubmitCheck['oddQuantities'][number]

async function readOddLines(scans: ScansStore, sessionId: SessionId, booksOf: BooksOf): Promise<OddLine[]> {
  const odd: OddLine[] = []
  let after = ''
  for (let page = 0; page < LINES_PAGES_MAX && odd.length < ODD_MAX; page++) {
    const lines = await scans.tx(['items'], 'r', (tx) =>
      tx.range('items', ':id', {
        lower: [sessionId, after],
        lowerOpen: true,
        upper: [sessionId, LAST],
        limit: LINES_PAGE,
      }),
    )
    const books = await booksOf(lines.filter((it) => it.quantity > FEW))
    odd.push(...lines.flatMap((line) => oddLine(line, books.get(line.lineKey) ?? ZERO)))
    const last = lines.at(-1)
    if (last === undefined || lines.length < LINES_PAGE) break
    after = last.lineKey
  }
  return odd.slice(0, ODD_MAX)
}

function oddLine({ lineKey, name, quantity }: CountedItem, expected: Micro): OddLine[] {
  if (quantity < 0) return [{ lineKey, name, total: quantity, why: 'negative' }]
  const limit = expected > 0 ? Math.max(expected * TIMES_EXPECTED, FEW) : TOO_MANY
  return quantity > limit ? [{ lineKey, name, total: quantity, why: 'too-many' }] : []
}
