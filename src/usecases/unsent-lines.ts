// How many lines exist on this device alone: what is asked before its data may be thrown away.
import { type QuarantineRow, type ScansStore, SESSION_CLOSED } from '../ports/scans-schema'
import type { ScanEventDraft } from '../domain/scan-event'
import { readCursor } from './overlay'
import type { ScanWriter, Spill } from './scan-writer'

/** Refused lines and scans without a fold that are looked at; more are at least as many. */
const LOOKED_AT_MAX = 20_000

/**
 * Lines of all sessions that the server does not have: unsent, refused, kept back because a base server's session is
 * closed, or scanned and not even folded yet. Asks the database, not the worker, which may be behind or dead.
 * Rules: docs/SPEC.md SH6, SH7
 *
 * @param beside scans that are in no database yet
 */
export function unsentLines(scans: Pick<ScansStore, 'tx'>, beside: readonly ScanEventDraft[] = []): Promise<number> {
  return scans.tx(['outbox', 'quarantine', 'scanEvents', 'meta'], 'r', async (tx) => {
    const [waiting, quarantine, events] = await Promise.all([
      tx.count('outbox', ':id', {}),
      tx.range('quarantine', ':id', { limit: LOOKED_AT_MAX }),
      readCursor(tx).then((cursor) => tx.range('scanEvents', ':id', { lower: cursor, lowerOpen: true, limit: LOOKED_AT_MAX })),
    ])
    const lacking = quarantine.filter(isOnlyHere).map((it) => it.uuid)
    // One that has changed since waits to be sent, and is counted there.
    const changed = (await tx.bulkGet('outbox', lacking)).filter((it) => it !== undefined).length
    const unfolded = new Set([...events, ...beside].map((it) => `${it.sessionId}\n${it.itemKey}`))
    return waiting + lacking.length - changed + unfolded.size
  })
}

/**
 * As `unsentLines`, with what any window of this user has left beside the database: another one may have died with scans
 * that its disk did not take. They are saved now where they can be, so that a file takes them along.
 * Rule: docs/SPEC.md SH8
 */
export async function onlyHere(writer: Pick<ScanWriter, 'drain' | 'store'>, spill: Pick<Spill, 'read'>): Promise<number> {
  await writer.drain()
  return unsentLines(writer.store(), spill.read())
}

/** What an extended server holds, or somebody removed there, it has. */
function isOnlyHere({ kind, code }: QuarantineRow): boolean {
  return kind === 'rejected' || code === SESSION_CLOSED
}
