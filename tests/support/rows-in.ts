// How many rows a query gave: many of them may come as one text (queryPacked, queryColumns), and what is in it counts.

export function rowsIn(found: readonly object[]): number {
  const [first] = found
  if (first === undefined) return 0
  if ('columns' in first && typeof first.columns === 'string') {
    const [column]: readonly unknown[] = JSON.parse(first.columns)
    return Array.isArray(column) ? column.length : 0
  }
  if (!('rows' in first)) return found.length
  if (typeof first.rows !== 'string') return 0
  const packed: unknown = JSON.parse(first.rows)
  return Array.isArray(packed) ? packed.length : 0
}
