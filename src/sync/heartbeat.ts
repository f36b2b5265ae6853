// One heartbeat of a lock that a window keeps: asks whose it is, and stores and tells what came of it.
import { RemoteError } from '../domain/errors'
import { asId, type SessionId, type UserName } from '../domain/ids'
import type { Lease, LockState } from '../domain/lock'
import type { Elsewhere } from './elsewhere'
import type { NetworkDeps } from './network-deps'
import { changeSession, isOpenStatus, readSession, storeLock, tellLock } from './session-row'
import { unsentScans } from './unsent'

/** Given up from the lease's end: clocks drift, answers take time. */
const SAFETY_MS = 5000
/** Wall clock against monotone clock: a larger difference means that the device slept or its clock was set. */
const JUMP_MS = 5000
/** Requests of one heartbeat at most, and one for the storage. */
const BEAT_REQUESTS = 5
/** Heartbeats of devices that came back together do not stay together. */
const JITTER = 0.1

/** A lock that a window keeps. */
export interface Kept {
  readonly sessionId: SessionId
  readonly stop: AbortController
  /** Ends the pause between two heartbeats. */
  nap: AbortController
  state: LockState
  lease: Lease | null
  /** An unverified lock that the storage did not take is stored by the next beat. */
  isStored: boolean
  /** A loss that the storage did not take: the next beat stores it, and asks nobody. */
  unstoredLoss: RemoteError | null
  /** Monotone time until which the lease is sure, measured from the sending of the request. */
  deadline: number
  /** Wall minus monotone time at the last look. */
  drift: number
}

/** As long as all requests of a heartbeat may take; storage that never answers must not be the last one. */
export const beatLimitMs = ({ limits }: NetworkDeps): number => BEAT_REQUESTS * limits.requestTimeoutMs

export const driftOf = (deps: NetworkDeps): number => deps.clock.now() - deps.clock.mono()

/** The monotone clock, from the moment of sending: a slow answer or a wrong wall clock never makes the lease longer. */
export const deadlineOf = (lease: Lease, sentAt: number): number =>
  sentAt + lease.leaseSeconds * 1000 - SAFETY_MS

/** A third of the lease, or less while rows of another device are expected, give or take; woken early by recheck. */
export async function pause(deps: NetworkDeps, elsewhere: Elsewhere, entry: Kept): Promise<void> {
  const seconds = entry.lease?.leaseSeconds ?? deps.limits.leaseSeconds
  const regularMs = (seconds * 1000) / 3
  const ms =
    elsewhere.pauseMs(entry.sessionId, regularMs) * (1 + JITTER * (deps.random() * 2 - 1))
  entry.nap = new AbortController()
  if (entry.stop.signal.aborted) return
  try {
    await deps.timers.sleep(ms, entry.nap.signal)
  } catch (error) {
    if (!entry.nap.signal.aborted) throw error
  }
}

/** `regained`: an unverified lock is held again; `over`: the session takes no more scans; an error: the sign-in ran out. */
export type BeatChange = 'regained' | 'over' | RemoteError | null

/**
 * @param isWanted false once the window has given the session up, or this heartbeat was given up: then it changes
 *   nothing any more (seed 1730)
 */
export async function beat(deps: NetworkDeps, elsewhere: Elsewhere, entry: Kept, isWanted: () => boolean): Promise<BeatChange> {
  const drift = driftOf(deps)
  const hasJumped = Math.abs(drift - entry.drift) > JUMP_MS
  entry.drift = drift
  // Another window of this device may have submitted.
  if (await isOverHere(deps, entry.sessionId)) return 'over'
  if (!isWanted()) return null
  if (entry.unstoredLoss !== null) {
    await storeLoss(deps, entry, entry.unstoredLoss, isWanted)
    return null
  }
  if (hasJumped || deps.clock.mono() > entry.deadline) await becomeUnverified(deps, entry, isWanted)
  try {
    const sentAt = deps.clock.mono()
    const lease = await ask(deps, entry)
    if (!isWanted()) return null
    const wasUnverified = entry.state === 'unverified'
    entry.lease = lease
    entry.deadline = deadlineOf(lease, sentAt)
    await becomeHeld(deps, entry, isWanted)
    if (wasUnverified) {
      elsewhere.opened(entry.sessionId, lease, true)
      return 'regained'
    }
    elsewhere.heard(entry.sessionId, lease)
    return null
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error
    if (!isWanted()) return null
    if (error.reason === 'rejected' && (await isOverThere(deps, entry.sessionId))) return 'over'
    await takeIn(deps, entry, error, isWanted)
    return error.reason === 'unauthorized' ? error : null
  }
}

async function isOverHere(deps: NetworkDeps, sessionId: SessionId): Promise<boolean> {
  const row = await readSession(deps, sessionId)
  return row !== undefined && !isOpenStatus(row.session.status)
}

/** A refusal may mean that somebody else submitted. What the server says of the session is kept. */
async function isOverThere(deps: NetworkDeps, sessionId: SessionId): Promise<boolean> {
  try {
    const session = await deps.api.session(sessionId)
    if (session === null || isOpenStatus(session.status)) return false
    await changeSession(deps, sessionId, (row) => ({ ...row, session }))
    return true
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error
    deps.log.write('info', 'session-unseen', { sessionId, reason: error.reason })
    return false
  }
}

async function takeIn(deps: NetworkDeps, entry: Kept, error: RemoteError, isWanted: () => boolean): Promise<void> {
  if (error.reason === 'locked' && !isOurs(deps, error.details.holder)) {
    entry.state = 'lost'
    entry.unstoredLoss = error
    return await storeLoss(deps, entry, error, isWanted)
  }
  // The network, a portal, a 401, a server in trouble: nobody has said that the lock is another's.
  await becomeUnverified(deps, entry, isWanted)
}

/** The window must not count on; and the heartbeat goes on until the loss is stored, whatever comes behind it (seeds 77, 55). */
async function storeLoss(deps: NetworkDeps, entry: Kept, loss: RemoteError, isWanted: () => boolean): Promise<void> {
  try {
    await markLost(deps, entry.sessionId, loss, isWanted)
  } catch (error) {
    if (isWanted()) tellLock(deps, entry.sessionId, 'lost')
    throw error
  }
  if (isWanted()) entry.unstoredLoss = null
}

/** Extend while it is surely ours; else ask anew, which grants it only if nobody took it. */
async function ask(deps: NetworkDeps, entry: Kept): Promise<Lease> {
  const unsent = await unsentScans(deps, entry.sessionId)
  if (entry.lease !== null && entry.state === 'held') {
    try {
      return await deps.api.extendLock(entry.lease, unsent)
    } catch (error) {
      if (
        !(error instanceof RemoteError) ||
        (error.reason !== 'stale-fence' && error.reason !== 'not-found')
      )
        throw error
      await refuseIfElsewhere(deps, entry.sessionId)
    }
  }
  return deps.api.lockSession({
    sessionId: entry.sessionId,
    requestId: deps.ids.next(),
    mode: 'normal',
    unsentScans: unsent,
  })
}

/** A stale fence alone does not say who holds it now. */
async function refuseIfElsewhere(deps: NetworkDeps, sessionId: SessionId): Promise<void> {
  const current = await deps.api.getSessionLock(sessionId)
  if (current === null || isOurs(deps, current.holder)) return
  throw new RemoteError('locked', `${current.holder.userName} holds the session`, {
    holder: current.holder,
  })
}

export function isOurs(deps: NetworkDeps, holder: { userName: string; deviceId: string | null } | undefined): boolean {
  return (
    holder !== undefined &&
    holder.userName === deps.caller.userName &&
    holder.deviceId === deps.caller.deviceId
  )
}

/** Only when it is stored: else the next beat asks anew, and what changed meanwhile is pulled then. */
async function becomeHeld(deps: NetworkDeps, entry: Kept, isWanted: () => boolean): Promise<void> {
  const { sessionId, lease } = entry
  await storeLock(deps, sessionId, { state: 'held', lease, lostTo: null }, isWanted)
  if (!isWanted() || entry.state === 'held') return
  entry.state = 'held'
  deps.log.write('info', 'lock', { sessionId, state: 'held' })
}

/** At once: what is not sure must not be taken for sure. The next beat stores what this one could not. */
async function becomeUnverified(deps: NetworkDeps, entry: Kept, isWanted: () => boolean): Promise<void> {
  const { sessionId, lease } = entry
  if (entry.state === 'unverified' && entry.isStored) return
  const hasChanged = entry.state !== 'unverified'
  entry.state = 'unverified'
  entry.isStored = false
  if (hasChanged) deps.log.write('warn', 'lock', { sessionId, state: 'unverified' })
  try {
    await storeLock(deps, sessionId, { state: 'unverified', lease, lostTo: null }, isWanted)
  } catch (error) {
    if (isWanted()) tellLock(deps, sessionId, 'unverified')
    throw error
  }
  entry.isStored = true
}

export async function markLost(
  deps: NetworkDeps,
  sessionId: SessionId,
  error: RemoteError,
  isWanted?: () => boolean,
): Promise<void> {
  const lostTo =
    error.details.holder === undefined ? null : asId<UserName>(error.details.holder.userName)
  const row = await readSession(deps, sessionId)
  if (row === undefined) return
  await storeLock(deps, sessionId, { state: 'lost', lease: row.lock.lease, lostTo }, isWanted)
  deps.log.write('warn', 'lock', { sessionId, state: 'lost', lostTo })
}
