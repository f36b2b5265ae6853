// Somebody wants a barcode known in all counts to come: kept with the match until the server has answered.
import type { EpochMs, ItemKey, ProductId, SessionId } from './ids'
import type { LineTexts } from './lines'

export interface BarcodeWish {
  /** The same wish sent twice is one. */
  readonly wishId: string
  /** Where it was matched. */
  readonly sessionId: SessionId
  readonly itemKey: ItemKey
  /** As scanned. */
  readonly value: string
  readonly productId: ProductId
  /** Units that one scan counts. */
  readonly packSize: number
  /** How the product is called where the catalogue is not at hand. */
  readonly texts: LineTexts
  /** Device time. */
  readonly at: EpochMs
}
