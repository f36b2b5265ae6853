// The figures of every facility that somebody may see, beside each other; only when they are asked for.
import { onScopeDispose, ref, shallowRef, watch } from 'vue'
import { asId, type FacilityId } from '../domain/ids'
import type { ComparedFacility, ReportAsk } from '../ports/report'
import type { SyncWorkerApi } from '../worker/protocol'
import { trying } from './trying'
import { failureWords } from './words'

/** More are no comparison that anybody reads, and the server takes no more. */
const FACILITIES_MAX = 100

/** @param ask another one takes the comparison away. Rules: docs/SPEC.md RP34, RP38 */
export function useFacilityComparison(sync: Pick<SyncWorkerApi, 'reports'>, ask: () => ReportAsk) {
  const facilities = shallowRef<readonly ComparedFacility[]>([])
  /** How many more there are than were compared. */
  const leftOut = ref(0)
  const problem = ref<string | null>(null)
  const isLoading = ref(false)
  let generation = 0

  function forget(): void {
    generation += 1
    facilities.value = []
    leftOut.value = 0
    problem.value = null
    isLoading.value = false
  }
  watch(ask, forget)
  onScopeDispose(() => (generation += 1))

  async function compare(ids: readonly string[]): Promise<void> {
    forget()
    const mine = generation
    isLoading.value = true
    // What one facility calls its areas and buys from whom is nothing to the others.
    const { from, thru, abcClass } = ask()
    const facilityIds = ids.slice(0, FACILITIES_MAX).map((it) => asId<FacilityId>(it))
    const read = await trying(sync.reports('facilities', { facilityIds, from, thru, abcClass }))
    if (mine !== generation) return
    isLoading.value = false
    leftOut.value = ids.length - facilityIds.length
    if (read.ok) facilities.value = read.answer
    else problem.value = failureWords(read)
  }

  return { facilities, leftOut, problem, isLoading, compare }
}
