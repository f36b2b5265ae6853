// A template between what is kept and what a form shows: made of a draft, begun again on another day, said in words.
import type { EpochMs } from '../domain/ids'
import { FACETS } from '../domain/plan'
import { wallTimeOf } from '../domain/zone-time'
import type { KeptChoice, Person } from '../ports/plan'
import type { PlanTemplate, PlanTolerance, TemplatePlan } from '../ports/plan-again'
import { countOf, formatDate } from './format'
import { emptyDraft, toleranceOf, type PlanDraft, type ToleranceDraft } from './plan-draft'

const DAY_MS = 86_400_000
/** When a day's work is over, where a template says the day alone. */
const DUE_CLOCK = '17:00'

/** Only of a draft without problems; its due date is no part of it. */
export function templateOf(
  { countType, isBlind, split, parts, tolerance }: PlanDraft,
  products: KeptChoice,
): TemplatePlan {
  return {
    countType,
    isBlind,
    products: countType === 'hard' ? null : products,
    split,
    parts: parts.map(({ area, assignedTo }) => ({ area, assignedTo: assignedTo === '' ? null : assignedTo })),
    tolerance: toleranceOf(tolerance) ?? null,
    dueAfterDays: null,
  }
}

export interface Today {
  readonly now: EpochMs
  readonly timeZone: string
  readonly people: readonly Person[]
}

/** The template as a draft of today; people who do not count here any more are left out, and named. Rules: docs/SPEC.md PL32 */
export function draftOf(
  { templateId, name, plan }: PlanTemplate,
  { now, timeZone, people }: Today,
): { readonly draft: PlanDraft; readonly gone: readonly string[] } {
  const known = new Set<string>(people.map((it) => it.userName))
  const gone = new Set<string>(plan.parts.flatMap((it) => (it.assignedTo === null || known.has(it.assignedTo) ? [] : [it.assignedTo])))
  const dayOf = (at: EpochMs) => wallTimeOf(at, timeZone).slice(0, 10)
  const draft: PlanDraft = {
    ...emptyDraft(),
    name: `${name}, ${formatDate(now, timeZone)}`,
    countType: plan.countType,
    isBlind: plan.isBlind,
    due: plan.dueAfterDays === null ? '' : `${dayOf(now + plan.dueAfterDays * DAY_MS)}T${DUE_CLOCK}`,
    split: plan.split,
    parts: plan.parts.map(({ area, assignedTo }, index) => ({
      key: index + 1,
      area,
      assignedTo: assignedTo === null || gone.has(assignedTo) ? '' : assignedTo,
    })),
    tolerance: toleranceDraftOf(plan.tolerance),
    templateId,
  }
  return { draft, gone: [...gone] }
}

export function toleranceDraftOf(tolerance: PlanTolerance | null): ToleranceDraft {
  if (tolerance === null) return emptyDraft().tolerance
  const { units, percent, money } = tolerance
  return { isOwn: true, units: String(units), percent: String(percent), money: money === null ? '' : String(money) }
}

/** Whole days from today to a due field, at least one; null: none is said. */
export function daysUntil(due: string, now: EpochMs, timeZone: string): number | null {
  if (due === '') return null
  const today = Date.parse(wallTimeOf(now, timeZone).slice(0, 10))
  const days = Math.round((Date.parse(due.slice(0, 10)) - today) / DAY_MS)
  return Number.isFinite(days) ? Math.max(1, days) : null
}

/** `Directed, blind · all of Dairy and eggs, class A · 2 sessions · due after 3 days` */
export function templateWords({ countType, isBlind, products, parts, dueAfterDays, tolerance }: TemplatePlan): string {
  const kind = `${countType === 'hard' ? 'Hard' : 'Directed'}${isBlind ? ', blind' : ''}`
  return [
    kind,
    ...(products === null ? [] : [choiceWords(products)]),
    countOf(parts.length, 'session'),
    ...(tolerance === null ? [] : ['own tolerances']),
    ...(dueAfterDays === null ? [] : [`due after ${countOf(dueAfterDays, 'day')}`]),
  ].join(' · ')
}

function choiceWords(products: KeptChoice): string {
  if (products.by === 'list') return countOf(products.productIds.length, 'product')
  const { filter, without } = products
  const words = [
    ...FACETS.flatMap((facet) => filter[facet].map((it) => (facet === 'aisles' ? `aisle ${it}` : it))),
    ...(filter.bin === '' ? [] : [`bin ${filter.bin}…`]),
    ...(filter.text === '' ? [] : [`“${filter.text}”`]),
    ...filter.abcClasses.map((it) => (it === '-' ? 'no class' : `class ${it}`)),
    ...(filter.stock === 'any' ? [] : [`book ${filter.stock}`]),
    ...(filter.notCountedForDays === null ? [] : [`not counted for ${filter.notCountedForDays} days`]),
  ]
  const all = words.length === 0 ? 'all products' : `all of ${words.join(', ')}`
  return without.length === 0 ? all : `${all}, less ${without.length}`
}
