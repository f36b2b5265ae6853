// A row that is held as evidence of a settled session goes into another session of its facility: both sides in one transaction.
import { v5 } from 'uuid'
import type * as v from 'valibot'
import type { HeldMoved, PostHeldMove } from '../../src/contract/held'
import { encodeQuantity } from '../../src/domain/quantity'
import { insertRows, keepEvidence, readRows } from '../counts/item-store'
import { readCatalogue } from '../counts/row-world'
import { findSession, holdSession, type SessionRow } from '../counts/session-store'
import type { Sql } from '../db/db'
import type { Caller, ServerContext } from '../http/context'
import { HttpError } from '../http/errors'
import {
  decideHeldMove,
  fateWords,
  verdictOn,
  whyItStays,
  whyNotThere,
  type HeldMove,
  type HeldVerdict,
} from '../rules/held-move'
import type { ItemRow } from '../rules/item-row'
import { putRows } from '../rules/put-rows'
import { microOf, microOrNull } from './numbers'
import { holdReview, noteChanges } from './review-store'

type Body = v.InferOutput<typeof PostHeldMove>
type Moved = v.InferOutput<typeof HeldMoved>
type Amount = Extract<HeldMove, { kind: 'moves' }>

const NAMESPACE = '0f5dfb5c-6f0b-4d35-9a02-6f2f3a0f1d6e'
/** A row is decided on a handful of times. */
const VERDICTS_MAX = 1000

interface Held {
  readonly rev: number
  readonly match_rev: number
  readonly quantity: string | null
  readonly standing: number | null
  readonly product_id: string | null
  readonly product_identifier: string | null
  readonly log_id: string | null
  readonly device_id: string | null
  readonly user_id: string
  readonly received_at: number
}

type Known = HeldVerdict & { readonly movedRow: string | null; readonly standing: number | null }

interface Move {
  readonly sql: Sql
  readonly caller: Caller
  readonly body: Body
  readonly from: SessionRow
  readonly held: Held
  readonly now: number
}

/**
 * Repeatable: what went to the same session before is answered as it went. Who moves it has counted it, or settles counts.
 * @throws HttpError 404, 403, 400 where it may not go, 409 HELD_DECIDED once something else was decided; nothing has moved then
 * Rules: docs/SPEC.md HR1-HR8
 */
export async function moveHeld(
  caller: Caller,
  sessionId: string,
  body: Body,
  { db, clock }: ServerContext,
): Promise<Moved> {
  return db.tx(async (sql) => {
    const from = await requireSession(sql, caller, sessionId)
    await holdReviews(sql, caller, from, await findSession(sql, caller, body.toSessionId))
    const held = await readHeld(sql, sessionId, body)
    await requireCounter(sql, caller, sessionId, held)
    const verdicts = await readVerdicts(sql, from.workEffortId, body, sessionId)
    const known = verdictOn(verdicts, body.rev)
    if (known !== undefined) return answerAgain(known, body)
    return move({ sql, caller, body, from, held, now: clock.now() }, verdicts)
  })
}

async function requireSession(sql: Sql, caller: Caller, sessionId: string): Promise<SessionRow> {
  const session = await findSession(sql, caller, sessionId)
  if (session === null) throw new HttpError(404, `Session ${sessionId} not found`, 'NOT_FOUND')
  return session
}

/**
 * Whoever decides on evidence of a count takes turns: a supervisor's word and a move, or two moves. Always in one order,
 * so that moves that cross do not wait for each other; the reviews before any session, as an approval does.
 */
async function holdReviews(sql: Sql, caller: Caller, from: SessionRow, to: SessionRow | null): Promise<void> {
  const counts = new Set([from.workEffortId, ...(to === null ? [] : [to.workEffortId])])
  for (const workEffortId of [...counts].toSorted()) await holdReview(sql, caller, workEffortId)
}

async function readHeld(sql: Sql, sessionId: string, { rowKey, rev }: Body): Promise<Held> {
  const [held] = await sql.query<Held>(
    `select rev, match_rev, quantity::text, standing, product_id, product_identifier, log_id, device_id, user_id, received_at
     from item_evidence where session_id = $1 and row_key = $2 and verdict = 'held'
     order by rev desc, match_rev desc, received_at desc limit 1`,
    [sessionId, rowKey],
  )
  if (held === undefined || held.rev < rev)
    throw new HttpError(404, 'The server holds no such scans of this line', 'NOT_FOUND')
  return held
}

/** Who delivered the row, or made a scan of its log that came by file under somebody else's sign-in. */
async function requireCounter(sql: Sql, caller: Caller, sessionId: string, held: Held): Promise<void> {
  if (held.user_id === caller.userName || caller.may('INV_COUNT_SUBMIT')) return
  const own = await sql.query(
    `select 1 from scan_event where session_id = $1 and log_id = $2 and event->>'userId' = $3 limit 1`,
    [sessionId, held.log_id, caller.userName],
  )
  if (own.length === 0)
    throw new HttpError(403, 'These are somebody else’s scans: only they or a supervisor can move them', 'FORBIDDEN')
}

/** Oldest first, each with the scans that stood in the row at its revision. */
async function readVerdicts(sql: Sql, workEffortId: string, { rowKey }: Body, sessionId: string): Promise<readonly Known[]> {
  const rows = await sql.query<{
    rev: number
    verdict: HeldVerdict['verdict']
    delta: string
    decided_by: string
    moved_to: string | null
    name: string | null
    moved_row: string | null
    standing: number | null
  }>(
    `select l.rev, l.verdict, l.delta::text, l.decided_by, l.moved_to, t.name, l.moved_row,
       (select max(e.standing) from item_evidence e where e.session_id = l.session_id and e.row_key = l.row_key
         and e.rev = l.rev and e.verdict = 'held')::bigint as standing
     from late_evidence_verdict l left join count_session t on t.session_id = l.moved_to
     where l.work_effort_id = $1 and l.session_id = $2 and l.row_key = $3 order by l.rev limit ${VERDICTS_MAX}`,
    [workEffortId, sessionId, rowKey],
  )
  return rows.map((it) => ({
    rev: it.rev,
    verdict: it.verdict,
    delta: microOf(it.delta),
    by: it.decided_by,
    movedTo: it.moved_to === null ? null : { sessionId: it.moved_to, name: it.name ?? it.moved_to },
    movedRow: it.moved_row,
    standing: it.standing,
  }))
}

function answerAgain({ movedTo, movedRow, ...known }: Known, { toSessionId }: Body): Moved {
  if (movedTo === null || movedRow === null || movedTo.sessionId !== toSessionId)
    throw new HttpError(409, fateWords({ ...known, movedTo }), 'HELD_DECIDED')
  return { toSessionId, toSessionName: movedTo.name, uuid: movedRow, quantity: encodeQuantity(known.delta) }
}

async function move(it: Move, verdicts: readonly Known[]): Promise<Moved> {
  const { sql, caller, body, from, held } = it
  const stays = whyItStays(from)
  if (stays !== null) throw new HttpError(400, stays, 'TRANSITION_NOT_ALLOWED')
  const to = await holdSession(sql, caller, body.toSessionId)
  const notThere = whyNotThere(from, to)
  if (notThere !== null) throw new HttpError(400, notThere, 'BAD_REQUEST')
  const settled = await readSettled(sql, from.sessionId, body.rowKey)
  const amount = decideHeldMove({
    held: { quantity: microOrNull(held.quantity), standing: held.standing },
    settled,
    verdicts,
  })
  if (amount.kind === 'stays') throw new HttpError(400, amount.why, 'BAD_REQUEST')
  const uuid = v5(JSON.stringify([from.sessionId, body.rowKey, held.rev]), NAMESPACE)
  const productId = await putThere(it, to, { uuid, settled, amount })
  await noteBoth(it, to, { uuid, amount, productId })
  return { toSessionId: to.sessionId, toSessionName: to.name, uuid, quantity: encodeQuantity(amount.quantity) }
}

async function readSettled(sql: Sql, sessionId: string, rowKey: string): Promise<ItemRow | null> {
  const seq = /^seq:(\d+)$/.exec(rowKey)?.[1]
  const ids = seq === undefined ? { uuids: [rowKey], seqs: [] } : { uuids: [], seqs: [Number(seq)] }
  return (await readRows(sql, sessionId, ids)).find((it) => !it.isDeleted) ?? null
}

interface NewRow {
  readonly uuid: string
  readonly settled: ItemRow | null
  readonly amount: Amount
}

/** As a device's row would come in: the server's catalogue says what it is, and its evidence is kept. @returns the product */
async function putThere({ sql, caller, body, held, now }: Move, to: SessionRow, { uuid, settled, amount }: NewRow): Promise<string | null> {
  const sent = {
    kind: 'row',
    row: {
      seq: null,
      uuid,
      rev: 1,
      quantity: amount.quantity,
      standing: amount.standing,
      matchRev: held.match_rev,
      productId: held.product_id ?? settled?.productId ?? null,
      isRequested: undefined,
      systemQuantity: undefined,
      productIdentifier: held.product_identifier ?? settled?.productIdentifier,
      logId: undefined,
      countedBy: held.user_id,
      createdAt: now,
      lastScanAt: Math.min(body.lastScanAt ?? held.received_at, now),
    },
  } as const
  const outcome = putRows([sent], { rows: [], nextSeq: to.nextSeq }, {
    ...(await readCatalogue(sql, [sent], [], to.facilityId)),
    admission: 'open',
    now,
    userName: caller.userName,
    // Whoever delivered it did so under their own sign-in.
    speaksFor: () => true,
    maySendBook: false,
  })
  const [verdict] = outcome.verdicts
  if (verdict?.verdict !== 'applied')
    throw new HttpError(400, verdict?.message ?? 'The session did not take it', 'BAD_REQUEST')
  await insertRows(sql, to.sessionId, outcome.inserted, outcome.nextSeq)
  const source = { sessionId: to.sessionId, deviceId: held.device_id, userId: held.user_id, fence: null, now }
  await keepEvidence(sql, source, outcome.evidence)
  return verdict.productId
}

/** The held side is settled by this, and the trail of either count tells where it went or came from. */
async function noteBoth(
  { sql, caller, body, from, held, now }: Move,
  to: SessionRow,
  { uuid, amount, productId }: Pick<NewRow, 'uuid' | 'amount'> & { readonly productId: string | null },
): Promise<void> {
  const by = caller.userName
  const delta = encodeQuantity(amount.quantity)
  await sql.query(
    `insert into late_evidence_verdict (work_effort_id, session_id, row_key, rev, verdict, delta, reason, decided_by, decided_at,
       moved_to, moved_row) values ($1, $2, $3, $4, 'moved', $5, $6, $7, $8, $9, $10)`,
    [from.workEffortId, from.sessionId, body.rowKey, held.rev, delta, `Moved to ${to.name}`, by, now, to.sessionId, uuid],
  )
  const details = { sessionId: from.sessionId, rowKey: body.rowKey, rev: held.rev, delta, toSessionId: to.sessionId, uuid }
  await noteChanges(sql, from.workEffortId, [{ action: 'late-moved', productId, reason: `to ${to.name}`, details }], { by, now })
  await noteChanges(sql, to.workEffortId, [{ action: 'late-received', productId, reason: `from ${from.name}`, details }], { by, now })
}
