// A whole PUT items: who may still change totals, what becomes of each row, and whether the batch is a heartbeat too.
import type { Permission } from '../../src/domain/access'
import type { CycleCountStatus, SessionStatus } from '../../src/domain/session'
import { admissionOf } from './admission'
import { maySeeBook } from './book-quantity'
import type { DecodedRow } from './decode-row'
import { decideHeartbeat, isActive, type LockRow, type LockState } from './lock'
import { putRows, type PutOutcome, type SessionRows } from './put-rows'
import type { RowWorld } from './row-join'

/** What the row rules look up: the server's catalogue and book quantities. */
export type Catalogue = Pick<RowWorld, 'identify' | 'isKnownProduct' | 'bookOf'>

export interface PutBatch {
  readonly session: {
    readonly status: SessionStatus
    readonly cycleCountStatus: CycleCountStatus
    readonly isBlind: boolean
    readonly recountRound: number | null
  }
  /** Who has had the session open under their own sign-in, of those in whose name the batch counts. */
  readonly openedBy: ReadonlySet<string>
  readonly lock: LockState
  readonly sent: readonly DecodedRow[]
  /** The rows that the batch names, as stored. */
  readonly stored: SessionRows
  readonly catalogue: Catalogue
  readonly userName: string
  readonly may: (permission: Permission) => boolean
  readonly deviceId: string | null
  /** The fence the writer counted under; null when it knows none. */
  readonly fence: number | null
  readonly now: number
  /** Lease of a lock that does not say how long it is. */
  readonly leaseSeconds: number
}

export interface PutDecision extends PutOutcome {
  /** The lock row to be stored because the batch renewed it; null: the lock stays as it is. */
  readonly renewed: LockRow | null
  /** Who holds the session after the batch; null when nobody does. */
  readonly holder: LockRow | null
}

/** Decisions 4, 5, 15, 22. Rules: docs/SPEC.md SC10-SC22, I4, I15. */
export function decidePut(batch: PutBatch): PutDecision {
  const { session, lock, now, fence, userName } = batch
  const outcome = putRows(batch.sent, batch.stored, {
    ...batch.catalogue,
    admission: admissionOf({
      session: session.status,
      cycleCount: session.cycleCountStatus,
      fence,
      currentFence: lock.fence,
    }),
    now,
    userName,
    speaksFor: speaksFor(batch),
    maySendBook: maySeeBook(batch.may, session.isBlind),
  })
  const renewed = renewedBy(batch)
  return { ...outcome, renewed, holder: renewed ?? (isActive(lock.latest, now) ? lock.latest : null) }
}

/**
 * Scans that were taken over from somebody's file are theirs, if they had the session open themselves. In a recount that
 * is not enough: there only those who settle counts speak for others. Rule: RL13.
 */
function speaksFor({ session, openedBy, may }: PutBatch): (countedBy: string) => boolean {
  if (may('INV_COUNT_SUBMIT')) return () => true
  return session.recountRound === null ? (countedBy) => openedBy.has(countedBy) : () => false
}

/** A batch of the holder under the current fence is a heartbeat too; a batch of anybody else changes no lock. */
function renewedBy({ lock, fence, userName, deviceId, now, leaseSeconds }: PutBatch): LockRow | null {
  const { latest } = lock
  if (!isActive(latest, now) || fence === null || fence !== lock.fence) return null
  const decision = decideHeartbeat(lock, {
    holder: { userId: userName, deviceId },
    now,
    leaseSeconds: latest.leaseSeconds ?? leaseSeconds,
    fence,
  })
  return decision.kind === 'extended' ? decision.row : null
}
