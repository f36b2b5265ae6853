// Keeps the focus on the scan field where nobody needs it elsewhere, and knows whether keys reach this page at all.
import type { Ref } from 'vue'
import { onScopeDispose, readonly, ref } from 'vue'
import { fieldOf } from './field-snapshot'

/** Something is open that keeps the focus to itself; taking it away would close or break it. */
const KEEPS_FOCUS = [
  'dialog[open]',
  '[role="dialog"]',
  '[role="alertdialog"]',
  '[role="menu"][data-state="open"]',
  '[role="listbox"][data-state="open"]',
].join(',')

/** A dialog is gone from the page only after its closing motion. */
const LATER_MS = 250

/** Runs `work` after `ms`; the answer cancels it. */
export type SetTimer = (ms: number, work: () => void) => () => void

export interface ScanFieldFocusOptions {
  readonly field: () => HTMLInputElement | null
  readonly setTimer: SetTimer
}

export interface ScanFieldFocus {
  /** Keys reach this page: it is visible and its window has the focus. Asked of the document, never believed. */
  readonly isReady: Readonly<Ref<boolean>>
  /** Give the scan field the focus unless a person needs it elsewhere. @returns whether it has it now */
  readonly focusScanField: () => boolean
}

/**
 * Watch the focus until the scope ends. The scan field gets it when it appears, when what had the focus goes away or
 * leaves it to nothing, when the page returns, and after a tap on something that takes no text; never from a field, an
 * open dialog or somebody who goes by keyboard. Rules: docs/SPEC.md WD28, WD38
 */
export function useScanFieldFocus({ field, setTimer }: ScanFieldFocusOptions): ScanFieldFocus {
  const isReady = ref(isReadyNow())
  const pending = new Set<() => void>()
  /** The key that went down last, and is not up yet, is Tab: the focus moves because a person moves it. */
  let isTabDown = false
  /** Tab led out of the page, to the browser's own controls: the way on leads back to the page's first control. */
  let hasTabbedOut = false
  /** The last to move the focus on the page itself was Tab and no finger: what a dialog gives back stays there. */
  let goesByKeyboard = false
  let wasKept = false
  let isFillPlanned = false

  function later(ms: number, work: () => void): void {
    const cancel = setTimer(ms, () => {
      pending.delete(cancel)
      work()
    })
    pending.add(cancel)
  }

  function focusScanField(): boolean {
    const scanField = field()
    if (scanField === null || !scanField.isConnected) return false
    if (document.activeElement === scanField) return true
    if (fieldOf(document.activeElement) !== null || isKept()) return false
    scanField.focus({ preventScroll: true })
    return document.activeElement === scanField
  }

  function takeBack(): void {
    later(0, focusScanField)
    later(LATER_MS, focusScanField)
  }

  /** Where nothing has the focus the scan field takes it, but not from under somebody who is tabbing through. */
  function fillNothing(): void {
    if (isNothingFocused() && !hasTabbedOut) focusScanField()
  }

  function look(): void {
    isReady.value = isReadyNow()
  }

  function onReturn(): void {
    look()
    if (isReady.value) fillNothing()
  }

  function onFocusIn(): void {
    look()
    isTabDown = false
    hasTabbedOut = false
  }

  function onFocusOut(event: FocusEvent): void {
    if (isTabDown && !isKept()) goesByKeyboard = true
    // To nothing: where the browser does not focus buttons, or what had the focus was taken away.
    if (event.relatedTarget === null) {
      hasTabbedOut = isTabDown
      later(0, fillNothing)
    }
    look()
  }

  function onKeyDown(event: KeyboardEvent): void {
    isTabDown = event.key === 'Tab'
    if (!isTabDown) hasTabbedOut = false
  }

  function onPointerDown(): void {
    isTabDown = false
    hasTabbedOut = false
    goesByKeyboard = false
  }

  /** The scan field may have come, or a dialog gone: neither is told by an event of the focus. */
  function onChange(): void {
    const hasClosed = wasKept && !isKept()
    wasKept = isKept()
    if (hasClosed && !goesByKeyboard) return takeBack()
    if (isFillPlanned || !isNothingFocused()) return
    isFillPlanned = true
    later(0, () => {
      isFillPlanned = false
      fillNothing()
    })
  }

  function onClick(event: MouseEvent): void {
    // A click by keyboard has no detail: whoever goes by keyboard stays where they are.
    if (event.detail > 0) takeBack()
  }

  const listeners: readonly (() => void)[] = [
    listen(window, 'focus', onReturn),
    listen(window, 'blur', look),
    listen(window, 'pageshow', onReturn),
    listen(document, 'visibilitychange', onReturn),
    listen(document, 'focusin', onFocusIn),
    listen(document, 'focusout', (event) => event instanceof FocusEvent && onFocusOut(event)),
    // Before the wedge keeps a scanner's Tab to itself.
    listen(window, 'keydown', (event) => event instanceof KeyboardEvent && onKeyDown(event), true),
    listen(window, 'keyup', () => (isTabDown = false), true),
    listen(window, 'pointerdown', onPointerDown, true),
    listen(document, 'click', (event) => event instanceof MouseEvent && onClick(event)),
  ]
  const changes = new MutationObserver(onChange)
  changes.observe(document.documentElement, { childList: true, subtree: true })
  onScopeDispose(() => {
    changes.disconnect()
    for (const stop of [...listeners, ...pending]) stop()
  })

  return { isReady: readonly(isReady), focusScanField }
}

/** @returns how to stop listening */
export function listen(
  target: EventTarget,
  type: string,
  listener: (event: Event) => void,
  isCapture = false,
): () => void {
  target.addEventListener(type, listener, { capture: isCapture })
  return () => target.removeEventListener(type, listener, { capture: isCapture })
}

/** Nothing in particular has the focus: keys go to the page itself. */
export function isNothingFocused(): boolean {
  const { activeElement, body, documentElement } = document
  return activeElement === null || activeElement === body || activeElement === documentElement
}

function isKept(): boolean {
  return document.querySelector(KEEPS_FOCUS) !== null
}

function isReadyNow(): boolean {
  return document.visibilityState === 'visible' && document.hasFocus()
}
