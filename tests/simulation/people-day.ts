// A working day of the people workload: the seed's own world and faults, with more to do and more time than random actions need.
import { drawFaults } from './faults'
import { chanceOf } from './random'
import { runSeed, scriptOf, type RunOptions, type SeedResult } from './run-seed'
import { USERS } from './swarm'
import { SESSION_IDS } from './things'
import { peopleWorkload } from './workload-people'

const MINUTE = 60_000
/** From an hour before closing time to a long morning: breaks and leases need time to run out. */
const DAYS_MS = [10 * MINUTE, 60 * MINUTE, 240 * MINUTE] as const
const ACTIONS_EACH = [20, 40, 60] as const

/** The same seed, the same day. */
export function runPeopleDay(seed: number, options: Omit<RunOptions, 'script' | 'workload'> = {}): Promise<SeedResult> {
  const chance = chanceOf(seed, 'day')
  const { swarm: drawn } = scriptOf(seed)
  const swarm = { ...drawn, safetyMs: chance.pick(DAYS_MS), steps: drawn.devices * chance.pick(ACTIONS_EACH) }
  const faults = drawFaults(chanceOf(seed, 'faults'), {
    devices: swarm.devices,
    tabs: swarm.tabs,
    users: USERS,
    sessions: SESSION_IDS.slice(0, swarm.sessions),
    kinds: swarm.faultKinds,
    count: swarm.faults,
    untilMs: swarm.safetyMs,
  })
  return runSeed(seed, { ...options, script: { swarm, faults, actions: null }, workload: peopleWorkload })
}
