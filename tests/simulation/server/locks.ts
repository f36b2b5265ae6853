// The session lock of the simulated server, both profiles.
import type * as v from 'valibot'
import type { PostLock, PutLock, WireLock } from '../../../src/contract/lock'
import { encodeGrant, isRefusal, requireLockable } from '../../../server-mock/counts/acquire-lock'
import { encodeLock } from '../../../server-mock/counts/lock-store'
import { refusalError } from '../../../server-mock/counts/refusals'
import { HttpError } from '../../../server-mock/http/errors'
import type { Query } from '../../../server-mock/http/query'
import { isLockRowWanted, withElsewhere } from '../../../server-mock/routes/lock'
import { decideAcquire, decideHeartbeat, decideRelease, type LockGrant, type LockRow } from '../../../server-mock/rules/lock'
import {
  activeLockOf,
  changedBaseLock,
  elsewhere,
  grantMeant,
  isActiveByDate,
  newBaseLock,
  rowsOfGrant,
  statusAfterGrant,
} from '../../../server-mock/rules/lock-rows'
import type { SimSession } from './state'
import { findSession, headerOf, holdSession, lockStateOf, rememberUnsent, storeLock, type SimHandler, type SimInput } from './world'

type PostBody = v.InferOutput<typeof PostLock>
type PutBody = v.InferOutput<typeof PutLock>

const newestFirst = (session: SimSession): readonly LockRow[] => session.locks.toReversed()

export const listLocks: SimHandler = (input) => {
  const { world, query, now } = input
  const session = findSession(input, input.param('sessionId'))
  if (session === null) return []
  const rows = newestFirst(session).map((row) => encodeLock(session.sessionId, row))
  if (world.profile === 'hotwax') return rows
  return withElsewhere(rows, elsewhere([...session.unsent.values()], query.one('deviceId')), now)
}

/** dataDocumentView InventoryCountImportLock. */
export function lockDocument(
  input: SimInput,
  { query, filterByDate }: { readonly query: Query; readonly filterByDate: boolean },
): readonly WireLock[] {
  const sessionId = query.one('inventoryCountImportId')
  const session = sessionId === null ? null : findSession(input, sessionId)
  if (session === null) return []
  return newestFirst(session)
    .filter((row) => isLockRowWanted(row, query) && (!filterByDate || isActiveByDate(row, input.now)))
    .map((row) => encodeLock(session.sessionId, row))
}

export const acquireLock: SimHandler = (input) => {
  const { world, state, caller, now } = input
  const body = input.body as PostBody
  const session = holdSession(input, input.param('sessionId'))
  requireLockable(headerOf(state, session))
  if (world.profile === 'hotwax') return createBaseLock(input, session, body)
  rememberUnsent(session, { deviceId: body.deviceId, userId: caller.userName, unsentScans: body.unsentScans, now })
  const requestKey = JSON.stringify([caller.userId, 'lock', body.requestId])
  const before = body.requestId === undefined ? undefined : (state.requests.get(requestKey) as { fence: number } | undefined)
  const decision = decideAcquire(lockStateOf(session), {
    holder: { userId: caller.userName, deviceId: body.deviceId },
    now,
    leaseSeconds: body.leaseSeconds ?? world.limits.leaseSeconds,
    mode: body.mode ?? 'normal',
    mayForce: caller.may('INV_COUNT_LOCK_RLS'),
    grantedBefore: before?.fence ?? null,
  })
  if (isRefusal(decision)) throw refusalError(decision)
  if (decision.kind === 'granted' && body.requestId !== undefined)
    state.requests.set(requestKey, { fence: decision.row.fence })
  return keepGrant(input, session, decision)
}

export const beatLock: SimHandler = (input) => {
  const { world, caller, now } = input
  const body = input.body as PutBody
  const session = holdSession(input, input.param('sessionId'))
  if (world.profile === 'hotwax') return changeBaseLock(input, session, body)
  const { meant, deviceId } = hear(input, session, body)
  const decision = decideHeartbeat(lockStateOf(session), {
    holder: { userId: caller.userName, deviceId },
    now,
    leaseSeconds: body.leaseSeconds ?? meant?.leaseSeconds ?? world.limits.leaseSeconds,
    fence: body.fence ?? meant?.fence ?? null,
  })
  if (isRefusal(decision)) throw refusalError(decision)
  return keepGrant(input, session, decision)
}

export const releaseLock: SimHandler = (input) => {
  const { world, caller, now } = input
  const body = input.body as PutBody
  const session = holdSession(input, input.param('sessionId'))
  if (world.profile === 'hotwax') return changeBaseLock(input, session, body)
  const { meant, deviceId } = hear(input, session, body)
  const decision = decideRelease(lockStateOf(session), {
    holder: { userId: caller.userName, deviceId },
    now,
    meant,
    overrideByUserId: body.overrideByUserId ?? null,
    mayForce: caller.may('INV_COUNT_LOCK_RLS'),
  })
  if (isRefusal(decision)) throw refusalError(decision)
  if (decision.kind === 'released') storeLock(world, session, decision.row)
  return { inventoryCountImportId: session.sessionId, fromDate: meant?.fromDate }
}

/** Which grant the caller means and on which device; what it says of unsent scans is kept also when it is refused. */
function hear(
  { caller, now }: SimInput,
  session: SimSession,
  body: PutBody,
): { readonly meant: LockRow | null; readonly deviceId: string | null } {
  const meant = grantMeant(session.locks, { fence: body.fence ?? null, fromDate: body.fromDate ?? null })
  const deviceId = body.deviceId ?? meant?.deviceId ?? null
  rememberUnsent(session, { deviceId, userId: caller.userName, unsentScans: body.unsentScans, now })
  return { meant, deviceId }
}

function keepGrant({ world, now }: SimInput, session: SimSession, grant: LockGrant): WireLock {
  for (const row of rowsOfGrant(grant)) storeLock(world, session, row)
  session.status = statusAfterGrant(session.status)
  const told = elsewhere([...session.unsent.values()], grant.row.deviceId)
  return encodeGrant(session.sessionId, grant, told, now)
}

function createBaseLock({ world, caller, now }: SimInput, session: SimSession, body: PostBody): WireLock {
  const { sessionId } = session
  const active = activeLockOf(session.locks, now)
  if (active !== null) throw new HttpError(400, `Session ${sessionId} is already locked by user ${active.userId}`)
  const { userName } = caller
  const row = newBaseLock(session.locks, body, { now, userName, leaseSeconds: world.limits.baseLeaseSeconds })
  storeLock(world, session, row)
  session.status = statusAfterGrant(session.status)
  return encodeLock(sessionId, row)
}

function changeBaseLock({ world }: SimInput, session: SimSession, body: PutBody): object {
  const { sessionId } = session
  const row = grantMeant(session.locks, { fence: null, fromDate: body.fromDate ?? null })
  if (row === null) throw new HttpError(404, `No lock of session ${sessionId} from ${body.fromDate ?? 'nowhere'}`)
  storeLock(world, session, changedBaseLock(row, body))
  return { inventoryCountImportId: sessionId, fromDate: row.fromDate }
}
