// PUT sessions/{id}: status along the allowed ways, name and area.
import type * as v from 'valibot'
import { SESSION_STATUS_IDS, type PutSession } from '../../src/contract/counts'
import type { SessionStatus } from '../../src/domain/session'
import type { Caller, ServerContext } from '../http/context'
import type { HttpError } from '../http/errors'
import type { LockState } from '../rules/lock'
import { decideSessionChange, type SessionChange } from '../rules/session-change'
import { askJudging, movesJudgement } from '../review/judging-queue'
import { requireOtherCounter } from '../review/recount-store'
import { judge } from '../review/run-judging'
import { readLockState } from './lock-store'
import { moveError, staleFence } from './refusals'
import { once } from './request-log'
import { decodeSessionStatus, editSession, holdSession, setSessionStatus, type SessionRow } from './session-store'

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
  const { judgingId, ...changed } = await context.db.tx(async (sql) => {
    const session = await holdSession(sql, caller, sessionId)
    return once<Changed & { readonly judgingId?: number }>(sql, { userId: caller.userId, requestId: body.requestId, kind: 'session-status', now }, async () => {
      const isFencing = context.profile === 'extended'
      const lock = isFencing ? await readLockState(sql, sessionId) : null
      const fence = body.fence ?? null
      const change = decideSessionChange({
        session,
        name: body.countImportName,
        area: body.facilityAreaId,
        to: body.statusId === undefined ? undefined : decodeSessionStatus(body.statusId),
        may: (it) => caller.may(it),
        fencing: lock === null ? null : { lock, fence, now },
      })
      if (change.kind === 'refused') throw changeError(change.move, { session, body, lock, now })
      if (change.to !== null && !caller.may('INV_COUNT_SUBMIT')) await requireOtherCounter(sql, session, caller)
      if (change.edit !== null) await editSession(sql, sessionId, change.edit)
      if (change.to !== null) await setSessionStatus(sql, { id: sessionId, to: change.to, by: caller.userName, at: now, fence })
      const isJudged = isFencing && movesJudgement(session.status, change.status)
      return { ...answer(change.status), ...(isJudged ? { judgingId: await askJudging(sql, session, context) } : {}) }
    })
  })
  // A copy of the request asks again, too: what a crash has left is done then.
  await judge(judgingId ?? null, context)
  return changed
}

export interface RefusedChange {
  readonly session: Pick<SessionRow, 'status'>
  readonly body: Pick<Change['body'], 'statusId'>
  readonly lock: LockState | null
  readonly now: number
}

export function changeError(
  move: Extract<SessionChange, { kind: 'refused' }>['move'],
  { session, body, lock, now }: RefusedChange,
): HttpError {
  if (move.kind === 'stale-fence') return staleFence(lock, now)
  const to = body.statusId === undefined ? session.status : decodeSessionStatus(body.statusId)
  return moveError('session', move, session.status, to)
}
