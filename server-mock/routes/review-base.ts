// Review over the base contract: reviews, their number, sessions of a product, submit, recordVariance, diagnostics.
import * as v from 'valibot'
import { COUNTS } from '../../src/contract/envelope'
import { Count } from '../../src/contract/items'
import {
  Diagnostics,
  RecordVariance,
  SubmitDecisions,
  WireProductSession,
  WireReview,
} from '../../src/contract/review'
import { readPaging } from '../http/query'
import type { Registrar } from '../http/route'
import {
  readBaseReviews,
  readProductSessions,
  recordVariance,
  submitDecisions,
} from '../review/base-review'
import { countProducts } from '../review/read-review'
import { findReview } from '../review/review-store'

const WORK_EFFORT = `${COUNTS}cycleCounts/workEfforts/:workEffortId`
/** Whoever settles counts, or may look into them. */
export const MAY_REVIEW = ['INV_COUNT_SUBMIT', 'PREVIEW_COUNT_ITEM'] as const

/** Rules: docs/SPEC.md RV30-RV34. */
export const registerReviewBase: Registrar = (registry) => {
  registry.route({
    method: 'GET',
    path: `${WORK_EFFORT}/reviews/count`,
    needs: MAY_REVIEW,
    answer: Count,
    handler: async ({ sql, caller, param }) => {
      await findReview(sql, caller, param('workEffortId'))
      return { count: await countProducts(sql, param('workEffortId')) }
    },
  })
  registry.route({
    method: 'GET',
    path: `${WORK_EFFORT}/reviews`,
    needs: MAY_REVIEW,
    answer: v.array(WireReview),
    handler: ({ sql, caller, param, query, context }) =>
      readBaseReviews(
        sql,
        caller,
        param('workEffortId'),
        readPaging(query, context.limits.pageRowsMax),
      ),
  })
  registry.route({
    method: 'GET',
    path: `${WORK_EFFORT}/count`,
    needs: MAY_REVIEW,
    answer: v.array(WireProductSession),
    handler: ({ sql, caller, param, query }) =>
      readProductSessions(sql, caller, param('workEffortId'), query),
  })
  registry.route({
    method: 'POST',
    path: `${COUNTS}cycleCounts/submit`,
    needs: ['INV_COUNT_SUBMIT'],
    body: SubmitDecisions,
    handler: ({ caller, body, context }) =>
      submitDecisions(caller, body.inventoryCountProductsList, context),
  })
  registry.route({
    method: 'POST',
    path: `${COUNTS}recordVariance`,
    needs: ['INV_COUNT_VAR_LOG'],
    body: RecordVariance,
    handler: ({ caller, body, context }) => recordVariance(caller, body, context),
  })
  registry.route({
    method: 'GET',
    path: `${COUNTS}diagnostics`,
    needs: ['INVCOUNT_APP_VIEW'],
    answer: Diagnostics,
    handler: async ({ sql }) => {
      const [names] = await sql.query<{ statuses: number; reasons: number }>(
        `select (select count(*)::int from status_item where status_type_id = 'CYCLE_CNT_STATUS') as statuses,
           (select count(*)::int from enumeration where enum_type_id = 'INV_VAR_DECISION_RSN') as reasons`,
      )
      const hasStatuses = (names?.statuses ?? 0) >= 5
      return {
        isStatusConfigured: hasStatuses,
        isWorkEffortStatusFlowConfigured: hasStatuses,
        areAllPermissionConfigured: true,
        missingPermissions: [],
        isAllProductFacDataDocPresent: true,
        areDecisionReasonsConfigured: (names?.reasons ?? 0) > 0,
        isWorkEffortRelatedToInventoryCountImport: true,
      }
    },
  })
}
