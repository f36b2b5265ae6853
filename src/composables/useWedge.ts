// Catches a scanner's keys wherever they land on the page and hands over scans; what a person types is left alone.
import type { Ref } from 'vue'
import { onScopeDispose } from 'vue'
import type { KeyInput } from '../domain/barcode/stroke'
import type { WedgeStep } from '../domain/barcode/wedge-decoder'
import {
  createWedgeState,
  interruptWedge,
  nextTickAt,
  stepWedge,
  tickWedge,
} from '../domain/barcode/wedge-decoder'
import type { WedgeMemory, WedgeResult, WedgeSettings } from '../domain/barcode/wedge-result'
import { WEDGE_DEFAULTS } from '../domain/barcode/wedge-result'
import type { Field, FieldSnapshot } from './field-snapshot'
import { fieldOf, restoreSnapshot, takeSnapshot } from './field-snapshot'
import { createHeldCharacters } from './held-characters'
import type { SetTimer } from './useScanFieldFocus'
import { isNothingFocused, listen, useScanFieldFocus } from './useScanFieldFocus'
import type { WedgeMemoryStore } from './wedge-memory'

type ResultOf<Kind extends WedgeResult['kind']> = Extract<WedgeResult, { kind: Kind }>

export interface WedgeOptions {
  /** Display and keyboard entry. May come and go with the route: scans arrive without it, too. */
  readonly scanField: () => HTMLInputElement | null
  /** Complete: count it. `endedAt` is on the scale of performance.now(). */
  readonly onScan: (result: ResultOf<'scan'>) => void
  /**
   * `partial`: show it, count it only after a tap. `unterminated`: count it if the product is known, else show it
   * as partial (decision 25).
   */
  readonly onPartial: (result: ResultOf<'partial'> | ResultOf<'unterminated'>) => void
  /** The set-up of the scanner is faulty: refuse it and say so. */
  readonly onFaulty: (result: ResultOf<'faulty'>) => void
  /** A person typed into the scan field and pressed Enter. Trimmed, never empty; the field is empty again. */
  readonly onTyped: (value: string) => void
  readonly memory: WedgeMemoryStore
  /** For a page that shows what arrives: every key and every result, before anything is made of it. */
  readonly watcher?: {
    readonly onKey: (input: KeyInput) => void
    readonly onResult: (result: WedgeResult) => void
  }
  /** Asked at every key; left out: nothing configured. */
  readonly settings?: () => WedgeSettings
  /** Left out: the browser's. */
  readonly timing?: { readonly setTimer: SetTimer; readonly now: () => number }
}

export interface Wedge {
  /** Keys reach this page: visible, and the window has the focus. */
  readonly isReady: Readonly<Ref<boolean>>
  readonly focusScanField: () => boolean
  /** A burst is under way: do not reload now. */
  readonly isBusy: () => boolean
}

/** A time-out that comes late found the page busy: keys may be queued behind it. They get so many and so long waits. */
const LATE_MS = 30
const LATE_WAITS_MAX = 5

/**
 * Listen for a scanner until the scope ends, from this call on: before anything is mounted, during route changes,
 * over open dialogs. Needs an effect scope that outlives single pages of a session, and one at a time per page.
 * Characters of a scan are taken out of the field they went into. Rules: docs/SPEC.md WD20-WD30
 */
export function useWedge(options: WedgeOptions): Wedge {
  const { setTimer, now } = options.timing ?? BROWSER_TIMING
  const { isReady, focusScanField } = useScanFieldFocus({ field: options.scanField, setTimer })
  const settingsNow = options.settings ?? (() => WEDGE_DEFAULTS)
  /** Fields that took characters of the present run, as they were before. */
  let snapshots: FieldSnapshot[] = []
  const held = createHeldCharacters(setTimer)
  let state = createWedgeState()
  let cancelTimer: (() => void) | null = null
  /** Keys whose press was kept from the page: their release must not press a button either. */
  const swallowed = new Set<string>()

  async function recall(): Promise<void> {
    const memory = await options.memory.load()
    // What was learnt while the store was slow counts for more.
    if (state.memory.terminatedScans === 0) state = { ...state, memory }
  }

  function onKeyDown(event: KeyboardEvent): void {
    // What the clock should have ended is taken out of its field before this key begins anew.
    apply(tickWedge(state, event.timeStamp, settingsNow()))
    if (isNothingFocused() && isPlainCharacter(event)) focusScanField()
    const field = fieldOf(document.activeElement)
    const isInOtherField = field !== null && field !== options.scanField()
    const input = keyInputOf(event, isInOtherField)
    options.watcher?.onKey(input)
    const step = stepWedge(state, input, settingsNow())
    if (step.state.line !== state.line)
      noteField(field, step.state.line.length - step.state.runFrom)
    // A space must not press the button that happens to have the focus.
    const isSwallowed =
      step.effect === 'swallow' || (step.effect === 'burst' && field === null && event.key === ' ')
    if (isSwallowed) swallow(event)
    if (step.effect === 'swallow') takeOut()
    else keepBack(event, field)
    apply(step)
    if (event.key === 'Enter' && !isSwallowed && !event.repeat) enterTyped(event, step)
  }

  /** Who sends the first characters is not clear yet: the scan field gets them when they are a person's. */
  function keepBack(event: KeyboardEvent, field: Field | null): void {
    const scanField = options.scanField()
    // With the soft keyboard open a person types, and the keyboard wants to see what comes of it.
    const isAwaited = scanField !== null && field === scanField && scanField.inputMode !== 'text'
    if (isAwaited && isPlainCharacter(event) && !event.altKey && !event.repeat && !event.isComposing) {
      event.preventDefault()
      held.hold(scanField, event.key)
    } else if (event.key !== 'Shift' && event.key !== 'CapsLock') held.putIn()
  }

  /** Before the browser puts the character in: what the field holds now is what it gets back. */
  function noteField(field: Field | null, runLength: number): void {
    if (runLength === 1) {
      held.putIn()
      snapshots = []
    }
    if (field !== null && runLength > 0 && !snapshots.some((it) => it.field === field))
      snapshots.push(takeSnapshot(field))
  }

  function onKeyUp(event: KeyboardEvent): void {
    if (!swallowed.delete(nameOf(event))) return
    event.preventDefault()
    event.stopImmediatePropagation()
  }

  function swallow(event: KeyboardEvent): void {
    event.preventDefault()
    event.stopImmediatePropagation()
    swallowed.add(nameOf(event))
  }

  /** Enter in the scan field: its text is the entry, however it got there (typed, corrected, pasted). */
  function enterTyped(event: KeyboardEvent, step: WedgeStep): void {
    const field = options.scanField()
    const isInScanField = field !== null && document.activeElement === field
    // Without a field to type into, the keys themselves are the entry.
    const loose = isNothingFocused()
      ? (step.results.find((it) => it.kind === 'typed')?.raw ?? '')
      : ''
    const value = isInScanField ? field.value.trim() : loose
    if (value === '') return
    event.preventDefault()
    if (isInScanField) {
      field.value = ''
      field.dispatchEvent(new Event('input', { bubbles: true }))
    }
    options.onTyped(value)
  }

  function apply(step: WedgeStep): void {
    const before = state.memory
    state = step.state
    schedule(0)
    if (state.memory !== before) remember(state.memory)
    for (const result of step.results) {
      if (result.kind !== 'typed') takeOut()
      options.watcher?.onResult(result)
      deliver(result)
    }
  }

  function deliver(result: WedgeResult): void {
    switch (result.kind) {
      case 'scan':
        options.onScan(result)
        return
      case 'partial':
      case 'unterminated':
        options.onPartial(result)
        return
      case 'faulty':
        options.onFaulty(result)
        return
      case 'typed':
        // The scan field's own text is what counts: see enterTyped.
        return
    }
  }

  function takeOut(): void {
    held.drop()
    for (const snapshot of snapshots) restoreSnapshot(snapshot)
    snapshots = []
  }

  function remember(memory: WedgeMemory): void {
    void options.memory.save(memory)
  }

  function schedule(waits: number): void {
    cancelTimer?.()
    cancelTimer = null
    const dueAt = nextTickAt(state)
    if (dueAt === null) return
    // Counted from now, not from the key's own time: behind a key that reached us late others are late, too.
    const lagMs = Math.max(0, Math.min(dueAt, now()) - (state.lastKeyAt ?? now()))
    const waitMs = waits > 0 ? LATE_MS : Math.max(0, dueAt - now()) + lagMs
    const firesAt = now() + waitMs
    cancelTimer = setTimer(waitMs, () => {
      if (now() - firesAt > LATE_MS && waits < LATE_WAITS_MAX) schedule(waits + 1)
      else apply(tickWedge(state, now(), settingsNow()))
    })
  }

  function interrupt(): void {
    swallowed.clear()
    // A person's stay in the field; a scanner's are taken out with the rest of the scan.
    held.putIn()
    apply(interruptWedge(state, now(), settingsNow()))
  }

  void recall()
  const listeners: readonly (() => void)[] = [
    listen(window, 'keydown', (event) => event instanceof KeyboardEvent && onKeyDown(event), true),
    listen(window, 'keyup', (event) => event instanceof KeyboardEvent && onKeyUp(event), true),
    listen(window, 'blur', interrupt),
    listen(
      document,
      'visibilitychange',
      () => document.visibilityState === 'hidden' && interrupt(),
    ),
  ]
  onScopeDispose(() => {
    cancelTimer?.()
    held.putIn()
    for (const stop of listeners) stop()
  })

  return { isReady, focusScanField, isBusy: () => nextTickAt(state) !== null }
}

const BROWSER_TIMING = {
  now: () => performance.now(),
  setTimer: (ms: number, work: () => void) => {
    const timer = setTimeout(work, ms)
    return () => clearTimeout(timer)
  },
}

function keyInputOf(event: KeyboardEvent, isInOtherField: boolean): KeyInput {
  const { key, code, shiftKey, ctrlKey, altKey, metaKey, timeStamp, repeat } = event
  const capsLock = event.getModifierState('CapsLock')
  return {
    key,
    code,
    shiftKey,
    ctrlKey,
    altKey,
    metaKey,
    capsLock,
    timeStamp,
    repeat,
    isInOtherField,
  }
}

/** What would appear in a field if one had the focus; a space alone scrolls the page. */
function isPlainCharacter(event: KeyboardEvent): boolean {
  return [...event.key].length === 1 && event.key !== ' ' && !event.ctrlKey && !event.metaKey
}

/** The same for press and release. */
function nameOf(event: KeyboardEvent): string {
  return event.code === '' ? event.key : event.code
}
