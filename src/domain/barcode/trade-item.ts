// Which scanned values mean the same in every count: numbers that are printed on the goods for all shops.
import type { ItemKey } from '../ids'
import { itemKeyOf } from './item-key'

/** EAN-13 20 to 29, UPC-A 2, EAN-8 2: given within one shop, and often with a weight or a price inside. */
const IN_SHOP = /^gtin:(?:02|002|0000002)/

/** A GTIN that everybody reads alike; labels, misread codes and numbers of one shop are none. Rules: docs/SPEC.md BC7 */
export function isTradeItem(itemKey: ItemKey): boolean {
  return itemKey.startsWith('gtin:') && !IN_SHOP.test(itemKey)
}

/** Whether the text alone is read as this key again: not what only its symbology said, and no product counted by hand. */
export function standsAlone(itemKey: ItemKey, raw: string): boolean {
  return raw.trim() !== '' && itemKeyOf(raw) === itemKey
}
