// Which row each scan belongs to, reckoned apart from the product's fold: by session, log and item.
import { rowUuidOf } from '../../src/domain/row-uuid'
import type { MemoryDatabase } from '../../src/db/memory-store'
import type { Change } from '../../src/db/memory-table'
import type { CountRecord } from '../../src/domain/count-record'
import type { RowUuid, SessionId } from '../../src/domain/ids'
import type { StoredScanEvent } from '../../src/domain/scan-event'
import type { ScansShape } from '../../src/ports/scans-schema'

export interface Group {
  readonly uuid: RowUuid
  readonly logId: string
  readonly sessionId: SessionId
  readonly itemKey: string
  /** Place of its newest event in the log. */
  head: number
}

const uuids = new Map<string, RowUuid>()

export function groupsOf(events: readonly StoredScanEvent[]): Map<RowUuid, Group> {
  const groups = new Map<RowUuid, Group>()
  for (const { sessionId, logId, itemKey, seq } of events) {
    const key = `${sessionId}\n${logId}\n${itemKey}`
    const uuid = uuids.get(key) ?? rowUuidOf(sessionId, logId, itemKey)
    uuids.set(key, uuid)
    const group = groups.get(uuid) ?? { uuid, logId, sessionId, itemKey, head: 0 }
    group.head = Math.max(group.head, seq)
    groups.set(uuid, group)
  }
  // One process runs thousands of seeds.
  if (uuids.size > 20_000) uuids.clear()
  return groups
}

/** Base: rows of taken-over logs that their own device has sent newer values of (HF16). */
export function hasGivenWay(database: MemoryDatabase<ScansShape>): boolean {
  const taken = new Set(database.rows('logs').flatMap((it) => ('takenFrom' in it && it.takenFrom !== undefined ? [it.logId] : [])))
  if (taken.size === 0) return false
  const groups = groupsOf(database.rows('scanEvents').filter((it) => taken.has(it.logId)))
  return [...groups.keys()].some((uuid) => database.row('inventoryCountRecords', uuid)?.origin === 'server')
}

/** Of a log that came by file. */
export function isFromFile(database: MemoryDatabase<ScansShape>, row: CountRecord): boolean {
  const log = row.logId === null ? undefined : database.row('logs', row.logId)
  return log !== undefined && 'takenFrom' in log && log.takenFrom !== undefined
}

/** Of a log that came by file the fold has not made all of a row yet: up to there the server may have it (seed 357). */
export function isBehindFile(database: MemoryDatabase<ScansShape>, row: CountRecord | undefined): boolean {
  if (row === undefined || !isFromFile(database, row)) return false
  const events = database.rows('scanEvents').filter((it) => it.logId === row.logId)
  return (groupsOf(events).get(row.uuid)?.head ?? 0) > row.rev
}

/** An item that was counted is not any more, or the other way round. */
export function isTurned({ before, after }: Change): boolean {
  return before !== undefined && after !== undefined && (before['standing'] === 0) !== (after['standing'] === 0)
}

/** Which line on screen a row is part of. */
export function lineOf(row: object | undefined): string {
  const { sessionId, lineKey } = (row ?? {}) as Partial<CountRecord>
  return `${sessionId ?? ''} ${lineKey ?? ''}`
}
