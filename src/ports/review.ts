// What the review screens need from the server, in the domain's words. Online only: rejects with RemoteError.
import type { CycleCountId, EpochMs, FacilityId, ProductId, SessionId, UserName } from '../domain/ids'
import type { Micro } from '../domain/quantity'
import type {
  DecisionAction,
  DecisionRefusal,
  MovementKind,
  ReviewRow,
  ReviewRule,
  RecountRule,
  RecountRuleChange,
  RuleChange,
  StoredRule,
  VarianceSuggestion,
} from '../domain/review'
import type { CycleCountStatus, SessionStatus, CycleCount } from '../domain/session'
import type { Money } from '../domain/money'
import type { PastApi } from './past'

/** By whom, when, and why where a person said so. */
export interface Said {
  readonly by: string
  readonly at: EpochMs
  readonly reason: string | null
}

export interface ReviewSession {
  readonly sessionId: SessionId
  readonly name: string
  readonly area: string
  readonly status: SessionStatus
  readonly createdBy: string | null
  /** null: an ordinary session. */
  readonly recountRound: number | null
  /** Who discarded it; null: it is not discarded, or nobody wrote it down. */
  readonly voided: Said | null
}

export interface UnsentDevice {
  /** Names it when it is let pass. */
  readonly subject: string
  readonly sessionName: string
  readonly deviceId: string
  readonly deviceName: string | null
  readonly userName: string
  readonly unsentScans: number
  readonly lastHeardAt: number
  /** null: it blocks. */
  readonly waiver: Said | null
}

export interface ReviewSummary {
  readonly revision: number
  /** Products under review: that many rows under this revision are all there are. */
  readonly total: number
  /** A page after each of these, up to the next one and `pageSize` long: together they are all products, whatever the order. */
  readonly cuts: readonly string[]
  readonly pageSize: number
  readonly name: string
  readonly status: CycleCountStatus
  readonly isBlind: boolean
  readonly facilityId: string | null
  readonly startedAt: EpochMs | null
  /** Who approved it, or closed it without an approval; null: it is open. */
  readonly closed: { readonly at: EpochMs; readonly by: string } | null
  readonly currency: string | null
  /** Of those who had a hand in it, by sign-in name. */
  readonly names: Readonly<Record<string, string>>
  readonly sessions: readonly ReviewSession[]
  readonly unsent: readonly UnsentDevice[]
  readonly unmatched: {
    readonly rows: number
    readonly units: Micro
    readonly isWaived: boolean
    readonly waiver: Said | null
  }
  /** Unknown barcodes whose scans were taken back with a reason, the last first. */
  readonly dropped: readonly DroppedBarcode[]
}

export interface DroppedBarcode {
  readonly value: string
  readonly scans: number
  readonly units: Micro
  readonly reason: string
  readonly by: string
  readonly at: EpochMs
  readonly sessionName: string
}

export interface ReviewPage {
  readonly revision: number
  readonly rows: readonly ReviewRow[]
  readonly next: string
  readonly more: boolean
}

export interface DecisionToSend {
  readonly productId: ProductId
  readonly action: DecisionAction
  readonly quantity: Micro | null
  readonly reason: string | null
  readonly note: string | null
  readonly photoId: string | null
  /** What was on screen; the server refuses when it is no longer so. */
  readonly seen: { readonly counted: Micro | null; readonly variance: Micro | null }
}

export interface ProductVerdict {
  readonly productId: ProductId
  readonly verdict: 'taken' | 'same' | 'refused'
  readonly code: DecisionRefusal | null
  readonly message: string | null
}

export interface ApproveResult {
  readonly posted: number
  readonly skipped: number
  /** null: not for those who may not see the book. */
  readonly units: Micro | null
  readonly value: Money | null
}

export interface TrailScan {
  readonly eventId: string
  readonly kind: string
  readonly quantity: Micro
  readonly raw: string
  readonly at: number
  /** Why it was taken back, where a person was asked. */
  readonly reason: string | null
}

export interface ProductTrail {
  readonly rows: readonly {
    readonly sessionName: string
    readonly recountRound: number | null
    readonly countedBy: string | null
    readonly deviceId: string | null
    readonly deviceName: string | null
    readonly quantity: Micro | null
    readonly lastScanAt: number | null
    readonly scans: readonly TrailScan[]
    readonly hasMoreScans: boolean
  }[]
  readonly movements: readonly {
    readonly at: number
    readonly quantity: Micro
    readonly kind: MovementKind
    readonly reference: string | null
  }[]
  readonly audit: readonly {
    readonly at: number
    readonly by: string
    readonly action: string
    readonly reason: string | null
    readonly note: string | null
    readonly hasPhoto: boolean
  }[]
}

export interface LateRow {
  readonly sessionId: SessionId
  readonly sessionName: string
  readonly rowKey: string
  readonly rev: number
  readonly name: string
  readonly quantity: Micro | null
  readonly delta: Micro
  readonly obstacle: 'no-product' | 'other-round' | null
  readonly userName: string
  readonly receivedAt: number
}

/** Where a page ended, as the server says it. */
export interface LateCursor {
  readonly afterSession: string
  readonly afterRow: string
}

export interface LatePage {
  readonly rows: readonly LateRow[]
  /** All that wait. */
  readonly total: number
  /** null: there is no page after this one. */
  readonly next: LateCursor | null
}

export interface Picture {
  readonly bytes: Uint8Array<ArrayBuffer>
  /** As `image/jpeg`. */
  readonly type: string
}

export type RuleKey = Pick<ReviewRule, 'facilityId' | 'abcClass'>

export interface RulesRead {
  readonly rules: readonly StoredRule[]
  /** The newest first. */
  readonly changes: readonly RuleChange[]
  readonly currency: string | null
  /** Whether the rules ask for recounts by themselves; null: a server that has no such rule. */
  readonly recounts: RecountRule | null
  /** The newest first. */
  readonly recountChanges: readonly RecountRuleChange[]
}

/** A barcode that somebody had remembered for all counts to come. */
export interface RememberedBarcode {
  readonly wishId: string
  readonly value: string
  readonly productId: ProductId
  readonly productName: string | null
  /** Units that one scan counts. */
  readonly packSize: number
  readonly by: UserName
  readonly at: EpochMs
  /** Where it was matched. */
  readonly sessionId: SessionId
  readonly sessionName: string
  readonly countName: string
  /** null: it is known in all counts. */
  readonly takenBack: { readonly at: EpochMs; readonly by: UserName } | null
}

export interface BarcodePage {
  readonly barcodes: readonly RememberedBarcode[]
  readonly more: boolean
}

export interface ReviewApi extends PastApi {
  /** Counted or being counted, of one facility. */
  reviewable: (facilityId: FacilityId) => Promise<readonly CycleCount[]>
  /** Closed counts with scans that came too late. */
  lateCounts: (
    facilityId: FacilityId,
  ) => Promise<readonly { cycleCountId: CycleCountId; name: string; rows: number }[]>
  summary: (id: CycleCountId) => Promise<ReviewSummary>
  /** The next products after one, and up to one: null for as many as there are; at most `limit`. */
  page: (
    id: CycleCountId,
    after: string,
    until: string | null,
    limit: number,
  ) => Promise<ReviewPage>
  trail: (id: CycleCountId, productId: ProductId) => Promise<ProductTrail>
  /** What may explain the variance of one product; the strongest first. */
  explain: (id: CycleCountId, productId: ProductId) => Promise<readonly VarianceSuggestion[]>
  /** A picture that goes with a decision; the same one again is the same. @returns its id */
  sendPhoto: (id: CycleCountId, productId: ProductId, photo: Picture) => Promise<string>
  photo: (id: CycleCountId, productId: ProductId, photoId: string) => Promise<Picture>
  /** Repeatable by requestId. */
  decide: (
    id: CycleCountId,
    requestId: string,
    decisions: readonly DecisionToSend[],
  ) => Promise<{ readonly revision: number; readonly verdicts: readonly ProductVerdict[] }>
  /** Repeatable by requestId. */
  recount: (
    id: CycleCountId,
    requestId: string,
    ask: {
      readonly productIds: readonly ProductId[]
      readonly reason: string
      readonly isCancel: boolean
      /** The same for all requests of one bulk. */
      readonly bulkId: string
    },
  ) => Promise<{
    readonly verdicts: readonly ProductVerdict[]
    readonly sessions: readonly { readonly sessionId: string; readonly name: string; readonly products: number }[]
  }>
  waive: (id: CycleCountId, subject: string, reason: string) => Promise<void>
  actOnSession: (
    id: CycleCountId,
    sessionId: SessionId,
    action: 'reopen' | 'undo-reopen' | 'void' | 'restore',
    reason: string,
  ) => Promise<void>
  /** Repeatable by requestId. @throws RemoteError `rejected` with what is in the way */
  approve: (
    id: CycleCountId,
    ask: { readonly requestId: string; readonly revision: number; readonly note: string | null },
  ) => Promise<ApproveResult>
  /** One page of what came after the approval. `after` null: the first. */
  late: (id: CycleCountId, after: LateCursor | null) => Promise<LatePage>
  settleLate: (
    id: CycleCountId,
    row: LateRow,
    verdict: 'accepted' | 'refused',
    reason: string,
  ) => Promise<void>
  /** Tolerances of a facility and of all. */
  rules: (facilityId: FacilityId) => Promise<RulesRead>
  /** `seen`: when the rule on screen was changed last. @throws RemoteError `rejected` when it has been changed since */
  putRule: (rule: ReviewRule, seen: number | null) => Promise<StoredRule>
  removeRule: (key: RuleKey, seen: number) => Promise<void>
  /** `seen`: when it was changed last, null for never. @throws RemoteError `rejected` when it has been changed since */
  putRecountRule: (facilityId: FacilityId, isOn: boolean, seen: number | null) => Promise<void>
  /** Barcodes that are remembered, and those that were taken back; the newest first. `before` null: from the newest on. */
  barcodes: (before: Pick<RememberedBarcode, 'at' | 'wishId'> | null) => Promise<BarcodePage>
  /** Later counts do not know it; what was counted under it stays. Repeatable. */
  takeBarcodeBack: (wishId: string) => Promise<RememberedBarcode>
  /** Repeatable by the new wishId. @throws RemoteError `rejected`: it stands for something else meanwhile */
  rememberAgain: (barcode: RememberedBarcode, wishId: string) => Promise<void>
  /** Repeatable by requestId. */
  correct: (
    id: CycleCountId,
    ask: {
      readonly requestId: string
      readonly productId: ProductId
      readonly quantity: Micro
      readonly reason: string
    },
  ) => Promise<void>
}
