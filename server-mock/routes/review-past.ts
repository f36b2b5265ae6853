// What is over and what was done: the list of closed and cancelled counts, the history of one.
import { COUNTS } from '../../src/contract/envelope'
import {
  CLOSED_PAGE_MAX,
  ClosedCounts,
  COUNT_ENDS,
  CountHistory,
  HISTORY_PAGE_MAX,
} from '../../src/contract/review-past'
import { HttpError } from '../http/errors'
import type { Registrar } from '../http/route'
import { readClosedCounts } from '../review/closed-counts'
import { readCountHistory } from '../review/count-history'
import { MAY_REVIEW } from './review-base'

const PAGE = 50
const reading = { isExtension: true, method: 'GET', needs: MAY_REVIEW } as const

/** Rules: docs/SPEC.md RV58-RV60. */
export const registerReviewPast: Registrar = (registry) => {
  registry.route({
    ...reading,
    path: `${COUNTS}cycleCounts/closed`,
    answer: ClosedCounts,
    handler: ({ sql, caller, query }) => {
      const facilityId = query.one('facilityId')
      caller.requireAt(facilityId)
      if (facilityId === null) throw new HttpError(400, 'Name a facility', 'BAD_REQUEST')
      const wanted = query.one('end') ?? 'closed'
      const end = COUNT_ENDS.find((it) => it === wanted)
      if (end === undefined)
        throw new HttpError(400, `end must be one of ${COUNT_ENDS.join(', ')}`, 'BAD_REQUEST')
      const id = query.one('beforeId')
      const max = Number.MAX_SAFE_INTEGER
      const at = query.int('beforeAt', { min: 0, max, otherwise: max })
      return readClosedCounts(sql, caller, {
        facilityId,
        end,
        text: query.one('text'),
        before: id === null ? null : { at, id },
        limit: query.int('limit', { min: 1, max: CLOSED_PAGE_MAX, otherwise: PAGE }),
      })
    },
  })
  registry.route({
    ...reading,
    path: `${COUNTS}cycleCounts/workEfforts/:workEffortId/review/history`,
    answer: CountHistory,
    handler: ({ sql, caller, param, query }) => {
      const before = query.int('before', { min: 0, max: 2_147_483_647, otherwise: 0 })
      return readCountHistory(sql, caller, param('workEffortId'), {
        before: before === 0 ? null : before,
        limit: query.int('limit', { min: 1, max: HISTORY_PAGE_MAX, otherwise: PAGE }),
      })
    },
  })
}
