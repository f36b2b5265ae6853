// The sessions of a count under review in words: how each stands, and what may be done with it.
import type { ReviewSession, ReviewSummary } from '../ports/review'
import { formatMoment, nameOf } from './format'

/** What a supervisor does with a session besides deciding. */
export type SessionAct = 'reopen' | 'void' | 'restore'

const STATUS: Readonly<Record<ReviewSession['status'], string>> = {
  created: 'not begun',
  assigned: 'being counted',
  submitted: 'submitted',
  approved: 'approved',
  voided: 'discarded',
}

/** `being counted`: within a sentence, or beside a name. */
export function sessionStatusWords({ status }: Pick<ReviewSession, 'status'>): string {
  return STATUS[status]
}

export const ACT_WORDS: Readonly<Record<SessionAct, string>> = {
  reopen: 'Open again',
  void: 'Discard',
  restore: 'Bring back',
}

/** What the server allows with a session of a count that is not over. Rule: docs/SPEC.md RV62 */
export function actsOf({ status }: Pick<ReviewSession, 'status'>): readonly SessionAct[] {
  switch (status) {
    case 'created':
    case 'assigned':
      return ['void']
    case 'submitted':
      return ['reopen', 'void']
    case 'voided':
      return ['restore']
    case 'approved':
      return []
  }
}

/** `by Sam, 25 Nov 2026, 13:10: counted twice`; empty where nobody wrote it down. */
export function discardedWords(
  { voided }: Pick<ReviewSession, 'voided'>,
  timeZone: string,
): string {
  if (voided === null) return ''
  const why = voided.reason === null ? '' : `: ${voided.reason}`
  return ` by ${nameOf(voided.by)}, ${formatMoment(voided.at, timeZone)}${why}`
}

/** `Closed by Sam, 25 Nov 2026, 13:10. …`; null while it is open. */
export function endedWords(
  { status, closed }: Pick<ReviewSummary, 'status' | 'closed'>,
  timeZone: string,
  mayCorrect: boolean,
): string | null {
  if (status === 'cancelled') return 'This count was called off: nothing of it is booked.'
  if (status !== 'closed') return null
  const who =
    closed === null
      ? 'Closed'
      : `Closed by ${nameOf(closed.by)}, ${formatMoment(closed.at, timeZone)}`
  return mayCorrect
    ? `${who}. What is wrong is corrected product by product, with a reason that stays in the trail.`
    : `${who}.`
}
