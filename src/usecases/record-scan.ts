// Record one scan: refuse, identify within a budget, append, then tell what it was. Nothing here waits for network or fold.
import { itemKeyOf, itemKeyOfProduct } from '../domain/barcode/item-key'
import { lineKeyOf } from '../domain/fold'
import type { EventId, LineKey, UserName } from '../domain/ids'
import { asId } from '../domain/ids'
import { mayScan } from '../domain/lock'
import { sumQuantity, timesPack, unitsOf, ZERO } from '../domain/quantity'
import type { Micro } from '../domain/quantity'
import type { ScanEventDraft } from '../domain/scan-event'
import type { LineView, RefusalReason, ScanInput, ScanOutcome } from '../ports/counting'
import type { SessionRow } from '../ports/scans-schema'
import { bookAtHand } from './book-quantities'
import type { DeskMemory, RecordDeps } from './desk-memory'
import { inTime } from './in-time'
import { readLineNow, unfoldedOf } from './line-totals'
import { contextInTime } from './scan-context'
import type { ScanContext } from './scan-context'

export const RAW_MAX = 255
/** The scan is durable by then; only the feedback waits, so many look-up budgets at most. */
const OUTCOME_BUDGETS = 10
const ONE = unitsOf(1)
const QUANTITY_MAX = unitsOf(1_000_000_000)
/** Control characters but the group separator of GS1: the scanner is set up wrong. */
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001c\u001e\u001f\u007f]/

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
  const found = await contextInTime(deps, memory, { itemKey, raw, isSingle: input.times === ONE })
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
  const { line, total, view } = await lineWith(deps, memory, { context, lineKey, quantity: draft.quantity })
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
    view,
  }
}

interface Counted {
  readonly context: ScanContext
  readonly lineKey: LineKey
  readonly quantity: Micro
}

/** The line with the scan in it: from memory where that is complete, else read. */
async function lineWith(deps: RecordDeps, memory: DeskMemory, { context, lineKey, quantity }: Counted) {
  const { line, unread } = context
  const unfolded = unread === null ? null : unfoldedOf(memory, lineKey, unread)
  if (unfolded !== null) {
    const total = sumQuantity(line?.quantity ?? ZERO, unfolded.quantity)
    return { line, total, view: viewAtHand(deps, memory, context, total) }
  }
  try {
    const reading = readLineNow(deps, memory, lineKey)
    const now = await inTime(deps.timers, deps.limits.identifyBudgetMs * OUTCOME_BUDGETS, reading)
    return { line: now.item ?? null, total: sumQuantity(now.item?.quantity ?? ZERO, now.unfolded.quantity), view: null }
  } catch (error) {
    deps.log.write('warn', 'outcome-late', { error: String(error) })
    return { line, total: sumQuantity(line?.quantity ?? ZERO, quantity), view: null }
  }
}

/** null: something of it has to be read. */
function viewAtHand(deps: RecordDeps, memory: DeskMemory, { line, identifiers }: ScanContext, total: Micro): LineView | null {
  if (line === null || identifiers === null) return null
  const book = bookAtHand(deps, memory, line)
  return book === undefined ? null : { item: line, total, identifiers, book }
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
