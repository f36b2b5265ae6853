// The tolerances of the rule ladder, as the wire has them.
import * as v from 'valibot'
import { Millis, Text } from './envelope'

const WireRule = v.object({
  facilityId: v.pipe(Text, v.minLength(1)),
  abcClass: v.pipe(Text, v.minLength(1), v.maxLength(1)),
  units: v.pipe(v.number(), v.minValue(0), v.maxValue(1e9)),
  percent: v.pipe(v.number(), v.minValue(0), v.maxValue(1000)),
  money: v.nullish(v.pipe(v.number(), v.minValue(0), v.maxValue(1e9))),
})
export const WireStoredRule = v.object({
  ...WireRule.entries,
  changedBy: v.string(),
  changedAt: Millis,
})
/** When the rule that the caller looked at was changed last; null: there was none. Another one since is a 409. */
const SeenRule = v.optional(v.nullable(Millis))
export const PutRule = v.object({ ...WireRule.entries, seen: SeenRule })
export const DeleteRule = v.object({
  facilityId: WireRule.entries.facilityId,
  abcClass: WireRule.entries.abcClass,
  seen: SeenRule,
})
const RuleValues = v.object({
  units: v.number(),
  percent: v.number(),
  money: v.nullish(v.number()),
})
/** Whether the rules of a facility ask for recounts by themselves. Absent: nobody has said anything yet, and they do not. */
export const WireRecountRule = v.object({
  isOn: v.boolean(),
  changedBy: v.nullish(v.string()),
  changedAt: v.nullish(Millis),
})
export const PutRecountRule = v.object({
  facilityId: WireRule.entries.facilityId,
  isOn: v.boolean(),
  seen: SeenRule,
})
export const WireRules = v.object({
  rules: v.array(WireStoredRule),
  /** The newest first. */
  changes: v.array(
    v.object({
      facilityId: v.string(),
      abcClass: v.string(),
      at: Millis,
      by: v.string(),
      /** Absent: there was none. */
      before: v.nullish(RuleValues),
      /** Absent: it was removed. */
      after: v.nullish(RuleValues),
    }),
  ),
  currency: v.nullish(v.string()),
  /** Absent: the server has no such rule. */
  recounts: v.nullish(WireRecountRule),
  /** The newest first. */
  recountChanges: v.optional(v.array(v.object({ at: Millis, by: v.string(), isOn: v.boolean() })), []),
})
