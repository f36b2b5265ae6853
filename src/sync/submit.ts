// Submit is a barrier: the server must show every own row as it is here before the session's status moves (decision 17).
import { RemoteError } from '../domain/errors'
import type { SessionId } from '../domain/ids'
import type { Lease } from '../domain/lock'
import type { OutboxRow, SessionRow } from '../ports/scans-schema'
import { resetAcks } from './acknowledge'
import { foldNew } from './fold'
import type { LockKeeper } from './lock-keeper'
import type { NetworkDeps } from './network-deps'
import { type PushMemory, pushSession } from './push'
import { changeSession, readSession } from './session-row'
import { compareWithServer, type Differences } from './verify'

export type SubmitProblem = NonNullable<SessionRow['submitProblem']>
export type SubmitResult = 'done' | 'nothing-queued' | SubmitProblem

export interface SubmitParts {
  readonly deps: NetworkDeps
  readonly keeper: LockKeeper
  readonly memory: PushMemory
}

/** Batches of push runs before a submit gives up for now: new scans are refused meanwhile, so one pass should do. */
const PUSH_PASSES_MAX = 5

/** From now on this device refuses scans of the session, until it is through or withdrawn. Repeating keeps the first time. */
export async function queueSubmit(deps: NetworkDeps, sessionId: SessionId): Promise<void> {
  const queuedAt = deps.clock.now()
  await changeSession(deps, sessionId, (row) => ({
    ...row,
    submitQueuedAt: row.submitQueuedAt ?? queuedAt,
    submitProblem: null,
  }))
}

export async function withdrawSubmit(deps: NetworkDeps, sessionId: SessionId): Promise<void> {
  await changeSession(deps, sessionId, (row) => ({
    ...row,
    submitQueuedAt: null,
    submitProblem: null,
  }))
}

/**
 * Carry a queued submit out. Repeatable: a lost answer is asked for again under the same requestId.
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
    if (await isSubmittedAlready(deps, row)) return await finish(parts, sessionId)
    await foldNew(deps, signal)
    const lease = await lockFor(parts, row)
    if (!(await pushAll(parts, sessionId, signal))) return await refuse(deps, sessionId, 'rejected')
    const problem = await differenceOf(parts, sessionId, signal)
    if (problem !== null) return await refuse(deps, sessionId, problem)
    const requestId = `submit:${sessionId}:${row.submitQueuedAt}`
    await deps.api.setSessionStatus(sessionId, 'submitted', lease.fence, requestId)
    return await finish(parts, sessionId)
  } catch (error) {
    const problem = problemOf(error)
    if (problem === null) throw error
    // A submit of ours whose answer was lost looks like a refused move on a server without requestIds.
    if (problem === 'rejected' && (await isSubmittedAlready(deps, row)))
      return await finish(parts, sessionId)
    if (problem === 'stale-fence') keeper.recheck()
    return await refuse(deps, sessionId, problem)
  }
}

async function isSubmittedAlready(deps: NetworkDeps, row: SessionRow): Promise<boolean> {
  return (await deps.api.session(row.sessionId))?.status === 'submitted'
}

/** The fence must be current: a lock that was never asked for, or ran out offline, is asked for now. Base: also to see that it is ours. */
async function lockFor(
  { deps, keeper }: SubmitParts,
  { sessionId, lock }: SessionRow,
): Promise<Lease> {
  if (
    deps.abilities.profile === 'extended' &&
    keeper.stateOf(sessionId) === 'held' &&
    lock.lease !== null
  )
    return lock.lease
  return keeper.acquire(sessionId, { takeOver: false })
}

/** @returns false when the server refused some row: then it does not hold the whole count */
async function pushAll(
  { deps, memory }: SubmitParts,
  sessionId: SessionId,
  signal?: AbortSignal,
): Promise<boolean> {
  for (let pass = 0; pass < PUSH_PASSES_MAX; pass++) {
    if ((await pushSession(deps, memory, sessionId, signal)) === 0) break
  }
  const quarantined = await deps.scans.tx(['quarantine'], 'r', (tx) =>
    tx.range('quarantine', 'sessionId', { lower: sessionId, upper: sessionId, limit: 1000 }),
  )
  return quarantined.every((it) => it.kind !== 'rejected')
}

/** One repair: what the server lacks is sent once more. What differs then was changed by somebody else. */
async function differenceOf(
  { deps, memory }: SubmitParts,
  sessionId: SessionId,
  signal?: AbortSignal,
): Promise<SubmitProblem | null> {
  const first = await compareWithServer(deps, sessionId, signal)
  if (first.uuids.length === 0) return null
  deps.log.write('warn', 'submit-differs', { sessionId, rows: first.uuids.length })
  await sendAgain(deps, sessionId, first)
  await pushSession(deps, memory, sessionId, signal)
  const second = await compareWithServer(deps, sessionId, signal)
  return second.uuids.length === 0 ? null : 'changed-elsewhere'
}

/** Put rows back among the unsent ones. Extended: what is acknowledged is set to what the server shows. */
export async function sendAgain(
  deps: NetworkDeps,
  sessionId: SessionId,
  { uuids, items }: Differences,
): Promise<void> {
  if (deps.abilities.profile === 'extended') return resetAcks(deps, sessionId, items)
  const rows = uuids.map((uuid): OutboxRow => ({ uuid, sessionId }))
  await deps.scans.tx(['outbox'], 'rw', (tx) => tx.bulkPut('outbox', rows))
}

async function finish({ deps, keeper }: SubmitParts, sessionId: SessionId): Promise<'done'> {
  await changeSession(deps, sessionId, (row) => ({
    ...row,
    session: { ...row.session, status: 'submitted' },
    submitQueuedAt: null,
    submitProblem: null,
  }))
  await keeper.leave(sessionId)
  deps.log.write('info', 'submitted', { sessionId })
  return 'done'
}

async function refuse(
  deps: NetworkDeps,
  sessionId: SessionId,
  problem: SubmitProblem,
): Promise<SubmitProblem> {
  await changeSession(deps, sessionId, (row) => ({ ...row, submitProblem: problem }))
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
    case 'unauthorized':
    case 'unsupported':
    case 'outdated':
      return null
  }
}
