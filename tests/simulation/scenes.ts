// The end of a working day, when the faults are over: what people and machines do to each other so rarely that random
// actions hardly ever show it, played whole, with times, amounts and limits that the seed draws.
import { checkReadBack, checkReplica } from './checks'
import { drawNightScenes, NIGHT_SCENES } from './night-scenes'
import type { NightSceneKind } from './night-scenes'
import { LATER_SCENES } from './later-scenes'
import type { LaterSceneKind } from './later-scenes'
import { approveSession } from './make-server'
import { freshLine } from './network'
import { chanceOf } from './random'
import { MENDED_SCENES } from './mended-scenes'
import type { MendedSceneKind } from './mended-scenes'
import { counting } from './scene-steps'
import type { SimWorld } from './sim-world'
import { Stage } from './stage'
import type { Scene } from './stage'
import { RICE, TEA } from './things'
import { drawUnattendedScenes, UNATTENDED_SCENES } from './unattended-scenes'
import type { UnattendedSceneKind } from './unattended-scenes'

export type SceneKind =
  | NightSceneKind
  | UnattendedSceneKind
  | LaterSceneKind
  | MendedSceneKind
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
  /** The page has lost the storage for good: it loads itself anew, and nobody has to do anything. */
  | 'lost-connection'
  /** Nothing that the device sends is ever answered, and nobody notices: the scans go on as if nothing were. */
  | 'silent-line'

const EXTENDED_SCENES: readonly SceneKind[] = ['comes-back', 'crossed-submit', 'too-late', 'battery', 'hasty-submit', 'second-thoughts', 'restored', 'stale-disk']
export const SCENE_KINDS = [...EXTENDED_SCENES, 'late-copy', 'dead-storage', 'lost-connection', 'silent-line', ...Object.keys(NIGHT_SCENES), ...Object.keys(UNATTENDED_SCENES), ...Object.keys(LATER_SCENES), ...Object.keys(MENDED_SCENES)] as readonly SceneKind[]
const SCENES_EACH = 2
/** Came later: drawn apart, so that seeds that are written down stay what they are. */
const DEAD_STORAGE_RATE = 0.15
const LOST_CONNECTION_RATE = 0.15
const SILENT_LINE_RATE = 0.1
/** On a calm disk a scan takes a few hundredths of a second; whoever waits for the line waits for its time-out. */
const SCANNED_MS = 500
/** The alarm is heard, the page is loaded, what waited is saved. */
const RECOVERED_MS = 8000

export function drawScenes(seed: number, profile: 'extended' | 'hotwax'): readonly SceneKind[] {
  const later: readonly SceneKind[] = [...(chanceOf(seed, 'later scenes').is(DEAD_STORAGE_RATE) ? ['dead-storage' as const] : []), ...drawNightScenes(seed, profile)]
  const last: readonly SceneKind[] = [...(chanceOf(seed, 'lost connection').is(LOST_CONNECTION_RATE) ? ['lost-connection' as const] : []), ...drawUnattendedScenes(seed, profile), ...(chanceOf(seed, 'silent line').is(SILENT_LINE_RATE) ? ['silent-line' as const] : [])]
  if (profile === 'hotwax') return ['late-copy', ...later, ...last]
  const chance = chanceOf(seed, 'scenes')
  const left = [...EXTENDED_SCENES]
  const drawn = Array.from({ length: SCENES_EACH }, () => left.splice(chance.int(0, left.length - 1), 1)).flat()
  return [...drawn, ...later, ...last]
}

/** Plays them one after the other, each in a session of its own. */
export async function playScenes(world: SimWorld, seed: number, kinds: readonly SceneKind[]): Promise<void> {
  for (const [index, kind] of kinds.entries()) {
    if (world.violation !== null) return
    world.note(`scene ${kind}`)
    const stage = new Stage(world, chanceOf(seed, 'scene', index), `E${index + 1}`)
    if (await SCENES[kind](stage)) world.marks.note(`scene:${kind}`)
    // One that broke off may have left somebody without a network, and nobody else would give it back (seeds 4793, 4969).
    for (const { line } of world.devices) Object.assign(line, freshLine())
  }
}

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
  'lost-connection': lostConnection,
  'silent-line': silentLine,
  ...NIGHT_SCENES,
  ...UNATTENDED_SCENES,
  ...LATER_SCENES,
  ...MENDED_SCENES,
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
  await world.atRest.proveHolders(sessionId)
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
  world.disasters.restoreServer(backup)
  line.isOffline = false
  line.messagesLeft = chance.int(1, 7)
  stage.act(counter, { kind: 'sync', why: 'foreground' })
  await world.pause(30_000)
  line.messagesLeft = null
  line.isOffline = false
  await world.atRest.converge('a restored server')
  return true
}

async function staleDisk(stage: Stage): Promise<boolean> {
  const { world, chance } = stage
  const sessionId = stage.addSession()
  const counter = await stage.counter()
  if (counter === null || !(await stage.opens(counter, sessionId))) return false
  await stage.scans(counter, chance.int(3, 6), 1200, [TEA, RICE])
  await stage.sent(counter)
  world.disasters.powerCut(counter.device.index, chance.int(3, 20))
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

async function lostConnection(stage: Stage): Promise<boolean> {
  const { world, chance } = stage
  const sessionId = stage.addSession()
  // Whoever has opened the app has all its reloads (seed 246 had had them shortly before).
  world.windows[0]?.[0]?.die()
  const counter = await stage.counter()
  if (counter === null || !(await stage.opens(counter, sessionId))) return false
  await stage.scans(counter, 1, 1000)
  const { device, window } = counter
  const { pageLife } = window
  device.cutOff(pageLife)
  await stage.scans(counter, chance.int(1, 3), 200)
  const spilled = (): number => [...device.local.keys()].filter((it) => it.startsWith('shelfcount:spill')).length
  if (!(await world.until(() => spilled() > 0, RECOVERED_MS))) return false
  const isBack = await world.until(() => window.pageLife !== pageLife && window.page !== null && spilled() === 0, RECOVERED_MS)
  if (!isBack) world.violated('SM80', `${window.name} has lost its storage, and ${spilled()} scans still wait for somebody to load it anew`)
  return isBack
}

/** I8, sharply: an acknowledgement that waits for anything from the line comes after its time-out, or never. */
async function silentLine(stage: Stage): Promise<boolean> {
  const { world, chance } = stage
  const begun = await counting(stage, 1)
  if (begun === null) return false
  const { counter } = begun
  world.foretell = (_, from) => (from === counter.device.name ? { isAnswerLost: true, isNoticed: false, injected: null, copyMs: null } : null)
  stage.act(counter, { kind: 'sync', why: 'manual' })
  for (let nth = chance.int(4, 10); nth > 0 && world.violation === null; nth--) {
    const scans = world.oracle.scans
    await stage.scans(counter, 1, 0)
    if (!(await world.until(() => world.oracle.scans > scans, SCANNED_MS)) && world.violation === null)
      world.violated('I8', `${counter.window.name} scans, and hears nothing for ${SCANNED_MS} ms, as the server does not answer`)
    await world.pause(chance.pick([20, 300, 3000, 20_000]))
  }
  world.foretell = null
  return true
}
