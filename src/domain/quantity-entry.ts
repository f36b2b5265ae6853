// A typed quantity, on the pad or as the `12 ×` before a scan. Whole units; a barcode is not taken for a number.
import type { Micro } from './quantity'
import { unitsOf } from './quantity'

export type EnteredQuantity =
  | { readonly kind: 'empty' }
  | { readonly kind: 'quantity'; readonly quantity: Micro }
  /** As long as a barcode: ask before counting it. */
  | { readonly kind: 'question'; readonly quantity: Micro; readonly digits: string }
  /** `barcode`: too large because it is one. */
  | { readonly kind: 'refused'; readonly reason: 'too-large' | 'barcode'; readonly digits: string }

/** The shortest barcode of the trade has eight digits; nobody counts ten million of one thing. */
const BARCODE_DIGITS_MIN = 8
const UNITS_MAX = 1_000_000_000
/** ASCII only: `x` is left out, it is part of many a SKU. */
const TIMES_PREFIX = /^\s*([0-9]{1,20})\s*[×*]\s*/

/** Read a typed whole number of units; null when it is not one (sign, decimals, letters). Rules: docs/SPEC.md QT10-QT12 */
export function quantityOfText(text: string): EnteredQuantity | null {
  const trimmed = text.trim()
  return /^[0-9]*$/.test(trimmed) ? parseQuantity(trimmed) : null
}

export interface TimesSplit {
  /** Digits before the `×`; null when there is none. */
  readonly digits: string | null
  /** What is left: the barcode, or nothing. */
  readonly rest: string
}

/** `12 × 4006…` or `12*4006…` as typed by hand into the scan field. Rules: docs/SPEC.md QT13 */
export function splitTimes(text: string): TimesSplit {
  const prefix = TIMES_PREFIX.exec(text)
  return prefix === null
    ? { digits: null, rest: text.trim() }
    : { digits: prefix[1] ?? null, rest: text.slice(prefix[0].length).trim() }
}

function parseQuantity(digits: string): EnteredQuantity {
  if (digits === '') return { kind: 'empty' }
  const units = Number(digits)
  const isLikeBarcode = digits.length >= BARCODE_DIGITS_MIN
  if (units > UNITS_MAX)
    return { kind: 'refused', reason: digits.length >= 12 ? 'barcode' : 'too-large', digits }
  const quantity = unitsOf(units)
  return isLikeBarcode ? { kind: 'question', quantity, digits } : { kind: 'quantity', quantity }
}
