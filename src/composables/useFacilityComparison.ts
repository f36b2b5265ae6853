// The same report of every facility that somebody may see, one after the other; only when it is asked for.
import { onScopeDispose, ref, shallowRef, watch } from 'vue'
import { asId, type FacilityId } from '../domain/ids'
import type { Figures } from '../domain/report'
import type { ReportAsk } from '../ports/report'
import type { SyncWorkerApi } from '../worker/protocol'
import { trying } from './trying'
import { failureWords } from './words'

/** More are no comparison, and each costs the server a report. */
const FACILITIES_MAX = 20

export interface ComparedFacility {
  readonly facilityId: FacilityId
  readonly currency: string | null
  readonly figures: Figures
}

/** @param ask another one takes the comparison away. Rules: docs/SPEC.md RP34 */
export function useFacilityComparison(sync: Pick<SyncWorkerApi, 'reports'>, ask: () => ReportAsk) {
  const facilities = shallowRef<readonly ComparedFacility[]>([])
  const problem = ref<string | null>(null)
  const isLoading = ref(false)
  let generation = 0

  function forget(): void {
    generation += 1
    facilities.value = []
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
    const common = { ...ask(), area: null, category: null, supplier: null }
    const found: ComparedFacility[] = []
    for (const id of ids.slice(0, FACILITIES_MAX)) {
      const facilityId = asId<FacilityId>(id)
      const read = await trying(sync.reports('report', { ...common, facilityId }))
      if (mine !== generation) return
      if (!read.ok) {
        problem.value = failureWords(read)
        break
      }
      found.push({ facilityId, currency: read.answer.currency, figures: read.answer.total })
    }
    isLoading.value = false
    // A part of them would be taken for all.
    if (problem.value === null) facilities.value = found
  }

  return { facilities, problem, isLoading, compare }
}
