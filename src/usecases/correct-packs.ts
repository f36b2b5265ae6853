// A pack size learnt after scanning: one correction event makes the scans of a value count it.
import type { Clock, IdSource } from '../domain/time-and-ids'
import { asId } from '../domain/ids'
import type { EventId, ItemKey, LogId, SessionId, UserName } from '../domain/ids'
import { negateQuantity, sumQuantity, timesPack, unitsOf, ZERO } from '../domain/quantity'
import type { Micro } from '../domain/quantity'
import type { Correction, StoredScanEvent } from '../domain/scan-event'
import type { ScansStore, ScansTx } from '../ports/scans-schema'
import type { Caller } from '../ports/server'

const PAGE = 1000
/** Events of one value of one session on one device: 200,000. */
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
}

/**
 * Append what the standing scans of a value lack at this pack size. Repeatable: it compares what they should count
 * with what scans and earlier corrections do count, and a second run finds nothing. Amounts set by hand stay.
 *
 * The event goes into a log of its own: whoever corrects is a writer of its own. Rules: docs/SPEC.md SE9, SE10
 *
 * @returns whether an event was appended
 */
export function correctPacks(deps: PackDeps, input: PackInput): Promise<boolean> {
  return deps.scans.tx(['scanEvents', 'logs'], 'rw', async (tx) => {
    const events = await eventsOf(tx, input)
    const last = events.at(-1)
    const quantity = missingQuantity(events, input.packSize)
    if (last === undefined || quantity === ZERO) return false

    const at = deps.clock.now()
    const logId = asId<LogId>(deps.ids.next())
    const userName = asId<UserName>(deps.caller.userName)
    const { raw, symbology, serverOffsetMs, serverOffsetAgeMs, fence } = last
    const correction: Correction = {
      kind: 'correction',
      eventId: asId<EventId>(deps.ids.next()),
      sessionId: input.sessionId,
      deviceId: deps.caller.deviceId,
      userName,
      source: 'correction',
      raw,
      symbology,
      itemKey: input.itemKey,
      quantity,
      packSize: input.packSize,
      at,
      serverOffsetMs,
      serverOffsetAgeMs,
      fence,
    }
    await tx.add('scanEvents', { ...correction, logId, seq: 1 })
    await tx.put('logs', { logId, sessionId: input.sessionId, userName, head: 1, standing: 0, lastAt: at })
    return true
  })
}

/** Was this event made by reading the value, so that a pack size applies to it? */
export function countsPacks(event: Pick<StoredScanEvent, 'kind' | 'source'>): boolean {
  return event.kind !== 'correction' && (event.source === 'scanner' || event.source === 'keyboard')
}

/** What the standing scans should count at this pack size, less what they and their corrections do. */
function missingQuantity(events: readonly StoredScanEvent[], packSize: number): Micro {
  const negated = new Set(events.flatMap((it) => (it.kind === 'negation' ? [it.negates] : [])))
  let missing = ZERO
  for (const event of events) {
    if (event.kind === 'correction' && event.source === 'correction')
      missing = sumQuantity(missing, negateQuantity(event.quantity))
    if (event.kind !== 'scan' || !countsPacks(event) || negated.has(event.eventId)) continue
    const scanned = unitsOf(Math.round(event.quantity / event.packSize / unitsOf(1)))
    missing = sumQuantity(missing, sumQuantity(timesPack(scanned, packSize), negateQuantity(event.quantity)))
  }
  return missing
}

async function eventsOf(tx: ScansTx, { sessionId, itemKey }: PackInput): Promise<StoredScanEvent[]> {
  const events: StoredScanEvent[] = []
  let after = 0
  for (let page = 0; page < PAGES_MAX; page++) {
    const found = await tx.range('scanEvents', '[sessionId+itemKey+gid]', {
      lower: [sessionId, itemKey, after],
      lowerOpen: true,
      upper: [sessionId, itemKey, Infinity],
      limit: PAGE,
    })
    events.push(...found)
    const last = found.at(-1)
    if (last === undefined || found.length < PAGE) return events
    after = last.gid
  }
  throw new RangeError(`More than ${PAGE * PAGES_MAX} events of one value`)
}
