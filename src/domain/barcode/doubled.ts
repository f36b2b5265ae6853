// Two ways in which a faulty set-up shows in the data: every character twice, or two barcodes in one.
import { gtin14Of } from './gtin'

/** Shorter values have pairs by chance. */
const PAIRED_LENGTH_MIN = 8

/**
 * The single value of a text in which every character comes twice (`44000066…`); null when it does not look so.
 * A text that is a GTIN as it stands is none; one of a single repeated character only if half of it is a GTIN.
 * Rules: docs/SPEC.md WD10
 */
export function undoubled(text: string): string | null {
  if (text.length % 2 === 1 || text.length < PAIRED_LENGTH_MIN) return null
  let single = ''
  for (let at = 0; at < text.length; at += 2) {
    const char = text.charAt(at)
    if (char !== text.charAt(at + 1)) return null
    single += char
  }
  if (gtin14Of(single) !== null) return single
  return gtin14Of(text) !== null || new Set(text).size === 1 ? null : single
}

/**
 * Two GTINs of one length with nothing between: the terminator of the first was lost. Sixteen digits are right twice
 * by chance too often: there both must be the same. Rules: docs/SPEC.md WD11
 */
export function isGluedPair(text: string): boolean {
  if (text.length % 2 === 1) return false
  const first = text.slice(0, text.length / 2)
  const second = text.slice(text.length / 2)
  if (gtin14Of(first) === null || gtin14Of(second) === null) return false
  return first === second || first.length > 8
}
