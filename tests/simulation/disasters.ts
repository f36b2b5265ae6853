// What befalls the simulated shop: crashes, power cuts, lost and copied disks, dead storage and networks, a server that is put back.
import { asId } from '../../src/domain/ids'
import type { SessionId } from '../../src/domain/ids'
import { lockBite, once, permissionBite, tokenBite } from './bites'
import type { Device } from './device'
import type { Fault } from './faults'
import { approveSession, MAIN_PERMISSION } from './make-server'
import type { Chance } from './random'
import type { Life } from './scheduler'
import type { SimSnapshot } from './server/sim-server'
import type { SimWorld } from './sim-world'
import type { SimWindow } from './window'

/** A worker that died alone: the page says so, and somebody loads it again. */
const RELOAD_AFTER_MS = 20_000
/** Between the steps of somebody who takes a session over. */
const OVERTAKE_MS = 8000
/** A fault that waits for a window's next steps happens after this in any case. */
const IDLE_MS = 5000

/** Two who take a session over within this do so at the same moment: each has to load it first. */
const CROSSED_MS = 60_000

/** Carries faults out on a world; one is a mark when it has bitten, and not before (SM115). None happens once it is calm; what they did stays. */
export class Disasters {
  #backup: SimSnapshot

  constructor(
    private readonly world: SimWorld,
    private readonly chance: Chance,
  ) {
    this.#backup = world.server.snapshot()
  }

  /** After so many steps of one of its two lives: between any two awaits. Idle windows get it after a while. */
  #afterSteps(window: SimWindow, side: 'page' | 'worker', steps: number, run: () => void): void {
    const life = side === 'page' ? window.pageLife : window.workerLife
    if (life.isOver) return
    let isDue = true
    const once = (): void => {
      if (!isDue || life.isOver || this.world.isCalm) return
      isDue = false
      life.endsAtStep = null
      run()
    }
    life.endsAtStep = life.steps + steps
    life.onEnd = once
    this.world.scheduler.after(IDLE_MS, null, 'fault on the idle', once)
  }

  apply(fault: Fault): void {
    if (this.world.isCalm) return
    this.world.faults += 1
    this.world.note(`fault ${JSON.stringify(fault)}`)
    const until = 'ms' in fault ? fault.ms : 0
    const bitten = (): void => this.world.marks.note(`fault:${fault.kind}`)
    // What ends with the calm cannot be felt later, even where something else then does the same.
    const bittenNow = (): void => {
      if (!this.world.isCalm) bitten()
    }
    switch (fault.kind) {
      case 'crash-window':
        return this.#withWindow(fault, (window) =>
          this.#afterSteps(
            window,
            fault.afterSteps % 2 === 0 ? 'page' : 'worker',
            fault.afterSteps,
            () => this.#crash([window], bitten),
          ),
        )
      case 'worker-dies':
        return this.#withWindow(fault, (window) =>
          this.#afterSteps(window, 'worker', fault.afterSteps, () => {
            window.killWorker()
            bitten()
            const { pageLife } = window
            this.#reloadLater(window, pageLife)
          }),
        )
      case 'crash-device':
      case 'lose-commits': {
        const [window] = this.world.windowsOf(fault.device).filter((it) => it.isOpen)
        if (window === undefined) return
        return this.#afterSteps(
          window,
          fault.afterSteps % 2 === 0 ? 'page' : 'worker',
          fault.afterSteps,
          () =>
            this.powerCut(fault.device, fault.kind === 'lose-commits' ? fault.commits : 0, bitten),
        )
      }
      case 'wipe':
        return this.#wipe(fault.device, bitten)
      case 'clone':
        return this.#clone(fault.device, bitten)
      case 'freeze':
        return this.#withWindow(fault, (window) =>
          window.freeze(this.world.scheduler.now() + until, once(bitten)),
        )
      case 'sleep': {
        const heldUp = once(bitten)
        for (const window of this.world.windowsOf(fault.device))
          if (window.isOpen) window.freeze(this.world.scheduler.now() + until, heldUp)
        this.#onDevice(fault.device, (device) => void (device.sleptMs += until))
        return
      }
      case 'offline':
        return this.#during(fault, bittenNow, (device, isOn) => void (device.line.isOffline = isOn))
      case 'cut-up':
        return this.#during(fault, bittenNow, (device, isOn) => void (device.line.isCutUp = isOn))
      case 'cut-down':
        return this.#during(fault, bittenNow, (device, isOn) => void (device.line.isCutDown = isOn))
      case 'portal':
        return this.#during(fault, bittenNow, (device, isOn) => void (device.line.isPortal = isOn))
      case 'storage-away':
        return this.#during(fault, bittenNow, (device, isOn) => void (device.disk.isAway = isOn))
      case 'storage-hangs':
        return this.#during(fault, bittenNow, (device, isOn) => void (device.disk.isHanging = isOn))
      case 'storage-full':
        return this.#during(fault, bittenNow, (device, isOn) => void (device.disk.isFull = isOn))
      case 'slow-commits':
        return this.#during(fault, bittenNow, (device, isOn) => void (device.disk.isSlow = isOn))
      case 'quota-on-put':
        return this.#during(fault, bittenNow, (device, isOn) => void (device.disk.refusesRows = isOn))
      case 'open-hangs':
        return this.#during(fault, bittenNow, (device, isOn) => void (device.disk.opensHang = isOn))
      case 'handle-dies':
        return this.#withWindow(fault, (window) => this.#killHandles(window, fault, bitten))
      case 'clock-jump':
        return this.#onDevice(fault.device, (device) => {
          device.skewMs += fault.ms
          device.bites.whenFelt(fault.kind, bitten)
        })
      case 'server-down':
        return this.#duringAtServer(fault, bittenNow, (isOn) => void (this.world.isServerDown = isOn))
      case 'busy-server':
        return this.#duringAtServer(fault, bittenNow, (isOn) => void (this.world.isServerBusy = isOn))
      case 'server-restart':
        this.world.server.restart()
        bitten()
        this.world.isServerDown = true
        this.world.scheduler.after(3000, null, 'server up', () => void (this.world.isServerDown = false))
        return
      case 'backup':
        this.#backup = this.world.server.snapshot()
        return bitten()
      case 'restore': {
        const before = this.#knownToServer()
        this.restoreServer(this.#backup)
        if (this.#knownToServer() !== before) bitten()
        // A server that is put back is not there meanwhile.
        this.world.isServerDown = true
        this.world.scheduler.after(5000, null, 'server up', () => void (this.world.isServerDown = false))
        return
      }
      case 'expire-tokens':
        return this.#expireTokens(once(bitten))
      case 'withdraw-permission': {
        this.world.server.withdrawPermission(fault.user, MAIN_PERMISSION)
        const isOver = this.world.bites.whenFelt(permissionBite(fault.user), bittenNow)
        this.world.scheduler.after(until, null, 'permission back', () => {
          this.world.server.grantPermission(fault.user, MAIN_PERMISSION)
          isOver()
        })
        return
      }
      case 'cross-takeovers':
        return this.#crossTakeovers(fault, bitten)
      case 'freeze-leader':
        return this.#freezeLeader(fault, bitten)
      case 'left-behind':
        this.#during(fault, null, (device, isOn) => void (device.line.isOffline = isOn))
        return this.#overtake(fault, bitten)
    }
  }

  /** What a restore can take back. */
  #knownToServer(): string {
    const { server } = this.world
    return JSON.stringify(server.sessionIds().map((it) => [it, server.statusOf(it), server.fenceOf(it), server.rowsOf(it).map(({ uuid, rev }) => [uuid, rev])]))
  }

  /** What the server knew then is all it knows. */
  restoreServer(snapshot: SimSnapshot): void {
    this.world.server.restore(snapshot)
    this.world.isRestored = true
    this.world.oracle.serverRestored()
    this.world.watch.serverRestored()
  }

  #withWindow({ device, tab }: { readonly device: number; readonly tab: number }, run: (window: SimWindow) => void): void {
    const window = this.world.windows[device]?.[tab]
    if (window?.isOpen === true) run(window)
  }

  #onDevice(index: number, run: (device: Device) => void): void {
    const device = this.world.devices[index]
    if (device !== undefined) run(device)
  }

  /** @param bitten null: somebody else says whether it was */
  #during(
    { kind, device: index, ms }: Extract<Fault, { readonly device: number; readonly ms: number }>,
    bitten: (() => void) | null,
    set: (device: Device, isOn: boolean) => void,
  ): void {
    this.#onDevice(index, (device) => {
      set(device, true)
      const isOver = bitten === null ? null : device.bites.whenFelt(kind, bitten)
      this.world.scheduler.after(ms, null, 'fault over', () => {
        set(device, false)
        isOver?.()
      })
    })
  }

  #duringAtServer({ kind, ms }: Extract<Fault, { readonly kind: 'server-down' | 'busy-server' }>, bitten: () => void, set: (isOn: boolean) => void): void {
    set(true)
    const isOver = this.world.bites.whenFelt(kind, bitten)
    this.world.scheduler.after(ms, null, 'server up', () => {
      set(false)
      isOver()
    })
  }

  #expireTokens(bitten: () => void): void {
    for (const token of this.world.server.expireTokens())
      this.world.bites.whenFelt(tokenBite(token), bitten)
  }

  /** Felt when the server has decided about both, and they are two. */
  #crossTakeovers(
    { devices, sessionId }: Extract<Fault, { readonly kind: 'cross-takeovers' }>,
    bitten: () => void,
  ): void {
    const until = this.world.scheduler.now() + CROSSED_MS
    const waiting = new Set(devices)
    for (const index of waiting)
      this.#onDevice(index, ({ name }) => {
        this.world.bites.whenFelt(lockBite(name, sessionId), () => {
          waiting.delete(index)
          if (
            waiting.size === 0 &&
            devices[0] !== devices[1] &&
            this.world.scheduler.now() <= until
          )
            bitten()
        })
      })
    for (const device of devices)
      this.world.people.act({ kind: 'open', device, tab: 0, sessionId, takeOver: true })
  }

  #freezeLeader(
    { device: index, ms }: Extract<Fault, { readonly kind: 'freeze-leader' }>,
    bitten: () => void,
  ): void {
    this.#onDevice(index, (device) =>
      device.locks.onceHeld((life) => {
        if (this.world.isCalm) return
        const tabs = this.world.windowsOf(index)
        tabs
          .find((it) => it.workerLife === life)
          ?.freeze(this.world.scheduler.now() + ms, once(bitten))
        // Somebody uses the other windows meanwhile.
        for (const tab of tabs.keys()) this.world.scheduler.after(500, null, 'uses another window', () => this.world.people.act({ kind: 'sync', device: index, tab, why: 'manual' }))
      }),
    )
  }

  /** Opens, submits, has it approved: each as soon as it can be. */
  #overtake(
    { device: left, other: device, ms, ...fault }: Extract<Fault, { readonly kind: 'left-behind' }>,
    bitten: () => void,
  ): void {
    const sessionId = asId<SessionId>(fault.sessionId)
    const until = this.world.scheduler.now() + ms
    const goOn = (): void => {
      if (
        this.world.isCalm ||
        this.world.scheduler.now() > until ||
        !this.world.server.sessionIds().includes(sessionId)
      )
        return
      if (approveSession(this.world.server, sessionId)) {
        if (this.#hasUnsent(left, sessionId)) bitten()
        return this.world.marks.note('approved')
      }
      const window = this.world.windows[device]?.[0]
      const isOpen = window?.sessionId === sessionId && window.lock === 'held'
      this.world.people.act(isOpen ? { kind: 'submit', device, tab: 0 } : { kind: 'open', device, tab: 0, sessionId, takeOver: true })
      this.world.scheduler.after(OVERTAKE_MS, null, 'goes on', goOn)
    }
    this.world.scheduler.after(OVERTAKE_MS, null, 'goes on', goOn)
  }

  #hasUnsent(index: number, sessionId: SessionId): boolean {
    const databases = [...(this.world.devices[index]?.scans.values() ?? [])]
    return databases.some((it) => it.rows('outbox').some((row) => row.sessionId === sessionId))
  }

  #killHandles(
    window: SimWindow,
    { side, hangs }: Extract<Fault, { readonly kind: 'handle-dies' }>,
    bitten: () => void,
  ): void {
    const life = side === 'page' ? window.pageLife : window.workerLife
    const dead = window.device.handles.filter((it) => it.life === life)
    const onFelt = once(bitten)
    for (const handle of dead) Object.assign(handle, { state: hangs ? 'hangs' : 'rejects', onFelt })
    // A worker has no other way: the person sees that nothing is sent and loads the page again.
    const { pageLife } = window
    if (side === 'worker') this.#reloadLater(window, pageLife)
  }

  /** A person sees that nothing is sent, and loads the page again. */
  #reloadLater(window: SimWindow, pageLife: Life): void {
    this.world.scheduler.after(RELOAD_AFTER_MS, null, 'reload', () => {
      if (!pageLife.isOver) this.#crash([window])
    })
  }

  crashNow(window: SimWindow): void {
    this.#crash([window])
  }

  /** They die, and are opened again after a while on what was on screen. */
  #crash(windows: readonly SimWindow[], bitten?: () => void): void {
    const open = windows.filter((it) => it.isOpen)
    if (open.length > 0) bitten?.()
    const screens = open.map((window) => ({ window, sessionId: window.sessionId }))
    for (const window of open) window.die()
    this.world.note(`crash ${open.map((it) => it.name).join(' ')}`)
    for (const { window, sessionId } of screens)
      this.world.scheduler.after(this.chance.int(300, 20_000), null, 'opened again', () => {
        if (!window.isOpen) this.world.people.wakeUp(window, sessionId)
      })
  }

  /** @param bitten the windows have died; where commits are to be lost: some were */
  powerCut(index: number, commits: number, bitten?: () => void): void {
    this.#crash(this.world.windowsOf(index), commits === 0 ? bitten : undefined)
    // Transactions of the dead windows are still being thrown away.
    this.world.scheduler.after(50, null, 'power is back', () =>
      this.#onDevice(index, (device) => {
        if (commits === 0 || this.world.windowsOf(index).some((it) => it.isOpen)) return
        let lost = 0
        for (const database of device.scans.values()) lost += database.lose(commits)
        this.#reread(device)
        if (lost === 0) return
        this.world.marks.note('disk:reverted')
        bitten?.()
      }),
    )
  }

  #wipe(index: number, bitten: () => void): void {
    this.#crash(this.world.windowsOf(index))
    this.world.scheduler.after(50, null, 'wiped', () =>
      this.#onDevice(index, (device) => {
        if (this.world.windowsOf(index).some((it) => it.isOpen)) return
        if (device.scans.size > 0) bitten()
        device.wipe()
        this.#reread(device)
        this.world.marks.note('disk:wiped')
      }),
    )
  }

  #reread(device: Device): void {
    this.world.provedRebuilt.clear()
    this.world.oracle.reread(device)
    this.world.watch.reread(device)
    this.world.views.reread(device)
  }

  /** A profile that is copied while its windows are closed: two devices with one identity. */
  #clone(index: number, bitten: () => void): void {
    this.#crash(this.world.windowsOf(index))
    this.world.scheduler.after(50, null, 'cloned', () => {
      const device = this.world.devices[index]
      if (device === undefined || this.world.windowsOf(index).some((it) => it.isOpen)) return
      // Scans that were spilled would be two scans: the copy of a profile with a spill is not a promise of ours.
      if ([...device.local.keys()].some((it) => it.startsWith('shelfcount:spill'))) return
      const twin = this.world.addDevice()
      if (twin === null) return
      twin.cloneFrom(device)
      this.#reread(twin)
      this.world.marks.note('disk:cloned')
      bitten()
      const [window] = this.world.windowsOf(twin.index)
      if (window !== undefined) this.world.scheduler.after(1000, null, 'clone starts', () => this.world.people.wakeUp(window, null))
    })
  }
}
