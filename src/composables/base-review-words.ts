// A review that is booked at once, in words: how far it is, what can be booked of a choice, by how much the stock moves.
import { negateQuantity, sumQuantity, ZERO, type Micro } from '../domain/quantity'
import { roundOf, type ReviewRow } from '../domain/review'
import { commentsOf, type SentDecision } from '../domain/sent-decision'
import type { Asked } from './asked'
import type { ShownChange } from './shown-change'
import { countOf, formatChange, formatCount, formatQuantity, formatUnits } from './format'
import type { useBaseReview } from './useBaseReview'

/** What such a server tells apart. */
export const BASE_FILTERS = { open: 'To decide', uncounted: 'Not counted', decided: 'Decided', all: 'All' } as const
export type BaseFilter = keyof typeof BASE_FILTERS
export const BASE_SORTS = { units: 'Most units first', percent: 'Largest percentage first', name: 'Name', 'counted-at': 'Last counted first' } as const
export type BaseSort = keyof typeof BASE_SORTS

/** What the book says of it, for those who may see it: at the moment of counting, or now where nobody has counted. */
export function bookOf(row: ReviewRow): Micro | null {
  return roundOf(row)?.compared?.bookAtCount ?? (row.rounds.length === 0 ? row.bookNow : null)
}

/** What of a choice can be decided: booked only what was counted, and only by who sees the book. */
export function decidableOf(chosen: readonly ReviewRow[], outcome: 'apply' | 'skip'): readonly ReviewRow[] {
  const undecided = chosen.filter((it) => it.decision === null && it.state !== 'not-found')
  return outcome === 'skip' ? undecided : undecided.filter((it) => roundOf(it)?.compared != null)
}

/** What of a choice nobody found: counted as zero before it can be decided. */
export function zeroableOf(chosen: readonly ReviewRow[]): readonly ReviewRow[] {
  return chosen.filter((it) => it.state === 'not-found')
}

export function zeroWords(done: number, changed: number): string {
  const what = `${countOf(done, 'product')} counted as zero, in a session of ${done === 1 ? 'its' : 'their'} own: decide ${done === 1 ? 'it' : 'them'} next.`
  return changed === 0 ? what : `${what} ${countOf(changed, 'product')} ${changed === 1 ? 'has' : 'have'} changed since you looked: look again.`
}

/** `−3 units`. */
export function netWords(rows: readonly ReviewRow[]): string {
  return formatUnits(rows.reduce((sum, it) => sumQuantity(sum, roundOf(it)?.compared?.variance ?? ZERO), ZERO))
}

export function progressWords({ read, isLoading, loaded, isWhole, leftToDecide }: Pick<ReturnType<typeof useBaseReview>, 'read' | 'isLoading' | 'loaded' | 'isWhole' | 'leftToDecide'>): string {
  if (isLoading.value) return loaded.value === 0 ? 'Loading…' : `${countOf(loaded.value, 'product')} loaded`
  if (read.value === null) return 'Nothing loaded'
  const { total, rows } = read.value
  if (!isWhole.value) return `${formatCount(rows.size)} of ${countOf(total, 'product')} loaded: load again before you decide`
  const left = leftToDecide.value === 0 ? 'all that was counted is decided' : `${formatCount(leftToDecide.value)} to decide`
  const lost = read.value.notFound.length
  return `All ${countOf(total, 'product')} loaded, ${left}${lost === 0 ? '' : `; ${formatCount(lost)} not found`}`
}

/** What a person asks to be booked; everything in it is booked with one answer. */
export type BaseAsked =
  | { readonly kind: 'apply' | 'skip' | 'zero'; readonly rows: readonly ReviewRow[] }
  | { readonly kind: 'complete' | 'close' }

export interface Question {
  readonly title: string
  readonly text: string
  readonly yes: string
}

export function questionOf(asked: BaseAsked): Question {
  switch (asked.kind) {
    case 'apply':
      return { title: `Book ${countOf(asked.rows.length, 'variance')} now?`, text: `The stock moves by ${netWords(asked.rows)} at once. It cannot be taken back here.`, yes: 'Book now' }
    case 'skip':
      return { title: `Skip ${countOf(asked.rows.length, 'product')}?`, text: 'Nothing is booked for them in this count. It cannot be taken back here.', yes: 'Skip' }
    case 'zero':
      return { title: `Count ${countOf(asked.rows.length, 'product')} as zero?`, text: 'Nobody found them: a session of zeros is added to the count. Nothing is booked before you decide them.', yes: 'Count as zero' }
    case 'complete':
      return { title: 'Is the counting done?', text: 'Nobody goes on counting after that; the products are decided next.', yes: 'Counting is done' }
    case 'close':
      return { title: 'Close the count?', text: 'Nothing more can be decided in it. What nobody counted stays as the book has it.', yes: 'Close the count' }
  }
}

export function amountAtOnceQuestion(row: ReviewRow): Asked {
  const counted = roundOf(row)?.quantity ?? null
  return {
    title: `Book another amount of ${row.name}`,
    description: `The book says ${formatQuantity(bookOf(row) ?? ZERO)}. It is moved to your amount at once, and cannot be moved back here. The count stays as it is; your reason goes with the decision.`,
    confirm: 'Book this amount',
    reasons: ['', 'Found elsewhere', 'Counted twice', 'Wrong unit', 'Sold out'],
    amount: counted === null || counted < 0 ? '' : formatQuantity(counted).replaceAll(',', ''),
    isFinal: true,
  }
}

/** What this device sent, in a sentence. */
export function sentWords({ act, counted, book, became }: SentDecision): string {
  const how = became === 'booked' ? '' : became === 'not-booked' ? ' – not booked: the server did not take it' : ' – no answer came; the product shows what the server has'
  if (act.kind === 'skip') return `Skipped, nothing booked${how}`
  const amount = act.kind === 'set' ? act.to : counted
  const variance = amount === null || book === null ? '' : `, ${formatChange(sumQuantity(amount, negateQuantity(book)))} on a book of ${formatQuantity(book)}`
  const what = act.kind === 'apply' ? `As counted: ${formatQuantity(amount ?? ZERO)}` : `Set by hand to ${formatQuantity(act.to)}${counted === null ? ', not counted' : `, counted ${formatQuantity(counted)}`}`
  return `${what}${variance}${how}`
}

const CHANGES_MAX = 100

/** As a list of changes shows them, the newest first. */
export function sentChanges(sent: readonly SentDecision[], by: string, { isNamed }: { readonly isNamed: boolean }): ShownChange[] {
  return sent.slice(-CHANGES_MAX).toReversed().map((it) => {
    const why = commentsOf(it.act, it.note)
    return { what: isNamed ? `${it.name}: ${sentWords(it)}` : sentWords(it), by, at: it.at, ...(why === null ? {} : { why }) }
  })
}
