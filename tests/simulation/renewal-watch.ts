// Whose locks are renewed: no device keeps a session for itself that nobody has on its screens (LK11, LK28).
import type { SimWindow } from './window'
import type { SimAnswer, SimRequest } from './server/wire'

export interface RenewalWatchDeps {
  readonly now: () => number
  readonly windowsOf: (device: string) => readonly SimWindow[]
  readonly leaseMs: number
  /** Nothing hangs or sleeps any more. */
  readonly isQuiet: () => boolean
  readonly violated: (invariant: string, text: string) => void
}

interface Unseen {
  readonly since: number
  readonly last: number
}

/** A submit whose window was closed borrows the lock; leaving may wait for its requests. */
const SLACK_MS = 60_000
const LEASES = 3

export class RenewalWatch {
  /** By device and session: since when it was renewed, again and again, with no window showing it. */
  readonly #unseen = new Map<string, Unseen>()

  constructor(private readonly deps: RenewalWatchDeps) {}

  onAnswer({ method, path }: SimRequest, device: string, { status }: SimAnswer): void {
    const [, sessionId] = method === 'PUT' && status === 200 ? (/sessions\/([^/]+)\/lock$/.exec(path) ?? []) : []
    if (sessionId === undefined) return
    const { now, leaseMs, isQuiet, windowsOf } = this.deps
    const key = `${device} ${sessionId}`
    const isShown = windowsOf(device).some((it) => it.isOpen && it.sessionId === decodeURIComponent(sessionId))
    if (isShown || !isQuiet()) return void this.#unseen.delete(key)
    const before = this.#unseen.get(key)
    const since = before !== undefined && now() - before.last <= leaseMs ? before.since : now()
    this.#unseen.set(key, { since, last: now() })
    const unseenMs = now() - since
    if (unseenMs > LEASES * leaseMs + SLACK_MS) this.deps.violated('SM92', `${device} has renewed ${sessionId} for ${unseenMs.toFixed(0)} ms, and shows it nowhere`)
  }
}
