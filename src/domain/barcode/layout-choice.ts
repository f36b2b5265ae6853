// Which of two readings of a burst is what the barcode holds: the characters, or the places of the keys.
import type { Stroke } from './stroke'
import { splitAim } from './aim'
import { gtin14Of } from './gtin'

/** `text`: scanner and tablet agree about the keyboard. `us`: the scanner sends US key places. */
export type ScannerLayout = 'text' | 'us'

export interface LayoutChoice {
  /** The reading that counts. */
  readonly raw: string
  /** As the keyboard layout typed it; U+FFFD for a key that types nothing by itself. */
  readonly asTyped: string
  /** As a US keyboard would have typed it; U+FFFD for a place that it does not have. */
  readonly byCode: string
  readonly layout: ScannerLayout
  /** Says something about the scanner that is worth remembering. */
  readonly isEvidence: boolean
}

/**
 * Read a burst. Where layout and places agree there is nothing to choose. Else, strongest first: what a US scanner
 * cannot send, a right check digit or symbology identifier in one reading only, characters that no barcode
 * field expects, digits in one reading only, what was learnt before, and at last the places: factory setting.
 * Rules: docs/SPEC.md WD7-WD9
 *
 * @param known what earlier bursts showed, or what the settings say
 */
export function readStrokes(
  strokes: readonly Stroke[],
  known: { readonly set: ScannerLayout | null; readonly learnt: ScannerLayout | null },
): LayoutChoice {
  const asTyped = strokes.map((it) => it.text ?? '\uFFFD').join('')
  const byCode = strokes.map((it) => it.us ?? '\uFFFD').join('')
  if (asTyped === byCode)
    return { raw: asTyped, asTyped, byCode, layout: 'text', isEvidence: false }
  const only = onlyReadingOf(asTyped, byCode) ?? known.set
  const proof = only === null ? proofOf(strokes, asTyped, byCode) : null
  const layout = only ?? proof ?? guessOf(asTyped, byCode, known.learnt)
  return {
    raw: layout === 'us' ? byCode : asTyped,
    asTyped,
    byCode,
    layout,
    isEvidence: proof !== null,
  }
}

/** Where one reading has holes and the other has none, there is nothing to choose either. */
function onlyReadingOf(asTyped: string, byCode: string): ScannerLayout | null {
  if (byCode.includes('\uFFFD')) return 'text'
  return asTyped.includes('\uFFFD') ? 'us' : null
}

/** What cannot well be otherwise. */
function proofOf(
  strokes: readonly Stroke[],
  asTyped: string,
  byCode: string,
): ScannerLayout | null {
  if (strokes.some((it) => it.isAltGr)) return 'text'
  const ofText = hasProof(asTyped)
  return ofText === hasProof(byCode) ? null : ofText ? 'text' : 'us'
}

function hasProof(reading: string): boolean {
  const { symbology, text } = splitAim(reading)
  return symbology !== null || gtin14Of(text.trim()) !== null
}

function guessOf(asTyped: string, byCode: string, learnt: ScannerLayout | null): ScannerLayout {
  if (learnt !== null) return learnt
  if (!isAscii(asTyped)) return 'us'
  // A French scanner types its digits with Shift: by place they are the signs above them, and no digit is left.
  const hasLostDigits = /[0-9]/.test(asTyped) && !/[0-9]/.test(byCode)
  return hasLostDigits ? 'text' : 'us'
}

function isAscii(text: string): boolean {
  return [...text].every((it) => it.charCodeAt(0) < 128)
}
