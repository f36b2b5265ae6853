// Builders for the server's row rules: rows as a device sends them, and a world that knows two products.
import type { DecodedRow } from '../../server-mock/rules/decode-row'
import { decodeRow } from '../../server-mock/rules/decode-row'
import type { ItemRow } from '../../server-mock/rules/item-row'
import { putRows, type PutOutcome, type SessionRows } from '../../server-mock/rules/put-rows'
import type { RowWorld } from '../../server-mock/rules/row-join'
import { unitsOf } from '../../src/domain/quantity'

/** TEE is known by its barcode, CAP by its id; ten TEEs are in the book. */
export function aWorld(over: Partial<RowWorld> = {}): RowWorld {
  return {
    admission: 'open',
    now: 1000,
    userName: 'ana',
    speaksFor: () => false,
    maySendBook: true,
    identify: (value) => (value === 'tee-barcode' ? 'TEE' : null),
    isKnownProduct: (id) => id === 'TEE' || id === 'CAP',
    bookOf: (id) => (id === 'TEE' ? unitsOf(10) : null),
    ...over,
  }
}

/** A row of PUT items: one log's count of one value. */
export function aSentRow(over: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { uuid: 'row-1', logId: 'log-1', productIdentifier: 'tee-barcode', quantity: 3, standing: 3, rev: 3, ...over }
}

export const NOTHING: SessionRows = { rows: [], nextSeq: 1 }

/** The session's rows after a batch. */
export function after(before: SessionRows, outcome: PutOutcome): SessionRows {
  const changed = new Map([...outcome.inserted, ...outcome.updated].map((it) => [it.seq, it]))
  const kept = before.rows.map((it) => changed.get(it.seq) ?? it)
  return { rows: [...kept, ...outcome.inserted], nextSeq: outcome.nextSeq }
}

export function put(sent: readonly object[], session = NOTHING, world = aWorld()): PutOutcome & { readonly session: SessionRows } {
  const outcome = putRows(sent.map(decodeRow), session, world)
  return { ...outcome, session: after(session, outcome) }
}

/** The only row. @throws when there is not exactly one */
export function onlyRow({ rows }: SessionRows): ItemRow {
  const [row, ...others] = rows
  if (row === undefined || others.length > 0) throw new Error(`Expected one row, found ${rows.length}`)
  return row
}

/** @throws when the row cannot be read */
export function decoded(raw: object): DecodedRow & { readonly kind: 'row' } {
  const row = decodeRow(raw)
  if (row.kind !== 'row') throw new Error(row.refusal.message)
  return row
}
