// Whether a barcode that is matched can be known in the next counts, too, what is ticked before anybody thinks, and why, in words.
import { isTradeItem, standsAlone } from '../domain/barcode/trade-item'
import type { EpochMs, ItemKey } from '../domain/ids'
import type { RememberedBarcode } from '../ports/review'
import { formatCount, formatDay, nameOf } from './format'

export interface RememberOffer {
  readonly isOffered: boolean
  readonly isTicked: boolean
  readonly words: string
}

/**
 * Ticked for a number that is printed on the goods for every shop; a label, a number of one shop or a misread code may
 * mean something else the next time.
 *
 * @param itemKey null: nothing is matched
 * Rules: docs/SPEC.md UI72
 */
export function rememberOffer(
  itemKey: ItemKey | null,
  raw: string,
  isServerAble: boolean,
): RememberOffer {
  const notOffered = { isOffered: false, isTicked: false }
  if (!isServerAble)
    return {
      ...notOffered,
      words: 'This server remembers no barcodes: the match holds for this session.',
    }
  if (itemKey === null || !standsAlone(itemKey, raw))
    return {
      ...notOffered,
      words: 'A code of this kind is not remembered: the match holds for this session.',
    }
  if (isTradeItem(itemKey))
    return {
      isOffered: true,
      isTicked: true,
      words: 'Everybody’s next counts know it. A supervisor can take it back.',
    }
  return {
    isOffered: true,
    isTicked: false,
    words: 'Not printed for every shop: tick it only if it always means this product.',
  }
}

/** `A case of 6, by Ana, 26 Nov, in Aisle 4 left (Spring count)`; taken back: `Taken back by Sam, 26 Nov`. */
export function barcodeWords(
  { packSize, by, at, sessionName, countName, takenBack }: RememberedBarcode,
  now: EpochMs,
  timeZone: string,
): readonly string[] {
  const pack = packSize === 1 ? 'One piece' : `A case of ${formatCount(packSize)}`
  const said = `${pack}, by ${nameOf(by)}, ${formatDay(at, now, timeZone)}, in ${sessionName} (${countName})`
  return takenBack === null
    ? [said]
    : [said, `Taken back by ${nameOf(takenBack.by)}, ${formatDay(takenBack.at, now, timeZone)}`]
}
