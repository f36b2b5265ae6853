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
import { decideReviewMove, type SessionAction } from '../rules/review-moves'
import { askJudging, movesJudgement } from './judging-queue'
import { judge } from './run-judging'
import {
  holdReview,
  noteChanges,
  readRevision,
  requireUnderReview,
  type AuditAction,
} from './review-store'

const ACTIONS: Readonly<Record<SessionAction, AuditAction>> = {
  reopen: 'session-reopened',
  'undo-reopen': 'session-reopening-undone',
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
    const isJustReopened = action === 'undo-reopen' && (await isUntouchedSinceReopening(sql, sessionId, now))
    const to = decideReviewMove({ action, from: session.status, beforeVoid: before, isJustReopened })
    if (to === null) throw new HttpError(400, refusal(action, session.status), 'TRANSITION_NOT_ALLOWED')
    if (to !== session.status) {
      await setSessionStatus(sql, { id: sessionId, to, by: caller.userName, at: now, fence: null })
      const details = {
        sessionId,
        from: SESSION_STATUS_IDS[session.status],
        to: SESSION_STATUS_IDS[to],
        // By which it is seen later whether anything has happened in it since.
        rev: await readSessionRev(sql, sessionId),
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

function refusal(action: SessionAction, status: SessionStatus): string {
  if (action === 'undo-reopen')
    return status === 'assigned'
      ? 'Somebody has gone on in it: it is submitted where it is counted'
      : `A session that is ${status} was not just opened again`
  return `A session that is ${status} cannot be ${action === 'reopen' ? 'opened again' : `${action}ed`}`
}

async function readSessionRev(sql: Sql, sessionId: string): Promise<number> {
  const [row] = await sql.query<{ rev: number }>('select rev from count_session where session_id = $1', [sessionId])
  return row?.rev ?? 0
}

/** The last that was done with it was opening it again, no row of it has changed since, and nobody holds it or has held it. */
async function isUntouchedSinceReopening(sql: Sql, sessionId: string, now: number): Promise<boolean> {
  const [row] = await sql.query<{ isUntouched: boolean }>(
    `select a.action = 'session-reopened' and (a.details->>'rev')::bigint = s.rev and not exists (
         select 1 from session_lock l where l.session_id = $1
           and (l.from_date >= a.at or (l.released_at is null and coalesce(l.thru_date, $2::bigint + 1) > $2::bigint))
       ) as "isUntouched"
     from count_session s join review_audit a on a.work_effort_id = s.work_effort_id and a.details->>'sessionId' = $1
     where s.session_id = $1 order by a.seq desc limit 1`,
    [sessionId, now],
  )
  return row?.isUntouched === true
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
