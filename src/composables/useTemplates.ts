// The templates of a facility: looked at, renamed, deleted and brought back. Online only.
import { ref, shallowRef } from 'vue'
import type { FacilityId } from '../domain/ids'
import type { PlanTemplate } from '../ports/plan-again'
import type { Outcome } from '../worker/protocol'
import type { Services } from './services'
import { trying } from './trying'
import { failureWords } from './words'

/** Rules: docs/SPEC.md PL30, PL31. */
export function useTemplates({ sync }: Pick<Services, 'sync'>, facilityId: FacilityId) {
  const templates = shallowRef<readonly PlanTemplate[] | null>(null)
  const problem = ref<string | null>(null)
  const isBusy = ref(false)
  /** The one that was deleted last: it waits to be brought back. */
  const deleted = shallowRef<PlanTemplate | null>(null)

  async function load(): Promise<void> {
    const outcome = await trying(sync.plan('templates', facilityId))
    problem.value = outcome.ok ? null : failureWords(outcome)
    if (outcome.ok) templates.value = outcome.answer
  }

  async function act(call: Promise<Outcome<{ readonly answer: unknown }>>): Promise<boolean> {
    isBusy.value = true
    const outcome = await trying(call)
    isBusy.value = false
    problem.value = outcome.ok ? null : failureWords(outcome)
    if (outcome.ok) await load()
    return outcome.ok
  }

  const rename = ({ templateId, plan }: PlanTemplate, name: string): Promise<boolean> =>
    act(sync.plan('putTemplate', facilityId, { templateId, name, plan }))

  async function remove(template: PlanTemplate): Promise<void> {
    if (await act(sync.plan('deleteTemplate', facilityId, template.templateId))) deleted.value = template
  }
  async function undo(): Promise<void> {
    const { value } = deleted
    if (value !== null && (await act(sync.plan('restoreTemplate', facilityId, value.templateId)))) deleted.value = null
  }

  return { templates, problem, isBusy, deleted, load, rename, remove, undo }
}
