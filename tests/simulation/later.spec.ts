// What one seed in four plays beside the rest, and that the others stay what they were.
import { describe, expect, it } from 'vitest'
import { scriptOfDay } from './day'
import { isLater } from './later'
import { REGRESSIONS } from './regressions'
import { drawSwarm, tabsOf } from './swarm'
import { WANTED_MARKS } from './wanted-marks'

const SEEDS = Array.from({ length: 400 }, (_, seed) => seed + 1)

describe('what one seed in four plays beside the rest', () => {
  it('[SM95] draws one to five devices with one to three windows each, and small shops most of the time', () => {
    const swarms = SEEDS.map((seed) => scriptOfDay(seed, 'storm').swarm)
    const devices = swarms.map((it) => it.devices)
    const windows = swarms.flatMap((swarm) => Array.from({ length: swarm.devices }, (_, device) => tabsOf(swarm, device)))

    expect([...new Set(devices)].toSorted()).toEqual([1, 2, 3, 4, 5])
    expect([...new Set(windows)].toSorted()).toEqual([1, 2, 3])
    expect(devices.filter((it) => it <= 2).length).toBeGreaterThan(SEEDS.length / 2)
    for (const mark of ['devices:5', 'devices-counted:5', 'windows:3']) expect(WANTED_MARKS).toContain(mark)
  })

  it('[SM96] leaves the bare storm, three days of four and what is asked for as it was to what they were', () => {
    for (const seed of SEEDS.slice(0, 100)) {
      const early = scriptOfDay(seed, 'people', { isEarly: true })
      if (!isLater(seed)) expect(scriptOfDay(seed, 'people')).toEqual(early)
      expect(drawSwarm(seed).devices).toBe(early.swarm.devices)
      expect(early.swarm.devices).toBeLessThan(5)
    }
    expect(REGRESSIONS.filter((it) => it.workload !== undefined && isLater(it.seed)).length).toBeGreaterThan(0)
  })
})
