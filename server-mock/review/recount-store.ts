// Recounts that were sent: which product, in which session, and whether that session is back.
import type { Sql } from '../db/db'
import { amongst } from '../db/packed'
import type { Caller } from '../http/context'
import { HttpError } from '../http/errors'

export interface Recount {
  readonly round: number
  readonly sessionId: string
  readonly reason: string
  readonly by: string
  readonly at: number
  /** Its session is submitted. */
  readonly isBack: boolean
}

/** The newest of each product that was not called off and whose session was not discarded. */
export async function readRecounts(
  sql: Sql,
  workEffortId: string,
  productIds: readonly string[],
): Promise<ReadonlyMap<string, Recount>> {
  const rows = await sql.query<Recount & { readonly productId: string }>(
    `select distinct on (r.product_id) r.product_id as "productId", r.round, r.session_id as "sessionId", r.reason,
       r.requested_by as by, r.requested_at as at, s.status_id in ('SESSION_SUBMITTED', 'SESSION_APPROVED') as "isBack"
     from recount r join count_session s on s.session_id = r.session_id
     where r.work_effort_id = $1 and r.product_id = ${amongst(2)} and r.cancelled_at is null
       and s.status_id <> 'SESSION_VOIDED'
     order by r.product_id, r.round desc`,
    [workEffortId, productIds],
  )
  return new Map(rows.map(({ productId, ...it }) => [productId, it]))
}

export interface NewRecount {
  readonly workEffortId: string
  readonly sessionId: string
  readonly round: number
  readonly by: string
  readonly now: number
}

export interface NewRecountRow {
  readonly productId: string
  readonly identifier: string | null
  readonly reason: string
}

/** Where the next product of a session of this recount goes; null: it is no session yet, or nobody may add to it any more. */
export async function holdRecountSession(
  sql: Sql,
  { workEffortId, sessionId }: Pick<NewRecount, 'workEffortId' | 'sessionId'>,
): Promise<'none' | 'begun' | { readonly nextSeq: number }> {
  const [row] = await sql.query<{ status: string; next: number }>(
    `select status_id as status, next_item_seq as next from count_session
     where session_id = $1 and work_effort_id = $2 for update`,
    [sessionId, workEffortId],
  )
  if (row === undefined) return 'none'
  return row.status === 'SESSION_CREATED' ? { nextSeq: row.next } : 'begun'
}

/** The session asks for the products, in their order, uncounted and without any quantity. */
export async function insertRecount(
  sql: Sql,
  recount: NewRecount,
  products: readonly NewRecountRow[],
  firstSeq = 1,
): Promise<void> {
  const rows = products.map((it, index) => ({
    product_id: it.productId,
    identifier: it.identifier,
    reason: it.reason,
    seq: firstSeq + index,
  }))
  await sql.query(
    `with r as (select * from jsonb_to_recordset($2::jsonb) as r(product_id text, identifier text, reason text, seq int)),
     asked as (
       insert into session_item (session_id, item_seq, uuid, product_identifier, product_id, is_requested, created_by,
         created_at, last_updated_at)
       select $1::text, seq, md5($1::text || ':' || seq)::uuid::text, identifier, product_id, true, $3, $4, $4 from r)
     insert into recount (work_effort_id, product_id, round, session_id, reason, requested_by, requested_at)
     select $5, product_id, $6, $1, reason, $3, $4 from r
     -- Called off, or its session discarded: the round is made again.
     on conflict (work_effort_id, product_id, round) do update set session_id = excluded.session_id,
       reason = excluded.reason, requested_by = excluded.requested_by, requested_at = excluded.requested_at,
       cancelled_at = null`,
    [
      recount.sessionId,
      JSON.stringify(rows),
      recount.by,
      recount.now,
      recount.workEffortId,
      recount.round,
    ],
  )
  await sql.query(
    'update count_session set next_item_seq = $2, recount_round = $3 where session_id = $1',
    [recount.sessionId, firstSeq + rows.length, recount.round],
  )
}

/**
 * A recount is made, and handed in, by somebody who has not counted the products before.
 * @throws HttpError 403 SAME_COUNTER. Rules: docs/SPEC.md RL6, RL14
 */
export async function requireOtherCounter(
  sql: Sql,
  { sessionId, recountRound }: { readonly sessionId: string; readonly recountRound: number | null },
  { userName }: Pick<Caller, 'userName'>,
): Promise<void> {
  if (recountRound === null) return
  if ((await readEarlierCounters(sql, sessionId)).includes(userName))
    throw new HttpError(
      403,
      'You have counted these products before: a recount is made by somebody else',
      'SAME_COUNTER',
    )
}

/** Who counted any of the session's products before: they may not count them again here. */
async function readEarlierCounters(sql: Sql, sessionId: string): Promise<readonly string[]> {
  const rows = await sql.query<{ name: string }>(
    `select distinct h.name
     from recount r
       join count_session s on s.work_effort_id = r.work_effort_id and s.session_id <> r.session_id
         and s.status_id <> 'SESSION_VOIDED' and coalesce(s.recount_round, 0) < r.round
       join session_item i on i.session_id = s.session_id and i.product_id = r.product_id and not i.is_deleted
       cross join lateral (values (i.counted_by), (i.sent_by)) as h(name)
     where r.session_id = $1 and r.cancelled_at is null and h.name is not null
       and (coalesce(i.standing, 0) <> 0 or (i.standing is null and i.quantity is not null))`,
    [sessionId],
  )
  return rows.map((it) => it.name)
}
