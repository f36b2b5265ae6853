// How far counting is: lines of sessions and of counts. A line is a product, or a value without one (SC1, SC29).
import type * as v from 'valibot'
import type { BoardProgress } from '../../src/contract/board'
import { PURPOSE_IDS } from '../../src/contract/counts'
import type { Sql } from '../db/db'

const MINUTE_MS = 60_000
/** Counted: its scans do not add up to nothing, or a row without scans carries a quantity (decisions 5, 6). */
const LINES = `select i.session_id, coalesce('p' || i.product_id, 'v' || i.product_identifier, 'u' || i.uuid) as line,
    bool_or(i.product_id is null) as is_unmatched, coalesce(bool_or(i.is_requested), false) as is_requested,
    coalesce(sum(i.standing), 0) <> 0 or coalesce(bool_or(i.standing is null and i.quantity is not null), false) as is_counted,
    min(i.created_at) filter (where i.standing <> 0 or (i.standing is null and i.quantity is not null)) as first_at,
    max(i.last_scan_at) as last_scan_at
  from session_item i where not i.is_deleted`

export interface SessionProgress {
  readonly wanted: number
  readonly counted: number
  readonly extra: number
  readonly unmatched: number
  readonly lastScanAt: number | null
}

export async function readSessionProgress(
  sql: Sql,
  sessionIds: readonly string[],
): Promise<ReadonlyMap<string, SessionProgress>> {
  const rows = await sql.query<SessionProgress & { readonly sessionId: string }>(
    `select l.session_id as "sessionId", (count(*) filter (where l.is_requested))::int as wanted,
       (count(*) filter (where l.is_requested and l.is_counted))::int as counted,
       (count(*) filter (where l.is_counted and not l.is_requested and not l.is_unmatched))::int as extra,
       (count(*) filter (where l.is_counted and l.is_unmatched))::int as unmatched,
       max(l.last_scan_at) as "lastScanAt"
     from (${LINES} and i.session_id = any($1::text[]) group by i.session_id, line) l group by l.session_id`,
    [sessionIds],
  )
  return new Map(rows.map(({ sessionId, ...it }) => [sessionId, it]))
}

type CountProgress = v.InferOutput<typeof BoardProgress>

/** However many sessions ask for a product, it is one line of the count. Reads every line of these counts. */
export async function readCountProgress(
  sql: Sql,
  countIds: readonly string[],
  now: number,
): Promise<ReadonlyMap<string, CountProgress>> {
  const rows = await sql.query<CountProgress & { readonly id: string }>(
    `select l.id, case when l.purpose_id = $2 then null else (count(*) filter (where l.is_requested))::int end as wanted,
       (count(*) filter (where l.is_done))::int as counted,
       (count(*) filter (where l.is_done and l.first_at > $3::bigint - ${10 * MINUTE_MS}))::int as "inLast10",
       (count(*) filter (where l.is_done and l.first_at > $3::bigint - ${30 * MINUTE_MS}))::int as "inLast30",
       min(l.first_at) filter (where l.is_done) as "firstAt"
     from (
       select c.work_effort_id as id, c.purpose_id, o.line, bool_or(o.is_requested) as is_requested,
         bool_or(o.is_counted) and (bool_or(o.is_requested) or c.purpose_id = $2) as is_done,
         min(o.first_at) filter (where o.is_counted) as first_at
       from cycle_count c
         join count_session s on s.work_effort_id = c.work_effort_id and s.status_id <> 'SESSION_VOIDED'
         join (${LINES} and i.session_id in (
             select session_id from count_session where work_effort_id = any($1::text[]) and status_id <> 'SESSION_VOIDED')
           group by i.session_id, line) o on o.session_id = s.session_id
       where c.work_effort_id = any($1::text[])
       group by c.work_effort_id, c.purpose_id, o.line
     ) l group by l.id, l.purpose_id`,
    [countIds, PURPOSE_IDS.hard, now],
  )
  return new Map(rows.map(({ id, ...it }) => [id, it]))
}
