// Which status changes of counts and sessions are allowed, and for whom.
import type { Permission } from '../../src/domain/access'
import {
  CYCLE_COUNT_MOVES,
  SESSION_MOVES,
  type CycleCountStatus,
  type SessionStatus,
} from '../../src/domain/session'
import { isFenceCurrent, type LockState } from './lock'

export type Move =
  | { readonly kind: 'move' }
  /** It is so already: a repetition changes nothing. */
  | { readonly kind: 'same' }
  | { readonly kind: 'not-allowed' }
  | { readonly kind: 'stale-fence' }
  | { readonly kind: 'forbidden'; readonly permission: Permission }

export interface SessionMoveInput {
  readonly from: SessionStatus
  readonly to: SessionStatus
  readonly cycleCount: CycleCountStatus
  readonly may: (permission: Permission) => boolean
  /** null in the base profile: fences are not looked at. */
  readonly fencing: { readonly lock: LockState; readonly fence: number | null; readonly now: number } | null
}

const SESSION_PERMISSION: Readonly<Record<SessionStatus, Permission>> = {
  created: 'INVCOUNT_APP_VIEW',
  assigned: 'INVCOUNT_APP_VIEW',
  submitted: 'INVCOUNT_APP_VIEW',
  approved: 'INV_COUNT_SUBMIT',
  voided: 'INV_COUNT_SUBMIT',
}

/** The fence comes before everything: who lost the session learns that, whatever has become of it. Rules: SC5, SL16. */
export function decideSessionMove({ from, to, cycleCount, may, fencing }: SessionMoveInput): Move {
  if (!may(SESSION_PERMISSION[to])) return { kind: 'forbidden', permission: SESSION_PERMISSION[to] }
  if (fencing !== null && !isFenceCurrent(fencing.lock, fencing.fence, fencing.now)) return { kind: 'stale-fence' }
  if (from === to) return { kind: 'same' }
  const isSettled = cycleCount === 'closed' || cycleCount === 'cancelled'
  return !isSettled && SESSION_MOVES[from].includes(to) ? { kind: 'move' } : { kind: 'not-allowed' }
}

export interface CycleCountMoveInput {
  readonly from: CycleCountStatus
  readonly to: CycleCountStatus
  readonly may: (permission: Permission) => boolean
  readonly estimatedStartAt: number | null
  readonly now: number
}

const CYCLE_COUNT_PERMISSION: Readonly<Record<CycleCountStatus, Permission>> = {
  created: 'INVCOUNT_APP_VIEW',
  'in-progress': 'INVCOUNT_APP_VIEW',
  completed: 'INV_COUNT_SUBMIT',
  closed: 'INV_COUNT_SUBMIT',
  cancelled: 'INV_COUNT_SUBMIT',
}

/** Decision 23. Rules: docs/SPEC.md SC4. */
export function decideCycleCountMove({ from, to, may, estimatedStartAt, now }: CycleCountMoveInput): Move {
  const permission = CYCLE_COUNT_PERMISSION[to]
  if (!may(permission)) return { kind: 'forbidden', permission }
  if (from === to) return { kind: 'same' }
  if (!CYCLE_COUNT_MOVES[from].includes(to)) return { kind: 'not-allowed' }
  const isEarly = to === 'in-progress' && estimatedStartAt !== null && now < estimatedStartAt
  if (isEarly && !may('INV_COUNT_PRE_START')) return { kind: 'forbidden', permission: 'INV_COUNT_PRE_START' }
  return { kind: 'move' }
}
