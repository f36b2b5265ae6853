// The lines of a session from its rows: all at once, or by what changed; both give the same.
import type { CountRecord } from './count-record'
import { bucketOf } from './counted-item'
import type { Bucket, BucketCounts, CountedItem } from './counted-item'
import { asId } from './ids'
import type { LineKey, ProductId } from './ids'
import type { Micro } from './quantity'
import { negateQuantity, sumQuantity, ZERO } from './quantity'

/** One row of a line before and after; a row that moves between lines is two changes. */
export interface RowChange {
  readonly before: CountRecord | null
  readonly after: CountRecord | null
}

/** How a line is called. Kept once it is there: names change by `named` only. */
export interface LineTexts {
  readonly name: string
  readonly identifier: string
}

/** Sorts after every assigned position. */
export const NO_POSITION = '\uffff'

export const NO_COUNTS: BucketCounts = { counted: 0, uncounted: 0, undirected: 0, unmatched: 0 }

/** Assigned order as text: server ids are digits of unequal length. */
export function positionOf(importItemSeqId: string | null): string {
  if (importItemSeqId === null) return NO_POSITION
  return /^\d+$/.test(importItemSeqId) ? importItemSeqId.padStart(12, '0') : importItemSeqId
}

/** The product of a row's line: the row's own, or what this device says the value stands for. */
export function productOfLine(row: Pick<CountRecord, 'lineKey' | 'itemKey'>): ProductId | null {
  return String(row.lineKey) === String(row.itemKey) ? null : asId<ProductId>(row.lineKey)
}

/**
 * A line from all its rows.
 * @returns null without rows: there is no such line
 */
export function lineOf(
  rows: readonly CountRecord[],
  texts: LineTexts,
  isHardCount: boolean,
): CountedItem | null {
  const [first] = rows
  if (first === undefined) return null
  let quantity: Micro = ZERO
  let standing = 0
  let requestedRows = 0
  let legacyRows = 0
  let lastScanAt = 0
  let position = NO_POSITION
  for (const row of rows) {
    quantity = sumQuantity(quantity, row.quantity)
    standing += row.standing ?? 0
    requestedRows += isRequested(row)
    legacyRows += isLegacy(row)
    lastScanAt = Math.max(lastScanAt, row.lastScanAt)
    position = lower(position, positionOf(row.importItemSeqId))
  }
  return settled(
    {
      sessionId: first.sessionId,
      lineKey: first.lineKey,
      productId: productOfLine(first),
      ...textsOf(texts),
      quantity,
      standing,
      requestedRows,
      legacyRows,
      bucket: 'none',
      position,
      lastScanAt,
      negLastScanAt: 0,
      systemQuantityOnHand: bookQuantityOf(rows),
    },
    isHardCount,
  )
}

/**
 * A line after changes to some of its rows, without reading the others.
 * @returns `'recompute'` when only all rows together can tell (a row went away, a minimum or maximum may have moved back)
 */
export function lineAfter(
  line: CountedItem,
  changes: readonly RowChange[],
  isHardCount: boolean,
): CountedItem | 'recompute' {
  let next = line
  for (const { before, after } of changes) {
    if (after === null || !isForward(next, before, after)) return 'recompute'
    next = {
      ...next,
      quantity: sumQuantity(next.quantity, sumQuantity(after.quantity, negateQuantity(before?.quantity ?? ZERO))),
      standing: next.standing + (after.standing ?? 0) - (before?.standing ?? 0),
      requestedRows: next.requestedRows + isRequested(after) - (before === null ? 0 : isRequested(before)),
      legacyRows: next.legacyRows + isLegacy(after) - (before === null ? 0 : isLegacy(before)),
      lastScanAt: Math.max(next.lastScanAt, after.lastScanAt),
      position: lower(next.position, positionOf(after.importItemSeqId)),
      systemQuantityOnHand: next.systemQuantityOnHand ?? after.systemQuantityOnHand,
    }
  }
  return settled(next, isHardCount)
}

/** Minimum, maximum and "the first that has one" can follow this change without the other rows. */
function isForward(line: CountedItem, before: CountRecord | null, after: CountRecord): boolean {
  if (before === null) return line.systemQuantityOnHand === null || after.systemQuantityOnHand === null
  return (
    before.importItemSeqId === after.importItemSeqId &&
    before.systemQuantityOnHand === after.systemQuantityOnHand &&
    before.lastScanAt <= after.lastScanAt
  )
}

/** Another name for the line, as the catalogue has it. */
export function named(line: CountedItem, texts: LineTexts): CountedItem {
  return { ...line, ...textsOf(texts) }
}

/** Lines per tab after a line went from one bucket to another; null = there was or is no line. */
export function movedCounts(counts: BucketCounts, from: Bucket | null, to: Bucket | null): BucketCounts {
  if (from === to) return counts
  const next = { ...counts }
  if (from !== null && from !== 'none') next[from] -= 1
  if (to !== null && to !== 'none') next[to] += 1
  return next
}

/** Lines per tab from scratch. */
export function countsOf(lines: readonly Pick<CountedItem, 'bucket'>[]): BucketCounts {
  return lines.reduce((counts, line) => movedCounts(counts, null, line.bucket), NO_COUNTS)
}

/** Rows and lines by line, in the order in which the lines first appear. */
export function changesByLine(changes: readonly RowChange[]): Map<LineKey, RowChange[]> {
  const byLine = new Map<LineKey, RowChange[]>()
  const add = (lineKey: LineKey, change: RowChange): void => {
    const ofLine = byLine.get(lineKey)
    if (ofLine === undefined) byLine.set(lineKey, [change])
    else ofLine.push(change)
  }
  for (const { before, after } of changes) {
    if (before !== null && after !== null && before.lineKey !== after.lineKey) {
      add(before.lineKey, { before, after: null })
      add(after.lineKey, { before: null, after })
    } else if (after !== null) add(after.lineKey, { before, after })
    else if (before !== null) add(before.lineKey, { before, after })
  }
  return byLine
}

function settled(line: CountedItem, isHardCount: boolean): CountedItem {
  return {
    ...line,
    bucket: bucketOf(line, isHardCount),
    negLastScanAt: line.lastScanAt === 0 ? 0 : -line.lastScanAt,
  }
}

function textsOf({ name, identifier }: LineTexts): Pick<CountedItem, 'name' | 'sortName' | 'identifier'> {
  return { name, sortName: name.toLowerCase(), identifier }
}

function isRequested(row: CountRecord): 0 | 1 {
  return row.isRequested === true ? 1 : 0
}

/** A server that does not know `standing` sent a quantity: somebody counted it. */
function isLegacy(row: CountRecord): 0 | 1 {
  return row.standing === null ? 1 : 0
}

/** The book quantity is one figure of the product, not of a row: of several the row with the lowest uuid tells it. */
function bookQuantityOf(rows: readonly CountRecord[]): Micro | null {
  let from: CountRecord | null = null
  for (const row of rows)
    if (row.systemQuantityOnHand !== null && (from === null || row.uuid < from.uuid)) from = row
  return from?.systemQuantityOnHand ?? null
}

function lower(a: string, b: string): string {
  return a < b ? a : b
}
