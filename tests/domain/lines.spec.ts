import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CountRecord } from '../../src/domain/count-record'
import { asId } from '../../src/domain/ids'
import type { ItemKey, LineKey, RowUuid } from '../../src/domain/ids'
import { changesByLine, lineAfter, lineOf, movedCounts, NO_COUNTS, positionOf } from '../../src/domain/lines'
import { product, SESSION, units } from '../support/builders'

const TEXTS = { name: 'Tea', identifier: '123' }

const aRow = (overrides: Partial<CountRecord> = {}): CountRecord => ({
  uuid: asId<RowUuid>('u1'),
  sessionId: SESSION,
  logId: null,
  itemKey: asId<ItemKey>('raw:x'),
  lineKey: asId<LineKey>('TEA'),
  origin: 'server',
  productIdentifier: 'x',
  createdAt: 0,
  lastScanAt: 0,
  countedBy: null,
  importItemSeqId: null,
  aggApplied: 0,
  lastUpdatedStamp: null,
  quantity: units(0),
  standing: 0,
  rev: 0,
  productId: product('TEA'),
  isRequested: false,
  systemQuantityOnHand: null,
  matchRev: 0,
  ...overrides,
})

const state = fc.record({
  quantity: fc.integer({ min: -3, max: 9 }).map(units),
  standing: fc.option(fc.integer({ min: -1, max: 3 })),
  isRequested: fc.option(fc.boolean()),
  lastScanAt: fc.nat(3),
  importItemSeqId: fc.option(fc.constantFrom('1', '2', '10')),
  systemQuantityOnHand: fc.option(fc.integer({ min: 0, max: 2 }).map(units)),
})

describe('lines', () => {
  it('[BU1] come out the same from all rows at once and from each change', () => {
    const change = fc.record({ uuid: fc.constantFrom('u1', 'u2', 'u3'), state })
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 12 }), fc.boolean(), (changes, isHardCount) => {
        const rows = new Map<string, CountRecord>()
        let line = null
        for (const { uuid, state: next } of changes) {
          const before = rows.get(uuid) ?? null
          const after = aRow({ uuid: asId<RowUuid>(uuid), ...next })
          rows.set(uuid, after)
          const patched = line === null ? 'recompute' : lineAfter(line, [{ before, after }], isHardCount)
          const whole = lineOf([...rows.values()], TEXTS, isHardCount)

          if (patched !== 'recompute') expect(patched).toEqual(whole)
          line = whole
        }
      }),
    )
  })

  it('[BU1] need no other row for what scans do', () => {
    const before = aRow({ origin: 'own', standing: 1, quantity: units(1), lastScanAt: 5 })
    const line = lineOf([before, aRow({ uuid: asId<RowUuid>('u2'), isRequested: true })], TEXTS, false)
    const after = { ...before, standing: 2, quantity: units(2), lastScanAt: 7, rev: 2 }

    expect(line && lineAfter(line, [{ before, after }], false)).toMatchObject({ quantity: units(2), standing: 2, lastScanAt: 7, negLastScanAt: -7 })
  })

  it('[BU1] are gone with their last row', () => {
    expect(lineOf([], TEXTS, false)).toBeNull()
  })

  it('[BU4] stand in the assigned order by number, those without a place last', () => {
    const places = ['10', '9', null, '00002'].map(positionOf)

    expect(places.toSorted()).toEqual([positionOf('2'), positionOf('9'), positionOf('10'), positionOf(null)])
  })

  it('[BU1] take a row that moves away from one and add it to the other', () => {
    const before = aRow()
    const after = aRow({ lineKey: asId<LineKey>('RICE') })

    expect([...changesByLine([{ before, after }])]).toEqual([
      ['TEA', [{ before, after: null }]],
      ['RICE', [{ before: null, after }]],
    ])
  })

  it('[BU1] move the counters from bucket to bucket, none outside', () => {
    const one = movedCounts(NO_COUNTS, null, 'uncounted')

    expect(movedCounts(one, 'uncounted', 'counted')).toEqual({ ...NO_COUNTS, counted: 1 })
    expect(movedCounts(one, 'uncounted', 'none')).toEqual(NO_COUNTS)
    expect(movedCounts(one, 'none', null)).toEqual(one)
  })
})
