// The lock of the base profile: refused with a 400 while anybody holds one, otherwise plain rows without any check.
import type * as v from 'valibot'
import type { PostLock, PutLock, WireLock } from '../../src/contract/lock'
import type { Caller, ServerContext } from '../http/context'
import { HttpError } from '../http/errors'
import { changedBaseLock, newBaseLock, statusAfterGrant } from '../rules/lock-rows'
import { requireLockable } from './acquire-lock'
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
    requireLockable(session)
    const active = (await readActiveLocks(sql, [sessionId], now)).get(sessionId)
    if (active !== undefined)
      throw new HttpError(400, `Session ${sessionId} is already locked by user ${active.userId}`)
    const row = newBaseLock(await listLocks(sql, sessionId), body, {
      now,
      userName: caller.userName,
      leaseSeconds: context.limits.baseLeaseSeconds,
    })
    await saveLock(sql, sessionId, row)
    const to = statusAfterGrant(session.status)
    if (to !== session.status) await setSessionStatus(sql, { id: sessionId, to, by: caller.userName, at: now, fence: null })
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
    await saveLock(sql, sessionId, changedBaseLock(row, body))
    return { inventoryCountImportId: sessionId, fromDate: row.fromDate }
  })
}
