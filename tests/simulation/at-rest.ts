// What must hold once the faults are over and nobody touches anything: everything is sent, proved, and shown the same everywhere.
import { createLocalSpill } from '../../src/composables/local-spill'
import { scansName } from '../../src/db/names'
import { asId } from '../../src/domain/ids'
import type { SessionId } from '../../src/domain/ids'
import { checkBeeps, checkConserved, checkConservedBase, checkConverged, checkReadBack, checkRebuild, checkReplica, checkTally, evidenceMissing, handedIn, unfinished } from './checks'
import { storageOf } from './device'
import type { Device } from './device'
import { hasGivenWay } from './groups'
import { keyOf } from './oracle'
import { mayCountIn } from './people'
import type { Holder } from './server-watch'
import type { SimWorld } from './sim-world'
import { USERS } from './swarm'
import { ORIGIN } from './window'
import type { SimWindow } from './window'

/** Everything must be clean within this once the faults are over: the longest back-off, twice, and the watchdog. */
const CONVERGE_MS = 45 * 60_000
const CONVERGE_STEPS = 60_000
const LOOK_EVERY_MS = 2000
/** Evidence that the server lacks at rest is there so long after its device began a new life. */
const EVIDENCE_MS = 20 * 60_000
const EVIDENCE_LAG_MS = 60_000
/** Between two looks at who holds what: the longest pause between two heartbeats, and an answer. */
const BEAT_SLACK_MS = 20_000
/** Of the base profile's grace: until a worker that began anew has looked, also when its server was in trouble. */
const LOOKS = 8
/** A heartbeat takes no longer than so many requests. */
const BEAT_REQUESTS = 5

/** The second phase of a world: no faults, no new scans. */
export class AtRest {
  constructor(private readonly world: SimWorld) {}

  /** I13: no faults, no new scans: everything is sent by itself. Then I1, I3, I5, I16, I9. */
  async converge(phase: string): Promise<void> {
    this.world.note(`converge ${phase}`)
    const checks = this.world.checks()
    for (const device of this.world.devices) {
      // Whoever is not signed in is not sent; each user of the device gets a turn.
      const names = [...device.scans.keys()]
      const users = USERS.filter((user) => names.includes(scansName(ORIGIN, user)))
      for (const user of users) {
        const database = device.database(scansName(ORIGIN, user))
        // What is clean stays so: nobody has to sign in for it. But a server that was put back knows less than it said.
        if (this.world.isRestored || unfinished(database, checks) !== null || database.rows('quarantine').some((it) => it.kind === 'rejected')) {
          await this.world.attend(device.index, user)
          await this.#retryRefused(device, user)
          if (this.world.isRestored) await this.#bringToFront(device.index, user)
        }
        await this.#drainSpill(device, user)
        const isClean = await this.untilClean(() => unfinished(database, checks) === null)
        if (this.world.violation !== null) return
        if (!isClean) return this.world.violated('I13', `${device.name} ${user} after ${phase}: ${unfinished(database, checks) ?? 'nothing'}`)
        if (this.world.swarm.profile === 'extended') checkConverged(checks, device, scansName(ORIGIN, user))
        else await this.#proveHandedIn(device, user)
        checkTally(checks, device, scansName(ORIGIN, user))
        await this.#proveEvidence(device, user)
        await this.#proveRebuild(device, scansName(ORIGIN, user))
        if (this.world.violation !== null) return
      }
    }
    this.world.isRestored = false
    checkBeeps(checks, this.world.devices)
    if (this.world.swarm.profile === 'extended') checkConserved(checks)
    else checkConservedBase(checks)
  }

  /** I3 in the base profile, after the submit: the standing scans are there, or in sight; once the device has looked again. */
  async #proveHandedIn(device: Device, user: string): Promise<void> {
    const database = device.database(scansName(ORIGIN, user))
    const sessions = (): ReturnType<typeof handedIn> => handedIn(database, this.world.checks())
    if (sessions().unseen.length > 0) {
      await this.world.attend(device.index, user)
      // Somebody brings the app to the front, as after a restore: a session that others handed in is asked after in a run.
      await this.world.pause(this.world.swarm.limits.inFlightGraceMs)
      await this.#bringToFront(device.index, user)
      if (!(await this.world.until(() => sessions().unseen.length === 0, LOOKS * this.world.swarm.limits.inFlightGraceMs)))
        return this.world.violated('I13', `${device.name} ${user} does not look again at ${sessions().unseen.join(', ')}`)
    }
    for (const sessionId of sessions().all) {
      this.world.marks.note('handed-in-compared')
      checkReadBack(this.world.checks(), device, scansName(ORIGIN, user), { sessionId, isAllCounted: false })
    }
  }

  async #proveRebuild(device: Device, name: string): Promise<void> {
    const key = keyOf(device, name)
    if (this.world.provedRebuilt.has(key)) return
    if (this.world.swarm.profile === 'hotwax' && hasGivenWay(device.database(name))) this.world.marks.note('gave-way')
    await checkRebuild(this.world.checks(), device, name)
    this.world.provedRebuilt.add(key)
  }

  /** The next probe tells that the server was put back, the next run asks after what others handed in. Whoever learns only then that the sign-in is over signs in (seed 6059). */
  async #bringToFront(index: number, user: string): Promise<void> {
    const sync = (): Promise<void> => this.world.waitFor(this.world.windows[index]?.[0]?.worker?.syncNow('foreground') ?? Promise.resolve())
    await sync()
    const [window] = this.world.windowsOf(index)
    if (window === undefined || (await this.world.statusOf(window)) !== 'auth-needed') return
    await this.world.attend(index, user)
    await sync()
  }

  /** I3: what was scanned is on the server event by event; what a fault had refused is offered again in the next life. */
  async #proveEvidence(device: Device, user: string): Promise<void> {
    const database = device.database(scansName(ORIGIN, user))
    const missing = (): number => evidenceMissing(database, this.world.checks())
    if (missing() === 0) return
    await this.world.until(() => missing() === 0, EVIDENCE_LAG_MS)
    if (missing() === 0) return
    for (const window of this.world.windowsOf(device.index)) window.die()
    await this.world.attend(device.index, user)
    if (!(await this.world.until(() => missing() === 0, EVIDENCE_MS)))
      this.world.violated('I3', `${device.name} ${user}: ${missing()} events are saved here and not in the server's evidence`)
  }

  /** I7: after every window has had its heartbeat, those that think they count in a session are its holder. */
  async proveHolders(sessionId: SessionId): Promise<void> {
    const holder = this.world.watch.holderOf(sessionId)
    const others = this.world.windows.flat().filter((it) => this.#countsBesides(it, sessionId, holder))
    if (holder === null || others.length === 0) return
    this.world.marks.note('holders-compared')
    // A heartbeat that a dead storage swallowed is given up after what its requests may take, and the next one asks (LK22, seed 2633).
    const gaveUpAt = Math.max(...others.map((it) => it.device.hungAt)) + BEAT_REQUESTS * this.world.swarm.limits.requestTimeoutMs
    await this.world.pause(Math.max(0, gaveUpAt - this.world.scheduler.now()) + this.world.swarm.limits.leaseSeconds * 1000 + BEAT_SLACK_MS)
    const now = this.world.watch.holderOf(sessionId)
    for (const window of others) {
      if (this.world.violation !== null || now?.fence !== holder.fence || !this.#countsBesides(window, sessionId, now)) continue
      if ((await this.world.statusOf(window)) === 'auth-needed' || this.world.isHopeless(window)) continue
      this.world.violated('I7', `${window.name} counts in ${sessionId} (${window.lock}), which ${holder.userId} has had for a whole lease`)
    }
  }

  /** I7: of the windows of a device that are awake one at most counts in a session. */
  proveOneWindow(device: Device, sessionId: SessionId): void {
    const counting = (this.world.windows[device.index] ?? []).filter((it) => it.isOpen && it.sessionId === sessionId && mayCountIn(it))
    this.world.marks.note('windows-compared')
    if (counting.length > 1) this.world.violated('I7', `${counting.map((it) => `${it.name} (${it.lock})`).join(' and ')} count in ${sessionId}`)
  }

  #countsBesides(window: SimWindow, sessionId: SessionId, holder: Holder | null): boolean {
    if (holder === null || window.page === null || window.sessionId !== sessionId || !mayCountIn(window)) return false
    if (window.worker === null || window.workerLife.frozenUntil > this.world.scheduler.now()) return false
    const { userName } = window.page.config
    const own = window.device.database(scansName(ORIGIN, userName)).row('meta', 'device')
    return userName !== holder.userId || (own?.k === 'device' && own.deviceId !== holder.deviceId)
  }

  /** What a page could not save waits beside the database for its next life: which comes now. */
  async #drainSpill(device: Device, user: string): Promise<void> {
    const spill = createLocalSpill(storageOf(device), scansName(ORIGIN, user))
    if (spill.read().length === 0) return
    for (const window of this.world.windowsOf(device.index)) window.die()
    await this.world.attend(device.index, user)
    if (await this.world.until(() => spill.read().length === 0, 20_000)) this.world.marks.note('spill-drained')
    else this.world.violated('I13', `${device.name} ${user}: ${spill.read().length} scans stay in the spill`)
  }

  async untilClean(isClean: () => boolean): Promise<boolean> {
    const firstSteps = this.world.scheduler.steps()
    const end = this.world.scheduler.now() + CONVERGE_MS
    while (this.world.scheduler.now() < end && this.world.scheduler.steps() - firstSteps < CONVERGE_STEPS && this.world.violation === null) {
      if (isClean()) return true
      await this.world.scheduler.run({ time: this.world.scheduler.now() + LOOK_EVERY_MS, isDone: () => this.world.violation !== null })
    }
    return isClean()
  }

  /** What was refused by a fault is tried again by a person, on the Sync page. */
  async #retryRefused(device: Device, user: string): Promise<void> {
    const rows = device.database(scansName(ORIGIN, user)).rows('quarantine')
    const [window] = this.world.windowsOf(device.index)
    if (window === undefined || window.worker === null) return
    for (const { uuid, kind } of rows) if (kind === 'rejected') await this.world.waitFor(window.worker.retryQuarantined(uuid))
  }

  /** I10: one device after the other takes each session over, pulls, and must show what the server has. */
  async tour(): Promise<void> {
    const checks = this.world.checks()
    for (const device of this.world.devices) {
      const [window] = this.world.windowsOf(device.index)
      await this.world.attend(device.index, window?.page?.config.userName ?? this.world.userOf(device.index))
      if (window?.page == null) continue
      const name = scansName(ORIGIN, window.page.config.userName)
      for (const rawId of this.world.server.sessionIds()) {
        const sessionId = asId<SessionId>(rawId)
        if (this.world.violation !== null) return
        let isOpen = false
        await this.world.waitFor(this.world.people.open(window, sessionId, true).then((it) => (isOpen = it)))
        if (!isOpen || window.lock !== 'held') continue
        this.world.marks.note('toured')
        if (this.world.swarm.profile === 'extended') await this.proveHolders(sessionId)
        await this.untilClean(() => unfinished(device.database(name), checks) === null)
        if (this.world.swarm.profile === 'hotwax') {
          // The longest that a copy may be under way, then doubtful answers are read back.
          await this.world.until(() => false, this.world.swarm.limits.inFlightGraceMs + 5000)
          await this.world.waitFor(window.worker?.syncNow('foreground') ?? Promise.resolve())
          checkReadBack(checks, device, name, { sessionId, isAllCounted: false })
        } else checkReplica(checks, device, name, sessionId)
      }
    }
  }
}
