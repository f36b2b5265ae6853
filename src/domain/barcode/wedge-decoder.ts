// Turns key events into scans: a pure state machine. Events and time come in, results and what to do with the key go out.
import type { KeyInput, Stroke } from './stroke'
import type { EndedRun, Terminator, WedgeMemory, WedgeResult, WedgeSettings } from './wedge-result'
import { BURST_GAP_MS_MAX, isMachine, paceOf } from './pace'
import { controlCharOf, controlStrokeOf, isCharacterKey, strokeOf } from './stroke'
import {
  isSurelyScanner,
  judgeTerminated,
  judgeUnterminated,
  NOTHING_LEARNT,
  SCANS_TO_LEARN,
} from './wedge-result'

/** So long after its last key a scanner's run without a terminator is over. */
const RUN_TIMEOUT_MS = 300
/** CR LF, doubled terminators: what comes so soon still belongs to the end of a scan. Slow scanners get their own pace. */
const AFTER_TERMINATOR_MS = 50
/** Added to a slow scanner's longest gap. */
const JITTER_MS = 20
/** A person's line that was left alone for so long starts anew. */
const LINE_IDLE_MS = 5000
/** Room for the longest value and its prefixes; more is counted, not kept. */
const LINE_LENGTH_MAX = 300

const MODIFIERS: readonly string[] = [
  'Shift',
  'Control',
  'Alt',
  'AltGraph',
  'Meta',
  'CapsLock',
  'NumLock',
  'Fn',
]

/** Ctrl+M, Ctrl+J, Ctrl+I are CR, LF and Tab to a scanner that sends control characters. */
const CONTROL_TERMINATORS: ReadonlyMap<string, Terminator> = new Map([
  ['m', 'Enter'],
  ['j', 'LF'],
  ['i', 'Tab'],
])

/** Plain data: can be kept, compared and replayed. */
export interface WedgeState {
  /** Characters since the last result, at most 300. */
  readonly line: readonly Stroke[]
  /** Where in `line` the present run begins. */
  readonly runFrom: number
  readonly lost: number
  readonly hasHiccup: boolean
  readonly lastKeyAt: number | null
  /** Until then another terminator is an echo of the last one; null before the first scan. */
  readonly echoUntil: number | null
  readonly brokenAt: number | null
  readonly memory: WedgeMemory
}

export interface WedgeStep {
  readonly state: WedgeState
  /** In order; a late time-out can come before the result of the key itself. */
  readonly results: readonly WedgeResult[]
  /**
   * `swallow`: the key belongs to a scanner; it must reach nothing else. `burst`: it may: text fields take it, but
   * a space must not press a button. `pass`: leave it alone.
   */
  readonly effect: 'pass' | 'burst' | 'swallow'
}

/** The decoder before its first key. */
export function createWedgeState(memory: WedgeMemory = NOTHING_LEARNT): WedgeState {
  const nothing = { line: [], runFrom: 0, lost: 0, hasHiccup: false }
  return { ...nothing, lastKeyAt: null, echoUntil: null, brokenAt: null, memory }
}

/**
 * Take one `keydown`. Order of calls is order of events; time is the events' own.
 * Cost is bounded by the length of the line (300). Rules: docs/SPEC.md WD1-WD18
 */
export function stepWedge(state: WedgeState, input: KeyInput, settings: WedgeSettings): WedgeStep {
  // The clock may be late (a busy page): what it would have ended is ended first.
  const before = tickWedge(state, input.timeStamp, settings)
  const step = stepKey(before.state, input, settings)
  return { ...step, results: [...before.results, ...step.results] }
}

/** Let time pass: ends a scanner's run that has got no terminator. Rules: docs/SPEC.md WD5, WD6 */
export function tickWedge(state: WedgeState, now: number, settings: WedgeSettings): WedgeStep {
  const dueAt = nextTickAt(state)
  if (dueAt === null || now < dueAt) return { state, results: [], effect: 'pass' }
  return interruptWedge(state, now, settings)
}

/** When `tickWedge` has something to end; null when nothing is under way that a scanner must have begun. */
export function nextTickAt(state: WedgeState): number | null {
  if (state.lastKeyAt === null || !isMachine(paceOf(runOf(state)))) return null
  return state.lastKeyAt + RUN_TIMEOUT_MS
}

/** The window lost the keyboard: a scanner's run is shown as partial, a person's line is forgotten. */
export function interruptWedge(state: WedgeState, now: number, settings: WedgeSettings): WedgeStep {
  const result = judgeUnterminated(endedRunOf(state, now, null, false), state.memory, settings)
  const brokenAt = result?.kind === 'partial' ? state.lastKeyAt : state.brokenAt
  return {
    state: { ...cleared(state), brokenAt },
    results: result === null ? [] : [result],
    effect: 'pass',
  }
}

function stepKey(state: WedgeState, input: KeyInput, settings: WedgeSettings): WedgeStep {
  const terminator = terminatorOf(input)
  if (isAfterTerminator(state, input) && (terminator !== null || input.key === 'ArrowDown'))
    return { state, results: [], effect: 'swallow' }
  if (terminator !== null && isTerminatorHere(state, input))
    return end(state, input, { terminator, settings })

  const isInBurst = state.line.length > 0 && gapOf(state, input) <= BURST_GAP_MS_MAX
  const control = controlCharOf(input, isInBurst)
  if (control !== null)
    return {
      ...addStroke(state, controlStrokeOf(control, input, gapOf(state, input))),
      effect: 'swallow',
    }
  if (isCharacterKey(input)) return addStroke(state, strokeOf(input, gapOf(state, input)))
  if (MODIFIERS.includes(input.key))
    return { state: touched(state, input, isInBurst), results: [], effect: 'pass' }
  return { state: afterOtherKey(state, input), results: [], effect: 'pass' }
}

/** One more character: of the run under way, or the first of a new one. */
function addStroke(state: WedgeState, stroke: Stroke): WedgeStep {
  const line = stroke.gapMs > LINE_IDLE_MS ? [] : state.line
  const isFirst = line.length === 0
  const isClose = !isFirst && stroke.gapMs <= BURST_GAP_MS_MAX
  // A scanner that pauses is still the same scan: the connection stuttered. A person's pause begins a new run.
  const isStutter = !isFirst && !isClose && isMachine(paceOf(runOf(state)))
  const isFull = line.length >= LINE_LENGTH_MAX
  const runFrom = isClose || isStutter ? state.runFrom : line.length
  const next: WedgeState = {
    ...state,
    line: isFull ? line : [...line, stroke],
    runFrom: isFull ? state.runFrom : runFrom,
    lost: lostAfter(state, isFull, isFirst),
    hasHiccup: isStutter || (isClose && state.hasHiccup),
    lastKeyAt: stroke.at,
  }
  const probably = isClose && !stroke.isRepeat ? 'burst' : 'pass'
  return { state: next, results: [], effect: isSurelyScanner(runOf(next)) ? 'swallow' : probably }
}

function lostAfter(state: WedgeState, isFull: boolean, isFirst: boolean): number {
  if (isFull) return state.lost + 1
  return isFirst ? 0 : state.lost
}

function end(
  state: WedgeState,
  input: KeyInput,
  how: { readonly terminator: Terminator; readonly settings: WedgeSettings },
): WedgeStep {
  const ended = endedRunOf(state, input.timeStamp, how.terminator, input.isInOtherField)
  const { result, layout } = judgeTerminated(ended, state.memory, how.settings)
  if (result.kind === 'typed') return endTyped(state, input, result)
  const after: WedgeState = {
    ...cleared(state),
    lastKeyAt: input.timeStamp,
    echoUntil:
      input.timeStamp +
      Math.max(AFTER_TERMINATOR_MS, Math.min(BURST_GAP_MS_MAX, result.maxGapMs) + JITTER_MS),
    brokenAt: result.kind === 'partial' ? input.timeStamp : state.brokenAt,
    memory: result.kind === 'scan' ? learn(state.memory, how.terminator, layout) : state.memory,
  }
  return { state: after, results: [result], effect: 'swallow' }
}

/** Enter ends what a person typed; Tab only moves on. Whether the key is taken is for the page: it knows the field. */
function endTyped(state: WedgeState, input: KeyInput, result: WedgeResult): WedgeStep {
  const after = { ...cleared(state), lastKeyAt: input.timeStamp }
  const isEntry = result.terminator !== 'Tab' && result.raw !== ''
  return { state: after, results: isEntry ? [result] : [], effect: 'pass' }
}

function learn(
  memory: WedgeMemory,
  terminator: Terminator,
  layout: WedgeMemory['layout'],
): WedgeMemory {
  return {
    terminatedScans: Math.min(SCANS_TO_LEARN, memory.terminatedScans + 1),
    terminator,
    layout: layout ?? memory.layout,
  }
}

/** The end of a scan that a key stands for; null for all others. */
export function terminatorOf(input: KeyInput): Terminator | null {
  if (input.altKey || input.metaKey) return null
  if (input.ctrlKey) return CONTROL_TERMINATORS.get(input.key.toLowerCase()) ?? null
  if (input.key === 'Enter' || input.code === 'NumpadEnter') return 'Enter'
  // Shift+Tab is a person going back.
  return input.key === 'Tab' && !input.shiftKey ? 'Tab' : null
}

/** A held Enter ends nothing, and Ctrl with a letter is a shortcut unless it ends a burst. */
function isTerminatorHere(state: WedgeState, input: KeyInput): boolean {
  if (state.line.length === 0 || input.repeat) return false
  return !input.ctrlKey || gapOf(state, input) <= BURST_GAP_MS_MAX
}

function isAfterTerminator(state: WedgeState, input: KeyInput): boolean {
  return state.echoUntil !== null && state.line.length === 0 && input.timeStamp <= state.echoUntil
}

/** Backspace takes the last character; any other key breaks a person's run. A scanner's goes on. */
function afterOtherKey(state: WedgeState, input: KeyInput): WedgeState {
  if (isMachine(paceOf(runOf(state)))) return state
  if (input.key === 'Escape') return cleared(state)
  const line = input.key === 'Backspace' ? state.line.slice(0, -1) : state.line
  return { ...state, line, runFrom: line.length, hasHiccup: false, lastKeyAt: input.timeStamp }
}

/** Shift before a character belongs to the pace: a scanner of 100 ms takes 100 ms for it, too. */
function touched(state: WedgeState, input: KeyInput, isInBurst: boolean): WedgeState {
  return isInBurst ? { ...state, lastKeyAt: input.timeStamp } : state
}

function endedRunOf(
  state: WedgeState,
  endedAt: number,
  terminator: Terminator | null,
  isInOtherField: boolean,
): EndedRun {
  const run = runOf(state)
  const first = run[0]
  return {
    head: state.line.slice(0, state.runFrom),
    run,
    lost: state.lost,
    hasHiccup: state.hasHiccup,
    sinceBrokenMs:
      state.brokenAt === null || first === undefined ? null : first.at - state.brokenAt,
    endedAt,
    terminator,
    terminatorGapMs: Math.max(0, endedAt - (state.lastKeyAt ?? endedAt)),
    isInOtherField,
  }
}

function runOf(state: WedgeState): readonly Stroke[] {
  return state.line.slice(state.runFrom)
}

function cleared(state: WedgeState): WedgeState {
  return { ...state, line: [], runFrom: 0, lost: 0, hasHiccup: false }
}

/** Since the key event before; may be negative (clock granularity, synthetic events): that is quick, too. */
function gapOf(state: WedgeState, input: KeyInput): number {
  return state.lastKeyAt === null ? 0 : input.timeStamp - state.lastKeyAt
}
