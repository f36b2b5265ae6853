// When the rules ask for a recount themselves, and when they take one back that they asked for.
import { RULES, type RecallReason } from '../../src/domain/review'
import type { Rung } from './rule-ladder'

/** What the trail says last of a product's judgement and its recounts; null: nothing yet. */
export type LastStep = {
  readonly action: 'judged' | 'recount-sent' | 'recount-cancelled'
  readonly by: string
} | null

/** More than that, and people decide: whoever counts is at odds with the list of who has counted before. */
const ROUNDS_MAX = 3

export interface AskInput {
  readonly rung: Pick<Rung, 'state'>
  readonly isDecided: boolean
  readonly isRequested: boolean
  /** Of the recount that would be asked for. */
  readonly round: number
  readonly isHard: boolean
  /** A session of the first round is open. */
  readonly isAnyOpen: boolean
}

/**
 * Wants one, and no open session may still find it: of what is asked for the rung knows that by itself, what nobody asked
 * for may turn up in any of them, and so may everything in a hard count. Rules: docs/SPEC.md RL16-RL18
 */
export function wantsRecount({
  rung,
  isDecided,
  isRequested,
  round,
  isHard,
  isAnyOpen,
}: AskInput): boolean {
  if (rung.state !== 'recount' || isDecided || round > ROUNDS_MAX) return false
  return !isAnyOpen || (isRequested && !isHard)
}

/**
 * Once for each judgement. A recount that a person has sent, called off or thrown away answers it; one that the rules
 * took back themselves does not. Rule: docs/SPEC.md RL17
 */
export function isUnanswered(last: LastStep): boolean {
  if (last === null || last.action === 'judged') return true
  return last.action === 'recount-cancelled' && last.by === RULES
}

/** Why a recount that is under way has become pointless; null: it has not. Rule: docs/SPEC.md RL19 */
export function recallReason(beneath: Rung): RecallReason | null {
  if (beneath.state === 'recount') return null
  if (beneath.state === 'counting') return 'opened-again'
  return beneath.why ?? 'count-gone'
}
