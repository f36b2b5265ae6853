// What the reports need from the server. Online only: rejects with RemoteError.
import type { FacilityId, ProductId } from '../domain/ids'
import type { Money } from '../domain/money'
import type { Micro } from '../domain/quantity'
import type { CounterPace, Report } from '../domain/report'

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

export interface ReportLine {
  readonly countName: string
  readonly closedAt: number
  readonly productId: ProductId
  readonly productName: string | null
  readonly abcClass: string
  readonly book: Micro
  readonly variance: Micro
  readonly unitCost: Money | null
  readonly value: Money | null
  readonly reason: string | null
  readonly decidedBy: string | null
}

export interface ReportApi {
  report: (ask: ReportAsk) => Promise<Report>
  /** All of them. @throws RemoteError `too-large` above 200,000 */
  lines: (ask: ReportAsk) => Promise<readonly ReportLine[]>
  /** Everybody's for reviewers, one's own for everybody. */
  pace: (ask: Omit<ReportAsk, 'abcClass'>) => Promise<readonly CounterPace[]>
}
