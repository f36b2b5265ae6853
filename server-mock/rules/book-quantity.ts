// Who may see the book quantity (decision 22).
import type { Permission } from '../../src/domain/access'
import type { LadderReason } from '../../src/domain/review'

/**
 * QOH, ATP and the snapshot are for callers with INV_CNT_VIEW_QOH; in a blind count also not for them,
 * unless they settle counts. Rules: docs/SPEC.md SC20.
 */
export function maySeeBook(may: (permission: Permission) => boolean, isBlind: boolean): boolean {
  return may('INV_CNT_VIEW_QOH') && (!isBlind || may('INV_COUNT_SUBMIT'))
}

/** "No variance" beside a count is the book: whoever may not see it hears that it is within the tolerance. Rule: RV51. */
export function reasonToldTo<Reason extends string | null>(
  canSeeBook: boolean,
  reason: Reason,
): Reason | LadderReason {
  return !canSeeBook && reason === 'no-variance' ? 'within-tolerance' : reason
}

/** What an entry of the trail says that does not tell the book. What is not named here is not told. */
const OPEN_DETAILS: ReadonlySet<string> = new Set([
  'outcome',
  'round',
  'counted',
  'editDelta',
  'note',
  'photoId',
  'booked',
  'sessionId',
  'toSessionId',
  'notBy',
  'state',
  'why',
  'rowKey',
  'rev',
  'uuid',
  'delta',
  'before',
  'after',
])

/** An entry of the trail for somebody who may not see the book. Rule: RV51. */
export function detailsWithoutBook(
  details: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const open = Object.entries(details).filter(([key]) => OPEN_DETAILS.has(key))
  return Object.fromEntries(
    open.map(([key, value]) => [
      key,
      key === 'why' && typeof value === 'string' ? reasonToldTo(false, value) : value,
    ]),
  )
}
