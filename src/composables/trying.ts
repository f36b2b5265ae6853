// A call of the worker that may break instead of failing in the agreed way: both are shown, neither hangs.
import type { Outcome } from '../worker/protocol'
import { BROKEN_CALL, type ShownFailure } from './words'

/** @returns the outcome, or a failure in the app's own words when the call itself broke; never rejects */
export async function trying<T>(
  call: Promise<Outcome<T>>,
): Promise<Outcome<T> | (ShownFailure & { readonly ok: false; readonly words: string })> {
  try {
    return await call
  } catch {
    return { ...BROKEN_CALL, ok: false }
  }
}
