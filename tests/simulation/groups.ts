// Which row each scan belongs to, reckoned apart from the product's fold: by session, log and item.
import { rowUuidOf } from '../../src/domain/row-uuid'
import type { Change } from '../../src/db/memory-table'
import type { CountRecord } from '../../src/domain/count-record'
import type { RowUuid, SessionId } from '../../src/domain/ids'
import type { StoredScanEvent } from '../../src/domain/scan-event'

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

/** An item that was counted is not any more, or the other way round. */
export function isTurned({ before, after }: Change): boolean {
  return before !== undefined && after !== undefined && (before['standing'] === 0) !== (after['standing'] === 0)
}

/** Which line on screen a row is part of. */
export function lineOf(row: object | undefined): string {
  const { sessionId, lineKey } = (row ?? {}) as Partial<CountRecord>
  return `${sessionId ?? ''} ${lineKey ?? ''}`
}
