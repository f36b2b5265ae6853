// How many lines exist on this device alone: what is asked before its data may be thrown away.
import type { ScansStore } from '../ports/scans-schema'
import { readCursor } from './overlay'

/** Refused lines and scans without a fold that are looked at; more are at least as many. */
const LOOKED_AT_MAX = 20_000

/**
 * Lines of all sessions that the server does not have: unsent, refused, or scanned and not even folded yet. Asks the
 * database, not the worker, which may be behind or dead.
 */
export function unsentLines(scans: Pick<ScansStore, 'tx'>): Promise<number> {
  return scans.tx(['outbox', 'quarantine', 'scanEvents', 'meta'], 'r', async (tx) => {
    const [waiting, quarantine, events] = await Promise.all([
      tx.count('outbox', ':id', {}),
      tx.range('quarantine', ':id', { limit: LOOKED_AT_MAX }),
      readCursor(tx).then((cursor) => tx.range('scanEvents', ':id', { lower: cursor, lowerOpen: true, limit: LOOKED_AT_MAX })),
    ])
    const refused = quarantine.filter((it) => it.kind === 'rejected').length
    return waiting + refused + new Set(events.map((it) => `${it.sessionId}\n${it.itemKey}`)).size
  })
}
