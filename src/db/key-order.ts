// Order of IndexedDB keys: numbers before strings before arrays; arrays element by element, a prefix first.
import type { Key, KeyRange } from '../ports/store'

/** Negative, zero, positive. */
export function compareKeys(a: Key, b: Key): number {
  if (typeof a === 'number') return typeof b === 'number' ? a - b : -1
  if (typeof a === 'string') {
    if (typeof b === 'number') return 1
    if (typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0
    return -1
  }
  if (typeof b === 'number' || typeof b === 'string') return 1
  return compareLists(a, b)
}

function compareLists(a: readonly (number | string)[], b: readonly (number | string)[]): number {
  for (let index = 0; index < a.length; index++) {
    const part = a[index]
    const other = b[index]
    if (part === undefined || other === undefined) return 1
    const order = compareKeys(part, other)
    if (order !== 0) return order
  }
  return a.length - b.length
}

/** Does the range open to the right of `key`? Used to find where a range starts and ends. */
export function isBelow(key: Key, range: KeyRange): boolean {
  if (range.lower === undefined) return false
  const order = compareKeys(key, range.lower)
  return order < 0 || (order === 0 && range.lowerOpen === true)
}

export function isAbove(key: Key, range: KeyRange): boolean {
  if (range.upper === undefined) return false
  const order = compareKeys(key, range.upper)
  return order > 0 || (order === 0 && range.upperOpen === true)
}
