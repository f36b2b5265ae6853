// Changes of a session's header and status, and the beginning of new ones.
import type { Permission } from '../../src/domain/access'
import type { CycleCountStatus, SessionStatus } from '../../src/domain/session'
import { isFenceCurrent, type LockState } from './lock'
import { decideSessionMove, type Move } from './transitions'

export interface SessionHeader {
  readonly name: string
  readonly area: string | null
  readonly status: SessionStatus
  readonly cycleCountStatus: CycleCountStatus
}

export interface SessionChangeInput {
  readonly session: SessionHeader
  /** `undefined`: not said, stays as it is. */
  readonly name: string | undefined
  readonly area: string | null | undefined
  readonly to: SessionStatus | undefined
  readonly may: (permission: Permission) => boolean
  /** null in the base profile: fences are not looked at. */
  readonly fencing: { readonly lock: LockState; readonly fence: number | null; readonly now: number } | null
}

export type SessionChange =
  | {
      readonly kind: 'changed'
      /** null: name and area stay as they are. */
      readonly edit: { readonly name: string; readonly area: string | null } | null
      /** null: the status stays as it is. */
      readonly to: SessionStatus | null
      /** As it is afterwards. */
      readonly status: SessionStatus
    }
  /** Nothing is changed. */
  | { readonly kind: 'refused'; readonly move: Exclude<Move, { kind: 'move' | 'same' }> }

/** The header under somebody else's lock is not ours to edit either. Rules: docs/SPEC.md SC5, SL16, I7. */
export function decideSessionChange(input: SessionChangeInput): SessionChange {
  const { session, to, may, fencing } = input
  const name = input.name ?? session.name
  const area = input.area === undefined ? session.area : input.area
  const isEdited = name !== session.name || area !== session.area
  if (isEdited && fencing !== null && !isFenceCurrent(fencing.lock, fencing.fence, fencing.now))
    return { kind: 'refused', move: { kind: 'stale-fence' } }
  const edit = isEdited ? { name, area } : null
  if (to === undefined) return { kind: 'changed', edit, to: null, status: session.status }
  const move = decideSessionMove({ from: session.status, to, cycleCount: session.cycleCountStatus, may, fencing })
  if (move.kind !== 'move' && move.kind !== 'same') return { kind: 'refused', move }
  return { kind: 'changed', edit, to: move.kind === 'move' ? to : null, status: to }
}

/** Rules: docs/SPEC.md SC6, SC7. */
export function takesNewSessions(cycleCount: CycleCountStatus): boolean {
  return cycleCount !== 'closed' && cycleCount !== 'cancelled'
}

/** A session is counted from its beginning, or comes in finished. Rules: docs/SPEC.md SC6. */
export function canBeginAs(status: SessionStatus): boolean {
  return status === 'created' || status === 'submitted'
}
