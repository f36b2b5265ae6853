// What stands between a count and its approval, each with its number; nothing is passed over in silence.
import type { Blocker, LadderState } from '../../src/domain/review'
import type { SessionStatus } from '../../src/domain/session'

export interface UnsentReport {
  readonly subject: string
  readonly unsentScans: number
  /** How many were let pass with a reason; null: none. */
  readonly waived: number | null
}

/** A device that reports more than was waived blocks again. Rules: docs/SPEC.md RV13. */
export function isUnsentBlocking({ unsentScans, waived }: UnsentReport): boolean {
  return unsentScans > 0 && (waived === null || unsentScans > waived)
}

export interface ApprovalFacts {
  readonly sessions: readonly SessionStatus[]
  readonly unsent: readonly UnsentReport[]
  /** Counted rows without a product. */
  readonly unmatchedRows: number
  readonly unmatchedWaived: number | null
  /** Products, by where they stand. */
  readonly products: readonly ProductStand[]
}

export interface ProductStand {
  readonly state: LadderState
  readonly isDecided: boolean
  readonly isStale: boolean
}

export type Blockers = Readonly<Partial<Record<Blocker, number>>>

/** Empty: it may be approved. Rules: docs/SPEC.md RV12-RV15. */
export function blockersOf(facts: ApprovalFacts): Blockers {
  const found: Record<Blocker, number> = {
    'session-open': facts.sessions.filter((it) => it === 'created' || it === 'assigned').length,
    unsent: facts.unsent.filter(isUnsentBlocking).length,
    unmatched: facts.unmatchedRows > (facts.unmatchedWaived ?? 0) ? facts.unmatchedRows : 0,
    undecided: 0,
    'recount-pending': 0,
    'changed-since': 0,
  }
  for (const product of facts.products) {
    const blocker = blockerOf(product)
    if (blocker !== null) found[blocker] += 1
  }
  return Object.fromEntries(Object.entries(found).filter(([, count]) => count > 0))
}

/** Why a product cannot be booked; null: it can. */
export function blockerOf({ state, isDecided, isStale }: ProductStand): Blocker | null {
  if (state === 'recounting') return 'recount-pending'
  if (isDecided) return isStale ? 'changed-since' : null
  return state === 'accepted' ? null : 'undecided'
}
