// Scenes of what one seed in four plays beside the rest: a list that changes while it is counted, a row that is removed,
// scans that travel as a file, a rebuild under a push, a lease that is renewed across a jump of the clock.
import { REMOVED_ON_SERVER } from '../../src/ports/scans-schema'
import type { SessionId } from '../../src/domain/ids'
import { checkReplica, checkSum } from './checks'
import { createDesk } from './desk'
import { chanceOf } from './random'
import { counting, HEARD_MS, locks, onNext, pushes } from './scene-steps'
import type { Actor, Scene, Stage } from './stage'
import { RICE, SOAP, TEA } from './things'

export type LaterSceneKind =
  /** A product is put on the list of an open session, and taken off it while its scans are on their way. */
  | 'changed-list'
  /** A supervisor removes a row that somebody has counted. */
  | 'removed-row'
  /** Scans that cannot be sent go as a file to another device; both send in the end. */
  | 'handed-over'
  /** A session is rebuilt while its rows are on their way. */
  | 'rebuild-under-push'
  /** The clock of a device jumps between two heartbeats. */
  | 'jumped-lease'

const EXTENDED: readonly LaterSceneKind[] = ['changed-list', 'removed-row', 'handed-over', 'rebuild-under-push', 'jumped-lease']
const BASE: readonly LaterSceneKind[] = ['handed-over', 'rebuild-under-push', 'jumped-lease']
const RATE = 0.3
const DAY_MS = 86_400_000

/** Each drawn apart. */
export function drawLaterScenes(seed: number, profile: 'extended' | 'hotwax'): readonly LaterSceneKind[] {
  return (profile === 'hotwax' ? BASE : EXTENDED).filter((kind) => chanceOf(seed, `later ${kind}`).is(RATE))
}

export const LATER_SCENES: Readonly<Record<LaterSceneKind, Scene>> = {
  'changed-list': changedList,
  'removed-row': removedRow,
  'handed-over': handedOver,
  'rebuild-under-push': rebuildUnderPush,
  'jumped-lease': jumpedLease,
}

async function changedList(stage: Stage): Promise<boolean> {
  const { world, chance } = stage
  const begun = await counting(stage, 1)
  if (begun === null) return false
  const { counter, sessionId } = begun
  const desk = createDesk(world.server, world.marks)
  const asks = (): boolean =>
    counter.device.database(counter.name).rows('inventoryCountRecords').some((it) => it.sessionId === sessionId && it.productId === 'SOAP' && it.isRequested === true)
  for (const productId of ['SOAP', 'JAM']) desk.changeList({ sessionId, productId, isAsked: true })
  const isHeard = await world.until(asks, stage.leaseMs + HEARD_MS)
  if (!isHeard && counter.window.lock === 'held') world.violated('SM97', `${counter.window.name} counts in ${sessionId}, and has not heard within a lease that SOAP is asked for`)
  const { line } = counter.device
  line.isOffline = true
  await stage.scans(counter, chance.int(1, 3), 300, [SOAP])
  for (const productId of ['SOAP', 'JAM']) desk.changeList({ sessionId, productId, isAsked: false })
  await stage.scans(counter, chance.int(0, 2), 300, [SOAP, TEA])
  line.isOffline = false
  stage.act(counter, { kind: 'sync', why: 'online' })
  if (!isHeard || !(await stage.sent(counter)) || !(await stage.opens(counter, sessionId))) return false
  await stage.sent(counter)
  checkReplica(world.checks(), counter.device, counter.name, sessionId)
  checkSum(world.checks(), sessionId)
  return true
}

/** Another scan of it brings the whole row back; without one it is in sight once the session is handed in. */
async function removedRow(stage: Stage): Promise<boolean> {
  const { world, chance } = stage
  const begun = await counting(stage, 0)
  if (begun === null) return false
  const { counter, sessionId } = begun
  await stage.scans(counter, chance.int(1, 3), 500, [TEA])
  await stage.sent(counter)
  const row = world.server.rowsOf(sessionId).find((it) => it.uuid !== null && it.logId !== null && !it.isDeleted)
  if (row?.uuid == null || world.server.removeRows('sam', sessionId, [row.uuid]) !== null) return false
  const { uuid } = row
  const there = () => world.server.rowsOf(sessionId).find((it) => it.uuid === uuid)
  if (chance.is(0.5)) {
    await stage.scans(counter, chance.int(1, 2), 500, [TEA])
    await stage.sent(counter)
    world.marks.note('removed-row:revived')
    checkSum(world.checks(), sessionId)
    return there()?.isDeleted === false
  }
  stage.act(counter, { kind: 'submit' })
  if (!(await stage.isSubmitted(sessionId))) return false
  const told = (): boolean => counter.device.database(counter.name).rows('quarantine').some((it) => it.uuid === uuid && it.kind === 'held' && it.code === REMOVED_ON_SERVER)
  if (!told()) world.violated('SM97', `${counter.window.name} has handed ${sessionId} in, whose row ${uuid} somebody removed, and tells nobody`)
  world.marks.note('removed-row:told')
  return true
}

async function handedOver(stage: Stage): Promise<boolean> {
  const { world, chance } = stage
  const begun = await counting(stage, chance.int(0, 2))
  const other = begun === null ? null : await stage.supervisor()
  if (begun === null || other === null) return false
  const { counter, sessionId } = begun
  const { line } = counter.device
  line.isOffline = true
  await stage.scans(counter, chance.int(1, 4), 300)
  acts(stage, counter, { kind: 'save-scans' })
  await world.pause(1000)
  // Half of them go on, and save once more.
  const isLonger = chance.is(0.5)
  await stage.scans(counter, isLonger ? chance.int(1, 3) : 0, 300)
  const taken = world.marks.counts.get('file-taken') ?? 0
  acts(stage, other, { kind: 'take-scans', nth: 0 })
  await world.pause(2000)
  if (isLonger) {
    acts(stage, counter, { kind: 'save-scans' })
    await world.pause(1000)
    for (const nth of [0, 1, 0]) acts(stage, other, { kind: 'take-scans', nth })
  }
  // Whoever is first: the device itself, the one that took them over, or both at the same time.
  const order = chance.int(0, 2)
  if (order > 0) line.isOffline = false
  if (order !== 1 && (await stage.opens(other, sessionId, true))) await stage.sent(other)
  line.isOffline = false
  stage.act(counter, { kind: 'sync', why: 'online' })
  await stage.sent(counter)
  if (world.swarm.profile === 'extended') checkSum(world.checks(), sessionId)
  return (world.marks.counts.get('file-taken') ?? 0) > taken
}

function acts({ world }: Stage, { device, window }: Actor, action: { readonly kind: 'save-scans' } | { readonly kind: 'take-scans'; readonly nth: number } | { readonly kind: 'rebuild' }): void {
  world.people.act({ ...action, device: device.index, tab: window.index })
}

async function rebuildUnderPush(stage: Stage): Promise<boolean> {
  const { world, chance } = stage
  const begun = await counting(stage, chance.int(0, 2))
  if (begun === null) return false
  const { counter, sessionId } = begun
  const { line } = counter.device
  line.extraMs = 3000
  const compared = world.marks.counts.get('rebuild-during-push') ?? 0
  const isSent = await onNext(stage, counter, pushes(sessionId), () => null, () => stage.scans(counter, chance.int(1, 3), 100, [TEA, RICE]))
  await world.pause(chance.int(0, 1500))
  acts(stage, counter, { kind: 'rebuild' })
  await world.pause(2000)
  await stage.scans(counter, chance.int(0, 2), 100, [TEA])
  line.extraMs = 0
  await stage.sent(counter)
  if (world.swarm.profile === 'extended') checkSum(world.checks(), sessionId)
  return isSent && (world.marks.counts.get('rebuild-during-push') ?? 0) > compared
}

/** Wall clocks that are set change nothing of a lease, which both sides measure by themselves. */
async function jumpedLease(stage: Stage): Promise<boolean> {
  const { world, chance } = stage
  const begun = await counting(stage, 1)
  if (begun === null) return false
  const { counter, sessionId } = begun
  const renewed = world.marks.counts.get('lease-renewed-across-a-jump') ?? 0
  counter.device.skewMs += chance.pick([-1, 1]) * chance.pick([7000, 3_600_000, 400 * DAY_MS])
  const isBeating = await onNext(stage, counter, locks(sessionId), () => null, () => world.pause(1), stage.leaseMs)
  await world.until(() => (world.marks.counts.get('lease-renewed-across-a-jump') ?? 0) > renewed, HEARD_MS)
  await stage.scans(counter, chance.int(1, 3), 300, [TEA])
  if (counter.window.lock !== 'held' && isHolder(stage, sessionId, counter)) world.violated('I19', `${counter.window.name} shows ${counter.window.lock} in ${sessionId}, which it holds, since its clock was set`)
  await stage.sent(counter)
  return isBeating && (world.marks.counts.get('lease-renewed-across-a-jump') ?? 0) > renewed
}

function isHolder({ world }: Stage, sessionId: SessionId, { user }: Actor): boolean {
  return world.watch.holderOf(sessionId)?.userId === user
}
