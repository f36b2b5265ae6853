// What is over: the list of closed and cancelled counts, and what was done to one count as a whole. Ours.
import * as v from 'valibot'
import { Millis } from './envelope'

/** Counts in one page of the list. */
export const CLOSED_PAGE_MAX = 200
/** Entries in one page of a count's history. */
export const HISTORY_PAGE_MAX = 200

const CountOf = v.pipe(v.number(), v.safeInteger(), v.minValue(0))

/** How a count ended. */
export const COUNT_ENDS = ['closed', 'cancelled'] as const

export const ClosedCounts = v.object({
  counts: v.array(
    v.object({
      workEffortId: v.string(),
      name: v.string(),
      isBlind: v.boolean(),
      startedAt: v.nullish(Millis),
      endedAt: Millis,
      /** null: it was imported as closed, and nobody wrote down who did it. */
      endedBy: v.nullish(v.string()),
      reason: v.nullish(v.string()),
      /** Products that were decided. */
      products: CountOf,
      // For those who may see the book: what was booked, with what corrected it since.
      netUnits: v.optional(v.number()),
      /** Of the products whose cost is known; null: of none it is. */
      netValue: v.nullish(v.number()),
    }),
  ),
  /** All that fit, on every page. */
  total: CountOf,
  currency: v.nullish(v.string()),
  /** What to ask with for the next page; absent: this was the last. */
  next: v.nullish(v.object({ beforeAt: Millis, beforeId: v.string() })),
})

/** One thing that was done to the whole of a count, or to some of its products at once. */
export const CountDeed = v.object({
  seq: CountOf,
  at: Millis,
  by: v.string(),
  action: v.string(),
  reason: v.nullish(v.string()),
  sessionName: v.nullish(v.string()),
  /** Products that it was done to; absent: to the count or a session. */
  products: v.nullish(CountOf),
  /** When it was one. */
  productName: v.nullish(v.string()),
  /** Whose scans, or who was given the session. */
  whom: v.nullish(v.string()),
  /** Who had the session before. */
  formerly: v.nullish(v.string()),
  deviceName: v.nullish(v.string()),
  /** Scans or barcodes that were let pass. */
  amount: v.nullish(v.number()),
  /** Fields of the plan: what each was, and what it became. */
  changes: v.optional(
    v.record(v.string(), v.object({ from: v.optional(v.unknown()), to: v.optional(v.unknown()) })),
    {},
  ),
})

export const CountHistory = v.object({
  /** The newest first. */
  deeds: v.array(CountDeed),
  /** What to ask with for the older ones; absent: these were all. */
  nextBefore: v.nullish(CountOf),
})
