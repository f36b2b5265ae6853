// Whether a barcode may be remembered for a product in all counts to come. Nothing that is known already is overruled.
import { REMEMBERED } from '../../src/contract/barcodes'

export interface BarcodeWish {
  readonly value: string
  readonly productId: string
  readonly packSize: number
}

/** What says of a value, in any of its spellings, which product it stands for. */
export interface Claim {
  readonly productId: string
  readonly productName: string
  readonly type: string
  readonly packSize: number
  /** Of a remembered one. */
  readonly by: string | null
}

export type RememberAnswer =
  | { readonly kind: 'remember' }
  /** The catalogue says the same already. */
  | { readonly kind: 'known' }
  | { readonly kind: 'refused'; readonly words: string }

/** The first wins, and whoever comes later is told what it stands for. Rules: docs/SPEC.md SP27, SP28 */
export function answerWish(
  { value, productId, packSize }: BarcodeWish,
  claims: readonly Claim[],
): RememberAnswer {
  const rival = claims.find((it) => it.productId !== productId)
  if (rival !== undefined)
    return {
      kind: 'refused',
      words: `${value} stands for ${rival.productName} already${sourceOf(rival)}`,
    }
  const [first] = claims
  if (first === undefined) return { kind: 'remember' }
  if (claims.some((it) => it.packSize === packSize)) return { kind: 'known' }
  return {
    kind: 'refused',
    words: `One scan of ${value} counts ${first.packSize} of ${first.productName} already, not ${packSize}${sourceOf(first)}`,
  }
}

function sourceOf({ type, by }: Claim): string {
  return type === REMEMBERED && by !== null ? `: ${by} had it remembered` : ', by the catalogue'
}
