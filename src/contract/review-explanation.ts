// What may explain a variance, as the wire has it.
import * as v from 'valibot'
import { MOVEMENT_KINDS } from '../domain/review'
import { Millis } from './envelope'

const CountOf = v.pipe(v.number(), v.safeInteger(), v.minValue(0))

const Likeness = v.variant('kind', [
  v.object({ kind: v.literal('code'), own: v.string(), theirs: v.string() }),
  v.object({ kind: v.literal('beside'), seconds: CountOf }),
  v.object({ kind: v.literal('shelf'), own: v.string(), theirs: v.string(), steps: CountOf }),
  v.object({ kind: v.literal('name') }),
])
/** What may explain the variance of one product; the strongest first. */
export const ReviewExplanation = v.object({
  suggestions: v.array(
    v.variant('kind', [
      v.object({
        kind: v.literal('mixed-up'),
        productId: v.string(),
        name: v.string(),
        variance: v.number(),
        isWhole: v.boolean(),
        because: v.array(Likeness),
      }),
      v.object({
        kind: v.literal('packs'),
        how: v.picklist(['cases-as-units', 'units-as-cases', 'whole-cases']),
        code: v.string(),
        packSize: CountOf,
        packs: CountOf,
      }),
      v.object({
        kind: v.literal('movement'),
        how: v.picklist(['shelf-first', 'book-first']),
        movement: v.object({
          kind: v.picklist(MOVEMENT_KINDS),
          quantity: v.number(),
          at: Millis,
          reference: v.nullish(v.string()),
        }),
      }),
      v.object({
        kind: v.literal('often-off'),
        counts: CountOf,
        off: CountOf,
        recounted: CountOf,
        lastAt: Millis,
        lastVariance: v.number(),
      }),
    ]),
  ),
})
