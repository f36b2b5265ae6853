// One character key of a scanner or a person: what the keyboard said it types and what a US keyboard would have typed.
import { usCharOf } from './us-layout'

/** What the decoder needs of a `keydown`. */
export interface KeyInput {
  readonly key: string
  /** Physical key; empty when the platform does not say. */
  readonly code: string
  readonly shiftKey: boolean
  readonly ctrlKey: boolean
  readonly altKey: boolean
  readonly metaKey: boolean
  readonly capsLock: boolean
  /** The event's own time stamp, ms; never the time of handling. */
  readonly timeStamp: number
  /** The operating system repeats a key that is held down. */
  readonly repeat: boolean
  /** It goes into a field that is not the scan field: only what is certainly a scanner is taken from there. */
  readonly isInOtherField: boolean
}

export interface Stroke {
  /** By the keyboard layout; null for dead and unknown keys. */
  readonly text: string | null
  /** By the key's place on a US keyboard; null when no such place is known. */
  readonly us: string | null
  /** Sent with AltGr or Option: a US scanner never does. */
  readonly isAltGr: boolean
  readonly isRepeat: boolean
  /** Since the key event before, modifiers included, ms. */
  readonly gapMs: number
  readonly at: number
}

/** Control characters as keyboard scanners send them: Ctrl and a key, by its character or its place. */
const CONTROLS: readonly { readonly key: string; readonly code: string; readonly char: string }[] =
  [
    { key: ']', code: 'BracketRight', char: '\x1d' },
    { key: '^', code: 'Digit6', char: '\x1e' },
    { key: '\\', code: 'Backslash', char: '\x1c' },
    { key: '_', code: 'Minus', char: '\x1f' },
    { key: 'd', code: 'KeyD', char: '\x04' },
  ]

/**
 * The character that a Ctrl combination stands for (GS, RS, FS, US, EOT); null for a shortcut of a person.
 * @param isInBurst outside of one only Ctrl+] counts: the others belong to the browser
 */
export function controlCharOf(input: KeyInput, isInBurst: boolean): string | null {
  if (!input.ctrlKey || input.altKey || input.metaKey) return null
  const key = input.key.toLowerCase()
  if (!isInBurst) return key === ']' ? '\x1d' : null
  const control =
    CONTROLS.find((it) => it.key === key) ?? CONTROLS.find((it) => it.code === input.code)
  return control?.char ?? null
}

/** Keys that type something: printable characters, dead keys, and keys the platform cannot name but place. */
export function isCharacterKey(input: KeyInput): boolean {
  if (input.metaKey || (input.ctrlKey && !input.altKey)) return false
  if (isSingleCharacter(input.key)) return true
  const isNameless = ['Dead', 'Unidentified', 'Process'].includes(input.key)
  return isNameless && usCharOf(input.code, input.shiftKey) !== null
}

/** A character key as the decoder keeps it. Caps Lock is taken back: scanners do not know about it. */
export function strokeOf(input: KeyInput, gapMs: number): Stroke {
  const typed = isSingleCharacter(input.key) ? input.key : null
  const text = typed !== null && input.capsLock ? withCaseOf(typed, input.shiftKey) : typed
  const us = usCharOf(input.code, input.shiftKey)
  // A driver may send an upper character without a Shift key of its own: the place is the same, the character counts.
  const isSamePlace =
    text !== null &&
    us !== null &&
    (text.toLowerCase() === us.toLowerCase() ||
      (!input.shiftKey && text === usCharOf(input.code, true)))
  return {
    text,
    us: isSamePlace ? text : us,
    isAltGr: input.altKey,
    isRepeat: input.repeat,
    gapMs,
    at: input.timeStamp,
  }
}

/** A control character, the same by layout and by place. */
export function controlStrokeOf(char: string, input: KeyInput, gapMs: number): Stroke {
  return {
    text: char,
    us: char,
    isAltGr: false,
    isRepeat: input.repeat,
    gapMs,
    at: input.timeStamp,
  }
}

function isSingleCharacter(key: string): boolean {
  return key !== '' && [...key].length === 1
}

function withCaseOf(char: string, isUpper: boolean): string {
  const cased = isUpper ? char.toUpperCase() : char.toLowerCase()
  return cased.length === char.length ? cased : char
}
