// One seed from its first event to its last: without side effects, so that anything may run it.
import { drawFaults } from './faults'
import type { TimedFault } from './faults'
import type { Fate } from './network'
import type { Violation } from './oracle'
import { chanceOf } from './random'
import { drawScenes, playScenes } from './scenes'
import type { SceneKind } from './scenes'
import { SimWorld } from './sim-world'
import { drawSwarm, tabsOf, USERS } from './swarm'
import type { Swarm } from './swarm'
import { SESSION_IDS } from './things'
import { randomWorkload } from './workload-random'
import type { Action, MakeWorkload } from './workload'

export interface TimedAction {
  readonly at: number
  readonly action: Action
}

/** All that a run depends on beside its seed: what a shrunk failure is written down as. */
export interface Script {
  readonly swarm: Swarm
  readonly faults: readonly TimedFault[]
  /** null: as the workload says. */
  readonly actions: readonly TimedAction[] | null
  /** Beside those of the workload; where the actions are written down they are among them. */
  readonly laterActions?: readonly TimedAction[]
  /** What is played in the evening; left out: as the seed draws. */
  readonly scenes?: readonly SceneKind[]
}

export interface RunOptions {
  readonly script?: Script | undefined
  readonly workload?: MakeWorkload | undefined
  /** Newest lines of the trace to keep; 0 unless given. */
  readonly traceLines?: number
  readonly isCanary?: boolean
  readonly fateOf?: ((nth: number) => Fate | null) | undefined
}

export interface SeedResult {
  readonly seed: number
  readonly violation: Violation | null
  readonly hash: string
  readonly scans: number
  /** What the server shows of each session in the end, all its rows added up. */
  readonly totals: Readonly<Record<string, number>>
  readonly faults: number
  readonly steps: number
  readonly messages: number
  /** How often each mark happened. */
  readonly marks: Readonly<Record<string, number>>
  readonly trace: readonly string[]
  /** As it was run: enough to run it again, or parts of it. */
  readonly script: Script
}

/** Time for sign-in and opening before people begin. */
const BEGIN_MS = 4000
const AFTERWARDS_STEPS = 12

export function scriptOf(seed: number): Script {
  const swarm = drawSwarm(seed)
  const faults = drawFaults(chanceOf(seed, 'faults'), {
    devices: swarm.devices,
    tabs: swarm.tabs,
    users: USERS,
    sessions: SESSION_IDS.slice(0, swarm.sessions),
    kinds: swarm.faultKinds,
    count: swarm.faults,
    untilMs: swarm.safetyMs,
  })
  return { swarm, faults, actions: null, scenes: drawScenes(seed, swarm.profile) }
}

/** Safety phase, convergence, activity again, convergence again, a tour of all devices, scenes of an evening, convergence. */
export async function runSeed(seed: number, options: RunOptions = {}): Promise<SeedResult> {
  const script = options.script ?? scriptOf(seed)
  const { swarm, faults } = script
  const world = new SimWorld({
    seed,
    swarm,
    traceLines: options.traceLines ?? 0,
    isCanary: options.isCanary === true,
    fateOf: options.fateOf,
  })
  const done: TimedAction[] = []
  // A browser writes them into its console and goes on.
  const onUnhandled = (error: unknown): void => world.unhandled(error)
  process.on('unhandledRejection', onUnhandled)
  try {
    world.begin()
    for (const { at, fault } of faults) world.scheduler.after(at, null, `fault ${fault.kind}`, () => world.disasters.apply(fault))
    if (script.actions === null) work(world, seed, swarm, options.workload ?? randomWorkload, done)
    for (const timed of script.actions ?? script.laterActions ?? []) {
      done.push(timed)
      world.scheduler.after(timed.at, null, 'acts', () => world.people.act(timed.action))
    }
    await world.scheduler.run({ time: BEGIN_MS + swarm.safetyMs, isDone: () => world.violation !== null })
    await calmPhases(world, seed)
    await evening(world, seed, script.scenes ?? drawScenes(seed, swarm.profile))
  } catch (error) {
    world.violated('SIM', error instanceof Error ? (error.stack ?? String(error)) : String(error))
  } finally {
    process.off('unhandledRejection', onUnhandled)
  }
  noteSize(world)
  return {
    seed,
    violation: world.violation,
    hash: world.trace.hash(),
    scans: world.oracle.scans,
    totals: Object.fromEntries(world.server.sessionIds().map((it) => [it, totalOf(world, it)])),
    faults: world.faults,
    steps: world.scheduler.steps(),
    messages: world.network.messages(),
    marks: Object.fromEntries(world.marks.counts),
    trace: world.trace.lines,
    script: { ...script, actions: done },
  }
}

/** How many devices and windows there were at first, and on how many devices somebody counted. */
function noteSize({ swarm, marks, oracle }: SimWorld): void {
  marks.note(`devices:${swarm.devices}`)
  for (let device = 0; device < swarm.devices; device++) marks.note(`windows:${tabsOf(swarm, device)}`)
  marks.note(`devices-counted:${new Set([...oracle.beeped.values()].map((key) => key.split('|')[0])).size}`)
}

function totalOf({ server }: SimWorld, sessionId: string): number {
  return server.rowsOf(sessionId).reduce((sum, { quantity, isDeleted }) => sum + (isDeleted ? 0 : (quantity ?? 0)), 0)
}

/** The workload is asked for the next step when the last one begins, up to the end of the safety phase. */
function work(world: SimWorld, seed: number, swarm: Swarm, make: MakeWorkload, done: TimedAction[]): void {
  const workload = make(chanceOf(seed, 'workload'), swarm.steps)
  const chance = chanceOf(seed, 'steps')
  const next = (): void => {
    const step = workload.next(chance, world.view())
    if (step === null) return
    world.scheduler.after(step.afterMs, null, 'acts', () => {
      if (world.scheduler.now() > BEGIN_MS + swarm.safetyMs) return
      done.push({ at: world.scheduler.now(), action: step.action })
      world.people.act(step.action)
      next()
    })
  }
  world.scheduler.after(BEGIN_MS, null, 'people begin', next)
}

async function calmPhases(world: SimWorld, seed: number): Promise<void> {
  if (world.violation !== null) return
  world.heal()
  await world.atRest.converge('the faults')
  if (world.violation !== null) return
  const chance = chanceOf(seed, 'afterwards')
  const workload = randomWorkload(chance, AFTERWARDS_STEPS)
  for (let step = workload.next(chance, world.view()); step !== null && world.violation === null; step = workload.next(chance, world.view())) {
    await world.scheduler.run({ time: world.scheduler.now() + step.afterMs, isDone: () => world.violation !== null })
    world.people.act(step.action)
  }
  // Whoever has begun something ends it.
  await world.scheduler.run({ time: world.scheduler.now() + 5000, isDone: () => world.violation !== null })
  if (world.violation === null) await world.atRest.converge('more work')
  if (world.violation === null) await world.atRest.tour()
}

async function evening(world: SimWorld, seed: number, scenes: readonly SceneKind[]): Promise<void> {
  if (world.violation !== null || scenes.length === 0) return
  await playScenes(world, seed, scenes)
  if (world.violation === null) await world.atRest.converge('the evening')
}
