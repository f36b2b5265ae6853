// The AIM symbology identifier that scanners can send before the data: `]` and two characters.

/** `]`, code letter, modifier: https://www.aimglobal.org, ISO/IEC 15424. */
const AIM_PREFIX = /^\]([A-Za-z][0-9A-Za-z])/

export interface AimSplit {
  /** Without the bracket, such as `E0`; null when the scanner sent none. */
  readonly symbology: string | null
  readonly text: string
}

/** Take a symbology identifier off the front of what was scanned. */
export function splitAim(text: string): AimSplit {
  const symbology = AIM_PREFIX.exec(text)?.[1] ?? null
  return symbology === null ? { symbology, text } : { symbology, text: text.slice(3) }
}
