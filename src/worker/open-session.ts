// A session is counted in one window of a device at a time: the window's claim comes first, then the server's lock.
import type { SessionId } from '../domain/ids'
import { openSession, type OpenedSession } from '../sync/resume'
import { tellLock } from '../sync/session-row'
import type { Account, World } from './account'

/**
 * @param takeOver take the claim from another window, and the lock from its holder where that is allowed
 * @throws {RemoteError} nothing is claimed then
 */
export async function openInThisWindow(
  world: World,
  account: Account,
  sessionId: SessionId,
  takeOver: boolean,
): Promise<OpenedSession> {
  const { deps, scheduler, claims } = account
  const wasOurs = claims.has(sessionId)
  if (!wasOurs) {
    const claim = await world.claims.claim(`count:${deps.storeName}:${sessionId}`, {
      steal: takeOver,
      onLost() {
        claims.delete(sessionId)
        scheduler.keeper.drop(sessionId)
        deps.log.write('warn', 'elsewhere', { sessionId })
        tellLock(deps, sessionId, 'elsewhere')
      },
    })
    if (claim === null) {
      tellLock(deps, sessionId, 'elsewhere')
      return { lock: 'elsewhere', pendingElsewhere: [] }
    }
    claims.set(sessionId, claim)
  }
  try {
    const parts = {
      deps,
      keeper: scheduler.keeper,
      memory: scheduler.pushMemory,
      alone: scheduler.alone.bind(scheduler),
      pullLater: scheduler.pullLater.bind(scheduler),
    }
    return await openSession(parts, sessionId, takeOver)
  } catch (error) {
    if (!wasOurs) releaseClaim(account, sessionId)
    throw error
  }
}

/** Stops the heartbeat, gives the lock back if the network is there, lets other windows in. */
export async function leaveSession(account: Account, sessionId: SessionId): Promise<void> {
  await account.scheduler.keeper.leave(sessionId)
  releaseClaim(account, sessionId)
}

function releaseClaim({ claims }: Account, sessionId: SessionId): void {
  claims.get(sessionId)?.release()
  claims.delete(sessionId)
}
