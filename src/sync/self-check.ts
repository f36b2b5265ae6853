// Does a row still say what its events say? Looked at when a session is opened: first what was added since the last look,
// then, while nobody waits for it, all the rest.
import type { CountRecord } from '../domain/count-record'
import { foldScanEvents } from '../domain/fold'
import type { LogId, RowUuid, SessionId } from '../domain/ids'
import type { StoredScanEvent } from '../domain/scan-event'
import type { ScansTx } from '../ports/scans-schema'
import { readCursor } from '../usecases/overlay'
import { isLog, readSessionSum } from '../usecases/scan-totals'
import { addToReport } from '../usecases/start-report'
import type { EngineDeps } from './engine-deps'
import { readLogPage } from './give-scans'
import { rebuildSession } from './rebuild'
import { halfRebuiltKey } from './rebuild-pieces'
import { readSession } from './session-row'

const PAGE = 1000
/** New events looked at in one go; the rest has its turn at the next opening. */
const EVENTS_MAX = 20_000

/**
 * Compare the rows that new events went into with the sum of their logs (sync.md 2.10), and rebuild the session where
 * they differ, or where a rebuild was broken off. Costs three reads when nothing is new; else each log that was added to
 * is read once, in transactions that hold no scan up for longer than a page. Rules: docs/SPEC.md SR6, SR7, SR13
 *
 * @returns how many rows were wrong; 0 = well
 */
export async function checkSession(deps: EngineDeps, sessionId: SessionId): Promise<number> {
  const { from, to, isHalf } = await whatIsNew(deps, sessionId)
  if (isHalf) await mend(deps, sessionId, 0)
  if (to <= from) return 0
  const { events, isAll } = await readEvents(deps, sessionId, { from, to })
  const last = events.at(-1)
  if (last === undefined) return 0
  const wrong = await wrongRows(deps, await wantedRows(deps, events))
  if (wrong > 0) await mend(deps, sessionId, wrong)
  const gid = isAll ? to : last.gid
  await deps.scans.tx(['meta'], 'rw', (tx) => tx.put('meta', { k: `checked:${sessionId}`, gid }))
  return wrong
}

/** Events read at once while somebody may be scanning, and the pause before the next. */
const PIECE = 500
const PAUSE_MS = 500
/** Pieces of one look: 200,000 events, more than a session has. */
const PIECES_MAX = 400
const LOGS_MAX = 10_000

/**
 * Compare all rows of a session with the sum of their logs, log by log, in pieces that hold nobody up, and rebuild the
 * session at the first that differ: a row may be damaged after it was looked at. Costs as much as the session has
 * events, once an opening. Rule: docs/SPEC.md SR11
 *
 * @param isWanted asked before each piece: the session is still open here
 * @returns how many rows were wrong; 0 = well, or not wanted any more
 */
export async function lookOverSession(deps: EngineDeps, sessionId: SessionId, isWanted: () => boolean): Promise<number> {
  const { logs, cursor } = await deps.scans.tx(['logs', 'meta'], 'r', async (tx) => ({
    logs: (await tx.range('logs', 'sessionId', { lower: sessionId, upper: sessionId, limit: LOGS_MAX })).filter(isLog),
    cursor: await readCursor(tx),
  }))
  let pieces = 0
  for (const { logId, head } of logs) {
    let wanted: ReadonlyMap<RowUuid, CountRecord> = new Map()
    for (let after = 0; after < head; ) {
      if (++pieces > PIECES_MAX) return 0
      await deps.timers.sleep(PAUSE_MS)
      if (!isWanted()) return 0
      const page = await deps.scans.tx(['scanEvents'], 'r', (tx) => readLogPage(tx, logId, { after, head: Math.min(head, after + PIECE) }))
      const folded = page.filter((it) => it.gid <= cursor)
      wanted = new Map([...wanted, ...foldScanEvents(wanted, folded, () => UNIDENTIFIED)])
      if (folded.length < PIECE) break
      after += PIECE
    }
    const wrong = await wrongInPieces(deps, wanted)
    if (wrong === 0) continue
    await mend(deps, sessionId, wrong)
    return wrong
  }
  return 0
}

async function wrongInPieces(deps: EngineDeps, wanted: ReadonlyMap<RowUuid, CountRecord>): Promise<number> {
  const rows = [...wanted]
  let wrong = 0
  for (let at = 0; at < rows.length; at += PIECE) wrong += await wrongRows(deps, new Map(rows.slice(at, at + PIECE)))
  return wrong
}

/** Events that are folded and were not looked at, as bounds of their gids; and whether a rebuild was broken off. */
function whatIsNew({ scans }: EngineDeps, sessionId: SessionId): Promise<{ readonly from: number; readonly to: number; readonly isHalf: boolean }> {
  return scans.tx(['meta', 'logs', 'scanEvents'], 'r', async (tx) => {
    const [checked, half] = await tx.bulkGet('meta', [`checked:${sessionId}`, halfRebuiltKey(sessionId)])
    const { lastGid } = await readSessionSum(tx, sessionId)
    return { from: checked !== undefined && 'gid' in checked ? checked.gid : 0, to: Math.min(lastGid, await readCursor(tx)), isHalf: half !== undefined }
  })
}

async function readEvents(
  { scans }: EngineDeps,
  sessionId: SessionId,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<{ readonly events: readonly StoredScanEvent[]; readonly isAll: boolean }> {
  const events: StoredScanEvent[] = []
  while (events.length < EVENTS_MAX) {
    const after = events.at(-1)?.gid ?? from
    const page = await scans.tx(['scanEvents'], 'r', (tx) =>
      tx.range('scanEvents', '[sessionId+gid]', { lower: [sessionId, after], lowerOpen: true, upper: [sessionId, to], limit: PAGE }),
    )
    events.push(...page)
    if (page.length < PAGE) return { events, isAll: true }
  }
  return { events, isAll: false }
}

/** The rows of these events, from the beginning of their logs up to the last of them. */
async function wantedRows(deps: EngineDeps, events: readonly StoredScanEvent[]): Promise<ReadonlyMap<RowUuid, CountRecord>> {
  const byLog = new Map<LogId, StoredScanEvent[]>()
  for (const event of events) byLog.set(event.logId, [...(byLog.get(event.logId) ?? []), event])
  const wanted = new Map<RowUuid, CountRecord>()
  for (const [logId, added] of byLog) {
    const first = added[0]?.seq ?? 1
    const all = [...(await readLogUpTo(deps, logId, first - 1)), ...added]
    for (const [uuid, row] of foldScanEvents(new Map(), all, () => UNIDENTIFIED)) wanted.set(uuid, row)
  }
  return wanted
}

const UNIDENTIFIED = { productId: null, isRequested: false, systemQuantityOnHand: null, matchRev: 0 } as const

async function readLogUpTo({ scans }: EngineDeps, logId: LogId, head: number): Promise<StoredScanEvent[]> {
  const events: StoredScanEvent[] = []
  while (events.length < head) {
    const page = await scans.tx(['scanEvents'], 'r', (tx) => readLogPage(tx, logId, { after: events.length, head }))
    if (page.length === 0) break
    events.push(...page)
  }
  return events
}

function wrongRows({ scans }: EngineDeps, wanted: ReadonlyMap<RowUuid, CountRecord>): Promise<number> {
  return scans.tx(['inventoryCountRecords', 'logs'], 'r', async (tx) => {
    const taken = await takenLogs(tx, wanted)
    const rows = await tx.bulkGet('inventoryCountRecords', [...wanted.keys()])
    return [...wanted.values()].filter((row, index) => isWrong(row, rows[index], taken)).length
  })
}

async function takenLogs(tx: ScansTx, wanted: ReadonlyMap<RowUuid, CountRecord>): Promise<ReadonlySet<LogId | null>> {
  const logIds = [...new Set([...wanted.values()].flatMap((row) => row.logId ?? []))]
  const logs = await tx.bulkGet('logs', logIds)
  return new Set(logs.flatMap((log) => (log !== undefined && isLog(log) && log.takenFrom !== undefined ? [log.logId] : [])))
}

function isWrong(wanted: CountRecord, row: CountRecord | undefined, taken: ReadonlySet<LogId | null>): boolean {
  // Base profile: rows taken over by file may have given way to the server's.
  if (row?.origin !== 'own' && taken.has(wanted.logId)) return false
  if (row === undefined || row.rev < wanted.rev) return true
  // Higher: something was folded meanwhile, or the server knows more of a log that this disk has lost.
  return row.rev === wanted.rev && (row.quantity !== wanted.quantity || (row.standing !== null && row.standing !== wanted.standing))
}

async function mend(deps: EngineDeps, sessionId: SessionId, rows: number): Promise<void> {
  deps.log.write('error', 'self-check-failed', { sessionId, rows })
  const { changedLines } = await rebuildSession(deps, sessionId)
  const sessionName = (await readSession(deps, sessionId))?.session.name ?? ''
  await addToReport(deps.scans, { kind: 'rebuilt', at: deps.clock.now(), sessionName, lines: changedLines })
}
