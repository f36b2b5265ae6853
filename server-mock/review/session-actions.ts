// What a supervisor does with sessions and counts besides deciding: open again, discard with a reason, undo a discard.
import type * as v from 'valibot'
import type { PostSessionAction } from '../../src/contract/review'
import { CYCLE_COUNT_STATUS_IDS, SESSION_STATUS_IDS } from '../../src/contract/counts'
import type { SessionStatus } from '../../src/domain/session'
import { updateCycleCount, writeCycleCountHistory } from '../counts/cycle-count-store'
import { decodeSessionStatus, holdSession, setSessionStatus } from '../counts/session-store'
import type { Sql } from '../db/db'
import type { Caller, ServerContext } from '../http/context'
import { HttpError } from '../http/errors'
import { askJudging, movesJudgement } from './judging-queue'
import { judge } from './run-judging'
import { decideReviewMove } from '../rules/review-moves'
import {
  holdReview,
  noteChanges,
  readRevision,
  requireUnderReview,
  type AuditAction,
} from './review-store'

const ACTIONS: Readonly<Record<'reopen' | 'void' | 'restore', AuditAction>> = {
  reopen: 'session-reopened',
  void: 'session-voided',
  restore: 'session-restored',
}

/** @throws HttpError 400 where the way does not exist, 404, 403 */
export async function actOnSession(
  caller: Caller,
  workEffortId: string,
  { sessionId, action, reason }: v.InferOutput<typeof PostSessionAction>,
  context: ServerContext,
): Promise<{ revision: number }> {
  const { db, clock } = context
  const { revision, judgingId } = await db.tx(async (sql) => {
    requireUnderReview(await holdReview(sql, caller, workEffortId))
    const session = await holdSession(sql, caller, sessionId)
    if (session.workEffortId !== workEffortId)
      throw new HttpError(404, `Session ${sessionId} is not part of this count`, 'NOT_FOUND')
    const now = clock.now()
    const before = await readStatusBeforeVoid(sql, sessionId)
    const to = decideReviewMove({ action, from: session.status, beforeVoid: before })
    if (to === null) {
      const text = `A session that is ${session.status} cannot be ${action === 'reopen' ? 'opened again' : `${action}ed`}`
      throw new HttpError(400, text, 'TRANSITION_NOT_ALLOWED')
    }
    if (to !== session.status) {
      await setSessionStatus(sql, { id: sessionId, to, by: caller.userName, at: now, fence: null })
      const details = {
        sessionId,
        from: SESSION_STATUS_IDS[session.status],
        to: SESSION_STATUS_IDS[to],
      }
      await noteChanges(
        sql,
        workEffortId,
        [{ action: ACTIONS[action], productId: null, reason, details }],
        {
          by: caller.userName,
          now,
        },
      )
    }
    const asked = movesJudgement(session.status, to) ? await askJudging(sql, session, context) : null
    return { revision: await readRevision(sql, workEffortId), judgingId: asked }
  })
  await judge(judgingId, context)
  return { revision }
}

/** What the session was before it was discarded, by its history. */
async function readStatusBeforeVoid(sql: Sql, sessionId: string): Promise<SessionStatus> {
  const [row] = await sql.query<{ status: string }>(
    `select status_id as status from status_history where entity_id = $1 and status_id <> $2
     order by changed_at desc, status_id desc limit 1`,
    [sessionId, SESSION_STATUS_IDS.voided],
  )
  return row === undefined ? 'created' : decodeSessionStatus(row.status)
}

/** A count that was sent to review too early goes on being counted. @throws HttpError 400 in any other status, 404, 403 */
export async function reopenCount(
  caller: Caller,
  workEffortId: string,
  reason: string,
  { db, clock }: ServerContext,
): Promise<{ revision: number }> {
  return db.tx(async (sql) => {
    const count = await holdReview(sql, caller, workEffortId, 'change')
    const now = clock.now()
    const by = caller.userName
    if (count.status !== 'completed' && count.status !== 'in-progress')
      throw new HttpError(
        400,
        `A count that is ${count.status} cannot be opened again`,
        'TRANSITION_NOT_ALLOWED',
      )
    if (count.status === 'completed') {
      await updateCycleCount(sql, { ...count, status: 'in-progress' })
      await writeCycleCountHistory(sql, {
        id: workEffortId,
        to: 'in-progress',
        by,
        at: now,
        fence: null,
      })
      const details = {
        from: CYCLE_COUNT_STATUS_IDS.completed,
        to: CYCLE_COUNT_STATUS_IDS['in-progress'],
      }
      await noteChanges(
        sql,
        workEffortId,
        [{ action: 'count-reopened', productId: null, reason, details }],
        { by, now },
      )
    }
    return { revision: await readRevision(sql, workEffortId) }
  })
}
