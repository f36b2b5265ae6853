// Send a session's unsent rows, batch by batch, each compared by revision before it is marked.
import { backoffMs } from '../domain/backoff'
import { RemoteError, wordsOf } from '../domain/errors'
import type { RowUuid, SessionId } from '../domain/ids'
import type { SessionStatus } from '../domain/session'
import type { RowVerdict } from '../ports/server'
import { acknowledge, type SentRow } from './acknowledge'
import type { Elsewhere } from './elsewhere'
import { giveWay } from './give-way'
import { createInFlightGuard, type InFlightGuard } from './in-flight'
import type { NetworkDeps } from './network-deps'
import { keepBack } from './quarantine'
import { changeSession, fenceOf, isOpenStatus } from './session-row'
import {
  type FailedRow,
  isServerError,
  type RunAnswers,
  sendAround500,
  SERVER_ERROR_CODE,
  SERVER_ERRORS_BEFORE_SEARCH,
  type ServerErrors,
  takeBackBlamed,
} from './server-errors'
import { readUnsent, type UnsentRow, unsentRowsOf, unsentScans } from './unsent'

/** What push remembers between runs; one per worker life. */
export interface PushMemory {
  readonly inFlight: InFlightGuard
  readonly serverErrors: Map<SessionId, ServerErrors>
  /** The only unsent row of its session, which made the server fail often enough: to blame where others go through. */
  readonly lonely: Map<SessionId, FailedRow>
  /** Rows that are sent again after they were quarantined for a 500, with the revision that failed. */
  readonly blamedBefore: Map<RowUuid, number>
  /** Monotone time at which rows that were quarantined for a 500 are sent again; null: there are none. */
  blamedAgainAt: number | null
  /** Of the run under way. */
  readonly answers: RunAnswers
  /** Sessions whose rows the server answered for: their evidence follows. Whoever sends evidence takes them out. */
  readonly pushed: Set<SessionId>
}

export function createPushMemory(deps: NetworkDeps): PushMemory {
  return {
    inFlight: createInFlightGuard(deps),
    serverErrors: new Map(),
    lonely: new Map(),
    blamedBefore: new Map(),
    blamedAgainAt: 0,
    answers: { failuresInARow: 0, hasPassed: false },
    pushed: new Set(),
  }
}

export interface PushOptions {
  readonly signal?: AbortSignal | undefined
  /** Hears every verdict, in the order of the answers. */
  readonly onVerdict?: (verdict: RowVerdict) => void
  /** Hears of each batch that was answered and marked; the next one waits for it. */
  readonly onBatch?: () => Promise<void>
  /** Hears what the answers tell of other devices. */
  readonly elsewhere?: Pick<Elsewhere, 'answered'>
  /** Hears how many rows were kept back because their session is closed: nothing of them was sent. */
  readonly onHeld?: (rows: number) => void
}

/**
 * Send what is unsent, batch by batch, or until the batch limit: scanning goes on meanwhile, the next run goes on.
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
    const rows = await nextRows(deps, memory, sessionId)
    if (rows.length === 0) {
      memory.serverErrors.delete(sessionId)
      break
    }
    if (batch === 0) closed = await closedStatusOf(deps, sessionId, options.signal)
    if (batch === 0 && closed === null && (await giveWay(deps, sessionId, options.signal)) > 0)
      continue
    if (closed === null) {
      const answered = await sendBatch({ deps, memory, sessionId, fence, options }, rows)
      sentRows += answered
      // All that there was. What was scanned meanwhile has a pause of its own: on a slow line this would never end (WK68).
      if (answered === rows.length && rows.length < deps.limits.pushBatch && !memory.serverErrors.has(sessionId)) break
    } else {
      await keepBack(deps, sessionId, rows, closed)
      deps.log.write('warn', 'rows-held', { sessionId, rows: rows.length, status: closed })
      options.onHeld?.(rows.length)
    }
  }
  return sentRows
}

/** From where the last search for a row that makes the server fail found nothing, else from the first. */
async function nextRows(
  deps: NetworkDeps,
  { serverErrors }: PushMemory,
  sessionId: SessionId,
): Promise<readonly UnsentRow[]> {
  const { pushBatch } = deps.limits
  const after = serverErrors.get(sessionId)?.after ?? ''
  const rows = after === '' ? [] : await readUnsent(deps, sessionId, pushBatch, after)
  return rows.length > 0 ? rows : readUnsent(deps, sessionId, pushBatch)
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

interface Push {
  readonly deps: NetworkDeps
  readonly memory: PushMemory
  readonly sessionId: SessionId
  readonly fence: number | null
  readonly options: PushOptions
}

async function sendBatch(push: Push, rows: readonly UnsentRow[]): Promise<number> {
  const { memory, sessionId } = push
  const { count, after } = memory.serverErrors.get(sessionId) ?? { count: 0, after: '' }
  try {
    const sent =
      count >= SERVER_ERRORS_BEFORE_SEARCH
        ? await searchAndSend(push, rows)
        : await sendOrSplit(push, rows)
    // Beyond a row that nothing was found out about: the search goes on behind what went through, up to the last row.
    const last = rows.at(-1)?.uuid
    if (after !== '' && last !== undefined) memory.serverErrors.set(sessionId, { count, after: last })
    else memory.serverErrors.delete(sessionId)
    return sent
  } catch (error) {
    if (isServerError(error) && count < SERVER_ERRORS_BEFORE_SEARCH)
      memory.serverErrors.set(sessionId, { count: count + 1, after })
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
      await quarantine(push.deps, push.memory, push.sessionId, { row: only, error })
      return 1
    }
    const middle = Math.ceil(rows.length / 2)
    const first = await sendOrSplit(push, rows.slice(0, middle))
    return first + (await sendOrSplit(push, rows.slice(middle)))
  }
}

/**
 * The batch failed with 500 again and again: find what goes through. Rows that fail beside it are to blame. When nothing
 * does, the server or the whole session is: nothing is quarantined but what was before.
 */
async function searchAndSend(push: Push, rows: readonly UnsentRow[]): Promise<number> {
  const { deps, memory, sessionId } = push
  memory.lonely.delete(sessionId)
  const { blamed, suspects, isComplete, error } = await sendAround500(
    rows,
    memory.answers,
    async (part) => {
      await sendOrSplit(push, part)
    },
  )
  const isKnown = ({ row }: FailedRow): boolean => memory.blamedBefore.get(row.uuid) === row.rev
  for (const it of [...blamed, ...suspects.filter(isKnown)])
    await quarantine(deps, memory, sessionId, it)
  if (error === null || (isComplete && suspects.every(isKnown))) return rows.length
  const last: RowUuid | undefined = suspects.at(-1)?.row.uuid
  memory.serverErrors.set(sessionId, { count: SERVER_ERRORS_BEFORE_SEARCH, after: last ?? '' })
  const [lonely] = suspects.filter((it) => !isKnown(it))
  if (lonely !== undefined && (await unsentRowsOf(deps, sessionId)) === 1)
    memory.lonely.set(sessionId, lonely)
  throw error
}

/**
 * Rows that were quarantined for a 500 are sent again at the first run of a life, and then at the longest interval.
 * Their session is searched at once, so that its other rows do not fail with them. Rule: docs/SPEC.md PU36
 */
export async function sendBlamedAgain(deps: NetworkDeps, memory: PushMemory): Promise<void> {
  if (memory.blamedAgainAt === null || memory.blamedAgainAt > deps.clock.mono()) return
  memory.blamedAgainAt = null
  memory.blamedBefore.clear()
  for (const { uuid, rev, sessionId } of await takeBackBlamed(deps)) {
    memory.blamedBefore.set(uuid, rev)
    memory.serverErrors.set(sessionId, { count: SERVER_ERRORS_BEFORE_SEARCH, after: '' })
  }
}

/** What the requests of the last run met says nothing about the next: the server may be another by then. */
export function beginRun({ answers, lonely }: PushMemory): void {
  Object.assign(answers, { failuresInARow: 0, hasPassed: false } satisfies RunAnswers)
  lonely.clear()
}

/**
 * Rows of other sessions went through in this run: a row that is all that its session has to send, and failed each
 * time, is to blame. Rule: docs/SPEC.md PU35
 *
 * @returns their sessions
 */
export async function blameLonely(
  deps: NetworkDeps,
  memory: PushMemory,
): Promise<readonly SessionId[]> {
  const blamed = memory.answers.hasPassed ? [...memory.lonely] : []
  for (const [sessionId, failed] of blamed) {
    await quarantine(deps, memory, sessionId, failed)
    memory.serverErrors.delete(sessionId)
    memory.lonely.delete(sessionId)
  }
  return blamed.map(([sessionId]) => sessionId)
}

async function sendRows(
  { deps, memory, sessionId, fence, options }: Push,
  rows: readonly UnsentRow[],
): Promise<number> {
  const uuids = rows.map((row) => row.uuid)
  // What stays missing once this batch has arrived: nobody else corrects the figure when this device falls silent.
  const unsent =
    (await unsentScans(deps, sessionId)) - rows.reduce((sum, row) => sum + row.newScans, 0)
  await memory.inFlight.begin(sessionId, uuids)
  const answer = await answerOf(memory, sessionId, () =>
    deps.api.putItems({ sessionId, rows, fence, unsentScans: Math.max(0, unsent) }, options.signal),
  )
  await acknowledge(deps, sessionId, asSent(deps, rows), answer)
  await memory.inFlight.settled()
  // An answer that names none of our rows is no progress: without this the loop would send the same batch for ever.
  if (answer.verdicts.length === 0)
    throw new RemoteError('server-down', 'The answer names none of the rows sent')
  Object.assign(memory.answers, { failuresInARow: 0, hasPassed: true } satisfies RunAnswers)
  memory.pushed.add(sessionId)
  for (const verdict of answer.verdicts) options.onVerdict?.(verdict)
  if (answer.elsewhere !== undefined)
    await options.elsewhere?.answered(sessionId, answer.elsewhere, answer.serverTime)
  noteVerdicts(deps, sessionId, answer.verdicts)
  await options.onBatch?.()
  return answer.verdicts.length
}

/** Whether an item is counted is told to a base server alone: elsewhere its turning makes no row unsent. Rule: docs/SPEC.md PU38 */
function asSent({ abilities }: NetworkDeps, rows: readonly UnsentRow[]): readonly SentRow[] {
  if (abilities.profile !== 'extended') return rows
  return rows.map(({ sendNullQuantity: _, ...row }) => row)
}

/**
 * A refusal is an answer: nothing is under way any more. So is a failure of the server itself; whether it has done
 * something of it is looked at. Anything else may still arrive. Rules: docs/SPEC.md PU13, PU37
 */
async function answerOf<T>(
  memory: PushMemory,
  sessionId: SessionId,
  ask: () => Promise<T>,
): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (isServerError(error)) {
      memory.answers.failuresInARow += 1
      await memory.inFlight.settled()
      memory.inFlight.doubt(sessionId)
    } else if (error instanceof RemoteError && !error.isRetryable) await memory.inFlight.settled()
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
  deps: NetworkDeps,
  memory: PushMemory,
  sessionId: SessionId,
  { row, error }: FailedRow,
): Promise<void> {
  const code = codeOf(error)
  deps.log.write('error', 'row-quarantined', { sessionId, uuid: row.uuid, rev: row.rev, code })
  const verdicts: RowVerdict[] = [
    { uuid: row.uuid, verdict: 'rejected', code, message: wordsOf(error) },
  ]
  await acknowledge(deps, sessionId, [row], { verdicts, serverTime: null })
  if (isServerError(error)) memory.blamedAgainAt ??= deps.clock.mono() + longestWaitMs(deps)
}

function codeOf(error: RemoteError): string {
  const { code, status = 0 } = error.details
  const named = code ?? (error.reason === 'too-large' ? 'TOO_LARGE' : `HTTP_${status}`)
  return isServerError(error) ? SERVER_ERROR_CODE : named
}

function longestWaitMs({ limits, random }: NetworkDeps): number {
  return backoffMs({
    attempt: Number.MAX_SAFE_INTEGER,
    random: random(),
    firstMs: limits.backoffFirstMs,
    capMs: limits.backoffCapMs,
    isThrottled: true,
    retryAfterMs: null,
  })
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
