// One window of a device: the page's desk and its worker's engine, put together as main.ts and sync.worker.ts do it.
import { createLocalSpill } from '../../src/composables/local-spill'
import { createRecoverByReload } from '../../src/composables/recover-by-reload'
import type { RecoverByReload } from '../../src/composables/recover-by-reload'
import { createWindowRights } from '../../src/composables/window-right'
import type { WindowRights } from '../../src/composables/window-right'
import { catalogueName, scansName } from '../../src/db/names'
import { asId } from '../../src/domain/ids'
import type { DeviceId, EventId, FacilityId, ItemKey, LineKey, SessionId } from '../../src/domain/ids'
import type { Limits } from '../../src/domain/limits'
import type { LockState } from '../../src/domain/lock'
import { createUuidV7Source } from '../../src/domain/uuid-v7'
import type { Timers } from '../../src/ports/platform'
import type { Bus, Log, SyncState } from '../../src/ports/platform'
import type { CatalogueStore } from '../../src/ports/catalogue-schema'
import type { ScansStore } from '../../src/ports/scans-schema'
import { createCountingDesk } from '../../src/usecases/counting-desk'
import type { OpenDesk } from '../../src/usecases/counting-desk'
import { ensureDevice } from '../../src/usecases/device'
import { inTime } from '../../src/usecases/in-time'
import { createScanWriter } from '../../src/usecases/scan-writer'
import type { ScanWriter } from '../../src/usecases/scan-writer'
import { timedStore } from '../../src/usecases/timed-store'
import type { World } from '../../src/worker/account'
import { createSyncWorkerApi } from '../../src/worker/create-sync-worker-api'
import { createWorkerBus } from '../../src/worker/platform'
import { readPrivateMessage } from '../../src/worker/private-message'
import type { SyncWorkerApi, WorkerConfig } from '../../src/worker/protocol'
import { createStoreLog } from '../../src/worker/store-log'
import type { Device } from './device'
import { storageOf } from './device'
import type { Network } from './network'
import { createSimFile } from './sim-file'
import { chanceOf } from './random'
import type { Life, Scheduler } from './scheduler'

export const ORIGIN = 'https://count.example:8080'
export const FACILITY = 'F1'
const LAST_ACCOUNT = 'shelfcount:account'
/** As in main.ts. */
const OPENING_MS = 10_000

export interface WindowDeps {
  readonly seed: number
  readonly scheduler: Scheduler
  readonly network: Network
  readonly limits: Limits
  /** Write the log into the database, as the product does; costs time, so not in every seed. */
  readonly keepsLog: boolean
  /** Version of the protocol that a window speaks which is opened now. */
  readonly protocolAtBoot: (window: SimWindow) => number
  readonly onStatus: (window: SimWindow, status: SyncState) => void
  /** What the engine writes into its log, also where no log is kept. */
  readonly onLog: Log['write']
  readonly note: (text: string) => void
  /** A page loads itself anew: it is gone, and comes back on what was on screen. */
  readonly onReload: (window: SimWindow, sessionId: SessionId | null) => void
}

/** A scan that beeped in this window. */
export interface Beep {
  readonly eventId: EventId
  readonly lineKey: LineKey
  readonly itemKey: ItemKey | null
  readonly value: string
}

/** A signed-in user's part of the page. */
export interface Page {
  readonly config: WorkerConfig
  readonly scans: ScansStore
  readonly writer: ScanWriter
  readonly rights: WindowRights
  readonly desk: (sessionId: SessionId) => Promise<OpenDesk>
  readonly close: () => void
}

export class SimWindow {
  /** Page and worker die together, or the worker alone. */
  pageLife: Life
  workerLife: Life
  worker: SyncWorkerApi | null = null
  page: Page | null = null
  sessionId: SessionId | null = null
  /** As the screen shows it. */
  lock: LockState = 'none'
  /** Why the newest opening failed, as the screen says it. */
  refusal: string | null = null
  beeps: Beep[] = []
  /** Events that scans were made into, by the number of the scan: also of those that are refused in the end. */
  readonly drafted = new Map<number, EventId>()
  lives = 0
  /** sessionStorage: what the window remembers from one page to the next. */
  tab = new Map<string, string>()
  /** What the page is to show once it has opened. */
  #wanted: SessionId | null = null
  #recovery: RecoverByReload
  /** Hears what the worker posts to its own page only. */
  #hear = new Set<Parameters<Bus['listen']>[0]>()
  #toPage: Lane
  #toWorker: Lane

  constructor(
    readonly device: Device,
    readonly index: number,
    private readonly deps: WindowDeps,
  ) {
    this.pageLife = overLife(this.name)
    this.workerLife = overLife(this.name)
    this.#toPage = laneTo(this.pageLife, deps.scheduler)
    this.#toWorker = laneTo(this.workerLife, deps.scheduler)
    this.#recovery = this.#createRecovery()
  }

  get name(): string {
    return `${this.device.name}.${this.index + 1}`
  }

  get isOpen(): boolean {
    return !this.pageLife.isOver
  }

  /** Open the window: nothing is signed in yet. */
  boot(wanted: SessionId | null = null): void {
    this.lives += 1
    this.#wanted = wanted
    this.pageLife = this.#newLife('page')
    this.workerLife = this.#newLife('worker')
    this.#recovery = this.#createRecovery()
    this.#toPage = laneTo(this.pageLife, this.deps.scheduler)
    this.#toWorker = laneTo(this.workerLife, this.deps.scheduler)
    this.page = null
    this.sessionId = null
    this.lock = 'none'
    this.beeps = []
    this.#hear = new Set()
    this.worker = this.#bridge(createSyncWorkerApi(this.#world()))
  }

  /** The process is gone: pending promises never settle, memory is lost, the disk stays. */
  die(): void {
    this.killWorker()
    this.pageLife.isOver = true
    this.device.locks.free(this.pageLife)
    this.device.dropTransactions()
    this.page = null
    this.tab = new Map()
    this.device.handles = this.device.handles.filter((it) => !it.life.isOver)
  }

  /** As `location.reload()`: the window stays, and with it what it remembers. */
  #reload(): void {
    const { tab } = this
    const sessionId = this.page === null ? this.#wanted : this.sessionId
    this.die()
    this.tab = tab
    this.deps.onReload(this, sessionId)
  }

  #createRecovery(): RecoverByReload {
    return createRecoverByReload({
      storage: { getItem: (key) => this.tab.get(key) ?? null, setItem: (key, value) => void this.tab.set(key, value) },
      clock: this.device.clock,
      timers: this.#timers(this.pageLife),
      reload: () => this.#reload(),
      // Scans come whole here.
      hasKeysPending: () => false,
    })
  }

  killWorker(): void {
    this.workerLife.isOver = true
    this.device.locks.free(this.workerLife)
    this.device.dropTransactions()
    this.worker = null
  }

  /** @param onHeldUp something had to wait for it */
  freeze(until: number, onHeldUp?: () => void): void {
    for (const life of [this.pageLife, this.workerLife]) {
      life.frozenUntil = Math.max(life.frozenUntil, until)
      life.onHeldUp = onHeldUp
    }
  }

  #newLife(part: string): Life {
    const life: Life = {
      name: `${this.name}${part === 'worker' ? 'w' : 'p'}`,
      isOver: false,
      frozenUntil: 0,
      steps: 0,
      endsAtStep: null,
      onEnd: () => this.die(),
    }
    return life
  }

  /**
   * A time limit that came after the seeds were written down has its place from a stream of its own: where nothing
   * reaches it, a seed takes the way that it took before (SM103).
   */
  #timers(
    life: Life,
    isLater = (ms: number): boolean => ms === this.deps.limits.storageTimeoutMs,
  ): Timers {
    const { scheduler, seed } = this.deps
    const places = chanceOf(seed, 'later limits', life.name, this.lives)
    return {
      sleep: (ms, signal) =>
        new Promise((resolve, reject) => {
          if (signal?.aborted === true) return reject(signal.reason)
          const onAbort = (): void => {
            cancel()
            reject(signal?.reason)
          }
          const cancel = scheduler.after(
            ms,
            life,
            'wake',
            () => {
              signal?.removeEventListener('abort', onAbort)
              resolve()
            },
            isLater(ms) ? places : undefined,
          )
          signal?.addEventListener('abort', onAbort, { once: true })
        }),
    }
  }

  #log(scans: ScansStore, life: Life): Log & { flush: () => Promise<void> } {
    const { device } = this
    const { onLog } = this.deps
    if (!this.deps.keepsLog)
      return {
        write: (level, event, details) => {
          onLog(level, event, details)
          if (level !== 'info') this.deps.note(`${life.name} ${event} ${JSON.stringify(details ?? {})}`)
        },
        flush: () => Promise.resolve(),
      }
    const stored = createStoreLog({ scans, clock: device.clock, timers: this.#timers(life), entriesMax: 50 })
    return {
      write: (level, event, details) => {
        onLog(level, event, details)
        stored.write(level, event, details)
      },
      flush: () => stored.flush(),
    }
  }

  #world(): World {
    const { device, deps, workerLife: life } = this
    const { seed, network, limits } = deps
    const toPage = this.#toPage
    const chance = chanceOf(seed, 'worker', this.name, this.lives)
    const from = {
      life,
      device: device.name,
      line: device.line,
      bites: device.bites,
      clock: device.clock,
      protocol: deps.protocolAtBoot(this),
    }
    return {
      clock: device.clock,
      ids: createUuidV7Source(device.clock, (length) => chance.bytes(length)),
      random: () => chance.next(),
      timers: this.#timers(life),
      mutex: device.locks.mutexOf(life),
      claims: device.locks.claimsOf(life),
      limits,
      anonymousApi: () => network.anonymousApi(from),
      serverApi: ({ caller, abilities, token }) => network.serverApi(from, { caller, abilities, token }),
      openScans: ({ serverOrigin, userName }) => device.openScans(scansName(serverOrigin, userName), life, 'worker'),
      openCatalogue: (serverOrigin, facilityId) => device.openCatalogue(catalogueName(serverOrigin, facilityId)),
      createBus: (config) =>
        createWorkerBus(device.locks.channelOf(channelName(config), life), (message) => {
          const told = readPrivateMessage(message)
          if (told === null) return
          toPage(`told ${told.kind}`, () => {
            if (told.kind === 'status') deps.onStatus(this, told.status)
            for (const hear of this.#hear) hear(told)
          })
        }),
      createLog: (scans) => this.#log(scans, life),
      databaseNames: async () => [...device.scans.keys()],
      deleteDatabase: async (name) => void device.scans.delete(name),
      handoverFile: createSimFile(),
    }
  }

  /** Calls cross between two threads: each way is an event of its own, and a dead side never answers. */
  #bridge(api: SyncWorkerApi): SyncWorkerApi {
    const [toPage, toWorker] = [this.#toPage, this.#toWorker]
    const cross = (name: keyof SyncWorkerApi, args: readonly unknown[]): Promise<unknown> =>
      new Promise((resolve, reject) => {
        toWorker(`call ${name}`, () => {
          const work = (api[name] as (...given: readonly unknown[]) => Promise<unknown>)(...args)
          work.then(
            (value) => toPage(`return ${name}`, () => resolve(value)),
            (error: unknown) => toPage(`throw ${name}`, () => reject(error)),
          )
        })
      })
    return new Proxy(api, {
      get: (_, name: string) =>
        name === 'then' ? undefined : (...args: unknown[]) => cross(name as keyof SyncWorkerApi, args),
    })
  }

  lastAccount(): WorkerConfig | null {
    const userName = this.device.local.get(LAST_ACCOUNT)
    return userName === undefined ? null : { serverOrigin: ORIGIN, userName }
  }

  rememberAccount(config: WorkerConfig | null): void {
    if (config === null) this.device.local.delete(LAST_ACCOUNT)
    else this.device.local.set(LAST_ACCOUNT, config.userName)
  }

  /** A lost connection fails in many ways, and only a reload brings it back. */
  async #deviceOf(opening: Promise<DeviceId>): Promise<DeviceId> {
    try {
      return await opening
    } catch (error) {
      this.#recovery.reload()
      throw error
    }
  }

  /**
   * The page's part of an account, as main.ts opens it.
   * @param isStart the page has just been loaded; the time limit of an opening at a sign-in came later
   */
  async openPage(config: WorkerConfig, isStart = false): Promise<Page> {
    const { device, deps, pageLife: life } = this
    const { limits, seed } = deps
    const name = scansName(config.serverOrigin, config.userName)
    const chance = chanceOf(seed, 'page', this.name, this.lives)
    const ids = createUuidV7Source(device.clock, (length) => chance.bytes(length))
    const timers = this.#timers(life)
    const openScans = (): ScansStore => device.openScans(name, life, 'page')
    const scans = openScans()
    const deviceId = await this.#deviceOf(
      isStart
        ? inTime(timers, OPENING_MS, ensureDevice(scans, ids, 'Simulated'))
        : ensureDevice(
            timedStore(
              scans,
              this.#timers(life, () => true),
              OPENING_MS,
            ),
            ids,
            'Simulated',
          ),
    )
    const rights = createWindowRights(
      async () => ({ held: device.locks.heldClaims().map((it) => ({ name: it })) }),
      (sessionId) => `count:${name}:${sessionId}`,
    )
    const bus = this.#pageBus(config)
    const live: ScansStore = {
      tx: (tables, mode, work) => writer.store().tx(tables, mode, work),
      cost: scans.cost,
      close: () => writer.store().close(),
    }
    const log = this.#log(live, life)
    const spill = createLocalSpill(storageOf(device), name)
    const writer = createScanWriter({
      store: scans,
      reopen: async () => openScans(),
      spill,
      ids,
      timers,
      log,
      limits,
      userName: config.userName,
      onSaved: (sessionId) => {
        bus.post({ kind: 'appended', sessionId })
        this.#scanned()
      },
    })
    const stopRecovery = this.#recovery.watch(writer, () => spill.read().length)
    void writer.drain()
    const catalogue: CatalogueStore = device.openCatalogue(catalogueName(config.serverOrigin, asId<FacilityId>(FACILITY)))
    const desks = new Map<SessionId, OpenDesk>()
    const page: Page = {
      config,
      scans: live,
      writer,
      rights,
      desk: async (sessionId) => {
        await rights.recall(sessionId)
        const desk =
          desks.get(sessionId) ??
          createCountingDesk({
            sessionId,
            writer,
            catalogue,
            clock: device.clock,
            ids,
            timers,
            bus,
            mayCountHere: () => rights.has(sessionId),
            log,
            limits,
            caller: { deviceId, userName: config.userName },
            mark: (what, eventId, nth) => {
              if (what === 'received' && nth !== null) this.drafted.set(nth, eventId)
            },
          })
        desks.set(sessionId, desk)
        return desk
      },
      close: () => {
        stopRecovery()
        for (const desk of desks.values()) desk.close()
        bus.close()
        void log.flush().finally(() => writer.store().close())
      },
    }
    bus.listen((message) => {
      // The worker's storage may have died, and this page's with it (KP18).
      if (message.kind === 'status' && message.status.trouble === 'app') void writer.probe()
      if (message.kind !== 'lock') return
      rights.take(message.sessionId, message.state)
      if (message.sessionId === this.sessionId) this.lock = message.state
    })
    return page
  }

  #pageBus(config: WorkerConfig): Bus & { readonly close: () => void } {
    const channel = this.device.locks.channelOf(channelName(config), this.pageLife)
    return {
      post: channel.post,
      listen: (onMessage) => {
        const stop = channel.listen(onMessage)
        this.#hear.add(onMessage)
        return () => {
          stop()
          this.#hear.delete(onMessage)
        }
      },
      close: channel.close,
    }
  }

  #scanned(): void {
    this.worker?.scanned().catch((error: unknown) => this.deps.note(`${this.name} worker silent ${String(error)}`))
  }

  /** The page tells its worker after every scan. */
  noteScanned(): void {
    this.#scanned()
  }
}

/** One way of the port between a page and its worker. */
type Lane = (label: string, run: () => void) => void

/** A port delivers in the order of sending, also to a page that was frozen meanwhile (seed 986: a lock state came after a newer one). */
export function laneTo(life: Life, scheduler: Scheduler): Lane {
  const sent: { readonly label: string; readonly run: () => void }[] = []
  return (label, run) => {
    sent.push({ label, run })
    scheduler.after(0.2, life, () => sent[0]?.label ?? '', () => sent.shift()?.run())
  }
}

function overLife(name: string): Life {
  return { name, isOver: true, frozenUntil: 0, steps: 0, endsAtStep: null, onEnd: () => undefined }
}

const channelName = (config: WorkerConfig): string => `${config.serverOrigin}:${config.userName}`
