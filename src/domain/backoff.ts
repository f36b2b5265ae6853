// How long to wait before the next try: full jitter, or equal jitter where the server asked for patience.

export interface BackoffInput {
  /** Failures in a row before this wait, from 1. */
  readonly attempt: number
  /** In [0, 1). */
  readonly random: number
  readonly firstMs: number
  readonly capMs: number
  /** The server is throttling or down: never collapse to a wait near zero. */
  readonly isThrottled: boolean
  /** From Retry-After; the wait is never shorter, and never longer than `RETRY_AFTER_MS_MAX`. */
  readonly retryAfterMs: number | null
}

/** A day: a server that asks for more is not believed. */
export const RETRY_AFTER_MS_MAX = 86_400_000
/** 2^30 s is far above every cap; keeps the power exact. */
const EXPONENT_MAX = 30

/**
 * Milliseconds to wait.
 *
 * Full jitter spreads devices that lost the network together; under throttling it can come out near zero
 * (aws/aws-sdk-net#4341), so half of the delay is then fixed. Rules: docs/SPEC.md BO1-BO3
 */
export function backoffMs(input: BackoffInput): number {
  const exponent = Math.min(Math.max(input.attempt, 1) - 1, EXPONENT_MAX)
  const ceiling = Math.min(input.capMs, input.firstMs * 2 ** exponent)
  const asked = Math.min(Math.max(input.retryAfterMs ?? 0, 0), RETRY_AFTER_MS_MAX)
  const jittered = input.isThrottled
    ? ceiling / 2 + (input.random * ceiling) / 2
    : input.random * ceiling
  return Math.round(Math.max(asked, jittered))
}
