// The counting desk of one open session, on the device's stores: what the counting screen talks to.
import type { BucketCounts, ShownBucket, Tally } from '../domain/counted-item'
import type { EventId, ItemKey, LineKey } from '../domain/ids'
import { sumQuantity } from '../domain/quantity'
import type { Micro } from '../domain/quantity'
import type { CountingDesk, LineSort, LineView, ScanInput, ScanOutcome, UndoOutcome } from '../ports/counting'
import type { Bus } from '../ports/platform'
import { LAST } from '../ports/store'
import { readFeed, readNeighbours, readSubmitCheck } from './desk-reads'
import type { FeedContext } from './desk-reads'
import { setTotal } from './hand-amounts'
import { readOverlay } from './overlay'
import { createDeskMemory, forgetRights, prepareScan, writeScan } from './record-scan'
import type { Prepared, RecordDeps } from './record-scan'
import { savedScans, syncedScans } from './scan-totals'
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

type Changed = 'tally' | 'feed' | 'health'

/**
 * Open the desk of one session. The writer is the page's, one for all desks. Resolving a scan means that it is
 * durable; everything else is told from what the device has. Rules: docs/SPEC.md SE17-SE36
 */
export function createCountingDesk(deps: DeskDeps): OpenDesk {
  const { sessionId, writer, bus } = deps
  const memory = createDeskMemory()
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
    if (message.sessionId !== sessionId) return
    if (message.kind === 'lock' || message.kind === 'session') return forgetRights(memory)
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

  function feedContext(): FeedContext {
    return { sessionId, known: memory.values, nameOf: (event) => names.get(event.itemKey) ?? event.raw }
  }

  async function undo(eventId: EventId): Promise<UndoOutcome> {
    const outcome = await inLine(() => takeScanBack(deps, memory, eventId))
    if (outcome === 'undone') appended()
    return outcome
  }

  async function undoLine(lineKey: LineKey): Promise<number> {
    const undone = await inLine(() => takeLineBack(deps, memory, lineKey))
    if (undone > 0) appended()
    return undone
  }

  async function setQuantity(lineKey: LineKey, total: Micro): Promise<ScanOutcome> {
    const outcome = await inLine(() => setTotal(deps, memory, { lineKey, total }))
    if (outcome.kind !== 'refused') appended()
    return outcome
  }

  async function readLine(lineKey: LineKey) {
    const tables = ['items', 'meta', 'scanEvents', 'matches'] as const
    return await writer.store().tx(tables, 'r', async (tx) => {
      const item = await tx.get('items', [sessionId, lineKey])
      return { item, unfolded: (await readOverlay(tx, sessionId, { known: memory.values })).of(lineKey) }
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
