// What one seed in four plays beside the rest, and that the others stay what they were.
import { describe, expect, it, vi } from 'vitest'
import { scriptOfDay } from './day'
import { isLater, isLatest } from './later'
import { MENDED_SCENES } from './mended-scenes'
import { REGRESSIONS } from './regressions'
import { runSeed, scriptOf } from './run-seed'
import { CALM_NETWORK, CALM_STORAGE, drawSwarm, tabsOf } from './swarm'
import { WANTED_MARKS } from './wanted-marks'

// Whole seeds on a busy machine.
vi.setConfig({ testTimeout: 120_000 })

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
      if (!isLater(seed) && !isLatest(seed)) expect(scriptOfDay(seed, 'people')).toEqual(early)
      expect(drawSwarm(seed).devices).toBe(early.swarm.devices)
      expect(early.swarm.devices).toBeLessThan(5)
    }
    expect(REGRESSIONS.filter((it) => it.workload !== undefined && isLater(it.seed)).length).toBeGreaterThan(0)
  })
})

describe('what one seed in thousands has found', () => {
  it('[SM104] is played again behind everything else that such a day plays, and on no other day', () => {
    const played = new Set<string>()
    for (const seed of SEEDS) {
      const kinds = Object.keys(MENDED_SCENES)
      const scenes = scriptOfDay(seed, 'storm').scenes ?? []
      const first = scenes.findIndex((it) => kinds.includes(it))
      if (first < 0) continue
      expect(isLater(seed)).toBe(true)
      expect(scenes.slice(first).every((it) => kinds.includes(it))).toBe(true)
      for (const kind of scenes.slice(first)) played.add(kind)
    }
    expect([...played].toSorted()).toEqual(Object.keys(MENDED_SCENES).toSorted())
  })
})

describe('a scene of what came later', () => {
  const scenes = [
    ['[SM97] a list that changes under a count', 'extended', 'changed-list'],
    ['[SM97] a row that is removed under a count', 'extended', 'removed-row'],
    ['[SM98] scans that travel as a file', 'extended', 'handed-over'],
    ['[SM98] scans that travel as a file, base', 'hotwax', 'handed-over'],
    ['[SM99] a rebuild under a push', 'extended', 'rebuild-under-push'],
    ['[SM100] [I19] a lease renewed across a jump of the clock', 'extended', 'jumped-lease'],
  ] as const

  it.each(scenes)('%s comes to its end, and breaks nothing', async (_, profile, kind) => {
    const place = SEEDS.find((it) => drawSwarm(it).profile === profile && drawSwarm(it).devices >= 2) ?? 0
    const { swarm } = scriptOf(place)
    const calm = { ...swarm, network: CALM_NETWORK, storage: CALM_STORAGE, hasPoison: false }
    for (const seed of [1, 2, 3, 4]) {
      const { violation, marks } = await runSeed(seed, { script: { swarm: calm, faults: [], actions: [], scenes: [kind] } })
      expect(violation).toBeNull()
      expect(marks[`scene:${kind}`]).toBe(1)
    }
  })
})
