// Recounts that a person asks for or calls off: products that are counted again, blind, by somebody else than before.
import type * as v from 'valibot'
import type { PostRecounts, RecountsAnswer } from '../../src/contract/review'
import { once } from '../counts/request-log'
import type { Caller, ServerContext } from '../http/context'
import { requireChunk } from './decide-products'
import {
  makeRecounts,
  takeRecountsBack,
  type PendingRecount,
  type RecountPlace,
} from './recount-sessions'
import { readReviewProducts, type ReviewProduct } from './review-products'
import { holdReview, readRevision, requireUnderReview } from './review-store'

type Answer = v.InferOutput<typeof RecountsAnswer>
type Verdict = Answer['verdicts'][number]

interface RecountCall {
  readonly caller: Caller
  readonly workEffortId: string
  readonly body: v.InferOutput<typeof PostRecounts>
  readonly context: Pick<ServerContext, 'db' | 'clock' | 'limits' | 'ids'>
}

/**
 * One session for each group of earlier counters, so that there is always somebody who may take it.
 * @throws HttpError 413, 400 once the count is closed, 403, 404; nothing is sent then
 */
export async function sendRecounts({
  caller,
  workEffortId,
  body,
  context,
}: RecountCall): Promise<Answer> {
  requireChunk(body.productIds.length, context)
  const ids = [...new Set(body.productIds)]
  const now = context.clock.now()
  return context.db.tx(async (sql) => {
    const count = await holdReview(sql, caller, workEffortId)
    const key = {
      userId: caller.userId,
      requestId: body.requestId,
      kind: 'review-recounts',
      now,
    } as const
    return once(sql, key, async () => {
      requireUnderReview(count)
      const products = new Map(
        (await readReviewProducts(sql, count, ids)).map((it) => [it.productId, it]),
      )
      const act = body.isCancel ? cancel : send
      const done = await act(
        {
          sql,
          count,
          by: caller.userName,
          reason: body.reason,
          now,
          bulkId: body.bulkId ?? null,
          nextId: () => context.ids.next(),
        },
        ids,
        products,
      )
      return { revision: await readRevision(sql, workEffortId), ...done }
    })
  })
}

type Place = RecountPlace & { readonly reason: string }
type Done = Omit<Answer, 'revision'>
type Products = ReadonlyMap<string, ReviewProduct>

async function send(place: Place, ids: readonly string[], products: Products): Promise<Done> {
  const verdicts = ids.map((id) => sendVerdict(id, products.get(id)))
  const wanted = verdicts.flatMap((it) =>
    it.verdict === 'taken' ? (products.get(it.productId) ?? []) : [],
  )
  return { verdicts, sessions: await makeRecounts(place, wanted, () => place.reason) }
}

function sendVerdict(productId: string, product: ReviewProduct | undefined): Verdict {
  const refuse = (code: NonNullable<Verdict['code']>, message: string): Verdict => ({
    productId,
    verdict: 'refused',
    code,
    message,
  })
  if (product === undefined)
    return refuse('UNKNOWN_PRODUCT', 'The product is not part of this count')
  if (product.rung.state === 'recounting') return { productId, verdict: 'same' }
  if (product.rung.state === 'counting')
    return refuse('STILL_COUNTING', 'A session that counts it is still open')
  if (product.decision !== null)
    return refuse('ALREADY_DECIDED', 'It is decided already: undo that first')
  return { productId, verdict: 'taken' }
}

/** Only what nobody has begun. */
async function cancel(place: Place, ids: readonly string[], products: Products): Promise<Done> {
  const pending = ids.flatMap((productId): PendingRecount[] => {
    const product = products.get(productId)
    return product?.rung.state === 'recounting' && product.recount !== null
      ? [{ productId, recount: product.recount, reason: place.reason }]
      : []
  })
  const taken = await takeRecountsBack(place, pending)
  const pendingIds = new Set(pending.map((it) => it.productId))
  const verdicts = ids.map((productId): Verdict => {
    if (taken.has(productId)) return { productId, verdict: 'taken' }
    if (!pendingIds.has(productId)) return { productId, verdict: 'same' }
    const message = 'Somebody has begun to count it again'
    return { productId, verdict: 'refused', code: 'RECOUNT_PENDING', message }
  })
  return { verdicts, sessions: [] }
}
