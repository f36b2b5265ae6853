// What must be true: every event ever committed, every scan that beeped, and the invariants that are cheap enough for every step.
import type { Change } from '../../src/db/memory-table'
import type { CountRecord, RowAck } from '../../src/domain/count-record'
import type { EventId, RowUuid } from '../../src/domain/ids'
import { LIMITS } from '../../src/domain/limits'
import { standingOf } from '../../src/domain/scan-event'
import type { StoredScanEvent } from '../../src/domain/scan-event'
import type { RefusalReason, ScanOutcome } from '../../src/ports/counting'
import type { MetaRow, SessionRow } from '../../src/ports/scans-schema'
import { isUnsent } from '../../src/sync/acknowledge'
import type { ItemRow } from '../../server-mock/rules/item-row'
import type { LockRow } from '../../server-mock/rules/lock'
import type { Device } from './device'
import { isBehindFile, isTurned, lineOf } from './groups'
import type { Marks } from './marks'
import type { StatusMove } from './server/audit'
import type { SimServer } from './server/sim-server'

export interface Violation {
  /** I1 … I22 of sync.md 2.16, a rule of docs/SPEC.md, or SIM for what the simulator itself demands. */
  readonly invariant: string
  readonly at: number
  readonly text: string
}

/** What the oracle knows of one database on one device. */
interface DatabaseBook {
  readonly heads: Map<string, number>
  readonly eventIds: Set<string>
  readonly negated: Set<string>
  /** Of each value of a session the newest event. */
  readonly newest: Map<string, StoredScanEvent>
  /** Since when a session takes no scans on this device: lost to somebody else, or handed in. */
  readonly barredSince: Map<string, number>
  /** Acknowledged rows that wait all the same: their item turned from counted to uncounted or back, or they are tried again. */
  readonly saidAnew: Set<RowUuid>
}

/** By then every window of a device has heard that a session takes no more scans. */
const WORD_MS = 5000
/** Base: what had asked before the approval is sent within a grace, and its last copy has come within another. */
const APPROVED_BASE_MS = 2 * LIMITS.inFlightGraceMs

/** What somebody scanned. */
export interface Asked {
  /** Its place among the scans that this window was asked for. */
  readonly nth: number
  readonly askedAt: number
  /** What it must count, by the pack size that it froze. */
  readonly quantity: (packSize: number) => number
}

/** What somebody was told of a scan that beeped. */
export type Told = Pick<Exclude<ScanOutcome, { readonly kind: 'refused' }>, 'eventId' | 'quantity' | 'packSize'>

export interface OracleDeps {
  readonly now: () => number
  readonly server: SimServer
  readonly marks: Marks
  readonly violated: (violation: Violation) => void
}

export class Oracle {
  /** Every event that was ever committed anywhere: by log, at seq − 1. */
  readonly logs = new Map<string, StoredScanEvent[]>()
  readonly #events = new Map<EventId, StoredScanEvent>()
  /** Of each log the scans that beeped: their places in the log and in the window's calls. */
  readonly #orders = new Map<string, { seq: number; nth: number }[]>()
  /** Acknowledged aloud, by event id, with the database that must have it. */
  readonly beeped = new Map<EventId, string>()
  /** Beeped and then taken away by a wipe, or by a disk that went back in time. */
  readonly lost = new Set<EventId>()
  /** Told as kept and not saved yet, with the database that must have it in the end. */
  readonly kept = new Map<EventId, string>()
  /** Told as not counted: nobody may ever store it. */
  readonly #refused = new Set<EventId>()
  scans = 0
  readonly #books = new Map<string, DatabaseBook>()
  readonly #serverRows = new Map<string, { rev: number; quantity: number | null }>()
  readonly #holders = new Map<string, Map<number, string>>()
  #rowsSeen = 0
  #locksSeen = 0
  #movesSeen = 0
  #verdictsSeen = 0
  /** Highest revision that the server ever held or answered for, over all its restores. */
  readonly #seenRev = new Map<string, number>()
  /** Of each approved session its total, and when it was approved. */
  readonly #approved = new Map<string, { readonly total: string; readonly since: number }>()

  constructor(private readonly deps: OracleDeps) {}

  #violated(invariant: string, text: string): void {
    this.deps.violated({ invariant, at: this.deps.now(), text })
  }

  #book(key: string): DatabaseBook {
    const book: DatabaseBook = this.#books.get(key) ?? { heads: new Map(), eventIds: new Set(), negated: new Set(), newest: new Map(), barredSince: new Map(), saidAnew: new Set() }
    this.#books.set(key, book)
    return book
  }

  /** I1, I2, I5, I6 on what a commit changed. */
  onCommit(device: Device, name: string, changes: readonly Change[]): void {
    const key = keyOf(device, name)
    const touched = new Set<RowUuid>()
    for (const { table, before, after } of changes) {
      if (table === 'scanEvents') this.#noteEvent(key, before, after)
      else if (table === 'inventoryCountRecords') this.#noteRow(before, after, touched)
      else if (table === 'acks' || table === 'outbox' || table === 'quarantine') {
        const uuid = (after ?? before)?.['uuid']
        if (uuid !== undefined) touched.add(uuid as RowUuid)
      } else if (table === 'meta') this.#noteMeta(before, after)
      else if (table === 'sessions') {
        this.#noteBarred(key, after)
        this.#noteSession(device, name, before, after)
      }
    }
    this.#noteSaidAnew(device, name, changes)
    for (const uuid of touched) this.#checkUnsent(device, name, uuid)
  }

  #noteSaidAnew(device: Device, name: string, changes: readonly Change[]): void {
    const { saidAnew } = this.#book(keyOf(device, name))
    const turned = new Set(changes.flatMap((it) => (it.table === 'items' && isTurned(it) ? [lineOf(it.after)] : [])))
    const uuidsOf = (wanted: string, isPut: boolean): Set<RowUuid> =>
      new Set(changes.flatMap(({ table, before, after }) => (table === wanted && (after !== undefined) === isPut ? [(after ?? before)?.['uuid'] as RowUuid] : [])))
    const [put, freed] = [uuidsOf('outbox', true), uuidsOf('quarantine', false)]
    // The server's word settles it; unless it turned while the row was on its way, and the row is put back at once.
    for (const uuid of [...uuidsOf('acks', true), ...uuidsOf('outbox', false)]) if (!put.has(uuid)) saidAnew.delete(uuid)
    for (const uuid of uuidsOf('acks', true)) this.#checkRefusal(device, name, uuid)
    for (const uuid of put) {
      const row = device.database(name).row('inventoryCountRecords', uuid)
      // Somebody tries a refusal again; it may have come later than a yes.
      if (turned.has(lineOf(row)) || (freed.has(uuid) && row?.origin === 'own')) saidAnew.add(uuid)
    }
  }

  /** Once the server says that it has a row, nothing here says that it was refused (seed 1028). */
  #checkRefusal(device: Device, name: string, uuid: RowUuid): void {
    const database = device.database(name)
    if (database.row('quarantine', uuid)?.kind !== 'rejected' || isUnsent(database.row('inventoryCountRecords', uuid), database.row('acks', uuid))) return
    this.#violated('I16', `row ${uuid} is shown as refused, and the server has it`)
  }

  #noteEvent(key: string, before: object | undefined, after: object | undefined): void {
    if (before !== undefined) return this.#violated('I1', `an event was changed or deleted: ${JSON.stringify(before)}`)
    if (after === undefined) return
    const event = after as StoredScanEvent
    const book = this.#book(key)
    const head = book.heads.get(event.logId) ?? 0
    if (event.seq !== head + 1) this.#violated('I1', `seq ${event.seq} after ${head} in log ${event.logId}`)
    book.heads.set(event.logId, event.seq)
    if (book.eventIds.has(event.eventId)) this.#violated('I1', `event ${event.eventId} is stored twice`)
    book.eventIds.add(event.eventId)
    if (this.#refused.has(event.eventId)) this.#violated('SM78', `${event.eventId} was refused aloud and is stored`)
    if (event.kind === 'negation') {
      if (book.negated.has(event.negates)) this.#violated('I6', `${event.negates} is negated twice`)
      book.negated.add(event.negates)
      const target = this.#events.get(event.negates)
      if (target !== undefined && event.quantity + target.quantity !== 0)
        this.#violated('I6', `${event.eventId} takes back ${-event.quantity} of a scan that counted ${target.quantity}`)
    }
    const known = this.#events.get(event.eventId)
    if (known !== undefined && (known.logId !== event.logId || known.seq !== event.seq)) this.#violated('SM98', `${event.eventId} is in log ${known.logId} at ${known.seq}, and in log ${event.logId} at ${event.seq}`)
    this.#events.set(event.eventId, event)
    this.#noteCorrection(book, event)
    const log = this.logs.get(event.logId) ?? []
    this.logs.set(event.logId, log)
    const there = log[event.seq - 1]
    if (there !== undefined && there.eventId !== event.eventId) this.#violated('I1', `log ${event.logId} seq ${event.seq} was given twice: ${there.eventId}, ${event.eventId}`)
    log[event.seq - 1] = event
  }

  /** What was made up for once is not made up for again: nothing was scanned in between. */
  #noteCorrection({ newest }: DatabaseBook, event: StoredScanEvent): void {
    const key = `${event.sessionId} ${event.itemKey}`
    const before = newest.get(key)
    newest.set(key, event)
    if (event.source !== 'correction' || before?.source !== 'correction') return
    if (event.packSize === before.packSize && event.quantity === before.quantity)
      this.#violated('I2', `${event.itemKey} was corrected by ${event.quantity} twice`)
  }

  #noteBarred(key: string, after: object | undefined): void {
    const row = after as SessionRow | undefined
    if (row === undefined) return
    const { barredSince } = this.#book(key)
    if (row.submitQueuedAt === null && row.lock.state !== 'lost') barredSince.delete(row.sessionId)
    else if (!barredSince.has(row.sessionId)) barredSince.set(row.sessionId, this.deps.now())
  }

  #noteRow(before: object | undefined, after: object | undefined, touched: Set<RowUuid>): void {
    const row = (after ?? before) as CountRecord | undefined
    if (row === undefined) return
    touched.add(row.uuid)
    if (after === undefined || row.origin !== 'own' || row.logId === null) return
    const earlier = before as CountRecord | undefined
    if (earlier?.origin === 'own' && row.rev < earlier.rev) this.#violated('I4', `own row ${row.uuid} went from ${earlier.rev} to ${row.rev}`)
    const sum = this.sumOf(row.logId, row.itemKey, row.rev)
    if (sum.quantity !== row.quantity || sum.standing !== row.standing)
      this.#violated('I2', `row ${row.uuid} rev ${row.rev}: ${row.quantity}/${row.standing}, its events say ${sum.quantity}/${sum.standing}`)
  }

  /** Decision 16: only the server's word that somebody else holds the lock takes it away. */
  #noteSession(device: Device, name: string, before: object | undefined, after: object | undefined): void {
    const [was, is] = [before as SessionRow | undefined, after as SessionRow | undefined]
    if (is?.lock.state !== 'lost' || was?.lock.state === 'lost') return
    const own = device.database(name).row('meta', 'device')
    const who = `${userOf(name)}/${own?.k === 'device' ? own.deviceId : ''}`
    if (!this.deps.server.audit.locks.some((it) => it.sessionId === is.sessionId && `${it.row.userId}/${it.row.deviceId}` !== who))
      this.#violated('I7', `${device.name} lost ${is.sessionId}, and nobody else ever held it`)
  }

  #noteMeta(before: object | undefined, after: object | undefined): void {
    const [was, is] = [before as MetaRow | undefined, after as MetaRow | undefined]
    if (was?.k === 'aggCursor' && is?.k === 'aggCursor' && is.gid < was.gid) this.#violated('I2', `the fold went back from ${was.gid} to ${is.gid}`)
  }

  /** What the events of a log say about an item, up to a revision. */
  sumOf(logId: string, itemKey: string, rev: number): { quantity: number; standing: number } {
    let quantity = 0
    let standing = 0
    for (const event of this.logs.get(logId) ?? []) {
      if (event === undefined || event.seq > rev || event.itemKey !== itemKey) continue
      quantity += event.quantity
      standing += standingOf(event)
    }
    return { quantity, standing }
  }

  #checkUnsent(device: Device, name: string, uuid: RowUuid): void {
    const database = device.database(name)
    const row = database.row('inventoryCountRecords', uuid)
    const ack = database.row('acks', uuid)
    if (ack !== undefined) this.#checkAck(ack)
    if (database.row('outbox', uuid) !== undefined) return this.#checkWaiting(device, name, uuid)
    const refused = database.row('quarantine', uuid)
    if (row === undefined || !isUnsent(row, ack)) return
    if (refused === undefined || refused.rev < row.rev)
      this.#violated('I5', `row ${uuid} at ${row.rev}/${row.matchRev}, acknowledged ${ack?.ackedRev ?? 0}/${ack?.ackedMatchRev ?? 0}, is neither unsent nor refused`)
  }

  /** The other half of I5. A base server is told again what it may have lost, at the same revision (decision 14). */
  #checkWaiting(device: Device, name: string, uuid: RowUuid): void {
    if (this.deps.server.profile !== 'extended') return
    const database = device.database(name)
    const [row, ack] = [database.row('inventoryCountRecords', uuid), database.row('acks', uuid)]
    if (isUnsent(row, ack) || this.#book(keyOf(device, name)).saidAnew.has(uuid) || isBehindFile(database, row)) return
    this.#violated('I5', `row ${uuid} waits to be sent ${row === undefined ? 'and is not there' : `as ${row.origin} at ${row.rev}/${row.matchRev}`}, acknowledged ${ack?.ackedRev ?? 0}/${ack?.ackedMatchRev ?? 0}`)
  }

  /** An acknowledgement is the server's word, never a clock's or a guess. */
  #checkAck({ uuid, ackedRev }: RowAck): void {
    if (this.deps.server.profile !== 'extended') return
    const seen = this.#seenRev.get(uuid) ?? 0
    if (ackedRev > seen) this.#violated('I5', `row ${uuid} is marked as sent at ${ackedRev}, the server never had more than ${seen}`)
  }

  /** Success was shown: the event must be on the disk by now. */
  beep(device: Device, name: string, told: Told, { nth, askedAt, quantity }: Asked): void {
    const { eventId } = told
    const key = keyOf(device, name)
    this.beeped.set(eventId, key)
    this.scans += 1
    if (!this.#book(key).eventIds.has(eventId)) this.#violated('I1', `${eventId} beeped and is not stored`)
    const event = this.#events.get(eventId)
    if (event !== undefined) this.#noteOrder(event, nth)
    const barredSince = event === undefined ? undefined : this.#book(key).barredSince.get(event.sessionId)
    if (barredSince !== undefined && askedAt - barredSince > WORD_MS) this.#violated('I7', `${eventId} was taken ${askedAt - barredSince} ms after its session was lost or handed in`)
    if (event !== undefined && event.quantity !== quantity(event.packSize))
      this.#violated('I1', `${eventId} counts ${event.quantity}, ${quantity(event.packSize)} was scanned`)
    if (event !== undefined && (told.quantity !== event.quantity || told.packSize !== event.packSize))
      this.#violated('SM78', `${eventId} was told as ${told.quantity} in packs of ${told.packSize}, stored as ${event.quantity} in packs of ${event.packSize}`)
  }

  /** The sound of a refusal: nothing is stored, now or later; unless its words are that the scan waits (SM78, SM79). */
  refused(device: Device, name: string, eventId: EventId, reason: RefusalReason): void {
    if (reason === 'storage') return void this.kept.set(eventId, keyOf(device, name))
    if (this.#events.has(eventId)) this.#violated('SM78', `${eventId} was refused aloud (${reason}) and is stored`)
    this.#refused.add(eventId)
  }

  /** An amount set by hand was shown as done. */
  set(device: Device, name: string, eventId: EventId): void {
    if (!this.#book(keyOf(device, name)).eventIds.has(eventId)) this.#violated('SM78', `${eventId} was shown as set and is not stored`)
  }

  /** The order of the calls is the order of the log (SE20). */
  #noteOrder({ logId, seq }: StoredScanEvent, nth: number): void {
    const order = this.#orders.get(logId) ?? []
    this.#orders.set(logId, order)
    if (order.some((it) => it.seq < seq !== it.nth < nth)) this.#violated('I1', `scan ${nth} of log ${logId} has place ${seq}: the order of the scans is lost`)
    order.push({ seq, nth })
  }

  undone(device: Device, name: string, eventId: EventId): void {
    if (!this.#book(keyOf(device, name)).negated.has(eventId)) this.#violated('I6', `${eventId} was shown as undone and no negation is stored`)
  }

  /** The disk of a device lost commits, or everything, or became another's. */
  reread(device: Device): void {
    for (const key of [...this.#books.keys()]) if (key.startsWith(`${device.index}|`)) this.#books.delete(key)
    for (const [name, database] of device.scans) {
      const book = this.#book(keyOf(device, name))
      for (const event of database.rows('scanEvents')) {
        book.heads.set(event.logId, Math.max(book.heads.get(event.logId) ?? 0, event.seq))
        book.eventIds.add(event.eventId)
        if (event.kind === 'negation') book.negated.add(event.negates)
      }
    }
    for (const [eventId, key] of [...this.beeped, ...this.kept])
      if (key.startsWith(`${device.index}|`) && !this.#book(key).eventIds.has(eventId)) this.lost.add(eventId)
  }

  /** I4, I7, I17 on what the server did since it was last looked at. */
  checkServer(): void {
    const { audit, profile } = this.deps.server
    if (profile === 'extended') {
      for (const { epoch, row } of audit.rows.slice(this.#rowsSeen)) this.#checkRow(epoch, row)
      for (const { epoch, sessionId, row } of audit.locks.slice(this.#locksSeen)) this.#checkLock(epoch, sessionId, row)
      for (const move of audit.moves.slice(this.#movesSeen)) this.#checkMove(move)
      for (const { sessionId, uuid, rev, verdict } of audit.verdicts.slice(this.#verdictsSeen)) {
        this.deps.marks.note(`verdict:${verdict}`)
        if (verdict === 'late') this.deps.marks.note(this.deps.server.statusOf(sessionId) === 'submitted' ? 'late:submitted' : 'late:stale-fence')
        if (uuid !== null && verdict !== 'rejected') this.#seen(uuid, rev ?? 0)
      }
    }
    this.#checkApproved()
    this.#rowsSeen = audit.rows.length
    this.#locksSeen = audit.locks.length
    this.#movesSeen = audit.moves.length
    this.#verdictsSeen = audit.verdicts.length
  }

  #seen(uuid: string, rev: number): void {
    if (rev > (this.#seenRev.get(uuid) ?? 0)) this.#seenRev.set(uuid, rev)
  }

  #checkRow(epoch: string, { uuid, rev, quantity }: ItemRow): void {
    if (uuid === null) return
    const key = `${epoch} ${uuid}`
    const before = this.#serverRows.get(key)
    if (before !== undefined && (rev < before.rev || (rev === before.rev && quantity !== before.quantity)))
      this.#violated('I4', `server row ${uuid} went from ${before.rev}=${before.quantity} to ${rev}=${quantity}`)
    this.#serverRows.set(key, { rev, quantity })
    this.#seen(uuid, rev)
  }

  #checkLock(epoch: string, sessionId: string, { fence, userId, deviceId }: LockRow): void {
    if (fence === null) return
    const key = `${epoch} ${sessionId}`
    const holders = this.#holders.get(key) ?? new Map<number, string>()
    this.#holders.set(key, holders)
    const who = `${userId}/${deviceId}`
    const first = holders.get(fence)
    if (first !== undefined && first !== who) this.#violated('I7', `fence ${fence} of ${sessionId} was given to ${first} and to ${who}`)
    const highest = Math.max(0, ...holders.keys())
    if (first === undefined && fence <= highest && holders.size > 0) this.#violated('I7', `fence ${fence} of ${sessionId} was given after ${highest}`)
    holders.set(fence, who)
  }

  #checkMove({ sessionId, from, to, fence, currentFence, heldUnder }: StatusMove): void {
    const isCurrent = fence === null ? heldUnder === null : fence === currentFence
    if (!isCurrent) this.#violated('I7', `${sessionId} went from ${from} to ${to} with fence ${fence}, the current one was ${currentFence}`)
  }

  /**
   * Approved totals move by a reviewer's action alone. Base: its server takes what comes, so what had left a device when
   * the session was approved may still move them; what leaves one later may not: each push asks first (decision 14).
   */
  #checkApproved(): void {
    const { server, now } = this.deps
    for (const sessionId of server.sessionIds()) {
      if (server.statusOf(sessionId) !== 'approved') {
        this.#approved.delete(sessionId)
        continue
      }
      const total = server.rowsOf(sessionId).map((it) => `${it.seq}=${it.quantity}`).join(' ')
      const { total: approved, since } = this.#approved.get(sessionId) ?? { total, since: now() }
      const mayMove = server.profile === 'hotwax' && now() - since < APPROVED_BASE_MS
      this.#approved.set(sessionId, { total: mayMove ? total : approved, since })
      if (approved !== total && mayMove) this.deps.marks.note('approved-moved-base')
      else if (approved !== total) this.#violated('I17', `the totals of the approved session ${sessionId} moved`)
    }
  }

  /** What was approved may be open again in the backup. */
  serverRestored(): void {
    this.#approved.clear()
  }
}

/** `scans:<origin>:<user>` */
function userOf(name: string): string {
  return name.slice(name.lastIndexOf(':') + 1)
}

export function keyOf(device: Device, name: string): string {
  return `${device.index}|${name}`
}
