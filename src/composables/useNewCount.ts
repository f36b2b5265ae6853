// The new-count form: the draft, the people, and creating it once, however often the button or the network repeats it.
import { computed, onMounted, reactive, ref, shallowRef } from 'vue'
import { asId, type CycleCountId, type FacilityId } from '../domain/ids'
import { PLAN_PARTS_MAX } from '../domain/plan'
import type { Person, PlannedCount } from '../ports/plan'
import { draftProblems, emptyDraft, planOf, planWords, type DraftProducts, type PlanIds } from './plan-draft'
import type { Services } from './services'
import { trying } from './trying'
import { useProductFind } from './useProductFind'
import { failureWords } from './words'

/** Rules: docs/SPEC.md PL2, PL8, PL10. */
export function useNewCount(services: Pick<Services, 'sync' | 'ids' | 'clock'>, facilityId: FacilityId, timeZone: string) {
  const { sync, ids } = services
  const draft = reactive(emptyDraft())
  const find = useProductFind(services, facilityId)
  const people = shallowRef<readonly Person[]>([])
  const peopleProblem = ref<string | null>(null)
  const isBusy = ref(false)
  const problem = ref<string | null>(null)
  const created = shallowRef<PlannedCount | null>(null)
  const createdName = ref('')

  const products = computed<DraftProducts | null>(() =>
    draft.countType === 'hard'
      ? null
      : {
          count: find.chosenCount.value,
          chosen: find.chosen.value,
          isTooMuchNamed: find.isTooMuchNamed.value,
        },
  )
  const problems = computed(() => draftProblems(draft, products.value, timeZone))
  const summary = computed(() => planWords(draft, products.value, people.value))

  async function loadPeople(): Promise<void> {
    const outcome = await trying(sync.plan('people', facilityId))
    peopleProblem.value = outcome.ok ? null : failureWords(outcome)
    if (outcome.ok) people.value = outcome.answer
  }
  onMounted(loadPeople)
  onMounted(find.search)

  let lastKey = 1
  function addPart(): void {
    if (draft.parts.length < PLAN_PARTS_MAX)
      draft.parts.push({ key: (lastKey += 1), area: '', assignedTo: '' })
  }
  function removePart(key: number): void {
    if (draft.parts.length > 1) draft.parts = draft.parts.filter((it) => it.key !== key)
  }

  /** The ids of a plan that was sent before, as long as nothing in it has changed: an answer that was lost makes no second count. */
  let attempt: { readonly of: string; readonly ids: PlanIds } | null = null
  async function create(): Promise<void> {
    if (isBusy.value || problems.value.length > 0) return
    const of = JSON.stringify([draft, products.value])
    if (attempt?.of !== of)
      attempt = { of, ids: { requestId: ids.next(), cycleCountId: asId<CycleCountId>(ids.next()) } }
    const place = { facilityId, timeZone, people: people.value, ids: attempt.ids }
    isBusy.value = true
    const outcome = await trying(sync.plan('create', planOf(draft, products.value, place)))
    isBusy.value = false
    problem.value = outcome.ok ? null : failureWords(outcome)
    if (!outcome.ok) return
    created.value = outcome.answer
    createdName.value = draft.name.trim()
    attempt = null
  }

  function startAnew(): void {
    Object.assign(draft, emptyDraft())
    created.value = null
    void find.search()
  }

  return {
    draft, find, people, peopleProblem, isBusy, problem, problems, summary,
    created, createdName, addPart, removePart, create, startAnew, loadPeople,
  }
}
export type NewCount = ReturnType<typeof useNewCount>
