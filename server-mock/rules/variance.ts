// What a count says against a book that moves meanwhile: expected at the moment of counting, expected now, variance.
import { valueOf, type Money } from '../../src/domain/money'
import { negateQuantity, sumQuantity, ZERO, type Micro } from '../../src/domain/quantity'
import type { MovementKind } from '../../src/domain/review'

/** Movements of one kind, added up: what the explaining line says. */
export interface MovedKind {
  readonly kind: MovementKind
  readonly quantity: Micro
  readonly times: number
  readonly lastAt: number
}

export interface Counted {
  readonly quantity: Micro
  /** All that has moved since it was counted last. */
  readonly movedSince: readonly MovedKind[]
}

export interface Variance {
  readonly bookAtCount: Micro
  /** What must lie there now if the count was right. */
  readonly expectedNow: Micro
  readonly variance: Micro
  /** Of the book when it was counted, two decimals; null where the book was zero and the count was not. */
  readonly percent: number | null
  /** null: nobody knows what a unit costs. */
  readonly value: Money | null
}

/**
 * The snapshot is the book of now: what has moved since the count is taken off it, and added to what was counted.
 * Rules: docs/SPEC.md RV1-RV3.
 */
export function measure(counted: Counted, bookNow: Micro, unitCost: Money | null): Variance {
  const moved = counted.movedSince.reduce((sum, it) => sumQuantity(sum, it.quantity), ZERO)
  const bookAtCount = sumQuantity(bookNow, negateQuantity(moved))
  const variance = sumQuantity(counted.quantity, negateQuantity(bookAtCount))
  return {
    bookAtCount,
    expectedNow: sumQuantity(counted.quantity, moved),
    variance,
    percent: percentOf(variance, bookAtCount),
    value: unitCost === null ? null : valueOf(variance, unitCost),
  }
}

function percentOf(variance: Micro, book: Micro): number | null {
  if (variance === 0) return 0
  if (book === 0) return null
  return Math.round((variance / Math.abs(book)) * 10_000) / 100
}
