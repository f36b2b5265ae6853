// Send a session's unsent rows, batch by batch, each compared by revision before it is marked.
import { RemoteError, wordsOf } from '../domain/errors'
import type { SessionId } from '../domain/ids'
import type { RowVerdict } from '../ports/server'
import { acknowledge } from './acknowledge'
import type { InFlightGuard } from './in-flight'
import type { NetworkDeps } from './network-deps'
import { fenceOf } from './session-row'
import { readUnsent, type UnsentRow, unsentScans } from './unsent'

/** Answers 500 in a row after which the batch is cut up: Moqui says 500 also for one bad row. */
const SERVER_ERRORS_BEFORE_BISECT = 5

/** What push remembers between runs; one per worker life. */
export interface PushMemory {
  readonly inFlight: InFlightGuard
  readonly serverErrors: Map<SessionId, number>
}

/**
 * Send what is unsent until nothing is, or until the batch limit: scanning goes on meanwhile, the next run goes on.
 *
 * A crash between the answer and the mark sends a batch again, which changes nothing on the server (I15). A row that
 * the server refuses by itself goes to quarantine, the others proceed (I14, I16).
 *
 * @returns rows that the server answered for
 * @throws {RemoteError} what was not acknowledged is still unsent. Rules: docs/SPEC.md PU
 */
export async function pushSession(
  deps: NetworkDeps,
  memory: PushMemory,
  sessionId: SessionId,
  signal?: AbortSignal,
): Promise<number> {
  const fence = await fenceOf(deps, sessionId)
  let sentRows = 0
  for (let batch = 0; batch < deps.limits.pushBatchesMax; batch++) {
    const rows = await readUnsent(deps, sessionId, deps.limits.pushBatch)
    if (rows.length === 0) break
    sentRows += await sendBatch({ deps, memory, sessionId, fence, signal }, rows)
  }
  return sentRows
}

interface Push {
  readonly deps: NetworkDeps
  readonly memory: PushMemory
  readonly sessionId: SessionId
  readonly fence: number | null
  readonly signal: AbortSignal | undefined
}

async function sendBatch(push: Push, rows: readonly UnsentRow[]): Promise<number> {
  const { memory, sessionId } = push
  const hasFailedOften = (memory.serverErrors.get(sessionId) ?? 0) >= SERVER_ERRORS_BEFORE_BISECT
  try {
    const report = hasFailedOften ? await sendAround500(push, rows) : await sendOrSplit(push, rows)
    memory.serverErrors.delete(sessionId)
    return report
  } catch (error) {
    if (error instanceof RemoteError && error.details.status === 500)
      memory.serverErrors.set(sessionId, (memory.serverErrors.get(sessionId) ?? 0) + 1)
    throw error
  }
}

/** Halve what the server finds too large or wrong, down to the single row that is to blame: O(log n) requests a row. */
async function sendOrSplit(push: Push, rows: readonly UnsentRow[]): Promise<number> {
  try {
    return await sendRows(push, rows)
  } catch (error) {
    if (!isAboutRows(error)) throw error
    const [only] = rows
    if (rows.length === 1 && only !== undefined) {
      await quarantine(push, only, error)
      return 1
    }
    const middle = Math.ceil(rows.length / 2)
    const first = await sendOrSplit(push, rows.slice(0, middle))
    return first + (await sendOrSplit(push, rows.slice(middle)))
  }
}

/**
 * The batch failed with 500 again and again. Send its rows one by one: where some pass and some do not, those are
 * to blame. When none passes the server is: nothing is quarantined.
 */
async function sendAround500(push: Push, rows: readonly UnsentRow[]): Promise<number> {
  const failed: { row: UnsentRow; error: RemoteError }[] = []
  for (const row of rows) {
    try {
      await sendOrSplit(push, [row])
    } catch (error) {
      if (!(error instanceof RemoteError) || error.details.status !== 500) throw error
      failed.push({ row, error })
    }
    // The server is broken, not the rows: stop after a few.
    if (failed.length === SERVER_ERRORS_BEFORE_BISECT && failed.length === rows.indexOf(row) + 1)
      break
  }
  const [first] = failed
  if (
    first !== undefined &&
    (failed.length === rows.length || failed.length === SERVER_ERRORS_BEFORE_BISECT)
  )
    throw first.error
  for (const { row, error } of failed) await quarantine(push, row, error)
  return rows.length
}

async function sendRows(
  { deps, memory, sessionId, fence, signal }: Push,
  rows: readonly UnsentRow[],
): Promise<number> {
  const uuids = rows.map((row) => row.uuid)
  const unsent = await unsentScans(deps, sessionId)
  await memory.inFlight.begin(sessionId, uuids)
  const answer = await answerOf(memory, sessionId, () =>
    deps.api.putItems({ sessionId, rows, fence, unsentScans: unsent }, signal),
  )
  await acknowledge(deps, sessionId, rows, answer)
  await memory.inFlight.settled()
  // An answer that names none of our rows is no progress: without this the loop would send the same batch for ever.
  if (answer.verdicts.length === 0)
    throw new RemoteError('server-down', 'The answer names none of the rows sent')
  noteVerdicts(deps, sessionId, answer.verdicts)
  return answer.verdicts.length
}

/** A refusal is an answer: nothing is under way any more. Anything else may still arrive. */
async function answerOf<T>(
  memory: PushMemory,
  sessionId: SessionId,
  ask: () => Promise<T>,
): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof RemoteError && !error.isRetryable) await memory.inFlight.settled()
    else memory.inFlight.unknown(sessionId)
    throw error
  }
}

function isAboutRows(error: unknown): error is RemoteError {
  return (
    error instanceof RemoteError && (error.reason === 'rejected' || error.reason === 'too-large')
  )
}

async function quarantine(
  { deps, sessionId }: Push,
  row: UnsentRow,
  error: RemoteError,
): Promise<void> {
  const code =
    error.details.code ??
    (error.reason === 'too-large' ? 'TOO_LARGE' : `HTTP_${error.details.status ?? 0}`)
  deps.log.write('error', 'row-quarantined', { sessionId, uuid: row.uuid, rev: row.rev, code })
  const verdicts: RowVerdict[] = [
    { uuid: row.uuid, verdict: 'rejected', code, message: wordsOf(error) },
  ]
  await acknowledge(deps, sessionId, [row], { verdicts, serverTime: null })
}

function noteVerdicts(
  deps: NetworkDeps,
  sessionId: SessionId,
  verdicts: readonly RowVerdict[],
): void {
  const count = (verdict: RowVerdict['verdict']): number =>
    verdicts.filter((it) => it.verdict === verdict).length
  deps.log.write('info', 'push', {
    sessionId,
    rows: verdicts.length,
    late: count('late'),
    held: count('held'),
    rejected: count('rejected'),
  })
}
