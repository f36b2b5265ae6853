// Which rows of a review are shown, and in which order: pure, over what has been loaded.
import type { Micro } from '../domain/quantity'
import { comparedOf, isUncounted, needsPerson, roundOf, type ReviewRow } from '../domain/review'

export const REVIEW_FILTERS = [
  'open',
  'beyond',
  'recount',
  'accepted',
  'decided',
  'uncounted',
  'all',
] as const
export type ReviewFilter = (typeof REVIEW_FILTERS)[number]

export const REVIEW_SORTS = ['name', 'value', 'units', 'percent', 'counted-at'] as const
export type ReviewSort = (typeof REVIEW_SORTS)[number]

export const THRESHOLDS = ['none', 'units', 'percent', 'value'] as const
export type Threshold = (typeof THRESHOLDS)[number]

export interface ReviewListChoice {
  readonly filter: ReviewFilter
  readonly sort: ReviewSort
  /** Lower case; empty: no search. */
  readonly search: string
  readonly threshold: Threshold
  /** Only variances over this, in units, percent or money. */
  readonly over: number
}

const IS_SHOWN: Readonly<Record<ReviewFilter, (row: ReviewRow) => boolean>> = {
  open: needsPerson,
  beyond: ({ state, decision }) =>
    decision === null && (state === 'recount' || state === 'supervisor'),
  recount: ({ state, recount }) => state === 'recounting' || recount !== null,
  accepted: ({ state, decision }) => state === 'accepted' && decision === null,
  decided: ({ decision }) => decision !== null,
  uncounted: isUncounted,
  all: () => true,
}

const MICRO = 1_000_000
const MONEY = 10_000

export function shownRows(
  rows: readonly ReviewRow[],
  choice: ReviewListChoice,
): readonly ReviewRow[] {
  const sizeOf = SIZES[choice.sort]
  // Once for each row, not for each comparison: of twenty thousand rows there are three hundred thousand.
  return rows
    .filter((it) => IS_SHOWN[choice.filter](it) && isOver(it, choice) && hasText(it, choice.search))
    .map((row) => ({ row, size: sizeOf(row) }))
    .toSorted((a, b) => b.size - a.size || byName(a.row, b.row))
    .map((it) => it.row)
}

/** How many rows each filter would show, without search and threshold. */
export function countByFilter(rows: readonly ReviewRow[]): Readonly<Record<ReviewFilter, number>> {
  const counts = { open: 0, beyond: 0, recount: 0, accepted: 0, decided: 0, uncounted: 0, all: 0 }
  for (const row of rows)
    for (const filter of REVIEW_FILTERS) if (IS_SHOWN[filter](row)) counts[filter] += 1
  return counts
}

function hasText({ name, identifier, productId }: ReviewRow, search: string): boolean {
  if (search === '') return true
  return [name, identifier ?? '', productId].some((it) => it.toLowerCase().includes(search))
}

function isOver(row: ReviewRow, { threshold, over }: ReviewListChoice): boolean {
  const compared = comparedOf(row)
  if (threshold === 'none') return true
  if (compared == null) return false
  switch (threshold) {
    case 'units':
      return Math.abs(compared.variance) > over * MICRO
    case 'percent':
      return compared.percent === null || Math.abs(compared.percent) > over
    case 'value':
      return compared.value === null || Math.abs(compared.value) > over * MONEY
  }
}

/** The largest first, whichever way it goes; what cannot be told comes last. */
function largest(amount: number | null | undefined): number {
  return amount == null ? -1 : Math.abs(amount)
}

/** What each order goes by, the largest first; the name decides between equals. */
const SIZES: Readonly<Record<ReviewSort, (row: ReviewRow) => number>> = {
  name: () => 0,
  value: (it) => largest(comparedOf(it)?.value),
  units: (it) => largest(comparedOf(it)?.variance),
  percent: (it) => {
    const compared = comparedOf(it)
    // A book of zero that was counted is more than any percentage.
    return compared == null ? -1 : largest(compared.percent ?? Number.MAX_SAFE_INTEGER)
  },
  'counted-at': (it) => roundOf(it)?.lastAt ?? 0,
}

function byName(a: ReviewRow, b: ReviewRow): number {
  return compareText(a.name, b.name) || compareText(a.productId, b.productId)
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

export interface ReviewTotals {
  /** Products that would be booked as things stand. */
  readonly toBook: number
  readonly toSkip: number
  readonly open: number
  readonly units: Micro
  /** Of those whose cost is known; ten-thousandths. */
  readonly value: number
}

/** What an approval would do now: the rules' acceptances and the drafts. */
export function totalsOf(rows: readonly ReviewRow[]): ReviewTotals {
  const totals = { toBook: 0, toSkip: 0, open: 0, units: 0, value: 0 }
  for (const row of rows) {
    if (needsPerson(row)) totals.open += 1
    else if (row.decision?.outcome === 'skip') totals.toSkip += 1
    else {
      totals.toBook += 1
      const variance = row.decision?.variance ?? roundOf(row)?.compared?.variance ?? 0
      totals.units += variance
      totals.value += row.unitCost === null ? 0 : Math.round((variance * row.unitCost) / MICRO)
    }
  }
  return { ...totals, units: totals.units as Micro }
}
