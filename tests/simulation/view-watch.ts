// What a screen shows of a row never goes backwards (I10), looked at with every commit.
import type { Change } from '../../src/db/memory-table'
import type { CountRecord } from '../../src/domain/count-record'
import type { RowUuid } from '../../src/domain/ids'
import type { SessionRow } from '../../src/ports/scans-schema'
import type { Device } from './device'
import { isBehindFile } from './groups'
import type { Marks } from './marks'
import { keyOf } from './oracle'
import type { SimServer } from './server/sim-server'

type Seen = Pick<CountRecord, 'origin' | 'rev' | 'quantity' | 'matchRev'>

export interface ViewWatchDeps {
  readonly server: SimServer
  readonly marks: Marks
  readonly violated: (invariant: string, text: string) => void
}

/** The server was put back, and this database has not taken that in to its end: its rows are what the server shows now. */
export function isBehindRestore(device: Device, name: string, { epoch }: Pick<SimServer, 'epoch'>): boolean {
  const known = device.database(name).row('meta', 'epoch')
  return known?.k === 'epoch' && known.epoch !== epoch
}

export class ViewWatch {
  /** By device and database the newest of each row that it ever showed, also of rows that are gone meanwhile. */
  readonly #newest = new Map<string, Map<string, Seen>>()

  readonly #leases = new Map<string, { readonly fence: number | null; readonly skewMs: number }>()

  constructor(private readonly deps: ViewWatchDeps) {}

  /** A base server has no revisions: its word is the last (decision 14). */
  onCommit(device: Device, name: string, changes: readonly Change[]): void {
    this.#noteRaces(device, name, changes)
    this.#noteLeases(device, name, changes)
    if (this.deps.server.profile !== 'extended') return
    const rows = changes.flatMap(({ table, after }) => (table === 'inventoryCountRecords' && after !== undefined ? [after as unknown as CountRecord] : []))
    if (rows.length === 0) return
    const newest = this.#newestOf(keyOf(device, name))
    const isExcused = isBehindRestore(device, name, this.deps.server)
    for (const row of rows) {
      // Of a log that came by file only what the fold has made in the end is compared with what the server showed before (seed 5509).
      if (isBehindFile(device.database(name), row)) continue
      const before = newest.get(row.uuid)
      if (before !== undefined && !isExcused && !this.#isWhatIsLeft(before, row)) this.#check(device, before, row)
      newest.set(row.uuid, seenOf(row))
    }
  }

  /** Of a row that went from the server stays what this device has of its scans, where its disk lost their end (JN15, seed 12729). */
  #isWhatIsLeft(before: Seen, { uuid, origin }: CountRecord): boolean {
    if (before.origin !== 'server' || origin !== 'own') return false
    const { audit, epoch } = this.deps.server
    return audit.rows.some((it) => it.epoch === epoch && it.row.uuid === uuid && it.row.isDeleted && it.row.rev >= before.rev)
  }

  /** An acknowledgement that comes when its row has been scanned again. */
  #noteRaces(device: Device, name: string, changes: readonly Change[]): void {
    for (const { table, before, after } of changes) {
      if (table !== 'acks' || after === undefined || before?.['ackedRev'] === after['ackedRev']) continue
      const row = device.database(name).row('inventoryCountRecords', after['uuid'] as RowUuid)
      if (row !== undefined && row.rev > Number(after['ackedRev'])) this.deps.marks.note('ack-races-scan')
    }
  }

  /** A lease that goes on under another wall clock than the one under which it was given, or renewed last. */
  #noteLeases(device: Device, name: string, changes: readonly Change[]): void {
    for (const { table, before, after } of changes) {
      if (table !== 'sessions' || after === undefined) continue
      const was = before as SessionRow | undefined
      const is = after as unknown as SessionRow
      const { lease, state } = is.lock
      if (lease === null || state !== 'held' || lease.leaseUntil === was?.lock.lease?.leaseUntil) continue
      const key = `${keyOf(device, name)} ${is.sessionId}`
      const known = this.#leases.get(key)
      if (known !== undefined && known.fence === lease.fence && known.skewMs !== device.skewMs) this.deps.marks.note('lease-renewed-across-a-jump')
      this.#leases.set(key, { fence: lease.fence, skewMs: device.skewMs })
    }
  }

  #newestOf(key: string): Map<string, Seen> {
    const newest = this.#newest.get(key) ?? new Map<string, Seen>()
    this.#newest.set(key, newest)
    return newest
  }

  #check(device: Device, before: Seen, { uuid, origin, rev, quantity, matchRev }: CountRecord): void {
    const what = `${device.name}: ${origin} row ${uuid}`
    if (rev < before.rev) this.deps.violated('I10', `${what} went back from revision ${before.rev} to ${rev}`)
    else if (rev === before.rev && quantity !== before.quantity) this.deps.violated('I10', `${what} at ${rev} showed ${before.quantity}, and now ${quantity}`)
    if (matchRev < before.matchRev) this.deps.violated('I10', `${what} went back from match ${before.matchRev} to ${matchRev}`)
  }

  /** A disk that lost commits, or all, or became another's: its screens begin anew with what is on it. */
  reread(device: Device): void {
    for (const key of [...this.#newest.keys()]) if (key.startsWith(`${device.index}|`)) this.#newest.delete(key)
    for (const [name, database] of device.scans) {
      const newest = this.#newestOf(keyOf(device, name))
      for (const row of database.rows('inventoryCountRecords')) newest.set(row.uuid, seenOf(row))
    }
  }
}

function seenOf({ origin, rev, quantity, matchRev }: CountRecord): Seen {
  return { origin, rev, quantity, matchRev }
}
