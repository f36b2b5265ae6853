// A count as somebody is about to plan it: what is missing, in words, and what will come of it.
import type { CycleCountId, EpochMs, FacilityId, UserName } from '../domain/ids'
import {
  PLAN_NAMED_MAX,
  PLAN_PRODUCTS_MAX,
  type Split,
} from '../domain/plan'
import type { CountType } from '../domain/session'
import { momentOf } from '../domain/zone-time'
import { sharesOf } from '../domain/walk'
import type { KeptChoice, NewPlan, Person, PlanPart, PlanShare } from '../ports/plan'
import type { PlanTolerance } from '../ports/plan-again'
import { countOf, formatCount } from './format'
import type { PlanShares } from './usePlanShares'
import { areaWords } from './words'

export interface DraftPart {
  readonly key: number
  area: string
  assignedTo: UserName | ''
}

/** As the fields have it. */
export interface ToleranceDraft {
  /** Otherwise the facility's rules hold. */
  isOwn: boolean
  units: string
  percent: string
  /** Empty: money is not looked at. */
  money: string
}

export interface PlanDraft {
  name: string
  countType: CountType
  isBlind: boolean
  /** As the field has it: a clock time at the facility; empty: none. */
  start: string
  due: string
  split: Split
  parts: DraftPart[]
  tolerance: ToleranceDraft
  /** From which it was begun. */
  templateId: string | null
}

export function emptyDraft(): PlanDraft {
  return {
    name: '',
    countType: 'directed',
    isBlind: false,
    start: '',
    due: '',
    split: 'evenly',
    parts: [{ key: 1, area: '', assignedTo: '' }],
    tolerance: { isOwn: false, units: '', percent: '', money: '' },
    templateId: null,
  }
}

/** What is chosen of the products; null in a hard count. */
export interface DraftProducts {
  readonly count: number
  readonly chosen: KeptChoice
  readonly isTooMuchNamed: boolean
}

/** Everything that is in the way, one sentence each; empty: it can be created. Rules: docs/SPEC.md PL8, PL10 */
export function draftProblems(draft: PlanDraft, products: DraftProducts | null, timeZone: string): string[] {
  const problems: string[] = []
  if (draft.name.trim() === '') problems.push('Give the count a name.')
  const startAt = momentOrNull(draft.start, timeZone)
  const dueAt = momentOrNull(draft.due, timeZone)
  if (startAt === undefined) problems.push('The start is no time at this facility.')
  if (dueAt === undefined) problems.push('The due time is no time at this facility.')
  if (startAt != null && dueAt != null && dueAt <= startAt)
    problems.push('The count is due before it starts.')
  if (toleranceOf(draft.tolerance) === undefined)
    problems.push('Say the tolerances in units and in percent, at most 100; money may stay empty.')
  if (products !== null) problems.push(...listProblems(draft, products))
  return problems
}

function listProblems({ parts }: PlanDraft, { count, isTooMuchNamed }: DraftProducts): string[] {
  if (count === 0) return ['Choose at least one product.']
  if (count > PLAN_PRODUCTS_MAX)
    return [`Choose at most ${formatCount(PLAN_PRODUCTS_MAX)} products.`]
  if (isTooMuchNamed)
    return [`At most ${PLAN_NAMED_MAX} products can be ticked or left out one by one: use the filters, or import a list.`]
  if (parts.length > count)
    return [`${countOf(count, 'product')} cannot be shared by ${countOf(parts.length, 'session')}.`]
  return []
}

/** null: none was given; undefined: there is no such time. */
function momentOrNull(text: string, timeZone: string): EpochMs | null | undefined {
  return text === '' ? null : (momentOf(text, timeZone) ?? undefined)
}

/** null: the facility's rules hold; undefined: they are no amounts. Rules: docs/SPEC.md PL41 */
export function toleranceOf({ isOwn, ...fields }: ToleranceDraft): PlanTolerance | null | undefined {
  if (!isOwn) return null
  const [units, percent, money] = [fields.units, fields.percent, fields.money].map(amountOf)
  if (units == null || percent == null || percent > 100 || money === undefined) return undefined
  return { units, percent, money }
}

/** null: empty; undefined: no amount. A comma is a point to most of those who type one. */
function amountOf(text: string): number | null | undefined {
  const plain = text.trim().replace(',', '.')
  if (plain === '') return null
  return /^\d{1,7}(\.\d{1,4})?$/.test(plain) ? Number(plain) : undefined
}

/** `Back stock · Ana Ruiz`; numbered where two would be called the same. */
export function namedParts(parts: readonly DraftPart[], people: readonly Person[]): readonly PlanPart[] {
  const seen = new Map<string, number>()
  return parts.map(({ area, assignedTo }, index) => {
    const person = people.find((it) => it.userName === assignedTo)
    const words = [area === '' ? null : areaWords(area), person?.fullName ?? null]
    const base = words.filter((it) => it !== null).join(' · ') || `Session ${index + 1}`
    const times = (seen.get(base) ?? 0) + 1
    seen.set(base, times)
    return {
      name: times === 1 ? base : `${base} ${times}`,
      area,
      assignedTo: assignedTo === '' ? null : assignedTo,
    }
  })
}

/** What the button will do, before it does it. Rules: PL10, PL56 */
export function planWords(draft: PlanDraft, products: DraftProducts | null, people: readonly Person[], told: PlanShares): string {
  const parts = namedParts(draft.parts, people)
  const sessions = countOf(parts.length, 'session')
  if (products === null) return `${sessions}; everything in the facility is counted.`
  const what = `${countOf(products.count, 'product')} in ${sessions}`
  const sizes = shareWords(draft, products.count, told)
  return sizes === null ? `${what}, in walking order.` : `${what}: ${parts.map((it, index) => `${it.name}: ${sizes[index] ?? '0'}`).join(', ')}.`
}

/** `120, aisles 01–04`; null: the server has not said yet how the aisles come out. */
function shareWords({ split, parts }: PlanDraft, count: number, told: PlanShares): readonly string[] | null {
  if (told.state === 'told') return told.shares.map(shareWord)
  if (split === 'by-area' && parts.length > 1) return null
  const places = Array.from({ length: count }, () => 0)
  return sharesOf(places, parts.length).map((it) => formatCount(it.length))
}

function shareWord({ products, firstAisle, lastAisle, withoutPlace }: PlanShare): string {
  const aisles = firstAisle === null ? '' : firstAisle === lastAisle ? ` (aisle ${firstAisle})` : ` (aisles ${firstAisle} to ${lastAisle ?? ''})`
  const rest = withoutPlace === 0 || withoutPlace === products ? '' : `, ${formatCount(withoutPlace)} without a place`
  return `${formatCount(products)}${aisles}${rest}`
}

export interface PlanIds {
  readonly requestId: string
  readonly cycleCountId: CycleCountId
}

/** Only of a draft without problems. */
export function planOf(
  draft: PlanDraft,
  products: DraftProducts | null,
  { facilityId, timeZone, people, ids }: {
    readonly facilityId: FacilityId
    readonly timeZone: string
    readonly people: readonly Person[]
    readonly ids: PlanIds
  },
): NewPlan {
  return {
    ...ids,
    name: draft.name.trim(),
    facilityId,
    countType: draft.countType,
    isBlind: draft.isBlind,
    startAt: momentOrNull(draft.start, timeZone) ?? null,
    dueAt: momentOrNull(draft.due, timeZone) ?? null,
    products: products?.chosen ?? null,
    split: draft.split,
    parts: namedParts(draft.parts, people),
    tolerance: toleranceOf(draft.tolerance) ?? null,
    templateId: draft.templateId,
  }
}
