// Plans that are made again, over HTTP (extended profile): choices, templates, schedule; wire names end here.
import * as v from 'valibot'
import { PURPOSE_IDS } from '../contract/counts'
import { COUNTS } from '../contract/envelope'
import { PlanChanges, PlanChoices, Schedule, TemplateChanged, TemplatePlan, Templates } from '../contract/plan-again'
import { asId, type ProductId } from '../domain/ids'
import type { KeptChoice } from '../ports/plan'
import type * as port from '../ports/plan-again'
import { decodePlan, decodeTolerance } from './decode-template'
import { part, type Http } from './http'
import { decodePlanChange } from './plan-changes'

const PLAN = `${COUNTS}plan`
/** Products of what is due that a screen shows. */
const DUE_SHOWN = 100
/** Changes that a screen shows, the newest. */
const CHANGES_SHOWN = 100

export function createPlanAgainApi(http: Http): port.PlanAgainApi {
  const template = (id: string, rest = '') => `${PLAN}/templates/${part(id)}${rest}`
  const schema = TemplateChanged
  return {
    async choices(facilityId) {
      const query = { facilityId }
      const wire = await http.json({ method: 'get', path: `${PLAN}/choices`, schema: PlanChoices, query })
      const { categories, tags, suppliers, aisles, abcClasses, tolerances, currency } = wire
      return {
        facets: { categories, tags, suppliers, aisles },
        classes: abcClasses,
        tolerance: decodeTolerance(tolerances.find((it) => it.abcClass === '*')),
        currency: currency ?? null,
      }
    },
    async templates(facilityId) {
      const query = { facilityId }
      const wire = await http.json({ method: 'get', path: `${PLAN}/templates`, schema: Templates, query })
      return wire.templates.map(({ templateId, name, plan, madeBy, lastUsedAt }) => ({
        templateId,
        name,
        madeBy,
        lastUsedAt: lastUsedAt ?? null,
        plan: decodePlan(plan),
      }))
    },
    async putTemplate(facilityId, { templateId, name, plan }) {
      const body = { facilityId, name, plan: encodePlan(plan) }
      await http.json({ method: 'put', path: template(templateId), schema, body })
    },
    async deleteTemplate(facilityId, templateId) {
      await http.json({ method: 'delete', path: template(templateId), schema, query: { facilityId } })
    },
    async restoreTemplate(facilityId, templateId) {
      await http.json({ method: 'post', path: template(templateId, '/restore'), schema, body: { facilityId } })
    },
    async changes(facilityId) {
      const query = { facilityId, limit: CHANGES_SHOWN }
      const wire = await http.json({ method: 'get', path: `${PLAN}/changes`, schema: PlanChanges, query })
      return wire.changes.map(decodePlanChange)
    },
    async schedule(facilityId) {
      const query = { facilityId, limit: DUE_SHOWN }
      const wire = await http.json({ method: 'get', path: `${PLAN}/schedule`, schema: Schedule, query })
      return decodeSchedule(wire)
    },
    async setSchedule(facilityId, everyDays) {
      await http.run({ method: 'put', path: `${PLAN}/schedule`, body: { facilityId, everyDays } })
    },
  }
}

export function encodeChoice(chosen: KeptChoice): object {
  return chosen.by === 'list'
    ? { by: 'list', productIds: chosen.productIds }
    : { by: 'filter', filter: chosen.filter, without: chosen.without }
}

function decodeSchedule({ classes, due }: v.InferOutput<typeof Schedule>): port.PlanSchedule {
  return {
    classes: classes.map(({ everyDays, ...it }) => ({ ...it, everyDays: everyDays ?? null })),
    due: due.map((it) => ({
      productId: asId<ProductId>(it.productId),
      name: it.productName,
      identifier: it.identifier ?? null,
      abcClass: it.abcClass,
      lastCountedAt: it.lastCountedAt ?? null,
      overdueDays: it.overdueDays ?? null,
    })),
  }
}

function encodePlan(plan: port.TemplatePlan): v.InferInput<typeof TemplatePlan> {
  return v.parse(TemplatePlan, {
    workEffortPurposeTypeId: PURPOSE_IDS[plan.countType],
    isBlind: plan.isBlind,
    products: plan.products === null ? null : encodeChoice(plan.products),
    split: plan.split,
    parts: plan.parts.map(({ area, assignedTo }) => ({ facilityAreaId: area === '' ? null : area, assignedTo })),
    tolerance: plan.tolerance,
    dueAfterDays: plan.dueAfterDays,
  })
}
