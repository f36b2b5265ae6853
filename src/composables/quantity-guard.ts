// Numbers that are probably a slip: asked about, never refused.
import { encodeQuantity, type Micro } from '../domain/quantity'

/** Without a book quantity to compare with (blind count, no permission): decision 22. */
export const GUARD_UNITS_WITHOUT_QOH = 100
export const GUARD_FACTOR = 10

export type OddQuantity = 'negative' | 'too-many'

/**
 * Is this total odd enough to ask? Rule: UI8.
 * @param expected book quantity where the user may see it, else null
 */
export function oddQuantity(total: Micro, expected: Micro | null): OddQuantity | null {
  const units = encodeQuantity(total)
  if (units < 0) return 'negative'
  const limit =
    expected === null || expected <= 0
      ? GUARD_UNITS_WITHOUT_QOH
      : Math.max(encodeQuantity(expected) * GUARD_FACTOR, GUARD_FACTOR)
  return units > limit ? 'too-many' : null
}
