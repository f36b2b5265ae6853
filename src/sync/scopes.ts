// Trouble with one session has its own time of the next try, so that the other sessions never wait for it.
import { backoffMs } from '../domain/backoff'
import { RemoteError } from '../domain/errors'
import type { SessionId } from '../domain/ids'
import type { NetworkDeps } from './network-deps'

/**
 * Answers in a run that say that the server failed, while nothing went through: then it is in trouble as a whole, and
 * is not asked after each of the sessions (docs/SPEC.md WK50).
 */
const FAILURES_MAX = 3
const INTERNAL_ERROR = 500
/** A gateway says so of one request that its server did not survive, or not in time. */
const BAD_GATEWAY = 502
const GATEWAY_TIMEOUT = 504

/** What a run does for a session. */
export type Work = 'push' | 'pull' | 'evidence' | 'submit' | 'look'

/** What the server does not do for one session, and when it is asked again. */
interface Trouble {
  readonly error: RemoteError
  /** Monotone time. */
  readonly retryAt: number
}

interface Failure extends Trouble {
  readonly sessionId: SessionId
  readonly work: Work
  /** Failures in a row, from 1. */
  readonly attempt: number
}

/** What runs remember of sessions in trouble; one per worker life. */
export interface TroubleMemory {
  /** Sessions that the server refuses as a whole: nothing of them is asked for. */
  readonly refused: Map<SessionId, Trouble>
  /** Work at which the server fails, by session and work; other work of the session goes on. */
  readonly failing: Map<string, Failure>
}

export function createTroubleMemory(): TroubleMemory {
  return { refused: new Map(), failing: new Map() }
}

/** A person, the network or the system says that things have changed: all are asked for at the next run. */
export function forgetWaits({ refused, failing }: TroubleMemory): void {
  refused.clear()
  // How often each has failed stays known: those without trouble have their turn first.
  for (const [key, failure] of failing) failing.set(key, { ...failure, retryAt: -Infinity })
}

/** Monotone time at which the first of them is due; null: none is in trouble. */
export function troubleDueAt({ refused, failing }: TroubleMemory): number | null {
  const times = [...refused.values(), ...failing.values()].map((it) => it.retryAt)
  return times.length === 0 ? null : Math.min(...times)
}

/** The first trouble of any session; null: there is none. */
export function firstTrouble({ refused, failing }: TroubleMemory): RemoteError | null {
  const [first] = [...refused.values(), ...failing.values()]
  return first?.error ?? null
}

/** Whether rows of the session wait for its own next try. */
export function isPushWaiting({ refused, failing }: TroubleMemory, sessionId: SessionId): boolean {
  return refused.has(sessionId) || failing.has(keyOf(sessionId, 'push'))
}

/** Rows are not to blame any more, or all gone: nothing is left that could fail. */
export function pushSettled({ failing }: TroubleMemory, sessionId: SessionId): void {
  failing.delete(keyOf(sessionId, 'push'))
}

/** The work of one run, session by session. Rules: docs/SPEC.md WK5, WK49, WK50 */
export interface Scopes {
  /**
   * Run `work`, unless its session waits for its own next try. Trouble of this one session is noted, and the next one
   * gets its turn.
   *
   * @param work tells whether the server did something of it
   * @throws {RemoteError} what is the matter with more than one session, also a server that does nothing at all
   */
  readonly attempt: (sessionId: SessionId, work: Work, run: () => Promise<boolean>) => Promise<void>
  /** @throws {RemoteError} when the server failed and nothing of the run went through */
  readonly end: () => void
}

export function createScopes(deps: NetworkDeps, memory: TroubleMemory): Scopes {
  return new RunScopes(deps, memory)
}

class RunScopes implements Scopes {
  readonly #due: ReadonlySet<string>
  readonly #tried = new Set<string>()
  readonly #failures: RemoteError[] = []
  #hasPassed = false

  constructor(
    private readonly deps: NetworkDeps,
    private readonly memory: TroubleMemory,
  ) {
    const now = deps.clock.mono()
    for (const [sessionId, { retryAt }] of memory.refused)
      if (retryAt <= now) memory.refused.delete(sessionId)
    this.#due = new Set(
      [...memory.failing].filter(([, it]) => it.retryAt <= now).map(([key]) => key),
    )
  }

  async attempt(sessionId: SessionId, work: Work, run: () => Promise<boolean>): Promise<void> {
    const { failing } = this.memory
    const key = keyOf(sessionId, work)
    if (this.memory.refused.has(sessionId) || (failing.has(key) && !this.#due.has(key))) return
    // Rows that do not go through are sent before a submit: it would ask for them a second time.
    if (work === 'submit' && failing.has(keyOf(sessionId, 'push'))) return
    this.#tried.add(key)
    try {
      if (await run()) this.#hasPassed = true
      failing.delete(key)
    } catch (error) {
      if (!(error instanceof RemoteError) || !isAboutOneSession(error)) throw error
      if (error.reason === 'server-down') this.#failed(sessionId, work, error)
      else this.#refused(sessionId, error)
    }
  }

  end(): void {
    const [first] = this.#failures
    if (first !== undefined && !this.#hasPassed) throw first
    // Due, and not even tried: the work was done elsewhere, or nobody wants it any more.
    for (const key of this.#due) if (!this.#tried.has(key)) this.memory.failing.delete(key)
  }

  #failed(sessionId: SessionId, work: Work, error: RemoteError): void {
    const { deps } = this
    const { failing } = this.memory
    const key = keyOf(sessionId, work)
    const attempt = (failing.get(key)?.attempt ?? 0) + 1
    failing.set(key, {
      sessionId,
      work,
      error,
      attempt,
      retryAt: deps.clock.mono() + waitMs(deps, error, attempt),
    })
    deps.log.write('error', 'session-failed', { sessionId, work, attempt, message: error.message })
    this.#failures.push(error)
    if (!this.#hasPassed && this.#failures.length >= FAILURES_MAX) throw error
  }

  /** Nothing passes by itself here, so it is asked for at the longest interval. */
  #refused(sessionId: SessionId, error: RemoteError): void {
    const { deps } = this
    this.memory.refused.set(sessionId, {
      error,
      retryAt: deps.clock.mono() + waitMs(deps, error, Number.MAX_SAFE_INTEGER),
    })
    deps.log.write('error', 'session-refused', {
      sessionId,
      reason: error.reason,
      message: error.message,
    })
  }
}

function keyOf(sessionId: SessionId, work: Work): string {
  return `${work} ${sessionId}`
}

function waitMs({ limits, random }: NetworkDeps, error: RemoteError, attempt: number): number {
  return backoffMs({
    attempt,
    random: random(),
    firstMs: limits.backoffFirstMs,
    capMs: limits.backoffCapMs,
    isThrottled: true,
    retryAfterMs: error.details.retryAfterMs ?? null,
  })
}

/** The rest of the reasons concern the network, the sign-in or this version: they end the run. */
function isAboutOneSession({ reason, details }: RemoteError): boolean {
  if (reason === 'server-down') return isAboutOneRequest(details.status)
  return (
    reason !== 'offline' &&
    reason !== 'captive-portal' &&
    reason !== 'not-yet' &&
    reason !== 'unauthorized' &&
    reason !== 'outdated'
  )
}

/** The others ask everybody to wait. Without a status: an answer that makes no sense. */
function isAboutOneRequest(status: number | undefined): boolean {
  return (
    status === undefined ||
    status === INTERNAL_ERROR ||
    status === BAD_GATEWAY ||
    status === GATEWAY_TIMEOUT
  )
}
