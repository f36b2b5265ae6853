// Everything that happened to one item over all counts of a facility, in the order of time, page by page.
import type * as v from 'valibot'
import type { ItemTimeline } from '../../src/contract/timeline'
import { itemKeyOf, itemKeyOfProduct } from '../../src/domain/barcode/item-key'
import { asId, type ItemKey, type LogId, type ProductId, type SessionId } from '../../src/domain/ids'
import { rowUuidOf } from '../../src/domain/row-uuid'
import type { Sql } from '../db/db'
import { HttpError } from '../http/errors'

type Timeline = v.InferOutput<typeof ItemTimeline>
type Entry = Timeline['entries'][number]

/** Sessions that have the item: the newest. */
const SESSIONS_MAX = 500
const ROWS_MAX = 2000
const COUNTS_MAX = 50
const KEYS_MAX = 20_000

export interface TimelineAsk {
  readonly facilityId: string
  readonly productId: string
  readonly after: { readonly at: number; readonly id: string }
  readonly limit: number
  /** Blind counts are no secret for those who settle them; for others what they booked, and on what ground, is. Rule: RV51 */
  readonly maySeeBlind: boolean
}

/** @throws HttpError 404 for a product that nobody knows */
export async function readTimeline(sql: Sql, ask: TimelineAsk): Promise<Timeline> {
  const { facilityId, productId, limit } = ask
  const [product] = await sql.query<{ name: string | null; identifiers: string[] | null }>(
    `select p.product_name as name,
       (select json_agg(i.value) from product_identifier i where i.product_id = p.product_id) as identifiers
     from product p where p.product_id = $1`,
    [productId],
  )
  if (product === undefined) throw new HttpError(404, `Product ${productId} not found`, 'NOT_FOUND')
  const sessions = await readSessions(sql, facilityId, productId)
  const values = await readScannedValues(sql, { productId, sessions, identifiers: product.identifiers ?? [] })
  const found = await readEntries(sql, ask, sessions, values)
  const entries = found.slice(0, limit)
  const last = found.length > limit ? entries.at(-1) : undefined
  return {
    productId,
    productName: product.name,
    counts: countsOf(sessions),
    entries,
    next: last === undefined ? null : { afterAt: last.at, afterId: last.id },
  }
}

interface FoundSession {
  readonly sessionId: string
  readonly workEffortId: string
  readonly countName: string
  readonly isClosed: boolean
  readonly closedAt: number | null
}

async function readSessions(sql: Sql, facilityId: string, productId: string): Promise<readonly FoundSession[]> {
  return sql.query<FoundSession>(
    `select s.session_id as "sessionId", c.work_effort_id as "workEffortId", c.name as "countName",
       c.status_id = 'CYCLE_CNT_CLOSED' as "isClosed", c.actual_completion_at as "closedAt"
     from cycle_count c join count_session s on s.work_effort_id = c.work_effort_id
     where c.facility_id = $1
       and exists (select 1 from session_item i where i.session_id = s.session_id and i.product_id = $2)
     order by s.created_at desc, s.session_id limit ${SESSIONS_MAX}`,
    [facilityId, productId],
  )
}

function countsOf(sessions: readonly FoundSession[]): Timeline['counts'] {
  const byId = new Map(
    sessions.map(({ workEffortId, countName, isClosed, closedAt }) => [
      workEffortId,
      { workEffortId, name: countName, isClosed, closedAt },
    ]),
  )
  return [...byId.values()].slice(0, COUNTS_MAX)
}

interface ScannedValue {
  readonly session_id: string
  readonly log_id: string
  readonly item_key: string
}

interface Wanted {
  readonly productId: string
  readonly sessions: readonly FoundSession[]
  readonly identifiers: readonly string[]
}

interface Row {
  readonly sessionId: string
  readonly logId: string
  readonly uuid: string
  readonly identifier: string | null
}

/**
 * Under which values each log has scanned the item. A row's uuid is made of session, log and value, so that a value is
 * tried: the product's own barcodes and the row's first, then all of the log's.
 */
async function readScannedValues(sql: Sql, { productId, sessions, identifiers }: Wanted): Promise<readonly ScannedValue[]> {
  const rows = await sql.query<Row>(
    `select session_id as "sessionId", log_id as "logId", uuid, product_identifier as identifier from session_item
     where session_id = any($1::text[]) and product_id = $2 and uuid is not null and log_id is not null limit ${ROWS_MAX}`,
    [sessions.map((it) => it.sessionId), productId],
  )
  const own = [itemKeyOfProduct(asId<ProductId>(productId)), ...identifiers.map((it) => itemKeyOf(it))]
  const values: ScannedValue[] = []
  for (const row of rows) {
    const tried = row.identifier === null ? own : [itemKeyOf(row.identifier), ...own]
    const key = keyOf(row, tried) ?? keyOf(row, await readKeys(sql, row))
    if (key !== null) values.push({ session_id: row.sessionId, log_id: row.logId, item_key: key })
  }
  return values
}

function keyOf({ sessionId, logId, uuid }: Row, keys: readonly ItemKey[]): ItemKey | null {
  return keys.find((key) => rowUuidOf(asId<SessionId>(sessionId), asId<LogId>(logId), key) === uuid) ?? null
}

async function readKeys(sql: Sql, { sessionId, logId }: Row): Promise<readonly ItemKey[]> {
  const keys = await sql.query<{ key: string }>(
    `select distinct item_key as key from scan_event where session_id = $1 and log_id = $2 limit ${KEYS_MAX}`,
    [sessionId, logId],
  )
  return keys.map((it) => asId<ItemKey>(it.key))
}

const BLIND = 'select work_effort_id from cycle_count where facility_id = $1 and is_blind'

/** Time as the device and its last known offset have it, as everywhere (decision 24). */
const ENTRIES = `
  select 'scan:' || e.event_id as id,
    ((e.event->>'at')::bigint + coalesce((e.event->>'serverOffsetMs')::numeric, 0))::bigint as at,
    case e.event->>'kind' when 'negation' then 'undo' when 'correction' then 'correction' else 'scan' end as kind,
    coalesce(e.event->>'userId', e.user_id) as by, coalesce(d.device_name, e.device_id) as device, e.session_id,
    null::text as count_id, e.event->>'source' as action, e.quantity::float8 as quantity, e.event->>'raw' as value,
    null::text as reason
  from jsonb_to_recordset($3::jsonb) as k(session_id text, log_id text, item_key text)
    join scan_event e on e.session_id = k.session_id and e.log_id = k.log_id and e.item_key = k.item_key
    left join session_device d on d.session_id = e.session_id and d.device_id = e.device_id and d.user_id = e.user_id
  union all
  select 'match:' || m.session_id || ':' || m.row_key || ':' || m.match_rev, m.received_at, 'match', m.user_id,
    coalesce(d.device_name, m.device_id), m.session_id, null, null, null, m.product_identifier, null
  from (
    select distinct on (session_id, row_key, match_rev) * from item_evidence
    where session_id = any($4::text[]) and product_id = $2 and match_rev > 0
    order by session_id, row_key, match_rev, received_at) m
    left join session_device d on d.session_id = m.session_id and d.device_id = m.device_id and d.user_id = m.user_id
  union all
  select 'session:' || h.entity_id || ':' || h.changed_at || ':' || h.status_id, h.changed_at, 'session', h.change_by, null,
    h.entity_id, null, h.status_id, null, null, null
  from status_history h where h.entity_id = any($4::text[])
  union all
  select 'act:' || a.work_effort_id || ':' || lpad(a.seq::text, 9, '0'), a.at, 'act', a.by_user, null, null, a.work_effort_id,
    case when a.details->>'outcome' = 'SKIPPED' then 'skipped' else a.action end, (a.details->>'counted')::float8, null,
    case when a.reason = 'no-variance' and not $9::boolean and a.work_effort_id in (${BLIND}) then 'within-tolerance'
      else a.reason end
  from review_audit a where a.work_effort_id = any($5::text[])
    and (a.product_id = $2 or a.product_id is null and a.action in ('approved', 'closed', 'cancelled', 'count-reopened'))
  union all
  select 'movement:' || m.movement_id, m.moved_at, 'movement', m.posted_by, null, null, m.work_effort_id, m.kind,
    m.quantity::float8, m.reference, m.reason
  from item_movement m where m.facility_id = $1 and m.product_id = $2
    and ($9::boolean or m.work_effort_id is null or m.work_effort_id not in (${BLIND}))`

/** One more than asked for when there are more. */
async function readEntries(
  sql: Sql,
  { facilityId, productId, after, limit, maySeeBlind }: TimelineAsk,
  sessions: readonly FoundSession[],
  values: readonly ScannedValue[],
): Promise<readonly Entry[]> {
  return sql.query<Entry>(
    `select e.id, e.at, e.kind, e.by, e.device, coalesce(e.count_id, s.work_effort_id) as "workEffortId", c.name as "countName",
       s.name as "sessionName", e.action, e.quantity, e.value, e.reason
     from (${ENTRIES}) e
       left join count_session s on s.session_id = e.session_id
       left join cycle_count c on c.work_effort_id = coalesce(e.count_id, s.work_effort_id)
     where (e.at, e.id collate "C") > ($6::bigint, $7::text) order by e.at, e.id collate "C" limit $8::int`,
    [
      facilityId,
      productId,
      JSON.stringify(values),
      sessions.map((it) => it.sessionId),
      [...new Set(sessions.map((it) => it.workEffortId))],
      after.at,
      after.id,
      limit + 1,
      maySeeBlind,
    ],
  )
}
