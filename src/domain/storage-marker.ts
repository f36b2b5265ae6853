// What a device remembers outside its database: enough to notice that the database was cleared or set back (sync.md 2.13).
import type { DeviceId, LogId, SessionId } from './ids'

export interface MarkedLog {
  readonly logId: LogId
  readonly sessionId: SessionId
  /** seq of the last event that was committed. */
  readonly head: number
  /** Up to here the server had everything. */
  readonly sentHead: number
}

export interface StorageMarker {
  readonly deviceId: DeviceId
  /** Newest last. */
  readonly logs: readonly MarkedLog[]
}

/** Sent logs that are remembered beside the unsent ones. */
const SENT_LOGS_MAX = 5
const LOGS_MAX = 100

export type StorageFinding =
  | { readonly kind: 'intact' }
  /** Another database than before: at most so many scans of the old one had not been sent. */
  | { readonly kind: 'wiped'; readonly scansMissing: number }
  /** An older state of the same database: at most so many of what it lacks had not been sent. */
  | { readonly kind: 'set-back'; readonly scansMissing: number }

/**
 * Compare what was remembered with what is there. Rules: docs/SPEC.md SR4
 *
 * @param headOf seq of the last stored event of a log; 0 = no such log
 */
export function compareMarker(
  marker: StorageMarker | null,
  deviceId: DeviceId,
  headOf: (logId: LogId) => number,
): StorageFinding {
  if (marker === null) return { kind: 'intact' }
  if (marker.deviceId !== deviceId) return { kind: 'wiped', scansMissing: unsentOf(marker.logs, () => 0) }
  const isSetBack = marker.logs.some((log) => headOf(log.logId) < log.head)
  return isSetBack ? { kind: 'set-back', scansMissing: unsentOf(marker.logs, headOf) } : { kind: 'intact' }
}

function unsentOf(logs: readonly MarkedLog[], headOf: (logId: LogId) => number): number {
  return logs.reduce((sum, log) => sum + Math.max(0, log.head - Math.max(log.sentHead, headOf(log.logId))), 0)
}

/** A commit: the log's head moved. A head never goes back. */
export function withHead(marker: StorageMarker, log: Omit<MarkedLog, 'sentHead'>): StorageMarker {
  const before = marker.logs.find((it) => it.logId === log.logId)
  const moved: MarkedLog = { ...log, head: Math.max(log.head, before?.head ?? 0), sentHead: before?.sentHead ?? 0 }
  return { ...marker, logs: pruned([...marker.logs.filter((it) => it.logId !== log.logId), moved]) }
}

/** The server has everything of a session up to these heads. */
export function withSent(marker: StorageMarker, sessionId: SessionId, headOf: (logId: LogId) => number): StorageMarker {
  const logs = marker.logs.map((log) =>
    log.sessionId === sessionId ? { ...log, sentHead: Math.max(log.sentHead, Math.min(log.head, headOf(log.logId))) } : log,
  )
  return { ...marker, logs: pruned(logs) }
}

export function hasUnsent(marker: StorageMarker): boolean {
  return marker.logs.some((log) => log.sentHead < log.head)
}

function pruned(logs: readonly MarkedLog[]): readonly MarkedLog[] {
  const sent = logs.filter((log) => log.sentHead >= log.head)
  const forgotten = new Set(sent.slice(0, Math.max(0, sent.length - SENT_LOGS_MAX)))
  return logs.filter((log) => !forgotten.has(log)).slice(-LOGS_MAX)
}
