// The review over HTTP (extended profile): reads pages, sends decisions in chunks, approves; wire names end here.
import * as v from 'valibot'
import { CYCLE_COUNT_STATUS_IDS, SESSION_STATUS_IDS } from '../contract/counts'
import { COUNTS } from '../contract/envelope'
import {
  ApproveAnswer,
  CorrectionAnswer,
  DecisionsAnswer,
  LateRows,
  PhotoAnswer,
  ProductTrail,
  RecountsAnswer,
  ReviewChanged,
  ReviewPage,
  ReviewSummary,
} from '../contract/review'
import { ReviewExplanation } from '../contract/review-explanation'
import { asId, type CycleCountId, type ProductId, type SessionId } from '../domain/ids'
import { encodeQuantity } from '../domain/quantity'
import { CYCLE_COUNT_STATUSES, SESSION_STATUSES } from '../domain/session'
import type { DecisionToSend, LateRow, ReviewApi, Said } from '../ports/review'
import { createBarcodeListCalls } from './barcodes-api'
import { listCycleCounts, WORK_EFFORTS } from './counts-api'
import { decodeReviewRow, decodeSuggestion, microOf, microOrNull, moneyOrNull } from './decode-review'
import { part, type Http, type StreamingHttp } from './http'
import { createPastCalls } from './past-api'
import { createRuleCalls } from './review-rules-api'

const LateCounts = v.object({
  counts: v.array(v.object({ workEffortId: v.string(), name: v.string(), rows: v.number() })),
})

export function createReviewApi(http: StreamingHttp): ReviewApi {
  const below = (id: CycleCountId, path = '') => `${WORK_EFFORTS}/${part(id)}/review${path}`
  return {
    ...createReads(http, below),
    ...createActs(http, below),
    ...createAfterwards(http, below),
    ...createRuleCalls(http),
    ...createBarcodeListCalls(http),
    ...createPhotoCalls(http, below),
    ...createPastCalls(http),
  }
}

type Below = (id: CycleCountId, path?: string) => string
type Reads = Pick<
  ReviewApi,
  'reviewable' | 'lateCounts' | 'summary' | 'page' | 'trail' | 'explain'
>

function createReads(http: Http, below: Below): Reads {
  return {
    reviewable: (facilityId) => listCycleCounts(http, facilityId, ['in-progress', 'completed']),
    async lateCounts(facilityId) {
      const path = `${COUNTS}cycleCounts/lateEvidence`
      const { counts } = await http.json({
        method: 'get',
        path,
        schema: LateCounts,
        query: { facilityId },
      })
      return counts.map(({ workEffortId, ...it }) => ({
        ...it,
        cycleCountId: asId<CycleCountId>(workEffortId),
      }))
    },
    async summary(id) {
      const wire = await http.json({ method: 'get', path: below(id), schema: ReviewSummary })
      return decodeSummary(wire)
    },
    async page(id, after, until, limit) {
      const query = { after: after === '' ? undefined : after, until: until ?? undefined, limit }
      const wire = await http.json({
        method: 'get',
        path: below(id, '/rows'),
        schema: ReviewPage,
        query,
      })
      return { ...wire, rows: wire.rows.map(decodeReviewRow) }
    },
    async trail(id, productId) {
      const path = below(id, `/rows/${part(productId)}`)
      return decodeTrail(await http.json({ method: 'get', path, schema: ProductTrail }))
    },
    async explain(id, productId) {
      const path = below(id, `/rows/${part(productId)}/explanation`)
      const wire = await http.json({ method: 'get', path, schema: ReviewExplanation })
      return wire.suggestions.map(decodeSuggestion)
    },
  }
}

function createPhotoCalls(http: StreamingHttp, below: Below): Pick<ReviewApi, 'sendPhoto' | 'photo'> {
  const photos = (id: CycleCountId, productId: ProductId) =>
    below(id, `/rows/${part(productId)}/photos`)
  return {
    async sendPhoto(id, productId, photo) {
      const path = photos(id, productId)
      const body = new Blob([photo.bytes], { type: photo.type })
      const ask = { method: 'post', path, schema: PhotoAnswer, body, isLong: true } as const
      return (await http.json(ask)).photoId
    },
    async photo(id, productId, photoId) {
      const path = `${photos(id, productId)}/${part(photoId)}`
      const file = await http.file({ path, type: 'image/' })
      return { bytes: new Uint8Array(await file.arrayBuffer()), type: file.type }
    },
  }
}

type Acts = Pick<ReviewApi, 'decide' | 'recount' | 'waive' | 'actOnSession' | 'approve'>

function createActs(http: Http, below: Below): Acts {
  return {
    async decide(id, requestId, decisions) {
      const body = { requestId, decisions: decisions.map(encodeDecision) }
      const answer = await http.json({
        method: 'post',
        path: below(id, '/decisions'),
        schema: DecisionsAnswer,
        body,
      })
      return { revision: answer.revision, verdicts: answer.verdicts.map(decodeVerdict) }
    },
    async recount(id, requestId, ask) {
      const body = { requestId, ...ask }
      const answer = await http.json({
        method: 'post',
        path: below(id, '/recounts'),
        schema: RecountsAnswer,
        body,
      })
      return { verdicts: answer.verdicts.map(decodeVerdict), sessions: answer.sessions }
    },
    async waive(id, subject, reason) {
      const body = { subject, reason }
      await http.json({ method: 'post', path: below(id, '/waivers'), schema: ReviewChanged, body })
    },
    async actOnSession(id, sessionId, action, reason) {
      const body = { sessionId, action, reason }
      await http.json({ method: 'post', path: below(id, '/sessions'), schema: ReviewChanged, body })
    },
    async approve(id, ask) {
      const path = below(id, '/approve')
      const answer = await http.json({ method: 'post', path, schema: ApproveAnswer, body: ask })
      const { posted, skipped, units } = answer
      return {
        posted,
        skipped,
        units: units == null ? null : microOf(units),
        value: moneyOrNull(answer.value),
      }
    },
  }
}

type Afterwards = Pick<ReviewApi, 'late' | 'settleLate' | 'correct'>

function createAfterwards(http: Http, below: Below): Afterwards {
  return {
    async late(id, after) {
      const { rows, total, next } = await http.json({
        method: 'get',
        path: below(id, '/late'),
        schema: LateRows,
        query: { ...after },
      })
      return { rows: rows.map(decodeLate), total, next: next ?? null }
    },
    async settleLate(id, { sessionId, rowKey, rev }, verdict, reason) {
      const body = { sessionId, rowKey, rev, verdict, reason }
      await http.json({ method: 'post', path: below(id, '/late'), schema: ReviewChanged, body })
    },
    async correct(id, { quantity, ...ask }) {
      const body = { ...ask, quantity: encodeQuantity(quantity) }
      await http.json({
        method: 'post',
        path: below(id, '/corrections'),
        schema: CorrectionAnswer,
        body,
      })
    },
  }
}

function decodeLate(wire: v.InferOutput<typeof LateRows>['rows'][number]): LateRow {
  return {
    sessionId: asId<SessionId>(wire.sessionId),
    sessionName: wire.sessionName,
    rowKey: wire.rowKey,
    rev: wire.rev,
    name: wire.productName ?? wire.identifier ?? wire.rowKey,
    quantity: microOrNull(wire.quantity),
    delta: microOf(wire.delta),
    obstacle: wire.obstacle ?? null,
    userName: wire.userId,
    receivedAt: wire.receivedAt,
  }
}

function encodeDecision({
  productId,
  action,
  quantity,
  reason,
  note,
  photoId,
  seen,
}: DecisionToSend): object {
  const amount = (it: typeof quantity) => (it === null ? null : encodeQuantity(it))
  return {
    productId,
    action,
    ...(quantity === null ? {} : { quantity: encodeQuantity(quantity) }),
    ...(reason === null ? {} : { reason }),
    ...(note === null ? {} : { note }),
    ...(photoId === null ? {} : { photoId }),
    seen: { counted: amount(seen.counted), variance: amount(seen.variance) },
  }
}

function decodeVerdict(wire: v.InferOutput<typeof DecisionsAnswer>['verdicts'][number]) {
  return {
    productId: asId<ProductId>(wire.productId),
    verdict: wire.verdict,
    code: wire.code ?? null,
    message: wire.message ?? null,
  }
}

function decodeSummary(
  wire: v.InferOutput<typeof ReviewSummary>,
): Awaited<ReturnType<ReviewApi['summary']>> {
  return {
    revision: wire.revision,
    total: wire.total,
    cuts: wire.cuts,
    pageSize: wire.pageSize,
    name: wire.name,
    status:
      CYCLE_COUNT_STATUSES.find((it) => CYCLE_COUNT_STATUS_IDS[it] === wire.statusId) ??
      'in-progress',
    isBlind: wire.isBlind,
    facilityId: wire.facilityId ?? null,
    startedAt: wire.startedAt ?? null,
    closed: wire.closed ?? null,
    currency: wire.currency ?? null,
    names: wire.names,
    sessions: wire.sessions.map((it) => ({
      sessionId: asId<SessionId>(it.sessionId),
      name: it.name,
      area: it.area ?? '',
      status:
        SESSION_STATUSES.find((status) => SESSION_STATUS_IDS[status] === it.statusId) ?? 'created',
      createdBy: it.createdBy ?? null,
      recountRound: it.recountRound ?? null,
      voided: saidOf(it.voided),
    })),
    unsent: wire.unsent.map((it) => ({
      subject: it.subject,
      sessionName: it.sessionName,
      deviceId: it.deviceId,
      deviceName: it.deviceName ?? null,
      userName: it.userId,
      unsentScans: it.unsentScans,
      lastHeardAt: it.lastHeardAt,
      waiver: saidOf(it.waiver),
    })),
    unmatched: {
      rows: wire.unmatched.rows,
      units: microOf(wire.unmatched.units),
      isWaived: (wire.unmatched.waived ?? 0) >= wire.unmatched.rows,
      waiver: saidOf(wire.unmatched.waiver),
    },
  }
}

function saidOf(
  wire: { by: string; at: number; reason?: string | null | undefined } | null | undefined,
): Said | null {
  return wire == null ? null : { by: wire.by, at: wire.at, reason: wire.reason ?? null }
}

function decodeTrail(
  wire: v.InferOutput<typeof ProductTrail>,
): Awaited<ReturnType<ReviewApi['trail']>> {
  return {
    rows: wire.sessions.map((it) => ({
      sessionName: it.sessionName,
      recountRound: it.recountRound ?? null,
      countedBy: it.countedBy ?? null,
      deviceId: it.deviceId ?? null,
      deviceName: it.deviceName ?? null,
      quantity: microOrNull(it.quantity),
      lastScanAt: it.lastScanAt ?? null,
      scans: it.scans.map((scan) => ({ ...scan, quantity: microOf(scan.quantity) })),
      hasMoreScans: it.scansMore,
    })),
    movements: wire.movements.map((it) => ({
      ...it,
      quantity: microOf(it.quantity),
      reference: it.reference ?? null,
    })),
    audit: wire.audit.map(({ at, by, action, reason, details }) => ({
      at,
      by,
      action,
      reason: reason ?? null,
      note: typeof details['note'] === 'string' ? details['note'] : null,
      hasPhoto: typeof details['photoId'] === 'string',
    })),
  }
}
