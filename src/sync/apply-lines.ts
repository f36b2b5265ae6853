// Carry changes of rows over to lines and counters, inside the transaction that changed the rows.
import type { BucketCounts, CountedItem } from '../domain/counted-item'
import type { LineKey, SessionId } from '../domain/ids'
import { changesByLine, lineAfter, lineOf, movedCounts, NO_COUNTS } from '../domain/lines'
import type { LineTexts, RowChange } from '../domain/lines'
import type { ScansShape, ScansTx } from '../ports/scans-schema'

/** Rows of one line: one per writer log and value, so far more than there can be. */
export const LINE_ROWS_MAX = 20_000

/** Tables that `applyToLines` needs for writing. */
export const LINE_TABLES = ['inventoryCountRecords', 'items', 'counters'] as const satisfies readonly (keyof ScansShape)[]

export interface LineInput {
  readonly sessionId: SessionId
  readonly isHardCount: boolean
  /** The rows must be stored already. */
  readonly changes: readonly RowChange[]
  /** For lines that are new. */
  readonly textsOf: (lineKey: LineKey) => LineTexts
}

export interface LineResult {
  /** Lines that changed, with their state before and after; null = no such line. */
  readonly changed: readonly { readonly lineKey: LineKey; readonly before: CountedItem | null; readonly after: CountedItem | null }[]
  readonly counts: BucketCounts
}

/**
 * Bring lines and bucket counters up to the rows. Costs a keyed read per changed line; all rows of a line are read
 * only where a row went away or changed its place.
 */
export async function applyToLines(tx: ScansTx, input: LineInput): Promise<LineResult> {
  const { sessionId } = input
  const byLine = changesByLine(input.changes)
  const lineKeys = [...byLine.keys()]
  const [lines, countsBefore] = await Promise.all([
    tx.bulkGet('items', lineKeys.map((lineKey) => [sessionId, lineKey] as const satisfies [SessionId, LineKey])),
    readCounts(tx, sessionId),
  ])
  let counts = countsBefore

  const changed: { lineKey: LineKey; before: CountedItem | null; after: CountedItem | null }[] = []
  for (const [index, lineKey] of lineKeys.entries()) {
    const before = lines[index] ?? null
    const after = await lineNow(tx, input, { lineKey, before, changes: byLine.get(lineKey) ?? [] })
    changed.push({ lineKey, before, after })
    counts = movedCounts(counts, before?.bucket ?? null, after?.bucket ?? null)
  }

  const stored = changed.flatMap(({ after }) => (after === null ? [] : [after]))
  const gone = changed.filter(({ before, after }) => before !== null && after === null)
  await Promise.all([
    tx.bulkPut('items', stored),
    gone.length === 0 ? null : tx.bulkDelete('items', gone.map(({ lineKey }) => [sessionId, lineKey])),
    tx.put('counters', { sessionId, kind: 'buckets', ...counts }),
  ])
  return { changed, counts }
}

export async function readCounts(tx: ScansTx, sessionId: SessionId): Promise<BucketCounts> {
  const row = await tx.get('counters', [sessionId, 'buckets'])
  if (row?.kind !== 'buckets') return NO_COUNTS
  const { counted, uncounted, undirected, unmatched } = row
  return { counted, uncounted, undirected, unmatched }
}

interface LineChange {
  readonly lineKey: LineKey
  readonly before: CountedItem | null
  readonly changes: readonly RowChange[]
}

async function lineNow(
  tx: ScansTx,
  { sessionId, isHardCount, textsOf }: LineInput,
  { lineKey, before, changes }: LineChange,
): Promise<CountedItem | null> {
  if (before === null) {
    const rows = changes.flatMap(({ after }) => (after === null ? [] : [after]))
    // No line, no rows: these are all there are.
    return lineOf(rows, textsOf(lineKey), isHardCount)
  }
  const after = lineAfter(before, changes, isHardCount)
  if (after !== 'recompute') return after
  const rows = await tx.range('inventoryCountRecords', '[sessionId+lineKey]', {
    lower: [sessionId, lineKey],
    upper: [sessionId, lineKey],
    limit: LINE_ROWS_MAX,
  })
  return lineOf(rows, before, isHardCount)
}
