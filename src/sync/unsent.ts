// What the server lacks of this device's work.
import type { CountRecord } from '../domain/count-record'
import type { CountedItem } from '../domain/counted-item'
import type { RowUuid, SessionId } from '../domain/ids'
import { LAST } from '../ports/store'
import { savedScans, syncedScans } from '../usecases/scan-totals'
import type { EngineDeps } from './engine-deps'

/** Sessions with unsent work on one device. */
const SESSIONS_MAX = 1000

/** A row as it goes out. `sendNullQuantity`: base profile, the item is uncounted again (decision 5). */
export type UnsentRow = CountRecord & {
  readonly sendNullQuantity: boolean
  /** Standing scans that the server learns with this revision; negative where scans were taken back. */
  readonly newScans: number
}

/**
 * Base profile: nobody counts the item any more, so its own rows say "nothing" (decision 5). Not where a server row
 * without scans carries a quantity: that counts as counted, and a hand total of ours corrects it. Rules: PU15, PU16
 */
export function sendsNull(line: CountedItem | undefined): boolean {
  return line !== undefined && line.standing === 0 && line.legacyRows === 0
}

/** Unsent rows of a session behind `after`, at most `limit`, in uuid order, with the server's id where it is known. */
export function readUnsent(
  deps: EngineDeps,
  sessionId: SessionId,
  limit: number,
  after: RowUuid | '' = '',
): Promise<UnsentRow[]> {
  return deps.scans.tx(['outbox', 'inventoryCountRecords', 'acks', 'items'], 'r', async (tx) => {
    const uuids = await tx.rangeKeys('outbox', '[sessionId+uuid]', {
      lower: [sessionId, after],
      lowerOpen: true,
      upper: [sessionId, LAST],
      limit,
    })
    const found = await tx.bulkGet('inventoryCountRecords', uuids)
    const rows = found.flatMap((row) => (row?.origin === 'own' ? [row] : []))
    const acks = await tx.bulkGet(
      'acks',
      rows.map((row) => row.uuid),
    )
    const lines = await tx.bulkGet(
      'items',
      rows.map((row) => [sessionId, row.lineKey]),
    )
    return rows.map((row, index) => ({
      ...row,
      importItemSeqId: acks[index]?.importItemSeqId ?? null,
      sendNullQuantity: sendsNull(lines[index]),
      newScans: (row.standing ?? 0) - (acks[index]?.ackedStanding ?? 0),
    }))
  })
}

/**
 * Standing scans of this session on this device that the server has not acknowledged, folded or not; never negative.
 * Taken-back scans count down as they count up.
 */
export function unsentScans(deps: EngineDeps, sessionId: SessionId): Promise<number> {
  return deps.scans.tx(['logs', 'counters'], 'r', async (tx) => {
    const saved = await savedScans(tx, sessionId)
    return Math.max(0, saved - (await syncedScans(tx, sessionId)))
  })
}

/** Sessions that have unsent rows, in id order: one keyed step per session, whatever the number of rows. */
export function sessionsWithUnsent(deps: EngineDeps): Promise<SessionId[]> {
  return deps.scans.tx(['outbox'], 'r', async (tx) => {
    const sessions: SessionId[] = []
    for (let step = 0; step < SESSIONS_MAX; step++) {
      const last = sessions.at(-1)
      const [next] = await tx.range('outbox', '[sessionId+uuid]', {
        ...(last === undefined ? {} : { lower: [last, LAST], lowerOpen: true }),
        limit: 1,
      })
      if (next === undefined) return sessions
      sessions.push(next.sessionId)
    }
    return sessions
  })
}

/** Rows of one session that wait to be sent. */
export function unsentRowsOf(deps: EngineDeps, sessionId: SessionId): Promise<number> {
  return deps.scans.tx(['outbox'], 'r', (tx) =>
    tx.count('outbox', '[sessionId+uuid]', { lower: [sessionId, ''], upper: [sessionId, LAST] }),
  )
}

export function unsentRowCount(deps: EngineDeps): Promise<number> {
  return deps.scans.tx(['outbox'], 'r', (tx) => tx.count('outbox', ':id', {}))
}
