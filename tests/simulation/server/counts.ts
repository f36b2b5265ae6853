// Cycle counts and sessions of the simulated server.
import type * as v from 'valibot'
import {
  SESSION_STATUS_IDS,
  type CloneSession,
  type PostCycleCount,
  type PostSession,
  type PutCycleCount,
  type PutSession,
  type WireCycleCount,
} from '../../../src/contract/counts'
import { changeError } from '../../../server-mock/counts/change-session'
import { firstStatus, requireOpenCount } from '../../../server-mock/counts/create-session'
import { encodeCycleCount, encodeExtension, lockSummaryOf } from '../../../server-mock/counts/cycle-count-store'
import { decodeSessionStatus, encodeSession } from '../../../server-mock/counts/session-store'
import { HttpError } from '../../../server-mock/http/errors'
import { readPaging } from '../../../server-mock/http/query'
import { cycleCountError, editOf, newCycleCount } from '../../../server-mock/routes/counts'
import { cloneRequested } from '../../../server-mock/rules/clone-rows'
import { decideCycleCountChange, type CycleCountRow } from '../../../server-mock/rules/count-change'
import { leftOpenWords } from '../../../server-mock/rules/closing'
import type { ItemRow } from '../../../server-mock/rules/item-row'
import { isActive } from '../../../server-mock/rules/lock'
import { activeLockOf } from '../../../server-mock/rules/lock-rows'
import { decideSessionChange } from '../../../server-mock/rules/session-change'
import { progressOf } from './progress'
import { newSession, type SimSession } from './state'
import { catalogueOf, findSession, headerOf, holdSession, lockStateOf, once, storeRow, type SimHandler, type SimInput } from './world'

export const listCycleCounts: SimHandler = (input) => {
  const { world, state, caller, query } = input
  const { limit, offset } = readPaging(query, world.limits.pageRowsMax)
  const statusIds = query.list('statusId')
  const facilityId = query.one('facilityId')
  const rows = [...state.counts.values()]
    .filter((it) => caller.mayAt(it.facilityId) && (facilityId === null || it.facilityId === facilityId))
    .filter((it) => statusIds.length === 0 || statusIds.includes(encodeCycleCount(it).statusId))
    .toSorted((a, b) => b.createdAt - a.createdAt || (a.workEffortId < b.workEffortId ? -1 : 1))
  const page = rows.slice(offset, offset + limit)
  return { cycleCounts: page.map((it) => encodeCount(input, it)), cycleCountsCount: rows.length }
}

export const oneCycleCount: SimHandler = (input) => {
  const row = findCount(input, input.param('workEffortId'))
  if (row === null) return undefined
  return input.world.profile === 'hotwax' ? encodeCycleCount(row) : encodeCount(input, row)
}

export const createCycleCount: SimHandler = (input) => {
  const { state, caller, world, now } = input
  const body = input.body as v.InferOutput<typeof PostCycleCount>
  caller.requireAt(body.facilityId ?? null)
  const row = newCycleCount(body, { userName: caller.userName, now, nextId: world.nextId })
  const { workEffortId } = row
  return once(input, 'create-count', body.requestId, () => {
    const taken = findCount(input, workEffortId)
    if (taken !== null && taken.name !== row.name)
      throw new HttpError(400, `Cycle count ${workEffortId} exists already`, 'BAD_REQUEST')
    if (taken === null) state.counts.set(workEffortId, row)
    return { workEffortId }
  })
}

export const changeCycleCount: SimHandler = (input) => {
  const { state, caller, now } = input
  const body = input.body as v.InferOutput<typeof PutCycleCount>
  const row = holdCount(input, input.param('workEffortId'))
  const change = decideCycleCountChange(row, editOf(body), caller, now)
  if (change.kind !== 'changed') throw cycleCountError(change, row, body)
  // Nobody reviews here: what was counted stays undecided.
  const isClosing = change.isMoved && change.row.status === 'closed'
  const left = isClosing ? leftOpenWords({ drafts: 0, undecided: countedProducts(sessionsOf(input, row.workEffortId)) }) : null
  if (left !== null) throw new HttpError(400, left, 'REVIEW_BLOCKED')
  state.counts.set(row.workEffortId, change.row)
  return { workEffortId: row.workEffortId }
}

/** Null when there is none. @throws HttpError 403 outside the caller's facilities */
function findCount({ state, caller }: SimInput, workEffortId: string): CycleCountRow | null {
  const row = state.counts.get(workEffortId) ?? null
  if (row !== null) caller.requireAt(row.facilityId)
  return row
}

function holdCount(input: SimInput, workEffortId: string): CycleCountRow {
  const row = findCount(input, workEffortId)
  if (row === null) throw new HttpError(404, `Cycle count ${workEffortId} not found`, 'NOT_FOUND')
  return row
}

function encodeCount(input: SimInput, row: CycleCountRow): WireCycleCount {
  const { world, state, now } = input
  const sessions = sessionsOf(input, row.workEffortId)
  return {
    ...encodeCycleCount(row),
    sessions: sessions.map((it) => encodeSession(headerOf(state, it), lockSummaryOf(activeLockOf(it.locks, now)))),
    ...(world.profile === 'extended' ? encodeExtension(row, progressOf(row, sessions)) : {}),
  }
}

function countedProducts(sessions: readonly SimSession[]): number {
  const rows = sessions.flatMap((it) => (it.status === 'voided' ? [] : [...it.rows.values()]))
  const isCounted = ({ standing, quantity }: ItemRow) => (standing === null ? quantity !== null : standing !== 0)
  return new Set(rows.flatMap((it) => (it.productId !== null && !it.isDeleted && isCounted(it) ? [it.productId] : []))).size
}

function sessionsOf({ state }: SimInput, workEffortId: string): readonly SimSession[] {
  return [...state.sessions.values()]
    .filter((it) => it.workEffortId === workEffortId)
    .toSorted((a, b) => a.createdAt - b.createdAt || (a.sessionId < b.sessionId ? -1 : 1))
}

export const listSessions: SimHandler = (input) => {
  const { world, state, query, now } = input
  const count = findCount(input, input.param('workEffortId'))
  if (count === null) return []
  const { limit, offset } = readPaging(query, world.limits.pageRowsMax)
  return sessionsOf(input, count.workEffortId)
    .slice(offset, offset + limit)
    .map((it) => encodeSession(headerOf(state, it), world.profile === 'hotwax' ? null : activeLockOf(it.locks, now)))
}

export const oneSession: SimHandler = (input) => {
  const { world, state, now } = input
  const session = findSession(input, input.param('sessionId'))
  if (session === null) return undefined
  return encodeSession(headerOf(state, session), world.profile === 'hotwax' ? null : activeLockOf(session.locks, now))
}

export const createSession: SimHandler = (input) => {
  const { world, state, caller, now } = input
  const body = input.body as v.InferOutput<typeof PostSession>
  const status = firstStatus(body.statusId)
  return once(input, 'create-session', body.requestId, () => {
    const { workEffortId, status: countStatus } = holdCount(input, input.param('workEffortId'))
    requireOpenCount(countStatus)
    const sessionId = body.inventoryCountImportId ?? world.nextId()
    const taken = findSession(input, sessionId)
    if (taken !== null && (taken.workEffortId !== workEffortId || taken.name !== body.countImportName))
      throw new HttpError(400, `Session ${sessionId} exists already`, 'BAD_REQUEST')
    if (taken !== null) return { inventoryCountImportId: sessionId }
    state.sessions.set(
      sessionId,
      newSession({
        sessionId,
        workEffortId,
        name: body.countImportName,
        area: body.facilityAreaId ?? null,
        status,
        createdBy: caller.userName,
        createdAt: body.createdDate ?? now,
      }),
    )
    return { inventoryCountImportId: sessionId }
  })
}

export const cloneSession: SimHandler = (input) => {
  const { world, state, caller, now } = input
  const body = input.body as v.InferOutput<typeof CloneSession>
  return once(input, 'clone-session', body.requestId, () => {
    const source = holdSession(input, input.param('sessionId'))
    const { cycleCountStatus, facilityId } = headerOf(state, source)
    requireOpenCount(cycleCountStatus)
    const sessionId = world.nextId()
    const clone = newSession({
      sessionId,
      workEffortId: source.workEffortId,
      name: body.countImportName,
      area: body.facilityAreaId ?? source.area,
      status: 'created',
      createdBy: caller.userName,
      createdAt: now,
    })
    const { bookOf } = catalogueOf(state, facilityId)
    const rows = cloneRequested([...source.rows.values()], { sessionId, userName: caller.userName, now, bookOf })
    state.sessions.set(sessionId, clone)
    for (const row of rows) storeRow(world, clone, row, null)
    clone.nextSeq = rows.length + 1
    return { inventoryCountImportId: sessionId }
  })
}

/** Status, name and area. */
export const changeSession: SimHandler = (input) => {
  const { world, state, caller, now } = input
  const body = input.body as v.InferOutput<typeof PutSession>
  const session = holdSession(input, input.param('sessionId'))
  const { sessionId } = session
  return once(input, 'session-status', body.requestId, () => {
    const lock = world.profile === 'extended' ? lockStateOf(session) : null
    const fence = body.fence ?? null
    const from = session.status
    const change = decideSessionChange({
      session: headerOf(state, session),
      name: body.countImportName,
      area: body.facilityAreaId,
      to: body.statusId === undefined ? undefined : decodeSessionStatus(body.statusId),
      may: (it) => caller.may(it),
      fencing: lock === null ? null : { lock, fence, now },
    })
    if (change.kind === 'refused') throw changeError(change.move, { session, body, lock, now })
    if (change.edit !== null) Object.assign(session, change.edit)
    if (change.to !== null) {
      session.status = change.to
      const { latest, fence: currentFence } = lockStateOf(session)
      const heldUnder = isActive(latest, now) ? latest.fence : null
      const { epoch } = state
      const userId = caller.userName
      world.audit.moves.push({ epoch, sessionId, at: now, userId, from, to: change.to, fence, currentFence, heldUnder })
    }
    return { inventoryCountImportId: sessionId, statusId: SESSION_STATUS_IDS[change.status] }
  })
}
