// Hunts one planted bug in a process of its own: runs seeds on the mutated simulator until one of them is violated.
import type { Violation } from '../oracle'
import type { SeedResult } from '../run-seed'

export interface HuntAsked {
  /** URL of a bundled simulator. */
  readonly bundle: string
  readonly from: number
  readonly seeds: number
}

export type HuntDone =
  | { readonly kind: 'caught'; readonly seed: number; readonly violation: Pick<Violation, 'invariant' | 'text'> }
  /** No invariant was violated. */
  | { readonly kind: 'survived' }

async function hunt({ bundle, from, seeds }: HuntAsked): Promise<HuntDone> {
  const { runSeed } = (await import(bundle)) as { runSeed: (seed: number) => Promise<SeedResult> }
  for (let seed = from; seed < from + seeds; seed += 1) {
    const violation = await violationOf(runSeed, seed)
    if (violation !== null) return { kind: 'caught', seed, violation }
  }
  return { kind: 'survived' }
}

/** A bug that makes the run itself fall over is caught too: nobody would overlook that. */
async function violationOf(
  runSeed: (seed: number) => Promise<SeedResult>,
  seed: number,
): Promise<Pick<Violation, 'invariant' | 'text'> | null> {
  try {
    return (await runSeed(seed)).violation
  } catch (error) {
    return { invariant: 'CRASH', text: String(error) }
  }
}

process.once('message', (asked: HuntAsked) => {
  void hunt(asked).then((done) => process.send?.(done))
})
