// A supervisor's decision on one product: taken once, the same again is nothing new, another one is refused with words.
import { valueOf, type Money } from '../../src/domain/money'
import { negateQuantity, sumQuantity, ZERO, type Micro } from '../../src/domain/quantity'
import type { DecisionAction, DecisionRefusal } from '../../src/domain/review'
import type { MeasuredRound, Rung } from './rule-ladder'

export interface Decision {
  readonly outcome: 'APPLIED' | 'SKIPPED'
  /** The count that it goes by; null: nobody had counted. */
  readonly round: number | null
  /** When what is booked was so at the shelf. */
  readonly countedAt: number | null
  readonly systemQuantity: Micro | null
  /** null: skipped without a count. */
  readonly countedQuantity: Micro | null
  readonly varianceQuantity: Micro | null
  /** What a person added to the count; null: as counted. */
  readonly editDelta: Micro | null
  readonly reason: string | null
  readonly note: string | null
  /** The picture that goes with it. */
  readonly photoId: string | null
  readonly isPosted: boolean
}

export interface DecisionRequest {
  readonly action: DecisionAction
  /** The new total; edit only. */
  readonly quantity: Micro | null
  readonly reason: string | null
  readonly note: string | null
  /** A picture of this product that is there. */
  readonly photoId: string | null
  /**
   * What the decider saw; another count or book since is refused. undefined: did not say. Without a variance: may not
   * see the book, and hears nothing of it by guessing.
   */
  readonly seen: { readonly counted: Micro | null; readonly variance?: Micro | null } | undefined
}

export interface DecidedProduct {
  readonly rounds: readonly MeasuredRound[]
  readonly bookNow: Micro
  readonly unitCost: Money | null
  /** A variance worth more is booked with a reason and a picture only; null: money is not looked at. */
  readonly moneyLimit: Money | null
  readonly rung: Rung
  readonly decision: Decision | null
}

export type Verdict =
  | { readonly kind: 'take'; readonly decision: Decision }
  | { readonly kind: 'undo' }
  | { readonly kind: 'same' }
  | { readonly kind: 'refused'; readonly code: DecisionRefusal; readonly message: string }

/** Rules: docs/SPEC.md RV7-RV11. */
export function decide(product: DecidedProduct, request: DecisionRequest, now: number): Verdict {
  const { decision } = product
  if (decision?.isPosted === true)
    return isSame(decision, request) ? { kind: 'same' } : refused('BOOKED', 'It is booked already')
  if (request.action === 'undo') return decision === null ? { kind: 'same' } : { kind: 'undo' }
  if (decision !== null) {
    if (isSame(decision, request) && !isStale(decision, product)) return { kind: 'same' }
    return refused(
      'ALREADY_DECIDED',
      `It is decided already (${wordOf(decision)}): undo that first`,
    )
  }
  const refusal = refusalOf(product, request)
  if (refusal !== null) return refusal
  const taken = make(product, request, now)
  if (
    taken.outcome === 'APPLIED' &&
    isDear(product, taken.varianceQuantity ?? ZERO) &&
    !isShown(request)
  )
    return refused(
      'PHOTO_NEEDED',
      'It is worth more than the money limit: say why, and take a picture',
    )
  return { kind: 'take', decision: taken }
}

/** Worth more than the limit, or more than can be told. Rule: RV35. */
export function isDear(
  { unitCost, moneyLimit }: Pick<DecidedProduct, 'unitCost' | 'moneyLimit'>,
  variance: Micro,
): boolean {
  if (unitCost === null || moneyLimit === null) return false
  const value = valueOf(variance, unitCost)
  return value === null || Math.abs(value) > moneyLimit
}

function isShown({ reason, photoId }: DecisionRequest): boolean {
  return (reason ?? '').trim() !== '' && photoId !== null
}

/** A draft that no longer fits what has been counted, or the book of that moment. Rules: RV9, RV67. */
export function isStale(
  decision: Decision,
  { rounds, bookNow }: Pick<DecidedProduct, 'rounds' | 'bookNow'>,
): boolean {
  if (decision.isPosted) return false
  const round = goesBy(rounds)
  // Nobody can say when it was not there: the book it is set to zero against is the one of now.
  if (round === null && isZero(decision)) return decision.systemQuantity !== bookNow
  if (round === null || decision.round === null)
    return (round === null) !== (decision.round === null)
  if (round.round !== decision.round || round.bookAtCount !== decision.systemQuantity) return true
  return round.quantity !== countedBefore(decision)
}

function isZero({ outcome, round, editDelta }: Decision): boolean {
  return outcome === 'APPLIED' && round === null && editDelta === null
}

/** The count without what a person added to it. */
function countedBefore({ countedQuantity, editDelta }: Decision): Micro {
  return sumQuantity(countedQuantity ?? ZERO, negateQuantity(editDelta ?? ZERO))
}

/** What the rules would book without anybody's hand; null where they leave it to a person. */
export function ruledDecision({ rounds, rung }: DecidedProduct): Decision | null {
  if (rung.state !== 'accepted') return null
  const round = rounds.find((it) => it.round === rung.round)
  if (round === undefined) return null
  return {
    ...standing(round),
    outcome: 'APPLIED',
    editDelta: null,
    reason: rung.why,
    note: null,
    photoId: null,
    isPosted: false,
  }
}

/** The newest count that is complete. */
export function goesBy(rounds: readonly MeasuredRound[]): MeasuredRound | null {
  return rounds.findLast((it) => !it.isOpen) ?? null
}

function refusalOf(
  { rounds, rung, bookNow }: DecidedProduct,
  request: DecisionRequest,
): Verdict | null {
  if (rung.state === 'recounting')
    return refused('RECOUNT_PENDING', 'A recount is under way: call it off first')
  if (rung.state === 'counting')
    return refused('STILL_COUNTING', 'A session that counts it is still open')
  const round = goesBy(rounds)
  if (request.action === 'apply' && round === null)
    return refused(
      'NOT_COUNTED',
      'Nobody has counted it: set it to zero or an amount, skip it or have it counted',
    )
  if (request.action === 'zero')
    return round === null && isBookAsSeen(bookNow, request.seen) ? null : CHANGED
  if (
    request.action === 'edit' &&
    (request.quantity === null || (request.reason ?? '').trim() === '')
  )
    return refused('REASON_NEEDED', 'Say which amount, and why it is changed by hand')
  return isAsSeen(round, request.seen) ? null : CHANGED
}

const CHANGED = refused(
  'CHANGED_SINCE',
  'It has been counted or booked since you looked: look again',
)

/** What setting it to zero books is the whole book; who may not see that says nothing of it. */
function isBookAsSeen(bookNow: Micro, seen: DecisionRequest['seen']): boolean {
  if (seen === undefined) return true
  return (
    seen.counted === null && (seen.variance === null || seen.variance === negateQuantity(bookNow))
  )
}

function isAsSeen(round: MeasuredRound | null, seen: DecisionRequest['seen']): boolean {
  if (seen === undefined) return true
  const { quantity = null, variance = null } = round ?? {}
  return seen.counted === quantity && (seen.variance === undefined || seen.variance === variance)
}

function make(
  { rounds, bookNow }: DecidedProduct,
  request: DecisionRequest,
  now: number,
): Decision {
  const round = goesBy(rounds)
  const base =
    round === null ? { ...UNCOUNTED, countedAt: now, systemQuantity: bookNow } : standing(round)
  const { reason, note, photoId } = request
  const said = { reason, note, photoId, isPosted: false }
  if (request.action === 'skip') return { ...base, ...said, outcome: 'SKIPPED', editDelta: null }
  if (request.action === 'apply') return { ...base, ...said, outcome: 'APPLIED', editDelta: null }
  if (request.action === 'zero')
    return {
      ...base,
      ...said,
      outcome: 'APPLIED',
      countedQuantity: ZERO,
      varianceQuantity: negateQuantity(bookNow),
      editDelta: null,
    }
  const countedQuantity = request.quantity ?? ZERO
  const book = base.systemQuantity ?? ZERO
  return {
    ...base,
    ...said,
    outcome: 'APPLIED',
    countedQuantity,
    varianceQuantity: sumQuantity(countedQuantity, negateQuantity(book)),
    editDelta: sumQuantity(countedQuantity, negateQuantity(round?.quantity ?? ZERO)),
  }
}

const UNCOUNTED = { round: null, countedQuantity: null, varianceQuantity: null }

function standing(round: MeasuredRound) {
  return {
    round: round.round,
    countedAt: round.lastAt,
    systemQuantity: round.bookAtCount,
    countedQuantity: round.quantity,
    varianceQuantity: round.variance,
  }
}

function isSame(decision: Decision, request: DecisionRequest): boolean {
  const isEdit = decision.editDelta !== null
  switch (request.action) {
    case 'apply':
      return decision.outcome === 'APPLIED' && !isEdit && !isZero(decision)
    case 'zero':
      return isZero(decision)
    case 'skip':
      return decision.outcome === 'SKIPPED'
    case 'edit':
      return (
        isEdit &&
        decision.countedQuantity === request.quantity &&
        decision.reason === request.reason
      )
    case 'undo':
      return false
  }
}

function wordOf(decision: Decision): string {
  if (decision.outcome === 'SKIPPED') return 'not booked'
  if (isZero(decision)) return 'set to zero'
  return decision.editDelta === null ? 'booked as counted' : 'booked with an amount set by hand'
}

function refused(code: DecisionRefusal, message: string): Verdict {
  return { kind: 'refused', code, message }
}
