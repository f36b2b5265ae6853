// What a seed plays, and the faults that came after the storm's seeds were written down.
import { describe, expect, it, vi } from 'vitest'
import { runDay, scriptOfDay, workloadOf } from './day'
import type { Fault } from './faults'
import { runSeed, scriptOf } from './run-seed'
import type { Script, SeedResult } from './run-seed'
import { CALM_NETWORK, CALM_STORAGE } from './swarm'

// Whole seeds on a busy machine.
vi.setConfig({ testTimeout: 120_000 })

const SEEDS_MAX = 60

/** A storm in which nothing else goes wrong. */
function calmBut(seed: number, fault: Fault, devices: { readonly devices: number; readonly tabs: number }): Script {
  const { swarm } = scriptOf(seed)
  return {
    swarm: { ...swarm, ...devices, profile: 'extended', sessions: 1, network: CALM_NETWORK, storage: CALM_STORAGE, hasPoison: false, safetyMs: 400_000, steps: 45 },
    faults: [{ at: 20_000, fault }],
    actions: null,
  }
}

/** Runs seeds until a mark was made; none of them may break anything. */
async function until(mark: string, scriptFor: (seed: number) => Script): Promise<SeedResult | null> {
  for (let seed = 1; seed <= SEEDS_MAX; seed++) {
    const result = await runSeed(seed, { script: scriptFor(seed) })
    expect(result.violation).toBeNull()
    if (result.marks[mark] !== undefined) return result
  }
  return null
}

describe('a day', () => {
  it('[SM60] is a storm or a shop’s, as its seed draws it or as it is asked for', () => {
    const drawn = new Set(Array.from({ length: 30 }, (_, seed) => workloadOf(seed, 'both')))

    expect(drawn).toEqual(new Set(['storm', 'people']))
    expect(workloadOf(1, 'people')).toBe('people')
    expect(scriptOfDay(5, 'people')).toEqual(scriptOfDay(5, 'people'))
    expect(scriptOfDay(5, 'people')).not.toEqual(scriptOfDay(6, 'people'))
  })

  it('[SM60] leaves a bare storm what it was: seeds that are written down stay', async () => {
    const bare = Array.from({ length: 30 }, (_, seed) => seed + 1).find((seed) => isBare(seed))

    expect(bare).toBeDefined()
    expect((await runDay(bare ?? 0, 'storm')).hash).toBe((await runSeed(bare ?? 0)).hash)
  })

  it('[SM61] takes a lock from a window that sleeps with it, and counts once all the same', async () => {
    const stolen = await until('lock-stolen-from-silent', (seed) => calmBut(seed, { kind: 'freeze-leader', device: 0, ms: 120_000 }, { devices: 1, tabs: 3 }))

    expect(stolen?.scans).toBeGreaterThan(0)
  })

  it('[SM62] holds the scans of a device whose session was approved without it', async () => {
    const fault: Fault = { kind: 'left-behind', device: 0, other: 1, sessionId: 'S1', ms: 300_000 }

    const held = await until('verdict:held', (seed) => calmBut(seed, fault, { devices: 2, tabs: 1 }))

    expect(held?.marks['approved']).toBeGreaterThan(0)
  })
})

function isBare(seed: number): boolean {
  return JSON.stringify(scriptOfDay(seed, 'storm')) === JSON.stringify(scriptOf(seed))
}
