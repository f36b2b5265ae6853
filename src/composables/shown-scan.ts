// What the counting screen shows of a scan: the band, the card, a question, a message with the way back.
import { hasBadCheckDigit } from '../domain/barcode/item-key'
import type { EventId, LineKey, ProductId } from '../domain/ids'
import type { Micro } from '../domain/quantity'
import type { LineView, ScanOutcome } from '../ports/counting'
import { formatChange, formatQuantity } from './format'
import { OUTCOME_WORDS, refusalWords, type FeedbackOutcome } from './words'

export interface Feedback {
  /** Grows: a new one is a new flash. */
  readonly id: number
  /** The stored scan; null while there is none. */
  readonly eventId: EventId | null
  readonly outcome: FeedbackOutcome
  /** Product, raw value or reason. */
  readonly text: string
  readonly quantity: Micro | null
  /** It counted, and was taken back since. */
  readonly isTakenBack?: boolean
  /** The value ends in a check digit that does not fit: perhaps misread. */
  readonly isMisread?: boolean
  /** A partial scan that one tap accepts. */
  readonly partial: { readonly raw: string; readonly symbology: string | null } | null
}

/** The product that the card shows: known at once from the outcome, in full a read later. */
export interface CurrentLine {
  /** The scan that brought it here; null when it was chosen from a list. */
  readonly eventId: EventId | null
  readonly lineKey: LineKey
  readonly productId: ProductId | null
  readonly name: string
  readonly total: Micro
  readonly view: LineView | null
}

/** A number that is probably a slip: kept, and asked about. */
export interface Question {
  readonly lineKey: LineKey
  readonly eventId: EventId
  readonly text: string
}

export interface Toast {
  readonly id: number
  readonly text: string
  readonly again: (() => void) | null
}

/** What a screen reader says of a scan. */
export function sentenceOf(outcome: ScanOutcome): string {
  if (outcome.kind === 'refused') return `${OUTCOME_WORDS.refused}. ${refusalWords(outcome.reason)}`
  if (outcome.kind === 'unmatched' && hasBadCheckDigit(outcome.name))
    return `Check digit wrong, scan again? Kept as unknown barcode: ${outcome.name}`
  return `${OUTCOME_WORDS[outcome.kind]}: ${outcome.name}, ${formatChange(outcome.quantity)}, ${formatQuantity(outcome.total)} in all`
}
