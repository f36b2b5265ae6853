// What came out of a run of keys: a scan, typing, or something that must not be counted silently.
import type { LayoutChoice, ScannerLayout } from './layout-choice'
import type { Stroke } from './stroke'
import { splitAim } from './aim'
import { isGluedPair, undoubled } from './doubled'
import { gtin14Of } from './gtin'
import { readStrokes } from './layout-choice'
import type { Pace } from './pace'
import { BRISK_GAP_MS, BURST_GAP_MS_MAX, isBrisk, isFast, isMachine, isScannerLike, paceOf } from './pace'

/** Longer values are refused (decision 25). */
const VALUE_LENGTH_MAX = 255

/** After three terminated scans the terminator is known, and what comes without one is partial (decision 25). */
export const SCANS_TO_LEARN = 3

/** A burst that follows a broken one so soon may be its other half. */
const BROKEN_RECENTLY_MS = 1000
/** As short as a tail, it is one for longer: a connection that is lost may take a while to come back. */
const TAIL_AFTER_MS = 2000
/** So few characters, ended as fast as a machine ends them, are what is left of a scan. */
const TAIL_LENGTH_MAX = 3

export type Terminator = 'Enter' | 'Tab' | 'LF'

/** What a device has shown about its scanner. Plain data: the page keeps it over restarts. */
export interface WedgeMemory {
  /** Terminated scans seen; stops at three. */
  readonly terminatedScans: number
  readonly terminator: Terminator | null
  readonly layout: ScannerLayout | null
}

export const NOTHING_LEARNT: WedgeMemory = { terminatedScans: 0, terminator: null, layout: null }

export interface WedgeSettings {
  /** Texts that the scanner is set up to send before the data; the first that fits is taken off. */
  readonly prefixes: readonly string[]
  /** null: found out burst by burst. */
  readonly layout: ScannerLayout | null
  /** Whether it ends each code with a key; null: learnt from three scans (decision 25). */
  readonly end: 'sent' | 'none' | null
}

export const WEDGE_DEFAULTS: WedgeSettings = { prefixes: [], layout: null, end: null }

interface Decoded {
  /** The value: prefix and symbology identifier taken off, trimmed. */
  readonly raw: string
  /** The whole run as the keyboard layout typed it, nothing taken off. */
  readonly asTyped: string
  /** The whole run as a US keyboard would have typed it, nothing taken off. */
  readonly byCode: string
  /** AIM identifier without the bracket; null when the scanner sent none. */
  readonly symbology: string | null
  readonly terminator: Terminator | null
  /** From the first key to the last (to the terminator if there is one). */
  readonly ms: number
  readonly maxGapMs: number
  /** Time stamp of the terminator key, or of the time-out. */
  readonly endedAt: number
}

export type WedgeResult =
  /** Complete: count it. */
  | (Decoded & { readonly kind: 'scan' })
  /** Ended by Enter at a person's pace. */
  | (Decoded & { readonly kind: 'typed' })
  /** Cut short, or in doubt: show it, count it only after a tap. */
  | (Decoded & { readonly kind: 'partial' })
  /** No terminator and none learnt yet, check digit right: counts only if the product is known (decision 25). */
  | (Decoded & { readonly kind: 'unterminated' })
  /** The set-up is faulty: refuse it. `suggestion`: what a right set-up would have sent. */
  | (Decoded & { readonly kind: 'faulty'; readonly fault: 'doubled'; readonly suggestion: string })
  | (Decoded & { readonly kind: 'faulty'; readonly fault: 'too-long'; readonly suggestion: null })

/** A run of keys at its end. */
export interface EndedRun {
  /** Characters before the run that were neither counted nor cleared: typed by a person, or the head of a broken scan. */
  readonly head: readonly Stroke[]
  readonly run: readonly Stroke[]
  /** Characters that found no room. */
  readonly lost: number
  /** The run had a pause that a scanner at its pace does not make. */
  readonly hasHiccup: boolean
  /** A partial result ended so long before this run began; null if none did. */
  readonly sinceBrokenMs: number | null
  readonly endedAt: number
  /** null: the time ran out. */
  readonly terminator: Terminator | null
  readonly terminatorGapMs: number
  readonly isInOtherField: boolean
}

/**
 * Judge a run that a terminator has ended.
 * @returns the result, and whether the layout found is worth remembering; `typed` for what a person typed
 */
export function judgeTerminated(
  ended: EndedRun,
  memory: WedgeMemory,
  settings: WedgeSettings,
): { readonly result: WedgeResult; readonly layout: ScannerLayout | null } {
  const pace = paceOf(ended.run, ended.terminatorGapMs)
  // The terminator may come late over a bad connection: the characters alone can be certain, too.
  const isCertain = isMachine(pace) || isMachine(paceOf(ended.run))
  const typed = { result: typedOf(ended), layout: null }
  if (!isCertain && (ended.isInOtherField || !isScannerLike(pace)))
    return isTail(ended, pace) ? { result: tailOf(ended, memory, settings), layout: null } : typed
  const { decoded, choice } = decode(ended, memory, settings)
  const fault = faultOf(decoded, ended.lost)
  if (fault !== null) return { result: fault, layout: null }
  const layout = choice.isEvidence ? choice.layout : null
  const doubt = doubtOf(ended, decoded.raw)
  // A person's line with a quick end, or a scan that stuttered: the line as a whole is the value.
  if (doubt === 'partial-or-typed' && !isCertain) return typed
  return { result: { ...decoded, kind: doubt === null ? 'scan' : 'partial' }, layout }
}

/** Judge a run for which the time has run out, or which was interrupted; null when it was a person's. */
export function judgeUnterminated(
  ended: EndedRun,
  memory: WedgeMemory,
  settings: WedgeSettings,
): WedgeResult | null {
  if (!isMachine(paceOf(ended.run))) return null
  const { decoded } = decode(ended, memory, settings)
  const fault = faultOf(decoded, ended.lost)
  if (fault !== null) return fault
  const isEndAwaited = settings.end === null ? memory.terminatedScans >= SCANS_TO_LEARN : settings.end === 'sent'
  const isWhole = gtin14Of(decoded.raw) !== null && doubtOf(ended, decoded.raw) === null
  return { ...decoded, kind: isWhole && !isEndAwaited ? 'unterminated' : 'partial' }
}

/** What speaks against counting a scanner's value as it is; null when nothing does. Rules: docs/SPEC.md WD11-WD13 */
function doubtOf(ended: EndedRun, raw: string): 'partial' | 'partial-or-typed' | null {
  if (raw === '' || isGluedPair(raw)) return 'partial'
  // A key that hangs (connection lost between press and release) leaves repeats among quick characters.
  if (ended.run.some((it) => it.isRepeat)) return 'partial'
  if (gtin14Of(raw) !== null) return null
  if (ended.hasHiccup) return 'partial'
  if (ended.sinceBrokenMs !== null && ended.sinceBrokenMs <= BROKEN_RECENTLY_MS) return 'partial'
  // What stands right before it may be its lost head: a hiccup after the first key, or a person's last key.
  const isBehindOthers = ended.head.length > 0 && (ended.run[0]?.gapMs ?? 0) <= BROKEN_RECENTLY_MS
  if (!isBehindOthers) return null
  return isBrisk(paceOf(ended.run)) ? 'partial' : 'partial-or-typed'
}

/**
 * What came through after a connection was lost: too short to tell a machine from a person by its pace alone, but
 * right behind a broken scan, or quicker at its end than a person is. In another field it counts nothing anyway.
 * Rules: docs/SPEC.md WD37
 */
function isTail(ended: EndedRun, pace: Pace): boolean {
  if (ended.isInOtherField) return false
  const isShort = ended.head.length + ended.run.length <= TAIL_LENGTH_MAX
  const isBehindBroken = ended.sinceBrokenMs !== null && ended.sinceBrokenMs <= TAIL_AFTER_MS
  // It may have stuttered, too; a longer line with slow characters in it is a person's.
  if (isBehindBroken && (isShort || ended.head.length === 0)) return pace.gapMsMax <= BURST_GAP_MS_MAX
  return isShort && ended.head.length === 0 && pace.gapMsMax <= BRISK_GAP_MS
}

function tailOf(ended: EndedRun, memory: WedgeMemory, settings: WedgeSettings): WedgeResult {
  const line = { ...ended, head: [], run: [...ended.head, ...ended.run] }
  return { ...decode(line, memory, settings).decoded, kind: 'partial' }
}

function faultOf(decoded: Decoded, lost: number): WedgeResult | null {
  const single = undoubled(decoded.raw)
  if (lost > 0 || decoded.raw.length > VALUE_LENGTH_MAX)
    return {
      ...decoded,
      raw: decoded.raw.slice(0, VALUE_LENGTH_MAX),
      kind: 'faulty',
      fault: 'too-long',
      suggestion: null,
    }
  return single === null
    ? null
    : { ...decoded, kind: 'faulty', fault: 'doubled', suggestion: single }
}

/** A person's line: the keyboard layout is right, nothing is taken off but white space. */
function typedOf(ended: EndedRun): WedgeResult {
  const line = [...ended.head, ...ended.run]
  const asTyped = line.map((it) => it.text ?? '').join('')
  const byCode = line.map((it) => it.us ?? '\uFFFD').join('')
  return {
    ...timed(ended, line),
    raw: asTyped.trim(),
    asTyped,
    byCode,
    symbology: null,
    kind: 'typed',
  }
}

function decode(
  ended: EndedRun,
  memory: WedgeMemory,
  settings: WedgeSettings,
): { readonly decoded: Decoded; readonly choice: LayoutChoice } {
  const choice = readStrokes(ended.run, { set: settings.layout, learnt: memory.layout })
  const prefix = settings.prefixes.find((it) => it !== '' && choice.raw.startsWith(it)) ?? ''
  const { symbology, text } = splitAim(choice.raw.slice(prefix.length))
  const { asTyped, byCode } = choice
  return {
    decoded: { ...timed(ended, ended.run), raw: text.trim(), asTyped, byCode, symbology },
    choice,
  }
}

function timed(
  ended: EndedRun,
  keys: readonly Stroke[],
): Pick<Decoded, 'terminator' | 'ms' | 'maxGapMs' | 'endedAt'> {
  const gaps = keys.slice(1).map((it) => it.gapMs)
  const hasTerminator = ended.terminator !== null
  const lastAt = hasTerminator ? ended.endedAt : (keys.at(-1)?.at ?? ended.endedAt)
  return {
    terminator: ended.terminator,
    ms: Math.max(0, lastAt - (keys[0]?.at ?? lastAt)),
    maxGapMs: Math.max(0, ...gaps, hasTerminator ? ended.terminatorGapMs : 0),
    endedAt: ended.endedAt,
  }
}

/** So fast that the characters may be kept away from the field before the end is known. */
export function isSurelyScanner(run: readonly Stroke[]): boolean {
  return isFast(paceOf(run))
}
