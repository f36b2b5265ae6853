// Scenes of two things that go wrong at once, each of which once lost scans or let two windows count: so rare in the storm
// of random actions that a planted bug lives there for thousands of seeds. Drawn apart from the scenes that came before.
import { PROTOCOL } from '../../src/contract/envelope'
import { checkReadBack, checkReplica } from './checks'
import { injectedAnswer } from './http-answers'
import { chanceOf } from './random'
import { counting, HEARD_MS, locks, moves, onNext, pulls, pushes, secondWindow } from './scene-steps'
import type { Scene, Stage } from './stage'
import { TEA } from './things'

export type NightSceneKind =
  /** Base profile: a copy of a request that was answered arrives after newer scans. */
  | 'answered-copy'
  /** A disk goes back in time, and after it the server: it lacks what only it had. */
  | 'set-back-twice'
  /** The server is put back, and something hides the session just then. */
  | 'hidden-restore'
  /** A heartbeat is under way while another window of the device takes the session. */
  | 'slow-heartbeat'
  /** The storage is full or goes away between the granting of a lock and the end of the opening. */
  | 'broken-opening'
  /** A window that does not count hands in for the one that does, and is refused. */
  | 'borrowed-lock'
  /** A submit went through unheard, and the session is opened again. */
  | 'opened-again'
  /** The server is upgraded under an app of the old protocol, which goes on counting until it is loaded anew. */
  | 'upgraded'

const EXTENDED: readonly NightSceneKind[] = ['set-back-twice', 'hidden-restore', 'slow-heartbeat', 'broken-opening', 'borrowed-lock', 'opened-again']
/** Came after the others were drawn: their seeds are written down. */
const UPGRADE_RATE = 0.15
const NIGHT_RATE = 0.6
/** Base servers are one seed of five. */
const BASE_RATE = 0.8

export function drawNightScenes(seed: number, profile: 'extended' | 'hotwax'): readonly NightSceneKind[] {
  const chance = chanceOf(seed, 'night')
  if (profile === 'hotwax') return chance.is(BASE_RATE) ? ['answered-copy'] : []
  const drawn = chance.is(NIGHT_RATE) ? [chance.pick(EXTENDED)] : []
  return chanceOf(seed, 'upgrade').is(UPGRADE_RATE) ? [...drawn, 'upgraded'] : drawn
}

export const NIGHT_SCENES: Readonly<Record<NightSceneKind, Scene>> = {
  'answered-copy': answeredCopy,
  'set-back-twice': setBackTwice,
  'hidden-restore': hiddenRestore,
  'slow-heartbeat': slowHeartbeat,
  'broken-opening': brokenOpening,
  'borrowed-lock': borrowedLock,
  'opened-again': openedAgain,
  upgraded,
}

async function answeredCopy(stage: Stage): Promise<boolean> {
  const { world, chance } = stage
  const begun = await counting(stage, 1)
  if (begun === null) return false
  const { counter, sessionId } = begun
  const isCopied = await onNext(stage, counter, pushes(sessionId), () => ({ copyMs: chance.int(15_000, 45_000) }), async () => {
    await stage.scans(counter, 1, 4000, [TEA])
  })
  await stage.scans(counter, chance.int(1, 2), 4000, [TEA])
  await stage.sent(counter)
  // The copy has arrived by then, and the look at the quiet session has been.
  await world.pause(world.swarm.network.copyMaxMs + world.swarm.limits.inFlightGraceMs + 15_000)
  if (world.violation === null && counter.window.lock === 'held') checkReadBack(world.checks(), counter.device, counter.name, { sessionId, isAllCounted: false })
  return isCopied
}

async function setBackTwice(stage: Stage): Promise<boolean> {
  const { world, chance } = stage
  const begun = await counting(stage, chance.int(0, 1))
  if (begun === null) return false
  const { counter, sessionId } = begun
  const backup = world.server.snapshot()
  await stage.scans(counter, chance.int(3, 5), 1500, [TEA])
  await stage.sent(counter)
  world.disasters.powerCut(counter.device.index, chance.int(3, 12))
  await world.pause(30_000)
  const again = await stage.counter()
  // The pull brings the rows back whose scans the disk has lost.
  if (again === null || !(await stage.opens(again, sessionId))) return false
  await stage.sent(again)
  world.disasters.restoreServer(backup)
  await world.atRest.converge('a set-back disk and a restored server')
  return true
}

async function hiddenRestore(stage: Stage): Promise<boolean> {
  const { world, chance } = stage
  const begun = await counting(stage, 0)
  if (begun === null) return false
  const { counter, sessionId } = begun
  const backup = world.server.snapshot()
  await stage.scans(counter, chance.int(2, 4), 1200)
  await stage.sent(counter)
  world.disasters.restoreServer(backup)
  const isHidden = await onNext(stage, counter, pulls(sessionId), () => ({ injected: injectedAnswer(chance.pick(['403', '404'])) }), async () => {
    stage.act(counter, { kind: 'sync', why: 'foreground' })
  })
  await world.pause(5000)
  await world.atRest.converge('a session that was hidden')
  return isHidden
}

async function slowHeartbeat(stage: Stage): Promise<boolean> {
  const { world } = stage
  const begun = await counting(stage, 1)
  const other = begun === null ? null : await secondWindow(stage, begun.counter)
  if (begun === null || other === null) return false
  const { counter, sessionId } = begun
  const { line } = counter.device
  const isBeating = await onNext(stage, counter, locks(sessionId), () => null, async () => {
    line.extraMs = 5000
    await world.pause(stage.leaseMs / 2)
  })
  line.extraMs = 0
  const isTaken = await stage.opens({ ...counter, window: other }, sessionId, true)
  if (!isBeating || !isTaken) return false
  // Its answer is there by now.
  await world.pause(15_000)
  world.atRest.proveOneWindow(counter.device, sessionId)
  return true
}

async function brokenOpening(stage: Stage): Promise<boolean> {
  const { world, chance } = stage
  const sessionId = stage.addSession()
  const counter = await stage.counter()
  if (counter === null) return false
  const { device, window } = counter
  // Where nothing can be read any more nobody can say who they are: then the lease runs out by itself.
  const isFull = chance.is(0.5)
  let isOpen = false
  // The lock is granted by then.
  const isBroken = await onNext(stage, counter, pulls(sessionId), () => {
    Object.assign(device.disk, isFull ? { isFull: true } : { isAway: true })
    return null
  }, async () => {
    isOpen = await stage.opens(counter, sessionId)
  })
  Object.assign(device.disk, { isFull: false, isAway: false })
  if (!isBroken || isOpen) return false
  const isFree = (): boolean => !isFull || world.watch.holderOf(sessionId) === null
  await world.until(() => isFree() && window.lock === 'none', HEARD_MS)
  if (window.lock !== 'none') world.violated('WK45', `${window.name} shows ${window.lock} in ${sessionId}, and its opening broke`)
  else if (!isFree()) world.violated('WK45', `${sessionId} is still held, and its opening broke`)
  return stage.opens(counter, sessionId)
}

async function borrowedLock(stage: Stage): Promise<boolean> {
  const { world } = stage
  const begun = await counting(stage, 1)
  const other = begun === null ? null : await secondWindow(stage, begun.counter)
  if (begun === null || other === null) return false
  const { counter, sessionId } = begun
  if (!(await stage.opens({ ...counter, window: other }, sessionId, true))) return false
  await world.until(() => counter.window.lock === 'elsewhere', HEARD_MS)
  const isRefused = await onNext(stage, counter, moves(sessionId), () => ({ injected: injectedAnswer('400') }), async () => {
    stage.act(counter, { kind: 'submit' })
  })
  await world.pause(10_000)
  stage.act(counter, { kind: 'withdraw' })
  await world.pause(5000)
  world.atRest.proveOneWindow(counter.device, sessionId)
  return isRefused
}

async function openedAgain(stage: Stage): Promise<boolean> {
  const { world, chance } = stage
  const begun = await counting(stage, chance.int(1, 3))
  if (begun === null) return false
  const { counter, sessionId } = begun
  const { line } = counter.device
  await onNext(stage, counter, moves(sessionId), () => ({ isAnswerLost: true, isNoticed: true }), async () => {
    stage.act(counter, { kind: 'submit' })
    await stage.isSubmitted(sessionId)
    line.isOffline = true
  })
  await world.pause(chance.int(500, 5000))
  line.isOffline = false
  const isUnheard = counter.device.database(counter.name).row('sessions', sessionId)?.submitQueuedAt != null
  world.people.act({ kind: 'reopen', device: counter.device.index, tab: counter.window.index })
  await world.pause(10_000)
  const isReopened = world.server.statusOf(sessionId) === 'assigned'
  const row = counter.device.database(counter.name).row('sessions', sessionId)
  if (isReopened && row?.session.status === 'assigned' && row.submitQueuedAt !== null) world.violated('SB17', `${sessionId} was opened again, and its submit is still in the queue`)
  if (isReopened) await stage.scans(counter, 1, 500)
  stage.act(counter, { kind: 'sync', why: 'manual' })
  await world.pause(30_000)
  if (isReopened && world.server.statusOf(sessionId) === 'submitted') world.violated('SB17', `${sessionId} was submitted by itself after a person had opened it again`)
  if (isReopened && world.violation === null) checkReplica(world.checks(), counter.device, counter.name, sessionId)
  return isUnheard && isReopened
}

/** The newer server takes nothing from the old app; what was scanned into it stays, and is sent by the new one. */
async function upgraded(stage: Stage): Promise<boolean> {
  const { world, chance } = stage
  const before = await stage.counter()
  if (before === null) return false
  const { device } = before
  for (const window of world.windows[device.index] ?? []) window.die()
  device.protocol = PROTOCOL - 1
  const begun = await counting(stage, chance.int(1, 3))
  // A reload may have brought the new app by itself.
  if (begun === null || device.protocol === PROTOCOL) return false
  const { counter, sessionId } = begun
  world.server.restart()
  world.server.setProtocol(PROTOCOL, PROTOCOL)
  const scans = chance.int(1, 3)
  const events = (): number => device.database(counter.name).rows('scanEvents').filter((it) => it.sessionId === sessionId).length
  const had = events()
  await stage.scans(counter, scans, 1500)
  await world.pause(chance.int(5000, 40_000))
  if (events() < had + scans) world.violated('I18', `${counter.window.name} speaks an old protocol, and ${had + scans - events()} scans are not saved`)
  if (device.database(counter.name).rows('outbox').every((it) => it.sessionId !== sessionId)) world.violated('I18', `${counter.window.name} speaks a protocol that the server has given up, and nothing waits there`)
  device.protocol = PROTOCOL
  for (const window of world.windows[device.index] ?? []) window.die()
  world.marks.note('upgraded:server')
  const again = await stage.counter()
  const isSent = again !== null && (await stage.opens(again, sessionId)) && (await stage.sent(again))
  world.server.setProtocol(PROTOCOL - 1, PROTOCOL)
  return isSent
}
