// A count row as the server keeps it, and a row as somebody sends it: the words of the row rules.
import type { Micro } from '../../src/domain/quantity'

/** One row of a session, own (of a writer log) or the server's (requested). The session's count is the sum of its rows. */
export interface ItemRow {
  /** importItemSeqId as a number; given once, never again. */
  readonly seq: number
  /** The client's identity; null on rows that came without one. */
  readonly uuid: string | null
  readonly logId: string | null
  readonly productIdentifier: string | null
  /** Count half, joined by `rev`. null: uncounted. */
  readonly quantity: Micro | null
  readonly standing: number | null
  /** 0: never written with a revision. */
  readonly rev: number
  /** Identification half, joined by `matchRev`. */
  readonly productId: string | null
  readonly isRequested: boolean | null
  readonly systemQuantity: Micro | null
  /** 0: nobody but a catalogue has said so. */
  readonly matchRev: number
  readonly countedBy: string | null
  /** Who sent the count, where that is not `countedBy` and may not speak for them; null: nothing to add. Rule: RL13. */
  readonly sentBy: string | null
  readonly createdBy: string | null
  readonly createdAt: number
  readonly lastScanAt: number | null
  /** Server time of the last change. */
  readonly lastUpdatedAt: number
  /** A tombstone: out of totals and lists; only a higher rev revives it. */
  readonly isDeleted: boolean
}

/** A row of PUT items, read. `undefined`: not in the request, stays as it is. `null`: cleared. */
export interface IncomingRow {
  readonly seq: number | null
  readonly uuid: string | null
  /** Without `rev` and `matchRev` the row comes from a client that knows no revisions. */
  readonly rev: number | undefined
  readonly quantity: Micro | null | undefined
  readonly standing: number | null
  readonly matchRev: number | undefined
  readonly productId: string | null | undefined
  readonly isRequested: boolean | null | undefined
  readonly systemQuantity: Micro | null | undefined
  readonly productIdentifier: string | null | undefined
  readonly logId: string | undefined
  readonly countedBy: string | null | undefined
  readonly createdAt: number | null | undefined
  readonly lastScanAt: number | null | undefined
}

const SEQ_DIGITS = 5

/** importItemSeqId on the wire: `00001`. */
export function seqIdOf(seq: number): string {
  return String(seq).padStart(SEQ_DIGITS, '0')
}

/** What evidence calls a row: its uuid, or its place when it came without one. */
export function rowKeyOf(row: Pick<ItemRow, 'uuid' | 'seq'>): string {
  return row.uuid ?? `seq:${seqIdOf(row.seq)}`
}
