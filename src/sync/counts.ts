// The list of cycle counts on the device, and new sessions that may be asked for twice without being made twice.
import { RemoteError } from '../domain/errors'
import type { CycleCountId, EpochMs, FacilityId, SessionId } from '../domain/ids'
import type { CycleCount } from '../domain/session'
import type { CycleCountRow } from '../ports/scans-schema'
import type { NetworkDeps } from './network-deps'
import { readSessions } from './session-row'

const LISTED_MAX = 5000

/**
 * Replace the stored list by the server's, and refresh the headers of sessions opened here. One transaction. A list that
 * comes when another facility has been chosen is dropped: what belongs to one is never shown in the other (I22).
 */
export async function refreshCounts(
  deps: NetworkDeps,
  facilityId: FacilityId,
  signal?: AbortSignal,
): Promise<EpochMs> {
  const statusBefore = new Map(
    (await readSessions(deps)).map((it) => [it.sessionId, it.session.status]),
  )
  const cycleCounts = await deps.api.cycleCounts(facilityId, signal)
  const fetchedAt = deps.clock.now()
  await deps.scans.tx(['cycleCounts', 'sessions', 'meta'], 'rw', async (tx) => {
    const chosen = await tx.get('meta', 'profile')
    if (chosen?.k === 'profile' && chosen.profile.facilityId !== facilityId) return
    const listed = new Set<string>(cycleCounts.map((it) => it.cycleCountId))
    const stored = await tx.rangeKeys('cycleCounts', ':id', { limit: LISTED_MAX })
    await tx.bulkDelete(
      'cycleCounts',
      stored.filter((it) => !listed.has(it)),
    )
    await tx.bulkPut(
      'cycleCounts',
      cycleCounts.map((it): CycleCountRow => ({
        cycleCountId: it.cycleCountId,
        cycleCount: it,
        fetchedAt,
      })),
    )
    const sessions = cycleCounts.flatMap((it) =>
      it.sessions.map((session) => ({ session, cycleCount: withoutSessions(it) })),
    )
    const rows = await tx.bulkGet(
      'sessions',
      sessions.map((it) => it.session.sessionId),
    )
    await tx.bulkPut(
      'sessions',
      sessions.flatMap((it, index) => {
        const row = rows[index]
        // What this device learnt while the list was on its way is newer than the list: a submit that went through.
        const isOvertaken = row?.session.status !== statusBefore.get(it.session.sessionId)
        return row === undefined || isOvertaken ? [] : [{ ...row, ...it }]
      }),
    )
  })
  return fetchedAt
}

function withoutSessions({ sessions: _, ...rest }: CycleCount): Omit<CycleCount, 'sessions'> {
  return rest
}

export interface NewSession {
  readonly cycleCountId: CycleCountId
  readonly name: string
  readonly area: string
}

/**
 * Make a session: the requested items of the oldest session for a directed count, empty for a hard count.
 *
 * Repeatable (decision 18): the requestId is kept until the answer came, so asking again after a lost answer gives
 * the same session. Base profile: a session of the same name and user is adopted.
 */
export async function newSession(deps: NetworkDeps, input: NewSession): Promise<SessionId> {
  const cycleCount = await deps.api.cycleCount(input.cycleCountId)
  if (cycleCount === null)
    throw new RemoteError('not-found', 'The cycle count is not on the server any more')
  const sessions = cycleCount.sessions.toSorted(
    (a, b) => a.createdAt - b.createdAt || (a.sessionId < b.sessionId ? -1 : 1),
  )
  const key = `setting:request:${input.cycleCountId}:${input.name}:${input.area}` as const
  const { requestId, isRepeated } = await requestIdFor(deps, key)
  const twin = sessions.find(
    (it) =>
      it.name === input.name && it.createdBy === deps.caller.userName && it.status !== 'voided',
  )
  const isAdopted = deps.abilities.profile === 'hotwax' && isRepeated && twin !== undefined
  const sessionId = isAdopted
    ? twin.sessionId
    : await make(deps, input, requestId, cycleCount.countType, sessions[0]?.sessionId)
  await deps.scans.tx(['meta'], 'rw', (tx) => tx.bulkDelete('meta', [key]))
  return sessionId
}

function make(
  deps: NetworkDeps,
  input: NewSession,
  requestId: string,
  countType: CycleCount['countType'],
  oldest: SessionId | undefined,
): Promise<SessionId> {
  const { name, area, cycleCountId } = input
  if (countType === 'directed' && oldest !== undefined)
    return deps.api.cloneSession({ sessionId: oldest, name, area, requestId })
  return deps.api.createSession({ cycleCountId, name, area, requestId })
}

/** Kept before the request goes out; `isRepeated` when an earlier request had no answer. */
function requestIdFor(
  deps: NetworkDeps,
  key: `setting:${string}`,
): Promise<{ requestId: string; isRepeated: boolean }> {
  const fresh = deps.ids.next()
  return deps.scans.tx(['meta'], 'rw', async (tx) => {
    const kept = await tx.get('meta', key)
    if (kept !== undefined && 'value' in kept) return { requestId: kept.value, isRepeated: true }
    await tx.put('meta', { k: key, value: fresh })
    return { requestId: fresh, isRepeated: false }
  })
}
