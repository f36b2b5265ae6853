// Products sent to recount, one or twenty thousand: in chunks, with progress; tried again it goes on where it stopped.
import { computed, ref, shallowRef } from 'vue'
import type { CycleCountId, ProductId } from '../domain/ids'
import type { ReviewRow } from '../domain/review'
import { countOf, formatCount } from './format'
import type { Services } from './services'
import type { Review } from './useReview'
import type { Act } from './useReviewCalls'

/** The server takes no more at once. */
const CHUNK = 500

interface Chunk {
  readonly requestId: string
  readonly productIds: readonly ProductId[]
}

interface Bulk {
  /** What was asked for: the same again goes on. */
  readonly of: string
  readonly bulkId: string
  readonly total: number
  readonly waiting: Chunk[]
  readonly taken: ProductId[]
  readonly sessions: Set<string>
  refused: number
}

interface Deps {
  readonly services: Pick<Services, 'sync' | 'ids'>
  readonly review: Review
  readonly id: CycleCountId
}

/** Rule: docs/SPEC.md RV71 */
export function useRecounts({ services: { sync, ids }, review, id }: Deps, act: Act) {
  const recountWords = ref<string | null>(null)
  /** Sent by the last one, and not called off here since. */
  const sent = shallowRef<readonly ProductId[]>([])
  let bulk: Bulk | null = null

  function begin(of: string, rows: readonly ReviewRow[]): Bulk {
    const waiting: Chunk[] = []
    for (let from = 0; from < rows.length; from += CHUNK)
      waiting.push({ requestId: ids.next(), productIds: rows.slice(from, from + CHUNK).map((it) => it.productId) })
    return { of, bulkId: ids.next(), total: rows.length, waiting, taken: [], sessions: new Set(), refused: 0 }
  }

  /** @returns false when it failed: the problem is said, and the same again goes on with the chunk that failed, under its old id */
  async function recount(rows: readonly ReviewRow[], reason: string, isCancel = false): Promise<boolean> {
    const of = JSON.stringify([rows.map((it) => it.productId), reason, isCancel])
    if (bulk?.of !== of) bulk = begin(of, rows)
    const mine = bulk
    for (let chunk = mine.waiting[0]; chunk !== undefined; chunk = mine.waiting[0]) {
      const left = mine.waiting.reduce((sum, it) => sum + it.productIds.length, 0)
      recountWords.value = `${formatCount(mine.total - left)} of ${countOf(mine.total, 'product')} ${isCancel ? 'called off' : 'sent to recount'}.`
      const { requestId, productIds } = chunk
      const done = await act(sync.review('recount', id, requestId, { productIds, reason, isCancel, bulkId: mine.bulkId }))
      if (done === null) return false
      mine.waiting.shift()
      for (const { sessionId } of done.answer.sessions) mine.sessions.add(sessionId)
      mine.taken.push(...done.answer.verdicts.filter((it) => it.verdict === 'taken').map((it) => it.productId))
      mine.refused += done.answer.verdicts.filter((it) => it.verdict === 'refused').length
    }
    bulk = null
    recountWords.value = isCancel ? calledOffWords(mine) : sentWords(mine)
    sent.value = isCancel ? [] : mine.taken
    await review.load()
    return true
  }

  /** Takes back what the last one sent and nobody has begun. */
  async function callOffLast(): Promise<void> {
    const rows = sent.value.flatMap((it) => review.rows.value.get(it) ?? [])
    if (rows.length > 0) await recount(rows, 'Called off at once', true)
  }

  function forget(): void {
    recountWords.value = null
    sent.value = []
  }

  return { recountWords, canCallOff: computed(() => sent.value.length > 0), recount, callOffLast, forget }
}

function sentWords({ sessions, refused }: Bulk): string {
  const what = `Sent to recount in ${countOf(sessions.size, 'new session')}, for somebody who has not counted it.`
  return refused === 0 ? what : `${what} ${formatCount(refused)} could not be sent.`
}

function calledOffWords({ taken, refused }: Bulk): string | null {
  if (taken.length + refused < 2) return null
  const what = `${countOf(taken.length, 'recount')} called off.`
  return refused === 0 ? what : `${what} ${formatCount(refused)} had been begun.`
}
