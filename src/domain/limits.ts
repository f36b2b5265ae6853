// Every batch, page, lease and wait of the engine in one injected object: the tests and the simulator vary it.

export interface Limits {
  /** Events folded in one transaction: a scan that comes meanwhile is stored behind it. */
  readonly foldBatch: number
  /** Rows of a session, or lines, that one transaction of a rebuild looks at: a scan that comes meanwhile is stored behind it. */
  readonly rebuildBatch: number
  /** Pause between two folds while scans keep coming: each fold is a commit that theirs queue behind. */
  readonly foldEveryMs: number
  /** Pause between two runs while scans keep coming. */
  readonly sendEveryMs: number
  /** So long after the last scan folds and sends begin, while a pause for it can be waited for. */
  readonly scanQuietMs: number
  /** Rows in one PUT items; the server takes 500. */
  readonly pushBatch: number
  /** Batches in one push run; what is left goes in the next run. */
  readonly pushBatchesMax: number
  /** Scan events in one PUT scanEvents. */
  readonly evidenceBatch: number
  /** Items in one GET page while pulling a session. */
  readonly pullPage: number
  /** Pages in one pull; 50,000 items and room. */
  readonly pullPagesMax: number
  readonly cataloguePage: number
  /** Lease asked for, extended profile. */
  readonly leaseSeconds: number
  /** Lease asked for, base profile. */
  readonly baseLeaseSeconds: number
  readonly backoffFirstMs: number
  readonly backoffCapMs: number
  readonly requestTimeoutMs: number
  /** Unsent, online and no acknowledgement for so long: `stalled`, and the loop is restarted. */
  readonly stallMs: number
  /** Base profile: how long a new leader waits for requests of a dead one to arrive. */
  readonly inFlightGraceMs: number
  /** Body size above which gzip pays. */
  readonly gzipMinBytes: number
  /** Looking up the pack size may hold a scan up for so long at most. */
  readonly identifyBudgetMs: number
  /** A write that has not settled after so long counts as failed. */
  readonly writeTimeoutMs: number
  /** The same where a person waits for it: signing in or out, a supervisor's call. To open a database may take half of it. */
  readonly storageTimeoutMs: number
  readonly syncLogEntries: number
}

export const LIMITS: Limits = {
  foldBatch: 100,
  rebuildBatch: 100,
  foldEveryMs: 400,
  sendEveryMs: 1000,
  scanQuietMs: 80,
  pushBatch: 100,
  pushBatchesMax: 50,
  evidenceBatch: 500,
  pullPage: 500,
  pullPagesMax: 200,
  cataloguePage: 1000,
  leaseSeconds: 120,
  baseLeaseSeconds: 300,
  backoffFirstMs: 1000,
  backoffCapMs: 300_000,
  requestTimeoutMs: 15_000,
  stallMs: 600_000,
  inFlightGraceMs: 60_000,
  gzipMinBytes: 1024,
  identifyBudgetMs: 20,
  writeTimeoutMs: 2000,
  storageTimeoutMs: 20_000,
  syncLogEntries: 5000,
}
