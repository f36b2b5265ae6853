// What the parts of one counting desk share: what the page hands in, and what it remembers between scans.
import type { EventId, FacilityId, ItemKey, ProductId, SessionId } from '../domain/ids'
import type { Limits } from '../domain/limits'
import { mayScan } from '../domain/lock'
import type { ProductIdentifier } from '../domain/product'
import type { Micro } from '../domain/quantity'
import type { Clock, IdSource } from '../domain/time-and-ids'
import type { CatalogueStore } from '../ports/catalogue-schema'
import type { Log, Timers } from '../ports/platform'
import type { ScansTx, SessionRow } from '../ports/scans-schema'
import type { Caller } from '../ports/server'
import type { KnownValue } from './overlay'
import type { ScanWriter } from './scan-writer'
import { createMatchMemory } from './match-memory'
import type { MatchMemory } from './match-memory'
import { createSessionTail } from './session-tail'
import type { SessionTail } from './session-tail'

export interface RecordDeps {
  readonly sessionId: SessionId
  readonly writer: ScanWriter
  readonly catalogue: CatalogueStore | null
  readonly clock: Clock
  readonly ids: IdSource
  readonly timers: Timers
  readonly log: Log
  readonly limits: Limits
  readonly caller: Caller
  /** Whether this window, of all on this device, counts in the session: the stored right is the device's. */
  readonly mayCountHere: () => boolean
  /** The facility whose book quantities the catalogue has and this user may see; null: none. Left out: nobody may here. */
  readonly bookFacility?: () => FacilityId | null
  /** User Timing of the page: `received` when the desk got the scan, `durable` at once after the commit. */
  readonly mark?: (name: 'received' | 'durable', eventId: EventId, receivedAt: number | null) => void
}

/** Products whose identifiers are kept. */
const PRODUCTS_MAX = 5000

/** What a page remembers between scans. */
export interface DeskMemory {
  /** null: to be read before the next scan. */
  session: SessionRow | null
  /** When it was read last, monotone ms. */
  sessionReadAt: number
  serverClock: { readonly offsetMs: number; readonly measuredAt: number } | null
  /** What each value stood for at its last scan. */
  readonly values: Map<ItemKey, KnownValue>
  /** Grows when the right to count changed: what was read before that is not remembered. */
  rightsAge: number
  readonly tail: SessionTail
  readonly matches: MatchMemory
  /** Of products that were scanned, as the catalogue has them. */
  readonly identifiers: Map<ProductId, readonly ProductIdentifier[]>
  /** What the device's stock says of products that were looked at; null: nothing. */
  readonly books: Map<ProductId, Micro | null>
}

export function createDeskMemory(): DeskMemory {
  return { session: null, sessionReadAt: Number.NEGATIVE_INFINITY, serverClock: null, values: new Map(), rightsAge: 0, tail: createSessionTail(), matches: createMatchMemory(), identifiers: new Map(), books: new Map() }
}

/** The right to count changed: the next scan asks the device, however slow it is. */
export function forgetRights(memory: DeskMemory): void {
  memory.session = null
  memory.rightsAge += 1
}

/**
 * The lock goes on being ours: a right that was known holds on, and the next scan asks all the same. It does not wait for
 * a device that does not answer: a scan that nobody knows the session of could not even be kept. Rule: docs/SPEC.md KP23
 */
export function renewRights(memory: DeskMemory): void {
  if (memory.session === null || !mayScan(memory.session.lock.state)) forgetRights(memory)
  else memory.sessionReadAt = Number.NEGATIVE_INFINITY
}

/** What is known of the session before it is read. */
export interface RightsBefore {
  readonly age: number
  /** When the reading began, monotone ms. */
  readonly at: number
}

/** To be taken before the reading. */
export function rightsBefore(memory: DeskMemory, clock: Clock): RightsBefore {
  return { age: memory.rightsAge, at: clock.mono() }
}

/** Keep what was read, unless the right changed while it was. */
export function remember(memory: DeskMemory, before: RightsBefore, read: Pick<DeskMemory, 'session' | 'serverClock'>): void {
  memory.serverClock = read.serverClock
  if (before.age !== memory.rightsAge) return
  memory.session = read.session
  memory.sessionReadAt = before.at
}

export function rememberIdentifiers({ identifiers }: DeskMemory, productId: ProductId, found: readonly ProductIdentifier[]): void {
  if (identifiers.size >= PRODUCTS_MAX) identifiers.clear()
  identifiers.set(productId, found)
}

/** Another page of the catalogue came: what was read of it before may be old. */
export function forgetCatalogue({ identifiers, books }: DeskMemory): void {
  identifiers.clear()
  books.clear()
}

/** Needs the tables sessions and meta. */
export async function readRights(
  tx: ScansTx,
  sessionId: SessionId,
): Promise<Pick<DeskMemory, 'session' | 'serverClock'>> {
  const [session, clock] = await Promise.all([tx.get('sessions', sessionId), tx.get('meta', 'serverClock')])
  return { session: session ?? null, serverClock: clock?.k === 'serverClock' ? clock : null }
}
