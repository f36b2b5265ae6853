// Submit is a barrier: the server must show every own row as it is here before the session's status moves (decision 17).
import { RemoteError } from '../domain/errors'
import type { SessionId } from '../domain/ids'
import type { Lease } from '../domain/lock'
import type { SessionRow, SubmitProblem } from '../ports/scans-schema'
import { foldNew } from './fold'
import type { LockKeeper } from './lock-keeper'
import type { NetworkDeps } from './network-deps'
import type { PushMemory } from './push'
import { changeSession, readSession, readSessions, tellLock } from './session-row'
import { isAllInSubmitted, problemBefore } from './submit-barrier'
import type { WindowClaim } from './window-claims'

/** Grants of the lock for one submit: the one that is known, and a new one where its lease was over by the server's clock. */
const GRANTS_MAX = 2

export type SubmitResult = 'done' | 'nothing-queued' | SubmitProblem

export interface SubmitParts {
  readonly deps: NetworkDeps
  readonly keeper: LockKeeper
  readonly memory: PushMemory
  /** Claim the session for this window; null: a window of this device counts there. */
  readonly claim: (sessionId: SessionId) => Promise<WindowClaim | null>
}

/**
 * From now on this device refuses scans of the session, until it is through or withdrawn. Repeating keeps the first
 * time, unless that one went through: the server would only say so again.
 */
export async function queueSubmit(deps: NetworkDeps, sessionId: SessionId): Promise<void> {
  const queuedAt = deps.clock.now()
  const row = await changeSession(deps, sessionId, (before) => ({
    ...before,
    submitQueuedAt: before.submitProblem === 'reopened' ? queuedAt : (before.submitQueuedAt ?? queuedAt),
    submitProblem: null,
  }))
  // The right to count has changed with it, in every window: they ask anew (SE34).
  if (row !== undefined) deps.bus.post({ kind: 'session', sessionId })
}

export async function withdrawSubmit(deps: NetworkDeps, sessionId: SessionId): Promise<void> {
  const row = await changeSession(deps, sessionId, (before) => ({
    ...before,
    submitQueuedAt: null,
    submitProblem: null,
  }))
  if (row !== undefined) deps.bus.post({ kind: 'session', sessionId })
}

/** Sessions whose submit waits for its turn; one with a problem waits for a person. */
export async function queuedSubmits(deps: Pick<NetworkDeps, 'scans' | 'bus'>): Promise<readonly SessionId[]> {
  const rows = await readSessions(deps)
  return rows.flatMap((it) => (it.submitQueuedAt !== null && it.submitProblem === null ? [it.sessionId] : []))
}

/**
 * Carry a queued submit out. Repeatable: a lost answer is asked for again under the same requestId.
 *
 * A lock that was taken for this alone is given back, however it ends.
 *
 * @returns why it is not through, also stored in the session's row; nothing is lost and the queue entry stays
 * @throws {RemoteError} when it has to wait for the network, the server or a sign-in. Rules: docs/SPEC.md SB
 */
export async function carryOutSubmit(
  parts: SubmitParts,
  sessionId: SessionId,
  signal?: AbortSignal,
): Promise<SubmitResult> {
  const { deps, keeper } = parts
  const row = await readSession(deps, sessionId)
  if (row?.submitQueuedAt == null) return 'nothing-queued'
  try {
    if (await isSubmittedAlready(deps, row)) return await finishSubmitted(parts, sessionId, signal)
    // Also where the lock turns out to be another's: what was scanned is there to be sent.
    await foldNew(deps, signal)
    return await submitUnderCurrentLock(parts, row, signal)
  } catch (error) {
    const problem = problemOf(error)
    if (problem === null) throw error
    // A submit of ours whose answer was lost looks like a refused move on a server without requestIds.
    if (problem === 'rejected' && (await isSubmittedAlready(deps, row)))
      return await finishSubmitted(parts, sessionId, signal)
    if (problem === 'stale-fence') keeper.recheck()
    return await refuse(deps, sessionId, problem)
  }
}

/**
 * A lease may be over for the server and not for us: its clock jumped, or ours stood still. Then the fence is refused,
 * and nobody has taken the session over. Rule: docs/SPEC.md SB18
 */
async function submitUnderCurrentLock(parts: SubmitParts, row: SessionRow, signal?: AbortSignal): Promise<SubmitResult> {
  for (let grant = 1; ; grant++) {
    try {
      return await submitUnderLock(parts, row, { isAskedAnew: grant > 1, signal })
    } catch (error) {
      const isStale = error instanceof RemoteError && error.reason === 'stale-fence'
      if (!isStale || grant === GRANTS_MAX || (await isHeldElsewhere(parts.deps, row.sessionId))) throw error
      parts.deps.log.write('warn', 'submit-lease-over', { sessionId: row.sessionId })
    }
  }
}

async function isHeldElsewhere({ api, caller }: NetworkDeps, sessionId: SessionId): Promise<boolean> {
  const lease = await api.getSessionLock(sessionId)
  return lease !== null && !(lease.holder.userName === caller.userName && lease.holder.deviceId === caller.deviceId)
}

interface UnderLock {
  /** The lock that is known has just been refused. */
  readonly isAskedAnew: boolean
  readonly signal: AbortSignal | undefined
}

async function submitUnderLock(parts: SubmitParts, row: SessionRow, { isAskedAnew, signal }: UnderLock): Promise<SubmitResult> {
  const { deps } = parts
  const { sessionId, submitQueuedAt } = row
  const { lease, giveBack } = await lockFor(parts, row, isAskedAnew)
  try {
    const problem = await problemBefore(parts, sessionId, signal)
    if (problem !== null) return await refuse(deps, sessionId, problem)
    // Sending and comparing may take minutes: a person may have thought better of it.
    if ((await readSession(deps, sessionId))?.submitQueuedAt !== submitQueuedAt)
      return 'nothing-queued'
    const requestId = `submit:${sessionId}:${submitQueuedAt}`
    const answered = await deps.api.setSessionStatus(sessionId, 'submitted', lease.fence, requestId)
    if (await isHandedIn(deps, row)) return await finish(parts, sessionId)
    // The server knows this request and has moved on since: it would say the same for ever.
    if (answered === 'submitted') return await refuse(deps, sessionId, 'reopened')
    // An empty answer: a captive portal can say that too. Only the server itself names the new status.
    throw new RemoteError('captive-portal', 'The submit was answered, and the session is not submitted')
  } finally {
    await giveBack()
  }
}

/** An earlier try of ours went through, or another device submitted: then rows of ours may be missing. */
async function finishSubmitted(
  parts: SubmitParts,
  sessionId: SessionId,
  signal?: AbortSignal,
): Promise<SubmitResult> {
  await changeSession(parts.deps, sessionId, (row) => ({
    ...row,
    session: { ...row.session, status: 'submitted' },
  }))
  if (await isAllInSubmitted(parts, sessionId, signal)) return finish(parts, sessionId)
  return refuse(parts.deps, sessionId, 'rejected')
}

/** Somebody may have approved it since. */
async function isHandedIn(deps: NetworkDeps, row: SessionRow): Promise<boolean> {
  const status = (await deps.api.session(row.sessionId))?.status
  return status === 'submitted' || status === 'approved'
}

async function isSubmittedAlready(deps: NetworkDeps, row: SessionRow): Promise<boolean> {
  return (await deps.api.session(row.sessionId))?.status === 'submitted'
}

/** The fence must be current: a lock that was never asked for, or ran out offline, is asked for now. Base: also to see that it is ours. */
async function lockFor(
  { deps, keeper, claim }: SubmitParts,
  { sessionId, lock }: SessionRow,
  isAskedAnew: boolean,
): Promise<{ lease: Lease; giveBack: () => Promise<void> }> {
  const isSure = !isAskedAnew && deps.abilities.profile === 'extended' && keeper.stateOf(sessionId) === 'held'
  if (isSure && lock.lease !== null) return { lease: lock.lease, giveBack: () => Promise.resolve() }
  const borrowed = await keeper.borrow(sessionId)
  return {
    lease: borrowed.lease,
    async giveBack() {
      if (!borrowed.isStillBorrowed()) return
      const here = await claim(sessionId)
      // Another window of this device counts there, under the same lock: this one was told that it has it, and has not (seed 6282).
      if (here === null) {
        keeper.drop(sessionId)
        return tellLock(deps, sessionId, 'elsewhere')
      }
      // Not kept while the network is asked: whoever wants to count here now must not find the session taken.
      here.release()
      if (borrowed.isStillBorrowed()) await keeper.leave(sessionId)
    },
  }
}

async function finish({ deps, keeper }: SubmitParts, sessionId: SessionId): Promise<'done'> {
  await changeSession(deps, sessionId, (row) => ({
    ...row,
    session: { ...row.session, status: 'submitted' },
    submitQueuedAt: null,
    submitProblem: null,
  }))
  await keeper.end(sessionId)
  deps.log.write('info', 'submitted', { sessionId })
  return 'done'
}

async function refuse(
  deps: NetworkDeps,
  sessionId: SessionId,
  problem: SubmitProblem,
): Promise<SubmitProblem> {
  await changeSession(deps, sessionId, (row) =>
    row.submitQueuedAt === null ? row : { ...row, submitProblem: problem },
  )
  deps.log.write('warn', 'submit-refused', { sessionId, problem })
  return problem
}

/** null: it waits, with its place in the queue. */
function problemOf(error: unknown): SubmitProblem | null {
  if (!(error instanceof RemoteError)) return null
  switch (error.reason) {
    case 'locked':
    case 'stale-fence':
      return 'stale-fence'
    case 'rejected':
    case 'forbidden':
    case 'not-found':
    case 'too-large':
      return 'rejected'
    case 'offline':
    case 'captive-portal':
    case 'server-down':
    case 'not-yet':
    case 'unauthorized':
    case 'unsupported':
    case 'outdated':
      return null
  }
}
