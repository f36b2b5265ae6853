// Barcodes that wait to be remembered by the server: for the person who asked they are known at once, also without a network.
import type { BarcodeWish } from '../domain/barcode-wish'
import type { ItemKey, ProductId } from '../domain/ids'
import type { LineTexts } from '../domain/lines'
import type { Identification } from '../domain/product'
import type { MetaRow, ScansTx } from '../ports/scans-schema'
import { LAST } from '../ports/store'
import type { Found } from './identities'

/** More than anybody asks for without a network; what is beyond is read once these are answered. */
const WISHES_MAX = 200
const PREFIX = 'remember:'

type WishRow = Extract<MetaRow, { readonly k: `remember:${string}` }>

/** One wish a barcode: the newest. */
export const wishKeyOf = (itemKey: ItemKey): WishRow['k'] => `${PREFIX}${itemKey}`

export function isWish(row: MetaRow | undefined): row is WishRow {
  return row?.k.startsWith(PREFIX) === true
}

/** Needs the table meta for writing. */
export async function putWishes(tx: ScansTx, wishes: readonly BarcodeWish[]): Promise<void> {
  await tx.bulkPut(
    'meta',
    wishes.map((it): WishRow => ({ k: wishKeyOf(it.itemKey), ...it })),
  )
}

/** Needs the table meta. */
export async function readWishes(tx: ScansTx): Promise<readonly BarcodeWish[]> {
  const rows = await tx.range('meta', ':id', {
    lower: PREFIX,
    upper: `${PREFIX}${LAST}`,
    limit: WISHES_MAX,
  })
  return rows.filter(isWish)
}

/** What the catalogue says, and where it says nothing, what waits to be remembered. Rules: docs/SPEC.md CA13 */
export function withWishes(found: Found, wishes: readonly BarcodeWish[]): Found {
  const missing = wishes.filter(
    ({ itemKey }) => (found.identities.get(itemKey)?.kind ?? 'unknown') === 'unknown',
  )
  if (missing.length === 0) return found
  const identities = missing.map(({ itemKey, productId, packSize }): [ItemKey, Identification] => [
    itemKey,
    { kind: 'matched', productId, packSize },
  ])
  const texts = missing.map(({ productId, texts: own }): [ProductId, LineTexts] => [productId, own])
  return {
    ...found,
    identities: new Map([...found.identities, ...identities]),
    texts: new Map([...texts, ...found.texts]),
  }
}
