// Exact money: integer ten-thousandths of the currency's unit, a number with at most 4 decimals only outside.
import type { Micro } from './quantity'

declare const money: unique symbol

/** Ten-thousandths of a euro, dollar …: what a unit costs may be a fraction of a cent. */
export type Money = number & { readonly [money]: true }

const PER_UNIT = 10_000
const MICRO_PER_UNIT = 1_000_000n

/** null when it is no amount, or too large to be exact. */
export function decodeMoney(amount: number): Money | null {
  const scaled = Math.round(amount * PER_UNIT)
  return Number.isSafeInteger(scaled) ? (scaled as Money) : null
}

export function encodeMoney(amount: Money): number {
  return amount / PER_UNIT
}

/** What a quantity is worth, rounded half away from zero; null when that cannot be told exactly. */
export function valueOf(quantity: Micro, unitCost: Money): Money | null {
  const exact = BigInt(quantity) * BigInt(unitCost)
  const half = exact < 0n ? -MICRO_PER_UNIT / 2n : MICRO_PER_UNIT / 2n
  const rounded = Number((exact + half) / MICRO_PER_UNIT)
  return Number.isSafeInteger(rounded) ? ((rounded === 0 ? 0 : rounded) as Money) : null
}
