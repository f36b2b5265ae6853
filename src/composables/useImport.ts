// A list from a file to counts on the server: opened, its columns said, sent, followed; nothing is imported by halves.
import { computed, onScopeDispose, reactive, ref, shallowRef, toValue, watch, type MaybeRefOrGetter } from 'vue'
import type { FacilityId, UserName } from '../domain/ids'
import {
  guessMapping,
  guessProductKind,
  type ColumnMapping,
  type ImportSettings,
  type MappedField,
  type ProductKind,
} from '../domain/import-table'
import type { RowError } from '../domain/plan-import'
import { momentOf } from '../domain/zone-time'
import type { ImportBegun, ImportJob, Person } from '../ports/plan'
import type { OpenTable } from '../ports/tables'
import { useImportMappings } from '../stores/import-mappings'
import { TABLE_PROBLEM_WORDS } from './import-words'
import type { MovedPeople } from './moved-words'
import type { Services } from './services'
import { trying } from './trying'
import { failureWords } from './words'

const POLL_MS = 1000
/** Then somebody presses a button to look again. */
const POLLS_MAX = 600
const DAY_MS = 86_400_000
const RECENT_MS = 7 * DAY_MS

interface Deps extends Pick<Services, 'sync' | 'clock' | 'openTable'> {
  /** A file that is open stays open when another one is chosen. */
  readonly facilityId: MaybeRefOrGetter<FacilityId>
  readonly timeZone: MaybeRefOrGetter<string>
}

/** Rules: docs/SPEC.md PL11-PL17, PL44, PL50. */
export function useImport(deps: Deps) {
  const file = useTable(deps)
  const people = shallowRef<readonly Person[]>([])
  const problem = ref<string | null>(null)
  const isBusy = ref(false)
  const known = shallowRef<ImportBegun['known']>(null)
  const job = useJob(deps)

  async function loadPeople(): Promise<void> {
    const facilityId = toValue(deps.facilityId)
    const outcome = await trying(deps.sync.plan('people', facilityId))
    // Another facility was chosen meanwhile, and is asked about its own.
    if (facilityId !== toValue(deps.facilityId)) return
    if (outcome.ok) people.value = outcome.answer
    else problem.value = failureWords(outcome)
  }

  const moved = shallowRef<MovedPeople | null>(null)
  watch(
    () => toValue(deps.facilityId),
    async (facilityId) => {
      const before = people.value
      people.value = []
      problem.value = null
      await loadPeople()
      if (facilityId !== toValue(deps.facilityId)) return
      const here = new Set(people.value.map((it) => it.userName))
      const left = file.form.people.filter((it) => !here.has(it))
      file.form.people = file.form.people.filter((it) => here.has(it))
      if (file.table.value === null) return
      const nameOf = (userName: UserName) => before.find((it) => it.userName === userName)?.fullName ?? userName
      const isUnknown = problem.value !== null
      moved.value = { left: isUnknown ? [] : left.map(nameOf), isUnknown }
    },
  )

  /** @param isAgain although the server knows the file */
  async function send(isAgain: boolean): Promise<void> {
    const { table } = file
    if (table.value === null || isBusy.value || file.problems.value.length > 0) return
    isBusy.value = true
    problem.value = null
    file.remember()
    const csv = await table.value.importCsv(file.settings())
    const { fileName, hash } = table.value.summary
    const upload = { fileName, csv, fileHash: hash, isAgain }
    const outcome = await trying(deps.sync.plan('upload', upload))
    isBusy.value = false
    if (!outcome.ok) {
      problem.value = failureWords(outcome)
      return
    }
    known.value = outcome.answer.known
    job.follow(outcome.answer.importId)
  }

  function startAnew(): void {
    file.close()
    job.stop()
    known.value = null
    problem.value = null
    moved.value = null
  }

  return { ...file, people, moved, problem, isBusy, known, job, loadPeople, send, startAnew }
}
export type ListImport = ReturnType<typeof useImport>

const NO_COLUMNS: ColumnMapping = { product: null, count: null, person: null, area: null, start: null, due: null }

interface ImportForm {
  columns: Record<MappedField, number | null>
  productKind: ProductKind
  countName: string
  isBlind: boolean
  /** Clock times at the facility, as the fields have them. */
  start: string
  due: string
  people: UserName[]
}

function useTable({ openTable, facilityId, timeZone }: Deps) {
  const mappings = useImportMappings()
  const table = shallowRef<OpenTable | null>(null)
  const fileProblem = ref<string | null>(null)
  const isReading = ref(false)
  /** The columns are read as for the last file with this header. */
  const isRemembered = ref(false)
  const form = reactive<ImportForm>({
    columns: { ...NO_COLUMNS },
    productKind: 'any',
    countName: '',
    isBlind: false,
    start: '',
    due: '',
    people: [],
  })

  async function open(file: File): Promise<void> {
    close()
    isReading.value = true
    const opened = await openTable(file)
    isReading.value = false
    if (!opened.ok) {
      fileProblem.value = `${file.name}: ${TABLE_PROBLEM_WORDS[opened.problem]}`
      return
    }
    table.value = opened.table
    const { header, fileName } = opened.table.summary
    form.countName = fileName.replace(/\.[^.]*$/, '')
    const remembered = mappings.find(header)
    if (remembered === null) return guess()
    form.columns = { ...remembered.columns }
    form.productKind = remembered.productKind
    isRemembered.value = true
  }

  /** By the names of the columns, whatever was said of them before. */
  function guess(): void {
    const header = table.value?.summary.header ?? []
    form.columns = { ...guessMapping(header) }
    form.productKind = guessProductKind(header[form.columns.product ?? -1] ?? '')
    isRemembered.value = false
  }

  function close(): void {
    table.value?.close()
    table.value = null
    fileProblem.value = null
  }
  onScopeDispose(close)

  function remember(): void {
    const header = table.value?.summary.header
    if (header !== undefined)
      mappings.remember(header, { columns: { ...form.columns }, productKind: form.productKind })
  }

  const problems = computed(() => [
    ...(form.columns.product === null ? ['Say which column holds the product.'] : []),
    ...(form.columns.count === null && form.countName.trim() === '' ? ['Give the count a name.'] : []),
    ...timeProblems(form.start, form.due, toValue(timeZone)),
  ])

  const settings = (): ImportSettings => ({
    facilityId: toValue(facilityId),
    countName: form.countName.trim(),
    productKind: form.productKind,
    isBlind: form.isBlind,
    start: form.start,
    due: form.due,
    people: [...form.people],
    columns: { ...form.columns },
  })

  return { table, fileProblem, isReading, isRemembered, form, open, guess, close, remember, problems, settings }
}

function timeProblems(start: string, due: string, timeZone: string): string[] {
  const startAt = start === '' ? null : momentOf(start, timeZone)
  const dueAt = due === '' ? null : momentOf(due, timeZone)
  if (start !== '' && startAt === null) return ['The start is no time at this facility.']
  if (due !== '' && dueAt === null) return ['The due time is no time at this facility.']
  return startAt !== null && dueAt !== null && dueAt <= startAt ? ['The count is due before it starts.'] : []
}

function isOver(job: ImportJob | null): boolean {
  return job !== null && job.state !== 'received' && job.state !== 'consuming'
}

function useJob({ sync, clock }: Deps) {
  const current = shallowRef<ImportJob | null>(null)
  const recent = shallowRef<readonly ImportJob[]>([])
  const errors = shallowRef<readonly RowError[]>([])
  const lookProblem = ref<string | null>(null)
  const isFollowing = ref(false)
  const isCancelling = ref(false)
  /** The server does not tell what became of it: nobody waits for that. */
  const isLost = ref(false)
  let followed: string | null = null
  let timer: ReturnType<typeof setTimeout> | undefined

  /** Grows with every look: what an older one hears is thrown away. */
  let looks = 0
  async function look(polls: number): Promise<void> {
    const mineLook = (looks += 1)
    clearTimeout(timer)
    const importId = followed
    const outcome = importId === null ? null : await trying(sync.plan('importJob', importId))
    if (mineLook !== looks) return
    if (outcome === null) return readRecent(mineLook)
    isLost.value = !outcome.ok && outcome.reason === 'not-found'
    lookProblem.value = outcome.ok || isLost.value ? null : failureWords(outcome)
    if (outcome.ok) current.value = outcome.answer
    if (current.value?.state === 'error') await readErrors(current.value.importId)
    if (isLost.value || polls === 0 || isOver(current.value)) {
      isFollowing.value = false
      await readRecent(mineLook)
      return
    }
    timer = setTimeout(() => void look(polls - 1), POLL_MS)
  }

  async function readRecent(mineLook: number): Promise<void> {
    const outcome = await trying(sync.plan('imports', clock.now() - RECENT_MS))
    if (mineLook !== looks) return
    if (outcome.ok) recent.value = outcome.answer
    else lookProblem.value = failureWords(outcome)
  }

  async function readErrors(importId: string): Promise<void> {
    const outcome = await trying(sync.plan('importErrors', importId))
    if (outcome.ok) errors.value = outcome.answer
    else lookProblem.value = failureWords(outcome)
  }

  function follow(importId: string): void {
    stop()
    followed = importId
    isFollowing.value = true
    void look(POLLS_MAX)
  }

  /** Whether it was in time is what the look afterwards says. */
  async function cancel(): Promise<void> {
    if (followed === null || isCancelling.value) return
    isCancelling.value = true
    const outcome = await trying(sync.plan('cancelImport', followed))
    isCancelling.value = false
    await look(POLLS_MAX)
    if (!outcome.ok) lookProblem.value = failureWords(outcome)
  }

  function stop(): void {
    clearTimeout(timer)
    looks += 1
    followed = null
    current.value = null
    errors.value = []
    isFollowing.value = false
    isLost.value = false
  }
  onScopeDispose(stop)

  return { current, recent, errors, lookProblem, isFollowing, isCancelling, isLost, follow, cancel, stop, look: () => look(0) }
}
