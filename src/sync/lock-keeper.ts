// Keeps the session lock of this window: heartbeat, deadline, loss. Only a server's answer takes the lock away (decision 16).
import { RemoteError } from '../domain/errors'
import { asId, type SessionId, type UserName } from '../domain/ids'
import type { Lease, LockState } from '../domain/lock'
import { createElsewhere, type Elsewhere } from './elsewhere'
import type { NetworkDeps } from './network-deps'
import { changeSession, isOpenStatus, readSession, storeLock, tellLock } from './session-row'
import { readDeviceName } from '../usecases/device'
import { inTime } from '../usecases/in-time'
import { unsentScans } from './unsent'

/** Given up from the lease's end: clocks drift, answers take time. */
const SAFETY_MS = 5000
/** Wall clock against monotone clock: a larger difference means that the device slept or its clock was set. */
const JUMP_MS = 5000
/** Requests of one heartbeat at most, and one for the storage. */
const BEAT_REQUESTS = 5
/** Heartbeats of devices that came back together do not stay together. */
const JITTER = 0.1

export interface LockKeeper {
  /**
   * Ask for the lock and keep it from now on.
   * @throws {RemoteError} `locked` with the holder; nothing is kept then, and a stored lock is marked lost
   */
  acquire: (sessionId: SessionId, options: { readonly takeOver: boolean }) => Promise<Lease>
  /**
   * The lock for something short, such as a submit in the background: as `acquire`, with a word on whether this
   * window has begun to count since. What was kept before stays kept.
   * @throws {RemoteError} as `acquire`
   */
  borrow: (sessionId: SessionId) => Promise<BorrowedLock>
  /** Go on without the network on what is stored: unverified, or lost if the server said so before. Asks as soon as it can. */
  resumeOffline: (sessionId: SessionId) => Promise<LockState>
  /** The network is back, or the device woke up: ask again now. */
  recheck: () => void
  /** Stop the heartbeat and give the lock back if the server can be reached. Stored state: none. */
  leave: (sessionId: SessionId) => Promise<void>
  /** The session is over for everybody: leave it, also where an earlier life or another window of this device held it. */
  end: (sessionId: SessionId) => Promise<void>
  /** Stop the heartbeat without a word to the server or the database: another window counts on. */
  drop: (sessionId: SessionId) => void
  /** Sessions of this window with a heartbeat, and their states. */
  stateOf: (sessionId: SessionId) => LockState
  stop: () => void
}

export interface BorrowedLock {
  readonly lease: Lease
  /** Nobody kept the lock in this window before, and nobody asked for it since: give it back when done. */
  readonly isStillBorrowed: () => boolean
}

interface Kept {
  readonly sessionId: SessionId
  readonly stop: AbortController
  /** Ends the pause between two heartbeats. */
  nap: AbortController
  state: LockState
  lease: Lease | null
  /** Monotone time until which the lease is sure, measured from the sending of the request. */
  deadline: number
  /** Wall minus monotone time at the last look. */
  drift: number
}

/**
 * @param onHeld called when an unverified lock is held again: what changed meanwhile wants pulling
 * @param elsewhere hears what the answers tell of other devices
 * @param onSignInOver hears of each heartbeat that was refused because nobody is signed in: only a person can help
 */
export function createLockKeeper(
  deps: NetworkDeps,
  onHeld: (sessionId: SessionId) => void,
  elsewhere: Elsewhere = createElsewhere(deps, onHeld),
  onSignInOver: (error: RemoteError) => void = () => undefined,
): LockKeeper {
  const kept = new Map<SessionId, Kept>()

  function keep(sessionId: SessionId, state: LockState, lease: Lease | null, deadline: number): Kept {
    kept.get(sessionId)?.stop.abort()
    const entry: Kept = {
      sessionId,
      stop: new AbortController(),
      nap: new AbortController(),
      state,
      lease,
      deadline,
      drift: driftOf(deps),
    }
    kept.set(sessionId, entry)
    if (state !== 'lost') void beatUntilStopped(entry)
    return entry
  }

  async function beatUntilStopped(entry: Kept): Promise<void> {
    // Ends by stop, by leave, or by losing the lock; each turn waits at least a part of the lease.
    while (!entry.stop.signal.aborted && entry.state !== 'lost') {
      await pause(deps, elsewhere, entry)
      if (entry.stop.signal.aborted) return
      try {
        const change = await inTime(deps.timers, beatLimitMs(deps), beat(deps, elsewhere, entry))
        if (change instanceof RemoteError) onSignInOver(change)
        if (change === 'regained') onHeld(entry.sessionId)
        if (change === 'over' && kept.get(entry.sessionId) === entry) await letGo(entry)
      } catch (error) {
        // Not the network's fault (beat takes those in): say it, stay as we are, try at the next beat.
        deps.log.write('error', 'heartbeat-failed', {
          sessionId: entry.sessionId,
          message: String(error),
        })
      }
    }
  }

  /** Somebody submitted the session: there is nothing to hold any more, and nobody is asked again. */
  async function letGo({ sessionId, lease }: Kept): Promise<void> {
    drop(sessionId)
    await storeLock(deps, sessionId, { state: 'none', lease, lostTo: null })
    deps.log.write('info', 'lock', { sessionId, state: 'none' })
  }

  async function take(
    sessionId: SessionId,
    takeOver: boolean,
  ): Promise<{ readonly lease: Lease; readonly entry: Kept }> {
    const sentAt = deps.clock.mono()
    try {
      const lease = await deps.api.lockSession({
        sessionId,
        requestId: deps.ids.next(),
        mode: takeOver ? 'force' : 'normal',
        unsentScans: await unsentScans(deps, sessionId),
        deviceName: await readDeviceName(deps.scans),
      })
      elsewhere.opened(sessionId, lease, isTakenOver(deps, lease))
      const entry = keep(sessionId, 'held', lease, deadlineOf(lease, sentAt))
      await storeLock(deps, sessionId, { state: 'held', lease, lostTo: null })
      return { lease, entry }
    } catch (error) {
      if (error instanceof RemoteError && error.reason === 'locked')
        await markLost(deps, sessionId, error)
      throw error
    }
  }

  function drop(sessionId: SessionId): Kept | undefined {
    const entry = kept.get(sessionId)
    entry?.stop.abort()
    entry?.nap.abort()
    kept.delete(sessionId)
    elsewhere.closed(sessionId)
    return entry
  }

  async function giveBack(
    sessionId: SessionId,
    state: LockState,
    lease: Lease | null,
  ): Promise<void> {
    if (state !== 'held' && state !== 'unverified') return
    try {
      await storeLock(deps, sessionId, { state: 'none', lease, lostTo: null })
    } catch (error) {
      // Whatever the storage says: nobody renews it any more, so the window must not count on (seed 5236).
      tellLock(deps, sessionId, 'none')
      throw error
    } finally {
      if (lease !== null) await release(deps, lease)
    }
  }

  return {
    acquire: async (sessionId, { takeOver }) => (await take(sessionId, takeOver)).lease,
    async borrow(sessionId) {
      const before = kept.get(sessionId)
      const { lease, entry } = await take(sessionId, false)
      return {
        lease,
        isStillBorrowed: () => before === undefined && kept.get(sessionId) === entry,
      }
    },
    async resumeOffline(sessionId) {
      const stored = await readSession(deps, sessionId)
      if (stored === undefined) return 'none'
      const state = stored.lock.state === 'lost' ? 'lost' : 'unverified'
      keep(sessionId, state, stored.lock.lease, deps.clock.mono())
      await storeLock(deps, sessionId, {
        state,
        lease: stored.lock.lease,
        lostTo: stored.lock.lostTo,
      })
      return state
    },
    recheck() {
      for (const entry of kept.values()) entry.nap.abort()
    },
    async leave(sessionId) {
      const entry = drop(sessionId)
      if (entry !== undefined) await giveBack(sessionId, entry.state, entry.lease)
    },
    async end(sessionId) {
      const entry = drop(sessionId)
      const { state, lease } = entry ??
        (await readSession(deps, sessionId))?.lock ?? { state: 'none', lease: null }
      await giveBack(sessionId, state, lease)
    },
    drop(sessionId) {
      drop(sessionId)
    },
    stateOf: (sessionId) => kept.get(sessionId)?.state ?? 'none',
    stop() {
      for (const entry of kept.values()) {
        entry.stop.abort()
        entry.nap.abort()
      }
      kept.clear()
    },
  }
}

/** As long as all requests of a heartbeat may take; storage that never answers must not be the last one. */
const beatLimitMs = ({ limits }: NetworkDeps): number => BEAT_REQUESTS * limits.requestTimeoutMs

const driftOf = (deps: NetworkDeps): number => deps.clock.now() - deps.clock.mono()

/** The monotone clock, from the moment of sending: a slow answer or a wrong wall clock never makes the lease longer. */
const deadlineOf = (lease: Lease, sentAt: number): number =>
  sentAt + lease.leaseSeconds * 1000 - SAFETY_MS

/** A third of the lease, or less while rows of another device are expected, give or take; woken early by recheck. */
async function pause(deps: NetworkDeps, elsewhere: Elsewhere, entry: Kept): Promise<void> {
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
type BeatChange = 'regained' | 'over' | RemoteError | null

async function beat(deps: NetworkDeps, elsewhere: Elsewhere, entry: Kept): Promise<BeatChange> {
  const drift = driftOf(deps)
  const hasJumped = Math.abs(drift - entry.drift) > JUMP_MS
  entry.drift = drift
  // Another window of this device may have submitted.
  if (await isOverHere(deps, entry.sessionId)) return 'over'
  if (entry.stop.signal.aborted) return null
  if (hasJumped || deps.clock.mono() > entry.deadline) await become(deps, entry, 'unverified')
  try {
    const sentAt = deps.clock.mono()
    const lease = await ask(deps, entry)
    if (entry.stop.signal.aborted) return null
    const wasUnverified = entry.state === 'unverified'
    entry.lease = lease
    entry.deadline = deadlineOf(lease, sentAt)
    await become(deps, entry, 'held')
    if (wasUnverified) {
      elsewhere.opened(entry.sessionId, lease, true)
      return 'regained'
    }
    elsewhere.heard(entry.sessionId, lease)
    return null
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error
    if (entry.stop.signal.aborted) return null
    if (error.reason === 'rejected' && (await isOverThere(deps, entry.sessionId))) return 'over'
    await takeIn(deps, entry, error)
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

async function takeIn(deps: NetworkDeps, entry: Kept, error: RemoteError): Promise<void> {
  if (error.reason === 'locked' && !isOurs(deps, error.details.holder)) {
    try {
      await markLost(deps, entry.sessionId, error, isKept(entry))
    } catch (storageError) {
      // The window must not count on; and the next beat asks again, until the loss is stored (seed 77).
      if (!entry.stop.signal.aborted) tellLock(deps, entry.sessionId, 'lost')
      throw storageError
    }
    // Only now: it ends the heartbeat.
    entry.state = 'lost'
    return
  }
  // The network, a portal, a 401, a server in trouble: nobody has said that the lock is another's.
  await become(deps, entry, 'unverified')
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

function isOurs(deps: NetworkDeps, holder: { userName: string; deviceId: string | null } | undefined): boolean {
  return (
    holder !== undefined &&
    holder.userName === deps.caller.userName &&
    holder.deviceId === deps.caller.deviceId
  )
}

/** A heartbeat under way when the window gives the session up has nothing to say any more (seed 1730). */
const isKept = (entry: Kept) => (): boolean => !entry.stop.signal.aborted

async function become(deps: NetworkDeps, entry: Kept, state: 'held' | 'unverified'): Promise<void> {
  const hasChanged = entry.state !== state
  entry.state = state
  if (!hasChanged && state === 'unverified') return
  const lock = { state, lease: entry.lease, lostTo: null }
  await storeLock(deps, entry.sessionId, lock, isKept(entry))
  if (hasChanged)
    deps.log.write(state === 'held' ? 'info' : 'warn', 'lock', {
      sessionId: entry.sessionId,
      state,
    })
}

async function markLost(
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

/** Another device, or another user of this one, had it before: rows of theirs may still come. */
function isTakenOver(deps: NetworkDeps, { previousHolder }: Lease): boolean {
  return previousHolder !== null && !isOurs(deps, previousHolder)
}

async function release(deps: NetworkDeps, lease: Lease): Promise<void> {
  try {
    await deps.api.releaseSession(lease)
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error
    // It runs out by itself; whoever comes next may wait for that or take over.
    deps.log.write('info', 'release-failed', { sessionId: lease.sessionId, reason: error.reason })
  }
}
