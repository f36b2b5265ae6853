// Decisions on up to 500 products: each product by itself, the request as a whole once.
import type * as v from 'valibot'
import type { DecisionsAnswer, PostDecisions } from '../../src/contract/review'
import { once } from '../counts/request-log'
import type { Sql } from '../db/db'
import type { Caller, ServerContext } from '../http/context'
import { HttpError } from '../http/errors'
import { maySeeBook } from '../rules/book-quantity'
import { decide, type Decision, type DecisionRequest } from '../rules/review-decision'
import { deleteDrafts, insertDecisions, type DecisionToStore } from './decision-store'
import { readQuantity, wireQuantity } from './numbers'
import { judgedEntries } from './judge-products'
import { findPhotos } from './photo-store'
import { readReviewProducts, type ReviewProduct } from './review-products'
import {
  holdReview,
  noteChanges,
  readRevision,
  requireUnderReview,
  type AuditEntry,
} from './review-store'

type Body = v.InferOutput<typeof PostDecisions>
type Answer = v.InferOutput<typeof DecisionsAnswer>
type Verdict = Answer['verdicts'][number]

export const DRAFT_REASON = 'PARTIAL_SCOPE_POST'

interface DecideCall {
  readonly caller: Caller
  readonly workEffortId: string
  readonly body: Body
  readonly context: Pick<ServerContext, 'db' | 'clock' | 'limits'>
}

/**
 * Drafts until the approval. A refused product holds up no other; the same request again gets the same answer.
 * @throws HttpError 413, 400 once the count is closed, 403, 404; nothing is decided then
 */
export async function decideProducts({
  caller,
  workEffortId,
  body,
  context,
}: DecideCall): Promise<Answer> {
  requireChunk(body.decisions.length, context)
  const ids = body.decisions.map((it) => it.productId)
  if (new Set(ids).size !== ids.length)
    throw new HttpError(400, 'A product is decided once in a request', 'BAD_REQUEST')
  const now = context.clock.now()
  const requests = body.decisions.map(readRequest)
  return context.db.tx(async (sql) => {
    const count = await holdReview(sql, caller, workEffortId)
    const key = {
      userId: caller.userId,
      requestId: body.requestId,
      kind: 'review-decisions',
      now,
    } as const
    return once(sql, key, async () => {
      requireUnderReview(count)
      const products = new Map(
        (await readReviewProducts(sql, count, ids)).map((it) => [it.productId, it]),
      )
      const photos = await findPhotos(sql, workEffortId, requests.flatMap(photoOf))
      const canSeeBook = maySeeBook((it) => caller.may(it), count.isBlind)
      const outcomes = requests.map((it) =>
        outcomeOf(
          products.get(it.productId),
          withPhoto(canSeeBook ? it : withoutVariance(it), photos),
          now,
        ),
      )
      await store(
        sql,
        { workEffortId, facilityId: count.facilityId, by: caller.userName, now },
        outcomes,
        products,
      )
      return {
        revision: await readRevision(sql, workEffortId),
        verdicts: outcomes.map((it) => it.verdict),
      }
    })
  })
}

export function requireChunk(products: number, { limits }: Pick<ServerContext, 'limits'>): void {
  if (products > limits.reviewChunkMax)
    throw new HttpError(
      413,
      `At most ${limits.reviewChunkMax} products in one request, got ${products}`,
      'TOO_LARGE',
    )
}

type Request = DecisionRequest & { readonly productId: string }

/** @throws HttpError 400 for an amount that is none */
function readRequest(it: Body['decisions'][number]): Request {
  const amount = (wire: number | null | undefined) => (wire == null ? null : readQuantity(wire))
  return {
    productId: it.productId,
    action: it.action,
    quantity: amount(it.quantity),
    reason: it.reason ?? null,
    note: it.note ?? null,
    photoId: it.photoId ?? null,
    seen: it.seen && { counted: amount(it.seen.counted), variance: amount(it.seen.variance) },
  }
}

function photoOf({ productId, photoId }: Request): { productId: string; photoId: string }[] {
  return photoId === null ? [] : [{ productId, photoId }]
}

/** Whoever may not see the book has seen no variance. Rule: RV51. */
function withoutVariance(request: Request): Request {
  const { seen } = request
  return seen === undefined ? request : { ...request, seen: { counted: seen.counted } }
}

/** A picture that nobody has sent is none. */
function withPhoto(request: Request, photos: ReadonlySet<string>): Request {
  const isThere = photos.has(`${request.productId} ${request.photoId ?? ''}`)
  return isThere ? request : { ...request, photoId: null }
}

interface Outcome {
  readonly verdict: Verdict
  readonly taken: Decision | null
  readonly undone: boolean
}

function outcomeOf(product: ReviewProduct | undefined, request: Request, now: number): Outcome {
  const { productId } = request
  const nothing = { taken: null, undone: false }
  if (product === undefined) {
    const message = 'The product is not part of this count'
    return {
      ...nothing,
      verdict: { productId, verdict: 'refused', code: 'UNKNOWN_PRODUCT', message },
    }
  }
  const verdict = decide(product, request, now)
  switch (verdict.kind) {
    case 'take':
      return { ...nothing, taken: verdict.decision, verdict: { productId, verdict: 'taken' } }
    case 'undo':
      return { ...nothing, undone: true, verdict: { productId, verdict: 'taken' } }
    case 'same':
      return { ...nothing, verdict: { productId, verdict: 'same' } }
    case 'refused':
      return {
        ...nothing,
        verdict: { productId, verdict: 'refused', code: verdict.code, message: verdict.message },
      }
  }
}

interface Place {
  readonly workEffortId: string
  readonly facilityId: string
  readonly by: string
  readonly now: number
}

async function store(
  sql: Sql,
  place: Place,
  outcomes: readonly Outcome[],
  products: ReadonlyMap<string, ReviewProduct>,
): Promise<void> {
  const taken = outcomes.flatMap(({ taken: decision, verdict }): DecisionToStore[] =>
    decision === null ? [] : [{ productId: verdict.productId, decision, reasonId: DRAFT_REASON }],
  )
  const undone = outcomes.filter((it) => it.undone).map((it) => it.verdict.productId)
  await deleteDrafts(sql, place.workEffortId, undone)
  await insertDecisions(sql, { ...place, postedAt: null }, taken)
  // What is decided on was found by the rules before: at the latest now it is written down.
  const judged = taken.flatMap((it) => products.get(it.productId) ?? [])
  const entries: AuditEntry[] = [
    ...(await judgedEntries(sql, place.workEffortId, judged)),
    ...undone.map((productId): AuditEntry => ({
      action: 'undone',
      productId,
      reason: null,
      details: {},
    })),
    ...taken.map(({ productId, decision }): AuditEntry => auditOf('decided', productId, decision)),
  ]
  await noteChanges(sql, place.workEffortId, entries, place)
}

export function auditOf(
  action: 'decided' | 'ruled',
  productId: string,
  decision: Decision,
  more: Readonly<Record<string, unknown>> = {},
): AuditEntry {
  return {
    action,
    productId,
    reason: decision.reason,
    details: {
      outcome: decision.outcome,
      round: decision.round,
      book: wireQuantity(decision.systemQuantity),
      counted: wireQuantity(decision.countedQuantity),
      variance: wireQuantity(decision.varianceQuantity),
      editDelta: wireQuantity(decision.editDelta),
      note: decision.note,
      photoId: decision.photoId,
      ...more,
    },
  }
}
