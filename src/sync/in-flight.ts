// Base profile: a request whose fate is unknown may still arrive and turn a row back, so newer values wait (decision 14).
import { RemoteError } from '../domain/errors'
import type { RowUuid, SessionId } from '../domain/ids'
import type { MetaRow } from '../ports/scans-schema'
import { createLookAgain, type LookAgain, NO_LOOKS } from './look-again'
import type { NetworkDeps } from './network-deps'

export interface InFlightGuard {
  /** @throws RemoteError `not-yet` with the time to wait, while an earlier request may still arrive */
  begin: (sessionId: SessionId, uuids: readonly RowUuid[]) => Promise<void>
  /** The server's own answer came: nothing of it is under way any more. */
  settled: () => Promise<void>
  /** Outcome unknown: newer values wait `inFlightGraceMs` from now. */
  unknown: (sessionId: SessionId) => void
  /** Nothing is under way, and what the server did is not known: it is read back. */
  doubt: (sessionId: SessionId) => void
  /** Sessions where an unknown outcome has to be checked by reading back. */
  readonly doubtful: Set<SessionId>
  /** Sessions that are looked at once more when all is quiet, although every answer was heard. */
  readonly looks: LookAgain
}

type InFlightNote = Extract<MetaRow, { readonly k: 'inFlight' }>

const keyOf = ({ sessionId, uuids, since }: InFlightNote): string =>
  [since, sessionId, ...uuids].join(' ')

/** Extended profile: revisions make late copies harmless, so nothing is noted and nothing waits. */
export function createInFlightGuard(deps: NetworkDeps): InFlightGuard {
  const doubtful = new Set<SessionId>()
  if (deps.abilities.profile === 'extended') {
    return {
      begin: () => Promise.resolve(),
      settled: () => Promise.resolve(),
      unknown: () => undefined,
      doubt: () => undefined,
      doubtful,
      looks: NO_LOOKS,
    }
  }
  let ownNote = ''
  /** The note of another window or life, and when this one met it: how old it was then cannot be known. */
  let metNote = ''
  let waitFrom = deps.clock.mono()
  const looks = createLookAgain(deps)
  return {
    doubtful,
    looks,
    async begin(sessionId, uuids) {
      const note = await deps.scans.tx(['meta'], 'r', (tx) => tx.get('meta', 'inFlight'))
      if (note?.k === 'inFlight') {
        const key = keyOf(note)
        if (key !== ownNote && key !== metNote) {
          metNote = key
          waitFrom = deps.clock.mono()
        }
        const waitMs = waitFrom + deps.limits.inFlightGraceMs - deps.clock.mono()
        doubtful.add(note.sessionId)
        if (waitMs > 0) {
          throw new RemoteError(
            'not-yet',
            'Waiting for an earlier request to arrive or to be lost for good',
            { retryAfterMs: waitMs },
          )
        }
      }
      const mine: InFlightNote = { k: 'inFlight', sessionId, uuids, since: deps.clock.now() }
      ownNote = keyOf(mine)
      await deps.scans.tx(['meta', 'acks'], 'rw', async (tx) => {
        await tx.put('meta', mine)
        await looks.note(tx, sessionId, uuids)
      })
    },
    settled: () => deps.scans.tx(['meta'], 'rw', (tx) => tx.bulkDelete('meta', ['inFlight'])),
    unknown(sessionId) {
      waitFrom = deps.clock.mono()
      doubtful.add(sessionId)
    },
    doubt: (sessionId) => void doubtful.add(sessionId),
  }
}
