// One seed's world: devices, windows, network, server, faults, people; and the two phases that it goes through.
import { PROTOCOL } from '../../src/contract/envelope'
import { asId } from '../../src/domain/ids'
import type { SessionId } from '../../src/domain/ids'
import { createLocalSpill } from '../../src/composables/local-spill'
import { scansName } from '../../src/db/names'
import type { Change } from '../../src/db/memory-table'
import type { SyncState } from '../../src/ports/platform'
import { checkBeeps, checkConserved, checkConservedBase, checkConverged, checkReadBack, checkRebuild, checkReplica, checkTally, evidenceMissing, handedIn, unfinished } from './checks'
import type { CheckDeps } from './checks'
import { Device, EPOCH, storageOf } from './device'
import type { Fault } from './faults'
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
import { createScheduler } from './scheduler'
import type { Life, Scheduler } from './scheduler'
import { approveSession, MAIN_PERMISSION, makeServer } from './make-server'
import { ServerWatch } from './server-watch'
import type { Holder } from './server-watch'
import type { SimServer, SimSnapshot } from './server/sim-server'
import type { SimAnswer, SimRequest } from './server/wire'
import { CALM_NETWORK, CALM_STORAGE, DEVICES_MAX, USERS } from './swarm'
import type { Swarm } from './swarm'
import { createTrace } from './trace'
import type { Trace } from './trace'
import { BARCODES, POISON, PRODUCT_IDS, SESSION_IDS } from './things'
import { ORIGIN, SimWindow } from './window'
import type { WindowDeps } from './window'
import type { View } from './workload'

/** Everything must be clean within this once the faults are over: the longest back-off, twice, and the watchdog. */
const CONVERGE_MS = 45 * 60_000
const CONVERGE_STEPS = 60_000
const LOOK_EVERY_MS = 2000
/** A worker that died alone: the page says so, and somebody loads it again. */
const RELOAD_AFTER_MS = 20_000
const SCAN_LIMIT_MS = 2500
/** Between the steps of somebody who takes a session over. */
const OVERTAKE_MS = 8000
/** Commits and requests that began under the faults are over by then. */
const QUIET_MS = 60_000
/** Evidence that the server lacks at rest is there so long after its device began a new life. */
const EVIDENCE_MS = 20 * 60_000
const EVIDENCE_LAG_MS = 60_000
/** Between two looks at who holds what: the longest pause between two heartbeats, and an answer. */
const BEAT_SLACK_MS = 20_000
/** Of the reloads of an old app. */
const UPGRADE_RATE = 0.4
/** Of the base profile's grace: until a worker that began anew has looked, also when its server was in trouble. */
const LOOKS = 8
/** A heartbeat takes no longer than so many requests. */
const BEAT_REQUESTS = 5
/** A fault that waits for a window's next steps happens after this in any case. */
const IDLE_MS = 5000

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
  readonly server: SimServer
  readonly network: Network
  readonly oracle: Oracle
  readonly people: People
  readonly devices: Device[] = []
  readonly windows: SimWindow[][] = []
  violation: Violation | null = null
  faults = 0
  readonly swarm: Swarm
  readonly #seed: number
  readonly #chance: Chance
  readonly #isCanary: boolean
  #isCalm = false
  #isServerDown = false
  #isRestored = false
  #backup: SimSnapshot
  /** Nothing that the faults left behind is under way any more. */
  #quietFrom = Number.POSITIVE_INFINITY
  readonly watch: ServerWatch
  /** What a scene wants to happen to the next messages. */
  foretell: ((request: SimRequest, device: string) => Foretold | null) | null = null
  /** Pages that somebody is about to type the password into; a page that was loaded anew asks anew (seed 2628). */
  #asking = new Set<Life>()
  /** Databases, by device and name, that were proved to be as a rebuild makes them and have not changed since (I9). */
  readonly #provedRebuilt = new Set<string>()

  constructor(options: SimWorldOptions) {
    const { seed, swarm, traceLines, fateOf } = options
    this.#seed = seed
    this.swarm = swarm
    this.#isCanary = options.isCanary === true
    this.#chance = chanceOf(seed, 'world')
    this.trace = createTrace(traceLines)
    this.scheduler = createScheduler(chanceOf(seed, 'scheduler'), this.trace)
    this.server = makeServer(seed, swarm, () => Math.floor(EPOCH + this.scheduler.now()))
    this.#backup = this.server.snapshot()
    this.oracle = new Oracle({
      now: () => this.scheduler.now(),
      server: this.server,
      marks: this.marks,
      violated: (violation) => (this.violation ??= violation),
    })
    this.watch = new ServerWatch({
      now: () => this.scheduler.now(),
      server: this.server,
      deviceOf: (name) => this.devices.find((it) => it.name === name) ?? null,
      isQuiet: () => this.scheduler.now() > this.#quietFrom,
      violated: (invariant, text) => this.violated(invariant, text),
    })
    this.network = createNetwork({
      seed,
      scheduler: this.scheduler,
      marks: this.marks,
      request: (request, device) => {
        const answer = this.server.request(request)
        this.oracle.checkServer()
        this.watch.onAnswer(request, device, answer)
        return answer
      },
      onSent: (request, device) => this.watch.onSent(request, device),
      foretold: (request, device) => this.foretell?.(request, device) ?? null,
      limits: swarm.limits,
      poison: () => this.#poison(),
      config: () => (this.#isCalm ? { ...CALM_NETWORK, copyMaxMs: swarm.network.copyMaxMs } : swarm.network),
      isServerDown: () => this.#isServerDown,
      note: (text) => this.note(text),
      fateOf,
    })
    this.people = createPeople({
      scheduler: this.scheduler,
      marks: this.marks,
      oracle: this.oracle,
      approve: (sessionId) => approveSession(this.server, sessionId),
      windowAt: (device, tab) => this.windows[device]?.[tab] ?? null,
      note: (text) => this.note(text),
      violated: (invariant, text) => this.violated(invariant, text),
      scanLimitMs: this.#isDiskHealthy() ? SCAN_LIMIT_MS : null,
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

  /** I8 is about a healthy disk; an awake window is for the scan itself to see. */
  #isDiskHealthy(): boolean {
    const { storage, faultKinds } = this.swarm
    const disturb: readonly string[] = ['storage-away', 'storage-hangs', 'storage-full', 'slow-commits', 'handle-dies']
    return storage.slowRate + storage.failRate + storage.untoldRate === 0 && !faultKinds.some((it) => disturb.includes(it))
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
        storage: () => (this.#isCalm ? CALM_STORAGE : this.swarm.storage),
        onCommit: (of, name, changes) => this.#onCommit(of, name, changes),
      },
      this.swarm.skewMs[index] ?? 0,
    )
    device.protocol = this.swarm.protocols[index] ?? PROTOCOL
    this.devices.push(device)
    this.windows.push(Array.from({ length: this.swarm.tabs }, (_, tab) => new SimWindow(device, tab, this.#windowDeps())))
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
    }
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
    this.#provedRebuilt.delete(keyOf(device, name))
    this.oracle.onCommit(device, name, changes)
    this.watch.onCommit(device, name, changes)
    if (this.#isCanary && changes.some(({ table, after }) => table === 'inventoryCountRecords' && (after?.['rev'] as number) >= 3))
      this.violated('CANARY', 'no row ever gets a third scan: this must be found')
  }

  /** A server that falls over a row is mended in the end; one that refuses it goes on doing so. */
  #poison(): SimAnswer | null {
    const { hasPoison, poisonStatus } = this.swarm
    return !hasPoison || (this.#isCalm && poisonStatus === 500) ? null : poisoned(poisonStatus)
  }

  /** Which ways the engine went: its own words are marks. */
  #onLog(event: string, details: Readonly<Record<string, unknown>> = {}): void {
    this.marks.note(`log:${event}`)
    if (event === 'run-failed' && details['reason'] === 'not-yet') this.marks.note('reason:not-yet')
    if (event === 'row-quarantined') this.marks.note(`quarantined:${String(details['code'])}`)
  }

  /** A person sees the sign-in dialog and types, sooner or later. */
  #onStatus(window: SimWindow, { status, unsentRows, trouble }: SyncState): void {
    this.marks.note(`status:${status}`)
    if (trouble !== null) this.marks.note(`trouble:${trouble}`)
    if (status === 'synced' && unsentRows > 0) this.violated('I16', `${window.name} says that all is sent, and ${unsentRows} rows are not`)
    const { pageLife, page } = window
    if (status !== 'auth-needed' || this.#asking.has(pageLife) || page === null) return
    this.#asking.add(pageLife)
    this.scheduler.after(this.#chance.int(2000, 40_000), null, 'types the password', () => {
      this.#asking.delete(pageLife)
      if (pageLife.isOver || window.page !== page) return
      void this.#signInAgain(window, page.config.userName)
    })
  }

  async #signInAgain(window: SimWindow, user: string): Promise<void> {
    try {
      this.marks.note('signed-in-again')
      if ((await this.people.signIn(window, user)) && window.sessionId !== null) await this.people.open(window, window.sessionId, false)
    } catch (error) {
      this.note(`${window.name} sign-in broke: ${String(error)}`)
    }
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

  #windowsOf(device: number): readonly SimWindow[] {
    return this.windows[device] ?? []
  }

  /** After so many steps of one of its two lives: between any two awaits. Idle windows get it after a while. */
  #afterSteps(window: SimWindow, side: 'page' | 'worker', steps: number, run: () => void): void {
    const life = side === 'page' ? window.pageLife : window.workerLife
    if (life.isOver) return
    let isDue = true
    const once = (): void => {
      if (!isDue || life.isOver || this.#isCalm) return
      isDue = false
      life.endsAtStep = null
      run()
    }
    life.endsAtStep = life.steps + steps
    life.onEnd = once
    this.scheduler.after(IDLE_MS, null, 'fault on the idle', once)
  }

  apply(fault: Fault): void {
    if (this.#isCalm) return
    this.faults += 1
    this.marks.note(`fault:${fault.kind}`)
    this.note(`fault ${JSON.stringify(fault)}`)
    const until = 'ms' in fault ? fault.ms : 0
    switch (fault.kind) {
      case 'crash-window':
        return this.#withWindow(fault, (window) => this.#afterSteps(window, fault.afterSteps % 2 === 0 ? 'page' : 'worker', fault.afterSteps, () => this.#crash([window])))
      case 'worker-dies':
        return this.#withWindow(fault, (window) =>
          this.#afterSteps(window, 'worker', fault.afterSteps, () => {
            window.killWorker()
            const { pageLife } = window
            this.#reloadLater(window, pageLife)
          }),
        )
      case 'crash-device':
      case 'lose-commits': {
        const [window] = this.#windowsOf(fault.device).filter((it) => it.isOpen)
        if (window === undefined) return
        return this.#afterSteps(window, fault.afterSteps % 2 === 0 ? 'page' : 'worker', fault.afterSteps, () => this.powerCut(fault.device, fault.kind === 'lose-commits' ? fault.commits : 0))
      }
      case 'wipe':
        return this.#wipe(fault.device)
      case 'clone':
        return this.#clone(fault.device)
      case 'freeze':
        return this.#withWindow(fault, (window) => window.freeze(this.scheduler.now() + until))
      case 'sleep':
        for (const window of this.#windowsOf(fault.device)) window.freeze(this.scheduler.now() + until)
        this.#onDevice(fault.device, (device) => void (device.sleptMs += until))
        return
      case 'offline':
        return this.#during(fault.device, until, (device, isOn) => void (device.line.isOffline = isOn))
      case 'cut-up':
        return this.#during(fault.device, until, (device, isOn) => void (device.line.isCutUp = isOn))
      case 'cut-down':
        return this.#during(fault.device, until, (device, isOn) => void (device.line.isCutDown = isOn))
      case 'portal':
        return this.#during(fault.device, until, (device, isOn) => void (device.line.isPortal = isOn))
      case 'storage-away':
        return this.#during(fault.device, until, (device, isOn) => void (device.disk.isAway = isOn))
      case 'storage-hangs':
        return this.#during(fault.device, until, (device, isOn) => void (device.disk.isHanging = isOn))
      case 'storage-full':
        return this.#during(fault.device, until, (device, isOn) => void (device.disk.isFull = isOn))
      case 'slow-commits':
        return this.#during(fault.device, until, (device, isOn) => void (device.disk.isSlow = isOn))
      case 'handle-dies':
        return this.#withWindow(fault, (window) => this.#killHandles(window, fault.side, fault.hangs))
      case 'clock-jump':
        return this.#onDevice(fault.device, (device) => void (device.skewMs += fault.ms))
      case 'server-down':
        this.#isServerDown = true
        this.scheduler.after(until, null, 'server up', () => void (this.#isServerDown = false))
        return
      case 'server-restart':
        this.server.restart()
        this.#isServerDown = true
        this.scheduler.after(3000, null, 'server up', () => void (this.#isServerDown = false))
        return
      case 'backup':
        this.#backup = this.server.snapshot()
        return
      case 'restore':
        this.restoreServer(this.#backup)
        // A server that is put back is not there meanwhile.
        this.#isServerDown = true
        this.scheduler.after(5000, null, 'server up', () => void (this.#isServerDown = false))
        return
      case 'expire-tokens':
        this.server.expireTokens()
        return
      case 'withdraw-permission':
        this.server.withdrawPermission(fault.user, MAIN_PERMISSION)
        this.scheduler.after(until, null, 'permission back', () => this.server.grantPermission(fault.user, MAIN_PERMISSION))
        return
      case 'cross-takeovers':
        for (const device of fault.devices) this.people.act({ kind: 'open', device, tab: 0, sessionId: fault.sessionId, takeOver: true })
        return
      case 'freeze-leader':
        return this.#freezeLeader(fault.device, until)
      case 'left-behind':
        this.#during(fault.device, until, (device, isOn) => void (device.line.isOffline = isOn))
        return this.#overtake(fault.other, asId<SessionId>(fault.sessionId), this.scheduler.now() + until)
    }
  }

  /** What the server knew then is all it knows. */
  restoreServer(snapshot: SimSnapshot): void {
    this.server.restore(snapshot)
    this.#isRestored = true
    this.oracle.serverRestored()
    this.watch.serverRestored()
  }

  #withWindow({ device, tab }: { readonly device: number; readonly tab: number }, run: (window: SimWindow) => void): void {
    const window = this.windows[device]?.[tab]
    if (window?.isOpen === true) run(window)
  }

  #onDevice(index: number, run: (device: Device) => void): void {
    const device = this.devices[index]
    if (device !== undefined) run(device)
  }

  #during(index: number, ms: number, set: (device: Device, isOn: boolean) => void): void {
    this.#onDevice(index, (device) => {
      set(device, true)
      this.scheduler.after(ms, null, 'fault over', () => set(device, false))
    })
  }

  #freezeLeader(index: number, ms: number): void {
    this.#onDevice(index, (device) =>
      device.locks.onceHeld((life) => {
        if (this.#isCalm) return
        const tabs = this.#windowsOf(index)
        tabs.find((it) => it.workerLife === life)?.freeze(this.scheduler.now() + ms)
        // Somebody uses the other windows meanwhile.
        for (const tab of tabs.keys()) this.scheduler.after(500, null, 'uses another window', () => this.people.act({ kind: 'sync', device: index, tab, why: 'manual' }))
      }),
    )
  }

  /** Opens, submits, has it approved: each as soon as it can be. */
  #overtake(device: number, sessionId: SessionId, until: number): void {
    const goOn = (): void => {
      if (this.#isCalm || this.scheduler.now() > until || !this.server.sessionIds().includes(sessionId)) return
      if (approveSession(this.server, sessionId)) return this.marks.note('approved')
      const window = this.windows[device]?.[0]
      const isOpen = window?.sessionId === sessionId && window.lock === 'held'
      this.people.act(isOpen ? { kind: 'submit', device, tab: 0 } : { kind: 'open', device, tab: 0, sessionId, takeOver: true })
      this.scheduler.after(OVERTAKE_MS, null, 'goes on', goOn)
    }
    this.scheduler.after(OVERTAKE_MS, null, 'goes on', goOn)
  }

  #killHandles(window: SimWindow, side: 'page' | 'worker', hangs: boolean): void {
    const life = side === 'page' ? window.pageLife : window.workerLife
    for (const handle of window.device.handles) if (handle.life === life) handle.state = hangs ? 'hangs' : 'rejects'
    // A worker has no other way: the person sees that nothing is sent and loads the page again.
    const { pageLife } = window
    if (side === 'worker') this.#reloadLater(window, pageLife)
  }

  /** A person sees that nothing is sent, and loads the page again. */
  #reloadLater(window: SimWindow, pageLife: Life): void {
    this.scheduler.after(RELOAD_AFTER_MS, null, 'reload', () => {
      if (!pageLife.isOver) this.#crash([window])
    })
  }

  crashNow(window: SimWindow): void {
    this.#crash([window])
  }

  /** They die, and are opened again after a while on what was on screen. */
  #crash(windows: readonly SimWindow[]): void {
    const open = windows.filter((it) => it.isOpen)
    const screens = open.map((window) => ({ window, sessionId: window.sessionId }))
    for (const window of open) window.die()
    this.note(`crash ${open.map((it) => it.name).join(' ')}`)
    for (const { window, sessionId } of screens)
      this.scheduler.after(this.#chance.int(300, 20_000), null, 'opened again', () => {
        if (!window.isOpen) this.people.wakeUp(window, sessionId)
      })
  }

  powerCut(index: number, commits: number): void {
    this.#crash(this.#windowsOf(index))
    // Transactions of the dead windows are still being thrown away.
    this.scheduler.after(50, null, 'power is back', () =>
      this.#onDevice(index, (device) => {
        if (commits === 0 || this.#windowsOf(index).some((it) => it.isOpen)) return
        let lost = 0
        for (const database of device.scans.values()) lost += database.lose(commits)
        if (lost > 0) this.marks.note('disk:reverted')
        this.#reread(device)
      }),
    )
  }

  #wipe(index: number): void {
    this.#crash(this.#windowsOf(index))
    this.scheduler.after(50, null, 'wiped', () =>
      this.#onDevice(index, (device) => {
        if (this.#windowsOf(index).some((it) => it.isOpen)) return
        device.wipe()
        this.#reread(device)
        this.marks.note('disk:wiped')
      }),
    )
  }

  #reread(device: Device): void {
    this.#provedRebuilt.clear()
    this.oracle.reread(device)
    this.watch.reread(device)
  }

  /** A profile that is copied while its windows are closed: two devices with one identity. */
  #clone(index: number): void {
    this.#crash(this.#windowsOf(index))
    this.scheduler.after(50, null, 'cloned', () => {
      const device = this.devices[index]
      if (device === undefined || this.#windowsOf(index).some((it) => it.isOpen)) return
      // Scans that were spilled would be two scans: the copy of a profile with a spill is not a promise of ours.
      if ([...device.local.keys()].some((it) => it.startsWith('shelfcount:spill'))) return
      const twin = this.addDevice()
      if (twin === null) return
      twin.cloneFrom(device)
      this.#reread(twin)
      this.marks.note('disk:cloned')
      const [window] = this.#windowsOf(twin.index)
      if (window !== undefined) this.scheduler.after(1000, null, 'clone starts', () => this.people.wakeUp(window, null))
    })
  }

  /** All faults are over; what they did stays. */
  heal(): void {
    this.#isCalm = true
    this.#isServerDown = false
    this.note('healed')
    const frozenUntil = this.windows.flat().flatMap((it) => [it.pageLife.frozenUntil, it.workerLife.frozenUntil])
    this.#quietFrom = Math.max(this.scheduler.now() + QUIET_MS, ...frozenUntil)
    for (const user of USERS) this.server.grantPermission(user, MAIN_PERMISSION)
    for (const device of this.devices) {
      Object.assign(device.line, freshLine())
      Object.assign(device.disk, { isAway: false, isHanging: false, isFull: false, isSlow: false })
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
    const [window] = this.#windowsOf(index)
    if (window === undefined) return
    if (window.isOpen && this.isHopeless(window)) window.die()
    if (!window.isOpen) this.people.wakeUp(window, null)
    await this.until(() => window.page !== null, 20_000)
    const isSame = window.page?.config.userName === user
    const status = isSame ? await this.statusOf(window) : null
    if (isSame && status !== 'auth-needed') return
    await this.waitFor(this.people.signIn(window, user))
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

  /** I13: no faults, no new scans: everything is sent by itself. Then I1, I3, I5, I16, I9. */
  async converge(phase: string): Promise<void> {
    this.note(`converge ${phase}`)
    const checks = this.checks()
    for (const device of this.devices) {
      // Whoever is not signed in is not sent; each user of the device gets a turn.
      const names = [...device.scans.keys()]
      const users = USERS.filter((user) => names.includes(scansName(ORIGIN, user)))
      for (const user of users) {
        const database = device.database(scansName(ORIGIN, user))
        // What is clean stays so: nobody has to sign in for it. But a server that was put back knows less than it said.
        if (this.#isRestored || unfinished(database, checks) !== null || database.rows('quarantine').some((it) => it.kind === 'rejected')) {
          await this.attend(device.index, user)
          await this.#retryRefused(device, user)
          if (this.#isRestored) await this.#bringToFront(device.index, user)
        }
        await this.#drainSpill(device, user)
        const isClean = await this.untilClean(() => unfinished(database, checks) === null)
        if (this.violation !== null) return
        if (!isClean) return this.violated('I13', `${device.name} ${user} after ${phase}: ${unfinished(database, checks) ?? 'nothing'}`)
        if (this.swarm.profile === 'extended') checkConverged(checks, device, scansName(ORIGIN, user))
        else await this.#proveHandedIn(device, user)
        checkTally(checks, device, scansName(ORIGIN, user))
        await this.#proveEvidence(device, user)
        await this.#proveRebuild(device, scansName(ORIGIN, user))
        if (this.violation !== null) return
      }
    }
    this.#isRestored = false
    checkBeeps(checks, this.devices)
    if (this.swarm.profile === 'extended') checkConserved(checks)
    else checkConservedBase(checks)
  }

  /** I3 in the base profile, after the submit: the standing scans are there, or in sight; once the device has looked again. */
  async #proveHandedIn(device: Device, user: string): Promise<void> {
    const database = device.database(scansName(ORIGIN, user))
    const sessions = (): ReturnType<typeof handedIn> => handedIn(database, this.checks())
    if (sessions().unseen.length > 0) {
      await this.attend(device.index, user)
      // Somebody brings the app to the front, as after a restore: a session that others handed in is asked after in a run.
      await this.pause(this.swarm.limits.inFlightGraceMs)
      await this.#bringToFront(device.index, user)
      if (!(await this.until(() => sessions().unseen.length === 0, LOOKS * this.swarm.limits.inFlightGraceMs)))
        return this.violated('I13', `${device.name} ${user} does not look again at ${sessions().unseen.join(', ')}`)
    }
    for (const sessionId of sessions().all) {
      this.marks.note('handed-in-compared')
      checkReadBack(this.checks(), device, scansName(ORIGIN, user), { sessionId, isAllCounted: false })
    }
  }

  async #proveRebuild(device: Device, name: string): Promise<void> {
    const key = keyOf(device, name)
    if (this.#provedRebuilt.has(key)) return
    await checkRebuild(this.checks(), device, name)
    this.#provedRebuilt.add(key)
  }

  /** The next probe tells that the server was put back, the next run asks after what others handed in. Whoever learns only then that the sign-in is over signs in (seed 6059). */
  async #bringToFront(index: number, user: string): Promise<void> {
    const sync = (): Promise<void> => this.waitFor(this.windows[index]?.[0]?.worker?.syncNow('foreground') ?? Promise.resolve())
    await sync()
    const [window] = this.#windowsOf(index)
    if (window === undefined || (await this.statusOf(window)) !== 'auth-needed') return
    await this.attend(index, user)
    await sync()
  }

  /** I3: what was scanned is on the server event by event; what a fault had refused is offered again in the next life. */
  async #proveEvidence(device: Device, user: string): Promise<void> {
    const database = device.database(scansName(ORIGIN, user))
    const missing = (): number => evidenceMissing(database, this.checks())
    if (missing() === 0) return
    await this.until(() => missing() === 0, EVIDENCE_LAG_MS)
    if (missing() === 0) return
    for (const window of this.#windowsOf(device.index)) window.die()
    await this.attend(device.index, user)
    if (!(await this.until(() => missing() === 0, EVIDENCE_MS)))
      this.violated('I3', `${device.name} ${user}: ${missing()} events are saved here and not in the server's evidence`)
  }

  /** I7: after every window has had its heartbeat, those that think they count in a session are its holder. */
  async proveHolders(sessionId: SessionId): Promise<void> {
    const holder = this.watch.holderOf(sessionId)
    const others = this.windows.flat().filter((it) => this.#countsBesides(it, sessionId, holder))
    if (holder === null || others.length === 0) return
    this.marks.note('holders-compared')
    // A heartbeat that a dead storage swallowed is given up after what its requests may take, and the next one asks (LK22, seed 2633).
    const gaveUpAt = Math.max(...others.map((it) => it.device.hungAt)) + BEAT_REQUESTS * this.swarm.limits.requestTimeoutMs
    await this.pause(Math.max(0, gaveUpAt - this.scheduler.now()) + this.swarm.limits.leaseSeconds * 1000 + BEAT_SLACK_MS)
    const now = this.watch.holderOf(sessionId)
    for (const window of others) {
      if (this.violation !== null || now?.fence !== holder.fence || !this.#countsBesides(window, sessionId, now)) continue
      if ((await this.statusOf(window)) === 'auth-needed' || this.isHopeless(window)) continue
      this.violated('I7', `${window.name} counts in ${sessionId} (${window.lock}), which ${holder.userId} has had for a whole lease`)
    }
  }

  /** I7: of the windows of a device that are awake one at most counts in a session. */
  proveOneWindow(device: Device, sessionId: SessionId): void {
    const counting = (this.windows[device.index] ?? []).filter((it) => it.isOpen && it.sessionId === sessionId && mayCountIn(it))
    this.marks.note('windows-compared')
    if (counting.length > 1) this.violated('I7', `${counting.map((it) => `${it.name} (${it.lock})`).join(' and ')} count in ${sessionId}`)
  }

  #countsBesides(window: SimWindow, sessionId: SessionId, holder: Holder | null): boolean {
    if (holder === null || window.page === null || window.sessionId !== sessionId || !mayCountIn(window)) return false
    if (window.worker === null || window.workerLife.frozenUntil > this.scheduler.now()) return false
    const { userName } = window.page.config
    const own = window.device.database(scansName(ORIGIN, userName)).row('meta', 'device')
    return userName !== holder.userId || (own?.k === 'device' && own.deviceId !== holder.deviceId)
  }

  /** What a page could not save waits beside the database for its next life: which comes now. */
  async #drainSpill(device: Device, user: string): Promise<void> {
    const spill = createLocalSpill(storageOf(device), scansName(ORIGIN, user))
    if (spill.read().length === 0) return
    for (const window of this.#windowsOf(device.index)) window.die()
    await this.attend(device.index, user)
    if (await this.until(() => spill.read().length === 0, 20_000)) this.marks.note('spill-drained')
    else this.violated('I13', `${device.name} ${user}: ${spill.read().length} scans stay in the spill`)
  }

  async untilClean(isClean: () => boolean): Promise<boolean> {
    const firstSteps = this.scheduler.steps()
    const end = this.scheduler.now() + CONVERGE_MS
    while (this.scheduler.now() < end && this.scheduler.steps() - firstSteps < CONVERGE_STEPS && this.violation === null) {
      if (isClean()) return true
      await this.scheduler.run({ time: this.scheduler.now() + LOOK_EVERY_MS, isDone: () => this.violation !== null })
    }
    return isClean()
  }

  /** What was refused by a fault is tried again by a person, on the Sync page. */
  async #retryRefused(device: Device, user: string): Promise<void> {
    const rows = device.database(scansName(ORIGIN, user)).rows('quarantine')
    const [window] = this.#windowsOf(device.index)
    if (window === undefined || window.worker === null) return
    for (const { uuid, kind } of rows) if (kind === 'rejected') await this.waitFor(window.worker.retryQuarantined(uuid))
  }

  /** I10: one device after the other takes each session over, pulls, and must show what the server has. */
  async tour(): Promise<void> {
    const checks = this.checks()
    for (const device of this.devices) {
      const [window] = this.#windowsOf(device.index)
      await this.attend(device.index, window?.page?.config.userName ?? this.userOf(device.index))
      if (window?.page == null) continue
      const name = scansName(ORIGIN, window.page.config.userName)
      for (const rawId of this.server.sessionIds()) {
        const sessionId = asId<SessionId>(rawId)
        if (this.violation !== null) return
        let isOpen = false
        await this.waitFor(this.people.open(window, sessionId, true).then((it) => (isOpen = it)))
        if (!isOpen || window.lock !== 'held') continue
        this.marks.note('toured')
        if (this.swarm.profile === 'extended') await this.proveHolders(sessionId)
        await this.untilClean(() => unfinished(device.database(name), checks) === null)
        if (this.swarm.profile === 'hotwax') {
          // The longest that a copy may be under way, then doubtful answers are read back.
          await this.until(() => false, this.swarm.limits.inFlightGraceMs + 5000)
          await this.waitFor(window.worker?.syncNow('foreground') ?? Promise.resolve())
          checkReadBack(checks, device, name, { sessionId, isAllCounted: false })
        } else checkReplica(checks, device, name, sessionId)
      }
    }
  }
}
