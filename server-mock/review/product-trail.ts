// Where one product's figures come from: its rows by session and device, the scans they are made of, movements, audit.
import type * as v from 'valibot'
import type { ProductTrail } from '../../src/contract/review'
import { asId, type ItemKey, type LogId, type SessionId } from '../../src/domain/ids'
import type { MovementKind } from '../../src/domain/review'
import { rowUuidOf } from '../../src/domain/row-uuid'
import type { Sql } from '../db/db'
import type { Caller } from '../http/context'
import { detailsWithoutBook, maySeeBook, reasonToldTo } from '../rules/book-quantity'
import { microOrNull, wireQuantity } from './numbers'
import { findReview } from './review-store'

type Trail = v.InferOutput<typeof ProductTrail>

const ROWS_MAX = 500
const SCANS_MAX = 200
const KEYS_MAX = 20_000
const MOVEMENTS_MAX = 200
const AUDIT_MAX = 500

/** @throws HttpError 404, 403 */
export async function readTrail(
  sql: Sql,
  caller: Caller,
  workEffortId: string,
  productId: string,
): Promise<Trail> {
  const count = await findReview(sql, caller, workEffortId)
  const rows = await readRows(sql, workEffortId, productId)
  const sessions: Trail['sessions'] = []
  for (const row of rows) sessions.push(await withScans(sql, row))
  const canSeeBook = maySeeBook((it) => caller.may(it), count.isBlind)
  return {
    sessions,
    movements: canSeeBook ? await readMovements(sql, count.facilityId, productId) : [],
    audit: await readAudit(sql, { workEffortId, productId, canSeeBook }),
  }
}

interface AuditAsk {
  readonly workEffortId: string
  readonly productId: string
  readonly canSeeBook: boolean
}

async function readAudit(
  sql: Sql,
  { workEffortId, productId, canSeeBook }: AuditAsk,
): Promise<Trail['audit']> {
  const entries = await sql.query<Trail['audit'][number]>(
    `select at, by_user as by, action, reason, details from review_audit
     where work_effort_id = $1 and product_id = $2 order by seq limit ${AUDIT_MAX}`,
    [workEffortId, productId],
  )
  if (canSeeBook) return entries
  return entries.map((it) => ({
    ...it,
    reason: it.reason == null ? it.reason : reasonToldTo(false, it.reason),
    details: detailsWithoutBook(it.details),
  }))
}

interface Row {
  readonly session_id: string
  readonly name: string
  readonly recount_round: number | null
  readonly uuid: string | null
  readonly log_id: string | null
  readonly product_identifier: string | null
  readonly quantity: string | null
  readonly counted_by: string | null
  readonly device_id: string | null
  readonly last_scan_at: number | null
}

/** Counted rows; those that only ask for the product are left out. */
async function readRows(
  sql: Sql,
  workEffortId: string,
  productId: string,
): Promise<readonly Row[]> {
  return sql.query<Row>(
    `select i.session_id, s.name, s.recount_round, i.uuid, i.log_id, i.product_identifier, i.quantity::text as quantity,
       i.counted_by, i.last_scan_at,
       (select e.device_id from item_evidence e where e.session_id = i.session_id and e.row_key = i.uuid
          and e.device_id is not null order by e.rev desc limit 1) as device_id
     from count_session s join session_item i on i.session_id = s.session_id
     where s.work_effort_id = $1 and s.status_id <> 'SESSION_VOIDED' and i.product_id = $2 and not i.is_deleted
       and i.quantity is not null
     order by coalesce(s.recount_round, 0), i.last_scan_at nulls first, i.session_id, i.item_seq limit ${ROWS_MAX}`,
    [workEffortId, productId],
  )
}

async function withScans(sql: Sql, row: Row): Promise<Trail['sessions'][number]> {
  const { uuid, log_id: logId, session_id: sessionId } = row
  const scans =
    uuid === null || logId === null ? [] : await readScans(sql, { sessionId, logId, uuid })
  return {
    sessionId,
    sessionName: row.name,
    recountRound: row.recount_round,
    countedBy: row.counted_by,
    deviceId: row.device_id,
    logId,
    identifier: row.product_identifier,
    quantity: wireQuantity(microOrNull(row.quantity)),
    lastScanAt: row.last_scan_at,
    scans: scans.slice(0, SCANS_MAX),
    scansMore: scans.length > SCANS_MAX,
  }
}

interface RowKey {
  readonly sessionId: string
  readonly logId: string
  readonly uuid: string
}

/** A row's uuid is made of session, log and item: the events that make it up are those whose item gives that uuid. */
async function readScans(
  sql: Sql,
  { sessionId, logId, uuid }: RowKey,
): Promise<Trail['sessions'][number]['scans']> {
  const keys = await sql.query<{ key: string }>(
    `select distinct item_key as key from scan_event where session_id = $1 and log_id = $2 limit ${KEYS_MAX}`,
    [sessionId, logId],
  )
  const own = keys
    .map((it) => it.key)
    .filter(
      (key) =>
        rowUuidOf(asId<SessionId>(sessionId), asId<LogId>(logId), asId<ItemKey>(key)) === uuid,
    )
  if (own.length === 0) return []
  return sql.query(
    `select event_id as "eventId", event->>'kind' as kind, quantity::float8 as quantity, event->>'raw' as raw,
       ((event->>'at')::bigint + coalesce((event->>'serverOffsetMs')::numeric, 0))::bigint as at, event->>'source' as source
     from scan_event where session_id = $1 and log_id = $2 and item_key = any($3::text[])
     order by seq limit ${SCANS_MAX + 1}`,
    [sessionId, logId, own],
  )
}

async function readMovements(
  sql: Sql,
  facilityId: string,
  productId: string,
): Promise<Trail['movements']> {
  return sql.query<{ at: number; quantity: number; kind: MovementKind; reference: string | null }>(
    `select moved_at as at, quantity::float8 as quantity, kind, reference from item_movement
     where facility_id = $1 and product_id = $2 order by moved_at desc, movement_id limit ${MOVEMENTS_MAX}`,
    [facilityId, productId],
  )
}
