// What the handlers of the simulated server share: state, clock, limits, callers, and the few writes that keep an audit.
import { createCaller } from '../../../server-mock/auth/callers'
import type { Caller, ServerProfile } from '../../../server-mock/http/context'
import { HttpError } from '../../../server-mock/http/errors'
import type { Query } from '../../../server-mock/http/query'
import type { Needs } from '../../../server-mock/http/route'
import type { ServerLimits } from '../../../server-mock/limits'
import { identifierOf, spellingsOf } from '../../../server-mock/rules/identify'
import type { ItemRow } from '../../../server-mock/rules/item-row'
import type { LockRow, LockState } from '../../../server-mock/rules/lock'
import { newestOf } from '../../../server-mock/rules/lock-rows'
import type { Catalogue } from '../../../server-mock/rules/put-batch'
import type { Evidence } from '../../../server-mock/rules/put-rows'
import type { CycleCountRow } from '../../../server-mock/rules/count-change'
import type { SessionRow } from '../../../server-mock/counts/session-store'
import type { Audit } from './audit'
import type { SimSession, SimState } from './state'

export interface SimWorld {
  state: SimState
  readonly audit: Audit
  readonly profile: ServerProfile
  readonly limits: ServerLimits
  readonly now: () => number
  readonly nextId: () => string
  readonly repeatsItemRows: boolean
  /** What a data document needs; undefined: there is no such document. */
  readonly documentNeeds: (id: string) => Needs | undefined
}

export interface SimInput {
  readonly world: SimWorld
  readonly state: SimState
  readonly caller: Caller
  readonly token: string | null
  readonly param: (name: string) => string
  readonly query: Query
  /** Parsed by the route's own schema. */
  readonly body: unknown
  readonly now: number
}

/** `undefined`: an empty 200. @throws HttpError; nothing was stored then */
export type SimHandler = (input: SimInput) => unknown

/** Null when the token is unknown or over. */
export function callerOf(state: SimState, token: string | null, now: number): Caller | null {
  const known = token === null ? undefined : state.tokens.get(token)
  if (known === undefined || known.expiresAt <= now) return null
  const user = state.users.get(known.userId)
  if (user === undefined) return null
  const { userId, permissions, facilityIds } = user
  return createCaller({ userId, userName: userId, partyId: userId, permissions: [...permissions], facilityIds })
}

/** Null when there is none. @throws HttpError 403 outside the caller's facilities */
export function findSession({ state, caller }: SimInput, sessionId: string): SimSession | null {
  const session = state.sessions.get(sessionId)
  if (session === undefined) return null
  caller.requireAt(countOf(state, session).facilityId)
  return session
}

/** @throws HttpError 404, 403 */
export function holdSession(input: SimInput, sessionId: string): SimSession {
  const session = findSession(input, sessionId)
  if (session === null) throw new HttpError(404, `Session ${sessionId} not found`, 'NOT_FOUND')
  return session
}

export function countOf(state: SimState, session: SimSession): CycleCountRow {
  const count = state.counts.get(session.workEffortId)
  if (count === undefined) throw new Error(`Session ${session.sessionId} has lost its count`)
  return count
}

/** The session with what the rules want to know of its count. */
export function headerOf(state: SimState, session: SimSession): SessionRow {
  const count = countOf(state, session)
  const { sessionId, workEffortId, name, area, status, createdBy, createdAt, nextSeq } = session
  return {
    sessionId, workEffortId, name, area, status, createdBy, createdAt, nextSeq,
    dueAt: null,
    cycleCountStatus: count.status,
    facilityId: count.facilityId,
    isBlind: count.isBlind,
    // Recounts are the review's business, and not simulated.
    recountRound: null,
    assignedTo: null,
  }
}

export function lockStateOf(session: SimSession): LockState {
  return { fence: session.fence, latest: newestOf(session.locks) }
}

export function catalogueOf(state: SimState, facilityId: string | null): Catalogue {
  const stock = facilityId === null ? undefined : state.stock.get(facilityId)
  return {
    identify: (value) => {
      const claims = spellingsOf(value).flatMap((it) => [...(state.claims.get(it) ?? [])].map((productId) => ({ value: it, productId })))
      return claims.length === 0 ? null : identifierOf(claims)(value)
    },
    isKnownProduct: (productId) => state.products.has(productId),
    bookOf: (productId) => stock?.get(productId)?.qoh ?? null,
  }
}

export function storeRow(world: SimWorld, session: SimSession, row: ItemRow, deviceId: string | null): void {
  session.rows.set(row.seq, row)
  if (row.uuid !== null) session.seqOfUuid.set(row.uuid, row.seq)
  const { epoch } = world.state
  world.audit.rows.push({ epoch, sessionId: session.sessionId, at: world.now(), deviceId, row })
}

export function storeLock(world: SimWorld, session: SimSession, row: LockRow): void {
  session.locks = [...session.locks.filter((it) => it.fromDate !== row.fromDate), row].toSorted((a, b) => a.fromDate - b.fromDate)
  if (row.fence !== null) session.fence = Math.max(session.fence, row.fence)
  world.audit.locks.push({ epoch: world.state.epoch, sessionId: session.sessionId, at: world.now(), row })
}

export interface EvidenceSource {
  readonly deviceId: string | null
  readonly userId: string
  readonly fence: number | null
  readonly now: number
}

/** What is known already stays as it is. */
export function keepEvidence(session: SimSession, source: EvidenceSource, evidence: readonly Evidence[]): void {
  for (const proof of evidence) {
    const key = JSON.stringify([proof.rowKey, proof.rev, proof.matchRev, proof.fingerprint])
    const { deviceId, userId, fence, now } = source
    if (!session.evidence.has(key)) session.evidence.set(key, { ...proof, deviceId, userId, fence, receivedAt: now })
  }
}

export interface Said {
  readonly deviceId: string | null
  readonly userId: string
  readonly unsentScans: number | undefined
  readonly now: number
}

/** Remembers what a device says it has not sent, until it says otherwise. */
export function rememberUnsent(session: SimSession, { deviceId, userId, unsentScans, now }: Said): void {
  if (deviceId === null || unsentScans === undefined) return
  session.unsent.set(JSON.stringify([deviceId, userId]), { deviceId, userId, unsentScans, lastHeardAt: now })
}

/** Runs `work` at most once per user, request id and kind; when it throws, nothing has happened and a copy may try again. */
export function once<Answer extends object>(
  { state, caller }: SimInput,
  kind: string,
  requestId: string | undefined,
  work: () => Answer,
): Answer {
  if (requestId === undefined) return work()
  const key = JSON.stringify([caller.userId, kind, requestId])
  const known = state.requests.get(key)
  // The kind says which answer was stored.
  if (known !== undefined) return known as Answer
  const answer = work()
  state.requests.set(key, answer)
  return answer
}
