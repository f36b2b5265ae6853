// The words of planning, the same for server and screen: how products are found, how a list is shared out.

/** How a facility ranks its products by turnover; `-`: not ranked. */
export const ABC_CLASSES = ['A', 'B', 'C', '-'] as const
export type AbcClass = (typeof ABC_CLASSES)[number]

/** Those that a schedule names: what is not ranked is counted when somebody asks for it. */
export const SCHEDULED_CLASSES = ['A', 'B', 'C'] as const
export type ScheduledClass = (typeof SCHEDULED_CLASSES)[number]

/** What a facility may narrow a search to, by words of its own. */
export const FACETS = ['categories', 'tags', 'suppliers', 'aisles'] as const
export type Facet = (typeof FACETS)[number]

export const STOCK_FILTERS = ['any', 'positive', 'zero', 'negative'] as const
export type StockFilter = (typeof STOCK_FILTERS)[number]

/**
 * Each product in one session, in walking order:
 * - `evenly`: the sessions as long as each other
 * - `by-area`: no aisle in two sessions
 */
export const SPLITS = ['evenly', 'by-area'] as const
export type Split = (typeof SPLITS)[number]

/** Products of one planned count. */
export const PLAN_PRODUCTS_MAX = 50_000
/** Sessions of one planned count. */
export const PLAN_PARTS_MAX = 50
/** Products that are named one by one: chosen, or left out of a choice. */
export const PLAN_NAMED_MAX = 500
/** Values of one facet in a filter. */
export const FACET_VALUES_MAX = 50
/** Templates of a facility: more are not looked through by a person. */
export const TEMPLATES_MAX = 200
/** Days that a schedule, a filter or a due date may name. */
export const PLAN_DAYS_MAX = 3650

const DAY_MS = 86_400_000

/** Whole days since it should have been counted; null: it never was. Rules: docs/SPEC.md PL34 */
export function overdueDays(lastCountedAt: number | null, everyDays: number, now: number): number | null {
  return lastCountedAt === null ? null : Math.max(0, Math.floor((now - lastCountedAt) / DAY_MS) - everyDays)
}
