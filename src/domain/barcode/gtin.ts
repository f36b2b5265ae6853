// Global trade item numbers: check digit, the common 14-digit form, and what a UPC-E stands for.

/** Digits of the number forms that carry a GTIN: EAN-8, UPC-A, EAN-13, ITF-14. */
const GTIN_LENGTHS: readonly number[] = [8, 12, 13, 14]

/**
 * The check digit that belongs behind `body` (digits only): modulo 10, weights 3 and 1 from the right.
 * https://www.gs1.org/services/how-calculate-check-digit-manually
 */
export function checkDigitOf(body: string): string {
  let sum = 0
  for (let fromRight = 1; fromRight <= body.length; fromRight += 1) {
    const digit = Number(body[body.length - fromRight])
    sum += fromRight % 2 === 1 ? digit * 3 : digit
  }
  return String((10 - (sum % 10)) % 10)
}

/** Only ASCII digits of a length that a GTIN has; says nothing about the check digit. */
export function looksLikeGtin(text: string): boolean {
  return GTIN_LENGTHS.includes(text.length) && /^[0-9]+$/.test(text)
}

/**
 * The 14-digit form of 8, 12, 13 or 14 digits with a right check digit; null for everything else.
 * Eight digits are read as EAN-8. All zeros are no number anybody was given. Rules: docs/SPEC.md BC1-BC3
 */
export function gtin14Of(text: string): string | null {
  if (!looksLikeGtin(text) || /^0+$/.test(text)) return null
  return checkDigitOf(text.slice(0, -1)) === text.slice(-1) ? text.padStart(14, '0') : null
}

/**
 * The 14-digit form of the UPC-A that eight digits abbreviate as a UPC-E (number system 0 or 1, own check digit);
 * null when they are no UPC-E. A second look-up only, never a key (decision 2). Rules: docs/SPEC.md BC4
 */
export function gtin14OfUpcE(text: string): string | null {
  if (!/^[01][0-9]{7}$/.test(text) || /^0+$/.test(text)) return null
  const body = text.charAt(0) + upcABodyOf(text.slice(1, 7))
  return checkDigitOf(body) === text[7] ? (body + text.charAt(7)).padStart(14, '0') : null
}

/** The ten digits behind the number system: the last of the six says where the left-out zeros belong. */
function upcABodyOf(six: string): string {
  const last = Number(six[5])
  if (last <= 2) return `${six.slice(0, 2)}${last}0000${six.slice(2, 5)}`
  if (last === 3) return `${six.slice(0, 3)}00000${six.slice(3, 5)}`
  if (last === 4) return `${six.slice(0, 4)}00000${six[4]}`
  return `${six.slice(0, 5)}0000${last}`
}
