// The `scans` database: one per server and user. Tables, rows and indexes; Dexie and the memory store are both made from it.
import type { Access, Profile } from '../domain/access'
import type { BarcodeWish } from '../domain/barcode-wish'
import type { CountRecord, RowAck } from '../domain/count-record'
import type { BucketCounts, CountedItem } from '../domain/counted-item'
import type { DeviceId, EpochMs, ItemKey, LineKey, LogId, RowUuid, SessionId, UserName } from '../domain/ids'
import type { StoredLock } from '../domain/lock'
import type { ProductMatch } from '../domain/product'
import type { Micro } from '../domain/quantity'
import type { ScanEvent, StoredScanEvent } from '../domain/scan-event'
import type { SentTrail } from '../domain/sent-decision'
import type { CountSession, CycleCount } from '../domain/session'
import type { Store, Tx } from './store'

/** Head and tally of one writer log, written by append alone. */
export interface LogRow {
  readonly logId: LogId
  readonly sessionId: SessionId
  readonly userName: UserName
  /** seq of the last event; 0 = none. */
  readonly head: number
  /** Standing scans that this log contributes: scans minus negations; may be negative. */
  readonly standing: number
  /** Device time of the last event: the newest logs make up the feed. */
  readonly lastAt: EpochMs
  /**
   * Only on logs that came as a file: which device made it, and when it was taken over (device time). `savedAt`: when the
   * newest file of that device with this log was made (server time, as far as it knew); absent on logs taken before.
   */
  readonly takenFrom?: { readonly deviceId: DeviceId; readonly at: EpochMs; readonly savedAt?: EpochMs }
}

/**
 * What the append keeps beside a session's logs, so that nothing on screen adds all logs up. Stored in `logs`, which the
 * append locks anyhow; without a `sessionId`, so that it is not among the session's logs.
 */
export interface SessionSum {
  /** `sum:<sessionId>` */
  readonly logId: LogId
  readonly kind: 'session'
  /** Σ standing over the session's logs. */
  readonly standing: number
  /** gid of the session's last event; 0 = none. Tells whether anything was appended since it was read. */
  readonly lastGid: number
}

/** What the events of one value say about pack sizes, up to one of them: the next correction reads only newer ones. */
export interface PackSum {
  /** `packs:<sessionId>`, line feed, item key */
  readonly logId: LogId
  readonly kind: 'packs'
  readonly throughGid: number
  /** gid of the last amount set by hand on the value; what is older is settled by it. 0 = none. */
  readonly handGid: number
  /** Standing scans since then, before the pack size: 3 for three cases. */
  readonly scanned: Micro
  /** What those scans and their corrections count. */
  readonly counted: Micro
}

export type LogsRow = LogRow | SessionSum | PackSum

export interface MatchRow extends ProductMatch {
  readonly sessionId: SessionId
  readonly itemKey: ItemKey
  readonly source: 'user' | 'catalogue' | 'server'
  /** Source `server`: the device's catalogue has told the pack size of this product's value. Until then it is open. */
  readonly isPackKnown?: boolean
  /** Goes into every own row of the key: was it asked for when the key was first seen, or by the server's word. */
  readonly isRequested?: boolean | null
}

/** One row per session and kind, kept in the transaction that moves what it counts. */
export type CounterRow =
  | ({ readonly sessionId: SessionId; readonly kind: 'buckets' } & BucketCounts)
  | { readonly sessionId: SessionId; readonly kind: 'synced'; readonly standing: number }
  /** The lines that a rebuild has counted so far, up to one of them: kept like `buckets`, until they are all and become those. */
  | ({ readonly sessionId: SessionId; readonly kind: 'recount'; readonly through: LineKey } & BucketCounts)

/** Session as opened on this device: enough for a cold start without a network. */
export interface SessionRow {
  readonly sessionId: SessionId
  readonly session: CountSession
  readonly cycleCount: Omit<CycleCount, 'sessions'>
  readonly lock: StoredLock
  /** Server time of the last complete pull of items; null before the first. */
  readonly pulledAt: EpochMs | null
  /** Server time at which the last pull began. Absent while the server's clock is not known. */
  readonly seenThrough?: EpochMs
  /** Set by the tap on Submit, cleared by withdrawal or by the server's yes. Scans are refused while it is set. */
  readonly submitQueuedAt: EpochMs | null
  /** Why a queued submit is not through, in words' reasons; null while nothing is wrong. */
  readonly submitProblem: SubmitProblem | null
}

/**
 * - `stale-fence`: somebody else holds the session
 * - `changed-elsewhere`: the server shows other quantities than this device
 * - `reopened`: it went through, and somebody has opened the session again since
 * - `rejected`: the server said no
 */
export type SubmitProblem = 'stale-fence' | 'changed-elsewhere' | 'reopened' | 'rejected'

export interface CycleCountRow {
  readonly cycleCountId: string
  readonly cycleCount: CycleCount
  readonly fetchedAt: EpochMs
}

/** Own count rows whose acknowledged revision is behind: the set of unsent rows. Rejected rows leave it for quarantine. */
export interface OutboxRow {
  readonly uuid: RowUuid
  readonly sessionId: SessionId
}

/** Base profile: the session took no more rows (decision 14). */
export const SESSION_CLOSED = 'SESSION_CLOSED'
/** A supervisor removed the row: only a higher revision revives it (decision 15). */
export const REMOVED_ON_SERVER = 'REMOVED_ON_SERVER'

/** Somebody else decided on a held row; the message says what. The server's code, too. */
export const HELD_DECIDED = 'HELD_DECIDED'

/** A row that the server refused or holds: visible on the Sync page, never dropped, never in the way. */
export interface QuarantineRow {
  readonly uuid: RowUuid
  readonly sessionId: SessionId
  /** `held` rows are acknowledged evidence of a closed count; `rejected` rows were refused. */
  readonly kind: 'rejected' | 'held'
  readonly code: string
  readonly message: string
  /** Revision that was refused: a higher one is tried again. */
  readonly rev: number
  readonly at: EpochMs
}

export interface SyncLogRow {
  /** Auto-numbered. */
  readonly id?: number
  readonly at: EpochMs
  readonly level: 'info' | 'warn' | 'error'
  readonly event: string
  readonly details: Readonly<Record<string, string | number | boolean | null>>
}

/** Something that was repaired, or found missing; `scans` is what is missing at most. Device times. */
export type ReportItem =
  | { readonly kind: 'spill-drained' | 'wiped' | 'set-back'; readonly at: EpochMs; readonly scans: number }
  | { readonly kind: 'rebuilt'; readonly at: EpochMs; readonly sessionName: string; readonly lines: number }
  /** The server would not remember a barcode; `words` are its own. */
  | { readonly kind: 'not-remembered'; readonly at: EpochMs; readonly value: string; readonly productName: string; readonly words: string }

/** Single values. `k` names them; the union types them. */
export type MetaRow =
  | { readonly k: 'device'; readonly deviceId: string; readonly name: string }
  | { readonly k: 'login'; readonly access: Access }
  | { readonly k: 'profile'; readonly profile: Profile }
  /** gid of the last event folded. */
  | { readonly k: 'aggCursor'; readonly gid: number }
  /** Per session, gid of the last event whose evidence the server has; k = `evidence:<sessionId>`. */
  | { readonly k: `evidence:${string}`; readonly gid: number }
  /** Per session, gid up to which rows were compared with their events; k = `checked:<sessionId>`. */
  | { readonly k: `checked:${string}`; readonly gid: number }
  /** A rebuild of the session has put something right and is not through; k = `rebuilding:<sessionId>`. */
  | { readonly k: `rebuilding:${string}` }
  /** What a person has to be told, until it was read. */
  | { readonly k: 'report'; readonly items: readonly ReportItem[] }
  /** Base profile: uuids of the request under way (decision 14). */
  | { readonly k: 'inFlight'; readonly sessionId: SessionId; readonly uuids: readonly RowUuid[]; readonly since: EpochMs }
  /** Base profile: rows of the session went out more than once; a look when all is quiet is due (decision 14). */
  | { readonly k: `lookAgain:${string}`; readonly sessionId: SessionId; readonly since: EpochMs }
  /** Server incarnation that the acknowledgements belong to. */
  | { readonly k: 'epoch'; readonly epoch: string }
  /** Device time of the last run after which nothing was unsent. */
  | { readonly k: 'lastSync'; readonly at: EpochMs }
  | { readonly k: 'serverClock'; readonly offsetMs: number; readonly measuredAt: EpochMs }
  /** Terminator learning (decision 25) per device. */
  | { readonly k: 'wedge'; readonly terminatedScans: number; readonly terminator: string | null }
  /** Base profile: uuids sent once more after a difference (decision 14). */
  | { readonly k: `resent:${string}`; readonly uuids: readonly RowUuid[] }
  /** A barcode that is to be known in the next counts, until the server has answered; k = `remember:<itemKey>`. */
  | ({ readonly k: `remember:${string}` } & BarcodeWish)
  | { readonly k: `setting:${string}`; readonly value: string }
  /** Base profile: what this device sent of a review; k = `booked:<cycleCountId>`. */
  | ({ readonly k: `booked:${string}` } & SentTrail)

export type ScansShape = {
  scanEvents: { row: StoredScanEvent; insert: ScanEvent; key: number; index: 'eventId' | '[logId+seq]' | '[sessionId+gid]' | 'negates' | '[sessionId+itemKey+gid]' }
  logs: { row: LogsRow; key: LogId; index: 'sessionId' }
  inventoryCountRecords: { row: CountRecord; key: RowUuid; index: '[sessionId+lineKey]' | '[sessionId+itemKey]' | '[sessionId+origin+uuid]' }
  acks: { row: RowAck; key: RowUuid; index: 'sessionId' }
  items: {
    row: CountedItem
    key: [SessionId, LineKey]
    index: '[sessionId+bucket+position]' | '[sessionId+bucket+sortName]' | '[sessionId+bucket+negLastScanAt]'
  }
  matches: { row: MatchRow; key: [SessionId, ItemKey]; index: never }
  counters: { row: CounterRow; key: [SessionId, CounterRow['kind']]; index: never }
  sessions: { row: SessionRow; key: SessionId; index: never }
  cycleCounts: { row: CycleCountRow; key: string; index: never }
  outbox: { row: OutboxRow; key: RowUuid; index: '[sessionId+uuid]' }
  quarantine: { row: QuarantineRow; key: RowUuid; index: 'sessionId' }
  meta: { row: MetaRow; key: string; index: never }
  syncLog: { row: SyncLogRow; key: number; index: never }
}

export type ScansStore = Store<ScansShape>
export type ScansTx = Tx<ScansShape>

/** Physical description: primary key path, whether the store numbers rows, indexes; `&` marks a unique one. */
export interface TableSpec {
  readonly primaryKey: string | readonly string[]
  readonly autoIncrement?: boolean
  /** Index name to key paths. */
  readonly indexes: Readonly<Record<string, { readonly paths: readonly string[]; readonly unique?: boolean }>>
}

export type Schema<Shape> = Readonly<Record<keyof Shape & string, TableSpec>>

/**
 * Raise with every change of SCANS_SCHEMA, and make its golden database: `npm run golden`.
 * 2: Dexie's store has a table of turns (docs/adr/0030).
 */
export const SCANS_VERSION = 2

export const SCANS_SCHEMA: Schema<ScansShape> = {
  scanEvents: {
    primaryKey: 'gid',
    autoIncrement: true,
    indexes: {
      eventId: { paths: ['eventId'], unique: true },
      '[logId+seq]': { paths: ['logId', 'seq'], unique: true },
      '[sessionId+gid]': { paths: ['sessionId', 'gid'] },
      '[sessionId+itemKey+gid]': { paths: ['sessionId', 'itemKey', 'gid'] },
      // Unique: a second negation of one scan cannot even be stored (I6). Rows without the field are not indexed.
      negates: { paths: ['negates'], unique: true },
    },
  },
  logs: { primaryKey: 'logId', indexes: { sessionId: { paths: ['sessionId'] } } },
  inventoryCountRecords: {
    primaryKey: 'uuid',
    indexes: {
      '[sessionId+lineKey]': { paths: ['sessionId', 'lineKey'] },
      '[sessionId+itemKey]': { paths: ['sessionId', 'itemKey'] },
      '[sessionId+origin+uuid]': { paths: ['sessionId', 'origin', 'uuid'] },
    },
  },
  acks: { primaryKey: 'uuid', indexes: { sessionId: { paths: ['sessionId'] } } },
  items: {
    primaryKey: ['sessionId', 'lineKey'],
    indexes: {
      '[sessionId+bucket+position]': { paths: ['sessionId', 'bucket', 'position'] },
      '[sessionId+bucket+sortName]': { paths: ['sessionId', 'bucket', 'sortName'] },
      '[sessionId+bucket+negLastScanAt]': { paths: ['sessionId', 'bucket', 'negLastScanAt'] },
    },
  },
  matches: { primaryKey: ['sessionId', 'itemKey'], indexes: {} },
  counters: { primaryKey: ['sessionId', 'kind'], indexes: {} },
  sessions: { primaryKey: 'sessionId', indexes: {} },
  cycleCounts: { primaryKey: 'cycleCountId', indexes: {} },
  outbox: { primaryKey: 'uuid', indexes: { '[sessionId+uuid]': { paths: ['sessionId', 'uuid'] } } },
  quarantine: { primaryKey: 'uuid', indexes: { sessionId: { paths: ['sessionId'] } } },
  meta: { primaryKey: 'k', indexes: {} },
  syncLog: { primaryKey: 'id', autoIncrement: true, indexes: {} },
}
