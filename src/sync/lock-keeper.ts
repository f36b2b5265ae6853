// Keeps the session lock of this window: heartbeat, deadline, loss. Only a server's answer takes the lock away (decision 16).
import { RemoteError } from '../domain/errors'
import type { SessionId } from '../domain/ids'
import type { Lease, LockState } from '../domain/lock'
import { createElsewhere, type Elsewhere } from './elsewhere'
import { beat, beatLimitMs, deadlineOf, driftOf, isOurs, type Kept, markLost, pause } from './heartbeat'
import type { NetworkDeps } from './network-deps'
import { readSession, storeLock, tellLock } from './session-row'
import { readDeviceName } from '../usecases/device'
import { inTime } from '../usecases/in-time'
import { unsentScans } from './unsent'

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
      isStored: true,
      unstoredLoss: null,
      deadline,
      drift: driftOf(deps),
    }
    kept.set(sessionId, entry)
    if (state !== 'lost') void beatUntilStopped(entry)
    return entry
  }

  async function beatUntilStopped(entry: Kept): Promise<void> {
    // Ends by stop, by leave, or by losing the lock; each turn waits at least a part of the lease.
    while (!entry.stop.signal.aborted && (entry.state !== 'lost' || entry.unstoredLoss !== null)) {
      await pause(deps, elsewhere, entry)
      if (entry.stop.signal.aborted) return
      // Given up for its storage, it may still wake up: what it says then is older than what was heard since.
      let isGivenUp = false
      const isWanted = (): boolean => !entry.stop.signal.aborted && !isGivenUp
      try {
        const change = await inTime(deps.timers, beatLimitMs(deps), beat(deps, elsewhere, entry, isWanted))
        if (change instanceof RemoteError) onSignInOver(change)
        if (change === 'regained') onHeld(entry.sessionId)
        if (change === 'over' && kept.get(entry.sessionId) === entry) await letGo(entry)
      } catch (error) {
        // Not the network's fault (beat takes those in): say it, stay as we are, try at the next beat.
        deps.log.write('error', 'heartbeat-failed', {
          sessionId: entry.sessionId,
          message: String(error),
        })
      } finally {
        isGivenUp = true
      }
    }
  }

  /** Somebody submitted the session: there is nothing to hold any more, and nobody is asked again. */
  async function letGo({ sessionId, lease }: Kept): Promise<void> {
    drop(sessionId)
    await storeNone(sessionId, lease)
    deps.log.write('info', 'lock', { sessionId, state: 'none' })
  }

  /** @param onUnstored hears of a lock that was granted and could not be stored, before the caller does */
  async function take(
    sessionId: SessionId,
    takeOver: boolean,
    onUnstored: (entry: Kept) => void = () => undefined,
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
      try {
        await storeLock(deps, sessionId, { state: 'held', lease, lostTo: null })
      } catch (error) {
        onUnstored(entry)
        throw error
      }
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
      await storeNone(sessionId, lease)
    } finally {
      if (lease !== null) await release(deps, lease)
    }
  }

  async function storeNone(sessionId: SessionId, lease: Lease | null): Promise<void> {
    try {
      await storeLock(deps, sessionId, { state: 'none', lease, lostTo: null })
    } catch (error) {
      // Whatever the storage says: nobody renews it any more, so the window must not count on (seed 5236).
      tellLock(deps, sessionId, 'none')
      throw error
    }
  }

  return {
    acquire: async (sessionId, { takeOver }) => (await take(sessionId, takeOver)).lease,
    async borrow(sessionId) {
      const before = kept.get(sessionId)
      const isStillBorrowed = (entry: Kept): boolean => before === undefined && kept.get(sessionId) === entry
      const { lease, entry } = await take(sessionId, false, (unstored) => {
        // Nobody would give it back. It runs out by itself: another window of this device may count under it.
        if (isStillBorrowed(unstored)) drop(sessionId)
      })
      return { lease, isStillBorrowed: () => isStillBorrowed(entry) }
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
