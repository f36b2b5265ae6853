// The rest of the world as the engine sees it: waiting, mutual exclusion between windows, messages, log.
import type { BucketCounts } from '../domain/counted-item'
import type { FacilityId, LineKey, SessionId } from '../domain/ids'
import type { LockState } from '../domain/lock'

export interface Timers {
  /** Resolves after `ms`; rejects with the signal's reason when it aborts. */
  sleep: (ms: number, signal?: AbortSignal) => Promise<void>
}

export interface Mutex {
  /**
   * Run `work` while holding the named lock, alone over all windows and workers of this device.
   * @returns what `work` returned, or `'taken'` when `ifAvailable` and somebody has it
   */
  run: <R>(name: string, options: { ifAvailable?: boolean; signal?: AbortSignal }, work: () => Promise<R>) => Promise<R | 'taken'>
}

/** What the worker tells the windows. Hints: the database is the truth. */
export type BusMessage =
  /** Lines whose row in `items` changed, with the buckets before and after (`none` before = new). `all`: reload. */
  | { readonly kind: 'lines'; readonly sessionId: SessionId; readonly changed: readonly LineKey[] | 'all'; readonly counts: BucketCounts | null }
  | { readonly kind: 'appended'; readonly sessionId: SessionId }
  /** A submit was queued or withdrawn: whoever remembers the right to count asks anew. */
  | { readonly kind: 'session'; readonly sessionId: SessionId }
  | { readonly kind: 'lock'; readonly sessionId: SessionId; readonly state: LockState }
  | { readonly kind: 'status'; readonly status: SyncState }
  /** The stream of hints for a board: it said something, or there is none and the board has to ask by itself. */
  | { readonly kind: 'board'; readonly facilityId: FacilityId; readonly stream: BoardStream }
  | { readonly kind: 'catalogue'; readonly done: number; readonly isComplete: boolean }

/** `refused`: this user or this server has no board; nothing is tried again. */
export type BoardStream = 'hint' | 'dead' | 'refused'

/**
 * Why sending does not go on.
 *
 * - `network`, `portal`: the server was not reached; `server`, `server-busy`: it was, and could not, or asked to wait
 * - `earlier-request`: something of our own has to pass first, such as a request that may still arrive (decision 14)
 * - `refused`: the server said no to a session; `lines`: to single lines; `outdated`: to this version of the app
 * - `app`: a fault on this device
 */
export const SYNC_TROUBLES = [
  'network',
  'portal',
  'server',
  'server-busy',
  'earlier-request',
  'sign-in',
  'refused',
  'lines',
  'outdated',
  'app',
] as const
export type SyncTrouble = (typeof SYNC_TROUBLES)[number]

/** The sync state in one word, as `data-status` shows it, with what explains it. */
export interface SyncState {
  readonly status: 'synced' | 'unsent' | 'syncing' | 'offline' | 'auth-needed' | 'stalled' | 'error'
  readonly unsentRows: number
  readonly quarantinedRows: number
  readonly heldRows: number
  /** null while nothing is in the way. */
  readonly trouble: SyncTrouble | null
  /** Device time of the last run after which nothing was unsent; kept over a restart. */
  readonly lastSyncedAt: number | null
  readonly nextTryAt: number | null
  /** The server's words, for the Sync page. */
  readonly problem: string | null
}

export interface Bus {
  post: (message: BusMessage) => void
  /** @returns how to stop listening */
  listen: (onMessage: (message: BusMessage) => void) => () => void
}

export interface Log {
  write: (level: 'info' | 'warn' | 'error', event: string, details?: Readonly<Record<string, string | number | boolean | null>>) => void
}
