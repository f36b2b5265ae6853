// What a count says against a book that moves meanwhile: expected at the moment of counting, expected now, variance.
import { valueOf, type Money } from '../../src/domain/money'
import { negateQuantity, sumQuantity, ZERO, type Micro } from '../../src/domain/quantity'
import type { MovementKind } from '../../src/domain/review'

export interface Snapshot {
  readonly quantity: Micro
  readonly at: number
}

export interface Movement {
  /** When it took effect at the shelf, whenever it was booked. */
  readonly at: number
  /** Signed. */
  readonly quantity: Micro
}

/**
 * The book at a moment: a snapshot, plus what moved after it, or minus what moved between the moment and it.
 * What moves at the very moment belongs to what was before. Rules: docs/SPEC.md RV1.
 */
export function bookAt(snapshot: Snapshot, at: number, movements: readonly Movement[]): Micro {
  const [from, until] = at < snapshot.at ? [at, snapshot.at] : [snapshot.at, at]
  const moved = movements
    .filter((it) => it.at > from && it.at <= until)
    .reduce((sum, it) => sumQuantity(sum, it.quantity), ZERO)
  return sumQuantity(snapshot.quantity, at < snapshot.at ? negateQuantity(moved) : moved)
}

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

/** Rules: docs/SPEC.md RV1-RV3. */
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
