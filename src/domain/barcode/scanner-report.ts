// What a test scan tells of a scanner and its set-up: the keys that came, their pace, and what is wrong with them.
import { isGluedPair } from './doubled'
import { gtin14Of } from './gtin'
import { hasBadCheckDigit } from './item-key'
import { BRISK_GAP_MS } from './pace'
import { prefixProblemOf } from './scanner-set-up'
import { controlCharOf, isCharacterKey, type KeyInput } from './stroke'
import { terminatorOf } from './wedge-decoder'
import type { Terminator, WedgeResult, WedgeSettings } from './wedge-result'
import { splitAim } from './aim'

/** A scan of 255 characters with Shift before each one; more is not shown. */
const KEYS_MAX = 520
/** CR LF and the like: so soon after the end it still belongs to it, whatever the scanner's pace. */
const ECHO_MS = 150
/** What follows a prefix must be a whole barcode, and is as long as one. */
const GTIN_LENGTHS = [8, 12, 13, 14]

export type ShownKey = { readonly gapMs: number } & (
  | { readonly kind: 'character' | 'control'; readonly char: string }
  | { readonly kind: 'end'; readonly terminator: Terminator }
  /** Shift, an arrow, a key without a character. */
  | { readonly kind: 'other'; readonly key: string }
)

/** What speaks against counting with this scanner as it is set up. */
export const SCANNER_FAULTS = ['doubled', 'too-long', 'no-end', 'repeated-key', 'glued', 'stutter', 'typed', 'prefix', 'check-digit'] as const
export type ScannerFault = (typeof SCANNER_FAULTS)[number]

/** What is worth knowing and does no harm. */
export const SCANNER_REMARKS = ['slow', 'layout', 'caps-lock', 'control-characters', 'several-ends'] as const
export type ScannerRemark = (typeof SCANNER_REMARKS)[number]

export interface ScannerReport {
  readonly keys: readonly ShownKey[]
  readonly result: WedgeResult
  /** Half of the pauses between two keys are shorter. */
  readonly gapMsMedian: number
  readonly faults: readonly ScannerFault[]
  readonly remarks: readonly ScannerRemark[]
  /** Of the settings: what was taken off the front. */
  readonly prefix: string | null
  /** What stands before a barcode and could be taken off. */
  readonly suggestedPrefix: string | null
}

/** @param keys all that came since the result before, the end included. Rules: docs/SPEC.md WS1-WS3 */
export function scannerReportOf(keys: readonly KeyInput[], result: WedgeResult, settings: WedgeSettings): ScannerReport {
  const own = ownKeysOf(keys, result)
  const suggestedPrefix = suggestedPrefixOf(result)
  const gapMsMedian = medianGapOf(own)
  return {
    keys: shownKeysOf(own),
    result,
    gapMsMedian,
    faults: faultsOf(own, result, suggestedPrefix),
    remarks: remarksOf(own, result, gapMsMedian),
    prefix: takenOff(result, settings),
    suggestedPrefix,
  }
}

/** Does this key still belong to the end of what was reported: CR LF, an arrow down? */
export function isEcho({ result }: ScannerReport, input: KeyInput): boolean {
  const isEnd = terminatorOf(input) !== null || input.key === 'ArrowDown'
  return isEnd && result.terminator !== null && input.timeStamp - result.endedAt <= ECHO_MS
}

/** The report with one more key behind its end. */
export function withEcho(report: ScannerReport, input: KeyInput): ScannerReport {
  const shown = shownKeyOf(input, input.timeStamp - report.result.endedAt)
  const remarks = report.remarks.includes('several-ends') ? report.remarks : [...report.remarks, 'several-ends' as const]
  return { ...report, keys: [...report.keys, shown].slice(0, KEYS_MAX), remarks }
}

/** The keys of the run that was judged: what a person did before it is no part of it. */
function ownKeysOf(keys: readonly KeyInput[], { endedAt, ms, terminator }: WedgeResult): readonly KeyInput[] {
  const lastAt = terminator === null ? (keys.at(-1)?.timeStamp ?? endedAt) : endedAt
  const firstAt = keys.findIndex((it) => it.timeStamp >= lastAt - ms - 0.5 && isContent(it))
  return keys.slice(Math.max(0, firstAt)).slice(-KEYS_MAX)
}

function isContent(input: KeyInput): boolean {
  return isCharacterKey(input) || controlCharOf(input, true) !== null
}

function shownKeysOf(keys: readonly KeyInput[]): readonly ShownKey[] {
  return keys.map((it, nth) => shownKeyOf(it, nth === 0 ? 0 : it.timeStamp - (keys[nth - 1]?.timeStamp ?? 0)))
}

function shownKeyOf(input: KeyInput, gap: number): ShownKey {
  const gapMs = Math.max(0, Math.round(gap))
  const terminator = terminatorOf(input)
  if (terminator !== null) return { kind: 'end', terminator, gapMs }
  const char = controlCharOf(input, true)
  if (char !== null) return { kind: 'control', char, gapMs }
  const isPlain = isCharacterKey(input) && [...input.key].length === 1
  return isPlain ? { kind: 'character', char: input.key, gapMs } : { kind: 'other', key: input.key, gapMs }
}

function medianGapOf(keys: readonly KeyInput[]): number {
  const times = keys.filter(isContent).map((it) => it.timeStamp)
  const gaps = times.slice(1).map((at, nth) => at - (times[nth] ?? at))
  return Math.max(0, Math.round(gaps.toSorted((a, b) => a - b)[gaps.length >> 1] ?? 0))
}

function faultsOf(keys: readonly KeyInput[], result: WedgeResult, suggestedPrefix: string | null): readonly ScannerFault[] {
  if (result.kind === 'faulty') return [result.fault]
  if (result.kind === 'typed') return ['typed']
  const isGlued = isGluedPair(result.raw)
  const hasRepeat = keys.some((it) => it.repeat)
  const isTorn = result.kind === 'partial' && result.terminator !== null && !isGlued && !hasRepeat
  const isOdd = result.kind === 'scan' && suggestedPrefix === null && hasBadCheckDigit(result.raw)
  const found: Readonly<Record<ScannerFault, boolean>> = {
    doubled: false,
    'too-long': false,
    typed: false,
    'no-end': result.terminator === null,
    'repeated-key': hasRepeat,
    glued: isGlued,
    stutter: isTorn,
    prefix: suggestedPrefix !== null,
    'check-digit': isOdd,
  }
  return SCANNER_FAULTS.filter((it) => found[it])
}

function remarksOf(keys: readonly KeyInput[], result: WedgeResult, gapMsMedian: number): readonly ScannerRemark[] {
  if (result.kind === 'typed') return []
  const found: Readonly<Record<ScannerRemark, boolean>> = {
    slow: gapMsMedian > BRISK_GAP_MS,
    layout: result.asTyped !== result.byCode,
    'caps-lock': keys.some((it) => it.capsLock),
    'control-characters': keys.some((it) => terminatorOf(it) === null && controlCharOf(it, true) !== null),
    'several-ends': keys.filter((it) => terminatorOf(it) !== null).length > 1,
  }
  return SCANNER_REMARKS.filter((it) => found[it])
}

/** A barcode with something before it that is no digit: the scanner adds it. Two characters of chance are no barcode. */
function suggestedPrefixOf({ kind, raw }: WedgeResult): string | null {
  if (kind === 'typed' || kind === 'faulty') return null
  const digits = /[0-9]+$/.exec(raw)?.[0] ?? ''
  for (const length of GTIN_LENGTHS) {
    const prefix = raw.slice(0, raw.length - length)
    if (digits.length < length || prefix === '' || gtin14Of(raw.slice(-length)) === null) continue
    if (digits.length > length && /[0-9]$/.test(prefix)) continue
    if (prefixProblemOf(prefix) === null) return prefix
  }
  return null
}

function takenOff({ raw, asTyped, byCode }: WedgeResult, { prefixes }: WedgeSettings): string | null {
  const fits = (it: string, reading: string): boolean =>
    it !== '' && reading.startsWith(it) && splitAim(reading.slice(it.length)).text.trim() === raw
  return prefixes.find((it) => fits(it, asTyped) || fits(it, byCode)) ?? null
}
