// Sessions that count again: products put into them, one session for each group of earlier counters, and taken out again.
import { createHash } from 'node:crypto'
import { insertSession, setSessionStatus } from '../counts/session-store'
import type { Sql } from '../db/db'
import { fullNamesOf } from '../people/people-store'
import { judgedEntries } from './judge-products'
import { holdRecountSession, insertRecount, type Recount } from './recount-store'
import type { ReviewProduct } from './review-products'
import { noteChanges, type AuditEntry, type ReviewedCount } from './review-store'

/** Sessions of one bulk and one group that may have been begun before the rest goes into one for itself. */
const GENERATIONS_MAX = 100

export interface RecountPlace {
  readonly sql: Sql
  readonly count: ReviewedCount
  readonly by: string
  readonly now: number
  /** null: a request for itself. */
  readonly bulkId: string | null
  readonly nextId: () => string
}

export interface RecountSession {
  readonly sessionId: string
  readonly name: string
  readonly products: number
}

type ReasonOf = (product: ReviewProduct) => string

/** One session for each group of earlier counters, so that there is always somebody who may take it. Under the held review. */
export async function makeRecounts(
  place: RecountPlace,
  products: readonly ReviewProduct[],
  reasonOf: ReasonOf,
): Promise<RecountSession[]> {
  const groups = new Map<string, ReviewProduct[]>()
  for (const product of products) {
    const key = JSON.stringify([roundFor(product), countersOf(product)])
    groups.set(key, [...(groups.get(key) ?? []), product])
  }
  const sessions: RecountSession[] = []
  for (const group of groups.values()) sessions.push(await fillSession(place, group, reasonOf))
  return sessions
}

/** One more than any that came back or was sent. */
export function roundFor({ rounds, recount }: Pick<ReviewProduct, 'rounds' | 'recount'>): number {
  return Math.max(0, recount?.round ?? 0, ...rounds.map((it) => it.round)) + 1
}

function countersOf({ rounds }: ReviewProduct): readonly string[] {
  return [...new Set(rounds.flatMap((it) => it.counters))].toSorted()
}

async function fillSession(
  place: RecountPlace,
  group: readonly ReviewProduct[],
  reasonOf: ReasonOf,
): Promise<RecountSession> {
  const { sql, count, by, now } = place
  const [first] = group
  const counters = first === undefined ? [] : countersOf(first)
  const round = first === undefined ? 1 : roundFor(first)
  const name = await nameOf(sql, round, counters)
  const { workEffortId } = count
  const { sessionId, nextSeq } = await sessionFor(place, round, counters)
  if (nextSeq === 1)
    await insertSession(sql, {
      sessionId,
      workEffortId,
      name,
      area: null,
      status: 'created',
      createdBy: by,
      createdAt: now,
      parentSessionId: null,
    })
  const rows = group.map((it) => ({
    productId: it.productId,
    identifier: it.identifier,
    reason: reasonOf(it),
  }))
  await insertRecount(sql, { workEffortId, sessionId, round, by, now }, rows, nextSeq)
  const entries = group.map((it): AuditEntry => ({
    action: 'recount-sent',
    productId: it.productId,
    reason: reasonOf(it),
    details: { round, sessionId, notBy: counters, why: it.rung.why },
  }))
  const judged = await judgedEntries(sql, workEffortId, group)
  await noteChanges(sql, workEffortId, [...judged, ...entries], { by, now })
  return { sessionId, name, products: group.length }
}

/**
 * The requests of one bulk fill one session for each group: its id is theirs alone. Who has begun it counts on
 * undisturbed, and the rest goes into the next.
 */
async function sessionFor(
  { sql, count: { workEffortId }, bulkId, nextId }: RecountPlace,
  round: number,
  counters: readonly string[],
): Promise<{ readonly sessionId: string; readonly nextSeq: number }> {
  for (let begun = 0; bulkId !== null && begun < GENERATIONS_MAX; begun += 1) {
    const text = JSON.stringify([
      workEffortId,
      bulkId,
      round,
      counters,
      ...(begun === 0 ? [] : [begun]),
    ])
    const sessionId = createHash('sha256').update(text).digest('hex').slice(0, 32)
    const known = await holdRecountSession(sql, { workEffortId, sessionId })
    if (known === 'none') return { sessionId, nextSeq: 1 }
    if (known !== 'begun') return { sessionId, nextSeq: known.nextSeq }
  }
  return { sessionId: nextId(), nextSeq: 1 }
}

/** Says in the list of counts who may not take it, by the names that people know each other by. */
async function nameOf(sql: Sql, round: number, counters: readonly string[]): Promise<string> {
  const known = await fullNamesOf(sql, counters)
  const people = counters.map((it) => known.get(it) ?? it)
  return `Recount ${round}${people.length === 0 ? '' : `, not by ${people.join(', ')}`}`.slice(
    0,
    255,
  )
}

export interface PendingRecount {
  readonly productId: string
  readonly recount: Pick<Recount, 'round' | 'sessionId'>
  readonly reason: string
}

/**
 * Only what nobody has begun; a session without products left is discarded. Under the held review.
 * @returns the products that were taken back
 */
export async function takeRecountsBack(
  { sql, count: { workEffortId }, by, now }: Pick<RecountPlace, 'sql' | 'count' | 'by' | 'now'>,
  pending: readonly PendingRecount[],
): Promise<ReadonlySet<string>> {
  const sessionIds = [...new Set(pending.map((it) => it.recount.sessionId))].toSorted()
  // Nobody begins one while we look: whoever writes items holds the session.
  await sql.query(
    'select 1 from count_session where session_id = any($1::text[]) order by session_id for update',
    [sessionIds],
  )
  const begun = new Set(await readBegun(sql, sessionIds))
  const open = pending.filter((it) => !begun.has(`${it.recount.sessionId} ${it.productId}`))
  const openIds = new Set(open.map((it) => it.productId))
  if (open.length === 0) return openIds
  await sql.query(
    `update recount t set cancelled_at = $4 from unnest($2::text[], $3::text[]) as r(session_id, product_id)
     where t.work_effort_id = $1 and t.session_id = r.session_id and t.product_id = r.product_id and t.cancelled_at is null`,
    [workEffortId, open.map((it) => it.recount.sessionId), open.map((it) => it.productId), now],
  )
  await sql.query(
    `update session_item i set is_deleted = true, last_updated_at = $3
     from unnest($1::text[], $2::text[]) as r(session_id, product_id)
     where i.session_id = r.session_id and i.product_id = r.product_id`,
    [open.map((it) => it.recount.sessionId), open.map((it) => it.productId), now],
  )
  for (const sessionId of sessionIds) await discardIfEmpty(sql, sessionId, { by, now })
  const entries = open.map(({ productId, recount: { round, sessionId }, reason }): AuditEntry => ({
    action: 'recount-cancelled',
    productId,
    reason,
    details: { round, sessionId },
  }))
  await noteChanges(sql, workEffortId, entries, { by, now })
  return openIds
}

async function readBegun(sql: Sql, sessionIds: readonly string[]): Promise<readonly string[]> {
  const rows = await sql.query<{ key: string }>(
    `select distinct session_id || ' ' || product_id as key from session_item
     where session_id = any($1::text[]) and product_id is not null and quantity is not null and not is_deleted`,
    [sessionIds],
  )
  return rows.map((it) => it.key)
}

async function discardIfEmpty(
  sql: Sql,
  sessionId: string,
  { by, now }: Pick<RecountPlace, 'by' | 'now'>,
): Promise<void> {
  const [left] = await sql.query<{ status: string; left: number }>(
    `select s.status_id as status, (select count(*)::int from recount r where r.session_id = s.session_id
       and r.cancelled_at is null) as left from count_session s where s.session_id = $1 for update`,
    [sessionId],
  )
  if (left === undefined || left.left > 0 || left.status === 'SESSION_VOIDED') return
  await setSessionStatus(sql, { id: sessionId, to: 'voided', by, at: now, fence: null })
}
