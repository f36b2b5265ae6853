// Scenes of what only one seed in thousands has found, and what was mended since: each shows its fault again as soon as
// somebody brings it back. Played by one day in four, behind all others, so that what is written down stays as it is.
import type { SessionId } from '../../src/domain/ids'
import { checkReplica, checkSum } from './checks'
import { chanceOf } from './random'
import { counting, HEARD_MS, onNext, pulls, secondWindow } from './scene-steps'
import type { Actor, Scene, Stage } from './stage'
import { RICE, SOAP, TEA, UNKNOWN } from './things'

export type MendedSceneKind =
  /** The storage does not answer the one write that a sign-in ends with (seed 6538). */
  | 'unanswered-sign-in'
  /** The storage does not answer one look of a watchdog, and a submit is left behind later (seed 1085). */
  | 'unanswered-look'
  /** Two openings of a session overlap in one window, and the first one breaks (seed 8964). */
  | 'broken-beside'
  /** A row that the server knew before its scans came by file is removed there, and another file comes (seed 2081). */
  | 'removed-behind-a-file'
  /** A row is removed while the pages of its session are read: another one falls between two pages (seed 153). */
  | 'removed-between-pages'

const EXTENDED: readonly MendedSceneKind[] = ['unanswered-sign-in', 'unanswered-look', 'broken-beside', 'removed-behind-a-file', 'removed-between-pages']
const BASE: readonly MendedSceneKind[] = ['unanswered-sign-in', 'unanswered-look', 'broken-beside']
const RATE = 0.3
/** Someone who is told that it did not work types once more within this. */
const TYPED_AGAIN_MS = 45_000

/** Each drawn apart. */
export function drawMendedScenes(seed: number, profile: 'extended' | 'hotwax'): readonly MendedSceneKind[] {
  return (profile === 'hotwax' ? BASE : EXTENDED).filter((kind) => chanceOf(seed, `mended ${kind}`).is(RATE))
}

export const MENDED_SCENES: Readonly<Record<MendedSceneKind, Scene>> = {
  'unanswered-sign-in': unansweredSignIn,
  'unanswered-look': unansweredLook,
  'broken-beside': brokenBeside,
  'removed-behind-a-file': removedBehindAFile,
  'removed-between-pages': removedBetweenPages,
}

/** The next transaction of one worker that is meant is never answered. @returns whether that has happened */
function swallowOnce({ device, window }: Pick<Actor, 'device' | 'window'>, isMeant: (mode: 'r' | 'rw', tables: readonly string[]) => boolean): () => boolean {
  let hasHappened = false
  device.disk.swallows = (life, mode, tables) => {
    if (hasHappened || life !== window.workerLife || !isMeant(mode, tables)) return false
    hasHappened = true
    device.disk.swallows = null
    return true
  }
  return () => hasHappened
}

async function unansweredSignIn(stage: Stage): Promise<boolean> {
  const { world, chance } = stage
  const begun = await counting(stage, chance.int(0, 2))
  if (begun === null) return false
  const { counter } = begun
  const { window, device, user } = counter
  let isSwallowed = (): boolean => false
  let isOver = false
  await onNext(
    stage,
    counter,
    ({ path }) => path.endsWith('user/profile'),
    () => {
      // The profile is asked for between the two writes of a sign-in.
      isSwallowed = swallowOnce(counter, (mode, tables) => mode === 'rw' && tables.join() === 'meta')
      return null
    },
    async () => {
      void world.people.signIn(window, user).then(
        () => (isOver = true),
        () => (isOver = true),
      )
    },
  )
  await world.until(isSwallowed, HEARD_MS)
  if (!isSwallowed()) {
    device.disk.swallows = null
    return false
  }
  await world.until(() => isOver, world.swarm.limits.storageTimeoutMs + HEARD_MS)
  if (!isOver) world.violated('WK61', `${user} has typed the password in ${window.name}, and hears nothing: the storage did not answer once`)
  await world.pause(chance.int(1000, TYPED_AGAIN_MS))
  let isIn = false
  await world.waitFor(world.people.signIn(window, user).then((it) => (isIn = it)))
  if (!isIn && world.violation === null) world.violated('WK61', `${user} types the password in ${window.name} once more, and is not let in`)
  return isIn
}

async function unansweredLook(stage: Stage): Promise<boolean> {
  const { world, chance } = stage
  const begun = await counting(stage, chance.int(1, 3))
  const other = begun === null ? null : await secondWindow(stage, begun.counter)
  if (begun === null || other === null) return false
  const { counter, sessionId } = begun
  const { stallMs, inFlightGraceMs } = world.swarm.limits
  // Both have done what they had to do: what reads the rows to be sent is a watchdog, or a run that waited for its turn.
  await world.pause(HEARD_MS)
  const isSwallowed = swallowOnce({ device: counter.device, window: other }, (mode, tables) => mode === 'r' && tables[0] === 'outbox')
  await world.until(isSwallowed, stallMs)
  counter.device.disk.swallows = null
  if (!isSwallowed()) return false
  const { line } = counter.device
  line.extraMs = 2000
  stage.act(counter, { kind: 'submit' })
  const isQueued = await world.until(() => counter.device.database(counter.name).row('sessions', sessionId)?.submitQueuedAt != null, HEARD_MS)
  // It is on the disk then, and no request of it is on its way.
  await world.pause(100)
  counter.window.die()
  line.extraMs = 0
  const isLeft = isQueued && world.server.statusOf(sessionId) !== 'submitted'
  // The look that is late, the one that follows it, and what a run may take. Where it was a run that read, it counts as
  // stalled with the first look behind the stall time (seed 1253).
  const isThrough = await world.until(() => world.server.statusOf(sessionId) === 'submitted', 1.5 * stallMs + 2 * inFlightGraceMs)
  if (isLeft && !isThrough) world.violated('I13', `${counter.window.name} was closed with its submit of ${sessionId} in the queue; the watchdog of ${other.name}, which the storage did not answer once, looks no more`)
  return isLeft && isThrough
}

async function brokenBeside(stage: Stage): Promise<boolean> {
  const { world } = stage
  const sessionId = stage.addSession()
  const counter = await stage.counter()
  const other = counter === null ? null : await secondWindow(stage, counter)
  if (counter === null || other === null) return false
  const { disk } = counter.device
  let isBroken = false
  let isOpen = false
  // The lock is granted by then; what comes is stored no more, until the opening has broken.
  const second = async (): Promise<void> => void (isOpen = await world.people.open(counter.window, sessionId, false))
  await onNext(
    stage,
    counter,
    pulls(sessionId),
    () => {
      disk.isFull = true
      void second().catch((error: unknown) => world.note(`the second opening broke: ${String(error)}`))
      return null
    },
    async () => {
      void world.people.open(counter.window, sessionId, false).then(
        () => undefined,
        () => (isBroken = true),
      )
    },
  )
  await world.until(() => isBroken, HEARD_MS)
  disk.isFull = false
  await world.until(() => isOpen, HEARD_MS)
  if (!isBroken || !isOpen || counter.window.lock !== 'held') return false
  if (await stage.opens({ ...counter, window: other }, sessionId)) world.violated('I7', `${other.name} counts in ${sessionId} beside ${counter.window.name}, one of whose openings broke`)
  return true
}

async function removedBehindAFile(stage: Stage): Promise<boolean> {
  const { world, chance } = stage
  const begun = await counting(stage, 0)
  const other = begun === null ? null : await stage.supervisor()
  if (begun === null || other === null) return false
  const { counter, sessionId } = begun
  const { line } = counter.device
  line.isOffline = true
  await stage.scans(counter, chance.int(1, 3), 300, [TEA])
  world.people.act({ kind: 'save-scans', device: counter.device.index, tab: counter.window.index })
  await world.pause(2000)
  line.isOffline = false
  stage.act(counter, { kind: 'sync', why: 'online' })
  await stage.sent(counter)
  line.isOffline = true
  const takes = async (): Promise<void> => {
    world.people.act({ kind: 'take-scans', device: other.device.index, tab: other.window.index, nth: 0 })
    await world.pause(3000)
  }
  const row = world.server.rowsOf(sessionId).find((it) => it.uuid !== null && it.logId !== null && !it.isDeleted)
  if (row?.uuid == null || !(await stage.opens(other, sessionId, true))) return false
  await takes()
  await stage.sent(other)
  if (world.server.removeRows('sam', sessionId, [row.uuid]) !== null || !(await stage.opens(other, sessionId))) return false
  await stage.scans(counter, chance.int(1, 2), 300, [TEA])
  world.people.act({ kind: 'save-scans', device: counter.device.index, tab: counter.window.index })
  await world.pause(2000)
  await takes()
  const isSent = await stage.sent(other)
  if (isSent) checkSum(world.checks(), sessionId)
  line.isOffline = false
  stage.act(counter, { kind: 'sync', why: 'online' })
  await stage.sent(counter)
  checkSum(world.checks(), sessionId)
  return isSent
}

async function removedBetweenPages(stage: Stage): Promise<boolean> {
  const { world } = stage
  const begun = await counting(stage, 0)
  const other = begun === null ? null : await stage.supervisor()
  if (begun === null || other === null) return false
  const { counter, sessionId } = begun
  const { pullPage } = world.swarm.limits
  for (const value of [TEA, RICE, SOAP, UNKNOWN]) await stage.scans(counter, 1, 500, [value])
  await stage.sent(counter)
  // What it had of them before is what a pull may take away.
  if (!(await stage.opens(other, sessionId, true))) return false
  const uuid = removable(stage, sessionId)
  if (uuid === null) return false
  let pages = 0
  const hasGone = await onNext(
    stage,
    other,
    (request) => pulls(sessionId)(request) && (pages += 1) * pullPage > uuid.place + pullPage,
    () => {
      world.server.removeRows('sam', sessionId, [uuid.is])
      return null
    },
    () => stage.opens(other, sessionId),
  )
  if (hasGone && world.violation === null) checkReplica(world.checks(), other.device, other.name, sessionId)
  return hasGone
}

/** A row that another one follows on a later page. */
function removable({ world }: Stage, sessionId: SessionId): { readonly is: string; readonly place: number } | null {
  const rows = world.server.rowsOf(sessionId).filter((it) => !it.isDeleted)
  const { pullPage } = world.swarm.limits
  const place = rows.findIndex((it) => it.uuid !== null && it.logId !== null)
  const is = rows[place]?.uuid
  const isFollowed = rows.length > (Math.floor(place / pullPage) + 1) * pullPage
  return is == null || !isFollowed ? null : { is, place }
}
