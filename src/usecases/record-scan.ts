// Record one scan: refuse, identify within a budget, append, then tell what it was. Nothing here waits for network or fold.
import { itemKeyOf, itemKeyOfProduct } from '../domain/barcode/item-key'
import type { CountedItem } from '../domain/counted-item'
import { lineKeyOf } from '../domain/fold'
import type { EventId, ItemKey, ProductId, SessionId, UserName } from '../domain/ids'
import { asId } from '../domain/ids'
import type { Limits } from '../domain/limits'
import { mayScan } from '../domain/lock'
import { sumQuantity, timesPack, unitsOf, ZERO } from '../domain/quantity'
import type { Micro } from '../domain/quantity'
import type { ScanEventDraft } from '../domain/scan-event'
import type { Clock, IdSource } from '../domain/time-and-ids'
import type { CatalogueStore } from '../ports/catalogue-schema'
import type { RefusalReason, ScanInput, ScanOutcome } from '../ports/counting'
import type { Log, Timers } from '../ports/platform'
import type { MatchRow, ScansStore, ScansTx, SessionRow } from '../ports/scans-schema'
import type { Caller } from '../ports/server'
import { lookUp } from './identities'
import { inTime } from './in-time'
import { readOverlay } from './overlay'
import type { KnownValue } from './overlay'
import type { ScanWriter } from './scan-writer'

export const RAW_MAX = 255
/** The scan is durable by then; only the feedback waits, so many look-up budgets at most. */
const OUTCOME_BUDGETS = 10
const QUANTITY_MAX = unitsOf(1_000_000_000)
/** Control characters but the group separator of GS1: the scanner is set up wrong. */
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001c\u001e\u001f\u007f]/

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
  /** User Timing of the page: `received` when the desk got the scan, `durable` at once after the commit. */
  readonly mark?: (name: 'received' | 'durable', eventId: EventId, receivedAt: number | null) => void
}

/** What a page remembers between scans, for when the look-up is slower than its budget. */
export interface DeskMemory {
  /** null: to be read before the next scan. */
  session: SessionRow | null
  serverClock: { readonly offsetMs: number; readonly measuredAt: number } | null
  readonly values: Map<ItemKey, KnownValue>
  /** Grows when the right to count changed: what was read before that is not remembered. */
  rightsAge: number
}

export function createDeskMemory(): DeskMemory {
  return { session: null, serverClock: null, values: new Map(), rightsAge: 0 }
}

/** The right to count changed: the next scan asks the device, however slow it is. */
export function forgetRights(memory: DeskMemory): void {
  memory.session = null
  memory.rightsAge += 1
}

/** Keep what was read, unless the right changed while it was. */
export function remember(memory: DeskMemory, age: number, read: Pick<DeskMemory, 'session' | 'serverClock'>): void {
  memory.serverClock = read.serverClock
  if (age === memory.rightsAge) memory.session = read.session
}

/** What the device knows about a value and the right to count it, before the append. */
export interface ScanContext {
  readonly session: SessionRow | null
  readonly productId: ProductId | null
  readonly packSize: number
  readonly isAmbiguous: boolean
  readonly name: string | null
  readonly line: CountedItem | null
}

export type Prepared =
  | { readonly kind: 'refused'; readonly reason: RefusalReason; readonly raw: string }
  | {
      readonly kind: 'ready'
      readonly draft: ScanEventDraft
      readonly context: ScanContext
      /** The look-up went over its budget: what it finds in the end is told, though it came too late to be frozen. */
      readonly late: Promise<ScanContext> | null
      readonly receivedAt: number | null
    }

/**
 * Check and freeze what a scan means. Takes `limits.identifyBudgetMs` at most, once the session is known.
 * Refused with `not-kept` when not even the session can be read; the writer then looks after the storage.
 */
export async function prepareScan(deps: RecordDeps, memory: DeskMemory, input: ScanInput): Promise<Prepared> {
  const raw = input.raw.trim() === '' && input.productId !== undefined ? input.productId : input.raw
  const itemKey = input.productId === undefined ? itemKeyOf(raw, input.symbology) : itemKeyOfProduct(input.productId)
  const refuse = (reason: RefusalReason): Prepared => ({ kind: 'refused', reason, raw: input.raw })
  const unreadable = refusalOfValue(raw)
  if (unreadable !== null) return refuse(unreadable)

  const eventId = asId<EventId>(deps.ids.next())
  deps.mark?.('received', eventId, input.receivedAt)
  const found = await contextInTime(deps, memory, { itemKey, raw })
  if (found === null) return refuse('not-kept')
  const { context, late } = found
  const barred = refusalHere(deps, context.session)
  if (barred !== null) return refuse(barred)
  const quantity = quantityOf(input.times, context)
  if (quantity === null) return refuse('quantity')

  const at = deps.clock.now()
  const { serverClock } = memory
  const draft: ScanEventDraft = {
    kind: 'scan',
    eventId,
    sessionId: deps.sessionId,
    deviceId: deps.caller.deviceId,
    userName: asId<UserName>(deps.caller.userName),
    source: input.source,
    raw,
    symbology: input.symbology,
    itemKey,
    quantity,
    packSize: context.packSize,
    at,
    serverOffsetMs: serverClock?.offsetMs ?? null,
    serverOffsetAgeMs: serverClock === null ? null : at - serverClock.measuredAt,
    fence: context.session?.lock.lease?.fence ?? null,
  }
  return { kind: 'ready', draft, context, late, receivedAt: input.receivedAt }
}

/** Whether the session may be counted into right now, in this window. */
export function refusalHere(deps: Pick<RecordDeps, 'mayCountHere'>, session: SessionRow | null): RefusalReason | null {
  return refusalOfSession(session) ?? (deps.mayCountHere() ? null : 'no-lock')
}

function refusalOfSession(session: SessionRow | null): RefusalReason | null {
  if (session === null) return 'no-lock'
  const { status } = session.session
  if (session.submitQueuedAt !== null || (status !== 'assigned' && status !== 'created')) return 'submitted'
  if (mayScan(session.lock.state)) return null
  return session.lock.state === 'lost' ? 'lock-lost' : 'no-lock'
}

function refusalOfValue(raw: string): RefusalReason | null {
  if (raw.trim() === '') return 'empty'
  if (raw.length > RAW_MAX) return 'too-long'
  return CONTROL.test(raw) ? 'unreadable' : null
}

/** null when the amount, or the line's total with it, leaves the range. */
function quantityOf(times: Micro, { packSize, line }: ScanContext): Micro | null {
  if (!Number.isInteger(times) || Math.abs(times) > QUANTITY_MAX / packSize) return null
  const quantity = timesPack(times, packSize)
  return Math.abs(sumQuantity(line?.quantity ?? ZERO, quantity)) > QUANTITY_MAX ? null : quantity
}

interface Wanted {
  readonly itemKey: ItemKey
  readonly raw: string
}

interface FoundContext {
  readonly context: ScanContext
  readonly late: Promise<ScanContext> | null
}

/** @returns null when not even the session can be read: storage is dead */
async function contextInTime(deps: RecordDeps, memory: DeskMemory, wanted: Wanted): Promise<FoundContext | null> {
  const session = memory.session ?? (await readSessionInTime(deps, memory))
  if (session === 'unreadable') return null
  const reading = readContext(deps, memory, wanted)
  try {
    return { context: await inTime(deps.timers, deps.limits.identifyBudgetMs, reading), late: null }
  } catch (error) {
    deps.log.write('warn', 'identify-late', { error: String(error) })
    return { context: lastKnown(memory, session, wanted), late: reading }
  }
}

/** The first scan must know whether it is allowed; afterwards the last known answer bridges a slow read. */
async function readSessionInTime(deps: RecordDeps, memory: DeskMemory): Promise<SessionRow | null | 'unreadable'> {
  const age = memory.rightsAge
  try {
    const reading = deps.writer.store().tx(['sessions', 'meta'], 'r', (tx) => readRights(tx, deps.sessionId))
    const rights = await inTime(deps.timers, deps.limits.writeTimeoutMs, reading)
    remember(memory, age, rights)
    return rights.session
  } catch (error) {
    deps.log.write('error', 'session-unreadable', { error: String(error) })
    void deps.writer.probe()
    return 'unreadable'
  }
}

/** Needs the tables sessions and meta. */
export async function readRights(
  tx: ScansTx,
  sessionId: SessionId,
): Promise<Pick<DeskMemory, 'session' | 'serverClock'>> {
  const session = (await tx.get('sessions', sessionId)) ?? null
  const clock = await tx.get('meta', 'serverClock')
  return { session, serverClock: clock?.k === 'serverClock' ? clock : null }
}

/** The look-up is late: the value stands for what it stood for at its last scan. */
function lastKnown(memory: DeskMemory, session: SessionRow | null, { itemKey }: Wanted): ScanContext {
  const known = memory.values.get(itemKey) ?? { productId: null, packSize: 1, name: null }
  return { session: memory.session ?? session, ...known, isAmbiguous: false, line: null }
}

async function readContext(deps: RecordDeps, memory: DeskMemory, { itemKey, raw }: Wanted): Promise<ScanContext> {
  const age = memory.rightsAge
  const stored = await readStored(deps.writer.store(), deps.sessionId, itemKey)
  remember(memory, age, stored)
  const identity = await identityOf(deps, stored.match, { itemKey, raw })
  const line = await readLine(deps, itemKey, identity.productId)
  const name = line?.name ?? identity.name
  memory.values.set(itemKey, { productId: identity.productId, packSize: identity.packSize, name })
  return { session: stored.session, line, ...identity, name }
}

async function readStored(scans: ScansStore, sessionId: SessionId, itemKey: ItemKey) {
  return await scans.tx(['sessions', 'matches', 'meta'], 'r', async (tx) => ({
    ...(await readRights(tx, sessionId)),
    match: await tx.get('matches', [sessionId, itemKey]),
  }))
}

async function readLine({ writer, sessionId }: RecordDeps, itemKey: ItemKey, productId: ProductId | null) {
  const lineKey = lineKeyOf(itemKey, productId)
  return (await writer.store().tx(['items'], 'r', (tx) => tx.get('items', [sessionId, lineKey]))) ?? null
}

/** The session's match first, then the catalogue. */
async function identityOf(deps: RecordDeps, match: MatchRow | undefined, wanted: Wanted) {
  if (match !== undefined && match.productId !== null)
    return { productId: match.productId, packSize: match.packSize, isAmbiguous: false, name: null }
  const { identities, texts } = await lookUp(deps.catalogue, [wanted])
  const identity = identities.get(wanted.itemKey)
  if (identity?.kind !== 'matched')
    return { productId: null, packSize: 1, isAmbiguous: identity?.kind === 'ambiguous', name: null }
  const { productId, packSize } = identity
  return { productId, packSize, isAmbiguous: false, name: texts.get(productId)?.name ?? null }
}

/**
 * Tell what a saved scan was. The scan is durable already: when reading fails or is slow, what was known before the
 * append is told instead.
 */
export async function outcomeOfScan(
  deps: RecordDeps,
  memory: DeskMemory,
  prepared: Extract<Prepared, { kind: 'ready' }>,
): Promise<ScanOutcome> {
  const { draft } = prepared
  const context = await contextByNow(deps, prepared)
  const lineKey = lineKeyOf(draft.itemKey, context.productId)
  let line = context.line
  let total = sumQuantity(line?.quantity ?? ZERO, draft.quantity)
  try {
    const read = deps.writer.store().tx(['meta', 'scanEvents', 'matches', 'items'], 'r', async (tx) => {
      const overlay = await readOverlay(tx, deps.sessionId, { known: memory.values })
      return { line: (await tx.get('items', [deps.sessionId, lineKey])) ?? null, unfolded: overlay.of(lineKey) }
    })
    const now = await inTime(deps.timers, deps.limits.identifyBudgetMs * OUTCOME_BUDGETS, read)
    line = now.line
    total = sumQuantity(now.line?.quantity ?? ZERO, now.unfolded.quantity)
  } catch (error) {
    deps.log.write('warn', 'outcome-late', { error: String(error) })
  }
  const isAskedFor = (line?.requestedRows ?? 0) > 0 || context.session?.cycleCount.countType === 'hard'
  return {
    kind: context.productId === null ? 'unmatched' : isAskedFor ? 'counted' : 'undirected',
    eventId: draft.eventId,
    lineKey,
    productId: context.productId,
    name: line?.name ?? context.name ?? draft.raw,
    quantity: draft.quantity,
    packSize: draft.packSize,
    total,
    isAmbiguous: context.isAmbiguous,
  }
}

/** The wrong sound is worse than one that comes a moment later: a slow look-up is waited for, the append is done. */
async function contextByNow(
  deps: RecordDeps,
  { context, late }: Extract<Prepared, { kind: 'ready' }>,
): Promise<ScanContext> {
  if (late === null) return context
  try {
    return await inTime(deps.timers, deps.limits.identifyBudgetMs * OUTCOME_BUDGETS, late)
  } catch (error) {
    deps.log.write('warn', 'identify-later', { error: String(error) })
    return context
  }
}

/**
 * Record a prepared scan: hands over to the writer at once, so that callers keep their order. Resolves when it is
 * durable, or refused with the reason. Rules: docs/SPEC.md SE17-SE21
 */
export async function writeScan(deps: RecordDeps, memory: DeskMemory, prepared: Prepared): Promise<ScanOutcome> {
  if (prepared.kind === 'refused') return prepared
  const { draft, receivedAt } = prepared
  const written = await deps.writer.write(draft)
  if (written.kind !== 'saved')
    return { kind: 'refused', reason: written.kind === 'waiting' ? 'storage' : 'not-kept', raw: draft.raw }
  deps.mark?.('durable', draft.eventId, receivedAt)
  return await outcomeOfScan(deps, memory, prepared)
}
