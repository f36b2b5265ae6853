// The counts that are planned or under way, and what a planner changes in them. Online only.
import { computed, ref, shallowRef } from 'vue'
import type { CycleCountId, FacilityId, ProductId, SessionId, UserName } from '../domain/ids'
import type { CountSession, CycleCount } from '../domain/session'
import type { ItemChangeVerdict, Person, PlanChange } from '../ports/plan'
import type { Outcome } from '../worker/protocol'
import { countOf } from './format'
import type { Services } from './services'
import { trying } from './trying'
import { failureWords } from './words'

/** Rules: docs/SPEC.md PL20-PL23. */
export function usePlanned({ sync, ids }: Pick<Services, 'sync' | 'ids'>, facilityId: FacilityId) {
  const counts = shallowRef<readonly CycleCount[] | null>(null)
  const people = shallowRef<readonly Person[]>([])
  const problem = ref<string | null>(null)
  const said = ref<string | null>(null)
  const isBusy = ref(false)
  const search = ref('')
  const person = ref('')

  const shown = computed(() => shownCounts(counts.value ?? [], search.value, person.value))

  async function load(): Promise<void> {
    isBusy.value = true
    const [list, known] = await Promise.all([
      trying(sync.plan('planned', facilityId)),
      trying(sync.plan('people', facilityId)),
    ])
    isBusy.value = false
    problem.value = list.ok ? null : failureWords(list)
    if (list.ok) counts.value = list.answer
    if (known.ok) people.value = known.answer
  }

  /** @returns null when it failed: `problem` says why */
  async function act<T>(call: Promise<Outcome<T>>, words: string): Promise<T | null> {
    isBusy.value = true
    const outcome = await trying(call)
    isBusy.value = false
    problem.value = outcome.ok ? null : failureWords(outcome)
    said.value = outcome.ok ? words : null
    if (!outcome.ok) return null
    await load()
    return outcome
  }

  const change = async (id: CycleCountId, what: PlanChange): Promise<boolean> =>
    (await act(sync.plan('change', id, what), 'Changed.')) !== null
  const cancel = async (id: CycleCountId, reason: string): Promise<boolean> =>
    (await act(sync.plan('cancel', id, reason), 'Called off.')) !== null
  const reassign = async (session: CountSession, to: UserName | null): Promise<boolean> =>
    (await act(sync.plan('reassign', session.sessionId, to), 'Reassigned.')) !== null

  async function changeItems(
    id: SessionId,
    add: readonly ProductId[],
    remove: readonly ProductId[],
  ): Promise<boolean> {
    const done = await act(sync.plan('changeItems', id, { requestId: ids.next(), add, remove }), '')
    if (done !== null) said.value = itemWords(done.answer)
    return done !== null
  }

  return { counts, shown, people, problem, said, isBusy, search, person, load, change, cancel, reassign, changeItems }
}
export type Planned = ReturnType<typeof usePlanned>

/** By name and person; what is due first comes first. */
export function shownCounts(counts: readonly CycleCount[], search: string, person: string): readonly CycleCount[] {
  const words = search.trim().toLowerCase()
  return counts
    .filter((it) => it.name.toLowerCase().includes(words))
    .filter((it) => person === '' || it.sessions.some((session) => session.assignedTo === person))
    .toSorted((a, b) => (a.dueAt ?? Infinity) - (b.dueAt ?? Infinity) || a.name.localeCompare(b.name))
}

/** The same answer of many products is said once, with their number. */
export function itemWords(verdicts: readonly ItemChangeVerdict[]): string {
  const times = (verdict: ItemChangeVerdict['verdict']) => verdicts.filter((it) => it.verdict === verdict).length
  const refusals = new Map<string, number>()
  for (const { verdict, message } of verdicts)
    if (verdict === 'refused') refusals.set(message ?? 'Refused', (refusals.get(message ?? 'Refused') ?? 0) + 1)
  return [
    `${countOf(times('taken'), 'product')} changed.`,
    ...(times('same') > 0 ? [`${countOf(times('same'), 'product')} stood so already.`] : []),
    ...[...refusals].map(([message, count]) => `${countOf(count, 'product')}: ${message}.`),
  ].join(' ')
}
