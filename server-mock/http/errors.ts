// Failures that a caller is told about, in Moqui's envelope.
import type { ErrorCode } from '../../src/contract/envelope'

export interface ErrorExtras {
  readonly holder?: { readonly userId: string; readonly deviceId?: string | null }
  readonly leaseRemainingMs?: number
  /** Seconds; sent as the Retry-After header, not in the body. */
  readonly retryAfterSeconds?: number
}

/** Thrown by routes; answered as `{errorCode, errors, code?, …}`. A transaction around it rolls back. */
export class HttpError extends Error {
  override readonly name = 'HttpError'

  constructor(
    readonly status: 400 | 401 | 403 | 404 | 405 | 409 | 413 | 415 | 426 | 429 | 500 | 503,
    message: string,
    readonly code?: ErrorCode,
    readonly extra: ErrorExtras = {},
  ) {
    super(message)
  }
}
