// The tray of a closed count: what came after the approval, page by page; what is settled leaves it at once.
import { computed, ref, shallowRef } from 'vue'
import type { CycleCountId } from '../domain/ids'
import type { LateCursor, LateRow } from '../ports/review'
import type { SyncWorkerApi } from '../worker/protocol'
import { trying } from './trying'
import type { Review } from './useReview'
import type { Act } from './useReviewCalls'
import { failureWords } from './words'

interface Deps {
  readonly services: { readonly sync: Pick<SyncWorkerApi, 'review'> }
  readonly review: Pick<Review, 'summary' | 'load'>
  readonly id: CycleCountId
}

const keyOf = ({ sessionId, rowKey }: LateRow): string => `${sessionId} ${rowKey}`

/** Rule: docs/SPEC.md RV46. */
export function useLateTray({ services: { sync }, review, id }: Deps, act: Act) {
  const shown = shallowRef<ReadonlyMap<string, LateRow>>(new Map())
  const total = ref(0)
  const problem = ref<string | null>(null)
  let next: LateCursor | null = null
  /** Grows with every load from the start: a page for the one before is thrown away. */
  let generation = 0

  async function read(after: LateCursor | null): Promise<void> {
    const mine = (generation += 1)
    const done = await trying(sync.review('late', id, after))
    if (mine !== generation) return
    problem.value = done.ok ? null : failureWords(done)
    if (!done.ok) return
    const before = after === null ? [] : shown.value
    shown.value = new Map([...before, ...done.answer.rows.map((it) => [keyOf(it), it] as const)])
    total.value = done.answer.total
    next = done.answer.next
  }

  async function load(): Promise<void> {
    if (review.summary.value?.status === 'closed') await read(null)
  }

  /** @returns false when it failed: the caller's `problem` says why */
  async function settle(row: LateRow, verdict: 'accepted' | 'refused', reason: string): Promise<boolean> {
    const done = await act(sync.review('settleLate', id, row, verdict, reason))
    // Newer scans of it may have come, or somebody else has settled it: what is shown is old.
    if (done === null) {
      await load()
      return false
    }
    const left = new Map(shown.value)
    if (left.delete(keyOf(row))) total.value -= 1
    shown.value = left
    // The last of what is shown: the rest comes up by itself.
    if (left.size === 0) await load()
    await review.load()
    return true
  }

  return {
    rows: computed(() => [...shown.value.values()]),
    total,
    problem,
    load,
    /** The page after what is shown; after a failure the same again. */
    more: () => read(next),
    settle,
  }
}
