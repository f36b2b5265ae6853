// A decision as it is sent, and the row as it stands once the server has taken it.
import type { EpochMs } from '../domain/ids'
import { negateQuantity, sumQuantity, ZERO, type Micro } from '../domain/quantity'
import { roundOf, type DecisionAction, type ReviewRow } from '../domain/review'
import type { DecisionToSend } from '../ports/review'

export interface Wanted {
  readonly action: DecisionAction
  /** Edit only. */
  readonly quantity: Micro | null
  readonly reason: string | null
  readonly note: string | null
}

/** What was on screen goes along: the server refuses when it is no longer so. */
export function toSend(row: ReviewRow, wanted: Wanted): DecisionToSend {
  const round = row.rounds.findLast((it) => !it.isOpen)
  return {
    productId: row.productId,
    ...wanted,
    seen: { counted: round?.quantity ?? null, variance: round?.compared?.variance ?? null },
  }
}

/** The same that the server has stored now. */
export function decided(row: ReviewRow, wanted: Wanted, by: string, at: EpochMs): ReviewRow {
  if (wanted.action === 'undo') return { ...row, decision: null }
  const round = roundOf(row)
  const counted = wanted.action === 'edit' ? wanted.quantity : (round?.quantity ?? null)
  const book = round?.compared?.bookAtCount ?? row.bookNow ?? ZERO
  const isUncounted = round === null && wanted.action !== 'edit'
  return {
    ...row,
    decision: {
      outcome: wanted.action === 'skip' ? 'skip' : 'apply',
      counted,
      variance: isUncounted ? null : sumQuantity(counted ?? ZERO, negateQuantity(book)),
      editDelta:
        wanted.action === 'edit'
          ? sumQuantity(counted ?? ZERO, negateQuantity(round?.quantity ?? ZERO))
          : null,
      reason: wanted.reason,
      note: wanted.note,
      by,
      at,
      isStale: false,
      isPosted: false,
      approvedTotal: null,
    },
  }
}
