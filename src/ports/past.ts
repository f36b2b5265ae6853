// What is over, as the review screens need it: closed counts, and what was done to one. Online only.
import type { CycleCountId, EpochMs, FacilityId } from '../domain/ids'
import type { Money } from '../domain/money'
import type { Micro } from '../domain/quantity'

export type CountEnd = 'closed' | 'cancelled'

export interface ClosedCount {
  readonly cycleCountId: CycleCountId
  readonly name: string
  readonly isBlind: boolean
  readonly startedAt: EpochMs | null
  readonly endedAt: EpochMs
  /** null: nobody wrote down who did it. */
  readonly endedBy: string | null
  readonly reason: string | null
  /** That were decided. */
  readonly products: number
  /** What was booked; null: this user may not see the book. */
  readonly net: { readonly units: Micro; readonly value: Money | null } | null
}

/** Where a page ended, as the server says it. */
export interface ClosedCursor {
  readonly beforeAt: EpochMs
  readonly beforeId: string
}

export interface ClosedPage {
  readonly counts: readonly ClosedCount[]
  /** All that fit. */
  readonly total: number
  readonly currency: string | null
  /** null: there is no page after this one. */
  readonly next: ClosedCursor | null
}

/** One thing that was done to the whole of a count, or to some of its products at once. */
export interface CountDeed {
  readonly seq: number
  readonly at: EpochMs
  readonly by: string
  readonly action: string
  readonly reason: string | null
  readonly sessionName: string | null
  /** null: it was done to the count or a session. */
  readonly products: number | null
  readonly productName: string | null
  readonly whom: string | null
  readonly formerly: string | null
  readonly deviceName: string | null
  readonly amount: number | null
  readonly changes: Readonly<Record<string, { readonly from?: unknown; readonly to?: unknown }>>
}

export interface HistoryPage {
  /** The newest first. */
  readonly deeds: readonly CountDeed[]
  /** Asks for the older ones; null: these were all. */
  readonly nextBefore: number | null
}

export interface PastApi {
  /** One page of what is over. `text`: a part of the name, empty for all. */
  closed: (
    facilityId: FacilityId,
    ask: { readonly end: CountEnd; readonly text: string; readonly after: ClosedCursor | null },
  ) => Promise<ClosedPage>
  /** What was done to a count as a whole; `before` null: the newest. */
  history: (id: CycleCountId, before: number | null) => Promise<HistoryPage>
  /** A count whose counting was ended goes on being counted. */
  reopenCount: (id: CycleCountId, reason: string) => Promise<void>
}
