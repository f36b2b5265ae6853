// Plans that are made again, over the wire: what can be chosen, templates, the schedule and what is due.
import { COUNTS } from '../../src/contract/envelope'
import {
  DUE_PAGE_MAX,
  PlanChanges,
  PlanChoices,
  PostRestore,
  PutSchedule,
  PutTemplate,
  Schedule,
  TemplateChanged,
  Templates,
} from '../../src/contract/plan-again'
import type { RouteInput, Registrar } from '../http/route'
import { readChoices } from '../plan/choices'
import { listPlanChanges } from '../plan/plan-audit'
import { putSchedule, readSchedule } from '../plan/schedule'
import { deleteTemplate, listTemplates, putTemplate, restoreTemplate } from '../plan/templates'

const PLAN = `${COUNTS}plan`
const CHANGES_MAX = 200
const planning = { isExtension: true, needs: ['INV_COUNT_CREATE'] } as const

/** The facility that a call names. @throws HttpError 403; of nobody when it is not said */
function facilityOf({ caller, query }: Pick<RouteInput<unknown>, 'caller' | 'query'>): string {
  const facilityId = query.one('facilityId') ?? ''
  caller.requireAt(facilityId)
  return facilityId
}

/** Rules: docs/SPEC.md PL26, PL30-PL35. */
export const registerPlanAgain: Registrar = (registry, context) => {
  registry.route({
    ...planning,
    method: 'GET',
    path: `${PLAN}/choices`,
    answer: PlanChoices,
    handler: (input) => readChoices(input.sql, facilityOf(input)),
  })
  registry.route({
    ...planning,
    method: 'GET',
    path: `${PLAN}/schedule`,
    answer: Schedule,
    handler: (input) => {
      const facilityId = facilityOf(input)
      const first = input.query.int('limit', { min: 1, max: DUE_PAGE_MAX, otherwise: 50 })
      return readSchedule(input.sql, { facilityId, now: context.clock.now(), first })
    },
  })
  registry.route({
    ...planning,
    method: 'PUT',
    path: `${PLAN}/schedule`,
    body: PutSchedule,
    handler: ({ caller, body }) => putSchedule(body, { caller, context }),
  })
  registry.route({
    ...planning,
    method: 'GET',
    path: `${PLAN}/changes`,
    answer: PlanChanges,
    handler: async (input) => {
      const limit = input.query.int('limit', { min: 1, max: CHANGES_MAX, otherwise: 50 })
      return { changes: await listPlanChanges(input.sql, facilityOf(input), limit) }
    },
  })
  registerTemplates(registry, context)
}

const registerTemplates: Registrar = (registry, context) => {
  const one = `${PLAN}/templates/:templateId`
  registry.route({
    ...planning,
    method: 'GET',
    path: `${PLAN}/templates`,
    answer: Templates,
    handler: async (input) => ({ templates: await listTemplates(input.sql, facilityOf(input)) }),
  })
  registry.route({
    ...planning,
    method: 'PUT',
    path: one,
    body: PutTemplate,
    answer: TemplateChanged,
    handler: ({ caller, param, body }) => {
      const { facilityId } = body
      return putTemplate({ caller, facilityId, templateId: param('templateId'), context }, body)
    },
  })
  registry.route({
    ...planning,
    method: 'DELETE',
    path: one,
    answer: TemplateChanged,
    handler: (input) => {
      const { caller, param } = input
      const facilityId = facilityOf(input)
      return deleteTemplate({ caller, facilityId, templateId: param('templateId'), context })
    },
  })
  registry.route({
    ...planning,
    method: 'POST',
    path: `${one}/restore`,
    body: PostRestore,
    answer: TemplateChanged,
    handler: ({ caller, param, body: { facilityId } }) =>
      restoreTemplate({ caller, facilityId, templateId: param('templateId'), context }),
  })
}
