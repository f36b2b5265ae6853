// A session is counted in one window of a device at a time: the window's claim comes first, then the server's lock.
import type { SessionId } from '../domain/ids'
import { openSession, type OpenedSession } from '../sync/resume'
import { lookOverSession } from '../sync/self-check'
import { tellLock } from '../sync/session-row'
import type { WindowClaim } from '../sync/window-claims'
import type { Account, World } from './account'

/** Claim a session for this window unless another one counts there; lets go of it by `release` alone. */
export function claimSession(
  { claims }: Pick<World, 'claims'>,
  storeName: string,
  sessionId: SessionId,
): Promise<WindowClaim | null> {
  return claims.claim(claimName(storeName, sessionId), { steal: false, onLost: () => undefined })
}

const claimName = (storeName: string, sessionId: SessionId): string =>
  `count:${storeName}:${sessionId}`

/** This window's claim on a session, from the moment when it is asked for. */
export interface OwnClaim {
  /** null: another window counts there. */
  readonly granted: Promise<WindowClaim | null>
  /** Why the claim is no longer this window's; null while it is. */
  gone: 'left' | 'stolen' | null
  /** Its rows are, or were, compared with their events: once an opening. */
  isLookedOver: boolean
  /** An opening went through: one that breaks later takes nothing away. */
  isOpen: boolean
  /** Openings under way: they share the claim, and the last of them gives it up if none went through (LK28). */
  underWay: number
}

/**
 * Leaving while it opens is heard: what the opening brings then is given back at once.
 *
 * @param takeOver take the claim from another window, and the lock from its holder where that is allowed
 * @throws {RemoteError} nothing is claimed then
 */
export async function openInThisWindow(
  world: World,
  account: Account,
  sessionId: SessionId,
  takeOver: boolean,
): Promise<OpenedSession> {
  const { deps, claims } = account
  const earlier = claims.get(sessionId)
  // At once: one that breaks meanwhile must not let go of what this one waits for.
  if (earlier !== undefined) earlier.underWay += 1
  const isClaimedHere = earlier !== undefined && (await earlier.granted) !== null
  const own = isClaimedHere ? earlier : claimHere(world, account, sessionId, takeOver)
  if ((await own.granted) === null) {
    if (claims.get(sessionId) === own) claims.delete(sessionId)
    tellLock(deps, sessionId, 'elsewhere')
    return { lock: 'elsewhere', pendingElsewhere: [] }
  }
  try {
    const opened = await openSession(partsOf(account), sessionId, takeOver)
    if (own.gone !== null) return await leaveAgain(account, sessionId, own.gone)
    own.isOpen = true
    void lookOver(account, sessionId, own)
    return opened
  } catch (error) {
    if (isNobodyElses(own)) await standDown(account, sessionId, own)
    throw error
  } finally {
    own.underWay -= 1
  }
}

/** No opening went through, and no other one is under way. */
const isNobodyElses = ({ isOpen, underWay }: OwnClaim): boolean => !isOpen && underWay === 1

/** Nobody waits for it, and it must be in nobody's way. */
async function lookOver({ deps, claims }: Account, sessionId: SessionId, own: OwnClaim): Promise<void> {
  if (own.isLookedOver) return
  own.isLookedOver = true
  const isWanted = (): boolean => own.gone === null && claims.get(sessionId) === own
  try {
    await lookOverSession(deps, sessionId, isWanted)
  } catch (error) {
    if (isWanted()) deps.log.write('error', 'self-check-broke', { sessionId, message: String(error) })
  }
}

/** Kept before it is granted, so that leaving in between is not lost. */
function claimHere(
  world: World,
  { deps, claims, scheduler }: Account,
  sessionId: SessionId,
  steal: boolean,
): OwnClaim {
  const options = {
    steal,
    onLost() {
      if (claims.get(sessionId) !== own) return
      own.gone = 'stolen'
      claims.delete(sessionId)
      scheduler.keeper.drop(sessionId)
      deps.log.write('warn', 'elsewhere', { sessionId })
      tellLock(deps, sessionId, 'elsewhere')
    },
  }
  const name = claimName(deps.storeName, sessionId)
  const own: OwnClaim = {
    gone: null,
    isLookedOver: false,
    isOpen: false,
    underWay: 1,
    granted: world.claims.claim(name, options).catch((error: unknown) => {
      if (claims.get(sessionId) === own) claims.delete(sessionId)
      throw error
    }),
  }
  claims.set(sessionId, own)
  return own
}

function partsOf({ deps, scheduler }: Account): Parameters<typeof openSession>[0] {
  return {
    deps,
    keeper: scheduler.keeper,
    memory: scheduler.pushMemory,
    aloneIfFree: scheduler.aloneIfFree.bind(scheduler),
    pullLater: scheduler.pullLater.bind(scheduler),
    onSent: scheduler.sent.bind(scheduler),
    runLater: scheduler.runLater.bind(scheduler),
  }
}

/** The window left, or another one took the session, before it was open. */
async function leaveAgain(
  { claims, scheduler }: Account,
  sessionId: SessionId,
  gone: 'left' | 'stolen',
): Promise<OpenedSession> {
  if (gone === 'stolen') scheduler.keeper.drop(sessionId)
  // Opened again meanwhile: that opening has the lock now.
  else if (!claims.has(sessionId)) await scheduler.keeper.leave(sessionId)
  return { lock: gone === 'stolen' ? 'elsewhere' : 'none', pendingElsewhere: [] }
}

/** Stops the heartbeat, gives the lock back if the network is there, lets other windows in. */
export async function leaveSession(account: Account, sessionId: SessionId): Promise<void> {
  const own = account.claims.get(sessionId)
  if (own !== undefined) {
    own.gone = 'left'
    account.claims.delete(sessionId)
  }
  try {
    await account.scheduler.keeper.leave(sessionId)
  } finally {
    const claim = await own?.granted
    claim?.release()
  }
}

/** The opening failed, perhaps after the lock was granted and the window was told: neither is kept. */
async function standDown(account: Account, sessionId: SessionId, own: OwnClaim): Promise<void> {
  const { deps, scheduler } = account
  try {
    if (own.gone === null) await scheduler.keeper.leave(sessionId)
  } catch (error) {
    deps.log.write('warn', 'leave-failed', { sessionId, message: String(error) })
  } finally {
    // Another opening may have begun meanwhile, on this claim.
    if (isNobodyElses(own)) await letGo(account, sessionId, own)
  }
}

async function letGo({ claims }: Account, sessionId: SessionId, own: OwnClaim): Promise<void> {
  if (claims.get(sessionId) === own) claims.delete(sessionId)
  const claim = await own.granted
  claim?.release()
}
