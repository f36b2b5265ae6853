// Reads one row of PUT items: a bad row gets a code of its own, and the others go on.
import * as v from 'valibot'
import type { RowCode } from '../../src/contract/envelope'
import { PutItem } from '../../src/contract/items'
import { decodeQuantity, type Micro } from '../../src/domain/quantity'
import type { IncomingRow } from './item-row'

export interface RowRefusal {
  readonly uuid: string | null
  readonly importItemSeqId: string | null
  readonly code: RowCode
  readonly message: string
}

export type DecodedRow =
  | { readonly kind: 'row'; readonly row: IncomingRow }
  | { readonly kind: 'refused'; readonly refusal: RowRefusal }

const QUANTITY_FIELDS = ['quantity', 'systemQuantityOnHand']
const TEXT_FIELDS = ['uuid', 'logId', 'productId', 'productIdentifier', 'countedByUserLoginId', 'importItemSeqId'] as const
const TIME_FIELDS = ['createdDate', 'lastScanAt', 'lastUpdatedAt'] as const
/** PostgreSQL stores neither NUL nor half a character: one such row would take its whole batch down. */
const UNSTORABLE = /\0|\p{Surrogate}/u
const SEQ_ID = /^\d{1,9}$/

/**
 * A row as the rules want it, or why not: BAD_QUANTITY, BAD_TEXT or BAD_ROW. Nothing is rounded or cut.
 * Rules: docs/SPEC.md SC10.
 */
export function decodeRow(raw: unknown): DecodedRow {
  const parsed = v.safeParse(PutItem, raw)
  if (!parsed.success) return refusalOfIssue(raw, parsed.issues[0])
  const item = parsed.output
  const problem = problemOf(item)
  if (problem !== null) return refuse(raw, ...problem)
  const quantity = quantityOf(item.quantity)
  if (typeof quantity === 'string') return refuse(raw, 'BAD_QUANTITY', `quantity is ${quantity}`)
  const systemQuantity = quantityOf(item.systemQuantityOnHand)
  if (typeof systemQuantity === 'string')
    return refuse(raw, 'BAD_QUANTITY', `systemQuantityOnHand is ${systemQuantity}`)
  const { importItemSeqId: seqId, isRequested } = item
  return {
    kind: 'row',
    row: {
      seq: seqId === undefined ? null : Number(seqId),
      uuid: item.uuid ?? null,
      rev: item.rev,
      quantity,
      standing: item.standing ?? null,
      matchRev: item.matchRev,
      productId: item.productId,
      isRequested: isRequested == null ? isRequested : isRequested === 'Y',
      systemQuantity,
      productIdentifier: item.productIdentifier,
      logId: item.logId,
      countedBy: item.countedByUserLoginId,
      createdAt: item.createdDate,
      lastScanAt: item.lastScanAt,
    },
  }
}

/** What the schema cannot say: what a database can store. */
function problemOf(item: PutItem): readonly [RowCode, string] | null {
  for (const field of TEXT_FIELDS)
    if (UNSTORABLE.test(item[field] ?? '')) return ['BAD_TEXT', `${field} holds characters that cannot be stored`]
  for (const field of TIME_FIELDS)
    if (item[field] != null && !Number.isSafeInteger(item[field])) return ['BAD_ROW', `${field} is no time in milliseconds`]
  const seqId = item.importItemSeqId
  return seqId === undefined || SEQ_ID.test(seqId) ? null : ['BAD_ROW', `No item ${seqId.slice(0, 40)}`]
}

function quantityOf(wire: number | null | undefined): Micro | null | undefined | string {
  return wire == null ? wire : decodeQuantity(wire)
}

function refusalOfIssue(raw: unknown, issue: v.InferIssue<typeof PutItem>): DecodedRow {
  const field = v.getDotPath(issue) ?? ''
  const where = field === '' ? 'The row' : field
  const code = QUANTITY_FIELDS.includes(field) ? 'BAD_QUANTITY' : (TEXT_FIELDS as readonly string[]).includes(field) ? 'BAD_TEXT' : 'BAD_ROW'
  return refuse(raw, code, `${where}: ${issue.message}`.slice(0, 255))
}

/** Keeps what identifies the row, where it is readable, so that the sender can tell which one is meant. */
function refuse(raw: unknown, code: RowCode, message: string): DecodedRow {
  const fields = typeof raw === 'object' && raw !== null ? (raw as Record<string, unknown>) : {}
  const text = (value: unknown) => (typeof value === 'string' ? value.slice(0, 255) : null)
  return {
    kind: 'refused',
    refusal: { uuid: text(fields['uuid']), importItemSeqId: text(fields['importItemSeqId']), code, message },
  }
}
