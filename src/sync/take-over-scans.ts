// Take scans over that another device could not send: each log whole, exactly once, whoever sends what, and when.
import type { CountRecord } from '../domain/count-record'
import { foldScanEvents, rowUuidOfEvent } from '../domain/fold'
import type { Handover, HandoverLog, HandoverSession } from '../domain/handover'
import type { DeviceId, RowUuid, SessionId } from '../domain/ids'
import type { RowChange } from '../domain/lines'
import { ZERO } from '../domain/quantity'
import { standingOf } from '../domain/scan-event'
import type { ScanEvent, StoredScanEvent } from '../domain/scan-event'
import type { LogRow, MatchRow, ScansTx, SessionRow } from '../ports/scans-schema'
import { isLog, readSessionSum } from '../usecases/scan-totals'
import { textsFor } from '../usecases/identities'
import { ACK_TABLES, markAcks } from './acknowledge'
import type { AckMark } from './acknowledge'
import { isHardCount, rowsOfKey, withMatch } from './apply-identity'
import { applyToLines, LINE_TABLES } from './apply-lines'
import type { EngineDeps } from './engine-deps'
import type { NetworkDeps } from './network-deps'
import { standAgainst } from './newer-than-file'
import { foldNew, rawTexts } from './fold'
import { readLogPage } from './give-scans'
import { addUnsent } from './own-again'
import { isPackOpen, learnIdentities, learnPacks } from './pack-sizes'
import { packOf } from './store-inventory-count-items'

const ADD_CHUNK = 1000

const TABLES = [...new Set([...LINE_TABLES, ...ACK_TABLES, 'scanEvents', 'logs', 'matches', 'sessions'] as const)]

/**
 * How a log of the file stands to this device. `conflict`: under this number other scans are here, or these scans
 * under another one (a copied or reset disk); to store it would count something twice, so nothing of it is stored.
 */
export interface LogStanding {
  readonly sessionId: SessionId
  readonly kind: 'missing' | 'known' | 'conflict'
  /** Standing scans that this device does not have yet. */
  readonly newScans: number
}

export interface TakenOver {
  readonly logs: readonly LogStanding[]
  /** Standing scans that are here now and were not before. */
  readonly newScans: number
  readonly conflicts: number
}

/** The profile as it was at the last sign-in: a file is taken over without a network, too. */
type TakingDeps = EngineDeps & Pick<NetworkDeps, 'abilities'>

/** What taking over would do. Changes nothing. */
export async function lookAtHandover({ scans }: EngineDeps, handover: Handover): Promise<TakenOver> {
  const logs: LogStanding[] = []
  for (const log of handover.logs)
    logs.push(await scans.tx(['scanEvents', 'logs'], 'r', async (tx) => standingAt(log, await whatIsHere(tx, log))))
  return summed(logs)
}

/**
 * Store the logs of a file and fold them. One transaction a log: what a crash leaves out, the same file brings. A log
 * that is here in part is completed; one that is here is left alone. Whatever the server has of them already is taken
 * for acknowledged, so that the tally tells the truth. Rules: docs/SPEC.md HF3-HF9
 */
export async function takeOverScans(deps: TakingDeps, handover: Handover): Promise<TakenOver> {
  const logs: LogStanding[] = []
  for (const log of handover.logs) {
    logs.push(await storeLog(deps, handover, log))
    deps.bus.post({ kind: 'appended', sessionId: log.sessionId })
  }
  await foldNew(deps)
  await takeMatches(deps, handover)
  const result = summed(logs)
  deps.log.write('info', 'scans-taken-over', {
    from: handover.deviceName,
    userName: handover.userName,
    scans: result.newScans,
    conflicts: result.conflicts,
  })
  return result
}

function summed(logs: readonly LogStanding[]): TakenOver {
  return {
    logs,
    newScans: logs.reduce((sum, log) => sum + log.newScans, 0),
    conflicts: logs.filter((log) => log.kind === 'conflict').length,
  }
}

interface Here {
  readonly row: LogRow | undefined
  readonly events: readonly StoredScanEvent[]
  readonly isSame: boolean
}

async function whatIsHere(tx: ScansTx, log: HandoverLog): Promise<Here> {
  const row = await tx.get('logs', log.logId)
  if (row === undefined) return { row, events: [], isSame: await isUnknown(tx, log.events) }
  if (!isLog(row) || row.sessionId !== log.sessionId) return { row: undefined, events: [], isSame: false }
  const events: StoredScanEvent[] = []
  const common = Math.min(row.head, log.events.length)
  while (events.length < common) {
    const page = await readLogPage(tx, log.logId, { after: events.length, head: common })
    if (page.length === 0) break
    events.push(...page)
  }
  const isSame =
    events.length === common &&
    events.every((event, index) => event.eventId === log.events[index]?.eventId) &&
    (await isUnknown(tx, log.events.slice(row.head)))
  return { row, events, isSame }
}

/**
 * Are the first and the last of these events, and what all of them take back, new here? Asked by get, because a failed
 * add says nothing about why. A log is written by one page life, so that its ends tell; anything between them that is
 * here under another number breaks the unique index, and the whole log with it.
 */
async function isUnknown(tx: ScansTx, events: readonly ScanEvent[]): Promise<boolean> {
  for (const { eventId } of [events[0], events.at(-1)].filter((it) => it !== undefined))
    if ((await tx.rangeKeys('scanEvents', 'eventId', { lower: eventId, upper: eventId, limit: 1 })).length > 0) return false
  for (const event of events) {
    if (event.kind !== 'negation') continue
    const { negates } = event
    if ((await tx.rangeKeys('scanEvents', 'negates', { lower: negates, upper: negates, limit: 1 })).length > 0) return false
  }
  return true
}

function standingAt(log: HandoverLog, here: Here): LogStanding {
  const { sessionId } = log
  if (!here.isSame) return { sessionId, kind: 'conflict', newScans: 0 }
  const missing = log.events.slice(here.row?.head ?? 0)
  return { sessionId, kind: missing.length > 0 ? 'missing' : 'known', newScans: standingSum(missing) }
}

const standingSum = (events: readonly ScanEvent[]): number => events.reduce((sum, it) => sum + standingOf(it), 0)

async function storeLog(deps: TakingDeps, handover: Handover, log: HandoverLog): Promise<LogStanding> {
  try {
    return await storeWhole(deps, handover, log)
  } catch (error) {
    // Nothing was stored. If an index was broken the scan is there, and a person hears of it; else it is the storage.
    if (!(await isAnyHere(deps, log))) throw error
    deps.log.write('error', 'scans-in-conflict', { logId: log.logId, error: String(error) })
    return { sessionId: log.sessionId, kind: 'conflict', newScans: 0 }
  }
}

/** One by one: only for a log that was refused by an index. */
async function isAnyHere({ scans }: EngineDeps, { logId, events }: HandoverLog): Promise<boolean> {
  for (const { eventId } of events) {
    const [found] = await scans.tx(['scanEvents'], 'r', (tx) =>
      tx.range('scanEvents', 'eventId', { lower: eventId, upper: eventId, limit: 1 }),
    )
    if (found !== undefined && found.logId !== logId) return true
  }
  return false
}

async function storeWhole(deps: TakingDeps, handover: Handover, log: HandoverLog): Promise<LogStanding> {
  const stored = await deps.scans.tx(TABLES, 'rw', async (tx) => {
    await storeHeader(tx, handover.sessions, log.sessionId)
    const here = await whatIsHere(tx, log)
    const standing = standingAt(log, here)
    if (standing.kind === 'conflict') return { standing, counts: null }
    const counts = await settleRows(tx, log, { here, at: deps.clock.now(), isBase: deps.abilities.profile === 'hotwax' })
    if (standing.kind === 'missing') await addEvents(tx, log, { here, from: handover.deviceId, at: deps.clock.now() })
    await noteFile(tx, log, handover)
    return { standing, counts }
  })
  if (stored.counts !== null)
    deps.bus.post({ kind: 'lines', sessionId: log.sessionId, changed: stored.counts.changed.map((it) => it.lineKey), counts: stored.counts.counts })
  return stored.standing
}

/** A name for the session on a device that never opened it; it is opened by the network later. */
async function storeHeader(tx: ScansTx, sessions: readonly HandoverSession[], sessionId: SessionId): Promise<void> {
  const told = sessions.find((it) => it.session.sessionId === sessionId)
  if (told === undefined || (await tx.get('sessions', sessionId)) !== undefined) return
  const row: SessionRow = {
    sessionId,
    session: told.session,
    cycleCount: told.cycleCount,
    lock: { state: 'none', lease: null, lostTo: null },
    pulledAt: null,
    submitQueuedAt: null,
    submitProblem: null,
  }
  await tx.put('sessions', row)
}

interface Given {
  readonly here: Here
  readonly at: number
}

/**
 * Rows of this log that the server brought before. Where it knows as much as the file, its row stays and counts as
 * acknowledged. Where it knows less, or does not tell (base profile), the row goes back to what the events folded here
 * make of it, and the fold goes on from there: to the same bytes as a rebuild.
 */
async function settleRows(tx: ScansTx, log: HandoverLog, { here, at, isBase }: Given & { readonly isBase: boolean }) {
  const target = foldedRows(log.events.map((event) => ({ ...event, gid: 0 })))
  const missing = new Set(log.events.slice(here.row?.head ?? 0).map(rowUuidOfEvent))
  // Folded here or not: the fold skips what a row contains.
  const own = foldedRows(here.events)
  const events = isBase ? eventsByRow(log.events) : new Map<RowUuid, StoredScanEvent[]>()
  const uuids = [...target.keys()]
  const stored = await tx.bulkGet('inventoryCountRecords', uuids)
  const changes: RowChange[] = []
  const marks: AckMark[] = []
  for (const [index, uuid] of uuids.entries()) {
    const row = stored[index]
    const wanted = target.get(uuid)
    if (row?.origin !== 'server' || wanted === undefined) continue
    if (isAhead(row, events.get(uuid))) {
      marks.push(markOf({ ...row, rev: wanted.rev }, wanted, at))
      changes.push({ before: row, after: { ...row, logId: log.logId, rev: wanted.rev } })
      continue
    }
    // Base: what a row contains was acknowledged when it gave way.
    if (row.logId !== null && !isBase) marks.push(markOf(row, wanted, at))
    if ((row.logId !== null && row.rev >= wanted.rev) || !missing.has(uuid)) continue
    changes.push(...(await takeShownMatch(tx, row)), { before: row, after: await folded(tx, row, own.get(uuid)) })
  }
  await storeRows(tx, changes)
  const result = changes.length === 0 ? null : await applyToLines(tx, {
    sessionId: log.sessionId,
    isHardCount: await isHardCount(tx, log.sessionId),
    changes,
    textsOf: (lineKey) => textsOf(changes, lineKey),
  })
  await markAcks(tx, log.sessionId, marks)
  // A match that came while the row was the server's is unsent with it, also where nothing is folded any more (seed 25889).
  await addUnsent(tx, changes)
  return result
}

/**
 * What the server showed that a row stands for, where it is newer than what is known here: as the next pull would take it.
 * Else the row would show less than before, and a person's next word here would be no newer than what the server has.
 * Rule: docs/SPEC.md HF19
 *
 * @returns the other rows of its value
 */
async function takeShownMatch(tx: ScansTx, row: CountRecord): Promise<RowChange[]> {
  const { sessionId, itemKey, productId, matchRev, isRequested } = row
  const known = await tx.get('matches', [sessionId, itemKey])
  if (matchRev <= (known?.matchRev ?? 0)) return []
  const match: MatchRow = { sessionId, itemKey, productId, ...packOf(row, known), matchRev, source: 'server', isRequested }
  await tx.put('matches', match)
  const others = (await rowsOfKey(tx, sessionId, itemKey)).filter(({ uuid }) => uuid !== row.uuid)
  return others.map((before) => ({ before, after: withMatch(before, match) }))
}

/** What the events here make of a row, with what its value stands for. */
async function folded(tx: ScansTx, { sessionId, itemKey }: CountRecord, row: CountRecord | undefined): Promise<CountRecord | null> {
  return row === undefined ? null : withMatch(row, await tx.get('matches', [sessionId, itemKey]))
}

/** A base server shows what only the device of the log can have sent since the file was made. Rule: docs/SPEC.md HF16 */
function isAhead(row: CountRecord, events: readonly StoredScanEvent[] | undefined): boolean {
  if (events === undefined) return false
  const quantity = row.quantity === ZERO && row.standing === 0 ? null : row.quantity
  return standAgainst({ quantity, lastScanAt: row.lastScanAt }, events) === 'newer'
}

function eventsByRow(events: readonly ScanEvent[]): Map<RowUuid, StoredScanEvent[]> {
  const byRow = new Map<RowUuid, StoredScanEvent[]>()
  for (const event of events) {
    const uuid = rowUuidOfEvent(event)
    const ofRow = byRow.get(uuid)
    if (ofRow === undefined) byRow.set(uuid, [{ ...event, gid: 0 }])
    else ofRow.push({ ...event, gid: 0 })
  }
  return byRow
}

/** The server's row acknowledges what it contains of the file, no more. */
function markOf(row: CountRecord, wanted: CountRecord, at: number): AckMark {
  const { uuid, matchRev, importItemSeqId } = row
  const known = row.rev >= wanted.rev ? wanted : row
  return { uuid, rev: known.rev, standing: known.standing ?? 0, matchRev, importItemSeqId, at }
}

const UNIDENTIFIED = { productId: null, isRequested: false, systemQuantityOnHand: null, matchRev: 0 } as const

function foldedRows(events: readonly StoredScanEvent[]): Map<RowUuid, CountRecord> {
  return foldScanEvents(new Map(), events, () => UNIDENTIFIED)
}

async function storeRows(tx: ScansTx, changes: readonly RowChange[]): Promise<void> {
  await tx.bulkPut('inventoryCountRecords', changes.flatMap(({ after }) => after ?? []))
  const gone = changes.flatMap(({ before, after }) => (after === null && before !== null ? [before.uuid] : []))
  if (gone.length > 0) await tx.bulkDelete('inventoryCountRecords', gone)
}

function textsOf(changes: readonly RowChange[], lineKey: string) {
  const row = changes.flatMap(({ after }) => after ?? []).find((it) => it.lineKey === lineKey)
  return row === undefined ? { name: lineKey, identifier: lineKey } : rawTexts(row)
}

/** Log and session sum move with the events, as in an append. */
async function addEvents(tx: ScansTx, log: HandoverLog, { here, from, at }: Given & { readonly from: DeviceId }): Promise<void> {
  const { logId, sessionId, userName, events } = log
  const missing = events.slice(here.row?.head ?? 0)
  const sum = await readSessionSum(tx, sessionId)
  let lastGid = sum.lastGid
  for (let start = 0; start < missing.length; start += ADD_CHUNK) {
    const chunk = missing.slice(start, start + ADD_CHUNK).map((event) => withoutGid(event))
    lastGid = (await tx.bulkAdd('scanEvents', chunk)).at(-1) ?? lastGid
  }
  const added = standingSum(missing)
  const fresh: LogRow = { logId, sessionId, userName, head: 0, standing: 0, lastAt: 0, takenFrom: { deviceId: from, at } }
  const row = here.row ?? fresh
  const lastAt = missing.reduce((latest, event) => Math.max(latest, event.at), row.lastAt)
  await tx.bulkPut('logs', [
    { ...row, head: events.length, standing: row.standing + added, lastAt },
    { ...sum, standing: sum.standing + added, lastGid },
  ])
}

/**
 * A later file of the same device tells that nothing it had by then is missing, also where it brings nothing new of this
 * log. Rule: docs/SPEC.md SR10
 */
async function noteFile(tx: ScansTx, { logId }: HandoverLog, { deviceId, savedAt, clockOffsetMs = 0 }: Handover): Promise<void> {
  const row = await tx.get('logs', logId)
  if (row === undefined || !isLog(row) || row.takenFrom?.deviceId !== deviceId) return
  const latest = Math.max(row.takenFrom.savedAt ?? 0, savedAt + clockOffsetMs)
  if (latest !== row.takenFrom.savedAt) await tx.put('logs', { ...row, takenFrom: { ...row.takenFrom, savedAt: latest } })
}

/** A file may be made on the device where it is read: this device's order is given by its own store. */
function withoutGid(event: ScanEvent & { readonly gid?: number }): ScanEvent {
  const { gid: _, ...rest } = event
  return rest
}

/** A person's word goes with the scans, unless somebody here has spoken already. */
async function takeMatches(deps: EngineDeps, { matches }: Handover): Promise<void> {
  if (matches.length === 0) return
  const known = await deps.scans.tx(['matches'], 'r', (tx) =>
    tx.bulkGet('matches', matches.map(({ sessionId, itemKey }) => [sessionId, itemKey])),
  )
  const texts = await textsFor(deps.catalogue, matches.map((it) => it.productId))
  let isCorrected = false
  for (const [index, { sessionId, ...identity }] of matches.entries()) {
    const before = known[index]
    // The server named the same product, and no pack size with it (HF19).
    if (isPackOpen(before) && before.productId === identity.productId) {
      isCorrected = (await learnPacks(deps, sessionId, [identity])) || isCorrected
      continue
    }
    const isSettled = before !== undefined && (before.source === 'user' || before.productId === identity.productId)
    if (isSettled || before === undefined) continue
    isCorrected = (await learnIdentities(deps, sessionId, [{ ...identity, source: 'user' }], texts)) || isCorrected
  }
  if (isCorrected) await foldNew(deps)
}
