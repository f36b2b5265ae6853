// Collect what the server lacks of this device's work, so that a file can carry it to another device.
import type { CountRecord } from '../domain/count-record'
import { HANDOVER_LIMITS } from '../domain/handover'
import type { Handover, HandoverLog, HandoverMatch } from '../domain/handover'
import { asId } from '../domain/ids'
import type { DeviceId, ItemKey, LogId, SessionId } from '../domain/ids'
import type { StoredScanEvent } from '../domain/scan-event'
import type { LogRow, ScansTx } from '../ports/scans-schema'
import { isLog, savedScans, syncedScans } from '../usecases/scan-totals'
import type { EngineDeps } from './engine-deps'
import { foldNew } from './fold'

/** Rows of one device that wait; far more than a device can hold events for. */
const ROWS_MAX = 100_000
const PAGE = 1000

/**
 * The logs of all rows that are not acknowledged, refused and held ones too, each log whole: whoever folds it gets the
 * same rows with the same revisions, so that it does not matter who sends them, or how often. No token, no password.
 * Rules: docs/SPEC.md HF1, HF2
 *
 * @returns `nothing` when the server has it all, `too-large` beyond the limit of a file
 */
export async function collectUnsent(deps: EngineDeps, serverOrigin: string): Promise<Handover | 'nothing' | 'too-large'> {
  await foldNew(deps)
  const found = await deps.scans.tx(
    ['outbox', 'quarantine', 'inventoryCountRecords', 'logs', 'sessions', 'matches', 'counters', 'meta'],
    'r',
    findUnsent,
  )
  if (found.logs.length === 0) return 'nothing'
  if (found.logs.reduce((sum, log) => sum + log.head, 0) > HANDOVER_LIMITS.events) return 'too-large'
  const logs: HandoverLog[] = []
  for (const { logId, sessionId, userName, head } of found.logs)
    logs.push({ logId, sessionId, userName, events: await readLog(deps, logId, head) })
  const { userName } = deps.caller
  return { ...found.about, serverOrigin, userName: asId(userName), savedAt: deps.clock.now(), logs }
}

interface Found {
  readonly logs: readonly LogRow[]
  readonly about: Pick<Handover, 'deviceId' | 'deviceName' | 'clockOffsetMs' | 'scans' | 'lines' | 'sessions' | 'matches'>
}

async function findUnsent(tx: ScansTx): Promise<Found> {
  const waiting = await tx.range('outbox', ':id', { limit: ROWS_MAX })
  const refused = await tx.range('quarantine', ':id', { limit: ROWS_MAX })
  const uuids = [...new Set([...waiting, ...refused].map((it) => it.uuid))]
  const stored = await tx.bulkGet('inventoryCountRecords', uuids)
  const rows = stored.flatMap((row) => (row?.origin === 'own' ? [row] : []))
  const logIds = [...new Set(rows.flatMap((row) => row.logId ?? []))]
  const logs = (await tx.bulkGet('logs', logIds)).flatMap((row) => (row !== undefined && isLog(row) ? [row] : []))
  const sessionIds = [...new Set(logs.map((log) => log.sessionId))].toSorted()
  const sessions = await tx.bulkGet('sessions', sessionIds)
  const device = await tx.get('meta', 'device')
  const serverClock = await tx.get('meta', 'serverClock')
  return {
    logs: logs.toSorted((a, b) => a.lastAt - b.lastAt),
    about: {
      deviceId: asId<DeviceId>(device?.k === 'device' ? device.deviceId : 'unknown'),
      deviceName: device?.k === 'device' ? device.name : '',
      ...(serverClock?.k === 'serverClock' ? { clockOffsetMs: serverClock.offsetMs } : {}),
      scans: await unsentOf(tx, sessionIds),
      lines: new Set(rows.map((row) => `${row.sessionId}\n${row.lineKey}`)).size,
      sessions: sessions.flatMap((row) => (row === undefined ? [] : [{ session: row.session, cycleCount: row.cycleCount }])),
      matches: await userMatches(tx, rows),
    },
  }
}

async function unsentOf(tx: ScansTx, sessionIds: readonly SessionId[]): Promise<number> {
  let scans = 0
  for (const sessionId of sessionIds)
    scans += Math.max(0, (await savedScans(tx, sessionId)) - (await syncedScans(tx, sessionId)))
  return scans
}

/** What a person said; what a catalogue says the other device finds out by itself. */
async function userMatches(tx: ScansTx, rows: readonly CountRecord[]): Promise<HandoverMatch[]> {
  const keys = [...new Map(rows.map(({ sessionId, itemKey }) => [`${sessionId}\n${itemKey}`, [sessionId, itemKey]])).values()]
  const matches = await tx.bulkGet('matches', keys as [SessionId, ItemKey][])
  return matches.flatMap((match) => {
    if (match === undefined || match.source !== 'user' || match.productId === null) return []
    const { sessionId, itemKey, productId, packSize } = match
    return [{ sessionId, itemKey, productId, packSize }]
  })
}

/** Page by page in transactions of their own: scans go on meanwhile. */
async function readLog({ scans }: EngineDeps, logId: LogId, head: number): Promise<StoredScanEvent[]> {
  const events: StoredScanEvent[] = []
  while (events.length < head) {
    const page = await scans.tx(['scanEvents'], 'r', (tx) => readLogPage(tx, logId, { after: events.length, head }))
    if (page.length === 0) break
    events.push(...page)
  }
  return events
}

/** Events of a log behind the first `after`, at most a page of them. */
export function readLogPage(
  tx: ScansTx,
  logId: LogId,
  { after, head }: { readonly after: number; readonly head: number },
): Promise<StoredScanEvent[]> {
  return tx.range('scanEvents', '[logId+seq]', { lower: [logId, after + 1], upper: [logId, head], limit: PAGE })
}
