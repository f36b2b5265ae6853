// Fold a session from scratch: to the same bytes as the incremental fold, at any time (I9, S3.50).
import type { CountRecord } from '../domain/count-record'
import type { BucketCounts, CountedItem } from '../domain/counted-item'
import { foldScanEvents } from '../domain/fold'
import { asId } from '../domain/ids'
import type { ItemKey, LineKey, ProductId, RowUuid, SessionId } from '../domain/ids'
import { countsOf, lineOf, NO_COUNTS } from '../domain/lines'
import type { MatchRow, ScansTx } from '../ports/scans-schema'
import { LAST } from '../ports/store'
import { isBlocked, isUnsent } from './acknowledge'
import { isKeptBack } from './quarantine'
import { isHardCount, withMatch } from './apply-identity'
import { LINE_TABLES } from './apply-lines'
import type { EngineDeps } from './engine-deps'
import { rawTexts } from './fold'
import { lookUp } from '../usecases/identities'
import type { Found } from '../usecases/identities'
import { readCursor } from '../usecases/overlay'
import { nameLines } from './matching'
import { readRows } from './rows'

const PAGE = 1000
/** Events of one session: two millions. */
const PAGES_MAX = 2000
const LOST_RACES_MAX = 20
/** Products named in one transaction. */
const NAMES_CHUNK = 500

/**
 * Replace own rows, lines and counters of a session by what its events up to the cursor say. Matches, acknowledgements
 * and server rows stay; nothing that is unsent becomes sent, nor the other way round. One transaction: a crash
 * changes nothing. Posts `lines` with `all`. Rules: docs/SPEC.md CR13-CR15
 *
 * @returns how many lines were other than before: 0 unless something was broken
 * @throws when the fold kept moving on meanwhile; nothing was changed
 */
export async function rebuildSession(deps: EngineDeps, sessionId: SessionId): Promise<{ changedLines: number }> {
  for (let attempt = 0; attempt < LOST_RACES_MAX; attempt++) {
    const read = await readHistory(deps, sessionId)
    const found = await lookUp(deps.catalogue, read.unknownKeys)
    const result = await deps.scans.tx(
      [...LINE_TABLES, 'matches', 'outbox', 'acks', 'quarantine', 'meta', 'sessions'],
      'rw',
      (tx) => replaceAll(tx, sessionId, { ...read, found }),
    )
    if (result === 'overtaken') continue
    await nameNewLines(deps, sessionId, result.nameless)
    deps.bus.post({ kind: 'lines', sessionId, changed: 'all', counts: result.counts })
    return { changedLines: result.changedLines }
  }
  throw new Error(`Session ${sessionId} could not be rebuilt: the fold was always ahead`)
}

interface History {
  readonly cursor: number
  /** Own rows as the events make them, without identification. */
  readonly rows: ReadonlyMap<RowUuid, CountRecord>
  /** Keys without a match. */
  readonly unknownKeys: readonly { readonly itemKey: ItemKey; readonly raw: string }[]
}

/** Page by page in transactions of their own: scans go on meanwhile. */
async function readHistory({ scans }: EngineDeps, sessionId: SessionId): Promise<History> {
  const rows = new Map<RowUuid, CountRecord>()
  const cursor = await scans.tx(['meta'], 'r', readCursor)
  let after = 0
  for (let page = 0; page < PAGES_MAX; page++) {
    const events = await scans.tx(['scanEvents'], 'r', (tx) =>
      tx.range('scanEvents', '[sessionId+gid]', {
        lower: [sessionId, after],
        lowerOpen: true,
        upper: [sessionId, cursor],
        limit: PAGE,
      }),
    )
    for (const [uuid, row] of foldScanEvents(rows, events, () => UNIDENTIFIED)) rows.set(uuid, row)
    const last = events.at(-1)
    if (last === undefined || events.length < PAGE) break
    after = last.gid
  }
  const keys = new Map([...rows.values()].map((row) => [row.itemKey, row.productIdentifier]))
  const matches = await scans.tx(['matches'], 'r', (tx) =>
    tx.bulkGet('matches', [...keys.keys()].map((itemKey) => [sessionId, itemKey])),
  )
  const known = new Set(matches.flatMap((match) => (match === undefined ? [] : [match.itemKey])))
  const unknownKeys = [...keys].flatMap(([itemKey, raw]) => (known.has(itemKey) ? [] : [{ itemKey, raw }]))
  return { cursor, rows, unknownKeys }
}

const UNIDENTIFIED = { productId: null, isRequested: false, systemQuantityOnHand: null, matchRev: 0 } as const

interface Replaced {
  readonly changedLines: number
  readonly counts: BucketCounts
  /** Products whose line is new: the catalogue may know their names. */
  readonly nameless: readonly ProductId[]
}

async function replaceAll(
  tx: ScansTx,
  sessionId: SessionId,
  history: History & { readonly found: Found },
): Promise<Replaced | 'overtaken'> {
  if ((await readCursor(tx)) !== history.cursor) return 'overtaken'
  const isHard = await isHardCount(tx, sessionId)
  const server = await readRows(tx, sessionId, 'server')
  const matches = await readMatches(tx, sessionId, { ...history, server, isHard })
  const own = ownRows(history.rows, server, matches)
  const kept = new Set(own.map((row) => row.uuid))
  const placed = server.filter((row) => !kept.has(row.uuid)).map((row) => withMatch(row, matches.get(row.itemKey)))
  await replaceOwnRows(tx, sessionId, own)
  await putChanged(tx, server, placed)
  await refillOutbox(tx, own)
  return await replaceLines(tx, sessionId, { rows: [...own, ...placed], isHard })
}

async function readMatches(
  tx: ScansTx,
  sessionId: SessionId,
  input: History & { readonly found: Found; readonly server: readonly CountRecord[]; readonly isHard: boolean },
): Promise<Map<ItemKey, MatchRow>> {
  const itemKeys = [...new Set([...input.rows.values(), ...input.server].map((row) => row.itemKey))]
  const stored = await tx.bulkGet('matches', itemKeys.map((itemKey) => [sessionId, itemKey]))
  const matches = new Map(stored.flatMap((row) => (row === undefined ? [] : [[row.itemKey, row] as const])))
  const askedFor = new Set(input.server.flatMap((row) => (row.isRequested === true ? [row.lineKey] : [])))
  const fresh = input.unknownKeys
    .filter(({ itemKey }) => !matches.has(itemKey))
    .map(({ itemKey }): MatchRow => {
      const identity = input.found.identities.get(itemKey)
      const productId = identity?.kind === 'matched' ? identity.productId : null
      const packSize = identity?.kind === 'matched' ? identity.packSize : 1
      const isRequested = input.isHard || askedFor.has(asId<LineKey>(productId ?? itemKey))
      return { sessionId, itemKey, productId, packSize, matchRev: 0, source: 'catalogue', isRequested }
    })
  if (fresh.length > 0) await tx.bulkPut('matches', fresh)
  for (const match of fresh) matches.set(match.itemKey, match)
  return matches
}

/** A server row of one of our uuids stays where it knows more: this disk was reverted (sync.md 2.10). */
function ownRows(
  rows: ReadonlyMap<RowUuid, CountRecord>,
  server: readonly CountRecord[],
  matches: ReadonlyMap<ItemKey, MatchRow>,
): CountRecord[] {
  const serverRev = new Map(server.map((row) => [row.uuid, row.rev]))
  return [...rows.values()]
    .filter((row) => row.rev > (serverRev.get(row.uuid) ?? 0))
    .map((row) => withMatch(row, matches.get(row.itemKey)))
}

async function replaceOwnRows(tx: ScansTx, sessionId: SessionId, own: readonly CountRecord[]): Promise<void> {
  const wanted = new Set(own.map((row) => row.uuid))
  const before = await readRows(tx, sessionId, 'own')
  const stray = before.filter((row) => !wanted.has(row.uuid)).map((row) => row.uuid)
  if (stray.length > 0) {
    await tx.bulkDelete('inventoryCountRecords', stray)
    await tx.bulkDelete('outbox', stray)
  }
  // A row that was the server's is replaced by the own one of the same uuid.
  await putChanged(tx, before, own)
}

/** Only what is other than before: one wrong row of a large session does not write all others anew. */
async function putChanged(tx: ScansTx, before: readonly CountRecord[], rows: readonly CountRecord[]): Promise<void> {
  const known = new Map(before.map((row) => [row.uuid, row]))
  const changed = rows.filter((row) => !isSame(known.get(row.uuid), row))
  if (changed.length > 0) await tx.bulkPut('inventoryCountRecords', changed)
}

/** Adds what is unsent and missing; what is there may be there for a reason that rows do not tell. */
async function refillOutbox(tx: ScansTx, own: readonly CountRecord[]): Promise<void> {
  const uuids = own.map((row) => row.uuid)
  const acks = await tx.bulkGet('acks', uuids)
  const blocked = await tx.bulkGet('quarantine', uuids)
  const unsent = own.filter(
    (row, index) => isUnsent(row, acks[index]) && !isBlocked(row, blocked[index]) && !isKeptBack(row, blocked[index]),
  )
  const there = await tx.bulkGet('outbox', unsent.map((row) => row.uuid))
  const missing = unsent.filter((_row, index) => there[index] === undefined)
  if (missing.length > 0) await tx.bulkPut('outbox', missing.map(({ uuid, sessionId }) => ({ uuid, sessionId })))
}

async function replaceLines(
  tx: ScansTx,
  sessionId: SessionId,
  { rows, isHard }: { readonly rows: readonly CountRecord[]; readonly isHard: boolean },
): Promise<Replaced> {
  const before = new Map((await readLines(tx, sessionId)).map((line) => [line.lineKey, line]))
  const after: CountedItem[] = []
  const nameless: ProductId[] = []
  for (const [lineKey, ofLine] of rowsByLine(rows)) {
    const known = before.get(lineKey)
    const [first] = ofLine
    const line = first === undefined ? null : lineOf(ofLine, known ?? rawTexts(first), isHard)
    if (line === null) continue
    after.push(line)
    if (known === undefined && line.productId !== null) nameless.push(line.productId)
  }
  const kept = new Set(after.map((line) => line.lineKey))
  const changed = after.filter((line) => !isSame(before.get(line.lineKey), line))
  const gone = [...before.keys()].filter((lineKey) => !kept.has(lineKey))
  if (changed.length > 0) await tx.bulkPut('items', changed)
  if (gone.length > 0) await tx.bulkDelete('items', gone.map((lineKey) => [sessionId, lineKey]))
  const counts = after.length === 0 ? NO_COUNTS : countsOf(after)
  await tx.put('counters', { sessionId, kind: 'buckets', ...counts })
  return { changedLines: changed.length + gone.length, counts, nameless }
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

async function readLines(tx: ScansTx, sessionId: SessionId): Promise<CountedItem[]> {
  const lines: CountedItem[] = []
  let after = asId<LineKey>('')
  for (let page = 0; page < PAGES_MAX; page++) {
    const found = await tx.range('items', ':id', {
      lower: [sessionId, after],
      lowerOpen: true,
      upper: [sessionId, LAST],
      limit: PAGE,
    })
    lines.push(...found)
    const last = found.at(-1)
    if (last === undefined || found.length < PAGE) return lines
    after = last.lineKey
  }
  throw new RangeError(`Session ${sessionId} has more than ${PAGE * PAGES_MAX} lines`)
}

/** Of flat rows. */
function isSame<Row extends object>(a: Row | undefined, b: Row): boolean {
  const keys = Object.keys(b) as (keyof Row)[]
  return a !== undefined && Object.keys(a).length === keys.length && keys.every((key) => a[key] === b[key])
}

async function nameNewLines(deps: EngineDeps, sessionId: SessionId, productIds: readonly ProductId[]): Promise<void> {
  if (deps.catalogue === null) return
  for (let start = 0; start < productIds.length; start += NAMES_CHUNK) {
    const chunk = productIds.slice(start, start + NAMES_CHUNK)
    const products = await deps.catalogue.tx(['products'], 'r', (tx) => tx.bulkGet('products', chunk))
    await nameLines(deps, sessionId, products.flatMap((it) => (it === undefined ? [] : [it])))
  }
}
