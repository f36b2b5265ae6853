// What the server and the devices owe each other, looked at with every message: leases end, nobody is thrown out without
// leave, late rows count, a submit brings everything along, a withdrawn one stays at home, a pull removes nothing that is there.
import type { Change } from '../../src/db/memory-table'
import type { CountRecord } from '../../src/domain/count-record'
import { asId } from '../../src/domain/ids'
import type { RowUuid, SessionId } from '../../src/domain/ids'
import type { SessionRow } from '../../src/ports/scans-schema'
import { MAY_TAKE_OVER } from './things'
import { groupsOf } from './groups'
import type { Device } from './device'
import type { Marks } from './marks'
import type { SimServer } from './server/sim-server'
import type { SimAnswer, SimRequest } from './server/wire'
import { SignInWatch, userOf } from './sign-in-watch'
import { isBehindRestore } from './view-watch'

/** Between a person's withdrawal and the last request of a submit: reading, and a token. */
const WITHDRAWN_MS = 1000

/** Who has a session by the server's own word: the lease runs from the last time that it heard of the holder. */
export interface Holder {
  readonly userId: string
  readonly deviceId: string | null
  readonly fence: number
  readonly isReleased: boolean
  /** Server time. */
  readonly until: number
}

/** Who has it now. */
interface Taken extends Pick<Holder, 'userId' | 'deviceId'> {
  readonly sessionId: string
  readonly at: number
}

/** A submit that somebody asked for on a device. */
interface QueuedSubmit {
  readonly name: string
  readonly sessionId: SessionId
  readonly queuedAt: number
  /** Events of the database up to here were saved before it. */
  readonly lastGid: number
  /** Virtual time at which a person withdrew it; null: nobody did. */
  withdrawnAt: number | null
}

export interface ServerWatchDeps {
  readonly marks: Marks
  readonly now: () => number
  readonly server: SimServer
  readonly deviceOf: (name: string) => Device | null
  /** Nothing hangs, sleeps or is slow any more, so that moments can be compared. */
  readonly isQuiet: () => boolean
  readonly violated: (invariant: string, text: string) => void
}

export class ServerWatch {
  readonly #holders = new Map<string, Holder>()
  readonly #submits = new Map<string, QueuedSubmit>()
  /** By row: since when the server shows it without a break. */
  readonly #shownSince = new Map<string, number>()
  /** By device, user and session: when the server gave the first page of the newest pull. */
  readonly #pullBegan = new Map<string, number>()
  #locksSeen = 0
  #rowsSeen = 0
  #movesSeen = 0
  #verdictsSeen = 0

  readonly #signIns: SignInWatch

  constructor(private readonly deps: ServerWatchDeps) {
    this.#signIns = new SignInWatch(deps)
  }

  onCommit(device: Device, name: string, changes: readonly Change[]): void {
    this.#signIns.onCommit(device, name, changes)
    for (const { table, before, after } of changes) {
      if (table === 'sessions') this.#noteSubmit(device, name, before as SessionRow | undefined, after as SessionRow | undefined)
      else if (table === 'inventoryCountRecords' && after === undefined) this.#checkRemoved(device, name, before as CountRecord | undefined)
    }
  }

  #noteSubmit(device: Device, name: string, before: SessionRow | undefined, after: SessionRow | undefined): void {
    const [was, is] = [before?.submitQueuedAt ?? null, after?.submitQueuedAt ?? null]
    if (was === is) return
    const earlier = was === null || before === undefined ? undefined : this.#submits.get(keyOfSubmit(device.name, before.sessionId, was))
    if (earlier !== undefined && after?.session.status !== 'submitted') earlier.withdrawnAt ??= this.deps.now()
    if (is === null || after === undefined) return
    const lastGid = device.database(name).rows('scanEvents').at(-1)?.gid ?? 0
    const { sessionId } = after
    this.#submits.set(keyOfSubmit(device.name, sessionId, is), { name, sessionId, queuedAt: is, lastGid, withdrawnAt: null })
  }

  /** I10: what the server shows since before the pull began does not vanish from a screen. */
  #checkRemoved(device: Device, name: string, row: CountRecord | undefined): void {
    if (row?.origin !== 'server') return
    if (this.#isMadeAnew(device, name, row) || isTakenOver(device, name, row)) return
    const began = this.#pullBegan.get(`${device.name} ${userOf(name)} ${row.sessionId}`)
    const since = this.#shownSince.get(row.uuid)
    if (began !== undefined && since !== undefined && since <= began)
      this.deps.violated('I10', `${device.name} removed row ${row.uuid} of ${row.sessionId}, which the server shows`)
  }

  /** After a restore a row of an own log goes, and in the next transaction the events make it again (CR23). */
  #isMadeAnew(device: Device, name: string, { logId }: CountRecord): boolean {
    return isBehindRestore(device, name, this.deps.server) && logId !== null && device.database(name).row('logs', logId) !== undefined
  }

  /** SB8: once a person has withdrawn a submit, no request of it leaves the device. */
  onSent(request: SimRequest, device: string): void {
    this.#signIns.onSent(request, device)
    const submit = this.#submitOf(request, device)
    if (submit === null || submit.withdrawnAt === null || !this.deps.isQuiet()) return
    const late = this.deps.now() - submit.withdrawnAt
    if (late > WITHDRAWN_MS) this.deps.violated('SB8', `${device} submits ${submit.sessionId} ${late.toFixed(0)} ms after it was withdrawn`)
  }

  #submitOf({ method, body }: SimRequest, device: string): QueuedSubmit | null {
    const [, sessionId, queuedAt] = method === 'PUT' ? (/"requestId":"submit:(.+):(\d+)"/.exec(body ?? '') ?? []) : []
    if (sessionId === undefined) return null
    return this.#submits.get(keyOfSubmit(device, sessionId, Number(queuedAt))) ?? null
  }

  /** What the server did and said, right after it did. */
  onAnswer(request: SimRequest, device: string, answer: SimAnswer): void {
    const { audit, profile } = this.deps.server
    this.#noteRows()
    this.#notePull(request, device, audit.requests.at(-1)?.userId ?? null)
    if (profile === 'extended') {
      this.#checkRefusal(request, answer)
      this.#noteLocks()
      for (const { sessionId, verdict } of audit.verdicts.slice(this.#verdictsSeen)) if (verdict === 'held') this.#checkHeld(sessionId)
      for (const { sessionId, to } of audit.moves.slice(this.#movesSeen)) if (to === 'submitted') this.#checkSubmitted(request, device, sessionId)
    }
    this.#verdictsSeen = audit.verdicts.length
    this.#movesSeen = audit.moves.length
  }

  #noteRows(): void {
    const { rows } = this.deps.server.audit
    for (const { row } of rows.slice(this.#rowsSeen)) {
      if (row.uuid === null) continue
      if (row.isDeleted) this.#shownSince.delete(row.uuid)
      else if (!this.#shownSince.has(row.uuid)) this.#shownSince.set(row.uuid, this.deps.now())
    }
    this.#rowsSeen = rows.length
  }

  #notePull({ method, path, query }: SimRequest, device: string, userId: string | null): void {
    const [, sessionId] = method === 'GET' ? (/sessions\/([^/]+)\/items$/.exec(path) ?? []) : []
    if (sessionId === undefined || Number(query?.['pageIndex'] ?? 0) > 0) return
    this.#pullBegan.set(`${device} ${userId} ${decodeURIComponent(sessionId)}`, this.deps.now())
  }

  /** SL4: a lease that is over is nobody's, whatever the server wrote down. */
  #checkRefusal({ method, path }: SimRequest, { status, text }: SimAnswer): void {
    if (method !== 'POST' || status !== 409 || !text.includes('SESSION_LOCKED')) return
    const [, sessionId] = /sessions\/([^/]+)\/lock$/.exec(path) ?? []
    const holder = this.#holders.get(decodeURIComponent(sessionId ?? ''))
    const over = holder === undefined ? 0 : this.#serverNow() - holder.until
    if (over > 0) this.deps.violated('SL4', `${sessionId ?? ''} was refused for ${holder?.userId ?? ''}, whose lease was over since ${over} ms`)
  }

  #noteLocks(): void {
    const { locks } = this.deps.server.audit
    for (const { sessionId, at, row } of locks.slice(this.#locksSeen)) {
      const { userId, deviceId, fence, releasedAt, lastHeartbeatAt, leaseSeconds } = row
      const before = this.#holders.get(sessionId)
      if (fence === null || (before !== undefined && fence < before.fence)) continue
      if (before !== undefined && fence > before.fence)
        this.#checkTaken(before, { sessionId, at, userId, deviceId })
      const until = (lastHeartbeatAt ?? at) + (leaseSeconds ?? 0) * 1000
      this.#holders.set(sessionId, { userId, deviceId, fence, isReleased: releasedAt !== null, until })
    }
    this.#locksSeen = locks.length
  }

  /** SL6: a session that somebody holds is taken by those who may, or by the same person elsewhere. */
  #checkTaken(before: Holder, { sessionId, at, userId, deviceId }: Taken): void {
    const isAnother = before.userId !== userId || before.deviceId !== deviceId
    if (isAnother && !before.isReleased && before.until <= at) this.deps.marks.note('lease-ran-out')
    if (
      before.isReleased ||
      before.until <= at ||
      before.userId === userId ||
      MAY_TAKE_OVER.has(userId)
    )
      return
    this.deps.violated('SL6', `${userId} took ${sessionId} from ${before.userId}, and may not`)
  }

  /** SC11: while a session is open, and until it is approved, late rows count. */
  #checkHeld(sessionId: string): void {
    const { server } = this.deps
    const [status, count] = [server.statusOf(sessionId), server.countStatusOf(sessionId)]
    if (status === 'approved' || status === 'voided' || count === 'closed' || count === 'cancelled') return
    this.deps.violated('SC11', `a row of the ${status} session ${sessionId} was held back from its count`)
  }

  /** SB1: the moment a session is submitted the server has all that its device had saved when the person asked for it. */
  #checkSubmitted(request: SimRequest, deviceName: string, sessionId: string): void {
    const submit = this.#submitOf(request, deviceName)
    const database = submit === null ? undefined : this.deps.deviceOf(deviceName)?.scans.get(submit.name)
    if (submit === null || database === undefined) return
    const saved = database.rows('scanEvents').filter((it) => it.sessionId === sessionId && it.gid <= submit.lastGid)
    const rows = new Map(this.deps.server.rowsOf(sessionId).map((it) => [it.uuid, it]))
    for (const { uuid, itemKey, head } of groupsOf(saved).values()) {
      const rev = rows.get(uuid)?.rev ?? 0
      if (rev < head && database.row('quarantine', asId<RowUuid>(uuid)) === undefined)
        this.deps.violated('SB1', `${sessionId} was submitted with ${itemKey} at ${rev}, ${deviceName} had saved ${head}`)
    }
  }

  /** Who has the session; null: nobody, or only the backup knows. */
  holderOf(sessionId: string): Holder | null {
    const holder = this.#holders.get(sessionId)
    return holder === undefined || holder.isReleased || holder.until <= this.#serverNow() ? null : holder
  }

  #serverNow(): number {
    return this.deps.server.now()
  }

  /** What came after the backup is forgotten, and what it brought back is there from now on. */
  serverRestored(): void {
    const { server } = this.deps
    this.#holders.clear()
    // What had arrived when they were sent may be gone: the next probe tells the device, not the submit.
    this.#submits.clear()
    this.#shownSince.clear()
    for (const sessionId of server.sessionIds())
      for (const { uuid, isDeleted } of server.rowsOf(sessionId)) if (uuid !== null && !isDeleted) this.#shownSince.set(uuid, this.deps.now())
  }

  /** The disk of a device went back, or is empty: what people had asked for on it is forgotten with it. */
  reread(device: Device): void {
    for (const key of [...this.#submits.keys()]) if (key.startsWith(`${device.name} `)) this.#submits.delete(key)
  }
}

/** Its events came by file, with more than the server had: the next fold makes it of them (HF5). */
function isTakenOver(device: Device, name: string, { uuid, sessionId, rev }: CountRecord): boolean {
  const events = device.database(name).rows('scanEvents').filter((it) => it.sessionId === sessionId)
  return (groupsOf(events).get(uuid)?.head ?? 0) > rev
}

const keyOfSubmit = (device: string, sessionId: string, queuedAt: number): string => `${device} ${sessionId}:${queuedAt}`
