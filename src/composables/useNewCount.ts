// The new-count form: the draft, the people, and creating it once, however often the button or the network repeats it.
import { computed, onMounted, onScopeDispose, reactive, ref, shallowRef } from 'vue'
import { asId, type CycleCountId, type FacilityId } from '../domain/ids'
import { PLAN_PARTS_MAX } from '../domain/plan'
import type { Person, PlannedCount } from '../ports/plan'
import type { PlanChoices, TemplatePlan } from '../ports/plan-again'
import { moveParts, takeCarried, type CarriedDraft, type DraftBag } from './carried-draft'
import type { MovedPeople } from './moved-words'
import { draftProblems, emptyDraft, planOf, planWords, type DraftProducts, type PlanDraft, type PlanIds } from './plan-draft'
import { daysUntil, draftOf, templateOf } from './plan-template'
import type { Services } from './services'
import { trying } from './trying'
import { usePlanShares } from './usePlanShares'
import { useProductFind } from './useProductFind'
import { failureWords } from './words'

/**
 * @param templateId to begin with; null: an empty form
 * @param bag what the form of another facility left in it comes along. Rules: docs/SPEC.md PL2, PL8, PL10, PL32, PL45
 */
export function useNewCount(
  services: Pick<Services, 'sync' | 'ids' | 'clock'>,
  { facilityId, timeZone, templateId, bag }: { readonly facilityId: FacilityId; readonly timeZone: string; readonly templateId: string | null; readonly bag: DraftBag },
) {
  const { sync, ids, clock } = services
  const carried = takeCarried(bag, facilityId)
  const draft = reactive(emptyDraft())
  let lastKey = 1
  function take(begun: PlanDraft): void {
    Object.assign(draft, begun)
    lastKey = Math.max(...draft.parts.map((it) => it.key))
  }
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
  const shares = usePlanShares(sync, facilityId, () => {
    const list = products.value
    const parts = draft.parts.length
    return list === null || parts === 1 || list.count < parts || list.isTooMuchNamed ? null : { products: list.chosen, split: draft.split, parts }
  })
  const problems = computed(() => [
    ...draftProblems(draft, products.value, timeZone),
    ...(shares.value.state === 'lost' && draft.split === 'by-area' ? [shares.value.words] : []),
  ])
  const summary = computed(() => planWords(draft, products.value, people.value, shares.value))

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
    if (carried !== null) settleIn(carried)
    else if (templateId !== null) await beginFrom(templateId)
    await find.search()
  }
  onMounted(begin)

  /** What came from the form of another facility, and could not come. */
  const moved = shallowRef<(MovedPeople & { readonly hadProducts: boolean }) | null>(null)
  if (carried !== null) take(carried.draft)
  onScopeDispose(() => {
    // Sent or made already: it is no draft any more.
    if (isBusy.value || created.value !== null) return
    const isUnsettled = carried !== null && moved.value === null
    bag.carried = {
      facilityId,
      // Not structuredClone, which refuses the proxies in it.
      draft: JSON.parse(JSON.stringify(draft)),
      people: isUnsettled ? carried.people : people.value,
      hadProducts:
        (isUnsettled && carried.hadProducts) ||
        (draft.countType === 'directed' && (find.isFiltered.value || !find.isAll.value)),
    }
  })

  function settleIn({ people: before, hadProducts }: CarriedDraft): void {
    const here = peopleProblem.value === null ? people.value : null
    const { parts, ...said } = moveParts(draft.parts, before, here)
    draft.parts = parts
    // A template is of the facility that it was kept for.
    draft.templateId = null
    moved.value = { ...said, hadProducts }
  }

  async function beginFrom(id: string): Promise<void> {
    const outcome = await trying(sync.plan('templates', facilityId))
    const template = outcome.ok ? outcome.answer.find((it) => it.templateId === id) : undefined
    if (template === undefined) {
      notTaken.value = outcome.ok ? 'The template is gone: this form is empty.' : failureWords(outcome)
      return
    }
    const begun = draftOf(template, { now: clock.now(), timeZone, people: people.value })
    take(begun.draft)
    if (begun.gone.length > 0) notTaken.value = `${begun.gone.join(', ')} does not count here any more: choose somebody else.`
    if (template.plan.products !== null) await find.choose(template.plan.products)
  }

  const template = useTemplateSaving(sync, ids, facilityId, () =>
    templateOf(draft, find.chosen.value),
  )
  const dueDays = computed(() => daysUntil(draft.due, clock.now(), timeZone))

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
    moved.value = null
    template.saved = null
    find.clear()
    void find.search()
  }

  return {
    draft, find, people, choices, notTaken, moved, peopleProblem, isBusy, problem, problems, summary,
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
