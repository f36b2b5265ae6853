// The tolerances of one facility: read, set, removed and put back; what the server has is what is shown.
import { ref, shallowRef } from 'vue'
import type { FacilityId } from '../domain/ids'
import type { ReviewRule, StoredRule } from '../domain/review'
import type { RulesRead } from '../ports/review'
import type { SyncWorkerApi } from '../worker/protocol'
import { trying } from './trying'
import { failureWords, type ShownFailure } from './words'

/** Rules: docs/SPEC.md RL11, RL12, RL22. */
export function useRules(sync: Pick<SyncWorkerApi, 'review'>, facility: () => FacilityId) {
  const read = shallowRef<RulesRead | null>(null)
  const failure = shallowRef<ShownFailure | null>(null)
  const problem = ref<string | null>(null)
  const isBusy = ref(false)
  /** The last one removed: it can be put back. */
  const removed = shallowRef<StoredRule | null>(null)
  let generation = 0

  async function load(): Promise<void> {
    const mine = (generation += 1)
    const outcome = await trying(sync.review('rules', facility()))
    if (mine !== generation) return
    failure.value = outcome.ok ? null : outcome
    if (outcome.ok) read.value = outcome.answer
  }

  /** @returns false when it was refused: `problem` says why, and the rules are read again */
  async function act(call: ReturnType<typeof sync.review>): Promise<boolean> {
    isBusy.value = true
    const outcome = await trying(call)
    problem.value = outcome.ok ? null : failureWords(outcome)
    await load()
    isBusy.value = false
    return outcome.ok
  }

  /** @param seen the rule that was on screen; null: there was none */
  async function save(rule: ReviewRule, seen: StoredRule | null): Promise<boolean> {
    const isSaved = await act(sync.review('putRule', rule, seen?.changedAt ?? null))
    if (isSaved) removed.value = null
    return isSaved
  }

  async function remove(rule: StoredRule): Promise<void> {
    const { facilityId, abcClass } = rule
    if (await act(sync.review('removeRule', { facilityId, abcClass }, rule.changedAt)))
      removed.value = rule
  }

  async function putBack(): Promise<void> {
    if (removed.value !== null) await save(removed.value, null)
  }

  /** As it stands on screen, so that nobody switches what somebody else has just switched. */
  async function askForRecounts(isOn: boolean): Promise<void> {
    const seen = read.value?.recounts?.changed?.at ?? null
    await act(sync.review('putRecountRule', facility(), isOn, seen))
  }

  return { read, failure, problem, isBusy, removed, load, save, remove, putBack, askForRecounts }
}
