// Carry changes of rows over to lines and counters, inside the transaction that changed the rows.
import type { BucketCounts, CountedItem } from '../domain/counted-item'
import type { LineKey, SessionId } from '../domain/ids'
import { changesByLine, lineAfter, lineOf, movedCounts, NO_COUNTS } from '../domain/lines'
import type { LineTexts, RowChange } from '../domain/lines'
import type { CounterRow, ScansShape, ScansTx } from '../ports/scans-schema'

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
  readonly changed: readonly LineMove[]
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
  const [lines, counters] = await Promise.all([
    tx.bulkGet('items', lineKeys.map((lineKey) => [sessionId, lineKey] as const satisfies [SessionId, LineKey])),
    readCounters(tx, sessionId),
  ])

  const changed: LineMove[] = []
  for (const [index, lineKey] of lineKeys.entries()) {
    const before = lines[index] ?? null
    const after = await lineNow(tx, input, { lineKey, before, changes: byLine.get(lineKey) ?? [] })
    changed.push({ lineKey, before, after })
  }

  const stored = changed.flatMap(({ after }) => (after === null ? [] : [after]))
  const gone = changed.filter(({ before, after }) => before !== null && after === null)
  const [counts] = await Promise.all([
    moveCounters(tx, counters, changed),
    tx.bulkPut('items', stored),
    gone.length === 0 ? null : tx.bulkDelete('items', gone.map(({ lineKey }) => [sessionId, lineKey])),
  ])
  return { changed, counts }
}

/** A line that is stored, or goes. */
export interface LineMove {
  readonly lineKey: LineKey
  readonly before: CountedItem | null
  readonly after: CountedItem | null
}

export interface Counters {
  readonly buckets: Extract<CounterRow, { kind: 'buckets' }>
  /** While a rebuild counts the lines anew. */
  readonly recount: Recount | null
}
export type Recount = Extract<CounterRow, { kind: 'recount' }>

export async function readCounters(tx: ScansTx, sessionId: SessionId): Promise<Counters> {
  const [buckets, recount] = await tx.bulkGet('counters', [[sessionId, 'buckets'], [sessionId, 'recount']])
  return {
    buckets: buckets?.kind === 'buckets' ? buckets : { sessionId, kind: 'buckets', ...NO_COUNTS },
    recount: recount?.kind === 'recount' ? recount : null,
  }
}

/** Of a recount that is under way only the lines that it has counted already. Rule: docs/SPEC.md CR30 */
export async function moveCounters(tx: ScansTx, { buckets, recount }: Counters, moves: readonly LineMove[]): Promise<BucketCounts> {
  const moved = movedBy(buckets, moves)
  await tx.put('counters', moved)
  const isCounted = moves.filter(({ lineKey }) => recount !== null && lineKey <= recount.through)
  if (recount !== null && isCounted.length > 0) await tx.put('counters', movedBy(recount, isCounted))
  const { counted, uncounted, undirected, unmatched } = moved
  return { counted, uncounted, undirected, unmatched }
}

function movedBy<Row extends BucketCounts>(row: Row, moves: readonly LineMove[]): Row {
  const counts = moves.reduce<BucketCounts>((sum, { before, after }) => movedCounts(sum, before?.bucket ?? null, after?.bucket ?? null), row)
  return { ...row, ...counts }
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
