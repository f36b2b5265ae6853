// Which stored identifier values a scanned value may stand for, and which product they name.

const GTIN_LENGTHS = [8, 12, 13, 14] as const
const DIGITS = /^\d{8,14}$/

/** The value itself, and a GTIN in all its lengths: a 12-digit UPC is the 13-digit EAN with a zero in front. */
export function spellingsOf(value: string): readonly string[] {
  if (!DIGITS.test(value)) return [value]
  const significant = value.replace(/^0+/, '')
  const spellings = GTIN_LENGTHS.filter((it) => it >= significant.length).map((it) => significant.padStart(it, '0'))
  return [...new Set([value, ...spellings])]
}

export interface IdentifierClaim {
  readonly value: string
  readonly productId: string
}

/** The one product that claims the value in any spelling; null when none does, or several: nobody guesses (decision 6). */
export function identifierOf(claims: readonly IdentifierClaim[]): (value: string) => string | null {
  const productsByValue = new Map<string, Set<string>>()
  for (const { value, productId } of claims) {
    const products = productsByValue.get(value) ?? new Set()
    productsByValue.set(value, products.add(productId))
  }
  return (value) => {
    const products = new Set(spellingsOf(value).flatMap((it) => [...(productsByValue.get(it) ?? [])]))
    const [only, ...rivals] = products
    return only !== undefined && rivals.length === 0 ? only : null
  }
}
