// What a review needs of a server of the base contract: rows by number of page, decisions that are booked at once. Online only.
import type { CycleCountId, EpochMs, FacilityId, ProductId, SessionId } from '../domain/ids'
import type { Micro } from '../domain/quantity'
import type { ReviewRow } from '../domain/review'
import type { AtOnce } from '../domain/sent-decision'
import type { CycleCount } from '../domain/session'

/** A row with its figures as they were on screen: they are what is booked. */
export interface DecisionAtOnce {
  readonly row: ReviewRow
  readonly act: AtOnce
  readonly note: string | null
}

/** What one session has of a product. */
export interface SessionOfProduct {
  readonly name: string
  readonly by: string | null
  /** null: asked for, and not counted there. */
  readonly counted: Micro | null
  readonly at: EpochMs | null
  /** Discarded: it is in no total. */
  readonly isVoided: boolean
}

/** What the book has of a product at a facility. */
export interface StockedProduct {
  readonly productId: ProductId
  readonly name: string
  /** null: the person may not see it. */
  readonly book: Micro | null
}

/** Rejects with RemoteError. */
export interface BaseReviewApi {
  /** What is counted or waits for review. */
  reviewable: (facilityId: FacilityId) => Promise<readonly CycleCount[]>
  /** With its sessions. */
  count: (id: CycleCountId) => Promise<CycleCount>
  /** Products under review. */
  total: (id: CycleCountId) => Promise<number>
  /** From 0. Nothing says that the pages belong together: how many rows there are in all does. */
  page: (id: CycleCountId, pageIndex: number) => Promise<{ readonly rows: readonly ReviewRow[]; readonly isLast: boolean }>
  /** Where a product's count comes from. */
  sessions: (id: CycleCountId, productId: ProductId) => Promise<readonly SessionOfProduct[]>
  /** From 0; all that the facility keeps. */
  stock: (facilityId: FacilityId, pageIndex: number) => Promise<{ readonly rows: readonly StockedProduct[]; readonly isLast: boolean }>
  /** Nobody found them: counted as zero in a submitted session of its own, so that they are reviewed as the others. */
  countAsZero: (
    count: Pick<CycleCount, 'cycleCountId' | 'name'>,
    ask: { readonly sessionId: SessionId; readonly rows: readonly Pick<ReviewRow, 'productId' | 'bookNow'>[] },
  ) => Promise<void>
  /** Books at once, at most BASE_CHUNK of them. A repeat is not promised to be harmless. */
  decide: (count: Pick<CycleCount, 'cycleCountId' | 'facilityId'>, decisions: readonly DecisionAtOnce[]) => Promise<void>
  /** `completed`: counting is over; `closed`: so is the review. */
  move: (id: CycleCountId, to: 'completed' | 'closed') => Promise<void>
}

/** Reason and note together: nothing is said of the length, and this much every such table takes. */
export const COMMENTS_MAX = 255
/** Decisions that such a server takes in one request. */
export const BASE_CHUNK = 250
