// The tray of a closed count: evidence that came too late, to accept or to refuse; and explicit corrections.
import type * as v from 'valibot'
import type { CorrectionAnswer, LateRow, LateRows, PostCorrection, PostLate } from '../../src/contract/review'
import {
  encodeQuantity,
  negateQuantity,
  sumQuantity,
  ZERO,
  type Micro,
} from '../../src/domain/quantity'
import { once } from '../counts/request-log'
import type { Sql } from '../db/db'
import type { Caller, ServerContext } from '../http/context'
import { HttpError } from '../http/errors'
import { fateWords, type HeldVerdict } from '../rules/held-move'
import { approvedTotal, lateAnswer, type LateAnswer } from '../rules/late-evidence'
import { adjust, type AdjustPlace } from './adjust-total'
import { readDecisions, type StoredDecision } from './decision-store'
import { microOf, microOrNull, readQuantity, wireQuantity } from './numbers'
import { findReview, holdReview, noteChanges, readRevision } from './review-store'

type WireLate = v.InferOutput<typeof LateRow>

interface Columns {
  readonly session_id: string
  readonly session_name: string
  readonly recount_round: number | null
  readonly row_key: string
  readonly rev: number
  readonly product_id: string | null
  readonly product_name: string | null
  readonly product_identifier: string | null
  readonly quantity: string | null
  readonly settled_quantity: string | null
  readonly accepted: string
  readonly settled_rev: number
  readonly user_id: string
  readonly device_id: string | null
  readonly received_at: number
}

/** The newest held revision of each row of settled sessions that nobody has said yes or no to. */
const HELD = `
  select distinct on (e.session_id, e.row_key) e.session_id, s.name as session_name, s.recount_round, e.row_key, e.rev,
    coalesce(e.product_id, i.product_id) as product_id, coalesce(e.product_identifier, i.product_identifier) as product_identifier,
    e.quantity::text, i.quantity::text as settled_quantity, coalesce(l.accepted, 0)::text as accepted,
    coalesce(l.settled_rev, -1)::bigint as settled_rev, e.user_id, e.device_id, e.received_at
  from count_session s
    join item_evidence e on e.session_id = s.session_id and e.verdict = 'held'
    left join session_item i on i.session_id = e.session_id and not i.is_deleted
      and (i.uuid = e.row_key or (i.uuid is null and 'seq:' || lpad(i.item_seq::text, 5, '0') = e.row_key))
    left join (
      select session_id, row_key, sum(delta) as accepted, max(rev) as settled_rev from late_evidence_verdict
      where work_effort_id = $1 group by session_id, row_key
    ) l on l.session_id = e.session_id and l.row_key = e.row_key
  where s.work_effort_id = $1 and s.status_id = 'SESSION_APPROVED' and e.rev > coalesce(l.settled_rev, -1)`

/** Where a page begins: after this row, in the order of sessions and rows. */
export interface LateCursor {
  readonly sessionId: string
  readonly rowKey: string
}

/** One page of the tray, and how many rows wait in all of it. Rule: RV45 */
export async function readLate(
  sql: Sql,
  caller: Caller,
  workEffortId: string,
  { after, limit }: { readonly after: LateCursor; readonly limit: number },
): Promise<v.InferOutput<typeof LateRows>> {
  await findReview(sql, caller, workEffortId)
  const found = await sql.query<Columns>(
    `select h.*, p.product_name from (
       ${HELD} and (e.session_id, e.row_key) > ($2::text, $3::text)
       order by e.session_id, e.row_key, e.rev desc, e.received_at desc limit $4::int
     ) h left join product p on p.product_id = h.product_id
     order by h.session_id, h.row_key`,
    [workEffortId, after.sessionId, after.rowKey, limit + 1],
  )
  const [waiting] = await sql.query<{ total: number }>(
    `select count(*)::int as total from (${HELD} order by e.session_id, e.row_key) h`,
    [workEffortId],
  )
  const rows = found.slice(0, limit)
  const decisions = await readDecisions(sql, workEffortId, rows.flatMap((it) => it.product_id ?? []))
  const last = found.length > limit ? rows.at(-1) : undefined
  return {
    rows: rows.map((row) => encode(row, answerOf(row, decisions))),
    total: waiting?.total ?? 0,
    next: last === undefined ? null : { afterSession: last.session_id, afterRow: last.row_key },
  }
}

function answerOf(row: Columns, decisions: ReadonlyMap<string, StoredDecision>): LateAnswer {
  const decision = row.product_id === null ? undefined : decisions.get(row.product_id)
  return lateAnswer(
    {
      rev: row.rev,
      quantity: microOrNull(row.quantity),
      productId: row.product_id,
      round: row.recount_round ?? 0,
    },
    {
      quantity: microOrNull(row.settled_quantity) ?? ZERO,
      accepted: microOf(row.accepted),
      settledRev: row.settled_rev,
    },
    decision?.round ?? null,
  )
}

function encode(row: Columns, answer: LateAnswer): WireLate {
  return {
    sessionId: row.session_id,
    sessionName: row.session_name,
    rowKey: row.row_key,
    rev: row.rev,
    productId: row.product_id,
    productName: row.product_name,
    identifier: row.product_identifier,
    quantity: wireQuantity(microOrNull(row.quantity)),
    delta: answer.kind === 'settled' ? 0 : encodeQuantity(answer.delta),
    obstacle: answer.kind === 'not-acceptable' ? answer.why : null,
    userId: row.user_id,
    deviceId: row.device_id,
    receivedAt: row.received_at,
  }
}

/** Repeatable: what is settled already is answered as it is. @throws HttpError 400, 404, 403; nothing has moved then */
export async function settleLate(
  caller: Caller,
  workEffortId: string,
  body: v.InferOutput<typeof PostLate>,
  { db, clock }: ServerContext,
): Promise<{ revision: number }> {
  return db.tx(async (sql) => {
    const count = await holdReview(sql, caller, workEffortId)
    const now = clock.now()
    const place: AdjustPlace = { sql, count, by: caller.userName, now }
    if (!(await isSettled(sql, workEffortId, body))) {
      const delta = await settle(place, body)
      await sql.query(
        `insert into late_evidence_verdict (work_effort_id, session_id, row_key, rev, verdict, delta, reason, decided_by,
           decided_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
        [
          workEffortId,
          body.sessionId,
          body.rowKey,
          body.rev,
          body.verdict,
          encodeQuantity(delta),
          body.reason,
          caller.userName,
          now,
        ],
      )
    }
    return { revision: await readRevision(sql, workEffortId) }
  })
}

type Late = v.InferOutput<typeof PostLate>

async function isSettled(sql: Sql, workEffortId: string, body: Late): Promise<boolean> {
  const [known] = await sql.query<{ verdict: HeldVerdict['verdict']; by: string; rev: number; sessionId: string | null; name: string | null }>(
    `select l.verdict, l.decided_by as by, l.rev, t.session_id as "sessionId", t.name
     from late_evidence_verdict l left join count_session t on t.session_id = l.moved_to
     where l.work_effort_id = $1 and l.session_id = $2 and l.row_key = $3
       and (l.rev = $4 or (l.verdict = 'moved' and l.rev > $4))
     order by l.rev limit 1`,
    [workEffortId, body.sessionId, body.rowKey, body.rev],
  )
  if (known === undefined) return false
  const { sessionId, name } = known
  const movedTo = sessionId === null || name === null ? null : { sessionId, name }
  if (known.verdict !== body.verdict) throw new HttpError(400, fateWords({ ...known, movedTo }), 'BAD_REQUEST')
  return true
}

async function settle(place: AdjustPlace, body: Late): Promise<Micro> {
  const { sql, count } = place
  const [row] = await sql.query<Columns>(
    `${HELD} and e.session_id = $2 and e.row_key = $3 order by e.session_id, e.row_key, e.rev desc, e.received_at desc`,
    [count.workEffortId, body.sessionId, body.rowKey],
  )
  if (row === undefined) throw new HttpError(404, 'Nothing late is waiting there', 'NOT_FOUND')
  if (row.rev !== body.rev)
    throw new HttpError(400, 'Newer scans of the same row have come: look again', 'REVIEW_CHANGED')
  const productId = row.product_id
  const decisions = await readDecisions(
    sql,
    count.workEffortId,
    productId === null ? [] : [productId],
  )
  const answer = answerOf(row, decisions)
  const isAccepted = body.verdict === 'accepted'
  if (isAccepted && answer.kind === 'not-acceptable')
    throw new HttpError(400, WHY_NOT[answer.why], 'BAD_REQUEST')
  const delta = isAccepted && answer.kind === 'open' ? answer.delta : ZERO
  if (isAccepted && productId !== null)
    await adjust(place, {
      productId,
      delta,
      kind: 'late-evidence',
      id: `late:${body.sessionId}:${body.rowKey}:${body.rev}`,
      reason: body.reason,
    })
  const details = {
    sessionId: body.sessionId,
    rowKey: body.rowKey,
    rev: body.rev,
    delta: encodeQuantity(delta),
  }
  const action = isAccepted ? 'late-accepted' : 'late-refused'
  await noteChanges(
    sql,
    count.workEffortId,
    [{ action, productId, reason: body.reason, details }],
    place,
  )
  return delta
}

const WHY_NOT = {
  'no-product': 'Nobody knows which product it is: it can only be refused',
  'other-round': 'The product was settled by another count: it can only be refused',
} as const

/** @throws HttpError 400 while the count is not closed or the product not booked, 403, 404 */
export async function correct(
  caller: Caller,
  workEffortId: string,
  body: v.InferOutput<typeof PostCorrection>,
  { db, clock }: ServerContext,
): Promise<v.InferOutput<typeof CorrectionAnswer>> {
  const quantity = readQuantity(body.quantity)
  const now = clock.now()
  return db.tx(async (sql) => {
    const count = await holdReview(sql, caller, workEffortId)
    const key = {
      userId: caller.userId,
      requestId: body.requestId,
      kind: 'review-correction',
      now,
    } as const
    return once(sql, key, async () => {
      if (count.status !== 'closed')
        throw new HttpError(
          400,
          'A count that is not closed is decided, not corrected',
          'TRANSITION_NOT_ALLOWED',
        )
      const { productId, reason } = body
      const decision = (await readDecisions(sql, workEffortId, [productId])).get(productId)
      if (decision === undefined)
        throw new HttpError(404, 'The product was not part of this count', 'NOT_FOUND')
      const before = approvedTotal(decision.countedQuantity, [decision.adjusted])
      const delta = sumQuantity(quantity, negateQuantity(before))
      const place: AdjustPlace = { sql, count, by: caller.userName, now }
      await adjust(place, {
        productId,
        delta,
        kind: 'correction',
        id: `correction:${body.requestId}`,
        reason,
      })
      const details = { before: encodeQuantity(before), after: encodeQuantity(quantity) }
      await noteChanges(
        sql,
        workEffortId,
        [{ action: 'corrected', productId, reason, details }],
        place,
      )
      return {
        revision: await readRevision(sql, workEffortId),
        approvedTotal: encodeQuantity(quantity),
        delta: encodeQuantity(delta),
      }
    })
  })
}
