// PUT sessions/{id}: status along the allowed ways, name and area.
import type * as v from 'valibot'
import { SESSION_STATUS_IDS, type PutSession } from '../../src/contract/counts'
import type { SessionStatus } from '../../src/domain/session'
import type { Sql } from '../db/db'
import type { Caller, ServerContext } from '../http/context'
import { HttpError } from '../http/errors'
import { isActive, isFenceCurrent, type LockState } from '../rules/lock'
import { decideSessionMove } from '../rules/transitions'
import { readLockState } from './lock-store'
import { moveError } from './move-error'
import { once } from './request-log'
import { decodeSessionStatus, holdSession, setSessionStatus, type SessionRow } from './session-store'

interface Change {
  readonly caller: Caller
  readonly sessionId: string
  readonly body: v.InferOutput<typeof PutSession>
  readonly context: ServerContext
}

interface Changed {
  readonly inventoryCountImportId: string
  readonly statusId: (typeof SESSION_STATUS_IDS)[keyof typeof SESSION_STATUS_IDS]
}

/**
 * Repeatable by requestId: a late copy of a submit does not submit a session that was opened again since.
 * @throws HttpError 409 STALE_FENCE with the holder, 400 TRANSITION_NOT_ALLOWED, 403, 404; nothing was changed then
 */
export async function changeSession({ caller, sessionId, body, context }: Change): Promise<Changed> {
  const now = context.clock.now()
  const answer = (status: SessionStatus): Changed => ({
    inventoryCountImportId: sessionId,
    statusId: SESSION_STATUS_IDS[status],
  })
  return context.db.tx(async (sql) => {
    const session = await holdSession(sql, caller, sessionId)
    return once(sql, { userId: caller.userId, requestId: body.requestId, kind: 'session-status', now }, async () => {
      const isFencing = context.profile === 'extended'
      const lock = isFencing ? await readLockState(sql, sessionId) : null
      const fence = body.fence ?? null
      await edit(sql, session, body, () => requireFence(lock, fence, now))
      if (body.statusId === undefined) return answer(session.status)
      const to = decodeSessionStatus(body.statusId)
      const move = decideSessionMove({
        from: session.status,
        to,
        cycleCount: session.cycleCountStatus,
        may: (it) => caller.may(it),
        fencing: lock === null ? null : { lock, fence, now },
      })
      if (move.kind === 'stale-fence') throw staleFence(lock, now)
      if (move.kind !== 'move' && move.kind !== 'same') throw moveError('session', move, session.status, to)
      if (move.kind === 'move')
        await setSessionStatus(sql, { id: sessionId, to, by: caller.userName, at: now, fence })
      return answer(to)
    })
  })
}

/** Name and area, where they differ. */
async function edit(
  sql: Sql,
  session: SessionRow,
  body: Change['body'],
  requireRight: () => void,
): Promise<void> {
  const name = body.countImportName ?? session.name
  const area = body.facilityAreaId === undefined ? session.area : body.facilityAreaId
  if (name === session.name && area === session.area) return
  requireRight()
  await sql.query('update count_session set name = $2, area = $3 where session_id = $1', [session.sessionId, name, area])
}

/** The header under somebody else's lock is not ours to edit. */
function requireFence(lock: LockState | null, fence: number | null, now: number): void {
  if (lock !== null && !isFenceCurrent(lock, fence, now)) throw staleFence(lock, now)
}

function staleFence(lock: LockState | null, now: number): HttpError {
  const latest = lock?.latest ?? null
  const holder = isActive(latest, now) ? { holder: { userId: latest.userId, deviceId: latest.deviceId } } : {}
  return new HttpError(409, 'The lock has changed hands: nothing was changed', 'STALE_FENCE', holder)
}
