// All that the review screen works with: its rows, what is chosen in them, decisions, and when it may be approved.
import { computed } from 'vue'
import type { CycleCountId } from '../domain/ids'
import type { Micro } from '../domain/quantity'
import { needsPerson, type ReviewRow } from '../domain/review'
import type { ReviewSummary } from '../ports/review'
import { useLoginStore } from '../stores/login'
import type { Services } from './services'
import { plainly, type Wanted } from './review-draft'
import { useBulkDecisions } from './useBulkDecisions'
import { useReview } from './useReview'
import { useReviewCalls } from './useReviewCalls'
import { useReviewList } from './useReviewList'

/** What a person says to a decision. */
type Said = Pick<Wanted, 'reason' | 'note' | 'photoId'>

export function useReviewScreen(services: Services, id: CycleCountId) {
  const { sync, clock, ids } = services
  const login = useLoginStore()
  const review = useReview(sync, id)
  const userName = login.account?.userName ?? ''
  const bulk = useBulkDecisions({ sync, review, id, userName, now: clock.now, nextId: ids.next })
  const isClosed = computed(() => {
    const status = review.summary.value?.status
    return status === 'closed' || status === 'cancelled'
  })
  const list = useReviewList(review, () => isClosed.value)
  const { selected, targets } = list

  async function decide(
    action: 'apply' | 'skip' | 'zero' | 'undo',
    rows = targets.value,
    said: Partial<Said> = {},
  ): Promise<void> {
    const isSingle = selected.value.size === 0 && rows.length === 1
    list.keep(rows)
    if (isSingle && action !== 'undo') list.move(1)
    await bulk.start(rows, { ...plainly(action), ...said })
    if (bulk.run.value === null) selected.value = new Set()
  }

  async function edit(row: ReviewRow, quantity: Micro, said: Partial<Said>): Promise<void> {
    list.keep([row])
    await bulk.start([row], { ...plainly('edit'), ...said, quantity })
  }

  async function undoLast(): Promise<void> {
    const rows = (bulk.last.value?.taken ?? []).flatMap((it) => review.rows.value.get(it) ?? [])
    await bulk.start(rows, plainly('undo'))
  }

  /** Nothing is approved before every page has provably come, and everything in it is decided. Rule: RV24. */
  const mayApprove = computed(
    () =>
      review.isComplete.value &&
      !isBlocked(review.summary.value) &&
      !isClosed.value &&
      !bulk.isBusy.value &&
      !list.all.value.some(needsPerson),
  )
  const calls = useReviewCalls({ services, review, id, mayApprove })

  return { review, bulk, ...list, ...calls, decide, edit, undoLast, isClosed, mayApprove }
}

function isBlocked(summary: ReviewSummary | null): boolean {
  if (summary === null) return true
  return (
    summary.unsent.some((it) => it.waiver === null) ||
    (summary.unmatched.rows > 0 && !summary.unmatched.isWaived) ||
    summary.sessions.some((it) => it.status === 'created' || it.status === 'assigned')
  )
}
