// Key events as scanners and people make them: any value, pace, terminator and keyboard layout, as plain data.
import type { KeyInput } from '../../src/domain/barcode/stroke'

export type OsLayout = 'us' | 'german' | 'french' | 'arabic'
type SentTerminator = 'Enter' | 'Tab' | 'CR LF' | 'Enter ArrowDown' | 'LF' | 'none'

export interface StreamOptions {
  /** ms before each key; a list is used in turn. */
  readonly gapMs?: number | readonly number[]
  readonly terminator?: SentTerminator
  readonly osLayout?: OsLayout
  readonly capsLock?: boolean
  readonly startAt?: number
  readonly isInOtherField?: boolean
  /** Send Shift as a key of its own, as real scanners do. */
  readonly hasShiftKeys?: boolean
}

interface Place {
  readonly code: string
  readonly isShifted: boolean
}

const CODES = [
  ...'Backquote Digit1 Digit2 Digit3 Digit4 Digit5 Digit6 Digit7 Digit8 Digit9 Digit0 Minus Equal'.split(
    ' ',
  ),
  ...'KeyQ KeyW KeyE KeyR KeyT KeyY KeyU KeyI KeyO KeyP BracketLeft BracketRight'.split(' '),
  ...'KeyA KeyS KeyD KeyF KeyG KeyH KeyJ KeyK KeyL Semicolon Quote Backslash'.split(' '),
  ...'KeyZ KeyX KeyC KeyV KeyB KeyN KeyM Comma Period Slash'.split(' '),
]

/** Characters of the 47 keys in the order of CODES, plain and with Shift; `†` is a dead key. */
const ROWS: Readonly<Record<OsLayout, readonly [string, string]>> = {
  us: [
    "`1234567890-=qwertyuiop[]asdfghjkl;'\\zxcvbnm,./",
    '~!@#$%^&*()_+QWERTYUIOP{}ASDFGHJKL:"|ZXCVBNM<>?',
  ],
  german: [
    '†1234567890ß†qwertzuiopü+asdfghjklöä#yxcvbnm,.-',
    '°!"§$%&/()=?†QWERTZUIOPÜ*ASDFGHJKLÖÄ\'YXCVBNM;:_',
  ],
  french: [
    '²&é"\'(-è_çà)=azertyuiop†$qsdfghjklmù*wxcvbn,;:!',
    '~1234567890°+AZERTYUIOP†£QSDFGHJKLM%µWXCVBN?./§',
  ],
  arabic: [
    'ذ١٢٣٤٥٦٧٨٩٠-=ضصثقفغعهخحجدشسيبلاتنمكط\\ئءؤرﻻىةوزظ',
    'ّ!@#$%^&*)(_+ًٌَُﻹإ`÷×؛<>ٍِ][ﻷأـ،/:"|~ْ}{ﻵآ’,.؟',
  ],
}

const US_PLACES: ReadonlyMap<string, Place> = new Map([
  [' ', { code: 'Space', isShifted: false }],
  ...placesOf('us', 0),
  ...placesOf('us', 1),
])

/** One key event; everything left out is as in a plain key press. */
export function key(name: string, at: number, rest: Partial<KeyInput> = {}): KeyInput {
  return {
    key: name,
    code: '',
    shiftKey: false,
    ctrlKey: false,
    altKey: false,
    metaKey: false,
    capsLock: false,
    timeStamp: at,
    repeat: false,
    isInOtherField: false,
    ...rest,
  }
}

/** What a US scanner makes the tablet's keyboard report when it sends `value` (printable ASCII and GS). */
export function scanned(value: string, options: StreamOptions = {}): readonly KeyInput[] {
  const sent = new Stream(options)
  for (const char of value) {
    const place = US_PLACES.get(char)
    if (char === '\x1d') sent.add(']', { code: 'BracketRight', ctrlKey: true })
    else if (place === undefined)
      throw new Error(`A US scanner has no key for ${JSON.stringify(char)}`)
    else sent.press(place)
  }
  return sent.end()
}

/** What a scanner sends that is set to the tablet's own layout: the characters are right, the places are that layout's. */
export function scannedInLayout(
  value: string,
  options: StreamOptions & { readonly osLayout: OsLayout },
): readonly KeyInput[] {
  const places = new Map([
    ...US_PLACES,
    ...placesOf(options.osLayout, 1),
    ...placesOf(options.osLayout, 0),
  ])
  const sent = new Stream(options)
  for (const char of value) sent.press(places.get(char) ?? { code: 'Space', isShifted: false })
  return sent.end()
}

/** A person: uneven, 130 to 330 ms. */
export function typedByHand(value: string, options: StreamOptions = {}): readonly KeyInput[] {
  return scanned(value, { gapMs: [180, 240, 130, 330, 210, 160], ...options })
}

class Stream {
  readonly #keys: KeyInput[] = []
  readonly #options: StreamOptions
  #at: number

  constructor(options: StreamOptions) {
    this.#options = options
    this.#at = options.startAt ?? 1000
  }

  press(place: Place): void {
    if (place.isShifted && this.#options.hasShiftKeys === true)
      this.add('Shift', { code: 'ShiftLeft', shiftKey: true })
    this.add(this.#characterOf(place), { code: place.code, shiftKey: place.isShifted })
  }

  add(name: string, rest: Partial<KeyInput> = {}): void {
    const { gapMs = 8, capsLock = false, isInOtherField = false } = this.#options
    const gaps = typeof gapMs === 'number' ? [gapMs] : gapMs
    if (this.#keys.length > 0) this.#at += gaps[(this.#keys.length - 1) % gaps.length] ?? 8
    this.#keys.push(key(name, this.#at, { capsLock, isInOtherField, ...rest }))
  }

  end(): readonly KeyInput[] {
    const { terminator = 'Enter' } = this.#options
    if (terminator === 'Tab') this.add('Tab', { code: 'Tab' })
    else if (terminator === 'LF') this.add('j', { code: 'KeyJ', ctrlKey: true })
    else if (terminator !== 'none') this.add('Enter', { code: 'Enter' })
    if (terminator === 'CR LF') this.add('j', { code: 'KeyJ', ctrlKey: true })
    if (terminator === 'Enter ArrowDown') this.add('ArrowDown', { code: 'ArrowDown' })
    return this.#keys
  }

  #characterOf({ code, isShifted }: Place): string {
    if (code === 'Space') return ' '
    const row = [...ROWS[this.#options.osLayout ?? 'us'][isShifted ? 1 : 0]]
    const char = row[CODES.indexOf(code)] ?? ''
    if (char === '†') return 'Dead'
    // Windows and Linux: Caps Lock turns the case of letters round. The scanner does not know that it is on.
    if (this.#options.capsLock !== true || !/\p{L}/u.test(char)) return char
    const turned = isShifted ? char.toLowerCase() : char.toUpperCase()
    return turned.length === 1 ? turned : char
  }
}

function placesOf(layout: OsLayout, level: 0 | 1): readonly (readonly [string, Place])[] {
  return [...ROWS[layout][level]].map((char, at) => [
    char,
    { code: CODES[at] ?? '', isShifted: level === 1 },
  ])
}
