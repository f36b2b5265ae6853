// Plans that are made again: what can be chosen at a facility, templates, and the schedule with what is due. Ours alone.
import * as v from 'valibot'
import { FACETS, PLAN_PARTS_MAX, SCHEDULED_CLASSES, SPLITS, type Facet } from '../domain/plan'
import { PURPOSE_IDS } from './counts'
import { Millis, Text } from './envelope'
import { Days, KeptChoice, Tolerance } from './plan'

/** Products of what is due that are shown. */
export const DUE_PAGE_MAX = 200

const Id = v.pipe(Text, v.minLength(1), v.maxLength(40))
const Name = v.pipe(Text, v.trim(), v.minLength(1), v.maxLength(100))
const CountOf = v.pipe(v.number(), v.safeInteger(), v.minValue(0))

const FacetValues = v.array(v.object({ value: v.string(), products: CountOf }))
export type FacetValues = v.InferOutput<typeof FacetValues>
const EACH_FACET = Object.fromEntries(FACETS.map((it) => [it, FacetValues])) as Record<Facet, typeof FacetValues>

export const PlanChoices = v.object({
  ...EACH_FACET,
  /** How many products each class has. */
  abcClasses: FacetValues,
  /** What the facility's rules let pass; `*`: products without a class. */
  tolerances: v.array(v.object({ abcClass: v.string(), ...Tolerance.entries })),
  currency: v.nullish(v.string()),
})

export const TemplatePlan = v.object({
  workEffortPurposeTypeId: v.picklist(Object.values(PURPOSE_IDS)),
  isBlind: v.optional(v.boolean(), false),
  products: v.nullish(KeptChoice),
  split: v.optional(v.picklist(SPLITS), 'evenly'),
  parts: v.pipe(
    v.array(v.object({ facilityAreaId: v.nullish(Text), assignedTo: v.nullish(Text) })),
    v.minLength(1),
    v.maxLength(PLAN_PARTS_MAX),
  ),
  tolerance: v.nullish(Tolerance),
  /** After the day on which it is made. */
  dueAfterDays: v.nullish(Days),
})
export type TemplatePlan = v.InferOutput<typeof TemplatePlan>

/** The caller's own id: made the first time, changed afterwards. */
export const PutTemplate = v.object({ facilityId: Id, name: Name, plan: TemplatePlan })
export type PutTemplate = v.InferOutput<typeof PutTemplate>
export const TemplateChanged = v.object({ templateId: v.string() })
export const PostRestore = v.object({ facilityId: Id })

export const Templates = v.object({
  templates: v.array(
    v.object({
      templateId: v.string(),
      name: v.string(),
      plan: TemplatePlan,
      madeBy: v.string(),
      madeAt: Millis,
      lastUsedAt: v.nullish(Millis),
    }),
  ),
})

/** A class that is left out, or null, is in no schedule. */
export const PutSchedule = v.object({
  facilityId: Id,
  everyDays: v.object({ A: v.nullish(Days), B: v.nullish(Days), C: v.nullish(Days) }),
})
export type PutSchedule = v.InferOutput<typeof PutSchedule>

export const Schedule = v.object({
  classes: v.array(
    v.object({
      abcClass: v.picklist(SCHEDULED_CLASSES),
      everyDays: v.nullish(Days),
      products: CountOf,
      /** Due, and in no open count. */
      due: CountOf,
      /** Due, and in an open count already. */
      inCounts: CountOf,
    }),
  ),
  /** The first of them, the longest overdue first. */
  due: v.array(
    v.object({
      productId: v.string(),
      productName: v.string(),
      identifier: v.nullish(v.string()),
      abcClass: v.picklist(SCHEDULED_CLASSES),
      lastCountedAt: v.nullish(Millis),
      /** Absent: it was never counted. */
      overdueDays: v.nullish(CountOf),
    }),
  ),
})

export const PlanChanges = v.object({
  changes: v.array(
    v.object({
      at: Millis,
      by: v.string(),
      action: v.string(),
      templateId: v.nullish(v.string()),
      /** Of the template now, also when it is deleted. */
      templateName: v.nullish(v.string()),
      /** Of the count that was made of it. */
      countName: v.nullish(v.string()),
      details: v.record(v.string(), v.unknown()),
    }),
  ),
})
