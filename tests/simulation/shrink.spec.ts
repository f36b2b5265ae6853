// Shrinking: what is left is what matters.
import { describe, expect, it, vi } from 'vitest'
import { runSeed, scriptOf } from './run-seed'
import type { Script } from './run-seed'
import { dropParts, shrinkScript } from './shrink'

// Whole seeds on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

describe('shrinking', () => {
  it('[SM3] keeps only the parts that the failure needs, whatever surrounds them', async () => {
    const parts = Array.from({ length: 30 }, (_, index) => index)

    const kept = await dropParts(parts, async (some) => some.includes(3) && some.includes(17))

    expect(kept).toEqual([3, 17])
  })

  it('[SM3] ends with nothing when nothing is needed', async () => {
    expect(await dropParts([1, 2, 3], async () => true)).toEqual([])
  })

  it('[SM3] drops devices, actions and faults from a script, and keeps what still fails', async () => {
    const { script } = await runSeed(3)
    const drawn: Script = { ...script, faults: scriptOf(3).faults }
    const needed = drawn.actions?.find(({ action }) => action.kind === 'scan')
    expect(needed).toBeDefined()

    const { script: small } = await shrinkScript(drawn, async ({ actions }) => actions?.some((it) => it.action === needed?.action) === true)

    expect(small.actions).toEqual([needed])
    expect(small.faults).toEqual([])
    expect(small.swarm.devices).toBe(1)
  })
})
