// Rows that are not in the server's count: tried again when a person asks for it, or when their session is open again.
import type { CountRecord } from '../domain/count-record'
import type { RowUuid, SessionId } from '../domain/ids'
import type { SessionStatus } from '../domain/session'
import { type QuarantineRow, SESSION_CLOSED } from '../ports/scans-schema'
import { dropRefused } from './acknowledge'
import type { EngineDeps } from './engine-deps'

const HELD_MAX = 20_000

/**
 * @returns false when there is nothing to try: `held` rows are acknowledged already, and the refusal of a row that is
 *   not this device's any more is forgotten (docs/SPEC.md JN12)
 */
export function retryQuarantined(deps: Pick<EngineDeps, 'scans'>, uuid: RowUuid): Promise<boolean> {
  return deps.scans.tx(['quarantine', 'outbox', 'inventoryCountRecords'], 'rw', async (tx) => {
    const entry = await tx.get('quarantine', uuid)
    if (entry === undefined || entry.kind !== 'rejected') return false
    await tx.bulkDelete('quarantine', [uuid])
    const row = await tx.get('inventoryCountRecords', uuid)
    if (row?.origin !== 'own') return false
    await tx.put('outbox', { uuid, sessionId: entry.sessionId })
    return true
  })
}

/**
 * Rows of a session that takes no more of them: kept, shown, and not sent. The server has nothing of it, so nothing is
 * acknowledged: they count as unsent wherever somebody asks what exists on this device alone.
 * Rules: docs/SPEC.md PU17, SH7
 */
export function keepBack(
  { scans, clock }: Pick<EngineDeps, 'scans' | 'clock'>,
  sessionId: SessionId,
  rows: readonly CountRecord[],
  status: SessionStatus,
): Promise<void> {
  const at = clock.now()
  const entries = rows.map(({ uuid, rev }): QuarantineRow => ({
    uuid,
    sessionId,
    kind: 'held',
    code: SESSION_CLOSED,
    message: `The session is ${status}`,
    rev,
    at,
  }))
  return scans.tx(['inventoryCountRecords', 'outbox', 'quarantine'], 'rw', async (tx) => {
    await tx.bulkPut('quarantine', entries)
    await dropRefused(tx, rows)
  })
}

/** Kept back at this very revision: nothing is sent of it until its session takes rows again. */
export function isKeptBack(row: CountRecord, entry: QuarantineRow | undefined): boolean {
  return entry?.code === SESSION_CLOSED && entry.rev >= row.rev
}

/** The session takes rows again: those that this device kept back while it was closed go out. Rules: docs/SPEC.md PU17 */
export function sendHeldAgain(
  deps: Pick<EngineDeps, 'scans'>,
  sessionId: SessionId,
): Promise<void> {
  return deps.scans.tx(['quarantine', 'outbox'], 'rw', async (tx) => {
    const entries = await tx.range('quarantine', 'sessionId', {
      lower: sessionId,
      upper: sessionId,
      limit: HELD_MAX,
    })
    const uuids = entries
      .filter((it) => it.kind === 'held' && it.code === SESSION_CLOSED)
      .map((it) => it.uuid)
    await tx.bulkPut(
      'outbox',
      uuids.map((uuid) => ({ uuid, sessionId })),
    )
    await tx.bulkDelete('quarantine', uuids)
  })
}
