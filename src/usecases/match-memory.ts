// What the session's own matches said of values that are not folded yet: asked for once, until somebody says that lines changed.
import type { ItemKey, ProductId } from '../domain/ids'

/** Values that are remembered; more means that nobody folds, and then all are asked for again. */
const VALUES_MAX = 5000

export interface MatchMemory {
  /** Those of the values that have to be asked for. */
  readonly unknown: (itemKeys: readonly ItemKey[]) => ItemKey[]
  /** To be taken before the reading. */
  readonly age: () => number
  /** Keep what was read, unless matches may have changed since. null: there is no match, or it names no product. */
  readonly take: (age: number, read: ReadonlyMap<ItemKey, ProductId | null>) => void
  /** The product that the session's match names. */
  readonly productOf: (itemKey: ItemKey) => ProductId | null
  /** Matches may have changed: whoever changes one says so on the bus. */
  readonly forget: () => void
}

/** Without it a scan asks for the match of every value that was scanned since the last fold. Rules: docs/SPEC.md SE43 */
export function createMatchMemory(): MatchMemory {
  const known = new Map<ItemKey, ProductId | null>()
  let age = 0
  return {
    unknown: (itemKeys) => itemKeys.filter((itemKey) => !known.has(itemKey)),
    age: () => age,
    take: (before, read) => {
      if (before !== age) return
      if (known.size + read.size > VALUES_MAX) known.clear()
      for (const [itemKey, productId] of read) known.set(itemKey, productId)
    },
    productOf: (itemKey) => known.get(itemKey) ?? null,
    forget: () => {
      known.clear()
      age += 1
    },
  }
}
