// Reports on screen: asked anew when the choice changes, an older answer never overwrites a newer one.
import { computed, onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue'
import { csvOf } from '../domain/csv'
import type { FacilityId } from '../domain/ids'
import type { CounterPace, Report } from '../domain/report'
import type { ReportAsk } from '../ports/report'
import type { SyncWorkerApi } from '../worker/protocol'
import { lineRows, periodOf } from './figures-words'
import { trying } from './trying'
import { failureWords, type ShownFailure } from './words'

export interface ReportDeps {
  readonly sync: Pick<SyncWorkerApi, 'reports'>
  /** May change while the report is open: a choice that was just made arrives late. */
  readonly facilityId: () => FacilityId
  readonly timeZone: () => string
  readonly now: () => number
  /** Reviewers see everything; others their own pace. */
  readonly isReviewer: boolean
  /** The choice, e.g. of the last 30 days. */
  readonly days: Readonly<Ref<number>>
  readonly area: Readonly<Ref<string | null>>
  readonly abcClass: Readonly<Ref<string | null>>
}

export function useReports(deps: ReportDeps) {
  const { sync, isReviewer } = deps
  const report = shallowRef<Report | null>(null)
  const pace = shallowRef<readonly CounterPace[] | null>(null)
  const failure = shallowRef<ShownFailure | null>(null)
  const isLoading = ref(false)
  const file = useReportFile(deps)
  let generation = 0

  const ask = computed<ReportAsk>(() => ({
    facilityId: deps.facilityId(),
    ...periodOf(deps.days.value, deps.now(), deps.timeZone()),
    area: deps.area.value,
    abcClass: deps.abcClass.value,
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

  watch(
    ask,
    () => {
      file.forget()
      void load()
    },
    { immediate: true },
  )
  onScopeDispose(() => (generation += 1))
  return { report, pace, failure, isLoading, ask, load, ...file, makeFile: () => file.make(ask.value) }
}

/** Made when it is asked for: the lines may be many. */
function useReportFile({ sync, timeZone }: ReportDeps) {
  const url = ref<string | null>(null)
  const fileProblem = ref<string | null>(null)
  const isMaking = ref(false)

  function forget(): void {
    if (url.value !== null) URL.revokeObjectURL(url.value)
    url.value = null
    fileProblem.value = null
  }

  async function make(ask: ReportAsk): Promise<void> {
    forget()
    isMaking.value = true
    const read = await trying(sync.reports('lines', ask))
    isMaking.value = false
    if (!read.ok) {
      fileProblem.value = failureWords(read)
      return
    }
    const text = csvOf(lineRows(read.answer, timeZone()))
    url.value = URL.createObjectURL(new Blob([text], { type: 'text/csv;charset=utf-8' }))
  }

  onScopeDispose(forget)
  return { url, fileProblem, isMaking, forget, make }
}
