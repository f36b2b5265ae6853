// What the app needs from the server, in the domain's words. One implementation speaks HTTP, one is a fake for tests.
// Every method rejects with RemoteError and nothing else (but an abort).
import type { Access, IdentifierPreference, ServerAbilities } from '../domain/access'
import type { BarcodeWish } from '../domain/barcode-wish'
import type { CountRecord } from '../domain/count-record'
import type { CycleCountId, DeviceId, EpochMs, FacilityId, ProductId, RowUuid, SessionId } from '../domain/ids'
import type { Lease } from '../domain/lock'
import type { Product } from '../domain/product'
import type { Micro } from '../domain/quantity'
import type { StoredScanEvent } from '../domain/scan-event'
import type { CountSession, CycleCount, HeardElsewhere, PendingElsewhere, QuietDevice, SessionStatus } from '../domain/session'

/** Who asks: sent along with what a device writes. */
export interface Caller {
  readonly deviceId: DeviceId
  readonly userName: string
}

/** What the server did with one row of a batch (decision 15). */
export type RowVerdict =
  | {
      readonly uuid: RowUuid
      readonly verdict: 'applied' | 'duplicate' | 'late' | 'held'
      readonly rev: number
      readonly importItemSeqId: string | null
      readonly lastUpdatedStamp: EpochMs | null
      readonly code: string | null
      readonly message: string | null
    }
  | { readonly uuid: RowUuid; readonly verdict: 'rejected'; readonly code: string; readonly message: string }

export interface PutItemsRequest {
  readonly sessionId: SessionId
  /** 1 to the batch limit. `hideStanding`: base profile, an uncounted item's rows travel with quantity null (decision 5). */
  readonly rows: readonly (CountRecord & { readonly sendNullQuantity: boolean })[]
  readonly fence: number | null
  /** Scans of this session on this device that the server still lacks once it has this batch. */
  readonly unsentScans: number
}

export interface PutItemsAnswer {
  /** One per row, in any order. Base profile: made by the adapter from a proven JSON answer. */
  readonly verdicts: readonly RowVerdict[]
  readonly serverTime: EpochMs | null
  /** Absent on a server that does not tell. */
  readonly elsewhere?: HeardElsewhere
}

/** A row of GET items, already deduplicated by importItemSeqId. */
export interface ServerItem {
  readonly uuid: RowUuid | null
  readonly importItemSeqId: string
  readonly logId: string | null
  readonly rev: number | null
  readonly matchRev: number | null
  readonly standing: number | null
  readonly productId: ProductId | null
  readonly productIdentifier: string | null
  readonly productName: string | null
  /** null = not counted. */
  readonly quantity: Micro | null
  readonly isRequested: boolean | null
  readonly systemQuantityOnHand: Micro | null
  readonly createdAt: EpochMs | null
  readonly lastScanAt: EpochMs | null
  readonly countedBy: string | null
  readonly lastUpdatedStamp: EpochMs | null
}

export interface ItemsPage {
  readonly items: readonly ServerItem[]
  /** The page was full: ask for the next. */
  readonly more: boolean
}

export interface CataloguePage {
  readonly products: readonly (Product & { readonly isDeleted: boolean })[]
  /** Ask again after this; also the place to go on from when `more` is false, for changes. */
  readonly next: string
  readonly more: boolean
}

export interface StockPage {
  readonly stock: readonly { readonly productId: ProductId; readonly qoh: Micro; readonly atp: Micro }[]
  readonly next: string
  readonly more: boolean
}

export interface UserProfile {
  readonly userId: string
  readonly userName: string
  readonly fullName: string
  readonly partyId: string
  readonly timeZone: string
}

/** Calls that need no sign-in. */
export interface AnonymousApi {
  /** 404 means the base profile. */
  capabilities: (signal?: AbortSignal) => Promise<ServerAbilities & { readonly demoUsers: readonly string[]; readonly serverTime: EpochMs | null }>
  /** @throws RemoteError `unauthorized` for a wrong password, `server-down` with retryAfterMs when throttled */
  signIn: (userName: string, password: string, signal?: AbortSignal) => Promise<Access>
}

export interface StartupApi {
  profile: () => Promise<UserProfile>
  permissions: () => Promise<readonly string[]>
  facilities: (partyId: string, isAdmin: boolean) => Promise<readonly { facilityId: string; name: string; timeZone: string }[]>
  selectedFacility: (userId: string) => Promise<FacilityId | null>
  selectFacility: (userId: string, facilityId: FacilityId) => Promise<void>
  identifierPreference: (facilityId: FacilityId) => Promise<IdentifierPreference>
  signOut: () => Promise<void>
}

export interface CountsApi {
  /** Created, in progress and under review (a recount may wait there), of one facility. */
  cycleCounts: (facilityId: FacilityId, signal?: AbortSignal) => Promise<readonly CycleCount[]>
  /** null when there is none. */
  cycleCount: (id: CycleCountId) => Promise<CycleCount | null>
  startCycleCount: (id: CycleCountId, at: EpochMs) => Promise<void>
  session: (id: SessionId) => Promise<CountSession | null>
  /** Repeatable by requestId (extended); base: the caller lists and adopts first (decision 18). */
  createSession: (input: { cycleCountId: CycleCountId; name: string; area: string; requestId: string }) => Promise<SessionId>
  cloneSession: (input: { sessionId: SessionId; name: string; area: string; requestId: string }) => Promise<SessionId>
  /**
   * @returns the status that this request led to, as the server remembers it: somebody may have moved on since. null: a
   *   server that does not tell (base), or something that is not the server
   * @throws RemoteError `stale-fence`: nothing was changed
   */
  setSessionStatus: (id: SessionId, status: SessionStatus, fence: number | null, requestId: string) => Promise<SessionStatus | null>
  /** @param changedSince server time: only rows that changed since then; a server that cannot tell answers with all */
  itemsPage: (
    sessionId: SessionId,
    pageIndex: number,
    pageSize: number,
    signal?: AbortSignal,
    changedSince?: EpochMs,
  ) => Promise<ItemsPage>
  itemCount: (sessionId: SessionId) => Promise<number>
  putItems: (request: PutItemsRequest, signal?: AbortSignal) => Promise<PutItemsAnswer>
  /** Evidence; extended only. */
  putScanEvents: (sessionId: SessionId, events: readonly StoredScanEvent[], signal?: AbortSignal) => Promise<void>
}

/** A row that the server holds for a settled session, and where it is to go. */
export interface HeldMove {
  readonly sessionId: SessionId
  readonly uuid: RowUuid
  /** The revision that is known to be held. */
  readonly rev: number
  /** null: it was never scanned. */
  readonly lastScanAt: EpochMs | null
  readonly toSessionId: SessionId
}

export interface MovedHeld {
  readonly toSessionId: SessionId
  readonly toSessionName: string
  /** Of the row that stands there now. */
  readonly uuid: RowUuid
  /** What it added there. */
  readonly quantity: Micro
}

/** What a device learns when it asks for a move. */
export type HeldFate =
  | ({ readonly kind: 'moved' } & MovedHeld)
  /** Something else became of it; the words say what, and stay with the row until they are dismissed. */
  | { readonly kind: 'decided'; readonly words: string }
  /** It is not on the list any more: moved from here already, or newer scans of it count. */
  | { readonly kind: 'gone' }

export interface HeldApi {
  /**
   * Repeatable; extended only.
   * @throws RemoteError `rejected` with the code HELD_DECIDED once something else became of it; base: `unsupported`
   */
  moveHeld: (move: HeldMove) => Promise<MovedHeld>
}

export interface BarcodeApi {
  /**
   * The barcode is known in all counts to come. Repeatable by its wishId; extended only.
   * @throws RemoteError `rejected` in words: it stands for something else, or somebody has taken it back; base: `unsupported`
   */
  rememberBarcode: (wish: BarcodeWish, signal?: AbortSignal) => Promise<void>
}

export interface LockApi {
  /** The active lock, or null (S3.25). */
  getSessionLock: (sessionId: SessionId) => Promise<Lease | null>
  /**
   * Acquire or extend (S3.26).
   * @throws RemoteError `locked` with the holder
   */
  lockSession: (input: { sessionId: SessionId; requestId: string; mode: 'normal' | 'force'; unsentScans: number; deviceName?: string | undefined }) => Promise<Lease>
  /** Heartbeat. @throws RemoteError `locked` or `stale-fence` when somebody else holds it now */
  extendLock: (lease: Lease, unsentScans: number) => Promise<Lease>
  /** Repeatable; releasing a lock that is not ours any more is no error (S3.27). */
  releaseSession: (lease: Lease) => Promise<void>
  /** Extended: what devices of this user vanished with; base: none. */
  unsentElsewhere: (sessionId: SessionId) => Promise<readonly PendingElsewhere[]>
  /** Extended: other devices that vanished with unsent scans, of this user, or of the facility for who may release locks; base: none. */
  quietDevices: () => Promise<readonly QuietDevice[]>
}

export interface ProductsApi {
  products: (after: string | null, limit: number, signal?: AbortSignal) => Promise<CataloguePage>
  stock: (facilityId: FacilityId, after: string | null, limit: number, signal?: AbortSignal) => Promise<StockPage>
  /** Online look-up of a value that the device does not know. */
  searchProducts: (text: string, limit: number, signal?: AbortSignal) => Promise<readonly Product[]>
}

export interface ServerApi extends StartupApi, CountsApi, HeldApi, BarcodeApi, LockApi, ProductsApi {
  /** Server time minus device time by the last answer that told; null before. */
  readonly clockOffset: () => { offsetMs: number; measuredAt: EpochMs } | null
}
