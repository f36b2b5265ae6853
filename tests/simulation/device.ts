// One device: its disk, its clock, its radio, its browser's locks. It outlives its windows.
import { PROTOCOL } from '../../src/contract/envelope'
import { createMemoryDatabase } from '../../src/db/memory-store'
import type { MemoryDatabase } from '../../src/db/memory-store'
import type { Change } from '../../src/db/memory-table'
import { CATALOGUE_SCHEMA } from '../../src/ports/catalogue-schema'
import type { CatalogueShape } from '../../src/ports/catalogue-schema'
import type { Clock } from '../../src/domain/time-and-ids'
import { SCANS_SCHEMA } from '../../src/ports/scans-schema'
import type { ScansShape, ScansStore } from '../../src/ports/scans-schema'
import type { CatalogueStore } from '../../src/ports/catalogue-schema'
import { createDeviceLocks } from './locks'
import type { DeviceLocks } from './locks'
import { Bites } from './bites'
import type { Marks } from './marks'
import { freshLine } from './network'
import type { Line } from './network'
import { chanceOf } from './random'
import type { Chance } from './random'
import { takeStep } from './scheduler'
import type { Life, Scheduler } from './scheduler'

export const EPOCH = Date.UTC(2026, 2, 2, 8)
const WRITES: ReadonlySet<string | symbol> = new Set(['add', 'bulkAdd', 'put', 'bulkPut'])
/** Commits that a power cut may take back. */
const KEPT_COMMITS = 40

export interface StorageConfig {
  readonly readMs: number
  readonly commitMs: number
  readonly slowRate: number
  readonly failRate: number
  /** Committed, and the caller is told that it failed. */
  readonly untoldRate: number
}

/** What is wrong with the disk right now. */
export interface Disk {
  isAway: boolean
  isHanging: boolean
  /** A transaction of this window that it says yes to is never answered. */
  swallows: ((life: Life, mode: 'r' | 'rw', tables: readonly string[]) => boolean) | null
  isFull: boolean
  isSlow: boolean
  /** Each row that is written is refused for want of room. */
  refusesRows: boolean
  /** What is opened now never opens. */
  opensHang: boolean
  /** Something else keeps the disk busy: each transaction begins so much later. */
  busyMs: number
}

export interface DiskHandle {
  readonly life: Life
  readonly side: 'page' | 'worker'
  state: 'well' | 'rejects' | 'hangs'
  /** Somebody uses it although it is not well. */
  onFelt?: (() => void) | undefined
}

export interface DeviceDeps {
  readonly seed: number
  readonly scheduler: Scheduler
  readonly marks: Marks
  readonly storage: () => StorageConfig
  readonly onCommit: (device: Device, name: string, changes: readonly Change[]) => void
}

export class Device {
  readonly name: string
  readonly scans = new Map<string, MemoryDatabase<ScansShape>>()
  readonly catalogues = new Map<string, MemoryDatabase<CatalogueShape>>()
  /** localStorage of the origin. */
  local = new Map<string, string>()
  readonly line: Line = freshLine()
  readonly disk: Disk = {
    isAway: false,
    isHanging: false,
    swallows: null,
    isFull: false,
    isSlow: false,
    refusesRows: false,
    opensHang: false,
    busyMs: 0,
  }
  readonly bites = new Bites()
  readonly locks: DeviceLocks
  handles: DiskHandle[] = []
  /** Pages that have lost the process that holds the databases: no handle of theirs works any more (platform.md A5). */
  readonly #cutOff = new WeakSet<Life>()
  /** Wall clock beside the true time; jumps. */
  skewMs: number
  /** The monotone clock stops while the device sleeps. */
  sleptMs = 0
  /** When a transaction was swallowed last: whoever waits for it waits until it gives up. */
  hungAt = Number.NEGATIVE_INFINITY
  readonly clock: Clock
  /** Version of the protocol of the app that its next page loads; the pages that are open keep theirs. */
  protocol = PROTOCOL
  readonly #chance: Chance
  readonly #underWay = new Map<() => void, Life>()

  constructor(
    readonly index: number,
    private readonly deps: DeviceDeps,
    skewMs: number,
  ) {
    this.name = `D${index + 1}`
    this.skewMs = skewMs
    this.locks = createDeviceLocks(deps.scheduler, deps.marks)
    this.#chance = chanceOf(deps.seed, 'disk', index)
    const { scheduler } = deps
    this.clock = {
      now: () => {
        this.bites.feel('clock-jump')
        return Math.floor(EPOCH + scheduler.now() + this.skewMs)
      },
      mono: () => scheduler.now() - this.sleptMs,
    }
  }

  database(name: string): MemoryDatabase<ScansShape> {
    const known = this.scans.get(name)
    if (known !== undefined) return known
    const made = createMemoryDatabase<ScansShape>(SCANS_SCHEMA, this.#databaseOptions(name))
    this.scans.set(name, made)
    return made
  }

  #databaseOptions(name: string) {
    return {
      keepsCommits: KEPT_COMMITS,
      onCommit: (changes: readonly Change[]) => this.deps.onCommit(this, name, changes),
    }
  }

  /** The whole profile, as a backup or a copied folder gives it to another device. */
  cloneFrom(other: Device): void {
    for (const [name, database] of other.scans) this.scans.set(name, database.copy(this.#databaseOptions(name)))
    for (const [name, database] of other.catalogues) this.catalogues.set(name, database.copy())
    this.local = new Map(other.local)
  }

  /** What dead windows had not committed is thrown away at once, before anything happens to the disk. */
  dropTransactions(): void {
    for (const [abort, life] of [...this.#underWay]) {
      if (!life.isOver) continue
      this.#underWay.delete(abort)
      abort()
    }
  }

  wipe(): void {
    this.scans.clear()
    this.catalogues.clear()
    this.local.clear()
  }

  /** As WebKit before Safari 27: only a page that is loaded anew gets a handle that works. */
  cutOff(life: Life): void {
    this.#cutOff.add(life)
    for (const handle of this.handles) if (handle.life === life) handle.state = 'rejects'
  }

  /** Re-downloadable and relaxed: no faults here. */
  openCatalogue(name: string): CatalogueStore {
    const database = this.catalogues.get(name) ?? createMemoryDatabase<CatalogueShape>(CATALOGUE_SCHEMA)
    this.catalogues.set(name, database)
    return database.open({ turn: this.deps.scheduler.turn })
  }

  /** A connection to the database of scans, for one window. */
  openScans(name: string, life: Life, side: 'page' | 'worker'): ScansStore {
    const { scheduler, marks } = this.deps
    const hangs = this.disk.opensHang ? 'hangs' : 'well'
    const handle: DiskHandle = { life, side, state: this.#cutOff.has(life) ? 'rejects' : hangs }
    if (this.disk.opensHang) handle.onFelt = () => this.bites.feel('open-hangs')
    this.handles.push(handle)
    const store = this.database(name).open({
      turn: scheduler.turn,
      beforeCommit: (_, mode) => (mode === 'r' ? Promise.resolve() : this.#commit(handle)),
      afterCommit: (_, mode) => (mode === 'r' ? Promise.resolve() : this.#told(handle)),
    })
    let isClosed = false
    return {
      cost: store.cost,
      close: () => {
        isClosed = true
        this.handles = this.handles.filter((it) => it !== handle)
      },
      tx: (tables, mode, work) =>
        new Promise((resolve, reject) => {
          scheduler.after(
            this.disk.busyMs + this.deps.storage().readMs * this.#chance.next(),
            life,
            `tx ${mode} ${tables[0] ?? ''}`,
            () => {
              if (isClosed)
                return reject(
                  new DOMException('The database connection is closing', 'InvalidStateError'),
                )
              if (this.disk.swallows?.(life, mode, tables) === true) {
                this.hungAt = scheduler.now()
                return marks.note('disk:hangs')
              }
              if (handle.state === 'hangs' || this.disk.isHanging) {
                this.hungAt = scheduler.now()
                this.#feel(handle, 'storage-hangs')
                return marks.note('disk:hangs')
              }
              if (handle.state === 'rejects' || this.disk.isAway) {
                marks.note(this.disk.isAway ? 'disk:away' : 'disk:dead-handle')
                this.#feel(handle, 'storage-away')
                return reject(
                  new DOMException('Connection to Indexed Database server lost', 'UnknownError'),
                )
              }
              const guarded: typeof work = (tx) => {
                if (life.isOver) throw new LifeOverError()
                return work(mode === 'rw' && this.disk.refusesRows ? this.#fullFor(tx) : tx)
              }
              store.tx(tables, mode, guarded).then(
                (value) => {
                  if (!life.isOver) resolve(value)
                },
                (error: unknown) => {
                  if (!life.isOver) reject(error)
                },
              )
            },
          )
        }),
    }
  }

  /** A transaction whose rows find no room, asked one by one; what it reads and takes away goes on. */
  #fullFor<Tx extends object>(tx: Tx): Tx {
    return new Proxy(tx, {
      get: (target, name) => {
        const method: unknown = Reflect.get(target, name)
        if (!WRITES.has(name)) return typeof method === 'function' ? (method.bind(target) as unknown) : method
        return () => {
          this.deps.marks.note('disk:quota-on-put')
          this.bites.feel('quota-on-put')
          return Promise.reject(new DOMException('Quota exceeded', 'QuotaExceededError'))
        }
      },
    })
  }

  /** A handle that is dead hides what else is wrong with the disk. */
  #feel(handle: DiskHandle, what: string): void {
    if (handle.state === 'well') this.bites.feel(what)
    else handle.onFelt?.()
  }

  /** Between the last request and the commit: slow, refused, or the window dies and nothing is written. */
  #commit({ life, state }: DiskHandle): Promise<void> {
    const { scheduler, marks } = this.deps
    const { commitMs, slowRate, failRate } = this.deps.storage()
    const isSlow = this.disk.isSlow || this.#chance.is(slowRate)
    if (isSlow) marks.note('disk:slow-commit')
    if (this.disk.isSlow) this.bites.feel('slow-commits')
    const ms = isSlow ? this.#chance.int(500, 6000) : commitMs * (0.3 + this.#chance.next())
    const isFailing = this.#chance.is(failRate)
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        marks.note('disk:died-before-commit')
        reject(new LifeOverError())
      }
      this.#underWay.set(abort, life)
      scheduler.after(ms, null, 'commit', () => {
        if (!this.#underWay.delete(abort)) return
        if (!takeStep(life)) return abort()
        if (this.disk.isFull) {
          marks.note('disk:quota')
          this.bites.feel('storage-full')
          return reject(new DOMException('Quota exceeded', 'QuotaExceededError'))
        }
        if (isFailing || state === 'rejects' || this.disk.isAway) {
          marks.note('disk:commit-failed')
          if (this.disk.isAway) this.bites.feel('storage-away')
          return reject(new DOMException('Commit failed', 'UnknownError'))
        }
        resolve()
      })
    })
  }

  /** Between the commit and the caller's hearing of it. */
  #told({ life }: DiskHandle): Promise<void> {
    const { scheduler, marks } = this.deps
    const isUntold = this.#chance.is(this.deps.storage().untoldRate)
    return new Promise((resolve, reject) => {
      scheduler.after(0.1, null, 'committed', () => {
        if (life.isOver || !takeStep(life)) marks.note('disk:died-after-commit')
        if (!isUntold || life.isOver) return resolve()
        marks.note('disk:commit-untold')
        reject(new DOMException('Connection to Indexed Database server lost', 'UnknownError'))
      })
    })
  }
}

/** A window that is gone: nobody hears of it. */
class LifeOverError extends Error {
  override readonly name = 'LifeOverError'
}

/** localStorage on a map. */
export function storageOf(device: Device): Storage {
  return {
    get length() {
      return device.local.size
    },
    key: (index) => [...device.local.keys()][index] ?? null,
    getItem: (key) => device.local.get(key) ?? null,
    setItem: (key, value) => void device.local.set(key, value),
    removeItem: (key) => void device.local.delete(key),
    clear: () => device.local.clear(),
  }
}
