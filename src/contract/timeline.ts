// Everything that happened to one item over all counts of a facility, and whether the chain of a count is whole.
import * as v from 'valibot'
import { Millis } from './envelope'

/** Entries in one page. */
export const TIMELINE_MAX = 200

const CountOf = v.pipe(v.number(), v.safeInteger(), v.minValue(0))

export const TIMELINE_KINDS = ['scan', 'undo', 'correction', 'match', 'act', 'session', 'movement'] as const

export const ItemTimeline = v.object({
  productId: v.string(),
  productName: v.nullish(v.string()),
  /** The counts that have the item, the newest first; at most 50. */
  counts: v.array(
    v.object({ workEffortId: v.string(), name: v.string(), isClosed: v.boolean(), closedAt: v.nullish(Millis) }),
  ),
  /** In the order of time. */
  entries: v.array(
    v.object({
      id: v.string(),
      at: Millis,
      kind: v.picklist(TIMELINE_KINDS),
      by: v.string(),
      device: v.nullish(v.string()),
      workEffortId: v.nullish(v.string()),
      countName: v.nullish(v.string()),
      sessionName: v.nullish(v.string()),
      /** What was done: an action of the audit, a status of a session, a kind of movement. */
      action: v.nullish(v.string()),
      quantity: v.nullish(v.number()),
      /** What was scanned, or where a movement comes from. */
      value: v.nullish(v.string()),
      reason: v.nullish(v.string()),
    }),
  ),
  next: v.nullish(v.object({ afterAt: Millis, afterId: v.string() })),
})

export const CountChain = v.object({
  state: v.picklist(['unbroken', 'broken', 'open', 'unsealed']),
  auditEntries: CountOf,
  sealedEntries: CountOf,
  laterEntries: CountOf,
  head: v.nullish(v.string()),
  problems: v.array(
    v.object({
      kind: v.string(),
      seq: CountOf,
      key: v.nullish(v.string()),
      problem: v.picklist(['altered', 'missing']),
    }),
  ),
  problemCount: CountOf,
})
