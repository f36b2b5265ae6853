// A random story of one count, from a seed: what people, devices and supervisors ask a server, also nonsense and repetitions.
import {
  asId,
  type CycleCountId,
  type DeviceId,
  type EventId,
  type FacilityId,
  type ItemKey,
  type LineKey,
  type LogId,
  type ProductId,
  type RowUuid,
  type SessionId,
  type UserName,
} from '../../../src/domain/ids'
import type { Micro } from '../../../src/domain/quantity'
import { SESSION_STATUSES } from '../../../src/domain/session'
import type { PutItemsRequest } from '../../../src/ports/server'
import type { StoredScanEvent } from '../../../src/domain/scan-event'
import { COUNTS } from '../../../src/contract/envelope'
import type { PortCall, Who } from './parity-worlds'

/** Names of sessions are places in the list of those that exist; leases are the door's own. */
export type Step =
  | { readonly kind: 'call'; readonly who: Who; readonly name: PortCall; readonly args: readonly unknown[] }
  | { readonly kind: 'extend' | 'release'; readonly who: Who; readonly sessionId: SessionId; readonly unsentScans: number }
  | { readonly kind: 'raw'; readonly user: Who['user']; readonly method: 'PUT' | 'POST' | 'DELETE'; readonly path: string; readonly body: unknown }
  | { readonly kind: 'wait'; readonly ms: number }

export interface Dice {
  readonly int: (low: number, high: number) => number
  readonly pick: <T>(from: readonly [T, ...T[]]) => T
  readonly is: (probability: number) => boolean
}

/** mulberry32 */
export function diceOf(seed: number): Dice {
  let state = Math.imul(seed, 0x9e3779b1) | 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const int = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1))
  return { int, is: (probability) => next() < probability, pick: (from) => from[int(0, from.length - 1)] ?? from[0] }
}

const PEOPLE: readonly [Who, ...Who[]] = [
  { user: 'ana', device: 'ipad-1' },
  { user: 'ana', device: 'ipad-2' },
  { user: 'ben', device: 'ipad-1' },
  { user: 'ben', device: 'ipad-3' },
  { user: 'sam', device: 'desk' },
  { user: 'zoe', device: 'ipad-4' },
  { user: 'max', device: 'ipad-5' },
]

/** Mostly those who may. */
const whoOf = (dice: Dice): Who => (dice.is(0.08) ? dice.pick(PEOPLE) : PEOPLE[dice.int(0, 4)] ?? PEOPLE[0])

export interface Known {
  readonly countId: CycleCountId
  readonly sessions: readonly [SessionId, ...SessionId[]]
}

export function nextStep(dice: Dice, known: Known): Step {
  const who = whoOf(dice)
  const sessionId = dice.is(0.03) ? asId<SessionId>('nowhere') : dice.pick(known.sessions)
  const call = (name: PortCall, ...args: readonly unknown[]): Step => ({ kind: 'call', who, name, args })
  const roll = dice.int(1, 100)
  if (roll <= 35) return call('putItems', putOf(dice, sessionId))
  if (roll <= 45) return call('itemsPage', sessionId, dice.int(0, 2), dice.int(1, 5))
  if (roll <= 48) return call('itemCount', sessionId)
  if (roll <= 53) return call('putScanEvents', sessionId, Array.from({ length: dice.int(1, 3) }, () => eventOf(dice, sessionId)))
  if (roll <= 63) return lockStep(dice, who, sessionId)
  if (roll <= 69) return { kind: 'extend', who, sessionId, unsentScans: dice.int(0, 3) }
  if (roll <= 72) return { kind: 'release', who, sessionId, unsentScans: 0 }
  if (roll <= 75) return call(dice.pick(['getSessionLock', 'unsentElsewhere']), sessionId)
  if (roll <= 83) return call('setSessionStatus', sessionId, dice.pick(SESSION_STATUSES), fenceOf(dice), requestIdOf(dice))
  if (roll <= 87) return newSessionStep(dice, who, sessionId, known.countId)
  if (roll <= 91) return readingStep(dice, who, sessionId, known.countId)
  if (roll <= 95) return supervisorStep(dice, sessionId, known.countId)
  return { kind: 'wait', ms: dice.pick([1000, 60_000, 130_000, 400_000]) }
}

function lockStep(dice: Dice, who: Who, sessionId: SessionId): Step {
  const mode = dice.is(0.3) ? 'force' : 'normal'
  const input = { sessionId, requestId: requestIdOf(dice), mode, unsentScans: dice.int(0, 3) }
  return { kind: 'call', who, name: 'lockSession', args: [input] }
}

function newSessionStep(dice: Dice, who: Who, sessionId: SessionId, cycleCountId: CycleCountId): Step {
  const common = { name: `Session ${dice.int(1, 3)}`, area: dice.pick(['A', 'B']), requestId: requestIdOf(dice) }
  return dice.is(0.5)
    ? { kind: 'call', who, name: 'createSession', args: [{ ...common, cycleCountId }] }
    : { kind: 'call', who, name: 'cloneSession', args: [{ ...common, sessionId }] }
}

function readingStep(dice: Dice, who: Who, sessionId: SessionId, countId: CycleCountId): Step {
  const north = asId<FacilityId>('north')
  const [name, ...args] = dice.pick<readonly [PortCall, ...unknown[]]>([
    ['cycleCounts', north],
    ['cycleCount', countId],
    ['cycleCount', asId<CycleCountId>('nothing')],
    ['session', sessionId],
    ['profile'],
    ['permissions'],
    ['facilities', who.user, false],
    ['selectedFacility', who.user],
    ['selectFacility', who.user, north],
    ['products', null, 1],
    ['products', '1', 5],
    ['stock', north, null, 1],
    ['stock', asId<FacilityId>('south'), null, 10],
    ['searchProducts', 'tee', 5],
  ])
  return { kind: 'call', who, name, args }
}

function supervisorStep(dice: Dice, sessionId: SessionId, countId: CycleCountId): Step {
  const path = `${COUNTS}cycleCounts/sessions/${sessionId}/items`
  if (dice.is(0.4)) {
    const products = (): string[] => Array.from({ length: dice.int(0, 2) }, () => dice.pick(['TEE', 'CAP', 'MUG', 'NONE']))
    const body = { requestId: requestIdOf(dice), add: products(), remove: products() }
    return { kind: 'raw', user: dice.pick(['sam', 'sam', 'ana']), method: 'POST', path: `${COUNTS}plan/sessions/${sessionId}/items`, body }
  }
  if (dice.is(0.6)) {
    const body = [{ uuid: rowUuidOf(dice) }, { importItemSeqId: `0000${dice.int(1, 4)}` }]
    return { kind: 'raw', user: dice.pick(['sam', 'sam', 'ana']), method: 'DELETE', path, body }
  }
  const statusId = dice.pick(['CYCLE_CNT_IN_PRGS', 'CYCLE_CNT_IN_PRGS', 'CYCLE_CNT_CMPLTD', 'CYCLE_CNT_CLOSED'])
  return { kind: 'raw', user: 'sam', method: 'PUT', path: `${COUNTS}cycleCounts/workEfforts/${countId}`, body: { statusId } }
}

/** Now and then one that was used before. */
const requestIdOf = (dice: Dice): string => (dice.is(0.3) ? `again-${dice.int(1, 4)}` : `request-${dice.int(1, 1_000_000)}`)
const fenceOf = (dice: Dice): number | null => (dice.is(0.3) ? null : dice.int(1, 4))
const rowUuidOf = (dice: Dice): RowUuid => asId<RowUuid>(`row-${dice.int(1, 6)}`)
const AMOUNTS = [0, 1, 2, 3, -1, 0.5, 1e9, 2e9, 0.000_000_1, Number.NaN] as const
const IDENTIFIERS = ['036000291452', '0036000291452', 'CAP-R', 'unknown', 'a\0b', 'x'.repeat(300)] as const

function putOf(dice: Dice, sessionId: SessionId): PutItemsRequest {
  const rows = Array.from({ length: dice.int(1, 4) }, () => rowOf(dice, sessionId))
  return { sessionId, rows, fence: fenceOf(dice), unsentScans: dice.int(0, 5) }
}

function rowOf(dice: Dice, sessionId: SessionId): PutItemsRequest['rows'][number] {
  const amount = AMOUNTS[dice.is(0.9) ? dice.int(0, 5) : dice.int(6, 9)] ?? 0
  const identifier = IDENTIFIERS[dice.is(0.9) ? dice.int(0, 3) : dice.int(4, 5)] ?? ''
  const rev = dice.int(0, 6)
  return {
    uuid: rowUuidOf(dice),
    sessionId,
    logId: dice.is(0.9) ? asId<LogId>(`log-${dice.int(1, 3)}`) : null,
    itemKey: asId<ItemKey>(`raw:${identifier}`),
    lineKey: asId<LineKey>(`raw:${identifier}`),
    origin: 'own',
    productIdentifier: identifier,
    quantity: (amount * 1_000_000) as Micro,
    standing: dice.is(0.1) ? null : dice.int(-1, 3),
    rev,
    productId: dice.pick([null, null, asId<ProductId>('TEE'), asId<ProductId>('CAP'), asId<ProductId>('NOPE')]),
    isRequested: dice.pick([null, true, false]),
    systemQuantityOnHand: dice.pick([null, null, 5_000_000 as Micro]),
    matchRev: dice.pick([0, 0, 1, 2, 3]),
    createdAt: 1_000 + dice.int(0, 3),
    lastScanAt: dice.int(0, 3),
    countedBy: dice.pick([null, asId<UserName>('ana')]),
    importItemSeqId: null,
    aggApplied: 0,
    lastUpdatedStamp: null,
    sendNullQuantity: dice.is(0.2),
  }
}

/** A plain row: `row-1`, counted so many units at this revision. */
export function putRowOf(sessionId: SessionId, { rev, units }: { readonly rev: number; readonly units: number }): PutItemsRequest['rows'][number] {
  return {
    ...rowOf(diceOf(1), sessionId),
    uuid: asId<RowUuid>('row-1'),
    logId: asId<LogId>('log-1'),
    productIdentifier: 'CAP-R',
    productId: null,
    rev,
    quantity: (units * 1_000_000) as Micro,
    standing: units,
    systemQuantityOnHand: null,
    matchRev: 0,
    sendNullQuantity: false,
  }
}

function eventOf(dice: Dice, sessionId: SessionId): StoredScanEvent {
  const seq = dice.int(1, 20)
  return {
    kind: 'scan',
    eventId: asId<EventId>(`event-${seq}`),
    sessionId,
    deviceId: asId<DeviceId>('ipad-1'),
    logId: asId<LogId>('log-1'),
    seq,
    gid: seq,
    raw: 'CAP-R',
    symbology: null,
    itemKey: asId<ItemKey>('raw:CAP-R'),
    quantity: 1_000_000 as Micro,
    packSize: 1,
    at: 5,
    serverOffsetMs: null,
    serverOffsetAgeMs: null,
    userName: asId<UserName>('ana'),
    source: 'scanner',
    fence: null,
  }
}
