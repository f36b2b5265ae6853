// What the reports need from the server. Online only: rejects with RemoteError.
import type { CycleCountId, FacilityId, ProductId } from '../domain/ids'
import type { CounterPace, Report, ReportLine } from '../domain/report'
import type { CountChain, ItemTimeline, TimelinePlace } from '../domain/timeline'

export interface ReportAsk {
  readonly facilityId: FacilityId
  /** Days of the facility, `yyyy-MM-dd`, both included. */
  readonly from: string
  readonly thru: string
  /** null: all. */
  readonly area: string | null
  /** null: all; empty: products without a class. */
  readonly abcClass: string | null
}

export interface ReportApi {
  report: (ask: ReportAsk) => Promise<Report>
  /** All of them. @throws RemoteError `too-large` above 200,000 */
  lines: (ask: ReportAsk) => Promise<readonly ReportLine[]>
  /** One page of what happened to an item, the oldest first. */
  timeline: (ask: {
    readonly facilityId: FacilityId
    readonly productId: ProductId
    /** null: from the beginning. */
    readonly after: TimelinePlace | null
  }) => Promise<ItemTimeline>
  /** Hashes everything that the count rests on again. */
  chain: (id: CycleCountId) => Promise<CountChain>
  /** Everybody's for reviewers, one's own for everybody. */
  pace: (ask: Omit<ReportAsk, 'abcClass'>) => Promise<readonly CounterPace[]>
}
