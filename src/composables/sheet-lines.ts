// The lines of a printed sheet, and what they add up to.
import { encodeMoney, valueOf, type Money } from '../domain/money'
import { sumQuantity, ZERO, type Micro } from '../domain/quantity'
import { roundOf, type ReviewRow } from '../domain/review'
import { formatChange, formatQuantity, formatUnits } from './format'
import { formatMoney, peopleWords, standWords } from './review-words'

/** More lines belong into an export. */
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
  /** At most SHEET_LINES_MAX, by name. */
  readonly lines: readonly SheetLine[]
  readonly lineCount: number
  readonly products: number
  readonly differing: number
  /** With the word: `−1 unit`. */
  readonly netUnits: string
  readonly netValue: string
}

/** What was approved where it was, else what was counted. */
function varianceOf(row: ReviewRow): Micro | null {
  const compared = roundOf(row)?.compared ?? null
  const edit = row.decision?.editDelta ?? ZERO
  return compared === null ? null : sumQuantity(compared.variance, edit)
}

/** @param kind `variances`: what differed alone; `all`: every line. Rule: RP25 */
export function sheetOf(rows: readonly ReviewRow[], kind: 'variances' | 'all', currency: string | null): Sheet {
  const measured = rows.map((row) => ({ row, variance: varianceOf(row) }))
  const differing = measured.filter((it) => it.variance !== null && it.variance !== 0)
  const wanted = kind === 'all' ? measured : differing
  const sorted = wanted.toSorted((a, b) => a.row.name.localeCompare(b.row.name))
  // What was skipped moved nothing.
  const booked = differing.filter((it) => it.row.decision?.outcome !== 'skip')
  const values = booked.map((it) => worthOf(it.row, it.variance)).filter((it) => it !== null)
  return {
    lines: sorted.slice(0, SHEET_LINES_MAX).map((it) => lineOf(it.row, it.variance, currency)),
    lineCount: sorted.length,
    products: rows.length,
    differing: differing.length,
    netUnits: formatUnits(booked.reduce((sum, it) => sumQuantity(sum, it.variance ?? ZERO), ZERO)),
    netValue: formatMoney(values.reduce((sum, it) => (sum + it) as Money, 0 as Money), currency),
  }
}

function worthOf({ unitCost }: ReviewRow, variance: Micro | null): Money | null {
  return unitCost === null || variance === null ? null : valueOf(variance, unitCost)
}

function lineOf(row: ReviewRow, variance: Micro | null, currency: string | null): SheetLine {
  const round = roundOf(row)
  const value = worthOf(row, variance)
  const counted = row.decision?.approvedTotal ?? round?.quantity ?? null
  return {
    productId: row.productId,
    name: row.name,
    identifier: row.identifier ?? row.productId,
    book: round?.compared == null ? '–' : formatQuantity(round.compared.bookAtCount),
    counted: counted === null ? '–' : formatQuantity(counted),
    variance: variance === null ? '–' : formatChange(variance),
    value: value === null || encodeMoney(value) === 0 ? '–' : formatMoney(value, currency),
    stand: standWords(row),
    counters: round === null ? '' : peopleWords(round.counters),
  }
}
