// Closing a count by its status alone, as the base contract has it: nothing that somebody counted may be left behind.

export interface LeftOpen {
  /** Decisions that are not booked. */
  readonly drafts: number
  /** Counted products without a decision. */
  readonly undecided: number
}

/** Why the count cannot be closed; null: it can. Rules: docs/SPEC.md RV33, RV40 */
export function leftOpenWords({ drafts, undecided }: LeftOpen): string | null {
  if (drafts > 0) return `Decisions that are not booked yet: ${drafts}. Approve the review.`
  if (undecided > 0) return `Counted products that nobody has decided: ${undecided}. Review them first.`
  return null
}
