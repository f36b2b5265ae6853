// Exports on screen: asked for, followed until they are made, fetched into a link that saves them.
import { onScopeDispose, ref, shallowRef } from 'vue'
import type { FacilityId } from '../domain/ids'
import type { ExportFormat, ExportJob, ExportKind } from '../domain/report'
import type { ReportAsk } from '../ports/report'
import type { SyncWorkerApi } from '../worker/protocol'
import { trying } from './trying'
import { failureWords } from './words'

const LOOK_EVERY_MS = 1500
/** Ten minutes; whoever wants to know more looks again. */
const LOOKS_MAX = 400

const TYPES: Readonly<Record<ExportFormat, string>> = {
  csv: 'text/csv;charset=utf-8',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
}

export interface FetchedExport {
  readonly id: string
  readonly fileName: string
  readonly url: string
}

export function useExports(sync: Pick<SyncWorkerApi, 'reports'>, facilityId: () => FacilityId) {
  const jobs = shallowRef<readonly ExportJob[]>([])
  const problem = ref<string | null>(null)
  const isAsking = ref(false)
  const fetched = shallowRef<FetchedExport | null>(null)
  let timer: ReturnType<typeof setTimeout> | undefined
  let looks = 0
  let generation = 0

  /** Looks again while one is being made. */
  async function look(): Promise<void> {
    const mine = (generation += 1)
    clearTimeout(timer)
    const read = await trying(sync.reports('exports', facilityId()))
    if (mine !== generation) return
    problem.value = read.ok ? null : failureWords(read)
    if (read.ok) jobs.value = read.answer
    const isUnderWay = jobs.value.some((it) => it.state === 'waiting' || it.state === 'working')
    looks = isUnderWay ? looks + 1 : 0
    if (isUnderWay && looks < LOOKS_MAX) timer = setTimeout(() => void look(), LOOK_EVERY_MS)
  }

  async function request(ask: ReportAsk, format: ExportFormat, what: ExportKind): Promise<void> {
    isAsking.value = true
    const asked = await trying(sync.reports('requestExport', ask, format, what))
    isAsking.value = false
    if (asked.ok) return look()
    problem.value = failureWords(asked)
  }

  function forget(): void {
    if (fetched.value !== null) URL.revokeObjectURL(fetched.value.url)
    fetched.value = null
  }

  async function fetchFile({ id, format }: ExportJob): Promise<void> {
    forget()
    const read = await trying(sync.reports('exportFile', id))
    problem.value = read.ok ? null : failureWords(read)
    if (!read.ok) return
    const { fileName, content } = read.answer
    fetched.value = { id, fileName, url: URL.createObjectURL(new Blob([content], { type: TYPES[format] })) }
  }

  onScopeDispose(() => {
    generation += 1
    clearTimeout(timer)
    forget()
  })
  return { jobs, problem, isAsking, fetched, look, request, fetchFile }
}
