// A review that is booked at once, in words: how far it is, what can be booked of a choice, by how much the stock moves.
import { sumQuantity, ZERO } from '../domain/quantity'
import { roundOf, type ReviewRow } from '../domain/review'
import { countOf, formatCount, formatUnits } from './format'
import type { useBaseReview } from './useBaseReview'

/** What such a server tells apart. */
export const BASE_FILTERS = { open: 'To decide', uncounted: 'Not counted', decided: 'Decided', all: 'All' } as const
export type BaseFilter = keyof typeof BASE_FILTERS
export const BASE_SORTS = { units: 'Most units first', percent: 'Largest percentage first', name: 'Name', 'counted-at': 'Last counted first' } as const
export type BaseSort = keyof typeof BASE_SORTS

/** What of a choice can be decided: booked only what was counted, and only by who sees the book. */
export function decidableOf(chosen: readonly ReviewRow[], outcome: 'apply' | 'skip'): readonly ReviewRow[] {
  const undecided = chosen.filter((it) => it.decision === null)
  return outcome === 'skip' ? undecided : undecided.filter((it) => roundOf(it)?.compared != null)
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
  return `All ${countOf(total, 'product')} loaded, ${left}`
}
