// The lock of the base profile: refused with a 400 while anybody holds one, otherwise plain rows without any check.
import type * as v from 'valibot'
import type { PostLock, PutLock, WireLock } from '../../src/contract/lock'
import type { Caller, ServerContext } from '../http/context'
import { HttpError } from '../http/errors'
import type { LockRow } from '../rules/lock'
import { requireOpen } from './acquire-lock'
import { encodeLock, findGrant, listLocks, readActiveLocks, saveLock } from './lock-store'
import { holdSession, setSessionStatus } from './session-store'

interface LockCall<Body> {
  readonly sessionId: string
  readonly caller: Caller
  readonly body: Body
  readonly context: ServerContext
}

/** @throws HttpError 400 with the holder in the text while a lock is active, also the caller's own */
export async function createBaseLock(call: LockCall<v.InferOutput<typeof PostLock>>): Promise<WireLock> {
  const { sessionId, caller, body, context } = call
  const now = context.clock.now()
  return context.db.tx(async (sql) => {
    const session = await holdSession(sql, caller, sessionId)
    requireOpen(session)
    const active = (await readActiveLocks(sql, [sessionId], now)).get(sessionId)
    if (active !== undefined)
      throw new HttpError(400, `Session ${sessionId} is already locked by user ${active.userId}`)
    const leaseSeconds = body.leaseSeconds ?? context.limits.baseLeaseSeconds
    const taken = new Set((await listLocks(sql, sessionId)).map((it) => it.fromDate))
    const fromDate = body.fromDate ?? now
    const row: LockRow = {
      fromDate: taken.has(fromDate) ? Math.max(...taken) + 1 : fromDate,
      thruDate: body.thruDate ?? now + leaseSeconds * 1000,
      userId: body.userId ?? caller.userName,
      deviceId: body.deviceId,
      leaseSeconds,
      lastHeartbeatAt: body.lastHeartbeatAt ?? null,
      fence: null,
      releasedAt: null,
      overrideByUserId: null,
    }
    await saveLock(sql, sessionId, row)
    if (session.status === 'created')
      await setSessionStatus(sql, { id: sessionId, to: 'assigned', by: caller.userName, at: now, fence: null })
    return encodeLock(sessionId, row)
  })
}

/** PUT lock and PUT release: an update by (session, fromDate); neither owner nor end is looked at. @throws HttpError 404 */
export async function updateBaseLock(call: LockCall<v.InferOutput<typeof PutLock>>): Promise<object> {
  const { sessionId, caller, body, context } = call
  return context.db.tx(async (sql) => {
    await holdSession(sql, caller, sessionId)
    const row = await findGrant(sql, sessionId, { fence: null, fromDate: body.fromDate ?? null })
    if (row === null) throw new HttpError(404, `No lock of session ${sessionId} from ${body.fromDate ?? 'nowhere'}`)
    await saveLock(sql, sessionId, {
      ...row,
      thruDate: body.thruDate === undefined ? row.thruDate : body.thruDate,
      userId: body.userId ?? row.userId,
      deviceId: body.deviceId ?? row.deviceId,
      leaseSeconds: body.leaseSeconds ?? row.leaseSeconds,
      lastHeartbeatAt: body.lastHeartbeatAt ?? row.lastHeartbeatAt,
      overrideByUserId: body.overrideByUserId ?? row.overrideByUserId,
    })
    return { inventoryCountImportId: sessionId, fromDate: row.fromDate }
  })
}
