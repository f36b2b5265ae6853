// The lines of a printed sheet, and what they add up to.
import { encodeMoney, valueOf, type Money } from '../domain/money'
import { negateQuantity, sumQuantity, ZERO, type Micro } from '../domain/quantity'
import { roundOf, type ReviewRow } from '../domain/review'
import type { ReviewSummary } from '../ports/review'
import { formatChange, formatQuantity, formatUnits } from './format'
import { formatMoney, peopleWords, standWords } from './review-words'

/** Of one part: a browser prints no more of them gladly. */
export const SHEET_LINES_MAX = 5000

export interface SheetLine {
  readonly productId: string
  readonly name: string
  readonly identifier: string
  readonly book: string
  readonly counted: string
  readonly variance: string
  readonly value: string
  readonly stand: string
  readonly counters: string
}

export interface Sheet {
  /** Of the part that was asked for, by name. */
  readonly lines: readonly SheetLine[]
  /** Of all parts. */
  readonly lineCount: number
  readonly products: number
  readonly differing: number
  /** With the word: `−1 unit`. */
  readonly netUnits: string
  readonly netValue: string
}

interface Amounts {
  readonly book: Micro | null
  readonly counted: Micro | null
  readonly variance: Micro | null
}

/** Three figures that agree: what stands now, corrections and late scans included, less the book of the count. */
function amountsOf(row: ReviewRow): Amounts {
  const round = roundOf(row)
  const book = round?.compared?.bookAtCount ?? bookOf(row.decision)
  const counted = row.decision?.approvedTotal ?? row.decision?.counted ?? round?.quantity ?? null
  const variance = book === null || counted === null ? null : sumQuantity(counted, negateQuantity(book))
  return { book, counted, variance }
}

/** What a decision was compared with. */
function bookOf(decision: ReviewRow['decision']): Micro | null {
  if (decision === null || decision.counted === null || decision.variance === null) return null
  return sumQuantity(decision.counted, negateQuantity(decision.variance))
}

/**
 * @param kind `variances`: what differed alone; `all`: every line
 * @param names full names by sign-in name: a sheet is read by strangers
 * @param part of SHEET_LINES_MAX lines each, from 0; the sums are those of all
 * Rules: docs/SPEC.md RP25, RP29, RP37
 */
export function sheetOf(
  rows: readonly ReviewRow[],
  kind: 'variances' | 'all',
  { currency, names }: Pick<ReviewSummary, 'currency' | 'names'>,
  part = 0,
): Sheet {
  const measured = rows.map((row) => ({ row, amounts: amountsOf(row) }))
  const differing = measured.filter((it) => it.amounts.variance !== null && it.amounts.variance !== 0)
  const wanted = kind === 'all' ? measured : differing
  const sorted = wanted.toSorted((a, b) => a.row.name.localeCompare(b.row.name))
  // What was skipped moved nothing.
  const booked = differing.filter((it) => it.row.decision?.outcome !== 'skip')
  const values = booked.map((it) => worthOf(it.row, it.amounts.variance)).filter((it) => it !== null)
  return {
    lines: sorted.slice(part * SHEET_LINES_MAX, (part + 1) * SHEET_LINES_MAX).map((it) => lineOf(it.row, it.amounts, { currency, names })),
    lineCount: sorted.length,
    products: rows.length,
    differing: differing.length,
    netUnits: formatUnits(booked.reduce((sum, it) => sumQuantity(sum, it.amounts.variance ?? ZERO), ZERO)),
    netValue: formatMoney(values.reduce((sum, it) => (sum + it) as Money, 0 as Money), currency),
  }
}

function worthOf({ unitCost }: ReviewRow, variance: Micro | null): Money | null {
  return unitCost === null || variance === null ? null : valueOf(variance, unitCost)
}

function lineOf(
  row: ReviewRow,
  { book, counted, variance }: Amounts,
  { currency, names }: Pick<ReviewSummary, 'currency' | 'names'>,
): SheetLine {
  const value = worthOf(row, variance)
  const amount = (it: Micro | null) => (it === null ? '–' : formatQuantity(it))
  return {
    productId: row.productId,
    name: row.name,
    identifier: row.identifier ?? row.productId,
    book: amount(book),
    counted: amount(counted),
    variance: variance === null ? '–' : formatChange(variance),
    value: value === null || encodeMoney(value) === 0 ? '–' : formatMoney(value, currency),
    stand: isCorrected(row.decision) ? `${standWords(row)}, corrected since` : standWords(row),
    counters: peopleWords((roundOf(row)?.counters ?? []).map((it) => names[it] ?? it), ''),
  }
}

function isCorrected(decision: ReviewRow['decision']): boolean {
  if (decision === null || decision.approvedTotal === null || decision.counted === null) return false
  return decision.approvedTotal !== decision.counted
}
