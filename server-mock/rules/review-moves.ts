// The ways of sessions that only a review knows: opened again, discarded, a discard undone.
import { SESSION_MOVES, type SessionStatus } from '../../src/domain/session'

export interface ReviewMoveInput {
  readonly action: 'reopen' | 'void' | 'restore'
  readonly from: SessionStatus
  /** What a discarded session was before. */
  readonly beforeVoid: SessionStatus
}

/** What the session becomes; the same when it is so already; null where there is no such way. Rules: docs/SPEC.md RV16. */
export function decideReviewMove({
  action,
  from,
  beforeVoid,
}: ReviewMoveInput): SessionStatus | null {
  switch (action) {
    case 'reopen':
      return from === 'assigned' || from === 'submitted' ? 'assigned' : null
    case 'void':
      // An approved session has been booked: its count is closed, and is corrected instead.
      if (from === 'voided') return 'voided'
      return from !== 'approved' && SESSION_MOVES[from].includes('voided') ? 'voided' : null
    case 'restore':
      if (from !== 'voided') return from
      return beforeVoid === 'approved' ? null : beforeVoid
  }
}
