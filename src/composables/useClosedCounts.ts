// The counts of a facility that are over, the newest first, and what came late for them.
import { computed, ref, shallowRef, watch } from 'vue'
import type { FacilityId } from '../domain/ids'
import type { ClosedCount, ClosedPage, CountEnd } from '../ports/past'
import type { SyncWorkerApi } from '../worker/protocol'
import { trying } from './trying'
import { useTypedPages } from './useTypedPages'

export interface ClosedDeps {
  readonly sync: Pick<SyncWorkerApi, 'review'>
  /** May change while the list is open. */
  readonly facilityId: () => FacilityId
}

/** Rule: docs/SPEC.md RV59. */
export function useClosedCounts({ sync, facilityId }: ClosedDeps) {
  const end = ref<CountEnd>('closed')
  const { items: counts, page, ...pages } = useTypedPages<ClosedPage, ClosedCount>({
    read: (ask) => sync.review('closed', facilityId(), { ...ask, end: end.value }),
    itemsOf: (answer) => answer.counts,
  })
  /** Late lines that wait, by count; what could not be read is not there. */
  const late = shallowRef<ReadonlyMap<string, number>>(new Map())

  async function readLate(): Promise<void> {
    const asked = facilityId()
    const outcome = await trying(sync.review('lateCounts', asked))
    if (asked !== facilityId()) return
    late.value = new Map(outcome.ok ? outcome.answer.map((it) => [it.cycleCountId, it.rows]) : [])
  }

  async function load(): Promise<void> {
    await Promise.all([pages.load(), readLate()])
  }

  /** Of another facility or another kind: what stands there is not that. */
  function start(): void {
    counts.value = null
    void load()
  }
  watch([facilityId, end], start, { immediate: true })

  return { ...pages, end, counts, currency: computed(() => page.value?.currency ?? null), late, load }
}
