// When a fault counts as one: not when it was drawn, but when somebody has felt it.
import type { SimServer } from './server/sim-server'
import type { SimAnswer, SimRequest } from './server/wire'

/** Granted; refused, base and extended. */
const ANSWERS_TO_A_LOCK: ReadonlySet<number> = new Set([200, 400, 409])

/** What faults wait for: each is told once, when somebody feels it. One that nobody feels has not happened. */
export class Bites {
  readonly #waiting = new Map<string, Set<() => void>>()

  /** @returns when it is over: from then on it cannot be felt any more */
  whenFelt(what: string, run: () => void): () => void {
    const waiting = this.#waiting.get(what) ?? new Set()
    this.#waiting.set(what, waiting.add(run))
    return () => void waiting.delete(run)
  }

  feel(what: string): void {
    const waiting = this.#waiting.get(what)
    if (waiting === undefined) return
    this.#waiting.delete(what)
    for (const run of waiting) run()
  }
}

/** A device has asked for a session's lock, and the server has decided. */
export const lockBite = (device: string, sessionId: string): string => `lock ${device} ${sessionId}`

/** A sign-in that the server does not know any more is used. */
export const tokenBite = (token: string): string => `token ${token}`

/** The server has nothing to do with a user any more who may not count. */
export const permissionBite = (userId: string | null): string => `permission ${userId ?? ''}`

/** What befell the server is felt by whoever asks it. */
export function feelAtServer(
  bites: Bites,
  server: SimServer,
  { request: { method, path, token }, device, answer: { status } }: Heard,
): void {
  if (status === 401 && token !== null) bites.feel(tokenBite(token))
  if (status === 403) bites.feel(permissionBite(server.audit.requests.at(-1)?.userId ?? null))
  const [, sessionId] = method === 'POST' ? (/sessions\/([^/]+)\/lock$/.exec(path) ?? []) : []
  if (sessionId !== undefined && ANSWERS_TO_A_LOCK.has(status))
    bites.feel(lockBite(device, decodeURIComponent(sessionId)))
}

interface Heard {
  readonly request: SimRequest
  readonly device: string
  readonly answer: SimAnswer
}

/** Runs once, however often it is called. */
export function once(run: () => void): () => void {
  let isDue = true
  return () => {
    if (!isDue) return
    isDue = false
    run()
  }
}
