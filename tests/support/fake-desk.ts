// A counting desk that lives in a Map, for screens and composables: what it counts is what it was told, at once.
import type { CountedItem, ShownBucket } from '../../src/domain/counted-item'
import { asId } from '../../src/domain/ids'
import type { EventId, LineKey, ProductId, SessionId } from '../../src/domain/ids'
import { addQuantity, unitsOf, ZERO } from '../../src/domain/quantity'
import type { Micro } from '../../src/domain/quantity'
import type { CountingDesk, FeedEntry, LineSort, ScanInput, ScanOutcome, StorageHealth } from '../../src/ports/counting'
import type { Bus, BusMessage } from '../../src/ports/platform'
import { compareLines } from '../../src/composables/line-order'

export const FAKE_SESSION = asId<SessionId>('S1')

export function createFakeBus(): Bus {
  const listeners = new Set<(message: BusMessage) => void>()
  return {
    post: (message) => listeners.forEach((it) => it(message)),
    listen: (onMessage) => {
      listeners.add(onMessage)
      return () => listeners.delete(onMessage)
    },
  }
}

export function aLine(overrides: Partial<Omit<CountedItem, 'lineKey' | 'productId'>> & { id: string }): CountedItem {
  const { id, ...rest } = overrides
  const isUnmatched = rest.bucket === 'unmatched'
  const name = rest.name ?? `Product ${id}`
  return {
    sessionId: FAKE_SESSION,
    lineKey: asId<LineKey>(isUnmatched ? `raw:${id}` : id),
    productId: isUnmatched ? null : asId<ProductId>(id),
    name,
    sortName: name.toLowerCase(),
    identifier: id,
    quantity: ZERO,
    standing: 0,
    requestedRows: 1,
    legacyRows: 0,
    bucket: 'uncounted',
    position: id.padStart(8, '0'),
    lastScanAt: 0,
    negLastScanAt: 0,
    systemQuantityOnHand: null,
    ...rest,
  }
}

export interface FakeDesk extends CountingDesk {
  readonly items: Map<LineKey, CountedItem>
  /** What the book says of products that have no line. */
  readonly books: Map<ProductId, Micro>
  /** How many lines were asked for by key. */
  readonly readLines: () => number
  readonly scans: readonly ScanInput[]
  /** The next scan is refused for this. */
  refuseNext: Extract<ScanOutcome, { kind: 'refused' }>['reason'] | null
  setHealth: (health: StorageHealth) => void
  /** Put a line and tell the bus, as the fold does. */
  put: (...items: CountedItem[]) => void
}

/** Raw values are product ids; a value that is no line is unmatched. */
export function createFakeDesk(bus: Bus, start: readonly CountedItem[] = []): FakeDesk {
  const items = new Map(start.map((it) => [it.lineKey, it]))
  const feed: FeedEntry[] = []
  const scans: ScanInput[] = []
  const listeners = new Set<(what: 'tally' | 'feed' | 'health') => void>()
  let health: StorageHealth = { state: 'well' }
  let linesRead = 0
  let ids = 0

  const tell = (...what: ('tally' | 'feed' | 'health')[]): void =>
    what.forEach((it) => listeners.forEach((listener) => listener(it)))
  const countOf = (bucket: ShownBucket): number => [...items.values()].filter((it) => it.bucket === bucket).length
  const counts = () => ({
    counted: countOf('counted'),
    uncounted: countOf('uncounted'),
    undirected: countOf('undirected'),
    unmatched: countOf('unmatched'),
  })

  function put(...changed: CountedItem[]): void {
    for (const item of changed) items.set(item.lineKey, item)
    bus.post({ kind: 'lines', sessionId: FAKE_SESSION, changed: changed.map((it) => it.lineKey), counts: counts() })
  }

  function add(item: CountedItem, quantity: Micro, standing: number): CountedItem {
    const bucket = item.productId === null ? 'unmatched' : item.requestedRows > 0 ? 'counted' : 'undirected'
    ids += 1
    return {
      ...item,
      quantity: addQuantity(item.quantity, quantity),
      standing: item.standing + standing,
      bucket: item.standing + standing === 0 ? 'uncounted' : bucket,
      lastScanAt: ids,
      negLastScanAt: -ids,
    }
  }

  const desk: FakeDesk = {
    sessionId: FAKE_SESSION,
    items,
    books: new Map(),
    scans,
    refuseNext: null,
    readLines: () => linesRead,
    setHealth: (next) => {
      health = next
      tell('health')
    },
    put,
    async scan(input) {
      scans.push(input)
      const reason = desk.refuseNext
      desk.refuseNext = null
      if (reason !== null) return { kind: 'refused', reason, raw: input.raw }
      const known = items.get(asId<LineKey>(input.productId ?? input.raw)) ?? items.get(asId<LineKey>(`raw:${input.raw}`))
      const before = known ?? aLine({ id: input.raw, name: input.raw, bucket: 'unmatched', requestedRows: 0 })
      const item = add(before, input.times, 1)
      put(item)
      const eventId = asId<EventId>(`e${ids}`)
      const bucket = item.bucket === 'none' || item.bucket === 'uncounted' ? 'counted' : item.bucket
      const { lineKey, productId, name } = item
      feed.unshift({ eventId, kind: 'scan', source: input.source, raw: input.raw, lineKey, productId, name, quantity: input.times, packSize: 1, at: ids, isUndone: false, bucket })
      tell('tally', 'feed')
      return { kind: bucket, eventId, lineKey, productId, name, quantity: input.times, packSize: 1, total: item.quantity, isAmbiguous: false, view: null }
    },
    async undo(eventId) {
      const index = feed.findIndex((it) => it.eventId === eventId)
      const entry = feed[index]
      if (entry === undefined) return 'refused'
      if (entry.isUndone) return 'already-undone'
      feed[index] = { ...entry, isUndone: true }
      const item = items.get(entry.lineKey)
      if (item !== undefined) put(add(item, (0 - entry.quantity) as Micro, -1))
      tell('tally', 'feed')
      return 'undone'
    },
    async undoLine(lineKey) {
      const open = feed.filter((it) => it.lineKey === lineKey && !it.isUndone)
      for (const entry of open) await desk.undo(entry.eventId)
      return open.length
    },
    async setQuantity(lineKey, total) {
      const item = items.get(lineKey)
      if (item === undefined) return { kind: 'refused', reason: 'quantity', raw: lineKey }
      const delta = (total - item.quantity) as Micro
      const next = add(item, delta, item.standing === 0 ? 1 : 0)
      put(next)
      tell('tally', 'feed')
      const eventId = asId<EventId>(`e${ids}`)
      return { kind: 'counted', eventId, lineKey, productId: next.productId, name: next.name, quantity: delta, packSize: 1, total, isAmbiguous: false, view: null }
    },
    feed: async (limit) => feed.slice(0, limit),
    async line(lineKey) {
      const item = items.get(lineKey)
      return item === undefined ? null : { item, total: item.quantity, identifiers: [{ type: 'EAN', value: item.identifier, packSize: 1 }], book: item.systemQuantityOnHand }
    },
    bookOf: async (productId) => desk.books.get(productId) ?? null,
    async lines(lineKeys) {
      linesRead += lineKeys.length
      return lineKeys.map((it) => items.get(it))
    },
    async lineKeys(bucket: ShownBucket, sort: LineSort, limit: number) {
      return [...items.values()]
        .filter((it) => it.bucket === bucket)
        .sort((a, b) => compareLines(a, b, sort))
        .slice(0, limit)
        .map((it) => it.lineKey)
    },
    counts: async () => counts(),
    async tally() {
      const scanned = feed.filter((it) => !it.isUndone).length
      return { scanned, saved: scanned, synced: 0 }
    },
    neighbours: async () => ({ before: null, after: null }),
    submitCheck: async () => ({
      uncounted: countOf('uncounted'),
      unmatched: countOf('unmatched'),
      unsentScans: feed.length,
      quarantinedRows: 0,
      oddQuantities: [...items.values()]
        .filter((it) => it.quantity < 0 || it.quantity > unitsOf(100))
        .map((it) => ({ lineKey: it.lineKey, name: it.name, total: it.quantity, why: it.quantity < 0 ? ('negative' as const) : ('too-many' as const) })),
    }),
    health: () => health,
    onChange: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
  return desk
}
