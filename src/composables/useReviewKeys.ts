// A review by keyboard: letters for actions, wherever the focus is, but in a field or a dialog.
import { onScopeDispose } from 'vue'

export const REVIEW_KEYS = [
  { key: 'a', label: 'A', does: 'Apply the count' },
  { key: 'z', label: 'Z', does: 'Set to zero what nobody found' },
  { key: 's', label: 'S', does: 'Skip: do not book' },
  { key: 'r', label: 'R', does: 'Send to recount' },
  { key: 'e', label: 'E', does: 'Set another amount' },
  { key: 'u', label: 'U', does: 'Undo the decision' },
  { key: ' ', label: 'Space', does: 'Select or unselect the product' },
  { key: '*', label: '*', does: 'Select all that are shown, or none' },
  { key: 'Enter', label: 'Enter', does: 'Where the figures come from' },
  { key: '/', label: '/', does: 'Search' },
  { key: '?', label: '?', does: 'This help' },
] as const
export type ReviewKey = (typeof REVIEW_KEYS)[number]['key']

export const MOVES = {
  ArrowUp: -1,
  ArrowDown: 1,
  PageUp: -10,
  PageDown: 10,
  Home: -Infinity,
  End: Infinity,
} as const
export type MoveKey = keyof typeof MOVES

export interface ReviewKeyHandlers {
  readonly act: (key: ReviewKey) => void
  readonly move: (steps: number) => void
}

/** Rules: docs/SPEC.md RV27. */
export function useReviewKeys({ act, move }: ReviewKeyHandlers): void {
  function onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || isElsewhere(event.target)) return
    if (event.key in MOVES) {
      event.preventDefault()
      move(MOVES[event.key as MoveKey])
      return
    }
    const wanted = event.key.length === 1 ? event.key.toLowerCase() : event.key
    const known = REVIEW_KEYS.find((it) => it.key === wanted)
    if (known === undefined || (isOnControl(event.target) && isForControls(wanted))) return
    event.preventDefault()
    act(known.key)
  }
  document.addEventListener('keydown', onKey)
  onScopeDispose(() => document.removeEventListener('keydown', onKey))
}

/** Where keys are text, or belong to a dialog. */
function isElsewhere(target: EventTarget | null): boolean {
  return (
    target instanceof Element &&
    target.closest('input:not([type="checkbox"]), textarea, select, [role="dialog"]') !== null
  )
}

function isOnControl(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('button, a, input') !== null
}

/** A button that has the focus is pressed by these. */
function isForControls(key: string): boolean {
  return key === ' ' || key === 'Enter'
}
