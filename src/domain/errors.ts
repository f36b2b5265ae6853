// Why a call to the server failed, named by what one can do about it.

export const REMOTE_ERROR_REASONS = [
  'offline', // no answer, half of one, or a time-out: outcome unknown, try again
  'captive-portal', // an answer that is not our server's: treat as offline, probe
  'server-down', // 408, 425, 429, 5xx: try again later, after retryAfterMs
  'not-yet', // nobody's fault: something of our own has to pass first; try again after retryAfterMs
  'unauthorized', // 401: ask for a sign-in; nothing is cleared
  'forbidden', // 403: stop this scope and say so; data stays
  'not-found', // 404, 410: the session is gone; evidence is kept
  'locked', // somebody else holds the lock
  'stale-fence', // an authoritative call with an old fence: nothing was changed
  'too-large', // 413: halve the batch
  'unsupported', // 405, 406, 415: drop the optional feature and try once more
  'outdated', // 426: update the app; scanning goes on
  'rejected', // any other 4xx: the server's words; bisect, then quarantine
] as const
export type RemoteErrorReason = (typeof REMOTE_ERROR_REASONS)[number]

const RETRYABLE: Readonly<Record<RemoteErrorReason, boolean>> = {
  offline: true,
  'captive-portal': true,
  'server-down': true,
  'not-yet': true,
  unauthorized: false,
  forbidden: false,
  'not-found': false,
  locked: false,
  'stale-fence': false,
  'too-large': false,
  unsupported: false,
  outdated: false,
  rejected: false,
}

export interface RemoteErrorDetails {
  readonly status?: number
  /** The server's stable code, such as `SESSION_LOCKED`. */
  readonly code?: string
  /** From Retry-After. */
  readonly retryAfterMs?: number
  /** Who holds the lock, when `locked`. */
  readonly holder?: { readonly userName: string; readonly deviceId: string | null }
}

/** The only error that the server port rejects with. The message is method, path and the server's words. */
export class RemoteError extends Error {
  override readonly name = 'RemoteError'

  constructor(
    readonly reason: RemoteErrorReason,
    message: string,
    readonly details: RemoteErrorDetails = {},
    options?: ErrorOptions,
  ) {
    super(message, options)
  }

  get isRetryable(): boolean {
    return RETRYABLE[this.reason]
  }
}

/** What a person may read of it: the server's words, without method and path. */
export function wordsOf(error: RemoteError): string {
  return error.message.replace(/^[A-Z]+ \S+: /, '')
}
