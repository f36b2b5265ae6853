// When to sync: on triggers, one run at a time over all windows, with backoff after failures and a watchdog against silence.
import { backoffMs } from '../domain/backoff'
import { RemoteError } from '../domain/errors'
import type { SessionId } from '../domain/ids'
import type { SyncState } from '../ports/platform'
import { createElsewhere } from './elsewhere'
import { createLockKeeper, type LockKeeper } from './lock-keeper'
import type { NetworkDeps } from './network-deps'
import { createPushMemory, type PushMemory } from './push'
import { createScanFolder, type ScanFolder } from './scan-folder'
import { askForPull, runOnce, type RunMemory, type RunParts } from './sync-run'
import { createTroubleMemory, firstTrouble, forgetWaits, troubleDueAt } from './scopes'
import type { SubmitParts } from './submit'
import { sendPauseMs } from './send-pause'
import { createTeller, type RunState, syncStateOf, type Teller } from './sync-status'
import { startWatchdog, type Watchdog } from './watchdog'
import { letGoAfter, whileWanted } from './while-wanted'

export type Trigger = 'online' | 'foreground' | 'sign-in' | 'manual' | 'new-work'

/** New work may cut a wait for the network short, but not more often than this: a flapping line must not storm. */
const NEW_WORK_EVERY_MS = 5000
/** Runs one after the other without a pause; then the next trigger or the watchdog goes on. */
const RUNS_IN_A_ROW_MAX = 100

export interface Scheduler {
  readonly keeper: LockKeeper
  readonly pushMemory: PushMemory
  /** Ask for a run. Resolves with the state after the run that served it, or at once while a wait goes on. */
  trigger: (why: Trigger) => Promise<SyncState>
  /** Like `trigger`, for whoever does not wait: nothing of it can fail where nobody listens. */
  ask: (why: Trigger) => void
  /**
   * Events were appended: fold them, then send. The first scans at once; while more keep coming at a measured pace, so
   * that their commits need not queue behind ours. Resolves when they are folded. Rules: docs/SPEC.md WK1, WK37
   */
  scanned: () => Promise<void>
  /** Work that must not overlap with a run of any window: same lock. */
  alone: <R>(work: () => Promise<R>) => Promise<R>
  /** As `alone`, but now or not at all. */
  aloneIfFree: <R>(work: () => Promise<R>) => Promise<R | 'taken'>
  pullLater: (sessionId: SessionId) => void
  /** Ask for a run as new work does, without waiting for it. */
  runLater: () => void
  /** The server took rows: the window is told, before whatever comes next. Rule: docs/SPEC.md WK54 */
  sent: (what: 'batch' | 'all') => Promise<void>
  /** The token was forgotten or replaced. */
  setSignedIn: (isSignedIn: boolean) => void
  status: () => Promise<SyncState>
  stop: () => void
}

export interface SchedulerOptions {
  readonly isSignedIn: boolean
  /** Claim a session for this window. Left out: there is no other window. */
  readonly claim?: SubmitParts['claim']
}

export function createScheduler(deps: NetworkDeps, options: SchedulerOptions): Scheduler {
  return new SyncScheduler(deps, options)
}

const ONLY_WINDOW: SubmitParts['claim'] = () => Promise.resolve({ release: () => undefined })

class SyncScheduler implements Scheduler {
  readonly keeper: LockKeeper
  readonly pushMemory: PushMemory
  readonly #memory: RunMemory
  readonly #parts: RunParts
  readonly #life = new AbortController()
  #run: {
    readonly done: Promise<void>
    readonly abort: AbortController
    readonly since: number
  } | null = null
  #wait: {
    readonly abort: AbortController
    readonly failure: RemoteError | null
    readonly until: number
  } | null = null
  #isWanted = false
  readonly #folder: ScanFolder
  readonly #watchdog: Watchdog
  #lastRunAt = Number.NEGATIVE_INFINITY
  /** New scans go out at the end of this pause. */
  #isSendDue = false
  #dueNap = new AbortController()
  #attempt = 0
  #lastTryAt = Number.NEGATIVE_INFINITY
  #failure: RemoteError | null = null
  #fault: string | null = null
  #isStalled = false
  #hasSignIn: boolean
  readonly #teller: Teller

  constructor(
    private readonly deps: NetworkDeps,
    { isSignedIn, claim }: SchedulerOptions,
  ) {
    this.#hasSignIn = isSignedIn
    this.#teller = createTeller(deps, this.#life.signal, () => this.status())
    this.pushMemory = createPushMemory(deps)
    this.#memory = {
      push: this.pushMemory,
      pullsDue: new Map(),
      evidenceDue: null,
      isProbed: false,
      pushMs: 0,
      trouble: createTroubleMemory(),
      sweep: { sent: 0 },
    }
    this.#folder = createScanFolder(deps, {
      signal: this.#life.signal,
      until: (time) => this.#pause(time),
      guard: (fold) =>
        this.#guard('fold-failed', async () => {
          await fold()
          this.#fault = null
        }),
      onFolded: () => this.#sendSoon(),
    })
    const elsewhere = createElsewhere(deps, (sessionId) => this.#pull(sessionId, 'changes'))
    // Where nothing waits to be sent no run finds out that the sign-in is over.
    const onSignInOver = (error: RemoteError) => (this.#noteFailure(error), void this.#teller.tell())
    this.keeper = createLockKeeper(deps, (it) => this.pullLater(it), elsewhere, onSignInOver)
    const onSent: RunParts['onSent'] = (what) => this.sent(what)
    this.#parts = { deps, keeper: this.keeper, memory: this.#memory, elsewhere, claim: claim ?? ONLY_WINDOW, onSent }
    this.#watchdog = startWatchdog(deps, {
      signal: this.#life.signal,
      pause: (ms) => this.#sleep(ms, this.#life.signal),
      guard: (event, look) => this.#guard(event, look),
      isRunning: () => this.#run !== null,
      isExplained: () => this.#wait !== null || !this.#hasSignIn,
      onTurn: (within) => this.#folder.foldLeftBehind(within),
      onLeftBehind: () => {
        // Another window may have signed in meanwhile: one try.
        if (this.#failure?.reason === 'unauthorized') this.#failure = null
        this.runLater()
      },
      onStalled: () => this.#startAnew(),
    })
  }

  async trigger(why: Trigger): Promise<SyncState> {
    this.ask(why)
    await this.#run?.done
    return this.status()
  }

  ask(why: Trigger): void {
    this.deps.log.write('info', 'trigger', { why })
    if (why !== 'new-work') {
      // A person, the network or the system says that things have changed: forget the failures, and prove the server anew.
      this.#attempt = 0
      this.#memory.isProbed = false
      forgetWaits(this.#memory.trouble)
      this.#isStalled = false
      // Another window may have signed in meanwhile: one try.
      if (this.#failure?.reason === 'unauthorized') this.#failure = null
      this.#cutWait()
      this.keeper.recheck()
    } else if (this.#mayCutWait()) this.#cutWait()
    this.#isWanted = true
    this.#kick()
  }

  scanned(): Promise<void> {
    return this.#folder.scanned()
  }

  async alone<R>(work: () => Promise<R>): Promise<R> {
    const { signal } = this.#life
    const result = await this.deps.mutex.run(`sync:${this.deps.storeName}`, { signal }, work)
    if (result === 'taken') throw new RemoteError('not-yet', 'Another window is syncing')
    return result
  }

  aloneIfFree<R>(work: () => Promise<R>): Promise<R | 'taken'> {
    const { limits, storeName, timers } = this.deps
    return this.deps.mutex.run(`sync:${storeName}`, { ifAvailable: true, signal: this.#life.signal }, () => letGoAfter(timers, limits.stallMs, work()))
  }

  pullLater(sessionId: SessionId): void {
    this.#pull(sessionId, 'all')
  }

  #pull(sessionId: SessionId, what: 'all' | 'changes'): void {
    askForPull(this.#memory, sessionId, what)
    this.runLater()
  }

  runLater(): void {
    this.#isWanted = true
    this.#kick()
  }

  async sent(what: 'batch' | 'all'): Promise<void> {
    // What the run before has met is over: the window must not be told "offline" beside "all sent".
    this.#failure = firstTrouble(this.#memory.trouble)
    this.#isStalled = false
    await (what === 'all' ? this.#teller.tell() : this.#teller.tellAtPace())
  }

  setSignedIn(isSignedIn: boolean): void {
    this.#hasSignIn = isSignedIn
    if (isSignedIn) this.#failure = null
    else this.#run?.abort.abort()
    void this.#teller.tell()
  }

  status(): Promise<SyncState> {
    return syncStateOf(this.deps, this.#state())
  }

  stop(): void {
    this.#life.abort()
    this.#run?.abort.abort()
    this.#cutWait()
    this.#dueNap.abort()
    this.keeper.stop()
  }

  #state(): RunState {
    const next = this.#wait?.until ?? troubleDueAt(this.#memory.trouble)
    return {
      isRunning: this.#run !== null,
      failure: this.#failure,
      fault: this.#fault,
      isStalled: this.#isStalled,
      hasSignIn: this.#hasSignIn,
      nextTryAt:
        next === null ? null : this.deps.clock.now() + Math.max(0, next - this.deps.clock.mono()),
    }
  }

  /** New work alone is no reason to think that a server in trouble is well again. */
  #mayCutWait(): boolean {
    const isAboutNetwork =
      this.#wait?.failure?.reason === 'offline' || this.#wait?.failure?.reason === 'captive-portal'
    return isAboutNetwork && this.deps.clock.mono() - this.#lastTryAt >= NEW_WORK_EVERY_MS
  }

  #sendSoon(): void {
    if (this.#isSendDue) return
    this.#isSendDue = true
    const from = this.#run === null ? this.#lastRunAt : this.deps.clock.mono()
    const { limits, random } = this.deps
    const pause = sendPauseMs(limits, this.#memory.pushMs, random)
    void this.#pause(from + pause).then(this.#folder.quiet).then(() => {
      this.#isSendDue = false
      this.#isWanted = true
      if (this.#mayCutWait()) this.#cutWait()
      this.#kick()
    })
  }

  /** Until a monotone time; in no time when that is over. */
  async #pause(until: number): Promise<void> {
    const ms = until - this.deps.clock.mono()
    if (ms > 0) await this.#sleep(ms, this.#life.signal)
  }

  #kick(): void {
    const { aborted } = this.#life.signal
    if (aborted || this.#run !== null || this.#wait !== null || !this.#isWanted) return
    // A sign-in that ran out is not tried again by itself: it would only be refused again.
    if (!this.#hasSignIn || this.#failure?.reason === 'unauthorized') return
    const abort = new AbortController()
    const done = this.#runWhileWanted(abort.signal).finally(() => {
      if (this.#run?.abort === abort) this.#run = null
      this.#lastRunAt = this.deps.clock.mono()
      void this.#teller.tell()
      this.#kick()
    })
    this.#run = { done, abort, since: this.deps.clock.mono() }
    void this.#teller.tell()
  }

  async #runWhileWanted(signal: AbortSignal): Promise<void> {
    for (let run = 0; run < RUNS_IN_A_ROW_MAX && this.#isWanted && !signal.aborted; run++) {
      this.#isWanted = false
      this.#lastTryAt = this.deps.clock.mono()
      const startedAt = this.deps.clock.now()
      try {
        const result = await this.alone(() => whileWanted(runOnce(this.#parts, signal), signal))
        this.#fault = null
        this.#noteSuccess(result.trouble)
        this.deps.log.write('info', 'run', {
          sentRows: result.sentRows,
          ms: this.deps.clock.now() - startedAt,
        })
        this.#runWhenDue()
        // What was folded meanwhile goes out with the next run, at its own pace.
        if (result.hasMore && !this.#isSendDue) this.#isWanted = true
      } catch (error) {
        if (signal.aborted || this.#life.signal.aborted) return
        return this.#noteFailure(error)
      }
    }
  }

  #noteSuccess(trouble: RemoteError | null): void {
    this.#failure = trouble
    this.#isStalled = false
    this.#watchdog.progress()
    this.#attempt = 0
  }

  #noteFailure(error: unknown): void {
    this.#memory.isProbed = false
    if (!(error instanceof RemoteError)) {
      // A fault of the storage or of ours: nothing was marked. It is said, and tried again like a failure.
      this.#fault = String(error)
      this.deps.log.write('error', 'run-failed', { message: String(error) })
      return this.#waitAfter(null)
    }
    this.#failure = error
    this.deps.log.write('warn', 'run-failed', { reason: error.reason, message: error.message })
    if (error.reason !== 'unauthorized') this.#waitAfter(error)
  }

  #waitAfter(failure: RemoteError | null): void {
    this.#attempt++
    const ms = backoffMs({
      attempt: failure === null || failure.isRetryable ? this.#attempt : Number.MAX_SAFE_INTEGER,
      random: this.deps.random(),
      firstMs: this.deps.limits.backoffFirstMs,
      capMs: this.deps.limits.backoffCapMs,
      isThrottled: failure === null || failure.reason !== 'offline',
      retryAfterMs: failure?.details.retryAfterMs ?? null,
    })
    const abort = new AbortController()
    const wait = { abort, failure, until: this.deps.clock.mono() + ms }
    this.#wait = wait
    void this.#sleep(ms, abort.signal).then(() => {
      if (this.#wait !== wait) return
      this.#wait = null
      this.#isWanted = true
      this.#kick()
    })
  }

  /** A run at the time when the first session in trouble is due again, or a quiet one is looked at; nothing else waits for it. */
  #runWhenDue(): void {
    this.#dueNap.abort()
    const { blamedAgainAt, inFlight } = this.pushMemory
    const dues = [troubleDueAt(this.#memory.trouble), blamedAgainAt, inFlight.looks.nextAt()]
    const due = Math.min(...dues.map((it) => it ?? Infinity))
    if (due === Infinity) return
    const nap = new AbortController()
    this.#dueNap = nap
    void this.#sleep(Math.max(0, due - this.deps.clock.mono()), nap.signal).then(() => {
      if (nap.signal.aborted) return
      this.#isWanted = true
      this.#kick()
    })
  }

  #cutWait(): void {
    this.#wait?.abort.abort()
    this.#wait = null
  }

  /** Resolves after the time, or when cut short. */
  async #sleep(ms: number, signal: AbortSignal): Promise<void> {
    try {
      await this.deps.timers.sleep(ms, signal)
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }

  /** The run that is under way is given up: it gives no answer any more. */
  #startAnew(): void {
    this.deps.log.write('error', 'stalled', { isRunning: this.#run !== null })
    this.#isStalled = true
    this.#run?.abort.abort()
    this.#run = null
    this.runLater()
  }

  /** Faults of background work have nobody to reject to: they become the problem on the Sync page. */
  async #guard(event: string, work: () => Promise<void>): Promise<boolean> {
    try {
      await work()
      return true
    } catch (error) {
      if (this.#life.signal.aborted) return false
      this.#fault = String(error)
      this.deps.log.write('error', event, { message: String(error) })
      await this.#teller.tell()
      return false
    }
  }
}
