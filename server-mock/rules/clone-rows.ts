// The requested items of a session for a session of their own: same order, uncounted.
import { createHash } from 'node:crypto'
import type { Micro } from '../../src/domain/quantity'
import type { ItemRow } from './item-row'

export interface CloneInput {
  readonly sessionId: string
  readonly userName: string
  readonly now: number
  /** Book quantity at the session's facility now. */
  readonly bookOf: (productId: string) => Micro | null
}

/** What a session is asked to count: a product, or a value without one. */
export interface Requested {
  readonly productId: string | null
  readonly productIdentifier: string | null
}

/** Several rows of one product, or of one value without one, become one. Rules: docs/SPEC.md SC7. */
export function cloneRequested(source: readonly ItemRow[], input: CloneInput): ItemRow[] {
  const lines = new Map<string, { productId: string | null; productIdentifier: string | null }>()
  for (const row of source.toSorted((a, b) => a.seq - b.seq)) {
    if (row.isRequested !== true || row.isDeleted) continue
    const { productId, productIdentifier } = row
    const key = JSON.stringify(productId === null ? [null, productIdentifier] : [productId])
    const line = lines.get(key)
    if (line === undefined) lines.set(key, { productId, productIdentifier })
    else line.productIdentifier = lesser(line.productIdentifier, productIdentifier)
  }
  return [...lines.values()].map((line, index) => requestedRow(line, index + 1, input))
}

function lesser(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b
  return b < a ? b : a
}

/** Uncounted, with a uuid and a snapshot of its own. */
export function requestedRow(
  { productId, productIdentifier }: Requested,
  seq: number,
  { sessionId, userName, now, bookOf }: CloneInput,
): ItemRow {
  return {
    seq,
    uuid: uuidOf(sessionId, seq),
    logId: null,
    productIdentifier,
    quantity: null,
    standing: null,
    rev: 0,
    productId,
    isRequested: true,
    systemQuantity: productId === null ? null : bookOf(productId),
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

/** Follows from session and place: a repetition makes the same rows. */
function uuidOf(sessionId: string, seq: number): string {
  const hex = createHash('md5').update(`${sessionId}:${seq}`).digest('hex')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
