// Hunts one planted bug in a process of its own: runs seeds on the mutated simulator until one of them is violated.
import type { Violation } from '../oracle'
import { runSeed } from '../run-seed'

export interface HuntAsked {
  readonly seeds: readonly number[]
}

export type Caught = Pick<Violation, 'invariant' | 'text'>

export type HuntDone =
  | { readonly kind: 'caught'; readonly seed: number; readonly violation: Caught }
  /** No invariant was violated. */
  | { readonly kind: 'survived' }

async function hunt({ seeds }: HuntAsked): Promise<HuntDone> {
  for (const seed of seeds) {
    const violation = await violationOf(seed)
    if (violation !== null) return { kind: 'caught', seed, violation }
  }
  return { kind: 'survived' }
}

/** A bug that makes the run itself fall over is told as that: it counts where it is written down so. */
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
