// Our review: summary and pages to read, decisions, recounts, waivers and sessions to act on, approval, what comes after it.
import * as v from 'valibot'
import { COUNTS } from '../../src/contract/envelope'
import {
  ApproveAnswer,
  CorrectionAnswer,
  DecisionsAnswer,
  LateRows,
  PhotoAnswer,
  PostApprove,
  PostCorrection,
  PostDecisions,
  PostLate,
  PostRecounts,
  PostReopen,
  PostSessionAction,
  PostWaiver,
  ProductTrail,
  RecountsAnswer,
  ReviewChanged,
  ReviewPage,
  ReviewSummary,
} from '../../src/contract/review'
import { ReviewExplanation } from '../../src/contract/review-explanation'
import type { Registrar } from '../http/route'
import { approveCount } from '../review/approve-count'
import { waive } from '../review/blocking'
import { decideProducts } from '../review/decide-products'
import { nameDevices } from '../review/device-names'
import { explainProduct } from '../review/explain-product'
import { correct, readLate, settleLate } from '../review/late-store'
import { givePhoto, keepPhoto, readPicture } from '../review/photo-store'
import { readTrail } from '../review/product-trail'
import { readPage, readSummary } from '../review/read-review'
import { sendRecounts } from '../review/send-recounts'
import { actOnSession, reopenCount } from '../review/session-actions'
import { MAY_REVIEW } from './review-base'

const REVIEW = `${COUNTS}cycleCounts/workEfforts/:workEffortId/review`
const LATE_PAGE = 100
const LATE_PAGE_MAX = 500
const LateCounts = v.object({
  counts: v.array(v.object({ workEffortId: v.string(), name: v.string(), rows: v.number() })),
})
const LATE_COUNTS_MAX = 100

const acting = { isExtension: true, method: 'POST', needs: ['INV_COUNT_SUBMIT'] } as const
const reading = { isExtension: true, method: 'GET', needs: MAY_REVIEW } as const

/** Rules: docs/SPEC.md RV1-RV22, RL1-RL9. */
export const registerReview: Registrar = (registry, context) => {
  registerReading(registry, context)
  registerPhotos(registry, context)
  registerDeciding(registry, context)
  registerAfterwards(registry, context)
}

const registerReading: Registrar = (registry) => {
  registry.route({
    ...reading,
    path: REVIEW,
    answer: ReviewSummary,
    handler: ({ sql, caller, param, context }) =>
      readSummary(sql, caller, param('workEffortId'), {
        now: context.clock.now(),
        pageSize: context.limits.reviewPageMax,
      }),
  })
  registry.route({
    ...reading,
    path: `${REVIEW}/rows`,
    answer: ReviewPage,
    handler: ({ sql, caller, param, query, context }) => {
      const max = context.limits.reviewPageMax
      const limit = query.int('limit', { min: 1, max, otherwise: max })
      return readPage(sql, caller, param('workEffortId'), {
        after: query.one('after') ?? '',
        until: query.one('until'),
        limit,
      })
    },
  })
  registry.route({
    ...reading,
    path: `${REVIEW}/rows/:productId`,
    answer: ProductTrail,
    handler: async ({ sql, caller, param }) => {
      const trail = await readTrail(sql, caller, param('workEffortId'), param('productId'))
      return nameDevices(sql, param('workEffortId'), trail)
    },
  })
  registry.route({
    ...reading,
    path: `${REVIEW}/rows/:productId/explanation`,
    answer: ReviewExplanation,
    handler: ({ sql, caller, param }) =>
      explainProduct(sql, caller, param('workEffortId'), param('productId')),
  })
}

const registerPhotos: Registrar = (registry, context) => {
  const photos = `${REVIEW}/rows/:productId/photos`
  registry.route({
    ...acting,
    path: photos,
    read: readPicture,
    answer: PhotoAnswer,
    handler: ({ caller, param, body }) => {
      const place = { workEffortId: param('workEffortId'), productId: param('productId') }
      return keepPhoto(caller, place, body, context)
    },
  })
  registry.route({
    ...reading,
    path: `${photos}/:photoId`,
    handler: ({ sql, caller, param }) =>
      givePhoto(sql, caller, {
        workEffortId: param('workEffortId'),
        productId: param('productId'),
        photoId: param('photoId'),
      }),
  })
}

const registerDeciding: Registrar = (registry) => {
  registry.route({
    ...acting,
    path: `${REVIEW}/decisions`,
    body: PostDecisions,
    answer: DecisionsAnswer,
    handler: ({ caller, param, body, context }) =>
      decideProducts({ caller, workEffortId: param('workEffortId'), body, context }),
  })
  registry.route({
    ...acting,
    path: `${REVIEW}/recounts`,
    body: PostRecounts,
    answer: RecountsAnswer,
    handler: ({ caller, param, body, context }) =>
      sendRecounts({ caller, workEffortId: param('workEffortId'), body, context }),
  })
  registry.route({
    ...acting,
    path: `${REVIEW}/waivers`,
    body: PostWaiver,
    answer: ReviewChanged,
    handler: ({ caller, param, body, context }) =>
      waive(caller, param('workEffortId'), body, context),
  })
  registry.route({
    ...acting,
    path: `${REVIEW}/sessions`,
    body: PostSessionAction,
    answer: ReviewChanged,
    handler: ({ caller, param, body, context }) =>
      actOnSession(caller, param('workEffortId'), body, context),
  })
  registry.route({
    ...acting,
    path: `${REVIEW}/reopen`,
    body: PostReopen,
    answer: ReviewChanged,
    handler: ({ caller, param, body, context }) =>
      reopenCount(caller, param('workEffortId'), body.reason, context),
  })
  registry.route({
    ...acting,
    path: `${REVIEW}/approve`,
    body: PostApprove,
    answer: ApproveAnswer,
    handler: ({ caller, param, body, context }) =>
      approveCount({ caller, workEffortId: param('workEffortId'), body, context }),
  })
}

const registerAfterwards: Registrar = (registry) => {
  registry.route({
    ...acting,
    path: `${REVIEW}/corrections`,
    body: PostCorrection,
    answer: CorrectionAnswer,
    handler: ({ caller, param, body, context }) =>
      correct(caller, param('workEffortId'), body, context),
  })
  registry.route({
    ...reading,
    path: `${REVIEW}/late`,
    answer: LateRows,
    handler: ({ sql, caller, param, query }) => {
      const limit = query.int('limit', { min: 1, max: LATE_PAGE_MAX, otherwise: LATE_PAGE })
      const after = { sessionId: query.one('afterSession') ?? '', rowKey: query.one('afterRow') ?? '' }
      return readLate(sql, caller, param('workEffortId'), { after, limit })
    },
  })
  registry.route({
    ...acting,
    path: `${REVIEW}/late`,
    body: PostLate,
    answer: ReviewChanged,
    handler: ({ caller, param, body, context }) =>
      settleLate(caller, param('workEffortId'), body, context),
  })
  registry.route({
    ...reading,
    path: `${COUNTS}cycleCounts/lateEvidence`,
    answer: LateCounts,
    handler: async ({ sql, caller, query }) => {
      const facilityId = query.one('facilityId')
      caller.requireAt(facilityId)
      return { counts: await readLateCounts(sql, facilityId) }
    },
  })
}

/** Closed counts of a facility with evidence that waits for a yes or no. */
async function readLateCounts(sql: Parameters<typeof readLate>[0], facilityId: string | null) {
  return sql.query<{ workEffortId: string; name: string; rows: number }>(
    `select c.work_effort_id as "workEffortId", c.name, count(distinct (e.session_id, e.row_key))::int as rows
     from cycle_count c
       join count_session s on s.work_effort_id = c.work_effort_id and s.status_id = 'SESSION_APPROVED'
       join item_evidence e on e.session_id = s.session_id and e.verdict = 'held'
     where c.facility_id = $1 and not exists (
       select 1 from late_evidence_verdict l where l.work_effort_id = c.work_effort_id and l.session_id = e.session_id
         and l.row_key = e.row_key and l.rev >= e.rev)
     group by c.work_effort_id order by max(e.received_at) desc limit ${LATE_COUNTS_MAX}`,
    [facilityId],
  )
}
