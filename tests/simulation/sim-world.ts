// One seed's world: devices, windows, network, server and people, and what is asked of them from outside.
import { PROTOCOL } from '../../src/contract/envelope'
import { scansName } from '../../src/db/names'
import { asId } from '../../src/domain/ids'
import type { SessionId } from '../../src/domain/ids'
import type { Change } from '../../src/db/memory-table'
import type { SyncState } from '../../src/ports/platform'
import { AtRest } from './at-rest'
import { Bites, feelAtServer } from './bites'
import type { CheckDeps } from './checks'
import { createDesk } from './desk'
import { Device, EPOCH } from './device'
import { Disasters } from './disasters'
import { poisoned } from './http-answers'
import { createMarks } from './marks'
import type { Marks } from './marks'
import { createNetwork, freshLine } from './network'
import type { Fate, Foretold, Network } from './network'
import { keyOf, Oracle } from './oracle'
import type { Violation } from './oracle'
import { createPeople, mayCountIn } from './people'
import type { People } from './people'
import { chanceOf } from './random'
import type { Chance } from './random'
import { RebuildWatch } from './rebuild-watch'
import { RenewalWatch } from './renewal-watch'
import { createScheduler } from './scheduler'
import type { Scheduler } from './scheduler'
import { approveSession, MAIN_PERMISSION, makeServer } from './make-server'
import { ServerWatch } from './server-watch'
import type { SimServer } from './server/sim-server'
import type { SimAnswer, SimRequest } from './server/wire'
import { CALM_NETWORK, CALM_STORAGE, DEVICES_MAX, hasHealthyDisks, tabsOf, USERS } from './swarm'
import type { Swarm } from './swarm'
import { createTrace } from './trace'
import type { Trace } from './trace'
import { BARCODES, POISON, PRODUCT_IDS, SESSION_IDS } from './things'
import { createTyping, signInAtLast } from './typing'
import type { Typing } from './typing'
import { ViewWatch } from './view-watch'
import { ORIGIN, SimWindow } from './window'
import type { WindowDeps } from './window'
import type { View } from './workload'

const SCAN_LIMIT_MS = 2500
/** Commits and requests that began under the faults are over by then. */
const QUIET_MS = 60_000
/** A page is loaded within this. */
const RELOAD_MS = 1000
const RELOADS_MAX = 3
const RELOADS_WITHIN_MS = 5 * 60_000
/** Of the reloads of an old app. */
const UPGRADE_RATE = 0.4

export interface SimWorldOptions {
  readonly seed: number
  readonly swarm: Swarm
  readonly traceLines: number
  readonly fateOf?: ((nth: number) => Fate | null) | undefined
  /** An invariant that does not hold: the simulator must find it. */
  readonly isCanary?: boolean
}

export class SimWorld {
  readonly trace: Trace
  readonly scheduler: Scheduler
  readonly marks: Marks = createMarks()
  /** Of faults that befall the server. */
  readonly bites = new Bites()
  readonly server: SimServer
  readonly network: Network
  readonly oracle: Oracle
  readonly people: People
  readonly disasters: Disasters
  readonly atRest = new AtRest(this)
  readonly devices: Device[] = []
  readonly windows: SimWindow[][] = []
  violation: Violation | null = null
  faults = 0
  readonly swarm: Swarm
  readonly #seed: number
  readonly #chance: Chance
  readonly #isCanary: boolean
  /** The faults are over: nothing befalls anybody any more. */
  isCalm = false
  isServerDown = false
  isServerBusy = false
  /** The server was put back, and nobody has proved since that all devices have seen it. */
  isRestored = false
  /** Nothing that the faults left behind is under way any more. */
  #quietFrom = Number.POSITIVE_INFINITY
  readonly watch: ServerWatch
  readonly views: ViewWatch
  readonly rebuilds: RebuildWatch
  readonly renewals: RenewalWatch
  /** What a scene wants to happen to the next messages. */
  foretell: ((request: SimRequest, device: string) => Foretold | null) | null = null
  readonly #typing: Typing
  /** When a window loaded itself anew, by what it remembers: whoever opens it by hand begins anew. */
  readonly #reloads = new WeakMap<SimWindow['tab'], readonly number[]>()
  /** Databases, by device and name, that were proved to be as a rebuild makes them and have not changed since (I9). */
  readonly provedRebuilt = new Set<string>()

  constructor(options: SimWorldOptions) {
    const { seed, swarm, traceLines, fateOf } = options
    this.#seed = seed
    this.swarm = swarm
    this.#isCanary = options.isCanary === true
    this.#chance = chanceOf(seed, 'world')
    this.trace = createTrace(traceLines)
    this.scheduler = createScheduler(chanceOf(seed, 'scheduler'), this.trace)
    this.server = makeServer(seed, swarm, () => Math.floor(EPOCH + this.scheduler.now()))
    this.disasters = new Disasters(this, this.#chance)
    const judge = { server: this.server, marks: this.marks, violated: (invariant: string, text: string) => this.violated(invariant, text) }
    this.oracle = new Oracle({ ...judge, now: () => this.scheduler.now(), violated: (violation) => (this.violation ??= violation) })
    this.views = new ViewWatch(judge)
    this.rebuilds = new RebuildWatch({ ...judge, isPushing: (device, sessionId) => this.network.isPushing(device.name, sessionId) })
    const inTime = { ...judge, now: () => this.scheduler.now(), isQuiet: () => this.scheduler.now() > this.#quietFrom }
    const windowsOf = (name: string): readonly SimWindow[] => this.windows.flat().filter((it) => it.device.name === name)
    this.renewals = new RenewalWatch({ ...inTime, windowsOf, leaseMs: swarm.limits.leaseSeconds * 1000 })
    this.watch = new ServerWatch({ ...inTime, deviceOf: (name) => this.devices.find((it) => it.name === name) ?? null })
    this.network = createNetwork({
      seed,
      scheduler: this.scheduler,
      marks: this.marks,
      bites: this.bites,
      request: (request, device) => {
        const answer = this.server.request(request)
        feelAtServer(this.bites, this.server, { request, device, answer })
        this.oracle.checkServer()
        this.watch.onAnswer(request, device, answer)
        this.renewals.onAnswer(request, device, answer)
        return answer
      },
      onSent: (request, device) => this.watch.onSent(request, device),
      foretold: (request, device) => this.foretell?.(request, device) ?? null,
      limits: swarm.limits,
      poison: () => this.#poison(),
      config: () => (this.isCalm ? { ...CALM_NETWORK, copyMaxMs: swarm.network.copyMaxMs } : swarm.network),
      isServerDown: () => this.isServerDown,
      isServerBusy: () => this.isServerBusy,
      note: (text) => this.note(text),
      fateOf,
    })
    this.people = createPeople({
      scheduler: this.scheduler,
      marks: this.marks,
      oracle: this.oracle,
      approve: (sessionId) => approveSession(this.server, sessionId),
      desk: createDesk(this.server, this.marks),
      windowAt: (device, tab) => this.windows[device]?.[tab] ?? null,
      note: (text) => this.note(text),
      violated: (invariant, text) => this.violated(invariant, text),
      // An awake window is for the scan itself to see.
      scanLimitMs: hasHealthyDisks(swarm) ? SCAN_LIMIT_MS : null,
      rebuilding: (window, user, sessionId) => this.rebuilds.begin(window.device, scansName(ORIGIN, user), { sessionId, life: window.workerLife }),
    })
    this.#typing = createTyping({
      seed,
      scheduler: this.scheduler,
      chance: this.#chance,
      marks: this.marks,
      people: this.people,
      note: (text) => this.note(text),
    })
    for (let index = 0; index < swarm.devices; index++) this.addDevice()
  }

  note(text: string): void {
    this.trace.note(this.scheduler.now(), '', text)
  }

  /** Nobody listened to a failure: no violation, but never unseen. */
  unhandled(error: unknown): void {
    this.note(`unhandled ${String(error)}`)
    this.marks.note(`unhandled:${error instanceof Error ? error.name : typeof error}`)
  }

  violated(invariant: string, text: string): void {
    this.violation ??= { invariant, at: this.scheduler.now(), text }
  }

  addDevice(): Device | null {
    const index = this.devices.length
    if (index >= DEVICES_MAX) return null
    const device = new Device(
      index,
      {
        seed: this.#seed,
        scheduler: this.scheduler,
        marks: this.marks,
        storage: () => (this.isCalm ? CALM_STORAGE : this.swarm.storage),
        onCommit: (of, name, changes) => this.#onCommit(of, name, changes),
      },
      this.swarm.skewMs[index] ?? 0,
    )
    device.protocol = this.swarm.protocols[index] ?? PROTOCOL
    this.devices.push(device)
    this.windows.push(Array.from({ length: tabsOf(this.swarm, index) }, (_, tab) => new SimWindow(device, tab, this.#windowDeps())))
    return device
  }

  /** Another window of a device, closed. */
  addWindow(device: Device): SimWindow {
    const tabs = this.windows[device.index] ?? []
    const window = new SimWindow(device, tabs.length, this.#windowDeps())
    tabs.push(window)
    return window
  }

  #windowDeps(): WindowDeps {
    return {
      seed: this.#seed,
      scheduler: this.scheduler,
      network: this.network,
      limits: this.swarm.limits,
      keepsLog: this.swarm.keepsLog,
      protocolAtBoot: (window: SimWindow) => this.#protocolAtBoot(window),
      onStatus: (window: SimWindow, state: SyncState) => this.#onStatus(window, state),
      onLog: (_level: string, event: string, details?: Readonly<Record<string, unknown>>) => this.#onLog(event, details),
      note: (text: string) => this.note(text),
      onReload: (window, sessionId) => this.#onReload(window, sessionId),
    }
  }

  /** SM81: a page that loads itself anew again and again only hides that its storage is broken. */
  #onReload(window: SimWindow, sessionId: SessionId | null): void {
    this.marks.note('page-reloaded')
    const now = window.device.clock.now()
    const recent = [...(this.#reloads.get(window.tab) ?? []), now].filter((at) => at <= now && now - at < RELOADS_WITHIN_MS)
    this.#reloads.set(window.tab, recent)
    if (recent.length > RELOADS_MAX) this.violated('SM81', `${window.name} loaded itself anew ${recent.length} times in five minutes`)
    this.scheduler.after(RELOAD_MS, null, 'reload', () => {
      if (!window.isOpen) this.people.wakeUp(window, sessionId)
    })
  }

  /** A page that is loaded again may be the new app; what is open beside it stays the old one. */
  #protocolAtBoot({ device, name, lives }: SimWindow): number {
    if (device.protocol < PROTOCOL && lives > 1 && chanceOf(this.#seed, 'upgrade', name, lives).is(UPGRADE_RATE)) {
      device.protocol = PROTOCOL
      this.marks.note('upgraded:window')
    }
    return device.protocol
  }

  #onCommit(device: Device, name: string, changes: readonly Change[]): void {
    this.provedRebuilt.delete(keyOf(device, name))
    this.oracle.onCommit(device, name, changes)
    this.watch.onCommit(device, name, changes)
    this.views.onCommit(device, name, changes)
    this.rebuilds.onCommit(device, name, changes)
    if (this.#isCanary && changes.some(({ table, after }) => table === 'inventoryCountRecords' && (after?.['rev'] as number) >= 3))
      this.violated('CANARY', 'no row ever gets a third scan: this must be found')
  }

  /** A server that falls over a row is mended in the end; one that refuses it goes on doing so. */
  #poison(): SimAnswer | null {
    const { hasPoison, poisonStatus } = this.swarm
    return !hasPoison || (this.isCalm && poisonStatus === 500) ? null : poisoned(poisonStatus)
  }

  /** Which ways the engine went: its own words are marks. */
  #onLog(event: string, details: Readonly<Record<string, unknown>> = {}): void {
    this.marks.note(`log:${event}`)
    if (event === 'run-failed' && details['reason'] === 'not-yet') this.marks.note('reason:not-yet')
    if (event === 'row-quarantined') this.marks.note(`quarantined:${String(details['code'])}`)
  }

  #onStatus(window: SimWindow, { status, unsentRows, trouble }: SyncState): void {
    this.marks.note(`status:${status}`)
    if (trouble !== null) this.marks.note(`trouble:${trouble}`)
    if (status === 'synced' && unsentRows > 0) this.violated('I16', `${window.name} says that all is sent, and ${unsentRows} rows are not`)
    this.#typing.onStatus(window, status)
  }

  userOf(device: number): string {
    return this.swarm.users[device] ?? USERS[0]
  }

  view(): View {
    return {
      now: this.scheduler.now(),
      tabs: this.windows.flatMap((tabs, device) =>
        tabs.map((window, tab) => ({
          device,
          tab,
          isOpen: window.isOpen && window.pageLife.frozenUntil <= this.scheduler.now(),
          user: window.page?.config.userName ?? null,
          sessionId: window.sessionId,
          mayCount: mayCountIn(window),
          scans: window.beeps.length,
        })),
      ),
      sessions: this.server.sessionIds().map((sessionId) => ({ sessionId, status: this.server.statusOf(sessionId) })),
      users: USERS,
      barcodes: BARCODES,
      productIds: PRODUCT_IDS,
    }
  }

  /** Everybody opens the app and signs in. */
  begin(): void {
    for (const [index, tabs] of this.windows.entries())
      for (const [tab, window] of tabs.entries()) {
        window.boot()
        const user = this.userOf(index)
        const sessionId = asId<SessionId>(SESSION_IDS[(index + tab) % this.swarm.sessions] ?? 'S1')
        this.scheduler.after(50 * (index + tab), null, 'begins', () => {
          this.people.act({ kind: 'sign-in', device: index, tab, user })
        })
        this.scheduler.after(50 * (index + tab) + 2500, null, 'opens', () => {
          if (tab === 0) this.people.act({ kind: 'open', device: index, tab, sessionId, takeOver: index > 0 })
        })
      }
  }

  windowsOf(device: number): readonly SimWindow[] {
    return this.windows[device] ?? []
  }

  /** All faults are over; what they did stays. */
  heal(): void {
    this.isCalm = true
    this.isServerDown = this.isServerBusy = false
    this.note('healed')
    const frozenUntil = this.windows.flat().flatMap((it) => [it.pageLife.frozenUntil, it.workerLife.frozenUntil])
    this.#quietFrom = Math.max(this.scheduler.now() + QUIET_MS, ...frozenUntil)
    for (const user of USERS) this.server.grantPermission(user, MAIN_PERMISSION)
    for (const device of this.devices) {
      Object.assign(device.line, freshLine())
      Object.assign(device.disk, { isAway: false, isHanging: false, isFull: false, isSlow: false, refusesRows: false, opensHang: false })
    }
  }

  isHopeless(window: SimWindow): boolean {
    return window.worker === null || this.#handlesOf(window).some((it) => it.state !== 'well')
  }

  #handlesOf(window: SimWindow) {
    return window.device.handles.filter((it) => it.life === window.pageLife || it.life === window.workerLife)
  }

  /** One window of the device is there, and its user signed in. No one scans, nobody presses a button. */
  async attend(index: number, user: string): Promise<void> {
    const [window] = this.windowsOf(index)
    if (window === undefined) return
    if (window.isOpen && this.isHopeless(window)) window.die()
    if (!window.isOpen) this.people.wakeUp(window, null)
    await this.until(() => window.page !== null, 20_000)
    const isSame = window.page?.config.userName === user
    const status = isSame ? await this.statusOf(window) : null
    if (isSame && status !== 'auth-needed') return
    await signInAtLast(this, window, user)
  }

  async statusOf(window: SimWindow): Promise<string | null> {
    let status: string | null = null
    const asked = window.worker?.status().then(
      (state) => void (status = state.status),
      (error: unknown) => this.note(`status broke: ${String(error)}`),
    )
    if (asked !== undefined) await this.waitFor(asked)
    return status
  }

  /** Runs the world until the promise settles; half a minute at most. */
  async waitFor(work: Promise<unknown>): Promise<void> {
    let isSettled = false
    void work.then(
      () => (isSettled = true),
      (error: unknown) => {
        isSettled = true
        this.note(`broke: ${String(error)}`)
      },
    )
    await this.until(() => isSettled, 90_000)
  }

  async until(isDone: () => boolean, ms: number): Promise<boolean> {
    const end = await this.scheduler.run({ time: this.scheduler.now() + ms, isDone: () => isDone() || this.violation !== null })
    return end === 'done'
  }

  /** Nobody does anything for so long. */
  async pause(ms: number): Promise<void> {
    await this.until(() => false, ms)
  }

  checks(): CheckDeps {
    return {
      server: this.server,
      oracle: this.oracle,
      limits: this.swarm.limits,
      turn: this.scheduler.turn,
      isPoison: (itemKey) => itemKey.includes(POISON) && this.#poison() !== null,
      violated: (invariant, text) => this.violated(invariant, text),
    }
  }
}
