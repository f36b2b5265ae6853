// Which rows the catalogue is asked for: as many as need it, and never fewer.
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { unsettledRows } from '../../../server-mock/rules/unsettled-rows'
import { aSentRow, aWorld, decoded, NOTHING, put } from '../../support/rows'

const sent = (over: Readonly<Record<string, unknown>> = {}) => decoded(aSentRow(over)).row
const { session } = put([
  aSentRow(),
  aSentRow({ uuid: 'row-2', productIdentifier: 'nobody-knows' }),
])

describe('rows that the catalogue is asked for', () => {
  it('[SV81] are not those whose product stands', () => {
    expect(unsettledRows([sent({ rev: 4, quantity: 4 })], session.rows)).toEqual({
      sent: [],
      stored: [],
    })
  })

  it('[SV81] are new rows, rows without a product, newer words on it, and rows of clients without revisions', () => {
    const rows = [
      sent({ uuid: 'row-9' }),
      sent({ uuid: 'row-2', rev: 4 }),
      sent({ matchRev: 1, productId: 'CAP' }),
      sent({ uuid: 'row-1', rev: undefined }),
    ]
    expect(rows.map((it) => unsettledRows([it], session.rows).sent.length)).toEqual([1, 1, 1, 1])
  })

  it('[SV81] are all rows of a batch that name the same stored row, where one of them is', () => {
    const rows = [sent({ matchRev: 1, productId: null }), sent({ rev: 4, quantity: 4 })]
    expect(unsettledRows(rows, session.rows).sent).toEqual(rows)
  })

  it('[SV81] are enough: a batch has the same outcome with a catalogue that knows only them', () => {
    const row = fc.record(
      {
        uuid: fc.constantFrom('row-1', 'row-2', 'row-3'),
        rev: fc.option(fc.integer({ min: 0, max: 5 }), { nil: undefined }),
        matchRev: fc.option(fc.integer({ min: 0, max: 2 }), { nil: undefined }),
        productId: fc.constantFrom(undefined, null, 'TEE', 'CAP'),
        productIdentifier: fc.constantFrom('tee-barcode', 'cap-barcode', 'nobody-knows'),
      },
      { requiredKeys: ['uuid'] },
    )
    const batch = fc.array(
      row.map((it) => aSentRow(it)),
      { minLength: 1, maxLength: 4 },
    )
    fc.assert(
      fc.property(batch, batch, (first, second) => {
        const whole = aWorld({
          identify: (it) => ({ 'tee-barcode': 'TEE', 'cap-barcode': 'CAP' })[it] ?? null,
        })
        const before = put(first, NOTHING, whole).session
        const rows = second.map((it) => decoded(it).row)
        const asked = unsettledRows(rows, before.rows)
        const values = new Set([...asked.sent, ...asked.stored].map((it) => it.productIdentifier))
        const ids = new Set([
          ...asked.sent.map((it) => it.productId),
          ...[...values].map((it) => whole.identify(it ?? '')),
        ])
        const narrow = aWorld({
          identify: (it) => (values.has(it) ? whole.identify(it) : null),
          isKnownProduct: (id) => ids.has(id) && whole.isKnownProduct(id),
          bookOf: (id) => (ids.has(id) ? whole.bookOf(id) : null),
        })
        expect(put(second, before, narrow)).toEqual(put(second, before, whole))
      }),
      { numRuns: 500 },
    )
  })
})
