// One run of the sync: fold, push, pull what is due, evidence, queued submits. Alone over all windows of the device.
import { RemoteError } from '../domain/errors'
import type { SessionId } from '../domain/ids'
import { checkEpoch } from './epoch'
import { sendEvidence } from './evidence'
import { foldNew } from './fold'
import type { LockKeeper } from './lock-keeper'
import type { NetworkDeps } from './network-deps'
import { pullSession } from './pull'
import { type PushMemory, pushSession } from './push'
import { readBack } from './read-back'
import { readSessions } from './session-row'
import { carryOutSubmit } from './submit'
import { sessionsWithUnsent } from './unsent'

/** What runs remember between them; one per worker life. */
export interface RunMemory {
  readonly push: PushMemory
  /** Sessions whose items want pulling. */
  readonly pullsDue: Set<SessionId>
  /** Sessions whose evidence may lag; null: all of them, at the first run of a life. */
  evidenceDue: Set<SessionId> | null
  /** The server answered as ours since the last failure: no probe needed. */
  isProbed: boolean
}

export interface RunResult {
  /** Rows that the server answered for. */
  readonly sentRows: number
  /** The first session that the server refuses as a whole; the others went on. */
  readonly refusal: RemoteError | null
  /** Something is left that a next run can do at once. */
  readonly hasMore: boolean
}

export interface RunParts {
  readonly deps: NetworkDeps
  readonly keeper: LockKeeper
  readonly memory: RunMemory
}

/**
 * @throws {RemoteError} `offline` and its like, `unauthorized`, `outdated`: the run ends, all that is unsent stays so
 */
export async function runOnce(parts: RunParts, signal: AbortSignal): Promise<RunResult> {
  const { deps, memory } = parts
  const { sessions: folded } = await foldNew(deps, signal)
  for (const sessionId of folded) memory.evidenceDue?.add(sessionId)
  if (!memory.isProbed) {
    await checkEpoch(deps, signal)
    memory.isProbed = true
  }
  const scopes = createScopes(deps)
  let sentRows = 0
  for (const sessionId of await sessionsWithUnsent(deps)) {
    await scopes.attempt(sessionId, async () => {
      sentRows += await pushSession(deps, memory.push, sessionId, signal)
      memory.evidenceDue?.add(sessionId)
    })
  }
  await storeServerClock(deps)
  await pullDue(parts, scopes, signal)
  const hasMoreEvidence = await sendDueEvidence(parts, scopes, signal)
  await carryOutSubmits(parts, scopes, signal)
  const mended = await readBackDoubtful(parts, scopes, signal)
  const left = (await sessionsWithUnsent(deps)).filter((it) => !scopes.refused.has(it))
  return {
    sentRows,
    refusal: scopes.first(),
    hasMore: hasMoreEvidence || mended > 0 || (left.length > 0 && sentRows > 0),
  }
}

interface Scopes {
  readonly refused: ReadonlySet<SessionId>
  /** Run `work`; a refusal of this one session is noted and the next session gets its turn. */
  attempt: (sessionId: SessionId, work: () => Promise<void>) => Promise<void>
  first: () => RemoteError | null
}

function createScopes(deps: NetworkDeps): Scopes {
  const refused = new Set<SessionId>()
  let first: RemoteError | null = null
  return {
    refused,
    first: () => first,
    async attempt(sessionId, work) {
      if (refused.has(sessionId)) return
      try {
        await work()
      } catch (error) {
        if (!(error instanceof RemoteError) || !isAboutOneSession(error)) throw error
        refused.add(sessionId)
        first ??= error
        deps.log.write('error', 'session-refused', {
          sessionId,
          reason: error.reason,
          message: error.message,
        })
      }
    },
  }
}

/** The rest of the reasons concern the network, the sign-in or this version: they end the run. */
function isAboutOneSession({ reason }: RemoteError): boolean {
  return (
    reason !== 'offline' &&
    reason !== 'captive-portal' &&
    reason !== 'server-down' &&
    reason !== 'unauthorized' &&
    reason !== 'outdated'
  )
}

async function pullDue(
  { deps, memory }: RunParts,
  scopes: Scopes,
  signal: AbortSignal,
): Promise<void> {
  for (const sessionId of [...memory.pullsDue]) {
    await scopes.attempt(sessionId, async () => {
      await pullSession(deps, sessionId, { signal })
      memory.pullsDue.delete(sessionId)
    })
  }
}

async function sendDueEvidence(
  { deps, memory }: RunParts,
  scopes: Scopes,
  signal: AbortSignal,
): Promise<boolean> {
  const all = memory.evidenceDue ?? new Set((await readSessions(deps)).map((it) => it.sessionId))
  const due = new Set(all)
  memory.evidenceDue = due
  let hasMore = false
  for (const sessionId of all) {
    await scopes.attempt(sessionId, async () => {
      const result = await sendEvidence(deps, sessionId, signal)
      if (result === 'more') hasMore = true
      else due.delete(sessionId)
    })
  }
  return hasMore
}

async function carryOutSubmits(
  { deps, keeper, memory }: RunParts,
  scopes: Scopes,
  signal: AbortSignal,
): Promise<void> {
  const queued = (await readSessions(deps)).filter(
    (it) => it.submitQueuedAt !== null && it.submitProblem === null,
  )
  for (const { sessionId } of queued) {
    await scopes.attempt(sessionId, async () => {
      await carryOutSubmit({ deps, keeper, memory: memory.push }, sessionId, signal)
    })
  }
}

/** Base profile only: the set is empty in the extended one. */
async function readBackDoubtful(
  { deps, keeper, memory }: RunParts,
  scopes: Scopes,
  signal: AbortSignal,
): Promise<number> {
  const { doubtful } = memory.push.inFlight
  let mended = 0
  for (const sessionId of [...doubtful]) {
    await scopes.attempt(sessionId, async () => {
      const again = await readBack(deps, keeper, sessionId, signal)
      mended += again
      // Rows that were sent once more are looked at once more.
      if (again === 0) doubtful.delete(sessionId)
    })
  }
  return mended
}

/** Known to the append of the next scans: counted-at is device time plus this. */
async function storeServerClock(deps: NetworkDeps): Promise<void> {
  const offset = deps.api.clockOffset()
  if (offset === null) return
  await deps.scans.tx(['meta'], 'rw', (tx) => tx.put('meta', { k: 'serverClock', ...offset }))
}
