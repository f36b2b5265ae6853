// POST and PUT lock, PUT release of the extended profile: one transaction under the session's row lock each.
import type * as v from 'valibot'
import type { PostLock, PutLock, WireLock } from '../../src/contract/lock'
import type { Sql } from '../db/db'
import type { Caller, ServerContext } from '../http/context'
import { HttpError } from '../http/errors'
import { decideAcquire, decideHeartbeat, decideRelease, type LockGrant, type LockRefusal } from '../rules/lock'
import { elsewhere, isLockable, rowsOfGrant, statusAfterGrant, type Elsewhere } from '../rules/lock-rows'
import { requireOtherCounter } from '../review/recount-store'
import { encodeLock, findGrant, readLockState, readUnsentReports, rememberUnsent, saveLock } from './lock-store'
import { readGrantedFence, rememberGrantedFence } from './request-log'
import { refusalError } from './refusals'
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
      requireLockable(session)
      await requireOtherCounter(sql, session, caller)
      await rememberUnsent(sql, { ...call, deviceId: body.deviceId, userId: caller.userName, unsentScans: body.unsentScans, deviceName: body.deviceName, now })
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
      return answerOfGrant(sql, sessionId, decision, now)
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
      return answerOfGrant(sql, sessionId, decision, now)
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

export function isRefusal(decision: object): decision is LockRefusal {
  return 'kind' in decision && (decision.kind === 'locked' || decision.kind === 'stale-fence')
}

/** Refusals are thrown after the commit: what was said along with the call stays. */
function answerOf<Answer extends object>(outcome: Answer | LockRefusal): Answer {
  if (!isRefusal(outcome)) return outcome
  throw refusalError(outcome)
}

/** @throws HttpError 400 */
export function requireLockable(session: Pick<SessionRow, 'sessionId' | 'status' | 'cycleCountStatus'>): void {
  if (!isLockable(session.status, session.cycleCountStatus))
    throw new HttpError(400, `Session ${session.sessionId} is ${session.status} and cannot be locked`, 'BAD_REQUEST')
}

async function keepGrant(sql: Sql, session: SessionRow, grant: LockGrant, caller: Caller): Promise<void> {
  const { row } = grant
  for (const it of rowsOfGrant(grant)) await saveLock(sql, session.sessionId, it)
  const to = statusAfterGrant(session.status)
  if (to === session.status) return
  const at = row.lastHeartbeatAt ?? row.fromDate
  await setSessionStatus(sql, { id: session.sessionId, to, by: caller.userName, at, fence: row.fence })
}

async function answerOfGrant(sql: Sql, sessionId: string, grant: LockGrant, now: number): Promise<WireLock> {
  const reports = await readUnsentReports(sql, sessionId)
  return encodeGrant(sessionId, grant, elsewhere(reports, grant.row.deviceId), now)
}

export function encodeGrant(
  sessionId: string,
  grant: LockGrant,
  told: Elsewhere,
  now: number,
): WireLock {
  const previousHolder = grant.kind === 'granted' ? grant.previousHolder : null
  return { ...encodeLock(sessionId, grant.row), serverTime: now, previousHolder, ...told }
}
