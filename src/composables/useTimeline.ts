// The timeline of one item: page after page; the chains of its counts are checked when somebody asks, one after the other.
import { onScopeDispose, ref, shallowRef } from 'vue'
import type { CycleCountId, EpochMs, FacilityId, ProductId } from '../domain/ids'
import type { CountChain, ItemTimeline, TimelineEntry, TimelinePlace } from '../domain/timeline'
import type { SyncWorkerApi } from '../worker/protocol'
import { trying } from './trying'
import type { ShownFailure } from './words'

/** The newest ones; for the others the command is better. */
const CHAINS_MAX = 10

export interface TimelineDeps {
  readonly sync: Pick<SyncWorkerApi, 'reports'>
  readonly facilityId: FacilityId
  readonly productId: ProductId
}

export interface CheckedCount {
  readonly cycleCountId: CycleCountId
  readonly name: string
  readonly closedAt: EpochMs | null
  /** `unasked`: nobody wanted to know; `waiting`: about to be checked; `unknown`: could not be checked just now. */
  readonly chain: CountChain | 'unasked' | 'waiting' | 'unknown'
}

export function useTimeline({ sync, facilityId, productId }: TimelineDeps) {
  const head = shallowRef<Pick<ItemTimeline, 'productName'> | null>(null)
  const entries = shallowRef<readonly TimelineEntry[]>([])
  const counts = shallowRef<readonly CheckedCount[]>([])
  const next = shallowRef<TimelinePlace | null>(null)
  const failure = shallowRef<ShownFailure | null>(null)
  const isLoading = ref(false)
  let isGone = false

  async function more(): Promise<void> {
    if (isLoading.value) return
    isLoading.value = true
    const read = await trying(sync.reports('timeline', { facilityId, productId, after: next.value }))
    isLoading.value = false
    failure.value = read.ok ? null : read
    if (!read.ok) return
    const isFirst = head.value === null
    head.value = read.answer
    entries.value = [...entries.value, ...read.answer.entries]
    next.value = read.answer.next
    if (isFirst) counts.value = closedCounts(read.answer)
  }

  /** Each check reads all that a count rests on: too much to be done for everybody who looks at an item. */
  async function check(): Promise<void> {
    counts.value = counts.value.map((it) => ({ ...it, chain: 'waiting' }))
    for (const { cycleCountId } of counts.value) {
      if (isGone) return
      const read = await trying(sync.reports('chain', cycleCountId))
      const chain = read.ok ? read.answer : 'unknown'
      counts.value = counts.value.map((it) => (it.cycleCountId === cycleCountId ? { ...it, chain } : it))
    }
  }

  onScopeDispose(() => (isGone = true))
  return { head, entries, counts, next, failure, isLoading, more, check }
}

function closedCounts({ counts }: ItemTimeline): readonly CheckedCount[] {
  const closed = counts.filter((it) => it.isClosed).slice(0, CHAINS_MAX)
  return closed.map(({ cycleCountId, name, closedAt }) => ({ cycleCountId, name, closedAt, chain: 'unasked' }))
}
