// The lines of a printed sheet: what differed, what was booked, and the sums under which people sign.
import { describe, expect, it } from 'vitest'
import { sheetOf, SHEET_LINES_MAX } from '../../src/composables/sheet-lines'
import { asId, type ProductId } from '../../src/domain/ids'
import type { Money } from '../../src/domain/money'
import { unitsOf } from '../../src/domain/quantity'
import type { ReviewDecision, ReviewRow } from '../../src/domain/review'

const HEAD = { currency: 'EUR', names: { ana: 'Ana Ruiz' } } as const
const AT = Date.UTC(2026, 10, 25, 12)

function decided(outcome: ReviewDecision['outcome'], over: Partial<ReviewDecision> = {}): ReviewDecision {
  return {
    outcome, counted: null, variance: null, editDelta: null, reason: null, note: null, by: 'sam', at: AT, isStale: false,
    isPosted: true, approvedTotal: null, photoId: null, ...over,
  }
}

function row(name: string, book: number, counted: number, decision: ReviewDecision | null): ReviewRow {
  const variance = unitsOf(counted - book)
  return {
    productId: asId<ProductId>(name), name, identifier: null, abcClass: 'A', isRequested: true, bookNow: unitsOf(book),
    unitCost: 25_000 as Money, state: 'accepted', why: null, recount: null, decision, wantsPhoto: false,
    rounds: [{
      round: 0, quantity: unitsOf(counted), firstAt: AT, lastAt: AT, counters: ['ana'], sessions: 1, isOpen: false,
      compared: { bookAtCount: unitsOf(book), expectedNow: unitsOf(counted), variance, value: null, percent: null, movedSince: [] },
    }],
  }
}

const ROWS = [
  row('Tea', 10, 8, decided('apply')),
  row('Coffee', 5, 5, decided('apply')),
  row('Cocoa', 7, 4, decided('skip')),
  row('Sugar', 3, 3, decided('apply', { editDelta: unitsOf(2), approvedTotal: unitsOf(5) })),
]

describe('a printed sheet', () => {
  it('[RP25] of variances names what differed alone, by name, with what an edit added', () => {
    const sheet = sheetOf(ROWS, 'variances', HEAD)

    expect(sheet.lines.map((it) => [it.name, it.book, it.counted, it.variance, it.stand])).toEqual([
      ['Cocoa', '7', '4', '−3', 'Not booked'],
      ['Sugar', '3', '5', '+2', 'Booked'],
      ['Tea', '10', '8', '−2', 'Booked'],
    ])
    expect([sheet.products, sheet.differing]).toEqual([4, 3])
  })

  it('[RP25] adds up what was booked: what was skipped moved nothing', () => {
    expect(sheetOf([...ROWS, row('Rice', 4, 9, decided('apply'))], 'variances', HEAD)).toMatchObject({
      netUnits: '+5 units',
      netValue: '€12.50',
    })
  })

  it('[RP25] of the whole count has every line', () => {
    expect(sheetOf(ROWS, 'all', HEAD).lines.map((it) => it.name)).toEqual(['Cocoa', 'Coffee', 'Sugar', 'Tea'])
  })

  it('[RP37] of a large count comes in parts that together have every line, each with the sums of all', () => {
    const many = Array.from({ length: SHEET_LINES_MAX + 2 }, (_, n) => row(`P${String(n).padStart(5, '0')}`, 5, 4, decided('apply')))
    const parts = [0, 1].map((part) => sheetOf(many, 'all', HEAD, part))

    expect(parts.map((it) => it.lines.length)).toEqual([SHEET_LINES_MAX, 2])
    expect(new Set(parts.flatMap((it) => it.lines.map((line) => line.name))).size).toBe(many.length)
    expect(parts.map((it) => [it.lineCount, it.netUnits])).toEqual([[5002, '−5,002 units'], [5002, '−5,002 units']])
  })

  it('[RP29] has figures that agree, and says what was corrected since; a late find has its book, too', () => {
    const late = row('Salt', 6, 0, decided('apply', { counted: unitsOf(0), variance: unitsOf(-6), approvedTotal: unitsOf(2) }))
    const corrected = row('Tea', 10, 8, decided('apply', { counted: unitsOf(8), variance: unitsOf(-2), approvedTotal: unitsOf(9) }))
    const { lines, netUnits } = sheetOf([{ ...late, rounds: [] }, corrected], 'variances', HEAD)

    expect(lines.map((it) => [it.book, it.counted, it.variance, it.stand, it.counters])).toEqual([
      ['6', '2', '−4', 'Booked, corrected since', ''],
      ['10', '9', '−1', 'Booked, corrected since', 'Ana Ruiz'],
    ])
    expect(netUnits).toBe('−5 units')
  })
})
