// A review where the server books each decision at once: looked at again before it is booked, and what became of it read back.
import { computed, onScopeDispose, ref, shallowRef } from 'vue'
import type { CycleCountId, ProductId } from '../domain/ids'
import { needsPerson, roundOf, type ReviewRow } from '../domain/review'
import type { CycleCount } from '../domain/session'
import { BASE_CHUNK } from '../ports/base-review'
import type { SyncWorkerApi } from '../worker/protocol'
import { countOf } from './format'
import { trying } from './trying'
import { failureWords, type ShownFailure } from './words'

/** Fifty thousand products: more are no review. */
const PAGES_MAX = 200

interface Read {
  readonly count: CycleCount
  /** Products that the server says there are. */
  readonly total: number
  readonly rows: ReadonlyMap<ProductId, ReviewRow>
}

/** Rules: docs/SPEC.md RV43, RV44. */
export function useBaseReview(sync: Pick<SyncWorkerApi, 'baseReview'>, id: CycleCountId) {
  const reading = useReading(sync, id)
  const { read, isLoading, isWhole, load } = reading
  const isDeciding = ref(false)
  const isBusy = computed(() => isLoading.value || isDeciding.value)
  /** What became of the last action, and why it did not go through. */
  const said = ref<string | null>(null)
  const problem = ref<string | null>(null)

  const count = computed(() => read.value?.count ?? null)
  const rows = computed(() => [...(read.value?.rows.values() ?? [])])
  const openSessions = computed(() =>
    (count.value?.sessions ?? []).filter((it) => it.status === 'created' || it.status === 'assigned'),
  )
  const isUnderReview = computed(() => count.value?.status === 'completed' && isWhole.value)
  const leftToDecide = computed(() => rows.value.filter((it) => it.state !== 'uncounted' && needsPerson(it)).length)

  /** One at a time. A failure leaves everything as the server has it, which is read anew either way. */
  async function act(work: () => Promise<ShownFailure | null>): Promise<void> {
    if (isBusy.value) return
    isDeciding.value = true
    said.value = null
    problem.value = null
    const failed = await work()
    if (failed !== null) problem.value = failureWords(failed)
    isDeciding.value = false
  }

  function decide(chosen: readonly ReviewRow[], outcome: 'apply' | 'skip'): Promise<void> {
    return act(async () => {
      // Such a server believes the figures that it is sent: they must be those of now.
      await load()
      const before = read.value
      if (before === null || !isWhole.value) return null
      const still = chosen.filter((it) => isSame(it, before.rows.get(it.productId)))
      const failed = await send(before.count, still, outcome)
      await load()
      const now = read.value?.rows
      // What a lost answer has done is in the rows that were read since.
      const done = still.filter((it) => now?.get(it.productId)?.decision != null).length
      said.value = doneWords(outcome, done, chosen.length - still.length)
      return failed
    })
  }

  async function send(to: CycleCount, chosen: readonly ReviewRow[], outcome: 'apply' | 'skip'): Promise<ShownFailure | null> {
    for (let from = 0; from < chosen.length; from += BASE_CHUNK) {
      const decisions = chosen.slice(from, from + BASE_CHUNK).map((row) => ({ row, outcome }))
      const sent = await trying(sync.baseReview('decide', to, decisions))
      // Nothing is sent a second time: nobody promises that it would not be booked twice.
      if (!sent.ok) return sent
    }
    return null
  }

  function move(to: 'completed' | 'closed'): Promise<void> {
    return act(async () => {
      const moved = await trying(sync.baseReview('move', id, to))
      await load()
      return moved.ok ? null : moved
    })
  }

  return { ...reading, count, rows, openSessions, isUnderReview, leftToDecide, isBusy, said, problem, decide, move }
}

function useReading(sync: Pick<SyncWorkerApi, 'baseReview'>, id: CycleCountId) {
  const read = shallowRef<Read | null>(null)
  const isLoading = ref(false)
  const loaded = ref(0)
  const failure = shallowRef<ShownFailure | null>(null)
  const isWhole = computed(() => failure.value === null && !isLoading.value && read.value !== null && read.value.rows.size === read.value.total)
  /** Grows with every load: the answers of an older one are thrown away. */
  let generation = 0
  onScopeDispose(() => (generation += 1))

  async function readAll(mine: number): Promise<Read | ShownFailure> {
    const [count, total] = await Promise.all([trying(sync.baseReview('count', id)), trying(sync.baseReview('total', id))])
    if (!count.ok) return count
    if (!total.ok) return total
    const rows = new Map<ProductId, ReviewRow>()
    for (let page = 0; page < PAGES_MAX && mine === generation; page += 1) {
      const next = await trying(sync.baseReview('page', id, page))
      if (!next.ok) return next
      for (const row of next.answer.rows) rows.set(row.productId, row)
      if (mine === generation) loaded.value = rows.size
      if (next.answer.isLast) break
    }
    return { count: count.answer, total: total.answer, rows }
  }

  async function load(): Promise<void> {
    const mine = (generation += 1)
    isLoading.value = true
    loaded.value = 0
    const found = await readAll(mine)
    if (mine !== generation) return
    isLoading.value = false
    failure.value = 'rows' in found ? null : found
    if ('rows' in found) read.value = found
  }

  return { read, isLoading, loaded, failure, isWhole, load }
}

/** Undecided still, with the figures that were on screen. */
function isSame(seen: ReviewRow, now: ReviewRow | undefined): boolean {
  if (now === undefined || now.decision !== null) return false
  const [a, b] = [roundOf(seen), roundOf(now)]
  return a?.quantity === b?.quantity && a?.compared?.bookAtCount === b?.compared?.bookAtCount
}

function doneWords(outcome: 'apply' | 'skip', done: number, changed: number): string {
  const what = outcome === 'apply' ? `${countOf(done, 'variance')} booked.` : `${countOf(done, 'product')} skipped.`
  if (changed === 0) return what
  return `${what} ${countOf(changed, 'product')} ${changed === 1 ? 'has' : 'have'} changed since you looked and ${changed === 1 ? 'was' : 'were'} left as ${changed === 1 ? 'it is' : 'they are'}: look again.`
}
