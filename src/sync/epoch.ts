// A server restored from a backup has a new epoch: what it acknowledged before may be gone, so it is asked again.
import { RemoteError } from '../domain/errors'
import type { SessionId } from '../domain/ids'
import { resetAcks } from './acknowledge'
import type { NetworkDeps } from './network-deps'
import { pullSession } from './pull'
import { rebuildSession } from './rebuild'
import { readSessions, SESSIONS_MAX } from './session-row'
import type { ServerItem } from '../ports/server'

/**
 * Probe the server, and after a change of its epoch set what is acknowledged from its own copy (decision 8).
 *
 * The new epoch is stored last: a run that breaks off does all of it again.
 *
 * @returns whether the server is another one than before: evidence is due for all sessions again
 * @throws {RemoteError} also when a portal answers: nothing is marked then
 */
export async function checkEpoch(deps: NetworkDeps, signal?: AbortSignal): Promise<boolean> {
  const { epoch } = await deps.capabilities(signal)
  if (epoch === null) return false
  const known = await deps.scans.tx(['meta'], 'r', (tx) => tx.get('meta', 'epoch'))
  if (known?.k === 'epoch' && known.epoch === epoch) return false
  if (known !== undefined) {
    deps.log.write('warn', 'new-epoch', { epoch })
    const sessionIds = await sessionsToAskAfter(deps)
    for (const sessionId of sessionIds) await setAcksFromServer(deps, sessionId, signal)
    // The server knows an event by its id, so those that survived are offered again for nothing.
    await forgetEvidence(deps, sessionIds)
  }
  await deps.scans.tx(['meta'], 'rw', (tx) => tx.put('meta', { k: 'epoch', epoch }))
  return known !== undefined
}

/**
 * Those that were opened here, and those that something was acknowledged of: a disk may have lost that a session was
 * opened, while scans of it waited beside the database (seed 14676). Rule: docs/SPEC.md JN17
 */
async function sessionsToAskAfter(deps: NetworkDeps): Promise<readonly SessionId[]> {
  const opened = (await readSessions(deps)).map((it) => it.sessionId)
  const acknowledged = await deps.scans.tx(['acks'], 'r', async (tx) => {
    const sessions: SessionId[] = []
    for (let step = 0; step < SESSIONS_MAX; step++) {
      const last = sessions.at(-1)
      const after = last === undefined ? {} : { lower: last, lowerOpen: true }
      const [next] = await tx.range('acks', 'sessionId', { ...after, limit: 1 })
      if (next === undefined) break
      sessions.push(next.sessionId)
    }
    return sessions
  })
  return [...new Set([...opened, ...acknowledged])]
}

function forgetEvidence(deps: NetworkDeps, sessionIds: readonly SessionId[]): Promise<void> {
  return deps.scans.tx(['meta'], 'rw', (tx) =>
    tx.bulkDelete(
      'meta',
      sessionIds.map((sessionId) => `evidence:${sessionId}`),
    ),
  )
}

/**
 * All that the server shows of a session, then what it does not show any more: rows of an own log whose end this disk
 * lost were the server's, and are made from the events again (seed 1267). The acknowledgements come last.
 */
async function setAcksFromServer(
  deps: NetworkDeps,
  sessionId: SessionId,
  signal?: AbortSignal,
): Promise<void> {
  const items: ServerItem[] = []
  try {
    await pullSession(deps, sessionId, {
      signal,
      isAfterRestore: true,
      onPage: (page) => items.push(...page),
    })
  } catch (error) {
    if (
      !(error instanceof RemoteError) ||
      (error.reason !== 'not-found' && error.reason !== 'forbidden')
    )
      throw error
    deps.log.write('warn', 'session-gone', { sessionId, reason: error.reason })
    // Gone, hidden from this user, or hidden by something in between that says so: nobody knows what the server has of
    // it. So all of it is offered again; the server tells by the revisions what it has, or says that the session is gone.
    await resetAcks(deps, sessionId, [])
    return
  }
  await rebuildSession(deps, sessionId)
  await resetAcks(deps, sessionId, items)
}
