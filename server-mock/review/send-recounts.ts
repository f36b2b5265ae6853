// Recounts: products that are counted again, blind, in sessions that somebody else than the first counters must take.
import { createHash } from 'node:crypto'
import type * as v from 'valibot'
import type { PostRecounts, RecountsAnswer } from '../../src/contract/review'
import { once } from '../counts/request-log'
import { insertSession, setSessionStatus } from '../counts/session-store'
import type { Sql } from '../db/db'
import type { Caller, ServerContext } from '../http/context'
import { fullNamesOf } from '../people/people-store'
import { requireChunk } from './decide-products'
import { judgedEntries } from './judge-products'
import { holdRecountSession, insertRecount } from './recount-store'
import { readReviewProducts, type ReviewProduct } from './review-products'
import {
  holdReview,
  noteChanges,
  readRevision,
  requireUnderReview,
  type AuditEntry,
  type ReviewedCount,
} from './review-store'

type Answer = v.InferOutput<typeof RecountsAnswer>
type Verdict = Answer['verdicts'][number]

interface RecountCall {
  readonly caller: Caller
  readonly workEffortId: string
  readonly body: v.InferOutput<typeof PostRecounts>
  readonly context: Pick<ServerContext, 'db' | 'clock' | 'limits' | 'ids'>
}

/**
 * One session for each group of earlier counters, so that there is always somebody who may take it.
 * @throws HttpError 413, 400 once the count is closed, 403, 404; nothing is sent then
 */
export async function sendRecounts({
  caller,
  workEffortId,
  body,
  context,
}: RecountCall): Promise<Answer> {
  requireChunk(body.productIds.length, context)
  const ids = [...new Set(body.productIds)]
  const now = context.clock.now()
  return context.db.tx(async (sql) => {
    const count = await holdReview(sql, caller, workEffortId)
    const key = {
      userId: caller.userId,
      requestId: body.requestId,
      kind: 'review-recounts',
      now,
    } as const
    return once(sql, key, async () => {
      requireUnderReview(count)
      const products = new Map(
        (await readReviewProducts(sql, count, ids)).map((it) => [it.productId, it]),
      )
      const act = body.isCancel ? cancel : send
      const done = await act(
        { sql, count, caller, reason: body.reason, now, bulkId: body.bulkId ?? null, nextId: () => context.ids.next() },
        ids,
        products,
      )
      return { revision: await readRevision(sql, workEffortId), ...done }
    })
  })
}

interface Place {
  readonly sql: Sql
  readonly count: ReviewedCount
  readonly caller: Caller
  readonly reason: string
  readonly now: number
  /** null: a request for itself. */
  readonly bulkId: string | null
  readonly nextId: () => string
}
type Done = Omit<Answer, 'revision'>
type Products = ReadonlyMap<string, ReviewProduct>

async function send(place: Place, ids: readonly string[], products: Products): Promise<Done> {
  const verdicts = ids.map((id) => sendVerdict(id, products.get(id)))
  const wanted = verdicts.flatMap((it) =>
    it.verdict === 'taken' ? (products.get(it.productId) ?? []) : [],
  )
  const groups = new Map<string, ReviewProduct[]>()
  for (const product of wanted) {
    const key = JSON.stringify([roundFor(product), countersOf(product)])
    groups.set(key, [...(groups.get(key) ?? []), product])
  }
  const sessions: Done['sessions'] = []
  for (const group of groups.values()) sessions.push(await makeSession(place, group))
  return { verdicts, sessions }
}

function sendVerdict(productId: string, product: ReviewProduct | undefined): Verdict {
  const refuse = (code: NonNullable<Verdict['code']>, message: string): Verdict => ({
    productId,
    verdict: 'refused',
    code,
    message,
  })
  if (product === undefined)
    return refuse('UNKNOWN_PRODUCT', 'The product is not part of this count')
  if (product.rung.state === 'recounting') return { productId, verdict: 'same' }
  if (product.rung.state === 'counting')
    return refuse('STILL_COUNTING', 'A session that counts it is still open')
  if (product.decision !== null)
    return refuse('ALREADY_DECIDED', 'It is decided already: undo that first')
  return { productId, verdict: 'taken' }
}

async function makeSession(
  place: Place,
  group: readonly ReviewProduct[],
): Promise<Done['sessions'][number]> {
  const { sql, count, caller, now, reason } = place
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
      createdBy: caller.userName,
      createdAt: now,
      parentSessionId: null,
    })
  const recount = { workEffortId, sessionId, round, reason, by: caller.userName, now }
  await insertRecount(sql, recount, group, nextSeq)
  const entries = group.map(({ productId, rung }): AuditEntry => ({
    action: 'recount-sent',
    productId,
    reason,
    details: { round, sessionId, notBy: counters, why: rung.why },
  }))
  const judged = await judgedEntries(sql, workEffortId, group)
  await noteChanges(sql, workEffortId, [...judged, ...entries], { by: caller.userName, now })
  return { sessionId, name, products: group.length }
}

/**
 * The requests of one bulk fill one session for each group: its id is theirs alone. Who has begun it counts on
 * undisturbed, and the rest goes into a session of its own.
 */
async function sessionFor(
  { sql, count: { workEffortId }, bulkId, nextId }: Place,
  round: number,
  counters: readonly string[],
): Promise<{ readonly sessionId: string; readonly nextSeq: number }> {
  if (bulkId === null) return { sessionId: nextId(), nextSeq: 1 }
  const text = JSON.stringify([workEffortId, bulkId, round, counters])
  const sessionId = createHash('sha256').update(text).digest('hex').slice(0, 32)
  const known = await holdRecountSession(sql, { workEffortId, sessionId })
  if (known === 'none') return { sessionId, nextSeq: 1 }
  return known === 'begun' ? { sessionId: nextId(), nextSeq: 1 } : { sessionId, nextSeq: known.nextSeq }
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

/** One more than any that came back or was sent. */
function roundFor({ rounds, recount }: ReviewProduct): number {
  return Math.max(0, recount?.round ?? 0, ...rounds.map((it) => it.round)) + 1
}

function countersOf({ rounds }: ReviewProduct): readonly string[] {
  return [...new Set(rounds.flatMap((it) => it.counters))].toSorted()
}

/** Only what nobody has begun; a session without products left is discarded. */
async function cancel(place: Place, ids: readonly string[], products: Products): Promise<Done> {
  const { sql, count, caller, now, reason } = place
  const pending = ids.flatMap((id) => {
    const product = products.get(id)
    return product?.rung.state === 'recounting' && product.recount !== null
      ? [{ id, recount: product.recount }]
      : []
  })
  const begun = new Set(
    await readBegun(
      sql,
      pending.map((it) => it.recount.sessionId),
    ),
  )
  const open = pending.filter((it) => !begun.has(`${it.recount.sessionId} ${it.id}`))
  const openIds = new Set(open.map((it) => it.id))
  await sql.query(
    `update recount set cancelled_at = $3 where work_effort_id = $1 and product_id = any($2::text[]) and cancelled_at is null`,
    [count.workEffortId, [...openIds], now],
  )
  await sql.query(
    `update session_item i set is_deleted = true, last_updated_at = $3
     from unnest($1::text[], $2::text[]) as r(session_id, product_id)
     where i.session_id = r.session_id and i.product_id = r.product_id`,
    [open.map((it) => it.recount.sessionId), open.map((it) => it.id), now],
  )
  for (const sessionId of new Set(open.map((it) => it.recount.sessionId)))
    await discardIfEmpty(place, sessionId)
  const entries = open.map(({ id, recount }): AuditEntry => ({
    action: 'recount-cancelled',
    productId: id,
    reason,
    details: { round: recount.round, sessionId: recount.sessionId },
  }))
  await noteChanges(sql, count.workEffortId, entries, { by: caller.userName, now })
  const verdicts = ids.map((productId): Verdict => {
    if (openIds.has(productId)) return { productId, verdict: 'taken' }
    const isPending = pending.some((it) => it.id === productId)
    return isPending
      ? {
          productId,
          verdict: 'refused',
          code: 'RECOUNT_PENDING',
          message: 'Somebody has begun to count it again',
        }
      : { productId, verdict: 'same' }
  })
  return { verdicts, sessions: [] }
}

async function readBegun(sql: Sql, sessionIds: readonly string[]): Promise<readonly string[]> {
  const rows = await sql.query<{ key: string }>(
    `select distinct session_id || ' ' || product_id as key from session_item
     where session_id = any($1::text[]) and product_id is not null and quantity is not null and not is_deleted`,
    [sessionIds],
  )
  return rows.map((it) => it.key)
}

async function discardIfEmpty({ sql, caller, now }: Place, sessionId: string): Promise<void> {
  const [left] = await sql.query<{ status: string; left: number }>(
    `select s.status_id as status, (select count(*)::int from recount r where r.session_id = s.session_id
       and r.cancelled_at is null) as left from count_session s where s.session_id = $1 for update`,
    [sessionId],
  )
  if (left === undefined || left.left > 0 || left.status === 'SESSION_VOIDED') return
  await setSessionStatus(sql, {
    id: sessionId,
    to: 'voided',
    by: caller.userName,
    at: now,
    fence: null,
  })
}
