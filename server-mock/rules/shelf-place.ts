// Which places of a facility lie beside each other: the same bin, or one whose last number is next or next but one.

export interface ShelfPlace {
  readonly aisle: string
  readonly bin: string
}

/** Where two products lie nearest to each other. */
interface Nearness {
  readonly own: ShelfPlace
  readonly theirs: ShelfPlace
  /** 0: the same bin. */
  readonly steps: number
}

/** Next, and next but one: many aisles have the even numbers on one side and the odd ones on the other. */
const STEPS_MAX = 2
/** Longer runs of digits are no number of a bin but an id. */
const DIGITS_MAX = 6

interface NumberedBin {
  readonly before: string
  readonly digits: string
  readonly after: string
}

/** `08-B-14` is 14 after `08-B-`; null without a number. */
function numberedBin(bin: string): NumberedBin | null {
  const found = /^(.*?)(\d+)(\D*)$/.exec(bin)
  const [, before = '', digits = '', after = ''] = found ?? []
  return found === null || digits.length > DIGITS_MAX ? null : { before, digits, after }
}

/** The bins within STEPS_MAX of this one, itself first: few, so that an index finds what lies there. */
export function binsNear(bin: string): readonly string[] {
  const numbered = numberedBin(bin)
  if (numbered === null) return [bin]
  const { before, digits, after } = numbered
  const near = [bin]
  for (let step = 1; step <= STEPS_MAX; step += 1)
    for (const number of [Number(digits) - step, Number(digits) + step])
      if (number >= 0) near.push(...spellings(number, digits.length).map((it) => before + it + after))
  return near
}

/** 9 after a bin of two digits is written 09, or 9 where nothing is padded. */
function spellings(number: number, digits: number): readonly string[] {
  return [...new Set([String(number).padStart(digits, '0'), String(number)])]
}

/** null: not in one aisle, or further apart than STEPS_MAX. */
export function stepsBetween(a: ShelfPlace, b: ShelfPlace): number | null {
  if (a.aisle !== b.aisle) return null
  if (a.bin === b.bin) return 0
  const [one, two] = [numberedBin(a.bin), numberedBin(b.bin)]
  if (one === null || two === null || one.before !== two.before || one.after !== two.after) return null
  const steps = Math.abs(Number(one.digits) - Number(two.digits))
  return steps >= 1 && steps <= STEPS_MAX ? steps : null
}

/** Of two products that may each lie in several bins; null where none of them are neighbours. */
export function nearestPlaces(own: readonly ShelfPlace[], theirs: readonly ShelfPlace[]): Nearness | null {
  let nearest: Nearness | null = null
  for (const one of own)
    for (const two of theirs) {
      const steps = stepsBetween(one, two)
      if (steps !== null && steps < (nearest?.steps ?? STEPS_MAX + 1)) nearest = { own: one, theirs: two, steps }
    }
  return nearest
}

/** `08-B-14`; with its aisle where the bin does not begin with it: `Reserve R-05`. */
export function placeName({ aisle, bin }: ShelfPlace): string {
  return bin.startsWith(aisle) ? bin : `${aisle} ${bin}`
}
