// Whether this window may count in a session: the stored lock is the device's, and all its windows read it.
import type { SessionId } from '../domain/ids'
import type { LockState } from '../domain/lock'

export interface WindowRights {
  /** Asked by the desk at every scan. */
  readonly has: (sessionId: SessionId) => boolean
  /** Before the worker has answered: this window goes on by itself unless another one counts there. */
  readonly recall: (sessionId: SessionId) => Promise<void>
  /** The worker's word. */
  readonly take: (sessionId: SessionId, state: LockState) => void
  readonly forget: (sessionId: SessionId) => void
}

/**
 * @param claims asks which claims are held on this device, by whatever window; undefined where the browser cannot
 * @param claimOf name of the claim that a counting window holds
 */
export function createWindowRights(
  claims: (() => Promise<LockManagerSnapshot>) | undefined,
  claimOf: (sessionId: SessionId) => string,
): WindowRights {
  const rights = new Map<SessionId, boolean>()
  return {
    has: (sessionId) => rights.get(sessionId) ?? false,
    async recall(sessionId) {
      if (claims === undefined || rights.has(sessionId)) return
      const { held } = await claims()
      // The worker may have answered meanwhile: its word counts.
      if (!rights.has(sessionId)) rights.set(sessionId, !(held ?? []).some((it) => it.name === claimOf(sessionId)))
    },
    // A lost lock is the stored one's to tell. None: nobody renews it for this window, whatever is stored.
    take: (sessionId, state) => void rights.set(sessionId, state !== 'elsewhere' && state !== 'none'),
    forget: (sessionId) => void rights.delete(sessionId),
  }
}
