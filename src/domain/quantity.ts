// Exact quantities: integer millionths inside, decimal numbers only on the wire and on screen.

declare const micro: unique symbol

/** A quantity in integer millionths of a unit. Safe to add; never a float. */
export type Micro = number & { readonly [micro]: true }

const MICRO_PER_UNIT = 1_000_000
/** Wire limit: ±1e9 units. 1e15 millionths stay exact in a double. */
const MICRO_MAX = 1_000_000_000 * MICRO_PER_UNIT

export const ZERO = 0 as Micro

/** Why a number is no quantity. */
export type QuantityProblem = 'not-a-number' | 'too-precise' | 'too-large'

/**
 * Whole units to a quantity.
 * @throws {RangeError} when not a whole number within ±1e9
 */
export function unitsOf(units: number): Micro {
  if (!Number.isInteger(units) || Math.abs(units) > MICRO_MAX / MICRO_PER_UNIT)
    throw new RangeError(`A quantity is a whole number of units within ±1e9, got ${units}`)
  return (units * MICRO_PER_UNIT) as Micro
}

/** Read a wire number. More than 6 decimals (beyond rounding noise) or beyond ±1e9 units is refused, never rounded away. */
export function decodeQuantity(wire: number): Micro | QuantityProblem {
  if (!Number.isFinite(wire)) return 'not-a-number'
  const scaled = wire * MICRO_PER_UNIT
  if (Math.abs(scaled) > MICRO_MAX) return 'too-large'
  const rounded = Math.round(scaled)
  // A double carries about 16 digits: allow its own noise, nothing more.
  const noise = Math.max(1e-3, Math.abs(scaled) * Number.EPSILON * 4)
  if (Math.abs(scaled - rounded) > noise) return 'too-precise'
  return (rounded === 0 ? 0 : rounded) as Micro
}

/** To the wire: a number with at most 6 decimals. */
export function encodeQuantity(quantity: Micro): number {
  return quantity / MICRO_PER_UNIT
}

/** @throws {RangeError} when the sum leaves the exact range */
export function addQuantity(a: Micro, b: Micro): Micro {
  const sum = a + b
  if (Math.abs(sum) > MICRO_MAX) throw new RangeError(`Quantity out of range: ${sum} millionths`)
  return sum as Micro
}

/**
 * The sum without a check: what is recorded already must be folded, or one absurd amount would stop all counting.
 * Exact up to ±9e9 units; recording refuses amounts long before.
 */
export function sumQuantity(a: Micro, b: Micro): Micro {
  return (a + b) as Micro
}

export function negateQuantity(quantity: Micro): Micro {
  return (quantity === 0 ? 0 : -quantity) as Micro
}

/** A multiple without a check, for what is recorded already; `'too-large'` where it would not be exact any more. */
export function scaleQuantity(quantity: Micro, factor: number): Micro | 'too-large' {
  const scaled = quantity * factor
  return Number.isSafeInteger(scaled) ? (scaled as Micro) : 'too-large'
}

/** `n` times a case of `packSize` units: what one scan of a case barcode counts. */
export function timesPack(units: Micro, packSize: number): Micro {
  const total = units * packSize
  if (!Number.isSafeInteger(total) || Math.abs(total) > MICRO_MAX)
    throw new RangeError(`Quantity out of range: ${units} × ${packSize}`)
  return total as Micro
}

/** The other way round: how many cases of `packSize` make these units; the units themselves where it does not come out even. */
export function shareOf(units: Micro, packSize: number): Micro {
  const share = units / packSize
  return Number.isSafeInteger(share) ? (share as Micro) : units
}
