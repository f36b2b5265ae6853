// What arrived from a scanner, in words: keys, identifiers, faults with what to do about them.
import type { ScannerFault, ScannerRemark, ShownKey } from '../domain/barcode/scanner-report'
import type { PrefixProblem } from '../domain/barcode/scanner-set-up'
import type { Terminator } from '../domain/barcode/wedge-result'
import { THIS_DEVICE } from './this-device'

export const FAULT_WORDS: Readonly<Record<ScannerFault, string>> = {
  doubled:
    'Your scanner sends every character twice. Such scans are not counted. Pair it again, and reset it to its factory setting with the sheet that came with it.',
  'too-long': 'This code has more than 255 characters. It is not counted; scan the barcode beside it.',
  'no-end':
    'Your scanner sends no Enter or Tab after a code. Set it to send Enter, so that a code that was cut short can be told from a whole one.',
  'repeated-key': 'A key got stuck while the code was sent: the connection is weak. Come closer, or charge the scanner.',
  glued: 'Two codes came as one: the end between them was lost. Scan them one after the other, closer to the device.',
  stutter: 'There was a pause inside the code: the connection is weak. Such scans wait for a tap. Come closer, or charge the scanner.',
  typed: 'This was typed, or your scanner sends its characters too slowly to be told from a person. Set its pause between characters to zero.',
  prefix: 'Something stands before the barcode. If your scanner adds it to every code, it can be taken off.',
  'check-digit': 'The last digit does not fit to the others: the code was misread, or your scanner adds or drops a digit.',
}

export const REMARK_WORDS: Readonly<Record<ScannerRemark, string>> = {
  slow: 'Your scanner is slow. It works; with no pause between characters it would be quicker.',
  layout: `Scanner and ${THIS_DEVICE} are set to different keyboards. The code is read all the same.`,
  'caps-lock': 'Caps Lock is on. It changes nothing.',
  'control-characters': 'The code has control characters in it, as GS1 codes do. They are kept.',
  'several-ends': 'More than one key came at the end. The first one counts, the others are left out.',
}

export const PREFIX_PROBLEM_WORDS: Readonly<Record<PrefixProblem, string>> = {
  digits: 'Digits alone cannot be taken off: barcodes begin with them, too.',
  identifier: 'This is a symbology identifier. It is taken off as it is.',
  'too-long': 'This is too long for a prefix.',
}

const TERMINATOR_WORDS: Readonly<Record<Terminator, string>> = { Enter: 'Enter', Tab: 'Tab', LF: 'Line feed' }

export function endWords(terminator: Terminator | null): string {
  return terminator === null ? 'nothing: it just stopped' : TERMINATOR_WORDS[terminator]
}

const CONTROL_NAMES: ReadonlyMap<string, string> = new Map([
  ['\x1d', 'GS'],
  ['\x1e', 'RS'],
  ['\x1c', 'FS'],
  ['\x1f', 'US'],
  ['\x04', 'EOT'],
])

/** One key as it is shown in the row of keys. */
export function keyWords(key: ShownKey): string {
  switch (key.kind) {
    case 'character':
      return key.char === ' ' ? 'Space' : key.char
    case 'control':
      return CONTROL_NAMES.get(key.char) ?? 'Control'
    case 'end':
      return TERMINATOR_WORDS[key.terminator]
    case 'other':
      return key.key
  }
}

/** Code letters of ISO/IEC 15424. */
const SYMBOLOGIES: ReadonlyMap<string, string> = new Map([
  ['A', 'Code 39'],
  ['C', 'Code 128'],
  ['E', 'EAN or UPC'],
  ['F', 'Codabar'],
  ['G', 'Code 93'],
  ['I', 'Interleaved 2 of 5'],
  ['Q', 'QR code'],
  ['d', 'Data Matrix'],
  ['e', 'GS1 DataBar'],
  ['z', 'Aztec'],
])

export function identifierWords(symbology: string | null): string {
  if (symbology === null) return 'none sent'
  const name = SYMBOLOGIES.get(symbology.charAt(0))
  return name === undefined ? `]${symbology}` : `]${symbology}: ${name}`
}
