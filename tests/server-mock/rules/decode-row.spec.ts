// Reading one row of PUT items.
import { describe, expect, it } from 'vitest'
import { decodeRow } from '../../../server-mock/rules/decode-row'
import { aSentRow, decoded } from '../../support/rows'

describe('row decoder', () => {
  it.each([
    ['too many decimals', { quantity: 0.0000001 }, 'BAD_QUANTITY'],
    ['too large', { quantity: 1e10 }, 'BAD_QUANTITY'],
    ['a text', { quantity: '3' }, 'BAD_QUANTITY'],
    ['an odd snapshot', { systemQuantityOnHand: 1e300 }, 'BAD_QUANTITY'],
    ['a long identifier', { productIdentifier: 'x'.repeat(256) }, 'BAD_TEXT'],
    ['a NUL', { productIdentifier: 'a\0b' }, 'BAD_TEXT'],
    ['half a character', { productIdentifier: 'a\ud83d' }, 'BAD_TEXT'],
    ['an unsafe revision', { rev: 2 ** 60 }, 'BAD_ROW'],
    ['an impossible time', { lastScanAt: 1e300 }, 'BAD_ROW'],
    ['a strange place', { importItemSeqId: '1; drop' }, 'BAD_ROW'],
  ])('[SC10] refuse %s with the code of its field', (_what, over, code) => {
    expect(decodeRow(aSentRow(over))).toMatchObject({ kind: 'refused', refusal: { uuid: 'row-1', code } })
  })

  it('[SC10] tell what is absent from what is cleared', () => {
    const { row } = decoded({ uuid: 'row-1', productId: null, quantity: 1.5 })

    expect(row.productId).toBeNull()
    expect(row.isRequested).toBeUndefined()
    expect(row.quantity).toBe(1_500_000)
  })

  it('[SC10] pass over fields it does not know', () => {
    expect(decodeRow(aSentRow({ facilityId: 'x', quantityOnHandTotal: 4, future: { a: 1 } }))).toMatchObject({ kind: 'row' })
  })
})
