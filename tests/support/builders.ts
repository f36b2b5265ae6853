// Things of the trade for tests: sessions, drafts, server items, catalogues. Each takes only what the test is about.
import type { CountRecord } from '../../src/domain/count-record'
import { itemKeyOf, itemKeyOfProduct } from '../../src/domain/barcode/item-key'
import { asId } from '../../src/domain/ids'
import type { CycleCountId, DeviceId, EventId, FacilityId, ItemKey, LogId, ProductId, SessionId, UserName } from '../../src/domain/ids'
import type { LockState } from '../../src/domain/lock'
import type { Product } from '../../src/domain/product'
import { unitsOf } from '../../src/domain/quantity'
import type { Micro } from '../../src/domain/quantity'
import type { Negation, Scan, ScanEventDraft } from '../../src/domain/scan-event'
import type { CountType } from '../../src/domain/session'
import type { CatalogueStore } from '../../src/ports/catalogue-schema'
import type { ScansStore, SessionRow } from '../../src/ports/scans-schema'
import type { ServerItem } from '../../src/ports/server'

export const SESSION = asId<SessionId>('S1')
export const DEVICE = asId<DeviceId>('device-1')
export const ANA = asId<UserName>('ana')
export const LOG = asId<LogId>('log-1')

/** Valid EAN-13s. */
export const TEA = '4006381333931'
export const RICE = '5901234123457'
export const SOAP = '9780201379624'

export const product = (id: string): ProductId => asId<ProductId>(id)
export const units = (n: number): Micro => unitsOf(n)
export const keyOf = (raw: string): ItemKey => itemKeyOf(raw)

export function aSession(
  overrides: { sessionId?: SessionId; countType?: CountType; lock?: LockState; submitQueuedAt?: number } = {},
): SessionRow {
  const sessionId = overrides.sessionId ?? SESSION
  const cycleCountId = asId<CycleCountId>('C1')
  return {
    sessionId,
    session: {
      sessionId,
      cycleCountId,
      name: 'Aisle 1',
      area: 'A',
      status: 'assigned',
      createdBy: ANA,
      createdAt: 0,
      holder: null,
    },
    cycleCount: {
      cycleCountId,
      name: 'Spring count',
      facilityId: asId<FacilityId>('F1'),
      countType: overrides.countType ?? 'directed',
      isBlind: false,
      status: 'in-progress',
      startAt: null,
      dueAt: null,
      createdAt: 0,
      requestedItems: null,
      countedItems: null,
    },
    lock: { state: overrides.lock ?? 'held', lease: null, lostTo: null },
    pulledAt: null,
    submitQueuedAt: overrides.submitQueuedAt ?? null,
    submitProblem: null,
  }
}

let made = 0
/** A fresh event id; unique over the whole test file. */
export function anEventId(): EventId {
  made += 1
  return asId<EventId>(`event-${String(made).padStart(8, '0')}`)
}

export function aScan(raw: string, overrides: Partial<Scan> = {}): Scan {
  return {
    kind: 'scan',
    eventId: anEventId(),
    sessionId: SESSION,
    deviceId: DEVICE,
    userName: ANA,
    source: 'scanner',
    raw,
    symbology: null,
    itemKey: itemKeyOf(raw),
    quantity: unitsOf(1),
    packSize: 1,
    at: 1_000,
    serverOffsetMs: null,
    serverOffsetAgeMs: null,
    fence: null,
    ...overrides,
  }
}

export function handCount(productId: string, quantity: number, overrides: Partial<Scan> = {}): Scan {
  const itemKey = itemKeyOfProduct(product(productId))
  return aScan(productId, { source: 'hand', itemKey, quantity: unitsOf(quantity), ...overrides })
}

export function negationOf(target: ScanEventDraft, overrides: Partial<Negation> = {}): Negation {
  return { ...aScan(''), itemKey: asId<ItemKey>(''), ...overrides, kind: 'negation', negates: target.eventId }
}

export function aServerItem(overrides: Partial<ServerItem> = {}): ServerItem {
  return {
    uuid: null,
    importItemSeqId: '00001',
    logId: null,
    rev: null,
    matchRev: null,
    standing: null,
    productId: null,
    productIdentifier: null,
    productName: null,
    quantity: null,
    isRequested: null,
    systemQuantityOnHand: null,
    createdAt: null,
    lastScanAt: null,
    countedBy: null,
    lastUpdatedStamp: null,
    ...overrides,
  }
}

/** A requested item of a directed count, as the server made it. */
export function requestedItem(seqId: string, productId: string, overrides: Partial<ServerItem> = {}): ServerItem {
  return aServerItem({
    importItemSeqId: seqId,
    productId: product(productId),
    productName: `Product ${productId}`,
    isRequested: true,
    ...overrides,
  })
}

/** An own row as a server that knows revisions gives it back. */
export function itemOfRow(row: CountRecord, overrides: Partial<ServerItem> = {}): ServerItem {
  return aServerItem({
    uuid: row.uuid,
    importItemSeqId: `9${row.uuid}`,
    logId: row.logId,
    rev: row.rev,
    matchRev: row.matchRev,
    standing: row.standing,
    productId: row.productId,
    productIdentifier: row.productIdentifier,
    quantity: row.quantity,
    isRequested: row.isRequested,
    ...overrides,
  })
}

/** Product id to its barcodes; `12x590…` is a case of twelve. */
export async function fillCatalogue(
  catalogue: CatalogueStore,
  barcodes: Readonly<Record<string, readonly string[]>>,
): Promise<void> {
  const products: Product[] = Object.entries(barcodes).map(([id, values]) => ({
    productId: product(id),
    name: `Product ${id}`,
    identifiers: values.map((value) => barcodeOf(value)),
  }))
  const identifiers = products.flatMap(({ productId, identifiers: of }) =>
    of.map(({ value, packSize }) => ({ id: `${itemKeyOf(value)}|${productId}`, itemKey: itemKeyOf(value), productId, packSize })),
  )
  await catalogue.tx(['products', 'identifiers'], 'rw', async (tx) => {
    await tx.bulkPut('products', products)
    await tx.bulkPut('identifiers', identifiers)
  })
}

function barcodeOf(text: string): { type: string; value: string; packSize: number } {
  const [pack, value] = text.includes('x') ? text.split('x') : ['1', text]
  return { type: 'EAN', value: value ?? text, packSize: Number(pack) }
}

export async function putSession(scans: ScansStore, row: SessionRow): Promise<void> {
  await scans.tx(['sessions'], 'rw', (tx) => tx.put('sessions', row))
}
