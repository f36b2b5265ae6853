// PUT items of the base profile: absolute quantities, the last write wins, nothing is checked.
import type { DecodedRow, RowRefusal } from './decode-row'
import type { IncomingRow, ItemRow } from './item-row'
import { RowBook, type PutOutcome, type SessionRows } from './put-rows'

export type OverwriteOutcome =
  | ({ readonly kind: 'stored' } & Pick<PutOutcome, 'inserted' | 'updated' | 'nextSeq'>)
  /** One unreadable row refuses the whole request; nothing is stored. */
  | { readonly kind: 'refused'; readonly refusal: RowRefusal }

/**
 * Finds a row by importItemSeqId, then by uuid, else makes a new one: a repeated row without either is a second row.
 * Rules: docs/SPEC.md SC30, SC31.
 */
export function overwriteRows(
  sent: readonly DecodedRow[],
  session: SessionRows,
  { now, userName }: { readonly now: number; readonly userName: string },
): OverwriteOutcome {
  const book = new RowBook(session)
  for (const decoded of sent) {
    if (decoded.kind === 'refused') return { kind: 'refused', refusal: decoded.refusal }
    const stored = book.match(decoded.row)
    const seq = stored?.seq ?? book.nextSeq
    book.store(overwrite(stored, decoded.row, { seq, now, userName }))
  }
  return { kind: 'stored', ...book.changes() }
}

interface Writing {
  readonly seq: number
  readonly now: number
  readonly userName: string
}

function overwrite(stored: ItemRow | null, sent: IncomingRow, { seq, now, userName }: Writing): ItemRow {
  const row = stored ?? emptyRow(sent, seq, now, userName)
  return {
    ...row,
    productIdentifier: orElse(sent.productIdentifier, row.productIdentifier),
    quantity: orElse(sent.quantity, row.quantity),
    standing: null,
    productId: orElse(sent.productId, row.productId),
    isRequested: orElse(sent.isRequested, row.isRequested),
    systemQuantity: orElse(sent.systemQuantity, row.systemQuantity),
    countedBy: orElse(sent.countedBy, row.countedBy),
    createdAt: orElse(sent.createdAt, row.createdAt) ?? row.createdAt,
    lastScanAt: orElse(sent.lastScanAt, row.lastScanAt),
    lastUpdatedAt: now,
    isDeleted: false,
  }
}

/** Absent = unchanged, null = cleared. */
function orElse<T>(sent: T | undefined, kept: T): T {
  return sent === undefined ? kept : sent
}

function emptyRow({ uuid }: IncomingRow, seq: number, now: number, userName: string): ItemRow {
  return {
    seq,
    uuid,
    logId: null,
    productIdentifier: null,
    quantity: null,
    standing: null,
    rev: 0,
    productId: null,
    isRequested: null,
    systemQuantity: null,
    matchRev: 0,
    countedBy: null,
    sentBy: null,
    createdBy: userName,
    createdAt: now,
    lastScanAt: null,
    lastUpdatedAt: now,
    isDeleted: false,
  }
}
