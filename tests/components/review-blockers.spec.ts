// What the reviewer sees of barcodes that were dropped while counting: how many, which, by whom and why; nothing to settle.
import { mount } from '@vue/test-utils'
import { afterEach, describe, expect, it } from 'vitest'
import ReviewBlockers from '../../src/components/review/ReviewBlockers.vue'
import { takenBackWords } from '../../src/composables/review-words'
import { unitsOf } from '../../src/domain/quantity'
import type { DroppedBarcode, ReviewSummary } from '../../src/ports/review'
import { buttonNames, wordsOn } from '../support/on-page'

const NOW = Date.UTC(2026, 10, 26, 12)
const DROPPED: DroppedBarcode = { value: '4711', scans: 3, units: unitsOf(18), reason: 'damaged-label', by: 'ana', at: NOW - 60_000, sessionName: 'Aisle 4 left' }

function summaryWith(over: Partial<ReviewSummary>): ReviewSummary {
  return {
    revision: 1, total: 0, cuts: [], pageSize: 2, name: 'Weekly', status: 'completed', isBlind: false, facilityId: null, startedAt: null,
    closed: null, currency: null, names: {}, sessions: [], unsent: [], unmatched: { rows: 0, units: unitsOf(0), isWaived: false, waiver: null }, dropped: [], ...over,
  }
}

let unmount = (): void => undefined
afterEach(() => unmount())

function show(over: Partial<ReviewSummary>): void {
  const view = mount(ReviewBlockers, { props: { summary: summaryWith(over), now: NOW, timeZone: 'UTC', mayAct: true }, attachTo: document.body })
  unmount = () => view.unmount()
}

describe('what nobody has matched', () => {
  it.each([
    [1, '1 unknown barcode with 1 unit cannot be booked.'],
    [12, '1 unknown barcode with 12 units cannot be booked.'],
  ])('[UI104] is told with the right word for %i', (units, words) => {
    show({ unmatched: { rows: 1, units: unitsOf(units), isWaived: false, waiver: null } })
    expect(wordsOn('.notice p')).toBe(words)
  })
})

describe('what was dropped', () => {
  it('[UI74] is told with its number, and in full with who, where, when and why', () => {
    show({ dropped: [DROPPED, { ...DROPPED, value: '4712', scans: 1, units: unitsOf(1), reason: 'eaten', by: 'ben' }] })
    expect(wordsOn('summary')).toBe('2 barcodes dropped with a reason: 4 scans')
    expect(wordsOn('.dropped')).toBe(
      '4711: 3 scans, 18 units, dropped by Ana in Aisle 4 left, today 11:59: the label is damaged4712: 1 scan, 1 unit, dropped by Ben in Aisle 4 left, today 11:59: another reason',
    )
    expect(buttonNames()).toEqual([])
  })

  it('[UI74] is nothing where nothing was dropped, and stands beside the scans of a product', () => {
    show({})
    expect(wordsOn('.blockers')).toBe('')
    expect([takenBackWords('not-ours'), takenBackWords(null)]).toEqual(['taken back: it is not ours', 'taken back'])
  })
})
