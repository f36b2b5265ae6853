// Numbers and times in words.
import { describe, expect, it, vi } from 'vitest'
import { agoWords, countOf, dueWords, formatBytes, formatChange, formatDate, formatDay, formatQuantity, formatUnits } from '../../src/composables/format'
import { formatMoney } from '../../src/composables/review-words'
import type { Money } from '../../src/domain/money'
import { decodeQuantity, unitsOf, type Micro } from '../../src/domain/quantity'

const ZONE = 'America/New_York'
/** Noon in New York, a Wednesday. */
const NOON = Date.UTC(2026, 10, 18, 17)
const HOUR = 3_600_000

describe('formatDate', () => {
  it('[UI48] says a day with its year, in the zone of the facility', () => {
    expect(formatDate(Date.UTC(2026, 10, 19, 4, 30), ZONE)).toBe('18 Nov 2026')
  })
})

describe('dueWords', () => {
  it('[UI3] say the day in the zone of the facility, not of the device', () => {
    // 23:30 in New York is the next day in UTC and in the test's zone.
    expect(dueWords(Date.UTC(2026, 10, 19, 4, 30), NOON, ZONE)).toEqual({ text: 'due today 23:30', isOverdue: false })
    expect(dueWords(NOON + 24 * HOUR, NOON, ZONE)?.text).toBe('due tomorrow 12:00')
    expect(dueWords(NOON + 72 * HOUR, NOON, ZONE)?.text).toBe('due Sat 21 Nov 12:00')
  })

  it('[UI3] say since when it is overdue', () => {
    expect(dueWords(NOON - 24 * HOUR, NOON, ZONE)).toEqual({ text: 'overdue since yesterday 12:00', isOverdue: true })
    expect(dueWords(NOON - 1, NOON, ZONE)?.isOverdue).toBe(true)
    expect(dueWords(NOON, NOON, ZONE)?.isOverdue).toBe(false)
    expect(dueWords(null, NOON, ZONE)).toBeNull()
  })
})

describe('numbers', () => {
  it('[UI3] say one unit as one', () => {
    expect([-1, 1, 0, 4].map((it) => formatUnits(unitsOf(it)))).toEqual(['−1 unit', '+1 unit', '0 units', '+4 units'])
  })

  it('[UI3] show quantities exactly, with a sign where they are changes', () => {
    expect(formatQuantity(unitsOf(1234))).toBe('1,234')
    expect(formatQuantity(decodeQuantity(0.125) as Micro)).toBe('0.125')
    expect([unitsOf(1), unitsOf(-12), unitsOf(0)].map(formatChange)).toEqual(['+1', '−12', '0'])
    expect([countOf(1, 'scan'), countOf(2000, 'scan'), countOf(2, 'piece', 'pieces')]).toEqual(['1 scan', '2,000 scans', '2 pieces'])
    expect([999, 1200, 340_000_000].map(formatBytes)).toEqual(['999 bytes', '1.2 KB', '340 MB'])
  })

  it('[RV41] make a formatter once, however many amounts and days are shown', () => {
    let numbers = 0
    let dates = 0
    const { NumberFormat, DateTimeFormat } = Intl
    class CountedNumbers extends NumberFormat {
      constructor(...args: ConstructorParameters<typeof NumberFormat>) {
        super(...args)
        numbers += 1
      }
    }
    class CountedDates extends DateTimeFormat {
      constructor(...args: ConstructorParameters<typeof DateTimeFormat>) {
        super(...args)
        dates += 1
      }
    }
    vi.stubGlobal('Intl', Object.create(Intl, { NumberFormat: { value: CountedNumbers }, DateTimeFormat: { value: CountedDates } }))
    const texts = Array.from({ length: 100 }, (_it, at) => [
      formatMoney((-at * 10_000) as Money, 'EUR'),
      formatMoney((at * 10_000) as Money, 'USD'),
      formatDay(NOON + at * 24 * HOUR, NOON, 'Asia/Tokyo'),
    ])
    vi.unstubAllGlobals()

    expect(texts[12]).toEqual(['−€12.00', 'US$12.00', 'Tue 1 Dec 02:00'])
    // One per currency; the clock, the number of the day and its name.
    expect([numbers, dates]).toEqual([2, 3])
  })

  it('[UI3] say how long ago', () => {
    expect([10_000, 5 * 60_000, 3 * HOUR].map((ms) => agoWords(NOON - ms, NOON, ZONE))).toEqual(['just now', '5 min ago', '3 h ago'])
  })
})
