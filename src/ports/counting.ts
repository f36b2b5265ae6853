// The counting desk: what the counting screen asks of the device for one open session. All local, nothing waits for a network.
import type { BucketCounts, CountedItem, ShownBucket, Tally } from '../domain/counted-item'
import type { EpochMs, EventId, ItemKey, LineKey, ProductId, SessionId } from '../domain/ids'
import type { Micro } from '../domain/quantity'
import type { DropReason, ScanSource } from '../domain/scan-event'

export interface ScanInput {
  /** As decoded: trimmed, symbology prefix taken off. */
  readonly raw: string
  readonly symbology: string | null
  readonly source: ScanSource
  /** `12 ×` before a scan: 12 units or cases; 0 is a value of its own. */
  readonly times: Micro
  /** Hand count and search: the product is known, the key is `product:<id>`. */
  readonly productId?: ProductId
  /** performance.timeOrigin-based stamp of the terminator key, for the timings; null when typed or by hand. */
  readonly receivedAt: number | null
}

export type RefusalReason =
  | 'empty' // nothing in it
  | 'too-long' // over 255 characters
  | 'quantity' // outside ±1e9, or a barcode typed as a quantity
  | 'lock-lost' // somebody else holds the session now
  | 'no-lock' // not opened, or another window counts
  | 'submitted' // a submit is queued or done
  | 'storage' // could not be saved: loud alarm, the scan is kept in memory and retried
  | 'not-kept' // could not be saved and is not kept either: to be done again
  | 'unreadable' // every character doubled, or control characters: a scanner set-up fault

export type ScanOutcome =
  | {
      readonly kind: 'counted' | 'undirected' | 'unmatched'
      readonly eventId: EventId
      readonly lineKey: LineKey
      readonly productId: ProductId | null
      /** Product name, or the raw value. */
      readonly name: string
      /** What this scan added. */
      readonly quantity: Micro
      readonly packSize: number
      /** The line's total incl. other devices and scans not folded yet. */
      readonly total: Micro
      /** Several products claim the value: the person must choose. */
      readonly isAmbiguous: boolean
      /** The line as far as it was at hand, with this scan in its total; null: ask for it. Its last scan is the one before this. */
      readonly view: LineView | null
    }
  | { readonly kind: 'refused'; readonly reason: RefusalReason; readonly raw: string }

/** One row of the feed, newest first. */
export interface FeedEntry {
  readonly eventId: EventId
  readonly kind: 'scan' | 'negation' | 'correction'
  readonly source: ScanSource
  readonly raw: string
  readonly lineKey: LineKey
  readonly productId: ProductId | null
  readonly name: string
  readonly quantity: Micro
  /** Units of one scan, frozen in `quantity`. */
  readonly packSize: number
  readonly at: EpochMs
  /** Taken back already. */
  readonly isUndone: boolean
  readonly bucket: ShownBucket | 'none'
}

/** A line with what is not folded yet added in, and its identifiers for the card. */
export interface LineView {
  readonly item: CountedItem
  readonly total: Micro
  readonly identifiers: readonly { readonly type: string; readonly value: string; readonly packSize: number }[]
  /** What the book says; null: not known, or not for these eyes, or the count is blind. */
  readonly book: Micro | null
}

export type LineSort = 'assigned' | 'name' | 'last-scanned'

/** The good scans around an unmatched one: a hint to the place on the shelf. */
export interface Neighbours {
  readonly before: { readonly name: string; readonly scansAgo: number } | null
  readonly after: { readonly name: string; readonly scansLater: number } | null
}

/** What the check before a submit found; all at once. */
export interface SubmitCheck {
  readonly uncounted: number
  readonly unmatched: number
  /** Scans that the server lacks. */
  readonly unsentScans: number
  readonly quarantinedRows: number
  /** Negative totals, and totals that are ten times the expected number or above the fixed limit. */
  readonly oddQuantities: readonly { readonly lineKey: LineKey; readonly name: string; readonly total: Micro; readonly why: 'negative' | 'too-many' }[]
}

export type UndoOutcome = 'undone' | 'already-undone' | 'refused'

/** Whether acknowledged writes still work, for the alarm on screen. */
export type StorageHealth =
  | { readonly state: 'well' }
  /** Retrying; scans wait in memory or in the spill. */
  | { readonly state: 'struggling'; readonly waiting: number }
  /** Nothing can be saved: full-screen alarm. */
  | { readonly state: 'dead'; readonly waiting: number; readonly message: string }

export interface CountingDesk {
  readonly sessionId: SessionId
  /**
   * Record one scan. Resolves only when it is durable (kind counted/undirected/unmatched) or refused.
   * Calls may overlap; order of calls is order of the log.
   */
  scan: (input: ScanInput) => Promise<ScanOutcome>
  /** Take one scan back, at most once ever, also one of an earlier page life. */
  undo: (eventId: EventId) => Promise<UndoOutcome>
  /**
   * Take back every standing scan of a line that this device made, and what it set by hand there.
   * @param reason asked for where an unknown barcode is dropped; it stays with each scan that is taken back
   * @returns how many scans; an amount set by hand alone counts as one
   */
  undoLine: (lineKey: LineKey, reason?: DropReason) => Promise<number>
  /** Bring a line to an amount counted by hand, whatever it is when the amount is stored. */
  setQuantity: (lineKey: LineKey, total: Micro) => Promise<ScanOutcome>
  feed: (limit: number) => Promise<readonly FeedEntry[]>
  line: (lineKey: LineKey) => Promise<LineView | null>
  /** What the book says of a product that has no line yet; null as in a line's view. */
  bookOf: (productId: ProductId) => Promise<Micro | null>
  lines: (lineKeys: readonly LineKey[]) => Promise<readonly (CountedItem | undefined)[]>
  lineKeys: (bucket: ShownBucket, sort: LineSort, limit: number) => Promise<readonly LineKey[]>
  counts: () => Promise<BucketCounts>
  tally: () => Promise<Tally>
  neighbours: (itemKey: ItemKey) => Promise<Neighbours>
  submitCheck: () => Promise<SubmitCheck>
  health: () => StorageHealth
  /** Called on every change of tally, feed, lines or health. @returns how to stop */
  onChange: (listener: (what: 'tally' | 'feed' | 'health') => void) => () => void
}
