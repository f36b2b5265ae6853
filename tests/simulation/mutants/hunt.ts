// Hunts one planted bug in a process of its own: runs seeds on the mutated simulator until one of them is violated.
import type { Violation } from '../oracle'
import { runDay } from '../day'
import { runSeed } from '../run-seed'
import type { Script } from '../run-seed'
import type { Mutant } from './mutants'

export interface HuntAsked {
  readonly seeds: readonly number[]
  /** What the bug is about: a violation counts as of this where the same script is clean without it. */
  readonly proves?: Mutant['proves']
  /** Whole days instead of bare storms. */
  readonly isLater?: boolean | undefined
}

export type Caught = Pick<Violation, 'invariant' | 'text'>

export type HuntDone =
  | { readonly kind: 'caught'; readonly seed: number; readonly violation: Caught }
  /** No invariant was violated. */
  | { readonly kind: 'survived' }

async function hunt({ seeds, proves, isLater }: HuntAsked): Promise<HuntDone> {
  for (const seed of seeds) {
    const violation = isLater === true ? await violationOfDay(seed) : await violationOf(seed, proves)
    if (violation !== null) return { kind: 'caught', seed, violation }
  }
  return { kind: 'survived' }
}

async function violationOfDay(seed: number): Promise<Caught | null> {
  try {
    return (await runDay(seed, 'both')).violation
  } catch (error) {
    return { invariant: 'CRASH', text: String(error) }
  }
}

/** A bug that makes the run itself fall over is told as that: it counts where it is written down so. */
async function violationOf(seed: number, proves: Mutant['proves']): Promise<Caught | null> {
  try {
    const { violation, script } = await runSeed(seed)
    if (violation === null || proves === undefined) return violation
    const { violation: other } = await runSeed(seed, { script: without(proves, script) })
    return other === null ? { invariant: proves, text: `${violation.invariant} ${violation.text}` } : violation
  } catch (error) {
    return { invariant: 'CRASH', text: String(error) }
  }
}

/** The same people, faults and network; but all devices speak the newest version, or have the right time for good. */
function without(what: 'I18' | 'I19', script: Script): Script {
  const { swarm, faults } = script
  if (what === 'I18') return { ...script, swarm: { ...swarm, protocols: [] } }
  return { ...script, swarm: { ...swarm, skewMs: [] }, faults: faults.filter(({ fault }) => fault.kind !== 'clock-jump') }
}

// Listening keeps this process alive until it is ended from outside: the answer must not race with its exit.
process.on('message', (asked: HuntAsked) => {
  void hunt(asked).then((done) => process.send?.(done))
})
