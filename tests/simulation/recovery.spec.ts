// The ladder of a window whose storage dies, on simulated time: the product's own, with its limit.
import { describe, expect, it } from 'vitest'
import { runSeed, scriptOf } from './run-seed'
import { SimWorld } from './sim-world'
import { CALM_NETWORK, CALM_STORAGE, drawSwarm } from './swarm'
import type { Swarm } from './swarm'
import { TEA } from './things'

function calm(): Swarm {
  return { ...drawSwarm(1), profile: 'extended', devices: 1, tabs: 1, users: ['ana'], sessions: 1, network: CALM_NETWORK, storage: CALM_STORAGE, skewMs: [] }
}

describe('a window whose storage dies', () => {
  it('[SM80] loads itself anew when its connection is lost for good, and what waited is saved', async () => {
    const { violation, marks } = await runSeed(1, { script: { ...scriptOf(1), swarm: calm(), faults: [], actions: [], scenes: ['lost-connection'] } })

    expect(violation).toBeNull()
    expect(marks).toMatchObject({ 'scene:lost-connection': 1, 'refused:storage': expect.any(Number), 'page-reloaded': 1 })
  })

  it('[SM81] loads itself anew three times; then somebody has to', async () => {
    const world = new SimWorld({ seed: 1, swarm: calm(), traceLines: 0 })
    const [device] = world.devices
    world.begin()
    await world.pause(4000)
    if (device !== undefined) device.disk.isAway = true
    world.people.act({ kind: 'scan', device: 0, tab: 0, value: TEA, times: 1 })

    await world.pause(30_000)
    expect(world.marks.counts.get('page-reloaded')).toBe(3)
    expect(world.marks.counts.get('page-loaded-by-hand')).toBeUndefined()

    await world.pause(60_000)
    expect(world.marks.counts.get('page-loaded-by-hand')).toBe(1)
    expect(world.violation).toBeNull()
  })
})
