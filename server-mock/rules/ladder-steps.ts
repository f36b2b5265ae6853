// Which steps of the rule ladder are written down: each that takes a product further, once.
import type { LadderReason } from '../../src/domain/review'
import type { Rung } from './rule-ladder'

/** A step as it is kept: where the product stood, why, and after how many counts. */
export interface LadderStep {
  readonly state: Rung['state']
  readonly why: LadderReason
  /** The newest count that had been made; 0: the first. */
  readonly round: number
}

/**
 * null: nothing that is worth a line, or what was written last still holds. Plain acceptances are written when they are
 * booked, and stand here only where they end something. Rule: docs/SPEC.md RL15.
 */
export function stepToNote(
  { rung, rounds }: { readonly rung: Rung; readonly rounds: readonly { readonly round: number }[] },
  last: LadderStep | null,
): LadderStep | null {
  const { state, why } = rung
  const isJudged = state === 'recount' || state === 'supervisor' || state === 'accepted'
  if (!isJudged || why === null) return null
  if (state === 'accepted' && last === null && why !== 'counts-agree') return null
  const round = rounds.at(-1)?.round ?? 0
  const isKnown = last?.state === state && last.why === why && last.round === round
  return isKnown ? null : { state, why, round }
}
