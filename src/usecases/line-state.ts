// What this device counts on one line, and the place in the session where that was true: read once, for what is computed from it.
import type { CountedItem } from '../domain/counted-item'
import { lineKeyOf } from '../domain/fold'
import type { EventId, ItemKey, LineKey, SessionId } from '../domain/ids'
import { asId } from '../domain/ids'
import { sumQuantity, ZERO } from '../domain/quantity'
import type { Micro } from '../domain/quantity'
import { standingOf } from '../domain/scan-event'
import type { Correction, DropReason, Negation, StoredScanEvent } from '../domain/scan-event'
import type { ScansShape, ScansTx, SessionRow } from '../ports/scans-schema'
import { readOverlay, UNFOLDED_BY_HAND_MAX } from './overlay'
import type { KnownValues, Unfolded } from './overlay'
import { readRights, remember, rightsBefore } from './desk-memory'
import type { DeskMemory, RecordDeps } from './desk-memory'
import { readSessionSum } from './scan-totals'
import { inTime } from './in-time'

/** Rows of one line that are looked at: one per log and value. */
const LINE_ROWS_MAX = 20_000

export const STATE_TABLES = ['sessions', 'meta', 'logs', 'scanEvents', 'matches', 'items', 'inventoryCountRecords'] as const satisfies readonly (keyof ScansShape)[]

/** What this device counted of one value, all its logs together, folded or not. */
export interface OwnCount extends Unfolded {
  readonly raw: string
  readonly symbology: string | null
}

export interface LineState {
  /** Of the session's last event: nothing was appended as long as it is the same. */
  readonly lastGid: number
  readonly item: CountedItem | undefined
  readonly unfolded: Unfolded
  /** The value that was counted last comes last. */
  readonly own: ReadonlyMap<ItemKey, OwnCount>
  /** Too many events are not folded: the amounts are not to be computed with. */
  readonly isCutOff: boolean
}

/**
 * Read under a time limit, because scans wait behind it, and remember the right to count.
 * @throws {TimeoutError} or what the store says
 */
export async function readInTime<R extends object>(
  deps: RecordDeps,
  memory: DeskMemory,
  work: (tx: ScansTx) => Promise<R>,
): Promise<R & { readonly session: SessionRow | null }> {
  const before = rightsBefore(memory, deps.clock)
  const reading = deps.writer.store().tx(STATE_TABLES, 'r', async (tx) => ({
    rights: await readRights(tx, deps.sessionId),
    read: await work(tx),
  }))
  const { rights, read } = await inTime(deps.timers, deps.limits.writeTimeoutMs, reading)
  remember(memory, before, rights)
  return { ...read, session: rights.session }
}

/** Needs STATE_TABLES. */
export async function readLineState(
  tx: ScansTx,
  { sessionId, lineKey, known }: { readonly sessionId: SessionId; readonly lineKey: LineKey; readonly known: KnownValues },
): Promise<LineState> {
  const bounds = { lower: [sessionId, lineKey], upper: [sessionId, lineKey], limit: LINE_ROWS_MAX }
  const rows = await tx.range('inventoryCountRecords', '[sessionId+lineKey]', bounds)
  const overlay = await readOverlay(tx, sessionId, { known, limit: UNFOLDED_BY_HAND_MAX })
  const own = new Map<ItemKey, OwnCount>()
  for (const row of rows.toSorted((a, b) => a.lastScanAt - b.lastScanAt))
    if (row.origin === 'own')
      add(own, row.itemKey, { quantity: row.quantity, standing: row.standing ?? 0, raw: row.productIdentifier, symbology: null })
  for (const event of overlay.events)
    if (overlay.lineKeyOf(event.itemKey) === lineKey) add(own, event.itemKey, { ...event, standing: standingOf(event) })
  return {
    lastGid: (await readSessionSum(tx, sessionId)).lastGid,
    item: await tx.get('items', [sessionId, lineKey]),
    unfolded: overlay.of(lineKey),
    own,
    isCutOff: overlay.isCutOff,
  }
}

/** The line of a value. Needs the table matches. */
export async function readLineKeyOf(
  tx: ScansTx,
  sessionId: SessionId,
  { itemKey, known }: { readonly itemKey: ItemKey; readonly known: KnownValues },
): Promise<LineKey> {
  const match = await tx.get('matches', [sessionId, itemKey])
  return lineKeyOf(itemKey, match?.productId ?? known.get(itemKey)?.productId ?? null)
}

function add(own: Map<ItemKey, OwnCount>, itemKey: ItemKey, more: OwnCount): void {
  const before = own.get(itemKey)
  own.delete(itemKey)
  own.set(itemKey, {
    quantity: sumQuantity(before?.quantity ?? ZERO, more.quantity),
    standing: (before?.standing ?? 0) + more.standing,
    raw: before?.raw ?? more.raw,
    symbology: before?.symbology ?? more.symbology,
  })
}

/** Fields that every event made by hand shares. */
function madeNow(deps: RecordDeps, { serverClock, session }: DeskMemory) {
  const at = deps.clock.now()
  return {
    eventId: asId<EventId>(deps.ids.next()),
    sessionId: deps.sessionId,
    deviceId: deps.caller.deviceId,
    userName: asId<StoredScanEvent['userName']>(deps.caller.userName),
    at,
    serverOffsetMs: serverClock?.offsetMs ?? null,
    serverOffsetAgeMs: serverClock === null ? null : at - serverClock.measuredAt,
    fence: session?.lock.lease?.fence ?? null,
  }
}

/** What is taken back is filled in from the scan itself, inside the append. */
export function negationOf(deps: RecordDeps, memory: DeskMemory, target: EventId, reason?: DropReason): Negation {
  const blank = { source: 'keyboard', raw: '', symbology: null, itemKey: asId<ItemKey>(''), quantity: ZERO, packSize: 1 } as const
  return { kind: 'negation', negates: target, ...madeNow(deps, memory), ...blank, ...(reason === undefined ? {} : { reason }) }
}

/** An amount by hand on one value. It settles what was scanned of the value before (SE31), also where it is zero. */
export function handCorrectionOf(
  deps: RecordDeps,
  memory: DeskMemory,
  { itemKey, own, quantity }: { readonly itemKey: ItemKey; readonly own: Pick<OwnCount, 'raw' | 'symbology'>; readonly quantity: Micro },
): Correction {
  const { raw, symbology } = own
  return { kind: 'correction', source: 'hand', ...madeNow(deps, memory), itemKey, raw, symbology, quantity, packSize: 1 }
}
