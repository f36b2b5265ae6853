// The end of a working day, when the faults are over: what people and machines do to each other so rarely that random
// actions hardly ever show it, played whole, with times, amounts and limits that the seed draws.
import { scansName } from '../../src/db/names'
import { asId } from '../../src/domain/ids'
import type { SessionId } from '../../src/domain/ids'
import { checkReadBack, checkReplica, unfinished } from './checks'
import type { Device } from './device'
import { approveSession } from './make-server'
import { chanceOf } from './random'
import type { Chance } from './random'
import type { SimWorld } from './sim-world'
import { CYCLE_COUNT, RICE, SOAP, TEA, TEA_CASE, UNKNOWN } from './things'
import { ORIGIN } from './window'
import type { SimWindow } from './window'

export type SceneKind =
  /** Offline while somebody else takes the session over; then the network is back. */
  | 'comes-back'
  /** Hands the session in over a slow line while somebody else takes it over. */
  | 'crossed-submit'
  /** Back online after the session was taken over, handed in and approved. */
  | 'too-late'
  /** The battery of the holder is empty; the next person waits for the lease to end, no longer. */
  | 'battery'
  /** Hands in with the last scan, while earlier ones are on their way. */
  | 'hasty-submit'
  /** Withdraws a submit while it runs over a slow line. */
  | 'second-thoughts'
  /** The server is put back from a backup that lacks one session, and the line is bad when it is noticed. */
  | 'restored'
  /** Power cut: the disk lacks scans that the server has. */
  | 'stale-disk'
  /** Base profile: a request whose answer was lost arrives once more after newer scans, and after the submit if that does not wait. */
  | 'late-copy'
  /** The storage dies under somebody who scans; the page is loaded again when it is back. */
  | 'dead-storage'

const EXTENDED_SCENES: readonly SceneKind[] = ['comes-back', 'crossed-submit', 'too-late', 'battery', 'hasty-submit', 'second-thoughts', 'restored', 'stale-disk']
export const SCENE_KINDS: readonly SceneKind[] = [...EXTENDED_SCENES, 'late-copy', 'dead-storage']
const SCENES_EACH = 2
/** Came later: drawn apart, so that seeds that are written down stay what they are. */
const DEAD_STORAGE_RATE = 0.15
const VALUES = [TEA, TEA, RICE, SOAP, TEA_CASE, UNKNOWN] as const
/** The last user may take over from anybody. */
const SUPERVISOR = 'sam'
const SENT_MS = 60_000

export function drawScenes(seed: number, profile: 'extended' | 'hotwax'): readonly SceneKind[] {
  const later: readonly SceneKind[] = chanceOf(seed, 'later scenes').is(DEAD_STORAGE_RATE) ? ['dead-storage'] : []
  if (profile === 'hotwax') return ['late-copy', ...later]
  const chance = chanceOf(seed, 'scenes')
  const left = [...EXTENDED_SCENES]
  const drawn = Array.from({ length: SCENES_EACH }, () => left.splice(chance.int(0, left.length - 1), 1)).flat()
  return [...drawn, ...later]
}

/** Plays them one after the other, each in a session of its own. */
export async function playScenes(world: SimWorld, seed: number, kinds: readonly SceneKind[]): Promise<void> {
  for (const [index, kind] of kinds.entries()) {
    if (world.violation !== null) return
    world.note(`scene ${kind}`)
    const stage = new Stage(world, chanceOf(seed, 'scene', index), `E${index + 1}`)
    if (await SCENES[kind](stage)) world.marks.note(`scene:${kind}`)
  }
}

/** Somebody at a device. */
interface Actor {
  readonly device: Device
  readonly window: SimWindow
  readonly user: string
  /** Of the database of scans. */
  readonly name: string
}

class Stage {
  constructor(
    readonly world: SimWorld,
    readonly chance: Chance,
    private readonly name: string,
  ) {}

  get leaseMs(): number {
    return this.world.swarm.limits.leaseSeconds * 1000
  }

  addSession(suffix = ''): SessionId {
    const sessionId = `${this.name}${suffix}`
    const isDirected = this.world.swarm.countType === 'directed'
    this.world.server.addSession({ sessionId, workEffortId: CYCLE_COUNT, name: `Evening ${sessionId}`, requestedProductIds: isDirected ? ['TEA', 'RICE'] : [] })
    return asId<SessionId>(sessionId)
  }

  /** Whoever works with the first device. */
  counter(): Promise<Actor | null> {
    return this.#enter(0, this.world.userOf(0))
  }

  /** On a device of their own, where there is one more. */
  supervisor(): Promise<Actor | null> {
    const { devices } = this.world
    const own = devices.findIndex((it, index) => index > 0 && it.name === this.#supervisorsDevice())
    return own > 0 ? this.#enter(own, SUPERVISOR) : Promise.resolve(null)
  }

  #supervisorsDevice(): string | undefined {
    const { devices } = this.world
    return devices.length > 1 ? devices.at(-1)?.name : this.world.addDevice()?.name
  }

  async #enter(index: number, user: string): Promise<Actor | null> {
    await this.world.attend(index, user)
    const device = this.world.devices[index]
    const window = this.world.windows[index]?.[0]
    if (device === undefined || window?.page?.config.userName !== user) return null
    return { device, window, user, name: scansName(ORIGIN, user) }
  }

  /** @returns whether the screen takes scans now */
  async opens(actor: Actor, sessionId: SessionId, takeOver = false): Promise<boolean> {
    const { window, user } = actor
    if (await this.#triesToOpen(window, sessionId, takeOver)) return true
    // A sign-in may have run out unnoticed, with nothing to be sent (seed 1950): whoever is asked types the password.
    if (window.refusal !== 'unauthorized') return false
    await this.world.waitFor(this.world.people.signIn(window, user))
    return this.#triesToOpen(window, sessionId, takeOver)
  }

  async #triesToOpen(window: SimWindow, sessionId: SessionId, takeOver: boolean): Promise<boolean> {
    let isOpen = false
    await this.world.waitFor(this.world.people.open(window, sessionId, takeOver).then((it) => (isOpen = it)))
    return isOpen && (window.lock === 'held' || window.lock === 'unverified')
  }

  act({ device, window }: Actor, action: { readonly kind: 'submit' | 'withdraw' } | { readonly kind: 'sync'; readonly why: 'manual' | 'online' | 'foreground' }): void {
    this.world.people.act({ ...action, device: device.index, tab: window.index })
  }

  async scans({ device, window }: Actor, times: number, everyMs: number, values: readonly string[] = VALUES): Promise<void> {
    for (let n = 0; n < times; n++) {
      this.world.people.act({ kind: 'scan', device: device.index, tab: window.index, value: this.chance.pick(values), times: this.chance.int(1, 3) })
      await this.world.pause(everyMs)
    }
  }

  /** All that the device has is on the server. */
  sent({ device, name }: Actor): Promise<boolean> {
    return this.world.until(() => unfinished(device.database(name), this.world.checks()) === null, SENT_MS)
  }

  isSubmitted(sessionId: SessionId): Promise<boolean> {
    return this.world.until(() => this.world.server.statusOf(sessionId) === 'submitted', SENT_MS)
  }
}

/** @returns whether it came to its end */
type Scene = (stage: Stage) => Promise<boolean>

const SCENES: Readonly<Record<SceneKind, Scene>> = {
  'comes-back': comesBack,
  'crossed-submit': crossedSubmit,
  'too-late': tooLate,
  battery,
  'hasty-submit': hastySubmit,
  'second-thoughts': secondThoughts,
  restored,
  'stale-disk': staleDisk,
  'late-copy': lateCopy,
  'dead-storage': deadStorage,
}

async function comesBack(stage: Stage): Promise<boolean> {
  const { world, chance } = stage
  const sessionId = stage.addSession()
  const [counter, other] = [await stage.counter(), await stage.supervisor()]
  if (counter === null || other === null || !(await stage.opens(counter, sessionId))) return false
  await stage.scans(counter, chance.int(2, 5), 300)
  await stage.sent(counter)
  counter.device.line.isOffline = true
  await stage.scans(counter, chance.int(1, 4), 300)
  const isTaken = await stage.opens(other, sessionId, true)
  await stage.scans(other, chance.int(1, 3), 300)
  counter.device.line.isOffline = false
  stage.act(counter, { kind: 'sync', why: 'online' })
  if (!isTaken) return false
  await world.until(() => counter.window.lock === 'lost', stage.leaseMs / 2)
  await world.proveHolders(sessionId)
  // Nobody told them to look up: they go on scanning, on a device that is busy with something else.
  await world.pause(6000)
  counter.device.disk.busyMs = 30
  await stage.scans(counter, 2, 3000)
  counter.device.disk.busyMs = 0
  return stage.sent(counter)
}

async function crossedSubmit(stage: Stage): Promise<boolean> {
  const { world, chance } = stage
  const sessionId = stage.addSession()
  const [counter, other] = [await stage.counter(), await stage.supervisor()]
  if (counter === null || other === null || !(await stage.opens(counter, sessionId))) return false
  await stage.scans(counter, chance.int(1, 3), 300)
  await stage.sent(counter)
  const { line } = counter.device
  line.extraMs = 2000
  stage.act(counter, { kind: 'submit' })
  await world.pause(chance.int(7000, 14_000))
  const isTaken = await stage.opens(other, sessionId, true)
  if (isTaken) await stage.scans(other, chance.int(1, 3), 300)
  await world.pause(20_000)
  line.extraMs = 0
  return isTaken
}

async function tooLate(stage: Stage): Promise<boolean> {
  const { world, chance } = stage
  const sessionId = stage.addSession()
  const [counter, other] = [await stage.counter(), await stage.supervisor()]
  if (counter === null || other === null || !(await stage.opens(counter, sessionId))) return false
  await stage.scans(counter, chance.int(1, 4), 300)
  await stage.sent(counter)
  counter.device.line.isOffline = true
  await stage.scans(counter, chance.int(1, 4), 300)
  const isTaken = await stage.opens(other, sessionId, true)
  await stage.scans(other, chance.int(1, 3), 300)
  await stage.sent(other)
  if (isTaken) stage.act(other, { kind: 'submit' })
  const isSubmitted = isTaken && (await stage.isSubmitted(sessionId))
  // The reviewer comes when the counter has gone: under a lock nothing is approved.
  await world.pause(3000)
  const isApproved = isSubmitted && approveSession(world.server, sessionId)
  counter.device.line.isOffline = false
  stage.act(counter, { kind: 'sync', why: 'online' })
  await stage.sent(counter)
  return isApproved
}

async function battery(stage: Stage): Promise<boolean> {
  const { world, chance } = stage
  const sessionId = stage.addSession()
  const [counter, next] = [await stage.counter(), await stage.supervisor()]
  if (counter === null || next === null || !(await stage.opens(counter, sessionId))) return false
  await stage.scans(counter, chance.int(1, 3), 300)
  await world.pause(stage.leaseMs * chance.int(1, 3))
  for (const window of world.windows[counter.device.index] ?? []) window.die()
  await world.pause(stage.leaseMs + 2000)
  if (!(await stage.opens(next, sessionId)) && world.violation === null)
    world.violated('SL4', `${next.user} does not get ${sessionId}, whose holder is gone for longer than the lease`)
  return true
}

async function hastySubmit(stage: Stage): Promise<boolean> {
  const { world, chance } = stage
  const sessionId = stage.addSession()
  const counter = await stage.counter()
  if (counter === null || !(await stage.opens(counter, sessionId))) return false
  await stage.scans(counter, chance.int(1, 3), 300)
  await world.pause(chance.int(1000, 5000))
  stage.act(counter, { kind: 'sync', why: 'manual' })
  await world.pause(chance.int(1, 100))
  await stage.scans(counter, chance.int(1, 3), chance.int(5, 25))
  stage.act(counter, { kind: 'submit' })
  return stage.isSubmitted(sessionId)
}

async function secondThoughts(stage: Stage): Promise<boolean> {
  const { world, chance } = stage
  const sessionId = stage.addSession()
  const counter = await stage.counter()
  if (counter === null || !(await stage.opens(counter, sessionId))) return false
  await stage.scans(counter, chance.int(1, 3), 300)
  await stage.sent(counter)
  const { line } = counter.device
  line.extraMs = 2000
  stage.act(counter, { kind: 'submit' })
  await world.pause(chance.int(3000, 11_000))
  stage.act(counter, { kind: 'withdraw' })
  await world.pause(40_000)
  line.extraMs = 0
  return true
}

async function restored(stage: Stage): Promise<boolean> {
  const { world, chance } = stage
  // The younger one comes first in every list of sessions.
  const older = stage.addSession('b')
  const counter = await stage.counter()
  if (counter === null || !(await stage.opens(counter, older))) return false
  await stage.scans(counter, chance.int(1, 3), 300)
  await stage.sent(counter)
  const backup = world.server.snapshot()
  const younger = stage.addSession('a')
  if (!(await stage.opens(counter, younger))) return false
  await stage.scans(counter, chance.int(1, 3), 300)
  if (!(await stage.opens(counter, older))) return false
  await stage.scans(counter, chance.int(1, 4), 300)
  await stage.sent(counter)
  const { line } = counter.device
  line.isOffline = true
  await stage.scans(counter, chance.int(0, 2), 300)
  if (await stage.opens(counter, younger)) await stage.scans(counter, chance.int(1, 2), 300)
  world.restoreServer(backup)
  line.isOffline = false
  line.messagesLeft = chance.int(1, 7)
  stage.act(counter, { kind: 'sync', why: 'foreground' })
  await world.pause(30_000)
  line.messagesLeft = null
  line.isOffline = false
  await world.converge('a restored server')
  return true
}

async function staleDisk(stage: Stage): Promise<boolean> {
  const { world, chance } = stage
  const sessionId = stage.addSession()
  const counter = await stage.counter()
  if (counter === null || !(await stage.opens(counter, sessionId))) return false
  await stage.scans(counter, chance.int(3, 6), 1200, [TEA, RICE])
  await stage.sent(counter)
  world.powerCut(counter.device.index, chance.int(3, 20))
  await world.pause(30_000)
  const again = await stage.counter()
  if (again === null || !(await stage.opens(again, sessionId))) return false
  await stage.sent(again)
  if (world.violation === null) checkReplica(world.checks(), again.device, again.name, sessionId)
  return true
}

async function lateCopy(stage: Stage): Promise<boolean> {
  const { world, chance } = stage
  const sessionId = stage.addSession()
  const counter = await stage.counter()
  if (counter === null || !(await stage.opens(counter, sessionId))) return false
  await stage.scans(counter, chance.int(1, 2), 3000, [TEA])
  await stage.sent(counter)
  let isForetold = false
  world.foretell = ({ method, path }, device) => {
    if (isForetold || device !== counter.device.name || method !== 'PUT' || !path.endsWith(`${sessionId}/items`)) return null
    isForetold = true
    return { isAnswerLost: true, isNoticed: true, copyMs: chance.int(20_000, 50_000) }
  }
  await stage.scans(counter, 1, 4000, [TEA])
  await stage.scans(counter, chance.int(1, 2), 4000, [TEA])
  stage.act(counter, { kind: 'submit' })
  // Newer values wait until the older request is there or lost for good, and the submit waits for them.
  const graceMs = world.swarm.limits.inFlightGraceMs
  await world.until(() => world.server.statusOf(sessionId) === 'submitted', 3 * graceMs)
  await world.pause(graceMs + 10_000)
  world.foretell = null
  if (world.violation === null && world.server.statusOf(sessionId) === 'submitted')
    checkReadBack(world.checks(), counter.device, counter.name, { sessionId, isAllCounted: true })
  return isForetold
}

async function deadStorage(stage: Stage): Promise<boolean> {
  const { world, chance } = stage
  const sessionId = stage.addSession()
  const counter = await stage.counter()
  if (counter === null || !(await stage.opens(counter, sessionId))) return false
  await stage.scans(counter, 1, 1000)
  const { device } = counter
  device.disk.isAway = true
  await stage.scans(counter, chance.int(1, 3), 3000)
  const isSpilled = [...device.local.keys()].some((it) => it.startsWith('shelfcount:spill'))
  for (const window of world.windows[device.index] ?? []) window.die()
  device.disk.isAway = false
  await world.pause(1000)
  await stage.counter()
  return isSpilled
}
