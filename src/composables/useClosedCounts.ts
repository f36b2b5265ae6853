// The counts of a facility that are over: page after page, found by a part of the name; an answer that is old by now is not shown.
import { onScopeDispose, ref, shallowRef, watch } from 'vue'
import type { FacilityId } from '../domain/ids'
import type { ClosedCount, ClosedCursor, CountEnd } from '../ports/past'
import type { SyncWorkerApi } from '../worker/protocol'
import { trying } from './trying'
import type { ShownFailure } from './words'

const TYPING_PAUSE_MS = 300

export interface ClosedDeps {
  readonly sync: Pick<SyncWorkerApi, 'review'>
  /** May change while the list is open. */
  readonly facilityId: () => FacilityId
}

/** Rule: docs/SPEC.md RV59. */
export function useClosedCounts({ sync, facilityId }: ClosedDeps) {
  const text = ref('')
  const end = ref<CountEnd>('closed')
  /** null: nothing has come yet. */
  const counts = shallowRef<readonly ClosedCount[] | null>(null)
  const total = ref(0)
  const currency = ref<string | null>(null)
  /** null: there are no more. */
  const next = shallowRef<ClosedCursor | null>(null)
  /** Late lines that wait, by count; what could not be read is not there. */
  const late = shallowRef<ReadonlyMap<string, number>>(new Map())
  const failure = shallowRef<ShownFailure | null>(null)
  const isLoading = ref(false)
  /** Grows with every question: the answers to older ones are thrown away. */
  let generation = 0
  let pause: ReturnType<typeof setTimeout> | undefined

  async function read(after: ClosedCursor | null): Promise<void> {
    clearTimeout(pause)
    const mine = (generation += 1)
    isLoading.value = true
    const ask = { end: end.value, text: text.value.trim(), after }
    const outcome = await trying(sync.review('closed', facilityId(), ask))
    if (mine !== generation) return
    isLoading.value = false
    failure.value = outcome.ok ? null : outcome
    if (!outcome.ok) return
    const { answer } = outcome
    counts.value = [...(after === null ? [] : (counts.value ?? [])), ...answer.counts]
    if (after === null) total.value = answer.total
    currency.value = answer.currency
    next.value = answer.next
  }

  async function readLate(): Promise<void> {
    const asked = facilityId()
    const outcome = await trying(sync.review('lateCounts', asked))
    if (asked !== facilityId()) return
    late.value = new Map(outcome.ok ? outcome.answer.map((it) => [it.cycleCountId, it.rows]) : [])
  }

  async function load(): Promise<void> {
    await Promise.all([read(null), readLate()])
  }

  /** Of another facility or another kind: what stands there is not that. */
  function start(): void {
    counts.value = null
    void load()
  }
  watch([facilityId, end], start, { immediate: true })
  watch(text, () => {
    clearTimeout(pause)
    generation += 1
    pause = setTimeout(() => void read(null), TYPING_PAUSE_MS)
  })
  onScopeDispose(() => {
    clearTimeout(pause)
    generation += 1
  })

  return {
    text,
    end,
    counts,
    total,
    currency,
    next,
    late,
    failure,
    isLoading,
    load,
    more: () => (next.value === null ? Promise.resolve() : read(next.value)),
  }
}
