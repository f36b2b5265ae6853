// Held lines on the Sync page: what can be done with each, where one may go, and its scans as a table for a supervisor.
import { csvOf, type Cell } from '../domain/csv'
import type { FacilityId, SessionId } from '../domain/ids'
import { encodeQuantity } from '../domain/quantity'
import type { StoredScanEvent } from '../domain/scan-event'
import type { CycleCount } from '../domain/session'
import { HELD_DECIDED, REMOVED_ON_SERVER, type QuarantineRow } from '../ports/scans-schema'
import { dueWords } from './format'

/** A line that the server did not count, by the names that people know. */
export interface QuarantinedLine {
  readonly row: QuarantineRow
  readonly name: string
  readonly sessionName: string
}

/**
 * - `move`: it can go into another session
 * - `decided`: somebody else said what becomes of it; to be taken off the list
 * - `file`: only to be saved, because nothing here can put it anywhere else
 */
export type HeldChoice = 'move' | 'decided' | 'file'

/** A line that somebody removed from an open count has its place there: another scan brings it back. Rules: HR11, HR13 */
export function heldChoice({ code }: Pick<QuarantineRow, 'code'>, isExtended: boolean): HeldChoice {
  if (code === HELD_DECIDED) return 'decided'
  return isExtended && code !== REMOVED_ON_SERVER ? 'move' : 'file'
}

export interface MoveTarget {
  readonly sessionId: SessionId
  readonly name: string
  /** The count that it belongs to and when that is due. */
  readonly about: string
  readonly isMine: boolean
}

interface Seeker {
  readonly from: SessionId
  readonly facilityId: FacilityId
  readonly userName: string
  readonly now: number
  readonly timeZone: string
}

/** Open sessions of the facility that are the user's or nobody's: theirs first, then what is due first. Rule: HR11 */
export function moveTargets(counts: readonly CycleCount[], { from, facilityId, userName, now, timeZone }: Seeker): readonly MoveTarget[] {
  return counts
    .filter((it) => it.facilityId === facilityId && (it.status === 'created' || it.status === 'in-progress'))
    .toSorted((a, b) => (a.dueAt ?? Infinity) - (b.dueAt ?? Infinity) || a.name.localeCompare(b.name))
    .flatMap((count) =>
      count.sessions.flatMap((it) => {
        const isOpen = it.status === 'created' || it.status === 'assigned'
        const meant = it.assignedTo ?? it.holder?.userName
        if (!isOpen || it.sessionId === from || (meant !== undefined && meant !== userName)) return []
        const due = dueWords(count.dueAt, now, timeZone)?.text ?? 'no due date'
        return [{ sessionId: it.sessionId, name: it.name, about: `${count.name}, ${due}`, isMine: (meant ?? it.createdBy) === userName }]
      }),
    )
    .toSorted((a, b) => Number(b.isMine) - Number(a.isMine))
}

const KINDS: Readonly<Record<StoredScanEvent['kind'], string>> = {
  scan: 'counted',
  negation: 'taken back',
  correction: 'corrected',
}

export interface HeldScans {
  readonly countName: string
  readonly sessionName: string
  readonly productName: string
  readonly lineId: string
  readonly events: readonly StoredScanEvent[]
}

/**
 * Every scan of the line with its time, amounts that add up to what the line counts. No hand-over file: that one carries
 * whole logs of the closed session, which would be held again wherever it is taken over, and a person cannot read it.
 * Rule: HR12
 */
export function heldCsv({ countName, sessionName, productName, lineId, events }: HeldScans): string {
  const rows = events.map((it): readonly Cell[] => [
    countName,
    sessionName,
    productName,
    it.raw,
    new Date(it.at).toISOString(),
    KINDS[it.kind],
    encodeQuantity(it.quantity),
    it.userName,
    it.deviceId,
    it.eventId,
    lineId,
  ])
  return csvOf([HEADINGS, ...rows])
}

const HEADINGS = ['Count', 'Session', 'Product', 'Barcode', 'Time (UTC)', 'What', 'Quantity', 'Counted by', 'Device', 'Scan', 'Line'] as const

const NOT_FOR_NAMES = /[^\p{L}\p{N}._-]+/gu
const NAME_MAX = 60

/** Which session, which line: `shelfcount-held-Dairy-Oat_milk.csv`. */
export function heldFileName({ sessionName, name }: Pick<QuarantinedLine, 'sessionName' | 'name'>): string {
  return `shelfcount-held-${sessionName}-${name}`.replaceAll(NOT_FOR_NAMES, '_').slice(0, NAME_MAX) + '.csv'
}
