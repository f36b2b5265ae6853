// One run of the sync: fold, push, pull what is due, evidence, queued submits. Alone over all windows of the device.
import type { BarcodeWish } from '../domain/barcode-wish'
import type { RemoteError } from '../domain/errors'
import type { SessionId } from '../domain/ids'
import type { MetaRow } from '../ports/scans-schema'
import { readWishes } from '../usecases/barcode-wishes'
import { checkEpoch } from './epoch'
import { sendEvidence } from './evidence'
import type { Elsewhere } from './elsewhere'
import { foldNew } from './fold'
import type { LockKeeper } from './lock-keeper'
import type { NetworkDeps } from './network-deps'
import { pullChanges, pullSession } from './pull'
import { beginRun, blameLonely, type PushMemory, pushSession, sendBlamedAgain } from './push'
import { lookAgain, readBack } from './read-back'
import { rememberBarcodes } from './remember-barcodes'
import {
  createScopes,
  firstTrouble,
  isPushWaiting,
  pushSettled,
  type Scopes,
  type TroubleMemory,
} from './scopes'
import { usualPushMs } from './send-pause'
import { readSessions } from './session-row'
import { carryOutSubmit, queuedSubmits, type SubmitParts } from './submit'
import { type SweepMemory, sweepOutbox } from './sweep-outbox'
import { sessionsWithUnsent } from './unsent'

/** A distance to the server's clock that differs by less is the same: the way of an answer takes longer. */
const CLOCK_STEP_MS = 250
/** Measured again so soon it is not news. */
const CLOCK_KEPT_MS = 60_000
/** When all was last sent is kept to within this: the screen tells minutes. */
const SYNC_KEPT_MS = 10_000

/** What runs remember between them; one per worker life. */
export interface RunMemory {
  readonly push: PushMemory
  /** Sessions whose items want pulling: all of them, or what others changed. */
  readonly pullsDue: Map<SessionId, 'all' | 'changes'>
  /** Sessions whose evidence may lag; null: all of them, at the first run of a life. */
  evidenceDue: Set<SessionId> | null
  /** The server answered as ours since the last failure: no probe needed. */
  isProbed: boolean
  /** How long a push takes these days that the server answers rows for; 0: there was none. */
  pushMs: number
  readonly trouble: TroubleMemory
  readonly sweep: SweepMemory
}

export interface RunResult {
  /** Rows that the server answered for. */
  readonly sentRows: number
  /** With the first session that has some, now or until its next try; the others went on. */
  readonly trouble: RemoteError | null
  /** Something is left that a next run can do at once. */
  readonly hasMore: boolean
}

export interface RunParts {
  readonly deps: NetworkDeps
  readonly keeper: LockKeeper
  readonly memory: RunMemory
  readonly elsewhere: Elsewhere
  readonly claim: SubmitParts['claim']
  /** The server took rows: a batch, or all that could go for now. The run waits for it. */
  readonly onSent: (what: 'batch' | 'all') => Promise<void>
}

/**
 * @throws {RemoteError} `offline` and its like, `unauthorized`, `outdated`: the run ends, all that is unsent stays so
 */
export async function runOnce(parts: RunParts, signal: AbortSignal): Promise<RunResult> {
  const { deps, memory } = parts
  const { sessions: folded } = await foldNew(deps, signal)
  for (const sessionId of folded) memory.evidenceDue?.add(sessionId)
  if (!memory.isProbed) {
    if (await checkEpoch(deps, signal)) memory.evidenceDue = null
    memory.isProbed = true
  }
  const scopes = createScopes(deps, memory.trouble)
  const pushedFrom = deps.clock.mono()
  const { waiting, sentRows, heldRows } = await pushAll(parts, scopes, signal)
  if (sentRows > 0) memory.pushMs = usualPushMs(memory.pushMs, deps.clock.mono() - pushedFrom)
  const { news, wishes } = await readAfterPush(deps)
  await noteNews(deps, news)
  // Before a pull, which may take long.
  if (sentRows > 0) await parts.onSent('all')
  await sweepOutbox(deps, memory.sweep, sentRows)
  await pullDue(parts, scopes, signal)
  const hasMoreEvidence = await sendDueEvidence(parts, scopes, signal)
  await carryOutSubmits(parts, scopes, signal)
  const mended = (await readBackDoubtful(parts, scopes, signal)) + (await lookAgainAtQuiet(parts, scopes, signal))
  scopes.end()
  const left = (await sessionsWithUnsent(deps)).filter((it) => !isPushWaiting(memory.trouble, it))
  // What a pull of this run made unsent, nobody else was told of (WK71).
  const isNew = left.some((it) => !waiting.includes(it))
  // Last: nothing that was counted waits for it.
  await rememberBarcodes(deps, wishes, signal)
  return {
    sentRows,
    trouble: firstTrouble(memory.trouble),
    hasMore: hasMoreEvidence || mended > 0 || isNew || (left.length > 0 && sentRows + heldRows > 0),
  }
}

/** Sessions without trouble first: they would go through (docs/SPEC.md WK50). */
async function pushAll(
  { deps, memory, elsewhere, onSent }: RunParts,
  scopes: Scopes,
  signal: AbortSignal,
): Promise<{ readonly waiting: readonly SessionId[]; readonly sentRows: number; readonly heldRows: number }> {
  beginRun(memory.push)
  await sendBlamedAgain(deps, memory.push)
  let sentRows = 0
  let heldRows = 0
  const onHeld = (rows: number): void => void (heldRows += rows)
  const waiting = await sessionsWithUnsent(deps)
  const isFailing = (it: SessionId): boolean => isPushWaiting(memory.trouble, it)
  for (const sessionId of [...waiting.filter((it) => !isFailing(it)), ...waiting.filter(isFailing)]) {
    await scopes.attempt(sessionId, 'push', async () => {
      sentRows += await pushSession(deps, memory.push, sessionId, {
        signal,
        elsewhere,
        onHeld,
        onBatch: () => onSent('batch'),
      })
      return memory.push.answers.hasPassed
    })
  }
  for (const sessionId of await blameLonely(deps, memory.push)) pushSettled(memory.trouble, sessionId)
  return { waiting, sentRows, heldRows }
}

async function pullDue(
  { deps, memory, elsewhere }: RunParts,
  scopes: Scopes,
  signal: AbortSignal,
): Promise<void> {
  for (const [sessionId, what] of [...memory.pullsDue]) {
    // Taken off first: what is asked for while it runs is asked for again.
    memory.pullsDue.delete(sessionId)
    let isDone = false
    try {
      await scopes.attempt(sessionId, 'pull', async () => {
        const changes = what === 'changes' ? await elsewhere.beginPull(sessionId) : null
        if (changes === null) await pullSession(deps, sessionId, { signal })
        else await pullChanges(deps, sessionId, changes.since, signal)
        changes?.done()
        isDone = true
        return true
      })
    } finally {
      if (!isDone) askForPull(memory, sessionId, what)
    }
  }
}

/** All of them brings what changed, too. */
export function askForPull(
  { pullsDue }: Pick<RunMemory, 'pullsDue'>,
  sessionId: SessionId,
  what: 'all' | 'changes',
): void {
  pullsDue.set(sessionId, pullsDue.get(sessionId) === 'all' ? 'all' : what)
}

async function sendDueEvidence(
  { deps, memory }: RunParts,
  scopes: Scopes,
  signal: AbortSignal,
): Promise<boolean> {
  const all = memory.evidenceDue ?? new Set((await readSessions(deps)).map((it) => it.sessionId))
  const { pushed } = memory.push
  const due = new Set([...all, ...pushed])
  pushed.clear()
  memory.evidenceDue = due
  let hasMore = false
  for (const sessionId of [...due]) {
    await scopes.attempt(sessionId, 'evidence', async () => {
      const result = await sendEvidence(deps, sessionId, signal)
      if (result === 'more') hasMore = true
      else due.delete(sessionId)
      // Where all was sent before, nobody was asked.
      return result === 'more'
    })
  }
  return hasMore
}

async function carryOutSubmits(
  { deps, keeper, memory, claim }: RunParts,
  scopes: Scopes,
  signal: AbortSignal,
): Promise<void> {
  for (const sessionId of await queuedSubmits(deps)) {
    await scopes.attempt(sessionId, 'submit', async () => {
      const result = await carryOutSubmit({ deps, keeper, memory: memory.push, claim }, sessionId, signal)
      return result !== 'nothing-queued'
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
    await scopes.attempt(sessionId, 'look', async () => {
      const again = await readBack(deps, keeper, sessionId, signal)
      mended += again
      // Rows that were sent once more are looked at once more.
      if (again === 0) doubtful.delete(sessionId)
      return again > 0
    })
  }
  return mended
}

/** Base profile only, as above: what every answer acknowledged may have been turned back by a copy. */
async function lookAgainAtQuiet(
  { deps, keeper, memory }: RunParts,
  scopes: Scopes,
  signal: AbortSignal,
): Promise<number> {
  const { looks } = memory.push.inFlight
  let mended = 0
  for (const sessionId of await looks.due()) {
    await scopes.attempt(sessionId, 'look', async () => {
      const isAsking = looks.mayAsk(sessionId)
      const found = await lookAgain(deps, keeper, sessionId, { isAsking, signal })
      if (found !== 'not-now') await looks.done(sessionId)
      else if (isAsking) looks.asked(sessionId)
      if (typeof found === 'number') mended += found
      return found !== 'not-now'
    })
  }
  return mended
}

interface AfterPush {
  /**
   * The server's clock, known to the append of the next scans: counted-at is device time plus the offset. And when all
   * was sent, for a restart.
   */
  readonly news: readonly MetaRow[]
  /** Barcodes that wait to be remembered. */
  readonly wishes: readonly BarcodeWish[]
}

/** What the rest of the run needs to know, in one read. */
function readAfterPush({ scans, clock, api }: NetworkDeps): Promise<AfterPush> {
  return scans.tx(['meta', 'outbox'], 'r', async (tx) => {
    const [unsent] = await tx.rangeKeys('outbox', ':id', { limit: 1 })
    const isAllSent = unsent === undefined
    const lastSync = await tx.get('meta', 'lastSync')
    const isNoted = lastSync?.k === 'lastSync' && Math.abs(clock.now() - lastSync.at) < SYNC_KEPT_MS
    const offset = api.clockOffset()
    const isKnown = offset === null || isClockKnown(await tx.get('meta', 'serverClock'), offset)
    const news = [
      ...(isKnown ? [] : [{ k: 'serverClock', ...offset } as const]),
      ...(isAllSent && !isNoted ? [{ k: 'lastSync', at: clock.now() } as const] : []),
    ]
    return { news, wishes: await readWishes(tx) }
  })
}

/** Each write is a commit: not for news that is none. */
async function noteNews({ scans }: NetworkDeps, news: readonly MetaRow[]): Promise<void> {
  if (news.length > 0) await scans.tx(['meta'], 'rw', (tx) => tx.bulkPut('meta', news))
}

function isClockKnown(
  stored: MetaRow | undefined,
  offset: { readonly offsetMs: number; readonly measuredAt: number },
): boolean {
  return (
    stored?.k === 'serverClock' &&
    Math.abs(stored.offsetMs - offset.offsetMs) < CLOCK_STEP_MS &&
    Math.abs(offset.measuredAt - stored.measuredAt) < CLOCK_KEPT_MS
  )
}
