// The words of a review, the same for server and screen: how stock moves, where a product stands on the rule ladder.

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

/** What a supervisor may do with a product. `undo` takes a draft back. */
export const DECISION_ACTIONS = ['apply', 'skip', 'edit', 'undo'] as const
export type DecisionAction = (typeof DECISION_ACTIONS)[number]

/** Why a decision was not taken. */
export const DECISION_REFUSALS = [
  'ALREADY_DECIDED',
  'CHANGED_SINCE',
  'NOT_COUNTED',
  'STILL_COUNTING',
  'RECOUNT_PENDING',
  'REASON_NEEDED',
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
