// Reports on screen: asked anew when the choice changes, an older answer never overwrites a newer one.
import { computed, onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue'
import type { FacilityId } from '../domain/ids'
import type { CounterPace, Report } from '../domain/report'
import type { ReportAsk } from '../ports/report'
import type { SyncWorkerApi } from '../worker/protocol'
import { periodOf } from './figures-words'
import { trying } from './trying'
import type { ShownFailure } from './words'

export interface ReportDeps {
  readonly sync: Pick<SyncWorkerApi, 'reports'>
  /** May change while the report is open: a choice that was just made arrives late. */
  readonly facilityId: () => FacilityId
  readonly timeZone: () => string
  readonly now: () => number
  /** Reviewers see everything; others their own pace. */
  readonly isReviewer: boolean
  /** The choice, e.g. of the last 30 days; 0: of the one day that was asked for. */
  readonly days: Readonly<Ref<number>>
  /** `2026-11-25`; null: no particular one. */
  readonly day: string | null
  readonly area: Readonly<Ref<string | null>>
  readonly abcClass: Readonly<Ref<string | null>>
  readonly category: Readonly<Ref<string | null>>
  readonly supplier: Readonly<Ref<string | null>>
}

export function useReports(deps: ReportDeps) {
  const { sync, isReviewer } = deps
  const report = shallowRef<Report | null>(null)
  const pace = shallowRef<readonly CounterPace[] | null>(null)
  const failure = shallowRef<ShownFailure | null>(null)
  const isLoading = ref(false)
  let generation = 0

  const ask = computed<ReportAsk>(() => ({
    facilityId: deps.facilityId(),
    ...(deps.day !== null && deps.days.value === 0
      ? { from: deps.day, thru: deps.day }
      : periodOf(deps.days.value, deps.now(), deps.timeZone())),
    area: deps.area.value,
    abcClass: deps.abcClass.value,
    category: deps.category.value,
    supplier: deps.supplier.value,
  }))

  async function load(): Promise<void> {
    const mine = (generation += 1)
    isLoading.value = true
    const [sums, speeds] = await Promise.all([
      isReviewer ? trying(sync.reports('report', ask.value)) : null,
      trying(sync.reports('pace', ask.value)),
    ])
    if (mine !== generation) return
    isLoading.value = false
    const failed = [sums, speeds].find((it) => it?.ok === false)
    failure.value = failed?.ok === false ? failed : null
    report.value = sums?.ok === true ? sums.answer : null
    pace.value = speeds.ok ? speeds.answer : null
  }

  watch(ask, () => void load(), { immediate: true })
  onScopeDispose(() => (generation += 1))
  return { report, pace, failure, isLoading, ask, load }
}
