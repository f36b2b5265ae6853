// A server restored from a backup has a new epoch: what it acknowledged before may be gone, so it is asked again.
import { RemoteError } from '../domain/errors'
import type { SessionId } from '../domain/ids'
import { resetAcks } from './acknowledge'
import type { NetworkDeps } from './network-deps'
import { pullSession } from './pull'
import { rebuildSession } from './rebuild'
import { readSessions } from './session-row'
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
    const sessions = await readSessions(deps)
    for (const { sessionId } of sessions) await setAcksFromServer(deps, sessionId, signal)
    // The server knows an event by its id, so those that survived are offered again for nothing.
    await forgetEvidence(
      deps,
      sessions.map((it) => it.sessionId),
    )
  }
  await deps.scans.tx(['meta'], 'rw', (tx) => tx.put('meta', { k: 'epoch', epoch }))
  return known !== undefined
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
