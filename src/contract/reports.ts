// Reports of closed counts: accuracy, variance, shrinkage, counts against plan, pace. Approved sessions only.
import * as v from 'valibot'
import { Millis } from './envelope'

/** Lines in one page. */
export const REPORT_LINES_MAX = 2000

const CountOf = v.pipe(v.number(), v.safeInteger(), v.minValue(0))

/** Of a set of products that were counted and booked. */
export const WireFigures = v.object({
  products: CountOf,
  /** Without a variance. */
  right: CountOf,
  bookUnits: v.number(),
  netUnits: v.number(),
  absoluteUnits: v.number(),
  /** What was missing, as a positive amount. */
  shrinkUnits: v.number(),
  bookValue: v.number(),
  netValue: v.number(),
  absoluteValue: v.number(),
  shrinkValue: v.number(),
  /** Products whose cost nobody knows: they are in no value. */
  withoutCost: CountOf,
})

/** A product of a count, as it was booked. */
const WireLine = v.object({
  workEffortId: v.string(),
  countName: v.string(),
  closedAt: Millis,
  productId: v.string(),
  productName: v.nullish(v.string()),
  abcClass: v.nullish(v.string()),
  category: v.nullish(v.string()),
  book: v.number(),
  variance: v.number(),
  unitCost: v.nullish(v.number()),
  value: v.nullish(v.number()),
  reason: v.nullish(v.string()),
  decidedBy: v.nullish(v.string()),
})

export const Report = v.object({
  currency: v.nullish(v.string()),
  /** The facility's days that are meant, first and last. */
  from: v.string(),
  thru: v.string(),
  total: WireFigures,
  byClass: v.array(v.object({ abcClass: v.string(), figures: WireFigures })),
  /** Empty: in no area. What was counted in two is in both. */
  byArea: v.array(v.object({ area: v.string(), figures: WireFigures })),
  /** Empty: in no category. */
  byCategory: v.array(v.object({ category: v.string(), figures: WireFigures })),
  /** Empty: nobody is known to deliver it. What two deliver is in both. */
  bySupplier: v.array(v.object({ supplier: v.string(), figures: WireFigures })),
  /** By the day on which the count was closed. */
  byDay: v.array(v.object({ day: v.string(), figures: WireFigures })),
  counts: v.array(
    v.object({
      workEffortId: v.string(),
      name: v.string(),
      dueAt: v.nullish(Millis),
      startedAt: v.nullish(Millis),
      closedAt: Millis,
      figures: WireFigures,
    }),
  ),
  /** There are more counts than are named. */
  moreCounts: v.boolean(),
  /** Counts that were due in the period, cancelled ones left out. */
  plan: v.object({ planned: CountOf, inTime: CountOf, late: CountOf, open: CountOf }),
  /** To choose from: those of the period. */
  areas: v.array(v.string()),
  categories: v.array(v.string()),
  suppliers: v.array(v.string()),
  /** What differed most, by value, then by units. */
  largest: v.array(WireLine),
})

/** Facilities in one comparison. */
export const REPORT_FACILITIES_MAX = 100

/** The total of each facility's own report, in the order in which they were asked for. */
export const ReportFacilities = v.object({
  from: v.string(),
  thru: v.string(),
  facilities: v.array(v.object({ facilityId: v.string(), currency: v.nullish(v.string()), figures: WireFigures })),
})

export const ReportPace = v.object({
  counters: v.array(
    v.object({
      userId: v.string(),
      scans: CountOf,
      /** Stretches of five minutes with at least one scan. */
      stretches: CountOf,
    }),
  ),
})

export const ReportLines = v.object({
  lines: v.array(WireLine),
  /** Ask with both for what follows; absent at the end. */
  next: v.nullish(v.object({ afterCount: v.string(), afterProduct: v.string() })),
})
