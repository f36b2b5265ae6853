// The new-count form: the draft, the people, and creating it once, however often the button or the network repeats it.
import { computed, onMounted, reactive, ref, shallowRef } from 'vue'
import { asId, type CycleCountId, type FacilityId } from '../domain/ids'
import { PLAN_PARTS_MAX } from '../domain/plan'
import type { Person, PlannedCount } from '../ports/plan'
import type { PlanChoices, TemplatePlan } from '../ports/plan-again'
import { draftProblems, emptyDraft, planOf, planWords, type DraftProducts, type PlanIds } from './plan-draft'
import { daysUntil, draftOf, templateOf } from './plan-template'
import type { Services } from './services'
import { trying } from './trying'
import { useProductFind } from './useProductFind'
import { failureWords } from './words'

/** @param templateId to begin with; null: an empty form. Rules: docs/SPEC.md PL2, PL8, PL10, PL32 */
export function useNewCount(
  services: Pick<Services, 'sync' | 'ids' | 'clock'>,
  { facilityId, timeZone, templateId }: { readonly facilityId: FacilityId; readonly timeZone: string; readonly templateId: string | null },
) {
  const { sync, ids, clock } = services
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
  const choices = shallowRef<PlanChoices | null>(null)
  /** What of a template could not be taken. */
  const notTaken = ref<string | null>(null)

  async function loadChoices(): Promise<void> {
    const outcome = await trying(sync.plan('choices', facilityId))
    // Without them the form works as well: the filters of the facility's own words are left out.
    if (outcome.ok) choices.value = outcome.answer
  }

  async function begin(): Promise<void> {
    await Promise.all([loadPeople(), loadChoices()])
    if (templateId !== null) await beginFrom(templateId)
    await find.search()
  }
  onMounted(begin)

  async function beginFrom(id: string): Promise<void> {
    const outcome = await trying(sync.plan('templates', facilityId))
    const template = outcome.ok ? outcome.answer.find((it) => it.templateId === id) : undefined
    if (template === undefined) {
      notTaken.value = outcome.ok ? 'The template is gone: this form is empty.' : failureWords(outcome)
      return
    }
    const begun = draftOf(template, { now: clock.now(), timeZone, people: people.value })
    Object.assign(draft, begun.draft)
    lastKey = draft.parts.length
    if (begun.gone.length > 0) notTaken.value = `${begun.gone.join(', ')} does not count here any more: choose somebody else.`
    if (template.plan.products !== null) await find.choose(template.plan.products)
  }

  const template = useTemplateSaving(sync, ids, facilityId, () =>
    templateOf(draft, find.chosen.value),
  )
  const dueDays = computed(() => daysUntil(draft.due, clock.now(), timeZone))

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
    notTaken.value = null
    template.saved = null
    find.clear()
    void find.search()
  }

  return {
    draft, find, people, choices, notTaken, peopleProblem, isBusy, problem, problems, summary,
    created, createdName, template, dueDays, addPart, removePart, create, startAnew, loadPeople,
  }
}

function useTemplateSaving(
  sync: Services['sync'],
  ids: Services['ids'],
  facilityId: FacilityId,
  planNow: () => TemplatePlan,
) {
  const problem = ref<string | null>(null)
  const isBusy = ref(false)
  const saved = ref<string | null>(null)
  /** Of the one that is being kept: an answer that was lost makes no second one. */
  let templateId: string | null = null

  async function save(name: string, dueAfterDays: number | null): Promise<boolean> {
    if (isBusy.value) return false
    templateId ??= ids.next()
    isBusy.value = true
    const plan = { ...planNow(), dueAfterDays }
    const outcome = await trying(sync.plan('putTemplate', facilityId, { templateId, name, plan }))
    isBusy.value = false
    problem.value = outcome.ok ? null : failureWords(outcome)
    if (!outcome.ok) return false
    saved.value = name
    templateId = null
    return true
  }
  return reactive({ problem, isBusy, saved, save })
}
export type NewCount = ReturnType<typeof useNewCount>
