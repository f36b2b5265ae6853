// What befalls the simulated shop: crashes, power cuts, lost and copied disks, dead storage and networks, a server that is put back.
import { asId } from '../../src/domain/ids'
import type { SessionId } from '../../src/domain/ids'
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

/** Carries faults out on a world. None happens once it is calm; what they did stays. */
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
    this.world.marks.note(`fault:${fault.kind}`)
    this.world.note(`fault ${JSON.stringify(fault)}`)
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
        const [window] = this.world.windowsOf(fault.device).filter((it) => it.isOpen)
        if (window === undefined) return
        return this.#afterSteps(window, fault.afterSteps % 2 === 0 ? 'page' : 'worker', fault.afterSteps, () => this.powerCut(fault.device, fault.kind === 'lose-commits' ? fault.commits : 0))
      }
      case 'wipe':
        return this.#wipe(fault.device)
      case 'clone':
        return this.#clone(fault.device)
      case 'freeze':
        return this.#withWindow(fault, (window) => window.freeze(this.world.scheduler.now() + until))
      case 'sleep':
        for (const window of this.world.windowsOf(fault.device)) window.freeze(this.world.scheduler.now() + until)
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
        this.world.isServerDown = true
        this.world.scheduler.after(until, null, 'server up', () => void (this.world.isServerDown = false))
        return
      case 'server-restart':
        this.world.server.restart()
        this.world.isServerDown = true
        this.world.scheduler.after(3000, null, 'server up', () => void (this.world.isServerDown = false))
        return
      case 'backup':
        this.#backup = this.world.server.snapshot()
        return
      case 'restore':
        this.restoreServer(this.#backup)
        // A server that is put back is not there meanwhile.
        this.world.isServerDown = true
        this.world.scheduler.after(5000, null, 'server up', () => void (this.world.isServerDown = false))
        return
      case 'expire-tokens':
        this.world.server.expireTokens()
        return
      case 'withdraw-permission':
        this.world.server.withdrawPermission(fault.user, MAIN_PERMISSION)
        this.world.scheduler.after(until, null, 'permission back', () => this.world.server.grantPermission(fault.user, MAIN_PERMISSION))
        return
      case 'cross-takeovers':
        for (const device of fault.devices) this.world.people.act({ kind: 'open', device, tab: 0, sessionId: fault.sessionId, takeOver: true })
        return
      case 'freeze-leader':
        return this.#freezeLeader(fault.device, until)
      case 'left-behind':
        this.#during(fault.device, until, (device, isOn) => void (device.line.isOffline = isOn))
        return this.#overtake(fault.other, asId<SessionId>(fault.sessionId), this.world.scheduler.now() + until)
    }
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

  #during(index: number, ms: number, set: (device: Device, isOn: boolean) => void): void {
    this.#onDevice(index, (device) => {
      set(device, true)
      this.world.scheduler.after(ms, null, 'fault over', () => set(device, false))
    })
  }

  #freezeLeader(index: number, ms: number): void {
    this.#onDevice(index, (device) =>
      device.locks.onceHeld((life) => {
        if (this.world.isCalm) return
        const tabs = this.world.windowsOf(index)
        tabs.find((it) => it.workerLife === life)?.freeze(this.world.scheduler.now() + ms)
        // Somebody uses the other windows meanwhile.
        for (const tab of tabs.keys()) this.world.scheduler.after(500, null, 'uses another window', () => this.world.people.act({ kind: 'sync', device: index, tab, why: 'manual' }))
      }),
    )
  }

  /** Opens, submits, has it approved: each as soon as it can be. */
  #overtake(device: number, sessionId: SessionId, until: number): void {
    const goOn = (): void => {
      if (this.world.isCalm || this.world.scheduler.now() > until || !this.world.server.sessionIds().includes(sessionId)) return
      if (approveSession(this.world.server, sessionId)) return this.world.marks.note('approved')
      const window = this.world.windows[device]?.[0]
      const isOpen = window?.sessionId === sessionId && window.lock === 'held'
      this.world.people.act(isOpen ? { kind: 'submit', device, tab: 0 } : { kind: 'open', device, tab: 0, sessionId, takeOver: true })
      this.world.scheduler.after(OVERTAKE_MS, null, 'goes on', goOn)
    }
    this.world.scheduler.after(OVERTAKE_MS, null, 'goes on', goOn)
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
    this.world.scheduler.after(RELOAD_AFTER_MS, null, 'reload', () => {
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
    this.world.note(`crash ${open.map((it) => it.name).join(' ')}`)
    for (const { window, sessionId } of screens)
      this.world.scheduler.after(this.chance.int(300, 20_000), null, 'opened again', () => {
        if (!window.isOpen) this.world.people.wakeUp(window, sessionId)
      })
  }

  powerCut(index: number, commits: number): void {
    this.#crash(this.world.windowsOf(index))
    // Transactions of the dead windows are still being thrown away.
    this.world.scheduler.after(50, null, 'power is back', () =>
      this.#onDevice(index, (device) => {
        if (commits === 0 || this.world.windowsOf(index).some((it) => it.isOpen)) return
        let lost = 0
        for (const database of device.scans.values()) lost += database.lose(commits)
        if (lost > 0) this.world.marks.note('disk:reverted')
        this.#reread(device)
      }),
    )
  }

  #wipe(index: number): void {
    this.#crash(this.world.windowsOf(index))
    this.world.scheduler.after(50, null, 'wiped', () =>
      this.#onDevice(index, (device) => {
        if (this.world.windowsOf(index).some((it) => it.isOpen)) return
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
  #clone(index: number): void {
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
      const [window] = this.world.windowsOf(twin.index)
      if (window !== undefined) this.world.scheduler.after(1000, null, 'clone starts', () => this.world.people.wakeUp(window, null))
    })
  }
}
