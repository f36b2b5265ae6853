// How long new scans wait for the next push: the slower the server answers, the longer, within a limit.
import type { Limits } from '../domain/limits'

/** A device that scans on and on waits for the server for at most one part in so many and one. */
const SHARE = 20
export const SEND_PAUSE_MAX_MS = 5000
/** How much a push tells against all before it: one that was lucky, or not, says little of the server. */
const WEIGHT = 0.3

/** How long a push takes these days, as far as that makes a difference. @param beforeMs 0: there was none yet */
export function usualPushMs(beforeMs: number, lastMs: number): number {
  const ms = Math.min(Math.max(0, lastMs), SEND_PAUSE_MAX_MS / SHARE)
  return beforeMs === 0 ? ms : beforeMs + WEIGHT * (ms - beforeMs)
}

/**
 * A server that takes long has too much to do, and many rows in one push cost it less than the same in many. So each device
 * asks a busy server less often, of itself, and all of them together find the pace that it can keep. By half of that pause
 * they differ: devices that a busy moment has brought together would come back together, and make the next one. Rules:
 * docs/SPEC.md WK68, WK69
 *
 * @param pushMs how long a push takes these days, as `usualPushMs` has it
 * @param random asked only where the server is busy
 */
export function sendPauseMs(
  { sendEveryMs }: Pick<Limits, 'sendEveryMs'>,
  pushMs: number,
  random: () => number,
): number {
  const longest = Math.min(SHARE * pushMs, SEND_PAUSE_MAX_MS)
  if (longest <= sendEveryMs) return sendEveryMs
  return Math.max(sendEveryMs, longest * (0.5 + random() / 2))
}
