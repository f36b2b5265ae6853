// Which codes and names people take for each other: neighbouring numbers, one digit off, the same words.

/** A company's products have neighbouring numbers: as many last places of the number itself may differ. */
const ITEM_DIGITS = 2
const CHECKED_LENGTHS: readonly number[] = [8, 12, 13, 14]
/** Shorter codes differ in one place by chance. */
const CODE_MIN = 6
const WORD_MIN = 3

/** The number without its check digit, which follows from the rest. */
function bodyOf(code: string): string {
  return /^\d+$/.test(code) && CHECKED_LENGTHS.includes(code.length) ? code.slice(0, -1) : code
}

/** Two different codes of one length: the same but for their last places, or but for one character. */
export function areCodesAlike(a: string, b: string): boolean {
  const [one, two] = [bodyOf(a), bodyOf(b)]
  if (one === two || one.length !== two.length || one.length < CODE_MIN) return false
  const isNumber = /^\d+$/.test(one) && /^\d+$/.test(two)
  if (isNumber && one.slice(0, -ITEM_DIGITS) === two.slice(0, -ITEM_DIGITS)) return true
  return [...one].filter((character, place) => character !== two[place]).length === 1
}

export interface CodeRange {
  readonly from: string
  readonly to: string
}

/** Where the numbers that areCodesAlike calls neighbours lie, check digits and all; null for what is no number. */
export function neighbourRange(code: string): CodeRange | null {
  if (!/^\d+$/.test(code) || code.length < CODE_MIN) return null
  const open = code.length - bodyOf(code).length + ITEM_DIGITS
  const start = code.slice(0, -open)
  return { from: start + '0'.repeat(open), to: start + '9'.repeat(open) }
}

/** Half of the words of both, sizes and numbers left out: what differs may be the flavour. */
export function areNamesAlike(a: string, b: string): boolean {
  const [one, two] = [wordsOf(a), wordsOf(b)]
  const shared = [...one].filter((it) => two.has(it)).length
  return shared > 0 && shared * 2 >= Math.max(one.size, two.size)
}

function wordsOf(name: string): ReadonlySet<string> {
  const words = name.toLowerCase().split(/[^\p{L}\p{N}]+/u)
  return new Set(words.filter((it) => it.length >= WORD_MIN && !/^\d/.test(it)))
}

/** How look-alikes begin: the first two words, or the first where there is one; null for a name too short to say anything. */
export function nameStart(name: string): string | null {
  const [first = '', second] = name.toLowerCase().split(/\s+/)
  const start = second === undefined ? first : `${first} ${second}`
  return start.length < WORD_MIN ? null : start
}
