// Open a session for counting: own work first, then the lock, then what others did, then ready (sync.md 2.10).
import { RemoteError } from '../domain/errors'
import type { SessionId } from '../domain/ids'
import type { LockState } from '../domain/lock'
import type { CountSession, CycleCount, PendingElsewhere } from '../domain/session'
import type { SessionRow } from '../ports/scans-schema'
import { foldNew } from './fold'
import type { LockKeeper } from './lock-keeper'
import type { NetworkDeps } from './network-deps'
import { pullSession } from './pull'
import { type PushMemory, pushSession } from './push'
import { sendHeldAgain } from './quarantine'
import { checkSession } from './self-check'
import { changeSession, isOpenStatus, readSession } from './session-row'

export interface OpenedSession {
  readonly lock: LockState
  readonly pendingElsewhere: readonly PendingElsewhere[]
}

export interface ResumeParts {
  readonly deps: NetworkDeps
  readonly keeper: LockKeeper
  readonly memory: PushMemory
  /** Runs work alone over all windows, as the scheduler does, or not at all: a resume must not push beside it. */
  readonly aloneIfFree: <R>(work: () => Promise<R>) => Promise<R | 'taken'>
  /** Have the scheduler send what is unsent, then pull, as soon as it can. */
  readonly pullLater: (sessionId: SessionId) => void
  /** Rows went out: the window learns it before the pull, which may take long. */
  readonly onSent: (what: 'all') => Promise<void>
  /** Have the scheduler do what is left to do. */
  readonly runLater: () => void
}

/**
 * Fold, push own rows, lock, pull, ready. Without a network it goes on with what the device has. While a sync run goes
 * on in any window, own rows go after it instead: the join never overwrites them, and nobody waits for a long run.
 *
 * @throws {RemoteError} `locked` with the holder; `offline` and the like only when this session was never opened here
 */
export async function openSession(
  parts: ResumeParts,
  sessionId: SessionId,
  takeOver: boolean,
): Promise<OpenedSession> {
  const { deps, keeper, pullLater } = parts
  await foldNew(deps)
  await checkQuietly(deps, sessionId)
  try {
    const isLookLeft = await fetchHeader(parts, sessionId)
    const pushed = await pushIfFree(parts, sessionId)
    if (pushed !== 'taken' && pushed > 0) await parts.onSent('all')
    const lease = await keeper.acquire(sessionId, { takeOver })
    // The server moves a session to ASSIGNED with its first lock.
    await changeSession(deps, sessionId, (row) => ({
      ...row,
      session: { ...row.session, status: 'assigned' },
    }))
    try {
      await pullSession(deps, sessionId)
      if (pushed === 'taken') pullLater(sessionId)
      // The evidence follows its rows; and a look that waits for the lock begins to wait for its time.
      else if (pushed > 0 || isLookLeft) parts.runLater()
    } catch (error) {
      // The lock is ours and own rows are safe: an unfinished pull is taken up by the scheduler.
      if (!isPassing(error) || (await readSession(deps, sessionId))?.pulledAt == null) {
        await keeper.leave(sessionId)
        throw error
      }
      pullLater(sessionId)
    }
    return { lock: keeper.stateOf(sessionId), pendingElsewhere: lease.pendingElsewhere }
  } catch (error) {
    const stored = await readSession(deps, sessionId)
    // Ready means: pulled at least once. Before that the device does not know what to ask for.
    if (!isPassing(error) || stored?.pulledAt == null) throw error
    deps.log.write('info', 'resume-offline', { sessionId, reason: error.reason })
    return { lock: await keeper.resumeOffline(sessionId), pendingElsewhere: [] }
  }
}

/** What is wrong is put right before anything is sent; what cannot be put right must not keep anybody from counting. */
async function checkQuietly(deps: NetworkDeps, sessionId: SessionId): Promise<void> {
  try {
    await checkSession(deps, sessionId)
  } catch (error) {
    deps.log.write('error', 'self-check-broke', { sessionId, message: String(error) })
  }
}

/** Trouble that counting goes on in spite of: no network, or a sign-in that ran out (decision 19). */
function isPassing(error: unknown): error is RemoteError {
  return error instanceof RemoteError && (error.isRetryable || error.reason === 'unauthorized')
}

/** @returns rows sent, or `taken` while a run of this or another window is under way */
function pushIfFree(
  { deps, memory, aloneIfFree }: ResumeParts,
  sessionId: SessionId,
): Promise<number | 'taken'> {
  return aloneIfFree(async () => {
    await sendHeldAgain(deps, sessionId)
    return pushOwn(deps, memory, sessionId)
  })
}

/** Own rows that cannot go now go later: the join never overwrites them, so the pull may come first. */
async function pushOwn(
  deps: NetworkDeps,
  memory: PushMemory,
  sessionId: SessionId,
): Promise<number> {
  try {
    return await pushSession(deps, memory, sessionId)
  } catch (error) {
    const isPassingThere =
      error instanceof RemoteError && (error.reason === 'server-down' || error.reason === 'not-yet')
    if (!isPassingThere) throw error
    deps.log.write('warn', 'resume-push-waits', { sessionId, message: error.message })
    return 0
  }
}

/**
 * Session and cycle count as the server has them now, kept for a cold start.
 *
 * @returns whether another window has left a look at the session behind
 * @throws RemoteError `not-found`, `rejected` when it is closed
 */
async function fetchHeader({ deps, memory }: ResumeParts, sessionId: SessionId): Promise<boolean> {
  const session = await deps.api.session(sessionId)
  // An empty answer is how the server says "no such session", and how some portals answer everything: ask for something
  // that is always there (decision 13).
  if (session === null) await deps.api.profile()
  if (session === null)
    throw new RemoteError('not-found', 'This session is not on the server any more')
  const { stored, isLookLeft } = await readOpening(deps, memory, sessionId)
  if (!isOpenStatus(session.status)) {
    if (stored !== undefined) await changeSession(deps, sessionId, (row) => ({ ...row, session }))
    throw new RemoteError('rejected', `This session is ${session.status} and cannot be counted`, {
      code: 'SESSION_CLOSED',
    })
  }
  const cycleCount = await deps.api.cycleCount(session.cycleCountId)
  if (cycleCount === null)
    throw new RemoteError('not-found', 'The cycle count is not on the server any more')
  await storeHeader(deps, session, cycleCount)
  return isLookLeft
}

/** In one read, so that no opening takes longer for the look; an extended server wants none. */
function readOpening(
  { scans, abilities }: NetworkDeps,
  { inFlight }: PushMemory,
  sessionId: SessionId,
): Promise<{ readonly stored: SessionRow | undefined; readonly isLookLeft: boolean }> {
  const tables = abilities.profile === 'extended' ? (['sessions'] as const) : (['sessions', 'meta'] as const)
  return scans.tx(tables, 'r', async (tx) => ({
    stored: await tx.get('sessions', sessionId),
    isLookLeft: await inFlight.looks.isLeftBehind(tx, sessionId),
  }))
}

function storeHeader(
  deps: NetworkDeps,
  session: CountSession,
  { sessions: _, ...cycleCount }: CycleCount,
): Promise<void> {
  return deps.scans.tx(['sessions'], 'rw', async (tx) => {
    const row = await tx.get('sessions', session.sessionId)
    const fresh: SessionRow = {
      sessionId: session.sessionId,
      session,
      cycleCount,
      lock: { state: 'none', lease: null, lostTo: null },
      pulledAt: null,
      submitQueuedAt: null,
      submitProblem: null,
    }
    await tx.put('sessions', row === undefined ? fresh : { ...row, session, cycleCount })
  })
}
