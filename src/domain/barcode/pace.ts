// Telling a machine's typing from a person's by the gaps between keys.
import type { Stroke } from './stroke'

/** A longer gap is not within one burst: scanners take 2 to 100 ms, and a little jitter. */
export const BURST_GAP_MS_MAX = 120

/** Fewer characters say nothing about who types. */
const BURST_LENGTH_MIN = 4
/** From here on a slower or uneven pace counts too. */
const LONG_BURST_LENGTH_MIN = 6

/** Nobody types four keys in a row so fast. */
const FAST_GAP_MS = 35
/** Nobody types six keys in a row so fast: 200 words a minute. */
export const BRISK_GAP_MS = 60
/** Standard deviation over mean: people are at 0.25 and more. */
const EVEN_DEVIATION = 0.15

export interface Pace {
  /** Characters, held keys counted once. */
  readonly length: number
  readonly gapMsMax: number
  readonly gapMsMedian: number
  /** Standard deviation of the gaps over their mean. */
  readonly deviation: number
  /** Some of the characters came from a key that was held down. */
  readonly hasRepeat: boolean
}

/**
 * How a run of characters was typed.
 * @param terminatorGapMs the gap before the terminator; left out when there was none
 */
export function paceOf(run: readonly Stroke[], terminatorGapMs?: number): Pace {
  const pressed = run.filter((it) => !it.isRepeat)
  const gaps = pressed.slice(1).map((it) => it.gapMs)
  const timed = terminatorGapMs === undefined ? gaps : [...gaps, terminatorGapMs]
  const sorted = timed.toSorted((a, b) => a - b)
  const mean = timed.reduce((sum, it) => sum + it, 0) / Math.max(1, timed.length)
  const spread = timed.reduce((sum, it) => sum + (it - mean) ** 2, 0) / Math.max(1, timed.length)
  return {
    length: pressed.length,
    gapMsMax: sorted.at(-1) ?? 0,
    gapMsMedian: sorted[sorted.length >> 1] ?? 0,
    deviation: mean === 0 ? 0 : Math.sqrt(spread) / mean,
    hasRepeat: pressed.length < run.length,
  }
}

/** So fast that no person types it: later characters may be kept away from the field at once. */
export function isFast(pace: Pace): boolean {
  return pace.length >= BURST_LENGTH_MIN && pace.gapMsMedian <= FAST_GAP_MS
}

/** Faster than people type on average, whatever the length. */
export function isBrisk(pace: Pace): boolean {
  return pace.length >= BURST_LENGTH_MIN && pace.gapMsMedian <= BRISK_GAP_MS
}

/** Certainly a machine, by speed or by evenness. */
export function isMachine(pace: Pace): boolean {
  if (isFast(pace)) return true
  if (pace.length < LONG_BURST_LENGTH_MIN) return false
  return pace.gapMsMedian <= BRISK_GAP_MS || isEven(pace)
}

/** Like a scanner, where a person is not to be feared: with a terminator, outside of other fields. */
export function isScannerLike(pace: Pace): boolean {
  if (pace.hasRepeat || pace.length < BURST_LENGTH_MIN || pace.gapMsMax > BURST_GAP_MS_MAX)
    return false
  return pace.length >= LONG_BURST_LENGTH_MIN || pace.gapMsMedian <= BRISK_GAP_MS || isEven(pace)
}

function isEven(pace: Pace): boolean {
  return pace.gapMsMax <= BURST_GAP_MS_MAX && pace.deviation <= EVEN_DEVIATION
}
