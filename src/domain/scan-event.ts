// One fact recorded at the shelf. Append-only: never edited, never deleted before its session is archived.
import type { DeviceId, EpochMs, EventId, ItemKey, LogId, SessionId, UserName } from './ids'
import type { Micro } from './quantity'

/** How the event came to be. */
export type ScanSource = 'scanner' | 'keyboard' | 'hand' | 'correction'

interface Recorded {
  readonly eventId: EventId
  readonly sessionId: SessionId
  readonly deviceId: DeviceId
  readonly userName: UserName
  readonly source: ScanSource
  /** What the scanner read or the person chose; never empty, at most 255 characters. */
  readonly raw: string
  /** AIM symbology identifier without the bracket, such as `E0`; null when the scanner sends none. */
  readonly symbology: string | null
  readonly itemKey: ItemKey
  /** Signed: what this event adds to the count. Already multiplied by `packSize`. */
  readonly quantity: Micro
  /** Units of one scan: 12 for a case barcode of 12. */
  readonly packSize: number
  /** Device clock: for people. Order comes from `seq`. */
  readonly at: EpochMs
  /** Server time minus device time as last known, and how old that knowledge was; null if never known. */
  readonly serverOffsetMs: number | null
  readonly serverOffsetAgeMs: number | null
  /** The lock's fence when the scan was made; null if no lock was known. */
  readonly fence: number | null
}

/** A barcode read or a quantity typed. Quantity 0 is a statement too: looked and found none. */
export interface Scan extends Recorded {
  readonly kind: 'scan'
}

/** Why the scans of an unknown barcode were dropped. */
export type DropReason = 'damaged-label' | 'not-ours' | 'mistake' | 'other'

/** Takes one earlier scan back; at most once per scan. */
export interface Negation extends Recorded {
  readonly kind: 'negation'
  readonly negates: EventId
  /** Only where a person was asked for one: a mere undo has none. */
  readonly reason?: DropReason
}

/** Changes a quantity without being a scan: a pack size learnt later, an amount set by hand. */
export interface Correction extends Recorded {
  readonly kind: 'correction'
}

export type ScanEventDraft = Scan | Negation | Correction

/** An event with its place in its log (gapless 1, 2, 3 …), given inside the append transaction. */
export type ScanEvent = ScanEventDraft & { readonly logId: LogId; readonly seq: number }

/** As stored: `gid` is this device's commit order over all logs. */
export type StoredScanEvent = ScanEvent & { readonly gid: number }

/** What an event adds to the number of standing scans: decides counted against uncounted. */
export function standingOf(event: Pick<ScanEventDraft, 'kind'>): -1 | 0 | 1 {
  switch (event.kind) {
    case 'scan':
      return 1
    case 'negation':
      return -1
    case 'correction':
      return 0
  }
}
