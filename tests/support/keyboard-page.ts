// A keyboard for happy-dom: dispatches real key events and does what a browser does by default when nobody prevents it.
import type { KeyInput } from '../../src/domain/barcode/stroke'

/** Plays key events on whatever has the focus at each key. */
export function playKeys(keys: readonly KeyInput[]): void {
  for (const input of keys) pressKey(input)
}

/** One press and release. Characters go into the focused field; Enter and Space press the focused button. */
function pressKey(input: KeyInput): void {
  const isPrevented = !dispatchKey('keydown', input)
  const target = document.activeElement
  const isText = target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement
  if (!isPrevented && isText && [...input.key].length === 1 && !input.ctrlKey)
    insert(target, input.key)
  if (!isPrevented && target instanceof HTMLButtonElement && input.key === 'Enter') target.click()
  if (!isPrevented && input.key === 'Tab') moveFocus()
  const isReleasePrevented = !dispatchKey('keyup', input)
  if (
    !isPrevented &&
    !isReleasePrevented &&
    target instanceof HTMLButtonElement &&
    input.key === ' '
  )
    target.click()
}

function dispatchKey(type: 'keydown' | 'keyup', input: KeyInput): boolean {
  const { key, code, shiftKey, ctrlKey, altKey, metaKey, repeat } = input
  const event = new KeyboardEvent(type, {
    ...{ key, code, shiftKey, ctrlKey, altKey, metaKey, repeat },
    ...{ bubbles: true, cancelable: true },
  })
  Object.defineProperty(event, 'timeStamp', { value: input.timeStamp })
  Object.defineProperty(event, 'getModifierState', {
    value: (name: string) => name === 'CapsLock' && input.capsLock,
  })
  return (document.activeElement ?? document.body).dispatchEvent(event)
}

function insert(field: HTMLInputElement | HTMLTextAreaElement, text: string): void {
  const start = field.selectionStart ?? field.value.length
  const end = field.selectionEnd ?? field.value.length
  field.value = field.value.slice(0, start) + text + field.value.slice(end)
  field.setSelectionRange(start + text.length, start + text.length)
  field.dispatchEvent(new Event('input', { bubbles: true }))
}

function moveFocus(): void {
  const focusable = [...document.querySelectorAll<HTMLElement>('input, button, textarea')]
  const at = focusable.findIndex((it) => it === document.activeElement)
  focusable[(at + 1) % focusable.length]?.focus()
}
