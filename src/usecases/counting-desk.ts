// The counting desk of one open session, on the device's stores: what the counting screen talks to.
import type { BucketCounts, CountedItem, ShownBucket, Tally } from '../domain/counted-item'
import type { EventId, ItemKey, LineKey, ProductId } from '../domain/ids'
import { asId } from '../domain/ids'
import { negateQuantity, sumQuantity, unitsOf, ZERO } from '../domain/quantity'
import type { Micro } from '../domain/quantity'
import type { Negation, ScanEventDraft } from '../domain/scan-event'
import type { CountingDesk, LineSort, LineView, ScanInput, ScanOutcome, UndoOutcome } from '../ports/counting'
import type { Bus } from '../ports/platform'
import { LAST } from '../ports/store'
import { readFeed, readNeighbours, readStandingScans, readSubmitCheck } from './desk-reads'
import type { FeedContext } from './desk-reads'
import { readOverlay } from './overlay'
import { outcomeOfScan, prepareScan, refusalOfSession, writeScan } from './record-scan'
import type { DeskMemory, Prepared, RecordDeps } from './record-scan'
import { savedScans, syncedScans } from './scan-totals'

/** Rows of one line that are looked at to take it back: one per log and value. */
const LINE_ROWS_MAX = 20_000

const SORT_INDEX = {
  assigned: '[sessionId+bucket+position]',
  name: '[sessionId+bucket+sortName]',
  'last-scanned': '[sessionId+bucket+negLastScanAt]',
} as const satisfies Record<LineSort, string>

export interface DeskDeps extends RecordDeps {
  readonly bus: Bus
}

export interface OpenDesk extends CountingDesk {
  /** Stop listening. What waits in the writer is still written. */
  readonly close: () => void
}

type Changed = 'tally' | 'feed' | 'health'

/**
 * Open the desk of one session. The writer is the page's, one for all desks. Resolving a scan means that it is
 * durable; everything else is told from what the device has. Rules: docs/SPEC.md SE17-SE28
 */
export function createCountingDesk(deps: DeskDeps): OpenDesk {
  const { sessionId, writer, bus } = deps
  const memory: DeskMemory = { session: null, serverClock: null, products: new Map() }
  const listeners = new Set<(what: Changed) => void>()
  const names = new Map<ItemKey, string>()
  /** Scans are prepared side by side and written in the order of the calls. */
  let lastInLine: Promise<unknown> = Promise.resolve()

  function tell(...what: Changed[]): void {
    for (const listener of listeners) for (const it of what) listener(it)
  }

  function appended(): void {
    bus.post({ kind: 'appended', sessionId })
    tell('tally', 'feed')
  }

  const stopHealth = writer.onHealth(() => tell('health', 'tally', 'feed'))
  const stopBus = bus.listen((message) => {
    if (message.kind === 'status' || message.kind === 'catalogue') return tell('tally')
    if (message.kind === 'lock' || message.sessionId !== sessionId) return
    tell('tally', 'feed')
  })

  async function scan(input: ScanInput): Promise<ScanOutcome> {
    const preparing = prepareScan(deps, memory, input)
    const before = lastInLine
    const handedOver = before.then(async () => {
      const prepared = await preparing
      tell('tally')
      return { written: writeScan(deps, memory, prepared), prepared }
    })
    lastInLine = settled(handedOver)
    const { written, prepared } = await handedOver
    const outcome = await written
    rememberName(prepared, outcome)
    if (outcome.kind !== 'refused') appended()
    return outcome
  }

  function rememberName(prepared: Prepared, outcome: ScanOutcome): void {
    if (prepared.kind === 'ready' && outcome.kind !== 'refused') names.set(prepared.draft.itemKey, outcome.name)
  }

  async function readSession() {
    const row = (await writer.store().tx(['sessions'], 'r', (tx) => tx.get('sessions', sessionId))) ?? null
    memory.session = row
    return row
  }

  function feedContext(): FeedContext {
    return { sessionId, known: memory.products, nameOf: (event) => names.get(event.itemKey) ?? event.raw }
  }

  function negationOf(eventId: EventId): Negation {
    const at = deps.clock.now()
    const { serverClock } = memory
    return {
      kind: 'negation',
      negates: eventId,
      eventId: asId<EventId>(deps.ids.next()),
      sessionId,
      deviceId: deps.caller.deviceId,
      userName: asId(deps.caller.userName),
      // What is taken back is filled in from the scan itself, inside the append.
      ...{ source: 'keyboard', raw: '', symbology: null, itemKey: asId<ItemKey>(''), quantity: ZERO, packSize: 1 },
      at,
      serverOffsetMs: serverClock?.offsetMs ?? null,
      serverOffsetAgeMs: serverClock === null ? null : at - serverClock.measuredAt,
      fence: memory.session?.lock.lease?.fence ?? null,
    }
  }

  async function undo(eventId: EventId): Promise<UndoOutcome> {
    if (refusalOfSession(await readSession()) !== null) return 'refused'
    const written = await writer.write(negationOf(eventId))
    if (written.kind === 'already-negated') return 'already-undone'
    if (written.kind !== 'saved') return 'refused'
    appended()
    return 'undone'
  }

  async function undoLine(lineKey: LineKey): Promise<number> {
    if (refusalOfSession(await readSession()) !== null) return 0
    const standing = await readStandingScans(writer.store(), sessionId, await itemKeysOf(lineKey))
    const written = await Promise.all(standing.map((it) => writer.write(negationOf(it.eventId))))
    const undone = written.filter((it) => it.kind === 'saved').length
    if (undone > 0) appended()
    return undone
  }

  async function itemKeysOf(lineKey: LineKey): Promise<ItemKey[]> {
    return await writer.store().tx(['inventoryCountRecords', 'meta', 'scanEvents', 'matches'], 'r', async (tx) => {
      const bounds = { lower: [sessionId, lineKey], upper: [sessionId, lineKey], limit: LINE_ROWS_MAX }
      const rows = await tx.range('inventoryCountRecords', '[sessionId+lineKey]', bounds)
      const { events } = await readOverlay(tx, sessionId, memory.products)
      const unfolded = events.filter((it) => (memory.products.get(it.itemKey) ?? it.itemKey) === String(lineKey))
      return [...new Set([...rows, ...unfolded].map((it) => it.itemKey))]
    })
  }

  async function readLine(lineKey: LineKey) {
    const tables = ['items', 'meta', 'scanEvents', 'matches'] as const
    return await writer.store().tx(tables, 'r', async (tx) => {
      const item = await tx.get('items', [sessionId, lineKey])
      return { item, unfolded: (await readOverlay(tx, sessionId, memory.products)).of(lineKey) }
    })
  }

  async function line(lineKey: LineKey): Promise<LineView | null> {
    const { item, unfolded } = await readLine(lineKey)
    if (item === undefined) return null
    const productId = item.productId
    const product =
      productId === null || deps.catalogue === null
        ? undefined
        : await deps.catalogue.tx(['products'], 'r', (tx) => tx.get('products', productId))
    return {
      item,
      total: sumQuantity(item.quantity, unfolded.quantity),
      identifiers: product?.identifiers ?? [],
    }
  }

  /** An amount set by hand. On an uncounted line it counts as a scan: somebody looked. */
  async function setQuantity(lineKey: LineKey, total: Micro): Promise<ScanOutcome> {
    const { item, unfolded } = await readLine(lineKey)
    const refused = (reason: 'quantity' | 'storage'): ScanOutcome => ({ kind: 'refused', reason, raw: lineKey })
    if (item === undefined || !Number.isInteger(total) || Math.abs(total) > unitsOf(1_000_000_000)) return refused('quantity')
    const shown = sumQuantity(item.quantity, unfolded.quantity)
    const isCounted = item.standing + unfolded.standing !== 0 || item.legacyRows > 0
    const prepared = await prepareScan(deps, memory, handInput(item))
    if (prepared.kind === 'refused') return prepared
    const draft: ScanEventDraft = {
      ...prepared.draft,
      kind: isCounted ? 'correction' : 'scan',
      ...(item.productId === null ? { itemKey: asId<ItemKey>(lineKey) } : {}),
      packSize: 1,
      quantity: sumQuantity(total, negateQuantity(shown)),
    }
    const written = await writer.write(draft)
    if (written.kind !== 'saved') return refused('storage')
    const outcome = await outcomeOfScan(deps, memory, { ...prepared, draft })
    appended()
    return outcome
  }

  return {
    sessionId,
    scan,
    undo,
    undoLine,
    setQuantity,
    line,
    feed: (limit) => readFeed(writer.store(), feedContext(), limit),
    lines: (lineKeys) =>
      writer.store().tx(['items'], 'r', (tx) => tx.bulkGet('items', lineKeys.map((it) => [sessionId, it]))),
    lineKeys: (bucket, sort, limit) => readLineKeysOf(deps, { bucket, sort, limit }),
    counts: () => readCounts(deps),
    tally: () => readTally(deps),
    neighbours: (itemKey) => readNeighbours(writer.store(), feedContext(), itemKey),
    submitCheck: () => readSubmitCheck(writer.store(), sessionId),
    health: writer.health,
    onChange: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close: () => {
      stopHealth()
      stopBus()
      listeners.clear()
    },
  }
}

function handInput({ productId, identifier }: CountedItem): ScanInput {
  const product: { productId?: ProductId } = productId === null ? {} : { productId }
  return { raw: identifier, symbology: null, source: 'hand', times: ZERO, receivedAt: null, ...product }
}

async function readLineKeysOf(
  { writer, sessionId }: DeskDeps,
  { bucket, sort, limit }: { readonly bucket: ShownBucket; readonly sort: LineSort; readonly limit: number },
): Promise<LineKey[]> {
  const keys = await writer.store().tx(['items'], 'r', (tx) =>
    tx.rangeKeys('items', SORT_INDEX[sort], { lower: [sessionId, bucket], upper: [sessionId, bucket, LAST], limit }),
  )
  return keys.map(([, lineKey]) => lineKey)
}

async function readCounts({ writer, sessionId }: DeskDeps): Promise<BucketCounts> {
  const row = await writer.store().tx(['counters'], 'r', (tx) => tx.get('counters', [sessionId, 'buckets']))
  if (row?.kind !== 'buckets') return { counted: 0, uncounted: 0, undirected: 0, unmatched: 0 }
  return { counted: row.counted, uncounted: row.uncounted, undirected: row.undirected, unmatched: row.unmatched }
}

/** scanned = saved and what waits for a commit; synced is never more than saved. */
async function readTally({ writer, sessionId }: DeskDeps): Promise<Tally> {
  const { saved, synced } = await writer.store().tx(['logs', 'counters'], 'r', async (tx) => ({
    saved: await savedScans(tx, sessionId),
    synced: await syncedScans(tx, sessionId),
  }))
  return { scanned: saved + writer.waitingStanding(sessionId), saved, synced: Math.min(saved, synced) }
}

/** A promise that only says "over": a failure is told to the caller of the scan, not to the next in line. */
function settled(work: Promise<unknown>): Promise<void> {
  return work.then(
    () => undefined,
    () => undefined,
  )
}
