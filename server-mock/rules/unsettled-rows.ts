// Which sent rows the catalogue has a say in: not those whose product stands already and that bring no newer word on it.
import type { IncomingRow, ItemRow } from './item-row'
import { RowBook } from './put-rows'

export interface UnsettledRows {
  readonly sent: readonly IncomingRow[]
  /** The stored rows that they name. */
  readonly stored: readonly ItemRow[]
}

/**
 * A device that goes on counting sends mostly rows whose product was found when they came first. Rows of one batch that
 * name the same stored row are asked for together: the first may take away what the second rests on. Rule: docs/SPEC.md SV81
 */
export function unsettledRows(
  sent: readonly IncomingRow[],
  stored: readonly ItemRow[],
): UnsettledRows {
  const book = new RowBook({ rows: stored, nextSeq: 0 })
  const found = sent.map((row) => ({ row, named: namedBy(book, row) }))
  const unsettled = new Set(
    found.flatMap(({ row, named }) => (named === null || isSettled(named, row) ? [] : [named])),
  )
  return {
    sent: found.flatMap(({ row, named }) => (named === null || unsettled.has(named) ? [row] : [])),
    stored: [...unsettled],
  }
}

function namedBy(book: RowBook, row: IncomingRow): ItemRow | null {
  const found = book.find(row)
  return typeof found === 'string' ? null : found
}

/** As `joinRow` takes it: the identification half is replaced by a higher matchRev only, and hints do not replace what is known. */
function isSettled(stored: ItemRow, { rev, matchRev }: IncomingRow): boolean {
  const hasRevisions = rev !== undefined || matchRev !== undefined
  return hasRevisions && stored.productId !== null && (matchRev ?? 0) <= stored.matchRev
}
