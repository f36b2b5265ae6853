// Scans that arrived after their count was settled: what accepting them would add, and when nobody can.
import { negateQuantity, sumQuantity, ZERO, type Micro } from '../../src/domain/quantity'

/** The newest held revision of one row. */
export interface HeldRow {
  readonly rev: number
  readonly quantity: Micro | null
  readonly productId: string | null
  /** The round of its session. */
  readonly round: number
}

export interface SettledRow {
  /** What the row had when the count was settled; zero for a row that nobody knew. */
  readonly quantity: Micro
  /** What was accepted of it since. */
  readonly accepted: Micro
  /** The highest revision somebody has said yes or no to; -1: none. */
  readonly settledRev: number
}

export type LateAnswer =
  | { readonly kind: 'open'; readonly delta: Micro }
  | { readonly kind: 'settled' }
  /** May be refused only. */
  | {
      readonly kind: 'not-acceptable'
      readonly why: 'no-product' | 'other-round'
      readonly delta: Micro
    }

/**
 * A row is absolute: accepting it adds what it has over what counts already.
 * @param settledRound the round the product was booked by; null: it was not
 * Rules: docs/SPEC.md RV21, RV22.
 */
export function lateAnswer(
  held: HeldRow,
  settled: SettledRow,
  settledRound: number | null,
): LateAnswer {
  if (held.rev <= settled.settledRev) return { kind: 'settled' }
  const counts = sumQuantity(settled.quantity, settled.accepted)
  const delta = sumQuantity(held.quantity ?? ZERO, negateQuantity(counts))
  if (held.productId === null) return { kind: 'not-acceptable', why: 'no-product', delta }
  if (settledRound !== null && settledRound !== held.round)
    return { kind: 'not-acceptable', why: 'other-round', delta }
  return { kind: 'open', delta }
}

/** A product's approved total: what was decided, and what was added to it since, each with its own reason. Rules: RV20. */
export function approvedTotal(counted: Micro | null, adjustments: readonly Micro[]): Micro {
  return adjustments.reduce((sum, it) => sumQuantity(sum, it), counted ?? ZERO)
}
