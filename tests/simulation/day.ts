// What a seed plays: the storm of random actions, or a shop's day; with the faults that came after the storm's seeds were recorded.
import { drawFaults, drawLaterFaults, drawLatestFaults, LATEST_FAULT_KINDS } from './faults'
import type { FaultPlan } from './faults'
import { drawLaterActions, isLater, isLatest, withCrowd } from './later'
import { drawLaterScenes } from './later-scenes'
import { drawMendedScenes } from './mended-scenes'
import { chanceOf } from './random'
import { runSeed, scriptOf } from './run-seed'
import type { RunOptions, Script, SeedResult } from './run-seed'
import { USERS } from './swarm'
import type { Swarm } from './swarm'
import { SESSION_IDS } from './things'
import { peopleWorkload } from './workload-people'
import { randomWorkload } from './workload-random'
import type { MakeWorkload } from './workload'

export const WORKLOADS = ['storm', 'people'] as const
export type WorkloadName = (typeof WORKLOADS)[number]
/** `both`: each seed draws its own. */
export type WorkloadChoice = WorkloadName | 'both'

export interface DayOptions {
  /** Without what one seed in four plays beside the rest: what a seed was before there was that. */
  readonly isEarly?: boolean | undefined
}

const MAKERS: Readonly<Record<WorkloadName, MakeWorkload>> = { storm: randomWorkload, people: peopleWorkload }

/** A day takes several times as long as a storm. */
const PEOPLE_RATE = 0.3
const MINUTE = 60_000
/** From an hour before closing time to a long morning: breaks and leases need time to run out. */
const DAYS_MS = [10 * MINUTE, 60 * MINUTE, 240 * MINUTE] as const
const ACTIONS_EACH = [20, 40, 60] as const
const POISON_STATUSES = [400, 413, 422, 500] as const

export function workloadOf(seed: number, choice: WorkloadChoice): WorkloadName {
  if (choice !== 'both') return choice
  return chanceOf(seed, 'which workload').is(PEOPLE_RATE) ? 'people' : 'storm'
}

/** The same seed and choice, the same day. */
export function runDay(seed: number, choice: WorkloadChoice, { isEarly, ...options }: Omit<RunOptions, 'workload'> & DayOptions = {}): Promise<SeedResult> {
  const name = workloadOf(seed, choice)
  return runSeed(seed, { ...options, script: options.script ?? scriptOfDay(seed, name, { isEarly }), workload: MAKERS[name] })
}

/** The storm's own world and faults are those of `scriptOf`: seeds that are written down somewhere stay what they are. */
export function scriptOfDay(seed: number, name: WorkloadName, { isEarly = false }: DayOptions = {}): Script {
  const script = scriptBefore(seed, name, isEarly)
  if (isEarly || !isLatest(seed)) return script
  const { swarm } = script
  const faults = drawLatestFaults(chanceOf(seed, 'latest faults'), planOf(swarm), script.faults)
  return { ...script, faults, swarm: { ...swarm, faultKinds: [...swarm.faultKinds, ...LATEST_FAULT_KINDS] } }
}

/** Without the faults that came last. */
function scriptBefore(seed: number, name: WorkloadName, isEarly: boolean): Script {
  const bare = scriptOf(seed)
  const drawn = isEarly || !isLater(seed) ? bare : laterScript(seed, bare)
  const { swarm, faults } = name === 'storm' ? drawn : shopDay(seed, drawn.swarm)
  const beside = isEarly || !isLater(seed) ? {} : { laterActions: drawLaterActions(seed, swarm), scenes: [...(drawn.scenes ?? []), ...drawLaterScenes(seed, swarm.profile), ...drawMendedScenes(seed, swarm.profile)] }
  const chance = chanceOf(seed, 'later')
  if (chance.is(0.4)) return { ...drawn, ...beside, swarm, faults }
  return { ...drawn, ...beside, swarm: withLater(swarm, chance.pick(POISON_STATUSES)), faults: drawLaterFaults(chance, planOf(swarm), faults) }
}

function laterScript(seed: number, bare: Script): Script {
  const swarm = withCrowd(seed, bare.swarm)
  return swarm === bare.swarm ? bare : { ...bare, swarm, faults: drawFaults(chanceOf(seed, 'faults'), planOf(swarm)) }
}

/** More to do and more time than random actions need. */
function shopDay(seed: number, drawn: Swarm): Pick<Script, 'swarm' | 'faults'> {
  const chance = chanceOf(seed, 'day')
  const swarm = { ...drawn, safetyMs: chance.pick(DAYS_MS), steps: drawn.devices * chance.pick(ACTIONS_EACH) }
  return { swarm, faults: drawFaults(chanceOf(seed, 'faults'), planOf(swarm)) }
}

function withLater(swarm: Swarm, poisonStatus: Swarm['poisonStatus']): Swarm {
  return { ...swarm, poisonStatus, network: { ...swarm.network, hasLaterAnswers: true, copiesBeforeAnswer: false } }
}

function planOf({ devices, tabs, sessions, faultKinds, faults, safetyMs }: Swarm): FaultPlan {
  return {
    devices,
    tabs,
    users: USERS,
    sessions: SESSION_IDS.slice(0, sessions),
    kinds: faultKinds,
    count: faults,
    untilMs: safetyMs,
  }
}
