// The words of a review, the same for server and screen: how stock moves, where a product stands on the rule ladder.
import type { EpochMs, ProductId } from './ids'
import { valueOf, type Money } from './money'
import { negateQuantity, ZERO, type Micro } from './quantity'

export const MOVEMENT_KINDS = [
  'receipt',
  'shipment',
  'sale',
  'return',
  'transfer-in',
  'transfer-out',
  'adjustment',
  'count', // a count's own posting
] as const
export type MovementKind = (typeof MOVEMENT_KINDS)[number]

export const LADDER_STATES = [
  'uncounted', // asked for, and nobody has counted it
  'not-found', // expected by the book in a hard count, and nobody has found it
  'counting', // a session that may still count it is open
  'accepted', // by the rules, without anybody's hand
  'recount', // wants to be counted again, blind, by somebody else
  'recounting', // sent, and not back yet
  'supervisor', // the rules are at their end: a person decides
] as const
export type LadderState = (typeof LADDER_STATES)[number]

/** Why a product stands where it stands. */
export const LADDER_REASONS = [
  'no-variance',
  'within-tolerance',
  'counts-agree',
  'beyond-tolerance',
  'same-person', // the recount was made by somebody who had counted it before
  'counts-differ',
  'not-found', // the recount came back without it
  'counted-later', // a count made after this one is booked already
] as const
export type LadderReason = (typeof LADDER_REASONS)[number]

/** Who is said to have done what the rules did by themselves. */
export const RULES = 'rules'

/** Why the rules took a recount back that they had asked for, where it is no step of the ladder. */
export const RECALL_REASONS = [
  'opened-again', // the session that counted it
  'count-gone', // that session was discarded, and no other has counted it
] as const
export type RecallReason = LadderReason | (typeof RECALL_REASONS)[number]

/** What a supervisor may do with a product. `zero`: nobody has counted it, so there is none. `undo` takes a draft back. */
export const DECISION_ACTIONS = ['apply', 'skip', 'edit', 'zero', 'undo'] as const
export type DecisionAction = (typeof DECISION_ACTIONS)[number]

/** Why a decision was not taken. */
export const DECISION_REFUSALS = [
  'ALREADY_DECIDED',
  'CHANGED_SINCE',
  'NOT_COUNTED',
  'STILL_COUNTING',
  'RECOUNT_PENDING',
  'REASON_NEEDED',
  'PHOTO_NEEDED',
  'UNKNOWN_PRODUCT',
  'BOOKED',
  'NOTHING_TO_UNDO',
] as const
export type DecisionRefusal = (typeof DECISION_REFUSALS)[number]

/** What stands between a count and its approval. */
export const BLOCKERS = [
  'session-open',
  'unsent',
  'unmatched',
  'undecided',
  'recount-pending',
  'changed-since',
] as const
export type Blocker = (typeof BLOCKERS)[number]

/** Movements of one kind since a product was counted. */
export interface Moved {
  readonly kind: MovementKind
  readonly quantity: Micro
  readonly times: number
  readonly lastAt: EpochMs
}

/** What a count says against the book; null for those who may not see the book. */
export interface Compared {
  readonly bookAtCount: Micro
  readonly expectedNow: Micro
  readonly variance: Micro
  /** null: the book was zero. */
  readonly percent: number | null
  /** null: nobody knows the cost. */
  readonly value: Money | null
  readonly movedSince: readonly Moved[]
}

export interface ReviewRound {
  /** 0: the first count; n: the nth recount. */
  readonly round: number
  readonly quantity: Micro
  readonly firstAt: EpochMs
  readonly lastAt: EpochMs
  readonly counters: readonly string[]
  readonly sessions: number
  readonly isOpen: boolean
  readonly compared: Compared | null
}

export interface ReviewDecision {
  readonly outcome: 'apply' | 'skip'
  readonly counted: Micro | null
  readonly variance: Micro | null
  /** null: as counted. */
  readonly editDelta: Micro | null
  readonly reason: string | null
  readonly note: string | null
  readonly photoId: string | null
  readonly by: string
  readonly at: EpochMs
  /** What it was taken on has changed since. */
  readonly isStale: boolean
  readonly isPosted: boolean
  readonly approvedTotal: Micro | null
}

/** One product of a review, as the screen works with it. */
export interface ReviewRow {
  readonly productId: ProductId
  readonly name: string
  readonly identifier: string | null
  readonly abcClass: string | null
  readonly isRequested: boolean
  readonly bookNow: Micro | null
  readonly unitCost: Money | null
  readonly rounds: readonly ReviewRound[]
  /** Worth more than the money limit: booked with a reason and a picture only. */
  readonly wantsPhoto: boolean
  readonly state: LadderState
  readonly why: LadderReason | null
  readonly recount: {
    readonly round: number
    readonly by: string
    readonly at: EpochMs
    readonly reason: string
  } | null
  readonly decision: ReviewDecision | null
}

/** A picture that goes with a decision, scaled down on the device to this. */
export const PHOTO_BYTES_MAX = 512 * 1024

/** `*` in a rule: every facility, every class. */
export const EVERY = '*'

/** A tolerance: what is let pass without a recount. The most particular rule of a product counts. */
export interface ReviewRule {
  readonly facilityId: string
  readonly abcClass: string
  readonly units: Micro
  /** Of the book. */
  readonly percent: number
  /** A variance worth more is never let pass; null: money is not looked at. */
  readonly money: Money | null
}

export interface StoredRule extends ReviewRule {
  readonly changedBy: string
  readonly changedAt: EpochMs
}

/** Whether the rules of a facility ask for recounts by themselves; who changed that last and when, null for nobody yet. */
export interface RecountRule {
  readonly isOn: boolean
  readonly changed: { readonly by: string; readonly at: EpochMs } | null
}

export interface RecountRuleChange {
  readonly at: EpochMs
  readonly by: string
  readonly isOn: boolean
}

export interface RuleChange {
  readonly facilityId: string
  readonly abcClass: string
  readonly at: EpochMs
  readonly by: string
  /** null: there was none. */
  readonly before: Pick<ReviewRule, 'units' | 'percent' | 'money'> | null
  /** null: it was removed. */
  readonly after: Pick<ReviewRule, 'units' | 'percent' | 'money'> | null
}

/** Why two products may have been taken for each other. */
export type Likeness =
  | { readonly kind: 'code'; readonly own: string; readonly theirs: string }
  | { readonly kind: 'beside'; readonly seconds: number }
  /** They lie beside each other: 0 steps are the same place. */
  | { readonly kind: 'shelf'; readonly own: string; readonly theirs: string; readonly steps: number }
  | { readonly kind: 'name' }

/** What may explain a variance, with its evidence. */
export type VarianceSuggestion =
  | {
      readonly kind: 'mixed-up'
      readonly productId: string
      readonly name: string
      readonly variance: Micro
      /** Together the two are right. */
      readonly isWhole: boolean
      readonly because: readonly Likeness[]
    }
  | {
      readonly kind: 'packs'
      readonly how: 'cases-as-units' | 'units-as-cases' | 'whole-cases'
      /** The case's barcode. */
      readonly code: string
      readonly packSize: number
      readonly packs: number
    }
  | {
      readonly kind: 'movement'
      /** Which of the two moved before the other, if this is it. */
      readonly how: 'shelf-first' | 'book-first'
      readonly movement: {
        readonly kind: MovementKind
        readonly quantity: Micro
        readonly at: EpochMs
        readonly reference: string | null
      }
    }
  | {
      readonly kind: 'often-off'
      /** Approved counts that were looked at, and how many of them were off or counted again. */
      readonly counts: number
      readonly off: number
      readonly recounted: number
      readonly lastAt: EpochMs
      readonly lastVariance: Micro
    }

/** The count that goes: the newest complete one, else the newest at all. */
export function roundOf({ rounds }: Pick<ReviewRow, 'rounds'>): ReviewRound | null {
  return rounds.findLast((it) => !it.isOpen) ?? rounds.at(-1) ?? null
}

/** Nobody has counted it, and nobody is counting it: whether it was asked for or the book expects it. */
export function isUncounted({ state }: Pick<ReviewRow, 'state'>): boolean {
  return state === 'uncounted' || state === 'not-found'
}

/** What it is off by: by its count, or by all that the book has where a hard count did not find it. null: it cannot be told. */
export function comparedOf(row: ReviewRow): Compared | null {
  const round = roundOf(row)
  if (round !== null) return round.compared
  const { bookNow, unitCost } = row
  if (bookNow === null || row.state !== 'not-found') return null
  const variance = negateQuantity(bookNow)
  return {
    bookAtCount: bookNow,
    expectedNow: ZERO,
    variance,
    percent: bookNow === 0 ? 0 : Math.sign(variance) * 100,
    value: unitCost === null ? null : valueOf(variance, unitCost),
    movedSince: [],
  }
}

/** Does a person still have to say something about it? */
export function needsPerson({ state, decision }: Pick<ReviewRow, 'state' | 'decision'>): boolean {
  if (decision !== null) return decision.isStale
  return state !== 'accepted'
}
