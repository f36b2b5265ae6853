// What the server should hold after a number of scans.
import type { Scannable, Totals } from './rest'

/** One unit for each scan, by product. Scans taken back are handed in as `undone`. */
export function totalsFor(scans: readonly Scannable[], undone: readonly Scannable[] = []): Totals {
  const totals: Record<string, number> = {}
  for (const { productId } of scans) totals[productId] = (totals[productId] ?? 0) + 1
  for (const { productId } of undone) totals[productId] = (totals[productId] ?? 0) - 1
  return Object.fromEntries(Object.entries(totals).filter(([, units]) => units !== 0))
}

/** `length` scans of the given products in turn. */
export function inTurn(products: readonly Scannable[], length: number): readonly Scannable[] {
  return Array.from({ length }, (_unused, nth) => {
    const product = products[nth % products.length]
    if (product === undefined) throw new RangeError('There is nothing to scan')
    return product
  })
}
