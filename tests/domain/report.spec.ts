// What a report makes of its sums: shares that may be empty, paces that may be too small, files that are no programs.
import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { csvOf } from '../../src/domain/csv'
import { asId, type CycleCountId, type UserName } from '../../src/domain/ids'
import type { Money } from '../../src/domain/money'
import { unitsOf, ZERO } from '../../src/domain/quantity'
import {
  accuracyByItem,
  accuracyByUnit,
  accuracyByValue,
  groupDays,
  medianDuration,
  scansAnHour,
  shrinkage,
  type Figures,
  type ReportCount,
} from '../../src/domain/report'

const NONE: Figures = {
  products: 0,
  right: 0,
  bookUnits: ZERO,
  netUnits: ZERO,
  absoluteUnits: ZERO,
  shrinkUnits: ZERO,
  bookValue: 0 as Money,
  netValue: 0 as Money,
  absoluteValue: 0 as Money,
  shrinkValue: 0 as Money,
  withoutCost: 0,
}

describe('shares', () => {
  it('[RP9] of nothing are not told', () => {
    expect([accuracyByItem, accuracyByUnit, accuracyByValue, shrinkage].map((it) => it(NONE))).toEqual([null, null, null, null])
  })

  it('[RP9] are of products, units and value', () => {
    const figures: Figures = {
      ...NONE,
      products: 4,
      right: 3,
      bookUnits: unitsOf(200),
      absoluteUnits: unitsOf(10),
      bookValue: 1_000_000 as Money,
      absoluteValue: 20_000 as Money,
      shrinkValue: 15_000 as Money,
    }

    expect([accuracyByItem(figures), accuracyByUnit(figures), accuracyByValue(figures), shrinkage(figures)]).toEqual([0.75, 0.95, 0.98, 0.015])
  })

  it('[RP9] more wrong than there was is no negative accuracy', () => {
    expect(accuracyByUnit({ ...NONE, bookUnits: unitsOf(1), absoluteUnits: unitsOf(9) })).toBe(0)
  })
})

describe('times', () => {
  it('[RP9] a pace needs three stretches of five minutes', () => {
    const pace = (scans: number, stretches: number) => scansAnHour({ userName: asId<UserName>('ana'), scans, stretches })

    expect([pace(90, 3), pace(90, 2)]).toEqual([360, null])
  })

  it('[RP9] the time per count is the middle one; a count without a begin has none', () => {
    const count = (startedAt: number | null, closedAt: number): ReportCount => ({
      cycleCountId: asId<CycleCountId>('C'),
      name: '',
      dueAt: null,
      startedAt,
      closedAt,
      figures: NONE,
    })

    expect(medianDuration([count(0, 10), count(0, 1000), count(null, 5), count(0, 30)])).toBe(30)
    expect(medianDuration([count(0, 10), count(0, 30)])).toBe(20)
    expect(medianDuration([count(null, 5)])).toBeNull()
  })
})

describe('the file', () => {
  it('[RP10] holds no formula, whatever a product or a reason is called', () => {
    const evil = ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '  =1+1', '=HYPERLINK("http://x","y")']
    const rows: string[][] = parse(csvOf([evil]), { bom: true, relax_column_count: true })

    expect(rows[0]).toHaveLength(evil.length)
    for (const cell of rows[0]!) expect(cell).toMatch(/^'/)
  })

  it('[RP10] gives back every text and number that went in', () => {
    const text = fc.string().filter((it) => !/^\s*[=+\-@]|^[\t\r]/.test(it))
    fc.assert(
      fc.property(fc.array(fc.tuple(text, fc.integer()), { minLength: 1 }), (rows) => {
        const read: string[][] = parse(csvOf(rows), { bom: true })
        expect(read).toEqual(rows.map(([name, number]) => [name, String(number)]))
      }),
    )
  })

  it('[RP10] numbers stay numbers, negative ones too; nothing is an empty cell', () => {
    expect(csvOf([[-3.5, null, 'a,"b"']])).toBe('\uFEFF-3.5,,"a,""b"""\r\n')
  })
})

describe('days', () => {
  it('[RP33] are added up to weeks from Monday on, and to months; nothing is lost', () => {
    const figures = (products: number): Figures => ({
      products, right: 1, bookUnits: unitsOf(products), netUnits: ZERO, absoluteUnits: unitsOf(2), shrinkUnits: ZERO, bookValue: 0 as Money,
      netValue: 0 as Money, absoluteValue: 5 as Money, shrinkValue: 0 as Money, withoutCost: 0,
    })
    const days = [['2026-10-31', 1], ['2026-11-01', 2], ['2026-11-02', 3], ['2026-11-30', 4]].map(([day, products]) => ({ day: String(day), figures: figures(Number(products)) }))
    const told = (grouping: 'day' | 'week' | 'month') => groupDays(days, grouping).map((it) => [it.day, it.figures.products])

    expect(told('day')).toEqual([['2026-10-31', 1], ['2026-11-01', 2], ['2026-11-02', 3], ['2026-11-30', 4]])
    expect(told('week')).toEqual([['2026-10-26', 3], ['2026-11-02', 3], ['2026-11-30', 4]])
    expect(told('month')).toEqual([['2026-10-01', 1], ['2026-11-01', 9]])
    expect(groupDays(days, 'month')[1]?.figures).toMatchObject({ right: 3, absoluteUnits: unitsOf(6), absoluteValue: 15 })
  })
})
