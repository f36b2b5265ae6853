// Send a session's unsent rows, batch by batch, each compared by revision before it is marked.
import { RemoteError, wordsOf } from '../domain/errors'
import type { SessionId } from '../domain/ids'
import type { SessionStatus } from '../domain/session'
import type { RowVerdict } from '../ports/server'
import { acknowledge } from './acknowledge'
import type { Elsewhere } from './elsewhere'
import { giveWay } from './give-way'
import type { InFlightGuard } from './in-flight'
import type { NetworkDeps } from './network-deps'
import { SESSION_CLOSED } from '../ports/scans-schema'
import { changeSession, fenceOf, isOpenStatus } from './session-row'
import { readUnsent, type UnsentRow, unsentScans } from './unsent'

/** Answers 500 in a row after which the batch is cut up: Moqui says 500 also for one bad row. */
const SERVER_ERRORS_BEFORE_BISECT = 5

/** What push remembers between runs; one per worker life. */
export interface PushMemory {
  readonly inFlight: InFlightGuard
  readonly serverErrors: Map<SessionId, number>
  /** Sessions whose rows the server answered for: their evidence follows. Whoever sends evidence takes them out. */
  readonly pushed: Set<SessionId>
}

export interface PushOptions {
  readonly signal?: AbortSignal | undefined
  /** Hears every verdict, in the order of the answers. */
  readonly onVerdict?: (verdict: RowVerdict) => void
  /** Hears what the answers tell of other devices. */
  readonly elsewhere?: Pick<Elsewhere, 'answered'>
  /** Hears how many rows were kept back because their session is closed: nothing of them was sent. */
  readonly onHeld?: (rows: number) => void
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
  options: PushOptions = {},
): Promise<number> {
  const fence = await fenceOf(deps, sessionId)
  let closed: SessionStatus | null = null
  let sentRows = 0
  for (let batch = 0; batch < deps.limits.pushBatchesMax; batch++) {
    const rows = await readUnsent(deps, sessionId, deps.limits.pushBatch)
    if (rows.length === 0) break
    if (batch === 0) closed = await closedStatusOf(deps, sessionId, options.signal)
    if (batch === 0 && closed === null && (await giveWay(deps, sessionId, options.signal)) > 0) continue
    if (closed === null)
      sentRows += await sendBatch({ deps, memory, sessionId, fence, options }, rows)
    else {
      await holdRows(deps, sessionId, rows, closed)
      options.onHeld?.(rows.length)
    }
  }
  if (sentRows > 0) memory.pushed.add(sessionId)
  return sentRows
}

/**
 * A base server takes rows at any time, also into an approved count, and says nothing. So it is asked first, once a
 * push. The extended one judges every row itself.
 *
 * @returns null while the session takes rows
 */
async function closedStatusOf(
  deps: NetworkDeps,
  sessionId: SessionId,
  signal: AbortSignal | undefined,
): Promise<SessionStatus | null> {
  if (deps.abilities.profile === 'extended') return null
  signal?.throwIfAborted()
  const session = await deps.api.session(sessionId)
  if (session === null)
    throw new RemoteError('not-found', 'This session is not on the server any more')
  if (isOpenStatus(session.status)) return null
  await changeSession(deps, sessionId, (row) => ({ ...row, session }))
  return session.status
}

/** Evidence of a closed session: kept, shown, and not sent. Rules: docs/SPEC.md PU17 */
async function holdRows(
  deps: NetworkDeps,
  sessionId: SessionId,
  rows: readonly UnsentRow[],
  status: SessionStatus,
): Promise<void> {
  const verdicts = rows.map(({ uuid, rev, importItemSeqId }): RowVerdict => ({
    uuid,
    verdict: 'held',
    rev,
    importItemSeqId,
    lastUpdatedStamp: null,
    code: SESSION_CLOSED,
    message: `The session is ${status}`,
  }))
  await acknowledge(deps, sessionId, rows, { verdicts, serverTime: null })
  deps.log.write('warn', 'rows-held', { sessionId, rows: rows.length, status })
}

interface Push {
  readonly deps: NetworkDeps
  readonly memory: PushMemory
  readonly sessionId: SessionId
  readonly fence: number | null
  readonly options: PushOptions
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
  { deps, memory, sessionId, fence, options }: Push,
  rows: readonly UnsentRow[],
): Promise<number> {
  const uuids = rows.map((row) => row.uuid)
  // What stays missing once this batch has arrived: nobody else corrects the figure when this device falls silent.
  const unsent = (await unsentScans(deps, sessionId)) - rows.reduce((sum, row) => sum + row.newScans, 0)
  await memory.inFlight.begin(sessionId, uuids)
  const answer = await answerOf(memory, sessionId, () =>
    deps.api.putItems({ sessionId, rows, fence, unsentScans: Math.max(0, unsent) }, options.signal),
  )
  await acknowledge(deps, sessionId, rows, answer)
  await memory.inFlight.settled()
  // An answer that names none of our rows is no progress: without this the loop would send the same batch for ever.
  if (answer.verdicts.length === 0)
    throw new RemoteError('server-down', 'The answer names none of the rows sent')
  for (const verdict of answer.verdicts) options.onVerdict?.(verdict)
  if (answer.elsewhere !== undefined)
    await options.elsewhere?.answered(sessionId, answer.elsewhere, answer.serverTime)
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
