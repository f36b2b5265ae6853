// Runs in the browser: a session on Dexie as the engine makes it, in databases of its own, with nothing else of the app around it.
import { createDexieStore } from '../src/db/dexie-store'
import type { CycleCountId, DeviceId, EventId, FacilityId, ItemKey, LogId, ProductId, RowUuid, SessionId, UserName } from '../src/domain/ids'
import { asId } from '../src/domain/ids'
import { LIMITS } from '../src/domain/limits'
import type { IdentifierEntry, Product } from '../src/domain/product'
import { unitsOf } from '../src/domain/quantity'
import type { ScanEventDraft } from '../src/domain/scan-event'
import { CATALOGUE_SCHEMA } from '../src/ports/catalogue-schema'
import type { CatalogueStore } from '../src/ports/catalogue-schema'
import { SCANS_SCHEMA } from '../src/ports/scans-schema'
import type { ScansStore } from '../src/ports/scans-schema'
import type { ServerItem } from '../src/ports/server'
import type { EngineDeps } from '../src/sync/engine-deps'
import { beginPull, storeInventoryCountItems } from '../src/sync/store-inventory-count-items'
import { APPEND_MAX, appendScans } from '../src/usecases/append-scans'
import type { BenchProduct } from './catalogue'

export interface Situation {
  readonly name: string
  readonly items: number
  readonly eventsBehind: number
}

const PAGE = 500
const SCANS_IN_A_ROW = 5
const EVENTS_PER_LOG = 20_000
export const SESSION = asId<SessionId>('bench-session')
const USER = asId<UserName>('ana')
const DEVICE = asId<DeviceId>('bench-device')

/** A session of so many items that the server asks for, with scans of so many earlier page lives; folded, or not yet. */
export async function buildSession({ name, items, eventsBehind }: Situation, products: readonly BenchProduct[]): Promise<BenchDeps> {
  const deps = createDeps(name)
  const wanted = products.slice(0, items)
  await storeCatalogue(deps.catalogue, wanted)
  await storeSession(deps.scans)
  const pull = beginPull()
  for (let at = 0; at < wanted.length; at += PAGE) {
    const page = wanted.slice(at, at + PAGE).map(serverItem)
    await storeInventoryCountItems(deps, SESSION, page, { pull, isComplete: at + PAGE >= wanted.length })
  }
  const keys = (nth: number): string => wanted[Math.floor(nth / SCANS_IN_A_ROW) % wanted.length]?.gtin ?? ''
  for (let at = 0; at < eventsBehind; at += EVENTS_PER_LOG)
    await append(deps.scans, Array.from({ length: Math.min(EVENTS_PER_LOG, eventsBehind - at) }, (_unused, nth) => keys(at + nth)))
  return deps
}

export type BenchDeps = EngineDeps & { readonly catalogue: CatalogueStore }

function createDeps(name: string): BenchDeps {
  return {
    scans: createDexieStore(`scans:${name}`, SCANS_SCHEMA, { strict: true, version: 1 }),
    catalogue: createDexieStore(`catalogue:${name}`, CATALOGUE_SCHEMA, { strict: false, version: 1 }),
    clock: { now: () => Date.now(), mono: () => performance.now() },
    ids: { next: () => crypto.randomUUID() },
    random: Math.random,
    timers: { sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) },
    mutex: { run: (_name, _options, work) => work() },
    bus: { post: () => undefined, listen: () => () => undefined },
    log: { write: () => undefined },
    limits: LIMITS,
    caller: { deviceId: DEVICE, userName: USER },
  }
}

async function storeCatalogue(catalogue: CatalogueStore, products: readonly BenchProduct[]): Promise<void> {
  await catalogue.tx(['products', 'identifiers'], 'rw', async (tx) => {
    await tx.bulkPut('products', products.map(productOf))
    await tx.bulkPut('identifiers', products.map(identifierOf))
  })
}

function productOf({ productId, gtin, name }: BenchProduct): Product {
  return { productId: asId<ProductId>(productId), name, identifiers: [{ type: 'EAN', value: gtin, packSize: 1 }] }
}

function identifierOf({ productId, gtin }: BenchProduct): IdentifierEntry {
  const itemKey = keyOf(gtin)
  return { id: `${itemKey}|${productId}`, itemKey, productId: asId<ProductId>(productId), packSize: 1 }
}

function keyOf(gtin: string): ItemKey {
  return asId<ItemKey>(`gtin:${gtin.padStart(14, '0')}`)
}

async function storeSession(scans: ScansStore): Promise<void> {
  const cycleCountId = asId<CycleCountId>('bench-count')
  await scans.tx(['sessions'], 'rw', (tx) =>
    tx.put('sessions', {
      sessionId: SESSION,
      session: { sessionId: SESSION, cycleCountId, name: 'Bench', area: '', status: 'assigned', createdBy: USER, createdAt: 0, holder: null },
      cycleCount: {
        cycleCountId, name: 'Bench', facilityId: asId<FacilityId>('bench'), countType: 'directed', isBlind: false, status: 'in-progress',
        startAt: null, dueAt: null, createdAt: 0, requestedItems: null, countedItems: null,
      },
      lock: { state: 'held', lease: null, lostTo: null },
      pulledAt: 0,
      submitQueuedAt: null,
      submitProblem: null,
    }),
  )
}

function serverItem({ productId, gtin, name }: BenchProduct, nth: number): ServerItem {
  return {
    uuid: asId<RowUuid>(`server-${productId}`), importItemSeqId: productId, logId: null, rev: null, matchRev: null, standing: null,
    productId: asId<ProductId>(productId), productIdentifier: gtin, productName: name, quantity: null, isRequested: true,
    systemQuantityOnHand: null, createdAt: nth, lastScanAt: null, countedBy: null, lastUpdatedStamp: null,
  }
}

/** One log of scans, appended as the product does it, in the largest groups that it takes. */
export async function append(scans: ScansStore, barcodes: readonly string[]): Promise<void> {
  const logId = asId<LogId>(crypto.randomUUID())
  const mintLog = (): LogId => {
    throw new Error('Nobody reverts this disk')
  }
  let knownHead = 0
  for (let at = 0; at < barcodes.length; at += APPEND_MAX) {
    const drafts = barcodes.slice(at, at + APPEND_MAX).map(draftOf)
    const { head } = await appendScans(scans, { sessionId: SESSION, userName: USER, logId, knownHead, mintLog, drafts })
    knownHead = head
  }
}

function draftOf(raw: string): ScanEventDraft {
  return {
    kind: 'scan', eventId: asId<EventId>(crypto.randomUUID()), sessionId: SESSION, deviceId: DEVICE, userName: USER, source: 'scanner', raw,
    symbology: null, itemKey: keyOf(raw), quantity: unitsOf(1), packSize: 1, at: Date.now(), serverOffsetMs: null, serverOffsetAgeMs: null, fence: null,
  }
}
