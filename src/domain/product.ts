// A product, its identifiers, and which product a scanned value stands for.
import type { ItemKey, ProductId } from './ids'

export interface ProductIdentifier {
  /** SKU, UPCA, EAN, … as the server names it. */
  readonly type: string
  readonly value: string
  /** Units that one scan of this identifier counts; 1 unless it is a case barcode. */
  readonly packSize: number
}

export interface Product {
  readonly productId: ProductId
  readonly name: string
  readonly identifiers: readonly ProductIdentifier[]
}

/** One identifier as the device looks it up. Several products may claim one key: then nobody guesses (decision 6). */
export interface IdentifierEntry {
  /** `<itemKey>|<productId>`: claims of several products stand side by side. */
  readonly id: string
  readonly itemKey: ItemKey
  readonly productId: ProductId
  readonly packSize: number
}

/** What a lookup of a scanned key says. */
export type Identification =
  | { readonly kind: 'matched'; readonly productId: ProductId; readonly packSize: number }
  | { readonly kind: 'ambiguous'; readonly productIds: readonly ProductId[] }
  | { readonly kind: 'unknown' }

/** Nobody guesses: one product claims the key, or the person chooses. */
export function identify(claims: readonly IdentifierEntry[]): Identification {
  const [first, ...others] = claims
  if (first === undefined) return { kind: 'unknown' }
  const rivals = others.filter((it) => it.productId !== first.productId)
  if (rivals.length > 0)
    return { kind: 'ambiguous', productIds: [...new Set(claims.map((it) => it.productId))] }
  return { kind: 'matched', productId: first.productId, packSize: first.packSize }
}

/** A person's or the server's word on what a scanned value of one session stands for. Beats the catalogue. */
export interface ProductMatch {
  readonly productId: ProductId | null
  readonly packSize: number
  /** Grows with each change; 0 when it came from the catalogue. */
  readonly matchRev: number
}
