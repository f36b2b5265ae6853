// What was changed of a facility's templates and schedule, as the server noted it: read into the domain's words.
import * as v from 'valibot'
import { TemplatePlan, type PlanChanges } from '../contract/plan-again'
import { asId, type UserName } from '../domain/ids'
import type { PlanChange, PlanDeed } from '../ports/plan-again'
import { decodePlan } from './decode-template'

type Wire = v.InferOutput<typeof PlanChanges>['changes'][number]

const Renamed = v.object({ from: v.string(), to: v.string() })
const Replanned = v.object({ from: TemplatePlan, to: TemplatePlan })
const Days = v.nullish(v.number(), null)
const Frequencies = v.record(v.string(), v.object({ from: Days, to: Days }))

export function decodePlanChange({ at, by, ...wire }: Wire): PlanChange {
  return { at, by: asId<UserName>(by), deed: deedOf(wire) }
}

/** What cannot be read is shown by its name: a history has no gaps. */
function deedOf({ action, details, templateName, countName }: Omit<Wire, 'at' | 'by'>): PlanDeed {
  const name = typeof details['name'] === 'string' ? details['name'] : (templateName ?? '')
  switch (action) {
    case 'template-made':
    case 'template-deleted':
    case 'template-restored':
      return { kind: action, name }
    case 'template-used':
      return { kind: action, name, countName: countName ?? null }
    case 'template-changed': {
      const renamed = v.safeParse(Renamed, details['name'])
      const plan = v.safeParse(Replanned, details['plan'])
      return {
        kind: action,
        name,
        renamed: renamed.success ? renamed.output : null,
        plan: plan.success ? { from: decodePlan(plan.output.from), to: decodePlan(plan.output.to) } : null,
      }
    }
    case 'schedule-changed': {
      const classes = v.safeParse(Frequencies, details)
      if (!classes.success) break
      return { kind: action, classes: Object.entries(classes.output).map(([abcClass, it]) => ({ abcClass, ...it })) }
    }
  }
  return { kind: 'other', action }
}
