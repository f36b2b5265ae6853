// The counting desk of one open session, on the device's stores: what the counting screen talks to.
import type { BucketCounts, ShownBucket } from '../domain/counted-item'
import type { EventId, LineKey, ProductId } from '../domain/ids'
import { sumQuantity } from '../domain/quantity'
import type { Micro } from '../domain/quantity'
import type { DropReason } from '../domain/scan-event'
import type { CountingDesk, LineSort, LineView, ScanInput, ScanOutcome, UndoOutcome } from '../ports/counting'
import type { Bus } from '../ports/platform'
import { LAST } from '../ports/store'
import { readBookOf, readBooksOf } from './book-quantities'
import { createDeskMemory, forgetCatalogue, forgetRights, rememberIdentifiers, renewRights } from './desk-memory'
import type { RecordDeps } from './desk-memory'
import { readNeighbours, readSubmitCheck } from './desk-reads'
import { createDeskTally } from './desk-tally'
import { createFeedMemory } from './feed-memory'
import { setTotal } from './hand-amounts'
import { readLineNow } from './line-totals'
import { prepareScan, writeScan } from './record-scan'
import { takeLineBack, takeScanBack } from './take-back'

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

/** A commit that takes longer is seen to take its time; one tally for each scan is enough otherwise. */
const SLOW_COMMIT_MS = 60

type Changed = 'tally' | 'feed' | 'health'

/**
 * Open the desk of one session. The writer is the page's, one for all desks. Resolving a scan means that it is
 * durable; everything else is told from what the device has. Rules: docs/SPEC.md SE17-SE43
 */
export function createCountingDesk(deps: DeskDeps): OpenDesk {
  const { sessionId, writer, bus } = deps
  const memory = createDeskMemory()
  const listeners = new Set<(what: Changed) => void>()
  const feed = createFeedMemory(deps, memory)
  const tally = createDeskTally(deps, memory)
  /** Scans are prepared side by side and written in the order of the calls. */
  let lastInLine: Promise<unknown> = Promise.resolve()

  function tell(...what: Changed[]): void {
    for (const listener of listeners) for (const it of what) listener(it)
  }

  function appended(): void {
    bus.post({ kind: 'appended', sessionId })
    tell('tally', 'feed')
  }

  const stopAppended = writer.onAppended((grown, growth) => {
    if (grown === sessionId) memory.tail.grow(growth)
  })
  const stopHealth = writer.onHealth(() => tell('health', 'tally', 'feed'))
  const stopBus = bus.listen((message) => {
    if (message.kind === 'catalogue') forgetCatalogue(memory)
    if (message.kind === 'status') tally.acknowledged()
    if (message.kind === 'status' || message.kind === 'catalogue') return tell('tally')
    if (message.kind === 'board' || message.sessionId !== sessionId) return
    if (message.kind === 'lock' && message.state === 'held') return renewRights(memory)
    if (message.kind === 'lock' || message.kind === 'session') return forgetRights(memory)
    memory.matches.forget()
    if (message.kind === 'lines') feed.changed(message.changed)
    // Another window, or the engine that learnt a pack size: a sender does not hear itself.
    else memory.tail.forget()
    tell('tally', 'feed')
  })

  /** What is computed from the totals runs alone: scans before it are handed over, those after it wait. */
  function inLine<T>(work: () => Promise<T>): Promise<T> {
    const mine = lastInLine.then(work)
    lastInLine = settled(mine)
    return mine
  }

  async function scan(input: ScanInput): Promise<ScanOutcome> {
    const preparing = prepareScan(deps, memory, input)
    const before = lastInLine
    const handedOver = before.then(async () => {
      const prepared = await preparing
      return { written: writeScan(deps, memory, prepared), prepared }
    })
    lastInLine = settled(handedOver)
    const { written, prepared } = await handedOver
    const isOver = tellWhenSlow()
    const outcome = await written.finally(isOver)
    if (outcome.kind === 'refused') return outcome
    if (prepared.kind === 'ready') feed.told(prepared.draft.itemKey, outcome)
    appended()
    return outcome
  }

  /** Scanned, and not saved yet: shown when the disk takes its time. @returns to be called after the commit */
  function tellWhenSlow(): () => void {
    let isOver = false
    void deps.timers.sleep(SLOW_COMMIT_MS).then(() => {
      if (!isOver) tell('tally')
    })
    return () => void (isOver = true)
  }

  async function undo(eventId: EventId): Promise<UndoOutcome> {
    const outcome = await inLine(() => takeScanBack(deps, memory, eventId))
    if (outcome === 'undone') appended()
    return outcome
  }

  async function undoLine(lineKey: LineKey, reason?: DropReason): Promise<number> {
    const undone = await inLine(() => takeLineBack(deps, memory, { lineKey, ...(reason === undefined ? {} : { reason }) }))
    if (undone > 0) appended()
    return undone
  }

  async function setQuantity(lineKey: LineKey, total: Micro): Promise<ScanOutcome> {
    const outcome = await inLine(() => setTotal(deps, memory, { lineKey, total }))
    if (outcome.kind !== 'refused') appended()
    return outcome
  }

  async function line(lineKey: LineKey): Promise<LineView | null> {
    const { item, unfolded } = await readLineNow(deps, memory, lineKey)
    if (item === undefined) return null
    const [identifiers, book] = await Promise.all([
      item.productId === null ? [] : identifiersOf(item.productId),
      readBookOf(deps, memory, item),
    ])
    return { item, total: sumQuantity(item.quantity, unfolded.quantity), identifiers, book }
  }

  async function identifiersOf(productId: ProductId): Promise<LineView['identifiers']> {
    const known = memory.identifiers.get(productId)
    if (known !== undefined || deps.catalogue === null) return known ?? []
    const product = await deps.catalogue.tx(['products'], 'r', (tx) => tx.get('products', productId))
    if (product !== undefined) rememberIdentifiers(memory, productId, product.identifiers)
    return product?.identifiers ?? []
  }

  return {
    sessionId,
    scan,
    undo,
    undoLine,
    setQuantity,
    line,
    bookOf: (productId) => readBookOf(deps, memory, { productId, systemQuantityOnHand: null }),
    feed: feed.read,
    lines: (lineKeys) =>
      writer.store().tx(['items'], 'r', (tx) => tx.bulkGet('items', lineKeys.map((it) => [sessionId, it]))),
    lineKeys: (bucket, sort, limit) => readLineKeysOf(deps, { bucket, sort, limit }),
    counts: () => readCounts(deps),
    tally: tally.read,
    neighbours: (itemKey) => readNeighbours(writer.store(), feed.context(), itemKey),
    submitCheck: () => readSubmitCheck(writer.store(), sessionId, (lines) => readBooksOf(deps, memory, lines)),
    health: writer.health,
    onChange: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close: () => {
      stopAppended()
      stopHealth()
      stopBus()
      listeners.clear()
    },
  }
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

/** A promise that only says "over": a failure is told to the caller of the scan, not to the next in line. */
function settled(work: Promise<unknown>): Promise<void> {
  return work.then(
    () => undefined,
    () => undefined,
  )
}
