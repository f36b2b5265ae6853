// What may explain a variance: each suggestion with its evidence, the strongest first. Suggests, decides nothing.
import { negateQuantity, type Micro } from '../../src/domain/quantity'
import type { Likeness, MovementKind, VarianceSuggestion } from '../../src/domain/review'
import { areCodesAlike, areNamesAlike } from './look-alike'
import { nearestPlaces, placeName, type ShelfPlace } from './shelf-place'

/** A person reads a handful; what comes after them is guessing. */
export const SUGGESTIONS_MAX = 5
/** Scanned within that of each other: the two lay beside each other, or one was scanned for the other. */
export const BESIDE_MS = 30_000
/** How far from the count a movement may be that was booked too early or too late. */
export const MOVEMENT_WINDOW_MS = 24 * 3_600_000
/** Earlier counts that are looked at, and how many of them must have been off. */
export const HISTORY_MAX = 10
const OFTEN_FROM = 2

export interface ProductCode {
  readonly value: string
  readonly packSize: number
}

export interface ExplainedProduct {
  readonly productId: string
  readonly name: string
  readonly codes: readonly ProductCode[]
  /** Where the facility keeps it. */
  readonly places: readonly ShelfPlace[]
  /** What nobody has counted is off by its whole book. */
  readonly variance: Micro
}

export interface VarianceFacts {
  readonly subject: ExplainedProduct & {
    /** null: nobody has counted it. */
    readonly counted: { readonly quantity: Micro; readonly book: Micro; readonly at: number } | null
  }
  /** Products of the same count that may be taken for it. */
  readonly others: readonly (ExplainedProduct & {
    /** How far apart the two were scanned on one device; null: nowhere near. */
    readonly besideMs: number | null
  })[]
  readonly movements: readonly MovementFact[]
  /** Approved counts of the product, the newest first. */
  readonly history: readonly { readonly at: number; readonly variance: Micro; readonly recounts: number }[]
}

export interface MovementFact {
  readonly kind: MovementKind
  readonly quantity: Micro
  readonly at: number
  readonly reference: string | null
}

type Weighed = readonly [weight: number, suggestion: VarianceSuggestion]

/** Rules: docs/SPEC.md EX1-EX6. */
export function explainVariance(facts: VarianceFacts): readonly VarianceSuggestion[] {
  if (facts.subject.variance === 0) return []
  return [...mixedUp(facts), ...packs(facts), ...movements(facts), ...often(facts)]
    .toSorted(([a], [b]) => b - a)
    .slice(0, SUGGESTIONS_MAX)
    .map(([, suggestion]) => suggestion)
}

/** What is missing here is too much there. Rules: EX1, EX2. */
function mixedUp({ subject, others }: VarianceFacts): readonly Weighed[] {
  return others.flatMap((other): Weighed[] => {
    const isOpposite = Math.sign(other.variance) === -Math.sign(subject.variance)
    const because = isOpposite ? likenessOf(subject, other) : []
    const isWhole = other.variance === negateQuantity(subject.variance)
    // A name or a place alone says little: half of a shelf is called alike, so the amounts must fit exactly.
    const isEnough = because.length > (isWhole ? 0 : 1) || because.some((it) => it.kind === 'code' || it.kind === 'beside')
    if (!isEnough) return []
    const { productId, name, variance } = other
    const weight = (isWhole ? 60 : 20) + because.reduce((sum, it) => sum + weightOf(it), 0)
    return [[weight, { kind: 'mixed-up', productId, name, variance, isWhole, because }]]
  })
}

const WEIGHTS: Readonly<Record<Likeness['kind'], number>> = { code: 20, beside: 15, shelf: 12, name: 5 }

/** The nearer, the more. */
function weightOf(it: Likeness): number {
  return WEIGHTS[it.kind] - (it.kind === 'shelf' ? it.steps : 0)
}

function likenessOf(
  subject: ExplainedProduct,
  other: VarianceFacts['others'][number],
): readonly Likeness[] {
  const found: Likeness[] = []
  const pair = subject.codes
    .flatMap((own) => other.codes.map((theirs) => [own.value, theirs.value] as const))
    .find(([own, theirs]) => areCodesAlike(own, theirs))
  if (pair !== undefined) found.push({ kind: 'code', own: pair[0], theirs: pair[1] })
  if (other.besideMs !== null && other.besideMs <= BESIDE_MS)
    found.push({ kind: 'beside', seconds: Math.round(other.besideMs / 1000) })
  const near = nearestPlaces(subject.places, other.places)
  if (near !== null)
    found.push({ kind: 'shelf', own: placeName(near.own), theirs: placeName(near.theirs), steps: near.steps })
  if (areNamesAlike(subject.name, other.name)) found.push({ kind: 'name' })
  return found
}

/** Cases counted as units, units as cases, or a number of whole cases missing. Rule: EX3. */
function packs({ subject: { codes, counted, variance } }: VarianceFacts): readonly Weighed[] {
  const cases = codes.filter((it) => it.packSize > 1)
  // The largest that fits explains most with least.
  for (const { value: code, packSize } of cases.toSorted((a, b) => b.packSize - a.packSize)) {
    if (counted !== null && counted.quantity > 0 && counted.quantity * packSize === counted.book)
      return [[70, { kind: 'packs', how: 'cases-as-units', code, packSize, packs: packsIn(counted.book, packSize) }]]
    if (counted !== null && counted.book > 0 && counted.book * packSize === counted.quantity)
      return [[70, { kind: 'packs', how: 'units-as-cases', code, packSize, packs: packsIn(counted.quantity, packSize) }]]
    if (counted !== null && variance % (packSize * UNIT) === 0)
      return [[40, { kind: 'packs', how: 'whole-cases', code, packSize, packs: packsIn(variance, packSize) }]]
  }
  return []
}

const UNIT = 1_000_000

function packsIn(quantity: Micro, packSize: number): number {
  return Math.abs(quantity) / (packSize * UNIT)
}

/** The same amount moved in the book a little too early or too late. Rule: EX4. */
function movements({ subject: { counted, variance }, movements: all }: VarianceFacts): readonly Weighed[] {
  if (counted === null) return []
  return all.flatMap((movement): Weighed[] => {
    if (movement.kind === 'count' || Math.abs(movement.at - counted.at) > MOVEMENT_WINDOW_MS) return []
    // What moves in the book after the count is no part of its book: at the shelf it may have moved before.
    if (movement.at > counted.at && movement.quantity === variance)
      return [[65, { kind: 'movement', how: 'shelf-first', movement }]]
    if (movement.at <= counted.at && movement.quantity === negateQuantity(variance))
      return [[65, { kind: 'movement', how: 'book-first', movement }]]
    return []
  })
}

/** Off again and again: the place, the label or the product is the matter, not this count. Rule: EX5. */
function often({ history }: VarianceFacts): readonly Weighed[] {
  const looked = history.slice(0, HISTORY_MAX)
  const off = looked.filter((it) => it.variance !== 0 || it.recounts > 0)
  const [last] = off
  if (last === undefined || off.length < OFTEN_FROM) return []
  const recounted = off.filter((it) => it.recounts > 0).length
  const { at: lastAt, variance: lastVariance } = last
  return [[30, { kind: 'often-off', counts: looked.length, off: off.length, recounted, lastAt, lastVariance }]]
}
