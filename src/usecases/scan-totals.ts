// How many scans of a session stand on this device, and how many of them the server has: one keyed read each.
import { asId } from '../domain/ids'
import type { LogId, SessionId } from '../domain/ids'
import type { LogRow, LogsRow, ScansTx, SessionSum } from '../ports/scans-schema'

/** Logs of one session: one per page life. */
const LOGS_MAX = 10_000

export function isLog(row: LogsRow): row is LogRow {
  return 'head' in row
}

/** Σ standing over the session's logs: what is saved on this device. Needs the table logs. */
export async function savedScans(tx: ScansTx, sessionId: SessionId): Promise<number> {
  return (await storedSum(tx, sessionId))?.standing ?? (await standingOfLogs(tx, sessionId))
}

/**
 * The session's sum, as the append keeps it; added up from the logs where none is stored yet, which the next append
 * makes good. Needs the tables logs and scanEvents.
 */
export async function readSessionSum(tx: ScansTx, sessionId: SessionId): Promise<SessionSum> {
  const stored = await storedSum(tx, sessionId)
  if (stored !== null) return stored
  const logs = await logsOf(tx, sessionId)
  const newest = logs.toSorted((a, b) => b.lastAt - a.lastAt)[0]
  const [last] =
    newest === undefined
      ? []
      : await tx.range('scanEvents', '[logId+seq]', {
          lower: [newest.logId, newest.head],
          upper: [newest.logId, newest.head],
          limit: 1,
        })
  const standing = logs.reduce((sum, log) => sum + log.standing, 0)
  return { logId: sumIdOf(sessionId), kind: 'session', standing, lastGid: last?.gid ?? 0 }
}

function sumIdOf(sessionId: SessionId): LogId {
  return asId<LogId>(`sum:${sessionId}`)
}

async function storedSum(tx: ScansTx, sessionId: SessionId): Promise<SessionSum | null> {
  const row = await tx.get('logs', sumIdOf(sessionId))
  return row !== undefined && 'lastGid' in row ? row : null
}

async function standingOfLogs(tx: ScansTx, sessionId: SessionId): Promise<number> {
  return (await logsOf(tx, sessionId)).reduce((sum, log) => sum + log.standing, 0)
}

async function logsOf(tx: ScansTx, sessionId: SessionId): Promise<LogRow[]> {
  const rows = await tx.range('logs', 'sessionId', { lower: sessionId, upper: sessionId, limit: LOGS_MAX })
  return rows.filter(isLog)
}

/** Standing scans in the acknowledged revisions. */
export async function syncedScans(tx: ScansTx, sessionId: SessionId): Promise<number> {
  const counter = await tx.get('counters', [sessionId, 'synced'])
  return counter?.kind === 'synced' ? counter.standing : 0
}
