// How many scans of a session stand on this device, and how many of them the server has.
import type { SessionId } from '../domain/ids'
import type { ScansTx } from '../ports/scans-schema'

/** Logs of one session: one per page life. */
const LOGS_MAX = 10_000

/** Σ standing over the session's logs: what is saved on this device. */
export async function savedScans(tx: ScansTx, sessionId: SessionId): Promise<number> {
  const logs = await tx.range('logs', 'sessionId', { lower: sessionId, upper: sessionId, limit: LOGS_MAX })
  return logs.reduce((sum, log) => sum + log.standing, 0)
}

/** Standing scans in the acknowledged revisions. */
export async function syncedScans(tx: ScansTx, sessionId: SessionId): Promise<number> {
  const counter = await tx.get('counters', [sessionId, 'synced'])
  return counter?.kind === 'synced' ? counter.standing : 0
}
