// POST and PUT lock, PUT release of the extended profile: one transaction under the session's row lock each.
import type * as v from 'valibot'
import type { PostLock, PutLock, WireLock } from '../../src/contract/lock'
import type { Sql } from '../db/db'
import type { Caller, ServerContext } from '../http/context'
import { HttpError } from '../http/errors'
import { decideAcquire, decideHeartbeat, decideRelease, type LockGrant, type LockRefusal } from '../rules/lock'
import { encodeLock, findGrant, readLockState, readPendingElsewhere, rememberUnsent, saveLock } from './lock-store'
import { readGrantedFence, rememberGrantedFence } from './request-log'
import { holdSession, setSessionStatus, type SessionRow } from './session-store'

interface LockCall<Body> {
  readonly sessionId: string
  readonly caller: Caller
  readonly body: Body
  readonly context: ServerContext
}

/** @throws HttpError 409 SESSION_LOCKED or STALE_FENCE, 400 when the session is not open, 404, 403; no lock was changed */
export async function acquireLock(call: LockCall<v.InferOutput<typeof PostLock>>): Promise<WireLock> {
  const { sessionId, caller, body, context } = call
  const now = context.clock.now()
  return answerOf(
    await context.db.tx(async (sql) => {
      const session = await holdSession(sql, caller, sessionId)
      requireOpen(session)
      await rememberUnsent(sql, { ...call, deviceId: body.deviceId, userId: caller.userName, unsentScans: body.unsentScans, now })
      const decision = decideAcquire(await readLockState(sql, sessionId), {
        holder: { userId: caller.userName, deviceId: body.deviceId },
        now,
        leaseSeconds: body.leaseSeconds ?? context.limits.leaseSeconds,
        mode: body.mode ?? 'normal',
        mayForce: caller.may('INV_COUNT_LOCK_RLS'),
        grantedBefore: await readGrantedFence(sql, caller.userId, body.requestId),
      })
      if (isRefusal(decision)) return decision
      await keepGrant(sql, session, decision, caller)
      if (decision.kind === 'granted' && decision.row.fence !== null)
        await rememberGrantedFence(sql, { userId: caller.userId, requestId: body.requestId, now }, decision.row.fence)
      return encodeGrant(sql, sessionId, decision, now)
    }),
  )
}

/** A heartbeat. @throws HttpError 409 when the lock is not the caller's; what it said of unsent scans is kept all the same */
export async function beatLock(call: LockCall<v.InferOutput<typeof PutLock>>): Promise<WireLock> {
  const { sessionId, caller, body, context } = call
  const now = context.clock.now()
  return answerOf(
    await context.db.tx(async (sql) => {
      const session = await holdSession(sql, caller, sessionId)
      const state = await readLockState(sql, sessionId)
      const meant = await findGrant(sql, sessionId, { fence: body.fence ?? null, fromDate: body.fromDate ?? null })
      const deviceId = body.deviceId ?? meant?.deviceId ?? null
      await rememberUnsent(sql, { sessionId, deviceId, userId: caller.userName, unsentScans: body.unsentScans, now })
      const decision = decideHeartbeat(state, {
        holder: { userId: caller.userName, deviceId },
        now,
        leaseSeconds: body.leaseSeconds ?? meant?.leaseSeconds ?? context.limits.leaseSeconds,
        fence: body.fence ?? meant?.fence ?? null,
      })
      if (isRefusal(decision)) return decision
      await keepGrant(sql, session, decision, caller)
      return encodeGrant(sql, sessionId, decision, now)
    }),
  )
}

/** Repeatable. @throws HttpError 409 when another grant came after it; nothing was released then */
export async function releaseLock(call: LockCall<v.InferOutput<typeof PutLock>>): Promise<object> {
  const { sessionId, caller, body, context } = call
  const now = context.clock.now()
  return answerOf(
    await context.db.tx(async (sql) => {
      await holdSession(sql, caller, sessionId)
      const state = await readLockState(sql, sessionId)
      const meant = await findGrant(sql, sessionId, { fence: body.fence ?? null, fromDate: body.fromDate ?? null })
      const deviceId = body.deviceId ?? meant?.deviceId ?? null
      await rememberUnsent(sql, { sessionId, deviceId, userId: caller.userName, unsentScans: body.unsentScans, now })
      const decision = decideRelease(state, {
        holder: { userId: caller.userName, deviceId },
        now,
        meant,
        overrideByUserId: body.overrideByUserId ?? null,
        mayForce: caller.may('INV_COUNT_LOCK_RLS'),
      })
      if (isRefusal(decision)) return decision
      if (decision.kind === 'released') await saveLock(sql, sessionId, decision.row)
      return { inventoryCountImportId: sessionId, fromDate: meant?.fromDate }
    }),
  )
}

function isRefusal(decision: object): decision is LockRefusal {
  return 'kind' in decision && (decision.kind === 'locked' || decision.kind === 'stale-fence')
}

/** Refusals are thrown after the commit: what was said along with the call stays. */
function answerOf<Answer extends object>(outcome: Answer | LockRefusal): Answer {
  if (!isRefusal(outcome)) return outcome
  throw refusalError(outcome)
}

export function refusalError(refusal: LockRefusal): HttpError {
  if (refusal.kind === 'stale-fence')
    return new HttpError(409, 'The lock has changed hands or was given back', 'STALE_FENCE')
  const { holder, leaseRemainingMs } = refusal
  return new HttpError(409, `The session is locked by user ${holder.userId}`, 'SESSION_LOCKED', { holder, leaseRemainingMs })
}

export function requireOpen(session: SessionRow): void {
  const isCountOver = session.cycleCountStatus === 'closed' || session.cycleCountStatus === 'cancelled'
  if (isCountOver || (session.status !== 'created' && session.status !== 'assigned'))
    throw new HttpError(400, `Session ${session.sessionId} is ${session.status} and cannot be locked`, 'BAD_REQUEST')
}

async function keepGrant(sql: Sql, session: SessionRow, grant: LockGrant, caller: Caller): Promise<void> {
  const { row } = grant
  if (grant.kind === 'granted' && grant.ended !== null) await saveLock(sql, session.sessionId, grant.ended)
  await saveLock(sql, session.sessionId, row)
  if (session.status === 'created')
    await setSessionStatus(sql, {
      id: session.sessionId,
      to: 'assigned',
      by: caller.userName,
      at: row.lastHeartbeatAt ?? row.fromDate,
      fence: row.fence,
    })
}

async function encodeGrant(sql: Sql, sessionId: string, grant: LockGrant, now: number): Promise<WireLock> {
  return {
    ...encodeLock(sessionId, grant.row),
    serverTime: now,
    previousHolder: grant.kind === 'granted' ? grant.previousHolder : null,
    pendingElsewhere: await readPendingElsewhere(sql, sessionId, grant.row.deviceId),
  }
}
