import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CountRecord } from '../../src/domain/count-record'
import { foldScanEvents } from '../../src/domain/fold'
import { asId } from '../../src/domain/ids'
import type { LogId, RowUuid } from '../../src/domain/ids'
import type { ScanEventDraft, StoredScanEvent } from '../../src/domain/scan-event'
import { aScan, LOG, negationOf, units } from '../support/builders'

const identity = () => ({ productId: null, isRequested: false, systemQuantityOnHand: null, matchRev: 0 })
const stored = (drafts: readonly ScanEventDraft[], logId: LogId = LOG): StoredScanEvent[] =>
  drafts.map((draft, index) => ({ ...draft, logId, seq: index + 1, gid: index + 1 }))
const fold = (events: readonly StoredScanEvent[], rows: ReadonlyMap<RowUuid, CountRecord> = new Map()) =>
  foldScanEvents(rows, events, identity)

describe('count records', () => {
  it('[CR2] sum the scans of a log and value, and leave out what was taken back', () => {
    const first = aScan('x', { quantity: units(3) })
    const negation = { ...negationOf(first), itemKey: first.itemKey, quantity: units(-3) }

    const rows = [...fold(stored([first, aScan('x'), negation])).values()]

    expect(rows).toMatchObject([{ quantity: units(1), standing: 1, rev: 3, aggApplied: 3 }])
  })

  it('[CR3] may be negative: an undo of an earlier log’s scan', () => {
    const negation = { ...negationOf(aScan('x')), itemKey: aScan('x').itemKey, quantity: units(-1) }

    expect([...fold(stored([negation])).values()]).toMatchObject([{ quantity: units(-1), standing: -1 }])
  })

  it('[CR4] keep a counted zero apart from nothing counted', () => {
    const zero = aScan('x', { quantity: units(0) })
    const correction = { ...aScan('y', { quantity: units(4) }), kind: 'correction' as const }

    expect([...fold(stored([zero, correction])).values()].map((it) => [it.quantity, it.standing, it.lastScanAt])).toEqual([
      [0, 1, 1000],
      [units(4), 0, 0],
    ])
  })

  it('[CR5] come out the same however the events are cut into batches', () => {
    const anEvent = fc.record({ value: fc.constantFrom('x', 'y'), quantity: fc.integer({ min: -3, max: 9 }), at: fc.nat(9) })
    fc.assert(
      fc.property(fc.array(anEvent), fc.array(fc.nat(20)), (list, cuts) => {
        const events = stored(list.map(({ value, quantity, at }) => aScan(value, { quantity: units(quantity), at })))
        const rows = new Map<RowUuid, CountRecord>()
        let from = 0
        for (const to of [...cuts.toSorted((a, b) => a - b), events.length]) {
          for (const [uuid, row] of fold(events.slice(from, to), rows)) rows.set(uuid, row)
          from = Math.max(from, to)
        }

        expect(rows).toEqual(fold(events))
      }),
    )
  })

  it('[CR6] leave out events that a row contains already', () => {
    const events = stored([aScan('x'), aScan('x')])
    const rows = fold(events)

    expect(fold(events, rows).size).toBe(0)
  })

  it('[CR1] are one per log: logs never share a row', () => {
    const events = [...stored([aScan('x')]), ...stored([aScan('x')], asId<LogId>('log-2'))]

    expect(fold(events).size).toBe(2)
  })

  it('[CR2] are counted at device time plus the known distance to the server', () => {
    const [row] = fold(stored([aScan('x', { at: 1000, serverOffsetMs: 50 })])).values()

    expect(row).toMatchObject({ createdAt: 1050, lastScanAt: 1050 })
  })
})
