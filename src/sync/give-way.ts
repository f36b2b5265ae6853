// Base profile: rows taken over by file give way to a newer value of their own device, for the server cannot tell the two apart.
import type { CountRecord } from '../domain/count-record'
import { sumQuantity, ZERO } from '../domain/quantity'
import type { Micro } from '../domain/quantity'
import type { LogId, RowUuid, SessionId } from '../domain/ids'
import { LAST } from '../ports/store'
import type { ServerItem } from '../ports/server'
import { isLog } from '../usecases/scan-totals'
import { ACK_TABLES, markAcks } from './acknowledge'
import { isHardCount } from './apply-identity'
import { applyToLines, LINE_TABLES } from './apply-lines'
import type { NetworkDeps } from './network-deps'
import { pullSession } from './pull'
import { beginPull, storeInventoryCountItems } from './store-inventory-count-items'

const LOGS_MAX = 10_000
const ROWS_MAX = 20_000
const EVENTS_MAX = 20_000

/**
 * A base server knows no revisions: whoever writes last wins. The device that made the scans may have gone on and sent
 * more by itself, so before rows of taken logs are sent the server is read. A row that it shows with a quantity that
 * these scans never had on their way is newer than the file: it stays, and the file's is not sent. The rest is sent.
 * Between the reading and the sending a newer value can still be overwritten until its device sends or submits again:
 * the limit of this profile. Rules: docs/SPEC.md HF10
 *
 * @returns how many rows gave way
 */
export async function giveWay(deps: NetworkDeps, sessionId: SessionId, signal?: AbortSignal): Promise<number> {
  if (deps.abilities.profile === 'extended') return 0
  const rows = await unsentTakenRows(deps, sessionId)
  if (rows.length === 0) return 0
  const items = new Map<string, ServerItem>()
  await pullSession(deps, sessionId, {
    signal,
    onPage: (page) => {
      for (const item of page) if (item.uuid !== null) items.set(item.uuid, item)
    },
  })
  const newer: ServerItem[] = []
  for (const row of rows) {
    const item = items.get(row.uuid)
    if (item !== undefined && item.quantity !== null && !(await wasOnTheWay(deps, row, item.quantity))) newer.push(item)
  }
  if (newer.length === 0) return 0
  await dropOwn(deps, sessionId, newer.flatMap((item) => item.uuid ?? []))
  await storeInventoryCountItems(deps, sessionId, newer, { pull: beginPull(), isComplete: false })
  deps.log.write('warn', 'taken-scans-gave-way', { sessionId, rows: newer.length })
  return newer.length
}

function unsentTakenRows({ scans }: NetworkDeps, sessionId: SessionId): Promise<CountRecord[]> {
  return scans.tx(['logs', 'outbox', 'inventoryCountRecords'], 'r', async (tx) => {
    const logs = await tx.range('logs', 'sessionId', { lower: sessionId, upper: sessionId, limit: LOGS_MAX })
    const taken = new Set<LogId | null>(logs.flatMap((log) => (isLog(log) && log.takenFrom !== undefined ? [log.logId] : [])))
    if (taken.size === 0) return []
    const uuids = await tx.rangeKeys('outbox', '[sessionId+uuid]', { lower: [sessionId, ''], upper: [sessionId, LAST], limit: ROWS_MAX })
    const rows = await tx.bulkGet('inventoryCountRecords', uuids)
    return rows.flatMap((row) => (row?.origin === 'own' && taken.has(row.logId) ? [row] : []))
  })
}

/** Has the log ever counted this much of the item, up to now? */
async function wasOnTheWay({ scans }: NetworkDeps, row: CountRecord, quantity: Micro): Promise<boolean> {
  const { sessionId, itemKey, logId } = row
  const events = await scans.tx(['scanEvents'], 'r', (tx) =>
    tx.range('scanEvents', '[sessionId+itemKey+gid]', { lower: [sessionId, itemKey, 0], upper: [sessionId, itemKey, Infinity], limit: EVENTS_MAX }),
  )
  let sum = ZERO
  if (quantity === sum) return true
  for (const event of events) {
    if (event.logId !== logId) continue
    sum = sumQuantity(sum, event.quantity)
    if (quantity === sum) return true
  }
  return false
}

/** The events stay; their sum is not this device's to tell any more. What the server shows is joined next. */
function dropOwn(deps: NetworkDeps, sessionId: SessionId, uuids: readonly RowUuid[]): Promise<void> {
  const at = deps.clock.now()
  return deps.scans.tx([...new Set([...LINE_TABLES, ...ACK_TABLES, 'sessions'] as const)], 'rw', async (tx) => {
    const rows = (await tx.bulkGet('inventoryCountRecords', uuids)).flatMap((row) => (row?.origin === 'own' ? [row] : []))
    await markAcks(
      tx,
      sessionId,
      rows.map(({ uuid, rev, matchRev, standing, importItemSeqId }) => ({ uuid, rev, matchRev, standing: standing ?? 0, importItemSeqId, at })),
    )
    await tx.bulkDelete('inventoryCountRecords', rows.map((row) => row.uuid))
    await tx.bulkDelete('outbox', rows.map((row) => row.uuid))
    await applyToLines(tx, {
      sessionId,
      isHardCount: await isHardCount(tx, sessionId),
      changes: rows.map((row) => ({ before: row, after: null })),
      textsOf: (lineKey) => ({ name: lineKey, identifier: lineKey }),
    })
  })
}
