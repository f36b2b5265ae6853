// A pack size learnt after scanning: one correction event makes the scans of a value count it.
import type { Clock, IdSource } from '../domain/time-and-ids'
import { asId } from '../domain/ids'
import type { DeviceId, EventId, ItemKey, LogId, SessionId, UserName } from '../domain/ids'
import { negateQuantity, scaleQuantity, sumQuantity, unitsOf, ZERO } from '../domain/quantity'
import type { Micro } from '../domain/quantity'
import type { Correction, StoredScanEvent } from '../domain/scan-event'
import type { Bus } from '../ports/platform'
import type { PackSum, ScansStore, ScansTx } from '../ports/scans-schema'
import type { Caller } from '../ports/server'
import { appendIn } from './append-scans'
import type { Appended } from './append-scans'

const PAGE = 1000
/** Events of one value of one session on one device that were not looked at yet: 200,000. */
const PAGES_MAX = 200

export interface PackInput {
  readonly sessionId: SessionId
  readonly itemKey: ItemKey
  readonly packSize: number
}

export interface PackDeps {
  readonly scans: ScansStore
  readonly clock: Clock
  readonly ids: IdSource
  readonly caller: Caller
  readonly bus: Pick<Bus, 'post'>
}

/** Whoever corrects is a writer of its own: one log per session, and per life of the store's handle. */
const logsOfStore = new WeakMap<ScansStore, Map<SessionId, Pick<Appended, 'logId' | 'head'>>>()

/**
 * Append what the standing scans of a value lack at this pack size. Repeatable: it compares what they should count
 * with what scans and earlier corrections do count, and a second run finds nothing. Amounts set by hand stay, and
 * settle everything that was scanned before them.
 *
 * What was compared is kept: the next run reads the value's newer events only. Rules: docs/SPEC.md SE9, SE10, SE31
 *
 * @returns whether an event was appended
 */
export async function correctPacks(deps: PackDeps, input: PackInput): Promise<boolean> {
  const { sessionId } = input
  const logs = logsOfStore.get(deps.scans) ?? new Map<SessionId, Pick<Appended, 'logId' | 'head'>>()
  logsOfStore.set(deps.scans, logs)
  const mintLog = (): LogId => asId<LogId>(deps.ids.next())
  const appended = await deps.scans.tx(['scanEvents', 'logs'], 'rw', async (tx) => {
    const before = await readPackSum(tx, input)
    const sum = await summedUp(tx, { ...input, deviceId: deps.caller.deviceId }, before)
    if (sum.throughGid !== before.throughGid) await tx.put('logs', sum)
    const last = await tx.get('scanEvents', sum.throughGid)
    const quantity = missingQuantity(sum, input.packSize)
    if (last === undefined || quantity === ZERO) return null
    const log = logs.get(sessionId) ?? { logId: mintLog(), head: 0 }
    const drafts = [correctionOf(deps, input, { last, quantity })]
    const userName = asId<UserName>(deps.caller.userName)
    return await appendIn(tx, { sessionId, userName, logId: log.logId, knownHead: log.head, mintLog, drafts })
  })
  if (appended === null) return false
  logs.set(sessionId, { logId: appended.logId, head: appended.head })
  // Desks follow the session by what they append themselves: this was somebody else.
  deps.bus.post({ kind: 'appended', sessionId })
  return true
}

/** Was this event made by reading the value, so that a pack size applies to it? */
export function countsPacks(event: Pick<StoredScanEvent, 'kind' | 'source'>): boolean {
  return event.kind !== 'correction' && (event.source === 'scanner' || event.source === 'keyboard')
}

function correctionOf(
  { clock, ids, caller }: PackDeps,
  { sessionId, itemKey, packSize }: PackInput,
  { last, quantity }: { readonly last: StoredScanEvent; readonly quantity: Micro },
): Correction {
  const { raw, symbology, serverOffsetMs, serverOffsetAgeMs, fence } = last
  return {
    kind: 'correction',
    eventId: asId<EventId>(ids.next()),
    sessionId,
    deviceId: caller.deviceId,
    userName: asId<UserName>(caller.userName),
    source: 'correction',
    raw,
    symbology,
    itemKey,
    quantity,
    packSize,
    at: clock.now(),
    serverOffsetMs,
    serverOffsetAgeMs,
    fence,
  }
}

/** What the standing scans should count at this pack size, less what they and their corrections do. */
function missingQuantity({ scanned, counted }: PackSum, packSize: number): Micro {
  const wanted = scaleQuantity(scanned, packSize)
  // An absurd amount is left as it is: it is questioned before the submit, and must not stop the fold.
  return wanted === 'too-large' ? ZERO : sumQuantity(wanted, negateQuantity(counted))
}

async function readPackSum(tx: ScansTx, { sessionId, itemKey }: PackInput): Promise<PackSum> {
  const logId = asId<LogId>(`packs:${sessionId}\n${itemKey}`)
  const row = await tx.get('logs', logId)
  if (row !== undefined && 'throughGid' in row) return row
  return { logId, kind: 'packs', throughGid: 0, handGid: 0, scanned: ZERO, counted: ZERO }
}

async function summedUp(
  tx: ScansTx,
  { sessionId, itemKey, deviceId }: PackInput & { readonly deviceId: DeviceId },
  before: PackSum,
): Promise<PackSum> {
  let sum = before
  for (let page = 0; page < PAGES_MAX; page++) {
    const events = await tx.range('scanEvents', '[sessionId+itemKey+gid]', {
      lower: [sessionId, itemKey, sum.throughGid],
      lowerOpen: true,
      upper: [sessionId, itemKey, Infinity],
      limit: PAGE,
    })
    for (const event of events) {
      // Scans taken over from another device are corrected there, or they would be corrected twice.
      const next = event.deviceId === deviceId ? await withEvent(tx, sum, event) : sum
      sum = { ...next, throughGid: event.gid }
    }
    if (events.length < PAGE) return sum
  }
  throw new RangeError(`More than ${PAGE * PAGES_MAX} new events of one value`)
}

async function withEvent(tx: ScansTx, sum: PackSum, event: StoredScanEvent): Promise<PackSum> {
  if (event.kind === 'correction') {
    // The amount is what somebody counted: what was scanned before is settled, whatever a case holds.
    if (event.source !== 'correction') return { ...sum, handGid: event.gid, scanned: ZERO, counted: ZERO }
    return { ...sum, counted: sumQuantity(sum.counted, event.quantity) }
  }
  if (!countsPacks(event)) return sum
  if (event.kind === 'negation' && sum.handGid > 0 && (await isSettled(tx, sum, event.negates))) return sum
  const scanned = unitsOf(Math.round(event.quantity / event.packSize / unitsOf(1)))
  return {
    ...sum,
    scanned: sumQuantity(sum.scanned, scanned),
    counted: sumQuantity(sum.counted, event.quantity),
  }
}

async function isSettled(tx: ScansTx, { handGid }: PackSum, target: EventId): Promise<boolean> {
  const [scan] = await tx.range('scanEvents', 'eventId', { lower: target, upper: target, limit: 1 })
  return scan !== undefined && scan.gid <= handGid
}
