// Keeps the marker outside the database up to date, and says at a start what the two no longer agree about.
import type { DeviceId, LogId, SessionId } from '../domain/ids'
import { compareMarker, hasUnsent, withHead, withSent } from '../domain/storage-marker'
import type { StorageFinding, StorageMarker } from '../domain/storage-marker'
import type { ScansStore } from '../ports/scans-schema'
import { isLog, savedScans, syncedScans } from './scan-totals'

/** Synchronous storage that outlives the database (localStorage on the page). Losing it loses a warning, nothing else. */
export interface MarkerMemory {
  readonly read: () => StorageMarker | null
  readonly write: (marker: StorageMarker) => void
}

export interface StorageWatch {
  readonly finding: StorageFinding
  /** Events were committed. */
  readonly committed: (log: { readonly logId: LogId; readonly sessionId: SessionId; readonly head: number }) => void
  /** The server may have everything: look, and remember how far. */
  readonly looked: () => Promise<void>
  /** Scans of a log that had not been sent, as far as this device knows. */
  readonly unsentOf: (logId: LogId) => number
}

/**
 * Compare, then go on from what is there: a finding is told once. Needs one read of the marked logs; nothing is written
 * to the database. Rules: docs/SPEC.md SR3, SR4
 */
export async function watchStorage(scans: ScansStore, deviceId: DeviceId, memory: MarkerMemory): Promise<StorageWatch> {
  const before = memory.read()
  const heads = await readHeads(scans, before)
  const finding = compareMarker(before, deviceId, (logId) => heads.get(logId) ?? 0)
  const fresh: StorageMarker = { deviceId, logs: [] }
  if (finding.kind !== 'intact' || before === null) memory.write(fresh)

  /** Read anew each time: other windows of the user write it too. */
  function now(): StorageMarker {
    const marker = memory.read()
    return marker?.deviceId === deviceId ? marker : fresh
  }

  return {
    finding,
    committed: (log) => memory.write(withHead(now(), log)),
    unsentOf: (logId) => {
      const log = now().logs.find((it) => it.logId === logId)
      return log === undefined ? 0 : log.head - log.sentHead
    },
    async looked() {
      const marker = now()
      if (!hasUnsent(marker)) return
      for (const sessionId of new Set(marker.logs.filter((it) => it.sentHead < it.head).map((it) => it.sessionId))) {
        const sent = await readSentHeads(scans, sessionId, marker)
        if (sent !== null) memory.write(withSent(now(), sessionId, (logId) => sent.get(logId) ?? 0))
      }
    },
  }
}

function readHeads(scans: ScansStore, marker: StorageMarker | null): Promise<ReadonlyMap<LogId, number>> {
  const logIds = marker?.logs.map((it) => it.logId) ?? []
  if (logIds.length === 0) return Promise.resolve(new Map())
  return scans.tx(['logs'], 'r', async (tx) => headsIn(await tx.bulkGet('logs', logIds)))
}

/** Heads and acknowledgements of one moment; null while the server lacks something of the session. */
function readSentHeads(scans: ScansStore, sessionId: SessionId, marker: StorageMarker): Promise<ReadonlyMap<LogId, number> | null> {
  const logIds = marker.logs.filter((it) => it.sessionId === sessionId).map((it) => it.logId)
  return scans.tx(['logs', 'counters'], 'r', async (tx) => {
    if ((await savedScans(tx, sessionId)) !== (await syncedScans(tx, sessionId))) return null
    return headsIn(await tx.bulkGet('logs', logIds))
  })
}

function headsIn(rows: readonly (Parameters<typeof isLog>[0] | undefined)[]): ReadonlyMap<LogId, number> {
  return new Map(rows.flatMap((row) => (row !== undefined && isLog(row) ? [[row.logId, row.head]] : [])))
}
