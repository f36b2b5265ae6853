// Keeps the first characters of a burst out of the scan field until it is clear that a person typed them.
import type { SetTimer } from './useScanFieldFocus'

/** A scanner's next key is here by then; a person does not notice that a character waits so long. */
const HOLD_MS = 30

export interface HeldCharacters {
  /** One more character for this field: it appears when nothing follows within 30 ms. The caller keeps the key from the browser. */
  readonly hold: (field: HTMLInputElement, character: string) => void
  /** A person's: into the field with all of them, where the caret is, in the order of the keys. */
  readonly putIn: () => void
  /** A scanner's: they appear nowhere. */
  readonly drop: () => void
}

/**
 * What a browser does for a character that it puts into a field, and takes out again, costs layout, caret and a
 * frame: a third of all that a scan costs the page. Rules: docs/SPEC.md WD39
 */
export function createHeldCharacters(setTimer: SetTimer): HeldCharacters {
  let held: { readonly field: HTMLInputElement; text: string } | null = null
  let cancel: (() => void) | null = null

  function end(): typeof held {
    cancel?.()
    cancel = null
    const ended = held
    held = null
    return ended
  }

  function putIn(): void {
    const ended = end()
    if (ended === null || !ended.field.isConnected) return
    const { field, text } = ended
    const start = field.selectionStart ?? field.value.length
    field.setRangeText(text, start, field.selectionEnd ?? start)
    field.setSelectionRange(start + text.length, start + text.length)
    field.dispatchEvent(new InputEvent('input', { bubbles: true, inputType: 'insertText', data: text }))
  }

  return {
    hold(field, character) {
      if (held !== null && held.field !== field) putIn()
      cancel?.()
      held = { field, text: (held?.text ?? '') + character }
      cancel = setTimer(HOLD_MS, putIn)
    },
    putIn,
    drop: () => void end(),
  }
}
