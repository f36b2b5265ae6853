// A decision as it is sent, and the row as it stands once the server has taken it.
import type { EpochMs } from '../domain/ids'
import { negateQuantity, sumQuantity, ZERO, type Micro } from '../domain/quantity'
import { roundOf, type DecisionAction, type ReviewDecision, type ReviewRow } from '../domain/review'
import type { DecisionToSend } from '../ports/review'

export interface Wanted {
  readonly action: DecisionAction
  /** Edit only. */
  readonly quantity: Micro | null
  readonly reason: string | null
  readonly note: string | null
  readonly photoId: string | null
}

/** A decision that nobody said anything about. */
export function plainly(action: DecisionAction): Wanted {
  return { action, quantity: null, reason: null, note: null, photoId: null }
}

/** What was on screen goes along: the server refuses when it is no longer so. */
export function toSend(row: ReviewRow, wanted: Wanted): DecisionToSend {
  const round = row.rounds.findLast((it) => !it.isOpen)
  return {
    productId: row.productId,
    ...wanted,
    seen: { counted: round?.quantity ?? null, variance: wanted.action === 'zero' ? bookOf(row) : (round?.compared?.variance ?? null) },
  }
}

/** Set to zero, the whole book is booked: another one since is another decision. */
function bookOf({ bookNow }: ReviewRow): Micro | null {
  return bookNow === null ? null : negateQuantity(bookNow)
}

/** The same that the server has stored now. */
export function decided(row: ReviewRow, wanted: Wanted, by: string, at: EpochMs): ReviewRow {
  if (wanted.action === 'undo') return { ...row, decision: null }
  const { action, reason, note, photoId } = wanted
  return {
    ...row,
    decision: {
      ...amountsOf(row, wanted),
      outcome: action === 'skip' ? 'skip' : 'apply',
      reason,
      note,
      photoId,
      by,
      at,
      isStale: false,
      isPosted: false,
      approvedTotal: null,
    },
  }
}

type Amounts = Pick<ReviewDecision, 'counted' | 'variance' | 'editDelta'>

function amountsOf(row: ReviewRow, { action, quantity }: Wanted): Amounts {
  const round = roundOf(row)
  if (action === 'zero') return { counted: ZERO, variance: bookOf(row), editDelta: null }
  if (action !== 'edit')
    return {
      counted: round?.quantity ?? null,
      variance: round?.compared?.variance ?? null,
      editDelta: null,
    }
  const counted = quantity ?? ZERO
  const book = round?.compared?.bookAtCount ?? row.bookNow ?? ZERO
  return {
    counted,
    variance: sumQuantity(counted, negateQuantity(book)),
    editDelta: sumQuantity(counted, negateQuantity(round?.quantity ?? ZERO)),
  }
}
