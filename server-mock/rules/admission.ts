// Whether what a device counted still changes a session's totals.
import type { CycleCountStatus, SessionStatus } from '../../src/domain/session'

/** open: joined. late: joined and marked. held: kept as evidence, totals unchanged. None of them is ever refused. */
export type Admission = 'open' | 'late' | 'held'

export interface AdmissionInput {
  readonly session: SessionStatus
  readonly cycleCount: CycleCountStatus
  /** The fence the writer counted under; null when it knows none. */
  readonly fence: number | null
  /** The highest fence granted in this session; 0 when none was. */
  readonly currentFence: number
}

/** Decision 15. Rules: docs/SPEC.md SC11. */
export function admissionOf({ session, cycleCount, fence, currentFence }: AdmissionInput): Admission {
  if (session === 'approved' || session === 'voided') return 'held'
  if (cycleCount === 'closed' || cycleCount === 'cancelled') return 'held'
  if (session === 'submitted') return 'late'
  return fence !== null && fence < currentFence ? 'late' : 'open'
}
