// Scenes in which nobody touches anything any more, and what was begun must come to its end all the same (I13, I7).
import type { CountRecord } from '../../src/domain/count-record'
import { injectedAnswer } from './http-answers'
import { chanceOf } from './random'
import { counting, HEARD_MS, locks, onNext, pushes, secondWindow } from './scene-steps'
import type { Actor, Scene, Stage } from './stage'
import { POISON, RICE, SOAP, TEA } from './things'

export type UnattendedSceneKind =
  /** A window is closed with its submit in the queue; the one beside it has nothing else to do. */
  | 'left-queued'
  /** The server fails once under a push. */
  | 'failed-once'
  /** The storage is full when a heartbeat hears that somebody else has the session. */
  | 'unstored-loss'
  /** The server falls over one row, for good: the other rows and the other session go out all the same. */
  | 'poisoned-row'

const RATES: Readonly<Record<UnattendedSceneKind, number>> = { 'left-queued': 0.15, 'failed-once': 0.1, 'unstored-loss': 0.1, 'poisoned-row': 0.1 }
/** The first pause after a failure is a second; this is less than half of any stall time. */
const SENT_AGAIN_MS = 25_000
/** Beside a session in trouble: a run or two, and on a base server the copies that may be under way. */
const BESIDE_MS = 90_000
/** Beside a row in trouble: five tries with growing waits, and the search for it. */
const FOUND_MS = 5 * 60_000
const BESIDE_TURNS = 6

/** Each drawn apart. */
export function drawUnattendedScenes(seed: number, profile: 'extended' | 'hotwax'): readonly UnattendedSceneKind[] {
  const kinds: readonly UnattendedSceneKind[] = profile === 'hotwax' ? ['left-queued', 'poisoned-row'] : ['left-queued', 'failed-once', 'unstored-loss', 'poisoned-row']
  return kinds.filter((kind) => chanceOf(seed, `unattended ${kind}`).is(RATES[kind]))
}

export const UNATTENDED_SCENES: Readonly<Record<UnattendedSceneKind, Scene>> = {
  'left-queued': leftQueued,
  'failed-once': failedOnce,
  'unstored-loss': unstoredLoss,
  'poisoned-row': poisonedRow,
}

async function leftQueued(stage: Stage): Promise<boolean> {
  const { world, chance } = stage
  const begun = await counting(stage, chance.int(1, 3))
  if (begun === null || (await secondWindow(stage, begun.counter)) === null) return false
  const { counter, sessionId } = begun
  // Both have done what they had to do: nothing that is under way finds the submit by chance.
  await world.pause(HEARD_MS)
  const { line } = counter.device
  line.extraMs = 2000
  stage.act(counter, { kind: 'submit' })
  const isQueued = await world.until(() => counter.device.database(counter.name).row('sessions', sessionId)?.submitQueuedAt != null, HEARD_MS)
  // It is on the disk then, and no request of it is on its way.
  await world.pause(100)
  counter.window.die()
  line.extraMs = 0
  const isLeft = isQueued && world.server.statusOf(sessionId) !== 'submitted'
  // Half the stall time, and what a run may take; the lease of a base server, and the wait for requests under way, lie within.
  const isThrough = await world.until(() => world.server.statusOf(sessionId) === 'submitted', world.swarm.limits.stallMs / 2 + 2 * world.swarm.limits.inFlightGraceMs)
  if (isLeft && !isThrough) world.violated('I13', `${counter.window.name} was closed with its submit of ${sessionId} in the queue, and the window beside it does not carry it out`)
  return isLeft && isThrough
}

async function failedOnce(stage: Stage): Promise<boolean> {
  const { world, chance } = stage
  const begun = await counting(stage, 1)
  if (begun === null) return false
  const { counter, sessionId } = begun
  const isFailed = await onNext(stage, counter, pushes(sessionId), () => ({ injected: injectedAnswer(chance.pick(['500', '502', '504'])) }), () =>
    stage.scans(counter, chance.int(1, 3), 10),
  )
  const isSent = await world.until(() => stage.isSent(counter), SENT_AGAIN_MS)
  if (isFailed && !isSent) world.violated('I13', `${counter.window.name} met one failure of the server, and does not send again by itself`)
  return isFailed && isSent
}

async function unstoredLoss(stage: Stage): Promise<boolean> {
  const { world, chance } = stage
  const begun = await counting(stage, chance.int(1, 3))
  const other = begun === null ? null : await stage.supervisor()
  // A copied profile is the same device to the server: it takes nothing from it (seed 746).
  if (begun === null || other === null || deviceIdOf(begun.counter) === deviceIdOf(other)) return false
  const { counter, sessionId } = begun
  const { disk } = counter.device
  if (!(await stage.opens(other, sessionId, true))) return false
  // It asks whose the session is: from here on nothing is stored.
  const hasAsked = await onNext(stage, counter, locks(sessionId), () => {
    disk.isFull = true
    return null
  }, () => world.pause(1), stage.leaseMs)
  await world.pause(chance.int(1000, 10_000))
  const isTold = counter.window.lock === 'lost'
  disk.isFull = false
  if (!hasAsked) return false
  if (!isTold) world.violated('I7', `${counter.window.name} has heard that ${sessionId} is another's, and shows ${counter.window.lock}`)
  const isStored = await world.until(() => counter.device.database(counter.name).row('sessions', sessionId)?.lock.state === 'lost', stage.leaseMs)
  if (!isStored) world.violated('I7', `${counter.window.name} has not stored within a lease that ${sessionId} is another's`)
  return isTold && isStored
}

/** I14: whether the row is alone in its session, or among others that are to be found. */
async function poisonedRow(stage: Stage): Promise<boolean> {
  const { world, chance } = stage
  const [poisoned, beside] = [stage.addSession('a'), stage.addSession('b')]
  const counter = await stage.counter()
  if (counter === null || !(await stage.opens(counter, poisoned))) return false
  const { device, name, window } = counter
  world.foretell = ({ method, body }, from) => (from === device.name && method === 'PUT' && body?.includes(POISON) === true ? { injected: injectedAnswer('500'), copyMs: null } : null)
  await stage.scans(counter, 1, 300, [POISON])
  await stage.scans(counter, chance.int(0, 4), 300, [TEA, RICE, SOAP])
  const isOpen = await stage.opens(counter, beside)
  if (isOpen) await stage.scans(counter, chance.int(1, 3), 300, [TEA, RICE])
  const waiting = (isMeant: (row: CountRecord) => boolean): number =>
    device.database(name).rows('outbox').filter(({ uuid }) => [device.database(name).row('inventoryCountRecords', uuid)].some((row) => row !== undefined && isMeant(row))).length
  const inBeside = (): number => waiting((row) => row.sessionId === beside)
  const inSession = (): number => waiting((row) => row.sessionId === poisoned && !row.itemKey.includes(POISON))
  if (isOpen && !(await world.until(() => inBeside() === 0, BESIDE_MS))) world.violated('I14', `${window.name}: ${inBeside()} rows of ${beside} wait for a row of ${poisoned} that the server falls over`)
  if (!(await world.until(() => inSession() === 0, FOUND_MS))) world.violated('I14', `${window.name}: ${inSession()} rows of ${poisoned} wait for another one that the server falls over`)
  // Alone it may be the server: the row is to blame once something of another session goes through beside it (PU35).
  // Each window's worker makes up its own mind.
  let isInSight = false
  for (let turn = 0; turn < BESIDE_TURNS && !isInSight && world.violation === null; turn++) {
    await world.pause(FOUND_MS)
    device.line.isOffline = true
    if (isOpen) await stage.scans(counter, 1, 3000, [TEA])
    device.line.isOffline = false
    stage.act(counter, { kind: 'sync', why: 'online' })
    isInSight = await world.until(() => waiting((row) => row.itemKey.includes(POISON)) === 0, BESIDE_MS)
  }
  if (!isInSight) world.violated('I14', `${window.name}: the row that the server falls over is sent for ever, and shown as refused by nobody`)
  world.foretell = null
  return isOpen && isInSight
}

function deviceIdOf({ device, name }: Actor): string | null {
  const own = device.database(name).row('meta', 'device')
  return own?.k === 'device' ? own.deviceId : null
}
