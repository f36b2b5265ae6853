import { describe, expect, it } from 'vitest'
import { itemKeyOf } from '../../../src/domain/barcode/item-key'
import { isTradeItem, standsAlone } from '../../../src/domain/barcode/trade-item'
import { checkDigitOf } from '../../../src/domain/barcode/gtin'
import { asId } from '../../../src/domain/ids'

const gtin = (body: string) => itemKeyOf(body + checkDigitOf(body))

describe('a trade item', () => {
  it('[BC7] is a GTIN of any length with a right check digit', () => {
    expect(['400638133393', '03600029145', '9638507', '1400638133393'].map((it) => isTradeItem(gtin(it)))).toEqual([true, true, true, true])
    expect(['4006381333932', 'shelf-7', '12345'].map((it) => isTradeItem(itemKeyOf(it)))).toEqual([false, false, false])
    expect(isTradeItem(asId('product:TEA'))).toBe(false)
  })

  it('[BC7] is no number of one shop: EAN-13 20 to 29, UPC-A 2, EAN-8 2, and their weights and prices', () => {
    expect(['200123450125', '291234500789', '20123450012', '2123456'].map((it) => isTradeItem(gtin(it)))).toEqual([false, false, false, false])
  })

  it('[BC7] stands alone where its text is read as the same key without the symbology', () => {
    expect(standsAlone(itemKeyOf('4006381333931'), ' 4006381333931 ')).toBe(true)
    expect(standsAlone(itemKeyOf('shelf-7'), 'shelf-7')).toBe(true)
    expect(standsAlone(itemKeyOf('4006381333931', 'C1'), '4006381333931')).toBe(false)
    expect(standsAlone(asId('product:TEA'), 'TEA')).toBe(false)
    expect(standsAlone(itemKeyOf(' '), ' ')).toBe(false)
  })
})
