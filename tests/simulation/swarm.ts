// The make-up of one seed: how many devices and windows, which limits, which faults and how often. Each seed is its own world.
import { PROTOCOL } from '../../src/contract/envelope'
import { LIMITS } from '../../src/domain/limits'
import type { Limits } from '../../src/domain/limits'
import type { StorageConfig } from './device'
import { FAULT_KINDS } from './faults'
import type { FaultKind } from './faults'
import type { NetworkConfig } from './network'
import { chanceOf } from './random'
import type { Chance } from './random'

export interface Swarm {
  readonly profile: 'extended' | 'hotwax'
  readonly devices: number
  /** Windows of a device, at most. */
  readonly tabs: number
  /** Of each device where they differ; left out: all have as many. */
  readonly tabsEach?: readonly number[]
  /** Who uses which device first. */
  readonly users: readonly string[]
  readonly countType: 'directed' | 'hard'
  readonly sessions: number
  readonly limits: Limits
  readonly network: NetworkConfig
  readonly storage: StorageConfig
  readonly faultKinds: readonly FaultKind[]
  readonly faults: number
  readonly steps: number
  /** Safety phase: at least so long. */
  readonly safetyMs: number
  readonly skewMs: readonly number[]
  readonly keepsLog: boolean
  /** Version of the protocol that each device speaks; the server takes N and N−1. */
  readonly protocols: readonly number[]
  /** Values that the server refuses. */
  readonly hasPoison: boolean
  /** How it refuses them. */
  readonly poisonStatus: 400 | 413 | 422 | 500
}

export const USERS = ['ana', 'ben', 'sam'] as const
export const DEVICES_MAX = 5

/** Also used once the faults are over. */
export const CALM_NETWORK: NetworkConfig = {
  lossRate: 0,
  lostAnswerRate: 0,
  duplicateRate: 0,
  lateRate: 0,
  injectRate: 0,
  injectAfterRate: 0,
  delayMs: 20,
  slowRate: 0,
  copyMaxMs: 60_000,
  copiesBeforeAnswer: true,
  hasLaterAnswers: false,
}
export const CALM_STORAGE: StorageConfig = { readMs: 1, commitMs: 3, slowRate: 0, failRate: 0, untoldRate: 0 }

/** The base profile's limit (decision 14): its in-flight grace is what makes late copies harmless. */
const BASE_COPY_MAX_MS = 55_000

export function drawSwarm(seed: number): Swarm {
  const chance = chanceOf(seed, 'swarm')
  const profile = chance.is(0.2) ? 'hotwax' : 'extended'
  const devices = chance.pick([1, 1, 2, 2, 2, 3, 3, 4])
  const isCalm = chance.is(0.05)
  const isMixed = chance.is(0.2)
  const faultKinds = isCalm ? [] : FAULT_KINDS.filter((kind) => chance.is(0.4) && isPossible(kind, profile))
  return {
    profile,
    devices,
    tabs: chance.pick([1, 1, 1, 2, 2, 3]),
    users: Array.from({ length: DEVICES_MAX }, (_, index) => (chance.is(0.7) ? USERS[index % 3] : chance.pick(USERS)) ?? 'ana'),
    countType: chance.is(0.6) ? 'directed' : 'hard',
    sessions: chance.pick([1, 1, 2]),
    limits: drawLimits(chance, profile),
    network: isCalm ? CALM_NETWORK : drawNetwork(chance, profile),
    storage: isCalm ? CALM_STORAGE : drawStorage(chance),
    faultKinds,
    faults: chance.int(1, 9),
    steps: chance.pick([15, 30, 45]),
    safetyMs: chance.pick([20_000, 120_000, 400_000]),
    skewMs: Array.from({ length: DEVICES_MAX }, () => (chance.is(0.5) ? 0 : chance.pick([-1, 1]) * chance.int(1000, 400_000_000))),
    keepsLog: chance.is(0.06),
    protocols: Array.from({ length: DEVICES_MAX }, () => (isMixed && chance.is(0.5) ? PROTOCOL - 1 : PROTOCOL)),
    hasPoison: profile === 'extended' && chance.is(0.15),
    poisonStatus: 400,
  }
}

/** Windows that a device has at first. */
export function tabsOf({ tabs, tabsEach }: Pick<Swarm, 'tabs' | 'tabsEach'>, device: number): number {
  return Math.min(tabs, tabsEach?.[device] ?? tabs)
}

/** Nothing is ever wrong with a disk in this seed. */
export function hasHealthyDisks({ storage, faultKinds }: Swarm): boolean {
  const disturb: readonly FaultKind[] = ['storage-away', 'storage-hangs', 'storage-full', 'slow-commits', 'handle-dies', 'quota-on-put', 'open-hangs']
  return storage.slowRate + storage.failRate + storage.untoldRate === 0 && !faultKinds.some((it) => disturb.includes(it))
}

/** What would break the limits within which the base profile promises anything (decision 14). */
function isPossible(kind: FaultKind, profile: Swarm['profile']): boolean {
  if (profile === 'extended') return true
  // A disk that goes back in time, or two devices that are one, need revisions; so does a server restored from a backup.
  return !['lose-commits', 'clone', 'restore', 'backup'].includes(kind)
}

function drawLimits(chance: Chance, profile: Swarm['profile']): Limits {
  const tiny = <T>(value: T, small: readonly T[]): T => (chance.is(0.3) ? chance.pick(small) : value)
  const foldBatch = tiny(LIMITS.foldBatch, [1, 2, 5])
  return {
    ...LIMITS,
    foldBatch,
    // Drawn by itself it would give every seed another way.
    rebuildBatch: foldBatch,
    pushBatch: tiny(LIMITS.pushBatch, [1, 2, 3]),
    pushBatchesMax: tiny(LIMITS.pushBatchesMax, [1, 3]),
    evidenceBatch: tiny(LIMITS.evidenceBatch, [1, 4]),
    pullPage: tiny(LIMITS.pullPage, [1, 3]),
    cataloguePage: tiny(LIMITS.cataloguePage, [1, 3]),
    leaseSeconds: tiny(LIMITS.leaseSeconds, [8, 20]),
    baseLeaseSeconds: tiny(LIMITS.baseLeaseSeconds, [10, 30]),
    stallMs: profile === 'extended' ? tiny(LIMITS.stallMs, [60_000]) : LIMITS.stallMs,
  }
}

function drawNetwork(chance: Chance, profile: Swarm['profile']): NetworkConfig {
  const rate = (most: number): number => (chance.is(0.5) ? 0 : most * chance.next())
  return {
    lossRate: rate(0.3),
    lostAnswerRate: rate(0.3),
    duplicateRate: rate(0.5),
    lateRate: chance.next() * 0.6,
    injectRate: rate(0.12),
    injectAfterRate: chance.next() * 0.5,
    delayMs: chance.pick([10, 60, 400]),
    slowRate: rate(0.05),
    copyMaxMs: profile === 'extended' ? 900_000 : BASE_COPY_MAX_MS,
    copiesBeforeAnswer: profile === 'hotwax',
    hasLaterAnswers: false,
  }
}

function drawStorage(chance: Chance): StorageConfig {
  const rate = (most: number): number => (chance.is(0.6) ? 0 : most * chance.next())
  return {
    readMs: chance.pick([0.5, 2, 8, 45]),
    commitMs: chance.pick([2, 10, 40]),
    slowRate: rate(0.02),
    failRate: rate(0.05),
    untoldRate: rate(0.03),
  }
}
