// What stands in the cells of one row of a review; empty where nothing is known or may be seen.
import { sumQuantity, ZERO, type Micro } from '../domain/quantity'
import { comparedOf, roundOf, type Compared, type ReviewRow } from '../domain/review'
import { formatChange, formatQuantity } from './format'
import { formatMoney, formatPercent, percentOf, worthOf } from './review-words'

export interface RowTexts {
  readonly code: string
  readonly book: string
  readonly counted: string
  readonly variance: string
  readonly percent: string
  readonly worth: string
  readonly moved: string
  readonly expected: string
}

export function rowTexts(row: ReviewRow, currency: string | null): RowTexts {
  const round = roundOf(row)
  const compared = comparedOf(row)
  const variance = row.decision?.variance ?? compared?.variance ?? null
  const own = {
    code: codeOf(row),
    counted: orDash(row.decision?.counted ?? round?.quantity, formatQuantity),
    variance: orDash(variance, formatChange),
  }
  if (compared !== null) {
    const texts = comparedTexts(row, compared, { variance, currency })
    // What nobody found was compared at no moment: nothing is to be expected of it.
    return { ...own, ...texts, ...(round === null ? { expected: '' } : {}) }
  }
  const book = row.bookNow === null ? '' : formatQuantity(row.bookNow)
  return { ...own, book, percent: '', worth: '', moved: '', expected: '' }
}

function codeOf({ identifier, productId, abcClass }: ReviewRow): string {
  const code = identifier ?? productId
  return abcClass === null ? code : `${code} · ${abcClass}`
}

function orDash(amount: Micro | null | undefined, words: (amount: Micro) => string): string {
  return amount == null ? '–' : words(amount)
}

function comparedTexts(
  { unitCost }: ReviewRow,
  compared: Compared,
  { variance, currency }: { readonly variance: Micro | null; readonly currency: string | null },
): Omit<RowTexts, 'code' | 'counted' | 'variance'> {
  const worth = worthOf(compared, unitCost, variance)
  const moved = compared.movedSince.reduce((sum, it) => sumQuantity(sum, it.quantity), ZERO)
  return {
    book: formatQuantity(compared.bookAtCount),
    percent: formatPercent(percentOf(compared, variance)),
    worth: worth === null ? '' : formatMoney(worth, currency),
    moved: moved === 0 ? '' : formatChange(moved),
    expected: formatQuantity(compared.expectedNow),
  }
}
