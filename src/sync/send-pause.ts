// How long new scans wait for the next push: the slower the server answers, the longer, within a limit.
import type { Limits } from '../domain/limits'

/** A device that scans on and on waits for the server for at most one part in so many and one. */
const SHARE = 10
export const SEND_PAUSE_MAX_MS = 5000

/**
 * A server that takes long has too much to do, and many rows in one push cost it less than the same in many. So each device
 * asks a busy server less often, of itself, and all of them together find the pace that it can keep. Rules: docs/SPEC.md WK68
 */
export function sendPauseMs(
  { sendEveryMs }: Pick<Limits, 'sendEveryMs'>,
  lastPushMs: number,
): number {
  return Math.max(sendEveryMs, Math.min(SHARE * lastPushMs, SEND_PAUSE_MAX_MS))
}
