// Hunts one planted bug in a process of its own: runs seeds on the mutated simulator until one of them is violated.
import type { Violation } from '../oracle'
import { runSeed } from '../run-seed'

export interface HuntAsked {
  readonly from: number
  readonly seeds: number
}

export type Caught = Pick<Violation, 'invariant' | 'text'>

export type HuntDone =
  | { readonly kind: 'caught'; readonly seed: number; readonly violation: Caught }
  /** No invariant was violated. */
  | { readonly kind: 'survived' }

async function hunt({ from, seeds }: HuntAsked): Promise<HuntDone> {
  for (let seed = from; seed < from + seeds; seed += 1) {
    const violation = await violationOf(seed)
    if (violation !== null) return { kind: 'caught', seed, violation }
  }
  return { kind: 'survived' }
}

/** A bug that makes the run itself fall over is caught too: nobody would overlook that. */
async function violationOf(seed: number): Promise<Caught | null> {
  try {
    return (await runSeed(seed)).violation
  } catch (error) {
    return { invariant: 'CRASH', text: String(error) }
  }
}

// Listening keeps this process alive until it is ended from outside: the answer must not race with its exit.
process.on('message', (asked: HuntAsked) => {
  void hunt(asked).then((done) => process.send?.(done))
})
