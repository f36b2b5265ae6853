// PUT items as one transaction: hold the session, read what the batch names, let the rules decide, write what changed.
import type * as v from 'valibot'
import type { PutItemsRequest, PutItemsResponse } from '../../src/contract/items'
import type { Sql } from '../db/db'
import type { Caller, ServerContext } from '../http/context'
import { HttpError } from '../http/errors'
import { askJudging } from '../review/judging-queue'
import { judge } from '../review/run-judging'
import { decodeRow, type DecodedRow } from '../rules/decode-row'
import { elsewhere, type Elsewhere } from '../rules/lock-rows'
import { overwriteRows } from '../rules/overwrite-rows'
import { decidePut, type PutDecision } from '../rules/put-batch'
import type { SessionRows } from '../rules/put-rows'
import { insertRows, keepEvidence, readRows, updateRows } from './item-store'
import { readLockState, readOpenedBy, readUnsentReports, rememberUnsent, saveLock } from './lock-store'
import { requireSpoken } from './refusals'
import { readCatalogue } from './row-world'
import { holdSession, type SessionRow } from './session-store'

type Request = v.InferOutput<typeof PutItemsRequest>
type Response = v.InferOutput<typeof PutItemsResponse>

interface Put {
  readonly sessionId: string
  readonly caller: Caller
  readonly request: Request
  readonly context: ServerContext
}

/** Extended profile: a verdict per row. @throws HttpError 404, 403, 413, 426; nothing is stored then */
export async function putItems({ sessionId, caller, request, context }: Put): Promise<Response> {
  requireSpoken(request.protocol, context.limits.protocol)
  requireRoom(request.items.length, context)
  const sent = request.items.map(decodeRow)
  const { answer, judgingId } = await context.db.tx(async (sql) => {
    const now = context.clock.now()
    const session = await holdSession(sql, caller, sessionId)
    const lock = await readLockState(sql, sessionId)
    const deviceId = request.deviceId ?? null
    const fence = request.fence ?? null
    const stored = await readNamedRows(sql, session, sent)
    const decision = decidePut({
      session,
      lock,
      sent,
      stored,
      openedBy: await readOpenedBy(sql, sessionId, namesIn(sent, caller)),
      catalogue: await readCatalogue(sql, sent, stored.rows, session.facilityId),
      userName: caller.userName,
      may: (it) => caller.may(it),
      deviceId,
      fence,
      now,
      leaseSeconds: context.limits.leaseSeconds,
    })
    await insertRows(sql, sessionId, decision.inserted, decision.nextSeq)
    await updateRows(sql, sessionId, decision.updated)
    await keepEvidence(sql, { sessionId, deviceId, userId: caller.userName, fence, now }, decision.evidence)
    await rememberUnsent(sql, { sessionId, deviceId, userId: caller.userName, unsentScans: request.unsentScans, now })
    if (decision.renewed !== null) await saveLock(sql, sessionId, decision.renewed)
    const told = elsewhere(await readUnsentReports(sql, sessionId), deviceId)
    const productIds = session.status === 'submitted' ? productsOf([...decision.inserted, ...decision.updated]) : []
    const asked = productIds.length > 0 ? await askJudging(sql, { ...session, productIds }, context) : null
    return { answer: answerOfPut(decision, told, now), judgingId: asked }
  })
  await judge(judgingId, context)
  return answer
}

/** Of the rows that have changed, each once. */
export function productsOf(rows: readonly { readonly productId: string | null }[]): readonly string[] {
  return [...new Set(rows.flatMap((it) => it.productId ?? []))]
}

/** Verdicts in the order sent, who holds the session now, and what is known of other devices. */
export function answerOfPut({ verdicts, holder }: PutDecision, told: Elsewhere, now: number): Response {
  const lock = holder && { userId: holder.userId, deviceId: holder.deviceId, fence: holder.fence, thruDate: holder.thruDate }
  return { items: [...verdicts], lock, serverTime: now, ...told }
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

/** In whose names the batch counts, but the caller's own. */
function namesIn(sent: readonly DecodedRow[], caller: Caller): readonly string[] {
  const names = sent.flatMap((it) => (it.kind === 'row' ? (it.row.countedBy ?? []) : []))
  return [...new Set(names)].filter((it) => it !== caller.userName)
}

async function readNamedRows(sql: Sql, session: SessionRow, sent: readonly DecodedRow[]): Promise<SessionRows> {
  const rows = sent.flatMap((it) => (it.kind === 'row' ? [it.row] : []))
  const named = await readRows(sql, session.sessionId, {
    uuids: rows.flatMap((it) => it.uuid ?? []),
    seqs: rows.flatMap((it) => it.seq ?? []),
  })
  return { rows: named, nextSeq: session.nextSeq }
}

/** @throws HttpError 413 */
export function requireRoom(rows: number, { limits }: Pick<ServerContext, 'limits'>): void {
  if (rows > limits.itemsMax)
    throw new HttpError(413, `At most ${limits.itemsMax} items in one request, got ${rows}`, 'TOO_LARGE')
}
