// The invariants of a system at rest: convergence, rebuild, replicas, nothing lost in silence.
import { createMemoryDatabase } from '../../src/db/memory-store'
import type { MemoryDatabase } from '../../src/db/memory-store'
import { asId } from '../../src/domain/ids'
import type { LineKey, RowUuid, SessionId } from '../../src/domain/ids'
import type { Limits } from '../../src/domain/limits'
import { CATALOGUE_SCHEMA } from '../../src/ports/catalogue-schema'
import type { CatalogueShape } from '../../src/ports/catalogue-schema'
import { REMOVED_ON_SERVER } from '../../src/ports/scans-schema'
import type { QuarantineRow, ScansShape } from '../../src/ports/scans-schema'
import { isBlocked } from '../../src/sync/acknowledge'
import type { EngineDeps } from '../../src/sync/engine-deps'
import { rebuildSession } from '../../src/sync/rebuild'
import { sendsNull } from '../../src/sync/unsent'
import { askedOtherwise } from './asked'
import type { Device } from './device'
import { groupsOf, isFromFile } from './groups'
import type { Group } from './groups'
import type { Oracle } from './oracle'
import type { ItemRow } from '../../server-mock/rules/item-row'
import type { SimServer } from './server/sim-server'

export interface CheckDeps {
  readonly server: SimServer
  readonly oracle: Oracle
  readonly limits: Limits
  readonly turn: (check: () => void) => void
  /** Whether something on the way to the server goes on refusing rows of this item. */
  readonly isPoison: (itemKey: string) => boolean
  readonly violated: (invariant: string, text: string) => void
}

type Database = MemoryDatabase<ScansShape>

/** A session that was made after the backup is not there any more. */
function isThere(server: SimServer, sessionId: string): boolean {
  return server.sessionIds().includes(sessionId)
}

function rowsOf(server: SimServer, sessionId: string): Map<string, ItemRow> {
  return new Map([...allRowsOf(server, sessionId)].filter(([, it]) => !it.isDeleted))
}

/** Tombstones included. */
function allRowsOf(server: SimServer, sessionId: string): Map<string, ItemRow> {
  return new Map(server.rowsOf(sessionId).flatMap((it) => (it.uuid === null ? [] : [[it.uuid, it] as const])))
}

/** Is there nothing left to do in a database? In words what there is; null when it is clean. */
export function unfinished(database: Database, { server }: Pick<CheckDeps, 'server'>): string | null {
  const cursor = database.row('meta', 'aggCursor')
  const last = database.rows('scanEvents').at(-1)?.gid ?? 0
  const folded = cursor?.k === 'aggCursor' ? cursor.gid : 0
  if (folded < last) return `${last - folded} events are not folded`
  const unsent = database.rows('outbox').filter((it) => isThere(server, it.sessionId))
  if (unsent.length > 0) return `${unsent.length} rows are unsent`
  const submits = database.rows('sessions').filter((it) => it.submitQueuedAt !== null && it.submitProblem === null && isThere(server, it.sessionId))
  return submits.length > 0 ? 'a submit is queued' : null
}

/** I3, I5, I16: everything in a database is in the server's count, or in sight with a reason. */
export function checkConverged(deps: CheckDeps, device: Device, name: string): void {
  const { server, oracle, violated } = deps
  const database = device.database(name)
  for (const { uuid, logId, sessionId, itemKey, head } of groupsOf(database.rows('scanEvents')).values()) {
    if (!isThere(server, sessionId)) continue
    // Refused or held: in sight, with a reason (I16), which must be the server's.
    const refused = database.row('quarantine', uuid)
    if (refused !== undefined) {
      if (!isRefusedThere(deps, refused, itemKey)) violated('I16', `${device.name}: row ${uuid} (${itemKey}) is ${refused.kind} as ${refused.code}, and the server never refused it`)
      continue
    }
    const removed = server.rowsOf(sessionId).find((it) => it.uuid === uuid && it.isDeleted)
    if (removed !== undefined && removed.rev >= head) {
      checkRemoved(deps, sessionId, removed)
      continue
    }
    const row = rowsOf(server, sessionId).get(uuid)
    if (row === undefined) violated('I3', `${device.name}: the server lacks row ${uuid} (${itemKey}) at ${head} of log ${logId}`)
    else if (row.rev < head) violated('I3', `${device.name}: the server has row ${uuid} (${itemKey}) at ${row.rev}, the log is at ${head}`)
    const expected = oracle.sumOf(logId, itemKey, row?.rev ?? 0).quantity
    if (row !== undefined && row.quantity !== expected) violated('I3', `server row ${uuid} (${itemKey}) at ${row.rev}: ${row.quantity}, its events say ${expected}`)
  }
}

/** Whoever removed a row that somebody had counted: what it held is the server's evidence (SC18). */
function checkRemoved({ server, violated }: CheckDeps, sessionId: SessionId, { uuid, rev, quantity }: ItemRow): void {
  const isKept = server.evidenceOf(sessionId).some((it) => it.rowKey === uuid && it.verdict === 'deleted' && it.rev === rev && it.quantity === quantity)
  if (!isKept) violated('SM97', `${sessionId}: row ${uuid} was removed at ${rev}=${quantity}, and no evidence of it is kept`)
}

/** The server that is there now has said so of this row, at this revision or a later one; or something goes on refusing it. */
function isRefusedThere({ server, isPoison }: CheckDeps, { uuid, kind, code, rev, sessionId }: QuarantineRow, itemKey: string): boolean {
  if (kind === 'rejected' && isPoison(itemKey)) return true
  if (code === REMOVED_ON_SERVER) return server.rowsOf(sessionId).some((it) => it.uuid === uuid && it.isDeleted)
  return server.audit.verdicts.some((it) => {
    if (it.epoch !== server.epoch || it.uuid !== uuid || it.verdict !== kind) return false
    // A row that cannot be read is refused without a revision: then the reason must be the very same.
    return it.rev === null ? kind === 'rejected' && it.code === code : it.rev >= rev
  })
}

/** Events of a database that the server's evidence lacks: the reviewer's proof (I3). Base servers keep none. */
export function evidenceMissing(database: Database, { server }: Pick<CheckDeps, 'server'>): number {
  if (server.profile !== 'extended') return 0
  const events = database.rows('scanEvents').filter(({ sessionId }) => isThere(server, sessionId))
  return events.filter(({ sessionId, eventId }) => !server.scanEventsOf(sessionId).has(eventId)).length
}

/** The third number of the tally is what the acknowledgements say, no more. */
export function checkTally({ violated }: CheckDeps, device: Device, name: string): void {
  const database = device.database(name)
  const acknowledged = new Map<SessionId, number>()
  for (const { sessionId, ackedStanding } of database.rows('acks')) acknowledged.set(sessionId, (acknowledged.get(sessionId) ?? 0) + ackedStanding)
  for (const counter of database.rows('counters')) {
    if (counter.kind !== 'synced') continue
    const sum = acknowledged.get(counter.sessionId) ?? 0
    if (counter.standing !== sum) violated('I16', `${device.name} tells ${counter.standing} scans of ${counter.sessionId} as sent, ${sum} are acknowledged`)
  }
}

/** Each scan of a session, on whatever device and however it came there, is in its total once: for a session that nobody goes on in. */
export function checkSum({ server, oracle, violated }: CheckDeps, sessionId: SessionId): void {
  const events = new Map([...oracle.logs.values()].flat().flatMap((it) => (it?.sessionId === sessionId ? [[it.eventId, it.quantity] as const] : [])))
  const scanned = [...events.values()].reduce((sum, quantity) => sum + quantity, 0)
  const shown = [...rowsOf(server, sessionId).values()].reduce((sum, { quantity }) => sum + (quantity ?? 0), 0)
  if (shown !== scanned) violated('SM98', `${sessionId}: the server shows ${shown}, ${scanned} was scanned`)
}

/** No row on the server that nobody scanned, none twice: the conservation law. */
export function checkConserved({ server, oracle, violated }: CheckDeps): void {
  for (const sessionId of server.sessionIds()) {
    for (const [uuid, row] of rowsOf(server, sessionId)) {
      if (row.logId === null) continue
      const events = (oracle.logs.get(row.logId) ?? []).filter((it) => it !== undefined)
      const group = groupsOf(events).get(asId<RowUuid>(uuid))
      if (group === undefined) violated('I3', `server row ${row.uuid} belongs to no log`)
      else {
        const { quantity } = oracle.sumOf(group.logId, group.itemKey, row.rev)
        if (quantity !== row.quantity) violated('I3', `server row ${row.uuid} at ${row.rev}: ${row.quantity}, its events say ${quantity}`)
      }
    }
  }
}

/**
 * Base profile, whose server keeps neither logs nor revisions: each row is what its events said at one of their moments,
 * and there is none that nobody scanned. The server's own rows, of what was asked for, have no quantity.
 */
export function checkConservedBase({ server, oracle, violated }: CheckDeps): void {
  const groups = new Map([...oracle.logs.values()].flatMap((log) => [...groupsOf(log.filter((it) => it !== undefined))]))
  for (const sessionId of server.sessionIds()) {
    for (const [uuid, { quantity }] of rowsOf(server, sessionId)) {
      if (quantity === null) continue
      const group = groups.get(asId<RowUuid>(uuid))
      if (group === undefined) violated('I3', `${sessionId}: nobody scanned row ${uuid}, which shows ${quantity}`)
      else if (!momentsOf(oracle, group).has(quantity)) violated('I3', `${sessionId}: row ${uuid} (${group.itemKey}) shows ${quantity}, which its events never were`)
    }
  }
}

function momentsOf(oracle: Oracle, { logId, itemKey }: Group): ReadonlySet<number> {
  const moments = new Set([0])
  let sum = 0
  for (const event of oracle.logs.get(logId) ?? []) {
    if (event?.itemKey === itemKey) sum += event.quantity
    moments.add(sum)
  }
  return moments
}

/** Sessions of a database that are handed in, and which of them the device wants to look at once more. */
export function handedIn(database: Database, { server }: Pick<CheckDeps, 'server'>): { readonly all: readonly SessionId[]; readonly unseen: readonly SessionId[] } {
  const all = database.rows('sessions').flatMap(({ sessionId }) => (isThere(server, sessionId) && server.statusOf(sessionId) === 'submitted' ? [sessionId] : []))
  return { all, unseen: all.filter((it) => database.row('meta', `lookAgain:${it}`) !== undefined) }
}

/**
 * Base profile: what this device holds under its own lock, the server shows, once doubtful answers were read back. So it
 * does of a log that came by file, whoever has sent more of it (HF16, seed 557).
 * @param isAllCounted nothing gave the device a reason to keep a row back
 */
export function checkReadBack({ server, violated }: CheckDeps, device: Device, name: string, { sessionId, isAllCounted }: { readonly sessionId: SessionId; readonly isAllCounted: boolean }): void {
  const database = device.database(name)
  const rows = rowsOf(server, sessionId)
  for (const row of database.rows('inventoryCountRecords')) {
    const isTaken = isFromFile(database, row)
    if ((row.origin !== 'own' && !isTaken) || row.sessionId !== sessionId || (!isAllCounted && database.row('quarantine', row.uuid) !== undefined)) continue
    // Null or zero: whether the item is counted is for all its rows to say, also for those that came after this one went out.
    const expected = row.origin === 'own' && sendsNull(database.row('items', [sessionId, row.lineKey])) ? 0 : row.quantity
    const there = rows.get(row.uuid)
    if (there === undefined || (there.quantity ?? 0) !== expected)
      violated('I3', `${device.name}: row ${row.uuid} (${row.itemKey}) is ${expected} here, the server shows ${there === undefined ? 'none' : there.quantity}`)
  }
}

/** I10: after a pull the device shows what the server has, row for row, and its lines are the sums. */
export function checkReplica(deps: CheckDeps, device: Device, name: string, sessionId: SessionId): void {
  const { server, violated } = deps
  const database = device.database(name)
  const here = new Map(database.rows('inventoryCountRecords').flatMap((it) => (it.sessionId === sessionId ? [[it.uuid as string, it] as const] : [])))
  for (const [uuid, { rev, quantity }] of rowsOf(server, sessionId)) {
    const row = here.get(uuid)
    if (row === undefined) violated('I10', `${device.name} lacks the server's row ${uuid}`)
    else if (database.row('quarantine', asId<RowUuid>(uuid)) === undefined && (row.rev !== rev || row.quantity !== (quantity ?? 0)))
      violated('I10', `${device.name} has row ${uuid} at ${row.rev}=${row.quantity}, the server at ${rev}=${quantity}`)
  }
  for (const { productId, isAskedHere } of askedOtherwise({ here, there: allRowsOf(server, sessionId), isRefused: (uuid) => isRefusedHere(deps, database, asId<RowUuid>(uuid)) }))
    violated('SM97', `${device.name} ${isAskedHere ? 'asks' : 'does not ask'} for ${productId} in ${sessionId}, and the server ${isAskedHere ? 'does not' : 'does'}`)
  const sums = new Map<LineKey, number>()
  for (const row of here.values()) sums.set(row.lineKey, (sums.get(row.lineKey) ?? 0) + row.quantity)
  for (const line of database.rows('items')) {
    if (line.sessionId !== sessionId) continue
    if (line.quantity !== (sums.get(line.lineKey) ?? 0)) violated('I10', `${device.name}: line ${line.lineKey} shows ${line.quantity}, its rows are ${sums.get(line.lineKey) ?? 0}`)
  }
}

/** As it is now, for a reason that is the server's (I16): a row that was scanned on since is not. */
function isRefusedHere(deps: CheckDeps, database: Database, uuid: RowUuid): boolean {
  const [row, refused] = [database.row('inventoryCountRecords', uuid), database.row('quarantine', uuid)]
  return row !== undefined && refused !== undefined && isBlocked(row, refused) && isRefusedThere(deps, refused, row.itemKey)
}

/** I1 once more, from the disk: what beeped, or was told as kept, and was not lost with a disk is stored, on the device where it was scanned. */
export function checkBeeps({ oracle, violated }: CheckDeps, devices: readonly Device[]): void {
  const stored = new Map<string, Set<string>>()
  for (const device of devices)
    for (const [name, database] of device.scans) stored.set(`${device.index}|${name}`, new Set(database.rows('scanEvents').map((it) => it.eventId)))
  for (const [eventId, key] of oracle.beeped)
    if (!oracle.lost.has(eventId) && stored.get(key)?.has(eventId) !== true) violated('I1', `${eventId} beeped and is gone`)
  for (const [eventId, key] of oracle.kept)
    if (!oracle.lost.has(eventId) && stored.get(key)?.has(eventId) !== true) violated('SM79', `${eventId} was told as kept and is gone`)
}

/** I9: on a copy, so that it can be asked at any moment. */
export async function checkRebuild(deps: CheckDeps, device: Device, name: string): Promise<void> {
  const copy = device.database(name).copy()
  const before = dump(copy)
  const catalogue = [...device.catalogues.values()][0]?.copy() ?? createMemoryDatabase<CatalogueShape>(CATALOGUE_SCHEMA)
  const engine: EngineDeps = {
    scans: copy.open({ turn: deps.turn }),
    catalogue: catalogue.open({ turn: deps.turn }),
    clock: device.clock,
    ids: { next: () => 'rebuild' },
    random: () => 0.5,
    timers: { sleep: () => Promise.resolve() },
    mutex: { run: (_name, _options, work) => work() },
    bus: { post: () => undefined, listen: () => () => undefined },
    log: { write: () => undefined },
    limits: deps.limits,
    caller: { deviceId: asId('rebuild'), userName: 'rebuild' },
  }
  for (const { sessionId } of copy.rows('sessions')) await rebuildSession(engine, sessionId)
  const after = dump(copy)
  if (before !== after) deps.violated('I9', `${device.name} ${name}: rebuilt is not as before\n${difference(before, after)}`)
}

/** A session's counter of nothing says the same as none. */
const NO_BUCKETS = { counted: 0, uncounted: 0, undirected: 0, unmatched: 0 }

function isBlank(row: object): boolean {
  return Object.entries(NO_BUCKETS).every(([key, none]) => (row as Record<string, unknown>)[key] === none)
}

/** A rebuild that was killed is begun anew. */
function isOfRebuild(row: object): boolean {
  return ('kind' in row && row.kind === 'recount') || ('k' in row && String(row.k).startsWith('rebuilding:'))
}

function dump(database: Database): string {
  const tables = ['inventoryCountRecords', 'items', 'matches', 'counters', 'outbox', 'acks', 'meta'] as const
  return tables.flatMap((table) => database.rows(table).flatMap((row) => isBlank(row) || isOfRebuild(row) ? [] : `${table} ${JSON.stringify(row, Object.keys(row).toSorted())}`)).join('\n')
}

function difference(before: string, after: string): string {
  const [was, is] = [before.split('\n'), after.split('\n')]
  const gone = was.filter((line) => !is.includes(line)).map((line) => `- ${line}`)
  const fresh = is.filter((line) => !was.includes(line)).map((line) => `+ ${line}`)
  return [...gone, ...fresh].slice(0, 8).join('\n')
}
