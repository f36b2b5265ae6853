// The only writer of scan events on a page: group commit, time-out, reopening, spill, health. Never success before the commit.
import type { EventId, LogId, SessionId } from '../domain/ids'
import { asId } from '../domain/ids'
import type { UserName } from '../domain/ids'
import type { Limits } from '../domain/limits'
import type { ScanEventDraft } from '../domain/scan-event'
import { standingOf } from '../domain/scan-event'
import type { IdSource } from '../domain/time-and-ids'
import type { StorageHealth } from '../ports/counting'
import type { Log, Timers } from '../ports/platform'
import type { ScansStore } from '../ports/scans-schema'
import { APPEND_MAX, appendScans } from './append-scans'
import type { AppendVerdict, SessionGrowth } from './append-scans'
import { inTime, TimeoutError } from './in-time'

/** Scans that wait for a commit; more are refused aloud. */
export const QUEUE_MAX = 5000
/** Failed writes after which the callers are told, and the scans are spilled: the write, and once more on a new handle. */
const FAILURES_BEFORE_ALARM = 2
/** Failed writes in a row after which nobody tries again until the next scan or probe. */
const FAILURES_MAX = 8
/**
 * WebKit has lost the process that holds the databases. Before Safari 27 no new handle works either: what helps is a
 * reload, and trying on would only put it off. https://bugs.webkit.org/show_bug.cgi?id=277615
 */
const CONNECTION_LOST = /Indexed Database server lost/i
/** Writes in a row that never answered, all but the first on new handles: the next one would not either. */
const HANGS_MAX = 4
const RETRY_FIRST_MS = 250
const RETRY_CAP_MS = 5000
const PROBE_TIMEOUT_MS = 1000

/** Synchronous storage that bridges a reload (localStorage on the page): not safe against a kill, so never a success. */
export interface Spill {
  /** Everything spilled and not removed yet, oldest first. */
  readonly read: () => readonly ScanEventDraft[]
  /** Add or replace by eventId. @throws when there is no room */
  readonly write: (drafts: readonly ScanEventDraft[]) => void
  readonly remove: (eventIds: readonly EventId[]) => void
}

export interface ScanWriterDeps {
  readonly store: ScansStore
  /** Drop the dead handle and open a new one. */
  readonly reopen: () => Promise<ScansStore>
  readonly spill: Spill
  readonly ids: IdSource
  readonly timers: Timers
  readonly log: Log
  readonly limits: Limits
  readonly userName: string
  /** Scans were saved whose callers had been told that they wait, or whom an earlier page life left: nobody else tells. */
  readonly onSaved?: (sessionId: SessionId) => void
  /** A commit: the log's last seq. */
  readonly onCommitted?: (log: { readonly logId: LogId; readonly sessionId: SessionId; readonly head: number }) => void
  /** The stored log was behind what this writer had seen committed: it is closed, and another one was begun (SE7). */
  readonly onSetBack?: (log: { readonly logId: LogId; readonly sessionId: SessionId; readonly head: number }) => void
}

export type WriteOutcome =
  | { readonly kind: 'saved'; readonly logId: LogId; readonly seq: number }
  | { readonly kind: 'already-negated' }
  | { readonly kind: 'no-target' }
  /** Not saved yet: kept in memory and spill, and retried. */
  | { readonly kind: 'waiting' }
  /** Too many are waiting: not kept. */
  | { readonly kind: 'full' }

/** `overtaken`: something was appended since the basis, read again; `not-kept`: storage fails. Nothing was stored then. */
export type GroupOutcome = 'saved' | 'overtaken' | 'not-kept'

export interface ScanWriter {
  readonly write: (draft: ScanEventDraft) => Promise<WriteOutcome>
  /**
   * Append drafts of one session together, if nothing was appended to it since they were made. What is right only on
   * what was read is never kept for later.
   *
   * @param drafts 1 to APPEND_MAX
   * @param basis the session's last gid as read
   */
  readonly writeIfCurrent: (drafts: readonly ScanEventDraft[], basis: number) => Promise<GroupOutcome>
  /** Store what an earlier page life spilled. @returns how many are durable now */
  readonly drain: () => Promise<number>
  /** Standing scans that wait for a commit. */
  readonly waitingStanding: (sessionId: SessionId) => number
  readonly waiting: () => number
  readonly health: () => StorageHealth
  /** @returns how to stop */
  readonly onHealth: (listener: (health: StorageHealth) => void) => () => void
  /** Hears every commit, before the callers of its scans do. @returns how to stop */
  readonly onAppended: (listener: (sessionId: SessionId, growth: SessionGrowth) => void) => () => void
  /** A small read with a time-out; recovers when storage is dead (visibilitychange, pageshow, online). */
  readonly probe: () => Promise<void>
  /** The handle that works now. */
  readonly store: () => ScansStore
}

interface Waiting {
  readonly draft: ScanEventDraft
  readonly settle: (outcome: WriteOutcome) => void
  isSpilled: boolean
  /** Nobody waits for the answer any more. */
  isLate: boolean
  readonly group: Group | null
}

/** Drafts that are stored together, on what they were made from, or not at all. */
interface Group {
  readonly basis: number
  readonly settle: (outcome: GroupOutcome) => void
}

interface OwnLog {
  readonly logId: LogId
  readonly head: number
}

/**
 * One log per page life and session, minted with its first scan. While one commit is in flight later scans queue and
 * go in together, in the order in which they came. A write resolves when its batch committed; one that has not
 * settled in time counts as failed and is repeated with the same eventId. Rules: docs/SPEC.md SE11-SE16, SE30, SE35, SE37
 */
export function createScanWriter(deps: ScanWriterDeps): ScanWriter {
  const { limits, log, spill, timers } = deps
  const queue: Waiting[] = []
  const logs = new Map<SessionId, OwnLog>()
  const listeners = new Set<(health: StorageHealth) => void>()
  const appendListeners = new Set<(sessionId: SessionId, growth: SessionGrowth) => void>()
  let store = deps.store
  let health: StorageHealth = { state: 'well' }
  let isPumping = false
  let failures = 0
  let hangs = 0

  function setHealth(next: StorageHealth): void {
    if (JSON.stringify(next) === JSON.stringify(health)) return
    health = next
    for (const listener of listeners) listener(health)
  }

  function enqueue(draft: ScanEventDraft, isSpilled: boolean): Promise<WriteOutcome> {
    if (queue.length >= QUEUE_MAX) return Promise.resolve({ kind: 'full' })
    return new Promise((settle) => {
      queue.push({ draft, settle, isSpilled, isLate: isSpilled, group: null })
      start()
    })
  }

  function writeIfCurrent(drafts: readonly ScanEventDraft[], basis: number): Promise<GroupOutcome> {
    if (drafts.length < 1 || drafts.length > APPEND_MAX) throw new RangeError(`A group of ${drafts.length} drafts`)
    return new Promise((settle) => {
      const group = { basis, settle }
      for (const draft of drafts) queue.push({ draft, settle: () => undefined, isSpilled: false, isLate: false, group })
      start()
    })
  }

  function start(): void {
    // While storage is struggling nobody waits for the next try: said at once, and kept.
    if (health.state !== 'well') alarm('storage does not answer')
    void pump()
  }

  /** Runs alone. Each turn takes scans off the queue or counts a failure, so that it ends. */
  async function pump(): Promise<void> {
    if (isPumping) return
    isPumping = true
    let isTrying = true
    try {
      while (isTrying && queue.length > 0) {
        try {
          await writeGroup(nextGroup())
          failures = 0
          hangs = 0
          setHealth({ state: 'well' })
        } catch (error) {
          failures += 1
          hangs = error instanceof TimeoutError ? hangs + 1 : 0
          log.write('error', 'scan-write-failed', { failures, waiting: queue.length, error: String(error) })
          isTrying = await recover(String(error))
        }
      }
    } finally {
      isPumping = false
    }
  }

  /** The oldest scans of one session, or the oldest that belong together. */
  function nextGroup(): readonly Waiting[] {
    const [first] = queue
    const other = queue.findIndex((it) => it.draft.sessionId !== first?.draft.sessionId || it.group !== first.group)
    return queue.slice(0, Math.min(other === -1 ? queue.length : other, APPEND_MAX))
  }

  /** After a failure the first try of the same group may have gone through unheard. */
  function areNew(group: readonly Waiting[]): boolean {
    return failures === 0 && !group.some((it) => it.isSpilled || it.isLate)
  }

  async function writeGroup(group: readonly Waiting[]): Promise<void> {
    const [first] = group
    if (first === undefined) return
    const { sessionId } = first.draft
    const mintLog = (): LogId => asId<LogId>(deps.ids.next())
    const known = logs.get(sessionId) ?? { logId: mintLog(), head: 0 }
    logs.set(sessionId, known)
    const input = {
      sessionId,
      userName: asId<UserName>(deps.userName),
      logId: known.logId,
      knownHead: known.head,
      mintLog,
      drafts: group.map((it) => it.draft),
      basis: first.group?.basis,
      areNew: areNew(group),
    }
    const appended = await inTime(timers, limits.writeTimeoutMs, appendScans(store, input))
    logs.set(sessionId, { logId: appended.logId, head: appended.head })
    if (appended.logId !== known.logId && known.head > 0) deps.onSetBack?.({ ...known, sessionId })
    deps.onCommitted?.({ logId: appended.logId, sessionId, head: appended.head })
    take(group)
    for (const listener of appendListeners) listener(sessionId, appended.session)
    forgetSpilled(group)
    if (first.group !== null) return first.group.settle(appended.verdicts[0]?.kind === 'overtaken' ? 'overtaken' : 'saved')
    for (const [index, { settle }] of group.entries()) settle(outcomeOf(appended.verdicts[index]))
    if (group.some((it) => it.isLate)) deps.onSaved?.(sessionId)
  }

  function take(gone: readonly Waiting[]): void {
    const kept = queue.filter((it) => !gone.includes(it))
    queue.splice(0, queue.length, ...kept)
  }

  function forgetSpilled(group: readonly Waiting[]): void {
    const spilled = group.filter((it) => it.isSpilled).map((it) => it.draft.eventId)
    if (spilled.length > 0) spill.remove(spilled)
  }

  /** @returns whether to try on */
  async function recover(problem: string): Promise<boolean> {
    if (failures >= FAILURES_BEFORE_ALARM) alarm(problem)
    if (queue.length === 0) {
      // Nothing that failed is kept: the next write starts from the beginning, on another handle.
      failures = 0
      await reopen()
      return true
    }
    if (isBeyondRetry(problem)) {
      setHealth({ state: 'dead', waiting: queue.length, message: problem })
      return false
    }
    if (failures >= FAILURES_BEFORE_ALARM)
      await timers.sleep(Math.min(RETRY_CAP_MS, RETRY_FIRST_MS * 2 ** (failures - FAILURES_BEFORE_ALARM)))
    await reopen()
    return true
  }

  function isBeyondRetry(problem: string): boolean {
    // The second failure was one on a new handle.
    const isLost = failures >= FAILURES_BEFORE_ALARM && CONNECTION_LOST.test(problem)
    return isLost || hangs >= HANGS_MAX || failures >= FAILURES_MAX
  }

  async function reopen(): Promise<void> {
    const dead = store
    try {
      store = await inTime(timers, limits.writeTimeoutMs, deps.reopen())
      // Left open it would block the next version, and hold what the system gave it.
      if (store !== dead) dead.close()
    } catch (error) {
      // The next write fails on the old handle and counts: the ladder goes on.
      log.write('error', 'reopen-failed', { failures, error: String(error) })
    }
  }

  /** Tell the callers that their scans are not saved, and put the scans where a reload finds them. */
  function alarm(problem: string): void {
    const groups = queue.filter((it) => it.group !== null)
    take(groups)
    for (const { group } of groups) group?.settle('not-kept')
    if (queue.length === 0) return
    try {
      const unspilled = queue.filter((it) => !it.isSpilled)
      spill.write(unspilled.map((it) => it.draft))
      for (const it of unspilled) it.isSpilled = true
      setHealth({ state: 'struggling', waiting: queue.length })
    } catch (error) {
      log.write('error', 'spill-failed', { waiting: queue.length, error: String(error) })
      setHealth({ state: 'dead', waiting: queue.length, message: problem })
    }
    for (const it of queue) {
      it.isLate = true
      it.settle({ kind: 'waiting' })
    }
  }

  async function probe(): Promise<void> {
    if ((await look(PROBE_TIMEOUT_MS)) === 'silent') {
      await reopen()
      // Nothing will be saved then, whether a scan waits by now or not: the first one after a start is not even kept.
      if ((await look(limits.writeTimeoutMs)) === 'silent')
        setHealth({ state: 'dead', waiting: queue.length, message: 'storage does not answer' })
    } else if (queue.length === 0) setHealth({ state: 'well' })
    retryDead()
    await pump()
  }

  async function look(withinMs: number): Promise<'answers' | 'silent'> {
    try {
      await inTime(timers, withinMs, store.tx(['logs'], 'r', (tx) => tx.rangeKeys('logs', ':id', { limit: 1 })))
      return 'answers'
    } catch (error) {
      log.write('warn', 'probe-failed', { error: String(error) })
      return 'silent'
    }
  }

  /** After giving up, a new scan or a probe opens a new round. */
  function retryDead(): void {
    if (isPumping) return
    hangs = 0
    if (failures >= FAILURES_MAX) failures = FAILURES_BEFORE_ALARM
  }

  return {
    write: (draft) => {
      retryDead()
      return enqueue(draft, false)
    },
    writeIfCurrent: (drafts, basis) => {
      retryDead()
      return writeIfCurrent(drafts, basis)
    },
    drain: async () => {
      const queued = new Set(queue.map((it) => it.draft.eventId))
      const drafts = spill.read().filter((draft) => !queued.has(draft.eventId))
      const outcomes = await Promise.all(drafts.map((draft) => enqueue(draft, true)))
      return outcomes.filter((it) => it.kind === 'saved').length
    },
    waitingStanding: (sessionId) =>
      queue.reduce((sum, { draft }) => sum + (draft.sessionId === sessionId ? standingOf(draft) : 0), 0),
    waiting: () => queue.length,
    health: () => health,
    onHealth: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    onAppended: (listener) => {
      appendListeners.add(listener)
      return () => appendListeners.delete(listener)
    },
    probe,
    store: () => store,
  }
}

function outcomeOf(verdict: AppendVerdict | undefined): WriteOutcome {
  if (verdict === undefined || verdict.kind === 'overtaken') throw new Error('A draft without a verdict')
  if (verdict.kind === 'already-negated' || verdict.kind === 'no-target') return verdict
  return { kind: 'saved', logId: verdict.logId, seq: verdict.seq }
}
