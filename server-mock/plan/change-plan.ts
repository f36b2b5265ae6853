// What a planner changes in a count that is planned or under way: name, dates, people, and calling it off.
import type { PostCancel, PostPlanChange, PostPlannedSession } from '../../src/contract/plan'
import type * as v from 'valibot'
import { holdCycleCount, updateCycleCount, writeCycleCountHistory } from '../counts/cycle-count-store'
import { moveError } from '../counts/refusals'
import { editSession, holdSession, listSessions, setSessionStatus, type SessionRow } from '../counts/session-store'
import type { Sql } from '../db/db'
import type { Caller, ServerContext } from '../http/context'
import { HttpError } from '../http/errors'
import { holdReview, noteChanges, type AuditEntry } from '../review/review-store'
import { decideCycleCountMove } from '../rules/transitions'
import { requirePeople } from './people'
import { requireOrder } from './plan-sense'
import { tellDevices } from './session-news'

/** @throws HttpError 400 once the count is under review or over, 404, 403 */
export function requirePlannable(status: SessionRow['cycleCountStatus']): void {
  if (status !== 'created' && status !== 'in-progress')
    throw new HttpError(400, `The count is ${status}: its plan stays as it is`, 'TRANSITION_NOT_ALLOWED')
}

interface CountCall<Body> {
  readonly caller: Caller
  readonly workEffortId: string
  readonly body: Body
  readonly context: ServerContext
}

/** Name and dates. What is not said stays. @throws HttpError 400, 403, 404. Rules: docs/SPEC.md PL20 */
export async function changePlan({
  caller,
  workEffortId,
  body,
  context: { db, clock },
}: CountCall<v.InferOutput<typeof PostPlanChange>>): Promise<{ workEffortId: string }> {
  return db.tx(async (sql) => {
    const row = await holdCycleCount(sql, caller, workEffortId, 'change')
    requirePlannable(row.status)
    const changed = {
      ...row,
      name: body.workEffortName ?? row.name,
      estimatedStartAt:
        body.estimatedStartDate === undefined ? row.estimatedStartAt : body.estimatedStartDate,
      estimatedCompletionAt:
        body.estimatedCompletionDate === undefined
          ? row.estimatedCompletionAt
          : body.estimatedCompletionDate,
    }
    requireOrder(changed.estimatedStartAt, changed.estimatedCompletionAt)
    await updateCycleCount(sql, changed)
    const fields = ['name', 'estimatedStartAt', 'estimatedCompletionAt'] as const
    const details = Object.fromEntries(
      fields.filter((it) => row[it] !== changed[it]).map((it) => [it, { from: row[it], to: changed[it] }]),
    )
    if (Object.keys(details).length > 0)
      await note(sql, { caller, workEffortId, now: clock.now() }, { action: 'plan-changed', details })
    return { workEffortId }
  })
}

/**
 * Calls a count off: its sessions are discarded, what devices bring later is kept as evidence and changes nothing.
 * @throws HttpError 400 once it is over, 403 without INV_COUNT_SUBMIT, 404. Rules: docs/SPEC.md PL23
 */
export async function cancelPlan({
  caller,
  workEffortId,
  body: { reason },
  context: { db, clock },
}: CountCall<v.InferOutput<typeof PostCancel>>): Promise<{ workEffortId: string }> {
  return db.tx(async (sql) => {
    const now = clock.now()
    const row = await holdCycleCount(sql, caller, workEffortId, 'change')
    const may = caller.may.bind(caller)
    const move = decideCycleCountMove({ from: row.status, to: 'cancelled', may, estimatedStartAt: null, now })
    if (move.kind === 'same') return { workEffortId }
    if (move.kind !== 'move') throw moveError('cycle count', move, row.status, 'cancelled')
    const sessions = (await listSessions(sql, [workEffortId])).filter((it) => it.status !== 'voided')
    const by = caller.userName
    for (const { sessionId } of sessions) {
      await setSessionStatus(sql, { id: sessionId, to: 'voided', by, at: now, fence: null })
      await tellDevices(sql, sessionId, by, now)
    }
    await updateCycleCount(sql, { ...row, status: 'cancelled' })
    await writeCycleCountHistory(sql, { id: workEffortId, to: 'cancelled', by, at: now, fence: null })
    const details = { from: row.status, sessions: sessions.length }
    await note(sql, { caller, workEffortId, now }, { action: 'cancelled', reason, details })
    return { workEffortId }
  })
}

/** Whose a session is, its name and area. @throws HttpError 400 once it is submitted, 403, 404. Rules: docs/SPEC.md PL21 */
export async function changePlannedSession({
  caller,
  sessionId,
  body,
  context: { db, clock },
}: {
  readonly caller: Caller
  readonly sessionId: string
  readonly body: v.InferOutput<typeof PostPlannedSession>
  readonly context: ServerContext
}): Promise<{ inventoryCountImportId: string }> {
  return db.tx(async (sql) => {
    const now = clock.now()
    const session = await holdSession(sql, caller, sessionId)
    requireOpenSession(session)
    const to = body.assignedTo === undefined ? session.assignedTo : body.assignedTo
    if (to !== null) await requirePeople(sql, session.facilityId ?? '', [to], now)
    await editSession(sql, sessionId, {
      name: body.countImportName ?? session.name,
      area: body.facilityAreaId === undefined ? session.area : body.facilityAreaId,
    })
    if (to === session.assignedTo) return { inventoryCountImportId: sessionId }
    await sql.query(
      'update count_session set assigned_to = $2, created_by = coalesce($2, created_by) where session_id = $1',
      [sessionId, to],
    )
    const details = { sessionId, from: session.assignedTo, to }
    const { workEffortId } = session
    await note(sql, { caller, workEffortId, now }, { action: 'reassigned', details })
    return { inventoryCountImportId: sessionId }
  })
}

/** @throws HttpError 400 */
export function requireOpenSession(session: SessionRow): void {
  requirePlannable(session.cycleCountStatus)
  if (session.status !== 'created' && session.status !== 'assigned')
    throw new HttpError(400, `The session is ${session.status}: its plan stays as it is`, 'TRANSITION_NOT_ALLOWED')
}

/** One line of audit. */
export async function note(
  sql: Sql,
  { caller, workEffortId, now }: { readonly caller: Caller; readonly workEffortId: string; readonly now: number },
  entry: Pick<AuditEntry, 'action' | 'details'> & { readonly reason?: string },
): Promise<void> {
  await holdReview(sql, caller, workEffortId)
  const whole = { productId: null, reason: null, ...entry }
  await noteChanges(sql, workEffortId, [whole], { by: caller.userName, now })
}
