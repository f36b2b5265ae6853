// The ways of sessions that only a review knows: opened again, discarded, a discard undone.
import { SESSION_MOVES, type SessionStatus } from '../../src/domain/session'

export type SessionAction = 'reopen' | 'undo-reopen' | 'void' | 'restore'

export interface ReviewMoveInput {
  readonly action: SessionAction
  readonly from: SessionStatus
  /** What a discarded session was before. */
  readonly beforeVoid: SessionStatus
  /** It was submitted, somebody opened it again, and nobody has gone on in it since. */
  readonly isJustReopened: boolean
}

/** What the session becomes; the same when it is so already; null where there is no such way. Rules: docs/SPEC.md RV16, RV80. */
export function decideReviewMove({
  action,
  from,
  beforeVoid,
  isJustReopened,
}: ReviewMoveInput): SessionStatus | null {
  switch (action) {
    case 'reopen':
      return from === 'assigned' || from === 'submitted' ? 'assigned' : null
    case 'undo-reopen':
      if (from === 'submitted') return 'submitted'
      return from === 'assigned' && isJustReopened ? 'submitted' : null
    case 'void':
      // An approved session has been booked: its count is closed, and is corrected instead.
      if (from === 'voided') return 'voided'
      return from !== 'approved' && SESSION_MOVES[from].includes('voided') ? 'voided' : null
    case 'restore':
      if (from !== 'voided') return from
      return beforeVoid === 'approved' ? null : beforeVoid
  }
}
