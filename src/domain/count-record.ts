// One row per session, writer log and item: the absolute count as one log wrote it. The session's count is the sum.
import type { EpochMs, ItemKey, LineKey, LogId, ProductId, RowUuid, SessionId, UserName } from './ids'
import type { Micro } from './quantity'

/** What a row counts. Joined by `rev`: the higher revision wins, whole. */
export interface CountHalf {
  /** Always a number; a log's row may be negative (an undo of an earlier log's scan). */
  readonly quantity: Micro
  /** Scans minus negations; null only on server rows that do not know it. */
  readonly standing: number | null
  /** seq of the last event folded in (own rows); the highest accepted revision (server rows). */
  readonly rev: number
}

/** What a row stands for. Joined by `matchRev`; on a tie the server's stays. */
export interface IdentificationHalf {
  readonly productId: ProductId | null
  readonly isRequested: boolean | null
  /** Left out for callers who may not see the book quantity. */
  readonly systemQuantityOnHand: Micro | null
  readonly matchRev: number
}

export interface CountRecord extends CountHalf, IdentificationHalf {
  readonly uuid: RowUuid
  readonly sessionId: SessionId
  /** null on rows that the server made (the requested items of a directed count). */
  readonly logId: LogId | null
  readonly itemKey: ItemKey
  /** productId, or itemKey while there is none: which line on screen the row belongs to. */
  readonly lineKey: LineKey
  /** `own`: written by this device's fold only. `server`: written by storeInventoryCountItems only. */
  readonly origin: 'own' | 'server'
  /** What was scanned, as the wire's productIdentifier. */
  readonly productIdentifier: string
  readonly createdAt: EpochMs
  /** Last standing change, device time plus server offset; 0 if never scanned. */
  readonly lastScanAt: EpochMs
  readonly countedBy: UserName | null
  /** Assigned order on the server; null until it is known. */
  readonly importItemSeqId: string | null
  /** gid of the last event folded in (own rows); 0 on server rows. Informative (S3.41). */
  readonly aggApplied: number
  /** Server stamp of the row as last seen; informative (S3.41). */
  readonly lastUpdatedStamp: EpochMs | null
}

/** What the server has acknowledged of an own row. Kept apart so that a rebuild leaves it alone. */
export interface RowAck {
  readonly uuid: RowUuid
  readonly sessionId: SessionId
  readonly ackedRev: number
  readonly ackedMatchRev: number
  /** Standing scans in the acknowledged revision: feeds the tally's third number. */
  readonly ackedStanding: number
  readonly importItemSeqId: string | null
  /** Server time of the acknowledgement; informative (S3.41). */
  readonly lastSyncedAt: EpochMs
}
