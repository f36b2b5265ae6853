// People on screen: read whole, one of them in hand, changed with a reason; never guessed.
import { computed, ref, shallowRef } from 'vue'
import type { FacilityId } from '../domain/ids'
import type { Holding, Person, PersonChange } from '../domain/person'
import type { SyncWorkerApi } from '../worker/protocol'
import { trying } from './trying'
import { failureWords, type ShownFailure } from './words'

export function usePeople(sync: Pick<SyncWorkerApi, 'people'>) {
  const people = shallowRef<readonly Person[] | null>(null)
  const facilities = shallowRef<readonly { readonly facilityId: FacilityId; readonly name: string }[]>([])
  const failure = shallowRef<ShownFailure | null>(null)
  const chosenId = ref<string | null>(null)
  const changes = shallowRef<readonly PersonChange[] | null>(null)
  const problem = ref<string | null>(null)
  const saved = ref<string | null>(null)
  const isBusy = ref(false)
  const chosen = computed(() => people.value?.find((it) => it.userId === chosenId.value) ?? null)
  const names = computed(() => new Map(facilities.value.map((it) => [it.facilityId, it.name])))

  async function load(): Promise<void> {
    isBusy.value = true
    const read = await trying(sync.people('list'))
    isBusy.value = false
    failure.value = read.ok ? null : read
    if (!read.ok) return
    people.value = read.answer.people
    facilities.value = read.answer.facilities
  }

  async function choose(userId: string): Promise<void> {
    chosenId.value = userId
    problem.value = null
    saved.value = null
    await readChanges(userId)
  }

  async function readChanges(userId: string): Promise<void> {
    changes.value = null
    const read = await trying(sync.people('history', userId))
    // Somebody else was chosen meanwhile.
    if (chosenId.value !== userId) return
    if (read.ok) changes.value = read.answer
    else problem.value = failureWords(read)
  }

  /** @returns whether it was saved; otherwise `problem` says why, and everything is as it was */
  async function change(person: Person, wanted: Holding, reason: string): Promise<boolean> {
    isBusy.value = true
    const outcome = await trying(sync.people('change', person, wanted, reason))
    isBusy.value = false
    problem.value = outcome.ok ? null : failureWords(outcome)
    saved.value = outcome.ok ? `${person.fullName} is changed. It holds from the next call on.` : null
    if (!outcome.ok) return false
    people.value = (people.value ?? []).map((it) => (it.userId === person.userId ? outcome.answer : it))
    await readChanges(person.userId)
    return true
  }

  return { people, facilities, names, failure, chosen, changes, problem, saved, isBusy, load, choose, change }
}
