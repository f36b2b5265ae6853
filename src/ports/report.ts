// What the reports need from the server. Online only: rejects with RemoteError.
import type { CycleCountId, FacilityId, ProductId } from '../domain/ids'
import type { CounterPace, ExportFile, ExportFormat, ExportJob, ExportKind, Figures, Report } from '../domain/report'
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
  /** null: all. */
  readonly category: string | null
  /** null: all. */
  readonly supplier: string | null
}

/** A facility among others. */
export interface ComparedFacility {
  readonly facilityId: FacilityId
  readonly currency: string | null
  readonly figures: Figures
}

export interface ReportApi {
  report: (ask: ReportAsk) => Promise<Report>
  /** The total of each facility's own report, in this order; all of them or none. */
  facilities: (
    ask: Pick<ReportAsk, 'from' | 'thru' | 'abcClass'> & { readonly facilityIds: readonly FacilityId[] },
  ) => Promise<readonly ComparedFacility[]>
  /** A part of a report as a file, made in the background: the list tells when it is there. */
  requestExport: (ask: ReportAsk, format: ExportFormat, what: ExportKind) => Promise<void>
  /** Of the last weeks, the newest first. */
  exports: (facilityId: FacilityId) => Promise<readonly ExportJob[]>
  /** @throws RemoteError `not-found` once it has expired */
  exportFile: (id: string) => Promise<ExportFile>
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
  pace: (ask: Pick<ReportAsk, 'facilityId' | 'from' | 'thru' | 'area'>) => Promise<readonly CounterPace[]>
}
