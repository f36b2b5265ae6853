// What stood in a field before a scanner typed into it, and how to put it back.

/** Types of input that hold text a scanner could land in. */
const TEXT_TYPES: readonly string[] = [
  'text',
  'search',
  'tel',
  'url',
  'email',
  'password',
  'number',
  'date',
  'time',
  '',
]

export type Field = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement

export interface FieldSnapshot {
  readonly field: Field
  readonly value: string
  /** null where the browser does not tell the caret (numbers, selects). */
  readonly caret: { readonly start: number; readonly end: number } | null
}

/** The field that keys go into; null for buttons, lists and everything else that takes no characters. */
export function fieldOf(element: Element | null): Field | null {
  if (element instanceof HTMLTextAreaElement || element instanceof HTMLSelectElement) return element
  return element instanceof HTMLInputElement && TEXT_TYPES.includes(element.type) ? element : null
}

export function takeSnapshot(field: Field): FieldSnapshot {
  return { field, value: field.value, caret: caretOf(field) }
}

/**
 * Take out of the field what was typed since the snapshot, put the caret back and tell the app with an `input`
 * event. A field that something else has changed meanwhile is left alone.
 */
export function restoreSnapshot({ field, value, caret }: FieldSnapshot): void {
  if (field.value === value || !field.isConnected) return
  if (caret !== null) {
    const isStillAround =
      field.value.startsWith(value.slice(0, caret.start)) &&
      field.value.endsWith(value.slice(caret.end))
    if (!isStillAround) return
  }
  field.value = value
  if (caret !== null && !(field instanceof HTMLSelectElement))
    field.setSelectionRange(caret.start, caret.end)
  field.dispatchEvent(new Event('input', { bubbles: true }))
  if (field instanceof HTMLSelectElement)
    field.dispatchEvent(new Event('change', { bubbles: true }))
}

function caretOf(field: Field): FieldSnapshot['caret'] {
  if (field instanceof HTMLSelectElement) return null
  const { selectionStart: start, selectionEnd: end } = field
  return start === null || end === null ? null : { start, end }
}
