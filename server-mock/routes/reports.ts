// Reports of what was approved: sums, lines to export, and the pace of counters, which they may see of themselves.
import { COUNTS } from '../../src/contract/envelope'
import { Report, REPORT_LINES_MAX, ReportFacilities, ReportLines, ReportPace } from '../../src/contract/reports'
import { CountChain, ItemTimeline, TIMELINE_MAX } from '../../src/contract/timeline'
import { HttpError } from '../http/errors'
import type { Registrar } from '../http/route'
import { readTimeline } from '../reports/item-timeline'
import { readByFacility, readPace, readReport } from '../reports/read-report'
import { encodeLine, readReportLines } from '../reports/report-lines'
import { facilitiesOfQuery, scopeOfQuery } from '../reports/report-scope'
import { checkChain } from '../review/check-chain'
import { findReview } from '../review/review-store'
import { MAY_REVIEW } from './review-base'

const reading = { isExtension: true, method: 'GET' } as const

/** Rules: docs/SPEC.md RP1-RP8 */
export const registerReports: Registrar = (registry, context) => {
  registry.route({
    ...reading,
    path: `${COUNTS}reports`,
    needs: MAY_REVIEW,
    answer: Report,
    handler: ({ sql, caller, query }) => readReport(sql, scopeOfQuery(caller, query, 'book')),
  })
  registry.route({
    ...reading,
    path: `${COUNTS}reports/facilities`,
    needs: MAY_REVIEW,
    answer: ReportFacilities,
    handler: ({ sql, caller, query }) => readByFacility(sql, facilitiesOfQuery(caller, query)),
  })
  registry.route({
    ...reading,
    path: `${COUNTS}reports/lines`,
    needs: MAY_REVIEW,
    answer: ReportLines,
    handler: async ({ sql, caller, query }) => {
      const scope = scopeOfQuery(caller, query, 'book')
      const max = REPORT_LINES_MAX
      const limit = query.int('limit', { min: 1, max, otherwise: max })
      const after = [query.one('afterCount') ?? '', query.one('afterProduct') ?? ''] as const
      const found = await readReportLines(sql, scope, { after, limit })
      const lines = found.slice(0, limit)
      const last = found.length > limit ? lines.at(-1) : undefined
      return {
        lines: lines.map(encodeLine),
        next:
          last === undefined
            ? null
            : { afterCount: last.workEffortId, afterProduct: last.productId },
      }
    },
  })
  registry.route({
    ...reading,
    path: `${COUNTS}reports/pace`,
    needs: ['INVCOUNT_APP_VIEW'],
    answer: ReportPace,
    handler: ({ sql, caller, query }) => {
      const isReviewer = MAY_REVIEW.some((it) => caller.may(it))
      return readPace(sql, scopeOfQuery(caller, query, 'own'), isReviewer ? null : caller.userName)
    },
  })
  registerTimeline(registry, context)
}

/** Rules: docs/SPEC.md RP16-RP18 */
const registerTimeline: Registrar = (registry) => {
  registry.route({
    ...reading,
    path: `${COUNTS}reports/timeline`,
    needs: MAY_REVIEW,
    answer: ItemTimeline,
    handler: ({ sql, caller, query }) => {
      caller.require('INV_CNT_VIEW_QOH')
      const [facilityId, productId] = [query.one('facilityId'), query.one('productId')]
      caller.requireAt(facilityId)
      if (facilityId === null || productId === null) throw new HttpError(400, 'Name a facility and a product', 'BAD_REQUEST')
      const after = {
        at: query.int('afterAt', { min: 0, max: Number.MAX_SAFE_INTEGER, otherwise: 0 }),
        id: query.one('afterId') ?? '',
      }
      const limit = query.int('limit', { min: 1, max: TIMELINE_MAX, otherwise: TIMELINE_MAX })
      const maySeeBlind = caller.may('INV_COUNT_SUBMIT')
      return readTimeline(sql, { facilityId, productId, after, limit, maySeeBlind })
    },
  })
  registry.route({
    ...reading,
    path: `${COUNTS}cycleCounts/workEfforts/:workEffortId/review/chain`,
    needs: MAY_REVIEW,
    answer: CountChain,
    handler: async ({ sql, caller, param }) => {
      const count = await findReview(sql, caller, param('workEffortId'))
      const check = await checkChain(sql, count.workEffortId)
      return { ...check, problems: [...check.problems] }
    },
  })
}
