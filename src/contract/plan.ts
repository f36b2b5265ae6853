// Planning: finding products and people, and making a whole count of them. Ours alone; the base contract imports (plan-import.ts).
import * as v from 'valibot'
import {
  ABC_CLASSES,
  FACET_VALUES_MAX,
  PLAN_DAYS_MAX,
  PLAN_NAMED_MAX,
  PLAN_PARTS_MAX,
  PLAN_PRODUCTS_MAX,
  SPLITS,
  STOCK_FILTERS,
} from '../domain/plan'
import { decodeQuantity } from '../domain/quantity'
import { PURPOSE_IDS } from './counts'
import { Millis, Text } from './envelope'

/** Products in one page of a search. */
export const PLAN_PAGE_MAX = 200

const Id = v.pipe(Text, v.minLength(1))
const Name = v.pipe(Text, v.trim(), v.minLength(1))
const CountOf = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
export const Days = v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(PLAN_DAYS_MAX))
/** Any of them; empty: all. */
const AnyOf = v.optional(v.pipe(v.array(Text), v.maxLength(FACET_VALUES_MAX)), [])

export const ProductFilter = v.object({
  /** Each word is part of the name, the id or an identifier. */
  text: v.optional(Text, ''),
  /** Empty: all of them. */
  abcClasses: v.optional(v.array(v.picklist(ABC_CLASSES)), []),
  /** Anything but `any` tells of the book, and is for those who may see it. */
  stock: v.optional(v.picklist(STOCK_FILTERS), 'any'),
  /** Not approved in any count since then. */
  notCountedSince: v.nullish(Millis),
  /** The same by the server's clock: for filters that are kept. */
  notCountedForDays: v.nullish(Days),
  // Of what the facility keeps:
  categories: AnyOf,
  tags: AnyOf,
  suppliers: AnyOf,
  aisles: AnyOf,
  /** How its bin begins. */
  bin: v.optional(v.pipe(Text, v.trim()), ''),
})
export type ProductFilter = v.InferOutput<typeof ProductFilter>

export const PlanProduct = v.object({
  productId: v.string(),
  productName: v.string(),
  identifier: v.nullish(v.string()),
  abcClass: v.nullish(v.string()),
  lastCountedAt: v.nullish(Millis),
  category: v.nullish(v.string()),
  /** Its bins at the facility. */
  places: v.nullish(v.string()),
  /** For those who may see the book. */
  quantityOnHand: v.optional(v.number()),
})
export const PlanProducts = v.object({
  products: v.array(PlanProduct),
  /** That match, over all pages. */
  total: CountOf,
})

export const PlanPeople = v.object({
  people: v.array(v.object({ userName: v.string(), fullName: v.string() })),
})

const ByFilter = v.object({
  by: v.literal('filter'),
  filter: ProductFilter,
  without: v.optional(v.pipe(v.array(Id), v.maxLength(PLAN_NAMED_MAX)), []),
})
const ByList = v.object({
  by: v.literal('list'),
  productIds: v.pipe(v.array(Id), v.maxLength(PLAN_NAMED_MAX)),
})
/** What the schedule says is due and in no open count, the longest overdue first. */
const ByDue = v.object({
  by: v.literal('due'),
  first: v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(PLAN_PRODUCTS_MAX)),
})
const Chosen = v.variant('by', [ByFilter, ByList, ByDue])
/** A template says it again and again: by filter or by name. */
export const KeptChoice = v.variant('by', [ByFilter, ByList])

/** Instead of the facility's rules. */
export const Tolerance = v.object({
  units: v.pipe(
    v.number(),
    v.minValue(0),
    v.maxValue(1_000_000),
    v.check((it) => typeof decodeQuantity(it) !== 'string', 'is no quantity'),
  ),
  percent: v.pipe(v.number(), v.finite(), v.minValue(0), v.maxValue(100)),
  /** null: money is not looked at. */
  money: v.nullish(v.pipe(v.number(), v.finite(), v.minValue(0), v.maxValue(1_000_000_000))),
})
export type Tolerance = v.InferOutput<typeof Tolerance>

/** The caller's own id makes it repeatable, and so does the requestId. */
export const PostPlan = v.object({
  requestId: Id,
  workEffortId: v.pipe(Id, v.maxLength(40)),
  workEffortName: Name,
  facilityId: Id,
  workEffortPurposeTypeId: v.picklist(Object.values(PURPOSE_IDS)),
  isBlind: v.optional(v.boolean(), false),
  estimatedStartDate: v.nullish(Millis),
  estimatedCompletionDate: v.nullish(Millis),
  /** Of a directed count; a hard count has none. */
  products: v.nullish(Chosen),
  split: v.optional(v.picklist(SPLITS), 'evenly'),
  parts: v.pipe(
    v.array(
      v.object({
        countImportName: Name,
        facilityAreaId: v.nullish(Text),
        /** Whose session it is; nobody's: whoever comes first. */
        assignedTo: v.nullish(Text),
      }),
    ),
    v.minLength(1),
    v.maxLength(PLAN_PARTS_MAX),
  ),
  tolerance: v.nullish(Tolerance),
  /** From which it was made. */
  templateId: v.nullish(Id),
})
export type PostPlan = v.InferOutput<typeof PostPlan>

/** What would each of so many sessions get? */
export const PostPlanShares = v.object({
  facilityId: Id,
  products: Chosen,
  split: v.picklist(SPLITS),
  parts: v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(PLAN_PARTS_MAX)),
})
export const PlanShares = v.object({
  shares: v.array(
    v.object({
      products: CountOf,
      /** null: nothing in it has a place. */
      firstAisle: v.nullish(v.string()),
      lastAisle: v.nullish(v.string()),
      withoutPlace: CountOf,
    }),
  ),
})

export const PlanAnswer = v.object({
  workEffortId: v.string(),
  sessions: v.array(
    v.object({
      inventoryCountImportId: v.string(),
      countImportName: v.nullish(v.string()),
      assignedTo: v.nullish(v.string()),
      products: CountOf,
    }),
  ),
})

/** Of a count that is planned or under way; what is left out stays, null takes a date away. */
export const PostPlanChange = v.object({
  workEffortName: v.optional(Name),
  estimatedStartDate: v.optional(v.nullable(Millis)),
  estimatedCompletionDate: v.optional(v.nullable(Millis)),
})
export const PlanChanged = v.object({ workEffortId: v.string() })

export const PostCancel = v.object({ reason: Name })

/** Null: whoever comes first. */
export const PostPlannedSession = v.object({
  assignedTo: v.optional(v.nullable(Text)),
  countImportName: v.optional(Name),
  facilityAreaId: v.optional(v.nullable(Text)),
})
export const PlannedSessionChanged = v.object({ inventoryCountImportId: v.string() })

const NamedProducts = v.optional(v.pipe(v.array(Id), v.maxLength(PLAN_NAMED_MAX)), [])
export const PostPlannedItems = v.object({
  requestId: Id,
  add: NamedProducts,
  remove: NamedProducts,
})
export const PlannedItemsAnswer = v.object({
  verdicts: v.array(
    v.object({
      productId: v.string(),
      verdict: v.picklist(['taken', 'same', 'refused']),
      message: v.optional(v.string()),
    }),
  ),
})
