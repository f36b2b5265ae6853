// How much of the product list is on this device, as the last download left it.
import type { CatalogueProgress, CatalogueStore } from '../ports/catalogue-schema'

/** @param catalogue null before a facility is known. Rule: UI58 */
export async function readCatalogueProgress(
  catalogue: CatalogueStore | null,
): Promise<CatalogueProgress> {
  const meta = await catalogue?.tx(['meta'], 'r', (tx) => tx.get('meta', 'products'))
  return meta?.k === 'products'
    ? { done: meta.total, isComplete: meta.completedAt !== null }
    : { done: 0, isComplete: false }
}
