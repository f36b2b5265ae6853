// Count rows between SQL and the rules: read what a batch names in one query, write what it changed in two.
import { decodeQuantity, encodeQuantity, type Micro } from '../../src/domain/quantity'
import type { Sql } from '../db/db'
import type { ItemRow } from '../rules/item-row'
import type { Evidence } from '../rules/put-rows'

export interface ItemColumns {
  readonly item_seq: number
  readonly uuid: string | null
  readonly log_id: string | null
  readonly product_identifier: string | null
  readonly quantity: string | null
  readonly standing: number | null
  readonly rev: number
  readonly product_id: string | null
  readonly is_requested: boolean | null
  readonly system_quantity: string | null
  readonly match_rev: number
  readonly counted_by: string | null
  readonly sent_by: string | null
  readonly created_by: string | null
  readonly created_at: number
  readonly last_scan_at: number | null
  readonly last_updated_at: number
  readonly is_deleted: boolean
}

/** The rows a request names, tombstones included. Two index look-ups, however large the session is. */
export async function readRows(
  sql: Sql,
  sessionId: string,
  { uuids, seqs }: { readonly uuids: readonly string[]; readonly seqs: readonly number[] },
): Promise<readonly ItemRow[]> {
  const byUuid = 'select * from session_item where session_id = $1 and uuid = any($2::text[])'
  const rows =
    // Devices name rows by their uuid: nothing has to be found twice and put together.
    seqs.length === 0
      ? await sql.query<ItemColumns>(byUuid, [sessionId, uuids])
      : await sql.query<ItemColumns>(
          `${byUuid} union select * from session_item where session_id = $1 and item_seq = any($3::int[])`,
          [sessionId, uuids, seqs],
        )
  return rows.map(decodeItemRow)
}

/** The items that the session was asked to count. */
export async function readRequestedRows(sql: Sql, sessionId: string): Promise<readonly ItemRow[]> {
  const rows = await sql.query<ItemColumns>('select * from session_item where session_id = $1 and is_requested', [sessionId])
  return rows.map(decodeItemRow)
}

/** A clone may have tens of thousands of rows. */
const INSERT_BATCH = 2000
const TYPED = `item_seq int, uuid text, log_id text, product_identifier text,
  quantity numeric(20,6), standing bigint, rev bigint, product_id text, is_requested boolean,
  system_quantity numeric(20,6), match_rev bigint, counted_by text, sent_by text, created_by text, created_at bigint,
  last_scan_at bigint, last_updated_at bigint, is_deleted boolean`
const RECORD = `jsonb_to_recordset($2::jsonb) as r(${TYPED})`

/** Under the session's row lock. */
export async function insertRows(sql: Sql, sessionId: string, rows: readonly ItemRow[], nextSeq: number): Promise<void> {
  if (rows.length === 0) return
  for (let from = 0; from < rows.length; from += INSERT_BATCH) await insertBatch(sql, sessionId, rows.slice(from, from + INSERT_BATCH), nextSeq)
}

const INSERTED = `item_seq, uuid, log_id, product_identifier, quantity, standing, rev, product_id, is_requested,
  system_quantity, match_rev, counted_by, sent_by, created_by, created_at, last_scan_at, last_updated_at, is_deleted`

async function insertBatch(sql: Sql, sessionId: string, rows: readonly ItemRow[], nextSeq: number): Promise<void> {
  await sql.query(
    `with next as (update count_session set next_item_seq = $3 where session_id = $1)
     insert into session_item (session_id, ${INSERTED}) select $1, ${INSERTED} from ${RECORD}`,
    [sessionId, JSON.stringify(rows.map(encode)), nextSeq],
  )
}

export interface RowOf {
  readonly sessionId: string
  readonly row: ItemRow
}

/** Rows of sessions that are not there yet, a few hundred at a time: whoever makes the sessions says what follows them. */
export async function insertRowsOf(sql: Sql, rows: readonly RowOf[]): Promise<void> {
  await sql.query(
    `insert into session_item (session_id, ${INSERTED})
     select session_id, ${INSERTED} from jsonb_to_recordset($1::jsonb) as r(session_id text, ${TYPED})`,
    [JSON.stringify(rows.map(({ sessionId, row }) => ({ session_id: sessionId, ...encode(row) })))],
  )
}

export async function updateRows(sql: Sql, sessionId: string, rows: readonly ItemRow[]): Promise<void> {
  if (rows.length === 0) return
  await sql.query(
    `update session_item i set uuid = r.uuid, log_id = r.log_id, product_identifier = r.product_identifier,
       quantity = r.quantity, standing = r.standing, rev = r.rev, product_id = r.product_id,
       is_requested = r.is_requested, system_quantity = r.system_quantity, match_rev = r.match_rev,
       counted_by = r.counted_by, sent_by = r.sent_by, created_at = r.created_at, last_scan_at = r.last_scan_at,
       last_updated_at = r.last_updated_at, is_deleted = r.is_deleted
     from ${RECORD}
     where i.session_id = $1 and i.item_seq = r.item_seq`,
    [sessionId, JSON.stringify(rows.map(encode))],
  )
}

export async function deleteRows(sql: Sql, sessionId: string, seqs: readonly number[]): Promise<void> {
  await sql.query('delete from session_item where session_id = $1 and item_seq = any($2::int[])', [sessionId, seqs])
}

export interface EvidenceSource {
  readonly sessionId: string
  readonly deviceId: string | null
  readonly userId: string
  readonly fence: number | null
  readonly now: number
}

/** What is known already stays as it is. */
export async function keepEvidence(sql: Sql, source: EvidenceSource, evidence: readonly Evidence[]): Promise<void> {
  if (evidence.length === 0) return
  await sql.query(
    `insert into item_evidence (session_id, row_key, rev, match_rev, fingerprint, verdict, quantity, standing, product_id,
       product_identifier, log_id, device_id, user_id, fence, received_at)
     select $1, r.row_key, r.rev, r.match_rev, r.fingerprint, r.verdict, r.quantity, r.standing, r.product_id,
       r.product_identifier, r.log_id, $3, $4, $5, $6
     from jsonb_to_recordset($2::jsonb) as r(row_key text, rev bigint, match_rev bigint, fingerprint text, verdict text,
       quantity numeric(20,6), standing bigint, product_id text, product_identifier text, log_id text)
     on conflict do nothing`,
    [
      source.sessionId,
      JSON.stringify(
        evidence.map((it) => ({
          row_key: it.rowKey,
          rev: it.rev,
          match_rev: it.matchRev,
          fingerprint: it.fingerprint,
          verdict: it.verdict,
          quantity: it.quantity === null ? null : encodeQuantity(it.quantity),
          standing: it.standing,
          product_id: it.productId,
          product_identifier: it.productIdentifier,
          log_id: it.logId,
        })),
      ),
      source.deviceId,
      source.userId,
      source.fence,
      source.now,
    ],
  )
}

/** Stored numbers are ours: one that is no quantity is a bug. */
export function quantityOf(text: string | null): Micro | null {
  if (text === null) return null
  const quantity = decodeQuantity(Number(text))
  if (typeof quantity === 'string') throw new Error(`The database holds the quantity ${text}: ${quantity}`)
  return quantity
}

export function decodeItemRow(row: ItemColumns): ItemRow {
  return {
    seq: row.item_seq,
    uuid: row.uuid,
    logId: row.log_id,
    productIdentifier: row.product_identifier,
    quantity: quantityOf(row.quantity),
    standing: row.standing,
    rev: row.rev,
    productId: row.product_id,
    isRequested: row.is_requested,
    systemQuantity: quantityOf(row.system_quantity),
    matchRev: row.match_rev,
    countedBy: row.counted_by,
    sentBy: row.sent_by,
    createdBy: row.created_by,
    createdAt: row.created_at,
    lastScanAt: row.last_scan_at,
    lastUpdatedAt: row.last_updated_at,
    isDeleted: row.is_deleted,
  }
}

function encode(row: ItemRow): Record<keyof ItemColumns, unknown> {
  return {
    item_seq: row.seq,
    uuid: row.uuid,
    log_id: row.logId,
    product_identifier: row.productIdentifier,
    quantity: row.quantity === null ? null : encodeQuantity(row.quantity),
    standing: row.standing,
    rev: row.rev,
    product_id: row.productId,
    is_requested: row.isRequested,
    system_quantity: row.systemQuantity === null ? null : encodeQuantity(row.systemQuantity),
    match_rev: row.matchRev,
    counted_by: row.countedBy,
    sent_by: row.sentBy,
    created_by: row.createdBy,
    created_at: row.createdAt,
    last_scan_at: row.lastScanAt,
    last_updated_at: row.lastUpdatedAt,
    is_deleted: row.isDeleted,
  }
}
