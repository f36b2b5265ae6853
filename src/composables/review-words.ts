// What a review says in words: the explaining line, where a product stands and why, what was decided.
import type { EpochMs } from '../domain/ids'
import { encodeMoney, valueOf, type Money } from '../domain/money'
import { negateQuantity, type Micro } from '../domain/quantity'
import {
  isUncounted,
  RULES,
  type Compared,
  type LadderReason,
  type LadderState,
  type Moved,
  type MovementKind,
  type RecallReason,
  type ReviewDecision,
  type ReviewRound,
  type ReviewRow,
} from '../domain/review'
import type { DroppedBarcode } from '../ports/review'
import { amountOf, countOf, formatChange, formatClock, formatCount, formatCurrency, formatDay, formatMoment, formatQuantity, nameOf } from './format'
import { dropWords } from './words'

const MOVED: Readonly<Record<MovementKind, string>> = {
  receipt: 'received',
  shipment: 'shipped',
  sale: 'sold',
  return: 'returned',
  'transfer-in': 'moved in',
  'transfer-out': 'moved out',
  adjustment: 'adjusted',
  count: 'booked by another count',
}

/** Kinds whose direction the word says already. */
const OUTWARD: readonly MovementKind[] = ['shipment', 'sale', 'transfer-out']

/** `2 shipped 11:05`, `12 sold in 5 movements, last 11:05`. */
export function movedWords({ kind, quantity, times, lastAt }: Moved, timeZone: string): string {
  const isInward = kind === 'receipt' || kind === 'return' || kind === 'transfer-in'
  const amount =
    OUTWARD.includes(kind) && quantity <= 0
      ? formatQuantity(negateQuantity(quantity))
      : isInward && quantity >= 0
        ? formatQuantity(quantity)
        : formatChange(quantity)
  const clock = formatClock(lastAt, timeZone)
  return times === 1
    ? `${amount} ${MOVED[kind]} ${clock}`
    : `${amount} ${MOVED[kind]} in ${formatCount(times)} movements, last ${clock}`
}

/** `counted 10 at 10:32, 2 shipped 11:05, expected now 8, variance 0`. Rule: RV23. */
export function explainWords(round: ReviewRound, timeZone: string): string {
  const counted = `counted ${formatQuantity(round.quantity)} at ${formatClock(round.lastAt, timeZone)}`
  const { compared } = round
  if (compared === null) return counted
  const moved = compared.movedSince.map((it) => movedWords(it, timeZone))
  return [
    counted,
    ...moved,
    `expected now ${formatQuantity(compared.expectedNow)}`,
    `variance ${formatChange(compared.variance)}`,
  ].join(', ')
}

const STATES: Readonly<Record<LadderState, string>> = {
  uncounted: 'Not counted',
  'not-found': 'Not found',
  counting: 'Being counted',
  accepted: 'Accepted',
  recount: 'Recount wanted',
  recounting: 'Being recounted',
  supervisor: 'You decide',
}

const REASONS: Readonly<Record<RecallReason, string>> = {
  'no-variance': 'the count is as the book',
  'within-tolerance': 'the variance is within the tolerance',
  'counts-agree': 'two people counted the same',
  'beyond-tolerance': 'the variance is beyond the tolerance',
  'same-person': 'the recount was not made by somebody else',
  'counts-differ': 'two people counted differently',
  'not-found': 'the recount did not find it',
  'counted-later': 'a later count of it is booked already',
  'opened-again': 'the session that counted it was opened again',
  'count-gone': 'nobody’s count of it is left',
}

export function reasonWords(why: LadderReason): string {
  return REASONS[why]
}

/** A decision in a word or two; the rules' own reasons are kept as codes. */
export function decisionWords({ outcome, editDelta, isStale, isPosted }: ReviewDecision): string {
  if (isStale) return 'Changed since'
  if (outcome === 'skip') return isPosted ? 'Not booked' : 'Skipped'
  if (isPosted) return 'Booked'
  return editDelta === null ? 'Applied' : 'Set by hand'
}

/** What the last column says. */
export function standWords({ state, decision }: Pick<ReviewRow, 'state' | 'decision'>): string {
  if (decision === null) return STATES[state]
  return isSetToZero({ state, decision }) ? 'Set to zero' : decisionWords(decision)
}

function isSetToZero({ state, decision }: Pick<ReviewRow, 'state' | 'decision'>): boolean {
  if (decision === null || decision.isStale || decision.isPosted) return false
  return isUncounted({ state }) && decision.outcome === 'apply' && decision.editDelta === null
}

/** `nobody found it, expected now 50`. */
export function uncountedWords(row: Pick<ReviewRow, 'state' | 'bookNow'>): string {
  const { state, bookNow } = row
  const what = state === 'not-found' ? 'nobody found it' : 'nobody has counted it'
  return bookNow === null || !isUncounted(row) ? what : `${what}, expected now ${formatQuantity(bookNow)}`
}

/** Which of the five colours the stand has. */
export function standClass({ state, decision }: Pick<ReviewRow, 'state' | 'decision'>): string {
  if (decision !== null) {
    if (decision.isStale) return 'is-refused'
    return decision.outcome === 'skip' ? 'is-waiting' : 'is-counted'
  }
  if (state === 'accepted') return 'is-counted'
  if (state === 'recount' || state === 'supervisor') return 'is-undirected'
  // What nobody found is no outcome of a scan, so it has none of their colours.
  return 'is-waiting'
}

/** `€12.40`, with a real minus sign; as a plain number where no currency is known. */
export function formatMoney(amount: Money, currency: string | null): string {
  const value = encodeMoney(amount)
  const text =
    currency === null
      ? formatCount(value)
      : formatCurrency(value, currency)
  return text.replace('-', '−')
}

/** Of the variance that is shown: an amount that was set by hand has another one than the count. */
export function percentOf({ bookAtCount, variance: counted, percent }: Compared, variance: Micro | null): number | null {
  if (variance === null || variance === counted) return percent
  return bookAtCount === 0 ? null : (100 * variance) / Math.abs(bookAtCount)
}

/** As `percentOf`: what the shown variance is worth. */
export function worthOf({ variance: counted, value }: Compared, unitCost: Money | null, variance: Micro | null): Money | null {
  if (variance === null || variance === counted) return value
  return unitCost === null ? null : valueOf(variance, unitCost)
}

export function formatPercent(percent: number | null): string {
  return percent === null ? 'new' : `${formatCount(Math.round(percent * 10) / 10)} %`
}

/** `Ana and Ben`. */
export function peopleWords(names: readonly string[], nobody = 'nobody known'): string {
  if (names.length === 0) return nobody
  return new Intl.ListFormat('en-GB').format(names.map(nameOf))
}

const ACTIONS: Readonly<Record<string, string>> = {
  decided: 'Decided',
  skipped: 'Not booked',
  undone: 'Decision taken back',
  ruled: 'Accepted by the rules',
  judged: 'Judged by the rules',
  'recount-sent': 'Sent to recount',
  'recount-cancelled': 'Recount called off',
  corrected: 'Corrected after the approval',
  approved: 'Count approved',
  closed: 'Count closed',
  cancelled: 'Count cancelled',
  'count-reopened': 'Count opened again',
  'items-added': 'Added to the count',
  'items-removed': 'Taken off the count',
  noted: 'Note',
  'late-accepted': 'Late scans accepted',
  'late-refused': 'Late scans refused',
  'late-moved': 'Late scans moved to another session',
  'late-received': 'Late scans of another session came in',
}

export function actionWords(action: string): string {
  return ACTIONS[action] ?? action
}

/** A rule's reason in words; a person's as they wrote it. */
export function givenReasonWords(reason: string): string {
  return reason in REASONS ? REASONS[reason as RecallReason] : reason
}

/** A person, or the rules by themselves. */
export function doerOf(by: string): string {
  return by === RULES ? 'the rules' : nameOf(by)
}

/** `Recount 1, asked for by the rules, 14:05: the variance is beyond the tolerance`. Rule: docs/SPEC.md RV73 */
export function recountWords({ round, by, at, reason }: NonNullable<ReviewRow['recount']>, timeZone: string): string {
  return `Recount ${round}, asked for by ${doerOf(by)}, ${formatClock(at, timeZone)}: ${givenReasonWords(reason)}`
}

/** One line of the trail. Codes of the rules are put into words. */
export function auditWords(
  {
    action,
    by,
    reason,
    note,
    hasPhoto,
    at,
  }: {
    action: string
    by: string
    reason: string | null
    note: string | null
    hasPhoto: boolean
    at: EpochMs
  },
  timeZone: string,
  hasDate = false,
): string {
  const what = actionWords(action)
  const words = reason === null ? null : givenReasonWords(reason)
  const who = what.endsWith('by the rules') ? '' : ` by ${doerOf(by)}`
  const picture = hasPhoto ? ', with a picture' : ''
  const said = [words, note].filter((it) => it !== null).join('; ')
  const when = hasDate ? formatMoment(at, timeZone) : formatClock(at, timeZone)
  return `${when} ${what}${who}${picture}${said === '' ? '' : `: ${said}`}`
}

/** `(taken back: the label is damaged)` beside a scan. */
export function takenBackWords(reason: string | null): string {
  return reason === null ? 'taken back' : `taken back: ${dropWords(reason)}`
}

/** `2 unknown barcodes were dropped with a reason: 5 scans`. Rule: docs/SPEC.md UI74 */
export function droppedSummary(dropped: readonly DroppedBarcode[]): string {
  const barcodes = countOf(new Set(dropped.map((it) => it.value)).size, 'barcode')
  const scans = dropped.reduce((sum, it) => sum + it.scans, 0)
  return `${barcodes} dropped with a reason: ${countOf(scans, 'scan')}`
}

/** `3 scans, 18 units, dropped by Ana in Aisle 4 left, today 14:05: the label is damaged` */
export function droppedWords({ scans, units, by, sessionName, at, reason }: DroppedBarcode, now: EpochMs, timeZone: string): string {
  return `${countOf(scans, 'scan')}, ${amountOf(units)}, dropped by ${nameOf(by)} in ${sessionName}, ${formatDay(at, now, timeZone)}: ${dropWords(reason)}`
}
