// Where a changed line belongs in a sorted list of keys, found by reading a handful of lines instead of all.
import type { CountedItem } from '../domain/counted-item'
import type { LineKey } from '../domain/ids'
import type { LineSort } from '../ports/counting'

type SortKey = Pick<CountedItem, 'position' | 'sortName' | 'negLastScanAt' | 'lineKey'>

function compareText(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

/** The order of the store's forward indexes, ties by primary key. Code units, as IndexedDB sorts. */
export function compareLines(a: SortKey, b: SortKey, sort: LineSort): number {
  const first =
    sort === 'assigned'
      ? compareText(a.position, b.position)
      : sort === 'name'
        ? compareText(a.sortName, b.sortName)
        : a.negLastScanAt - b.negLastScanAt
  return first === 0 ? compareText(a.lineKey, b.lineKey) : first
}

/**
 * Index at which `item` has to be inserted into `keys`, which must not hold it already.
 * Reads log2(keys) lines. A key whose line is gone sorts first: the next reload drops it.
 */
export async function insertionIndex(
  keys: readonly LineKey[],
  item: SortKey,
  sort: LineSort,
  read: (key: LineKey) => Promise<SortKey | undefined>,
): Promise<number> {
  let low = 0
  let high = keys.length
  while (low < high) {
    const middle = (low + high) >> 1
    const key = keys[middle]
    const other = key === undefined ? undefined : await read(key)
    if (other === undefined || compareLines(other, item, sort) < 0) low = middle + 1
    else high = middle
  }
  return low
}

/**
 * Is the line at `at` still between its neighbours? By a scan neither its name nor its assigned order moves: two lines
 * are read instead of log2(keys).
 */
export async function isInPlace(
  keys: readonly LineKey[],
  at: number,
  { item, sort, read }: { readonly item: SortKey; readonly sort: LineSort; readonly read: (key: LineKey) => Promise<SortKey | undefined> },
): Promise<boolean> {
  const [above, below] = [keys[at - 1], keys[at + 1]]
  const before = above === undefined ? undefined : await read(above)
  const after = below === undefined ? undefined : await read(below)
  if (before !== undefined && compareLines(before, item, sort) > 0) return false
  return after === undefined || compareLines(item, after, sort) < 0
}

/** Lines go all at once: each new list costs its length. The same list where none of them is in it. */
export function withoutLines(keys: readonly LineKey[], gone: ReadonlySet<LineKey>): readonly LineKey[] {
  return keys.some((key) => gone.has(key)) ? keys.filter((key) => !gone.has(key)) : keys
}
