// PUT items as one transaction: hold the session, read what the batch names, let the rules decide, write what changed.
import type * as v from 'valibot'
import type { PutItemsRequest, PutItemsResponse } from '../../src/contract/items'
import type { Sql } from '../db/db'
import type { Caller, ServerContext } from '../http/context'
import { HttpError } from '../http/errors'
import { admissionOf } from '../rules/admission'
import { maySeeBook } from '../rules/book-quantity'
import { decodeRow, type DecodedRow } from '../rules/decode-row'
import { decideHeartbeat, isActive } from '../rules/lock'
import { overwriteRows } from '../rules/overwrite-rows'
import { putRows, type SessionRows } from '../rules/put-rows'
import { insertRows, keepEvidence, readRows, updateRows } from './item-store'
import { readLockState, rememberUnsent, saveLock } from './lock-store'
import { readRowWorld } from './row-world'
import { holdSession, type SessionRow } from './session-store'

type Request = v.InferOutput<typeof PutItemsRequest>
type Response = v.InferOutput<typeof PutItemsResponse>

interface Put {
  readonly sessionId: string
  readonly caller: Caller
  readonly request: Request
  readonly context: ServerContext
}

/** Extended profile: a verdict per row. @throws HttpError 404, 403, 413; nothing is stored then */
export async function putItems({ sessionId, caller, request, context }: Put): Promise<Response> {
  requireRoom(request.items.length, context)
  const sent = request.items.map(decodeRow)
  return context.db.tx(async (sql) => {
    const now = context.clock.now()
    const session = await holdSession(sql, caller, sessionId)
    const lock = await readLockState(sql, sessionId)
    const fence = request.fence ?? null
    const stored = await readNamedRows(sql, session, sent)
    const world = await readRowWorld(sql, sent, stored.rows, {
      admission: admissionOf({
        session: session.status,
        cycleCount: session.cycleCountStatus,
        fence,
        currentFence: lock.fence,
      }),
      now,
      userName: caller.userName,
      maySendBook: maySeeBook((it) => caller.may(it), session.isBlind),
      facilityId: session.facilityId,
    })
    const outcome = putRows(sent, stored, world)
    await insertRows(sql, sessionId, outcome.inserted, outcome.nextSeq)
    await updateRows(sql, sessionId, outcome.updated)
    const deviceId = request.deviceId ?? null
    await keepEvidence(sql, { sessionId, deviceId, userId: caller.userName, fence, now }, outcome.evidence)
    await rememberUnsent(sql, { sessionId, deviceId, userId: caller.userName, unsentScans: request.unsentScans, now })
    return { items: [...outcome.verdicts], lock: await beat(sql, { sessionId, caller, request, context }), serverTime: now }
  })
}

/** A batch of the holder is a heartbeat too; a batch of anybody else changes no lock. Who holds it now is in the answer. */
async function beat(sql: Sql, { sessionId, caller, request, context }: Put): Promise<Response['lock']> {
  const now = context.clock.now()
  const state = await readLockState(sql, sessionId)
  if (!isActive(state.latest, now)) return null
  const { latest } = state
  const leaseSeconds = latest.leaseSeconds ?? context.limits.leaseSeconds
  const holder = { userId: caller.userName, deviceId: request.deviceId ?? null }
  const isCurrent = request.fence != null && request.fence === state.fence
  const decision = isCurrent ? decideHeartbeat(state, { holder, now, leaseSeconds, fence: state.fence }) : null
  const row = decision?.kind === 'extended' ? decision.row : latest
  if (row !== latest) await saveLock(sql, sessionId, row)
  return { userId: row.userId, deviceId: row.deviceId, fence: row.fence, thruDate: row.thruDate }
}

/** Base profile: absolute quantities, the last write wins. @throws HttpError 400 for one unreadable row; nothing is stored */
export async function overwriteItems({ sessionId, caller, request, context }: Put): Promise<void> {
  requireRoom(request.items.length, context)
  const sent = request.items.map(decodeRow)
  await context.db.tx(async (sql) => {
    const session = await holdSession(sql, caller, sessionId)
    const stored = await readNamedRows(sql, session, sent)
    const outcome = overwriteRows(sent, stored, { now: context.clock.now(), userName: caller.userName })
    if (outcome.kind === 'refused') throw new HttpError(400, outcome.refusal.message, 'BAD_REQUEST')
    await insertRows(sql, sessionId, outcome.inserted, outcome.nextSeq)
    await updateRows(sql, sessionId, outcome.updated)
  })
}

async function readNamedRows(sql: Sql, session: SessionRow, sent: readonly DecodedRow[]): Promise<SessionRows> {
  const rows = sent.flatMap((it) => (it.kind === 'row' ? [it.row] : []))
  const named = await readRows(sql, session.sessionId, {
    uuids: rows.flatMap((it) => it.uuid ?? []),
    seqs: rows.flatMap((it) => it.seq ?? []),
  })
  return { rows: named, nextSeq: session.nextSeq }
}

function requireRoom(rows: number, { limits }: ServerContext): void {
  if (rows > limits.itemsMax)
    throw new HttpError(413, `At most ${limits.itemsMax} items in one request, got ${rows}`, 'TOO_LARGE')
}
