// What counting a scan again sends, after it was taken back.
import { shareOf } from '../domain/quantity'
import type { FeedEntry, ScanInput } from '../ports/counting'

type Again = Pick<ScanInput, 'raw' | 'symbology' | 'source' | 'times' | 'productId'> & { readonly receivedAt: null }

/**
 * A scan that was taken back, counted again: what was read is read again, so that a pack size learnt since, or later,
 * counts; what was counted by hand keeps its product. Rule: UI28
 */
export function againOf({ raw, source, quantity, packSize, productId }: FeedEntry): Again {
  const same = { raw, symbology: null, receivedAt: null } as const
  if (source === 'scanner' || source === 'keyboard')
    return { ...same, source: 'keyboard', times: shareOf(quantity, packSize) }
  return { ...same, source: 'hand', times: quantity, ...(productId === null ? {} : { productId }) }
}
