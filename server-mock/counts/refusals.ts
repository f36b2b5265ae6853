// What refused status changes and locks say, and with which code.
import { CYCLE_COUNT_STATUS_IDS, SESSION_STATUS_IDS } from '../../src/contract/counts'
import { HttpError } from '../http/errors'
import { isActive, type LockRefusal, type LockState } from '../rules/lock'
import { isSpoken, type ProtocolRange } from '../rules/protocol'
import type { Move } from '../rules/transitions'

const STATUS_IDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'cycle count': CYCLE_COUNT_STATUS_IDS,
  session: SESSION_STATUS_IDS,
}

export function moveError(
  what: 'cycle count' | 'session',
  move: Exclude<Move, { kind: 'move' | 'same' }>,
  from: string,
  to: string,
): HttpError {
  switch (move.kind) {
    case 'forbidden':
      return new HttpError(403, `Permission ${move.permission} is needed`, 'FORBIDDEN')
    case 'stale-fence':
      return new HttpError(409, 'The lock has changed hands: nothing was changed', 'STALE_FENCE')
    case 'not-allowed': {
      const ids = STATUS_IDS[what]
      const text = `Status change from ${ids?.[from] ?? from} to ${ids?.[to] ?? to} is not allowed`
      return new HttpError(400, text, 'TRANSITION_NOT_ALLOWED')
    }
  }
}

/** Who holds the session now is in it, so that the device can say so. */
export function staleFence(lock: LockState | null, now: number): HttpError {
  const latest = lock?.latest ?? null
  const holder = isActive(latest, now) ? { holder: { userId: latest.userId, deviceId: latest.deviceId } } : {}
  return new HttpError(409, 'The lock has changed hands: nothing was changed', 'STALE_FENCE', holder)
}

export function refusalError(refusal: LockRefusal): HttpError {
  if (refusal.kind === 'stale-fence')
    return new HttpError(409, 'The lock has changed hands or was given back', 'STALE_FENCE')
  const { holder, leaseRemainingMs } = refusal
  return new HttpError(409, `The session is locked by user ${holder.userId}`, 'SESSION_LOCKED', { holder, leaseRemainingMs })
}

/** @throws HttpError 426 OUTDATED_CLIENT */
export function requireSpoken(protocol: number | undefined, range: ProtocolRange): void {
  if (!isSpoken(protocol, range))
    throw new HttpError(426, `Protocol ${protocol ?? 0} is not taken any more, only ${range.min} to ${range.max}`, 'OUTDATED_CLIENT')
}
