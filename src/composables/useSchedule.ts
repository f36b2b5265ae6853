// How often each class is counted, what is due today, and a count made of it once, however often the network repeats it.
import { computed, reactive, ref, shallowRef } from 'vue'
import { asId, type CycleCountId, type FacilityId, type UserName } from '../domain/ids'
import { PLAN_DAYS_MAX, PLAN_PRODUCTS_MAX, SCHEDULED_CLASSES, type ScheduledClass } from '../domain/plan'
import { formatClock, formatDate } from './format'
import { emptyTolerance, momentOrNull, toleranceOf, type ToleranceDraft } from './plan-draft'
import type { NewPlan, Person, PlannedCount } from '../ports/plan'
import type { PlanChoices, PlanSchedule } from '../ports/plan-again'
import type { Services } from './services'
import { trying } from './trying'
import { failureWords } from './words'

/** The usual frequencies, where a facility has not said its own. */
const USUAL_DAYS: Readonly<Record<ScheduledClass, number>> = { A: 30, B: 90, C: 180 }

type Deps = Pick<Services, 'sync' | 'ids' | 'clock'>

/** How what is due is counted, as the fields have it. */
export interface DueDraft {
  /** A clock time at the facility; empty: none. */
  due: string
  /** Empty: whoever comes first. */
  person: UserName | ''
  isBlind: boolean
  tolerance: ToleranceDraft
}

/** Rules: docs/SPEC.md PL33-PL36, PL53. */
export function useSchedule({ sync, ids, clock }: Deps, facilityId: FacilityId, timeZone: string) {
  const schedule = shallowRef<PlanSchedule | null>(null)
  const problem = ref<string | null>(null)
  const isBusy = ref(false)
  const days = ref<Record<ScheduledClass, string>>({ A: '', B: '', C: '' })
  const first = ref(50)
  const made = shallowRef<{ readonly name: string; readonly count: PlannedCount } | null>(null)

  const isSet = computed(() => schedule.value?.classes.some((it) => it.everyDays !== null) === true)
  const dueCount = computed(() => (schedule.value?.classes ?? []).reduce((sum, it) => sum + it.due, 0))
  const wanted = computed(() => readDays(days.value))
  const isChanged = computed(() =>
    schedule.value?.classes.some(({ abcClass, everyDays }) => wanted.value?.[abcClass] !== everyDays) === true,
  )

  const draft = reactive<DueDraft>({ due: '', person: '', isBlind: false, tolerance: emptyTolerance() })
  const people = shallowRef<readonly Person[]>([])
  const choices = shallowRef<PlanChoices | null>(null)
  const problems = computed(() => dueProblems(draft, timeZone, clock.now()))

  /** Who counts here, and what is accepted by itself: a count can be made without either. */
  async function loadChoices(): Promise<void> {
    const [known, chosen] = await Promise.all([
      trying(sync.plan('people', facilityId)),
      trying(sync.plan('choices', facilityId)),
    ])
    if (known.ok) people.value = known.answer
    if (chosen.ok) choices.value = chosen.answer
  }

  async function load(): Promise<void> {
    const outcome = await trying(sync.plan('schedule', facilityId))
    problem.value = outcome.ok ? null : failureWords(outcome)
    if (!outcome.ok) return
    schedule.value = outcome.answer
    const daysOf = (it: ScheduledClass) => outcome.answer.classes.find((one) => one.abcClass === it)?.everyDays ?? null
    const isNew = SCHEDULED_CLASSES.every((it) => daysOf(it) === null)
    for (const it of SCHEDULED_CLASSES) days.value[it] = String(daysOf(it) ?? (isNew ? USUAL_DAYS[it] : ''))
  }

  async function save(): Promise<void> {
    if (wanted.value === null || isBusy.value) return
    isBusy.value = true
    const outcome = await trying(sync.plan('setSchedule', facilityId, wanted.value))
    isBusy.value = false
    problem.value = outcome.ok ? null : failureWords(outcome)
    if (outcome.ok) await load()
  }

  /** Kept until it has an answer: an answer that was lost makes no second count. */
  let attempt: (NewPlan & { readonly asked: string }) | null = null
  async function count(): Promise<void> {
    const wantedFirst = Math.min(first.value, dueCount.value, PLAN_PRODUCTS_MAX)
    if (isBusy.value || !Number.isInteger(first.value) || wantedFirst < 1 || problems.value.length > 0) return
    const asked = JSON.stringify([wantedFirst, draft])
    if (attempt?.asked !== asked) {
      const place = { facilityId, now: clock.now(), timeZone, people: people.value, nextId: () => ids.next() }
      attempt = { ...dueCountOf(wantedFirst, draft, place), asked }
    }
    isBusy.value = true
    const { asked: _, ...wish } = attempt
    const outcome = await trying(sync.plan('create', wish))
    isBusy.value = false
    problem.value = outcome.ok ? null : failureWords(outcome)
    if (!outcome.ok) return
    made.value = { name: attempt.name, count: outcome.answer }
    attempt = null
    await load()
  }

  const form = { draft, people, choices, problems, loadChoices }
  return { schedule, problem, isBusy, days, first, made, isSet, dueCount, wanted, isChanged, load, save, count, ...form }
}

/** null: one of the fields holds no number of days. Empty: the class is in no schedule. */
function readDays(days: Readonly<Record<ScheduledClass, string>>): Record<ScheduledClass, number | null> | null {
  const read = (text: string): number | null | undefined => {
    const plain = text.trim()
    if (plain === '') return null
    const number = /^\d{1,4}$/.test(plain) ? Number(plain) : 0
    return number >= 1 && number <= PLAN_DAYS_MAX ? number : undefined
  }
  const [A, B, C] = [read(days.A), read(days.B), read(days.C)]
  return A === undefined || B === undefined || C === undefined ? null : { A, B, C }
}

/** What is in the way, one sentence each. */
function dueProblems({ due, tolerance }: DueDraft, timeZone: string, now: number): readonly string[] {
  const dueAt = momentOrNull(due, timeZone)
  const problems: string[] = []
  if (dueAt === undefined) problems.push('The due time is no time at this facility.')
  else if (dueAt !== null && dueAt <= now) problems.push('The due time is over already.')
  if (toleranceOf(tolerance) === undefined)
    problems.push('Say the tolerances in units and in percent, at most 100; money may stay empty.')
  return problems
}

/** Only of a draft without problems. */
function dueCountOf(
  first: number,
  { due, person, isBlind, tolerance }: DueDraft,
  { facilityId, now, timeZone, people, nextId }: {
    readonly facilityId: FacilityId
    readonly now: number
    readonly timeZone: string
    readonly people: readonly Person[]
    readonly nextId: () => string
  },
): NewPlan {
  const name = people.find((it) => it.userName === person)?.fullName ?? 'What is due'
  return {
    requestId: nextId(),
    cycleCountId: asId<CycleCountId>(nextId()),
    name: `Due on ${formatDate(now, timeZone)}, ${formatClock(now, timeZone)}`,
    facilityId,
    countType: 'directed',
    isBlind,
    startAt: null,
    dueAt: momentOrNull(due, timeZone) ?? null,
    products: { by: 'due', first },
    split: 'evenly',
    parts: [{ name, area: '', assignedTo: person === '' ? null : person }],
    tolerance: toleranceOf(tolerance) ?? null,
    templateId: null,
  }
}
