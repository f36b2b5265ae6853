// One line of a session as the counter sees it: the sum of the rows of one product, or of one unmatched value.
import type { EpochMs, LineKey, ProductId, SessionId } from './ids'
import type { Micro } from './quantity'

/** Tabs of the counting screen. `none`: every scan was taken back and nobody asked for it. */
export type Bucket = 'counted' | 'uncounted' | 'undirected' | 'unmatched' | 'none'

export const SHOWN_BUCKETS = ['counted', 'uncounted', 'undirected', 'unmatched'] as const
export type ShownBucket = (typeof SHOWN_BUCKETS)[number]

export interface CountedItem {
  readonly sessionId: SessionId
  readonly lineKey: LineKey
  readonly productId: ProductId | null
  /** Product name, or the scanned value while unmatched. */
  readonly name: string
  /** Lower case, for sorting. */
  readonly sortName: string
  /** An identifier a person can compare with the label. */
  readonly identifier: string
  readonly quantity: Micro
  readonly standing: number
  /** Rows that say isRequested = Y. */
  readonly requestedRows: number
  /** Server rows that carry a quantity but no standing: they count as counted. */
  readonly legacyRows: number
  readonly bucket: Bucket
  /** Assigned order: the lowest importItemSeqId of its rows, else after all others. */
  readonly position: string
  readonly lastScanAt: EpochMs
  /** −lastScanAt: newest first with a forward index (WebKit: no backward cursors). */
  readonly negLastScanAt: number
  readonly systemQuantityOnHand: Micro | null
}

/** Lines per tab. A row of `counters`, kept in the transaction that moves the lines. */
export interface BucketCounts {
  readonly counted: number
  readonly uncounted: number
  readonly undirected: number
  readonly unmatched: number
}

/** The three numbers that are always in sight: scans of this user in this session on this device, less those undone. */
export interface Tally {
  readonly scanned: number
  readonly saved: number
  readonly synced: number
}

/**
 * Which tab a line belongs to. Decisions 5 and 6: counted zero is counted; only Σ standing = 0 is uncounted.
 *
 * @param isHardCount everything counted in a hard count is asked for
 */
export function bucketOf(
  line: Pick<CountedItem, 'productId' | 'standing' | 'requestedRows' | 'legacyRows'>,
  isHardCount: boolean,
): Bucket {
  const isCounted = line.standing !== 0 || line.legacyRows > 0
  if (!isCounted) return line.requestedRows > 0 ? 'uncounted' : 'none'
  if (line.productId === null) return 'unmatched'
  return line.requestedRows > 0 || isHardCount ? 'counted' : 'undirected'
}
