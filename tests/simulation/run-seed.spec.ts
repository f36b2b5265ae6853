// Whole seeds: the same way each time, alive to a planted fault, and the invariants of the system at rest.
import { describe, expect, it, vi } from 'vitest'
import { LIMITS } from '../../src/domain/limits'
import { FAULT_KINDS, LATER_FAULT_KINDS, LATEST_FAULT_KINDS } from './faults'
import type { TimedFault } from './faults'
import { tellStory } from './exhaustive'
import { runSeed, scriptOf } from './run-seed'
import type { SeedResult } from './run-seed'
import { SCENE_KINDS } from './scenes'
import { shrinkSeed } from './shrink'
import { drawSwarm, hasHealthyDisks } from './swarm'
import { WANTED_MARKS } from './wanted-marks'
import { randomWorkload } from './workload-random'
import type { MakeWorkload } from './workload'

// Whole seeds on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

const DAY = 86_400_000

/** Every status that the HTTP table of the sync design names (ADR 0023 goes through it line by line). */
const STATUSES_OF_THE_TABLE = [302, 511, 400, 401, 403, 404, 410, 405, 406, 415, 408, 425, 502, 503, 504, 409, 412, 413, 422, 426, 428, 429, 500, 507]

/** The first seed from here on whose make-up is wanted. */
function seedWhere(isWanted: (swarm: ReturnType<typeof drawSwarm>) => boolean): number {
  for (let seed = 1; seed < 5000; seed++) if (isWanted(drawSwarm(seed))) return seed
  throw new Error('No seed is made up like that')
}

async function clean(seed: number): Promise<SeedResult> {
  const result = await runSeed(seed)
  expect(result.violation).toBeNull()
  return result
}

/** Scans, submits at once, and a reviewer who approves everything that lies there. */
const hastyWorkload: MakeWorkload = (setup, steps) => {
  const { next } = randomWorkload(setup, steps)
  let turn = 0
  return {
    name: 'hasty',
    next(chance, view) {
      turn += 1
      const submitted = view.sessions.find(({ status }) => status === 'submitted')
      if (submitted !== undefined && turn % 4 === 0) return { afterMs: 50, action: { kind: 'approve', sessionId: submitted.sessionId } }
      const counting = view.tabs.find(({ mayCount, scans }) => mayCount && scans > 3)
      if (counting !== undefined && turn % 7 === 0) return { afterMs: 50, action: { kind: 'submit', device: counting.device, tab: counting.tab } }
      return next(chance, view)
    },
  }
}

describe('a seed', () => {
  it('[SM1] takes the same way each time, also after other seeds in the same process', async () => {
    const first = await runSeed(11)
    await runSeed(12)
    const again = await runSeed(11)
    const other = await runSeed(13)

    expect(again.hash).toBe(first.hash)
    expect(other.hash).not.toBe(first.hash)
  })

  it('[SM4] takes the same way when it is run from its own script', async () => {
    let first = await runSeed(11)
    for (let seed = 12; first.scans === 0; seed++) first = await runSeed(seed)
    const again = await runSeed(first.seed, { script: first.script })

    expect(again.script.actions).toEqual(first.script.actions)
    expect(again.violation).toBeNull()
    expect(again.scans).toBeGreaterThan(0)
  })

  it('[SM5] finds an invariant that does not hold, and shrinks the way to it', async () => {
    let failed = await runSeed(1, { isCanary: true })
    for (let seed = 2; failed.violation === null; seed++) failed = await runSeed(seed, { isCanary: true })

    const { script, result } = await shrinkSeed(failed, { isCanary: true })

    expect(result.violation?.invariant).toBe('CANARY')
    expect(script.faults).toEqual([])
    expect(script.actions?.length ?? 0).toBeLessThan(failed.script.actions?.length ?? 0)
  })

  it('[SM6] names each wanted mark once, every fault and every reason among them', () => {
    expect(new Set(WANTED_MARKS).size).toBe(WANTED_MARKS.length)
    for (const kind of [...FAULT_KINDS, ...LATER_FAULT_KINDS, ...LATEST_FAULT_KINDS]) expect(WANTED_MARKS).toContain(`fault:${kind}`)
    for (const status of STATUSES_OF_THE_TABLE) expect(WANTED_MARKS).toContain(`http:${status}`)
  })
})

describe('a long run', () => {
  it('[SM72] must have played every scene to its end', () => {
    for (const kind of SCENE_KINDS) expect(WANTED_MARKS).toContain(`scene:${kind}`)
  })

  it.each(['left-queued', 'failed-once', 'unstored-loss'] as const)('[SM82] [I13] brings %s to its end with nobody touching anything', async (kind) => {
    const { swarm } = scriptOf(seedWhere(({ profile, devices }) => profile === 'extended' && devices >= 2))
    const { violation, marks } = await runSeed(3, { script: { swarm, faults: [], actions: [], scenes: [kind] } })

    expect(violation).toBeNull()
    expect(marks[`scene:${kind}`]).toBe(1)
  })

  it.each(['extended', 'hotwax'] as const)('[SM89] [I14] sends what is beside a row that the server falls over for good: %s', async (profile) => {
    const drawn = scriptOf(seedWhere((it) => it.profile === profile && !it.hasPoison)).swarm
    for (const [seed, limits] of [LIMITS, { ...LIMITS, pushBatch: 1, pushBatchesMax: 1 }, { ...LIMITS, pushBatch: 3, pushBatchesMax: 3 }].entries()) {
      const { violation, marks } = await runSeed(seed + 1, { script: { swarm: { ...drawn, limits }, faults: [], actions: [], scenes: ['poisoned-row'] } })
      expect(violation).toBeNull()
      expect(marks['scene:poisoned-row']).toBe(1)
    }
  })
})

describe('the system at rest', () => {
  it('[I3] shows on the server the sum of all events of all devices, after loss, doubling, crashes and takeovers', async () => {
    const wanted = ['net:lost-answer', 'net:copy', 'fault:crash-window', 'scan:unmatched', 'toured']
    const marks = new Set<string>()
    for (let seed = 1; !wanted.every((mark) => marks.has(mark)) && seed < 400; seed++) {
      const { profile, devices, network, faultKinds } = drawSwarm(seed)
      if (profile !== 'extended' || devices < 2 || network.lostAnswerRate < 0.05 || network.duplicateRate < 0.1 || !faultKinds.includes('crash-window')) continue
      for (const mark of Object.keys((await clean(seed)).marks)) marks.add(mark)
    }

    for (const mark of wanted) expect(marks).toContain(mark)
  })

  it('[I8] takes scans on a healthy disk in the same time whatever network, lock and fold do', async () => {
    const seed = seedWhere((swarm) => hasHealthyDisks(swarm) && swarm.network.lossRate > 0.2 && !swarm.faultKinds.some((it) => ['freeze', 'sleep'].includes(it)))
    const { scans } = await clean(seed)

    expect(scans).toBeGreaterThan(0)
  })

  it.each(['extended', 'hotwax'] as const)('[SM87] [I8] takes scans as fast as ever where nothing is ever answered: %s', async (profile) => {
    const { swarm } = scriptOf(seedWhere((it) => it.profile === profile))
    for (const seed of [1, 2, 3]) {
      const { violation, marks } = await runSeed(seed, { script: { swarm, faults: [], actions: [], scenes: ['silent-line'] } })
      expect(violation).toBeNull()
      expect(marks['scene:silent-line']).toBe(1)
      expect(marks['net:lost-answer']).toBeGreaterThan(1)
    }
  })

  it.each(['extended', 'hotwax'] as const)('[I17] lets totals of an approved session move by nobody but a reviewer, whatever comes in late: %s', async (profile) => {
    const marks: Record<string, number> = {}
    for (let seed = 1; (marks['approved'] ?? 0) < 2; seed++) {
      if (drawSwarm(seed).profile !== profile) continue
      const { violation, marks: some } = await runSeed(seed, { workload: hastyWorkload })
      expect(violation).toBeNull()
      for (const [mark, count] of Object.entries(some)) marks[mark] = (marks[mark] ?? 0) + count
    }
    expect(marks['submitted']).toBeGreaterThan(0)
  })

  it('[I18] keeps every promise while devices speak this version of the protocol and the one before', async () => {
    const seed = seedWhere(({ protocols, devices, profile }) => profile === 'extended' && devices >= 2 && protocols[0] !== protocols[1])
    const { scans } = await clean(seed)

    expect(scans).toBeGreaterThan(0)
  })

  it('[SM88] [I19] counts the same under any clock, also under one that jumps while people scan', async () => {
    const seed = seedWhere(({ devices, profile, faultKinds, network }) => devices === 1 && profile === 'extended' && faultKinds.length > 0 && network.lossRate === 0)
    const { script } = await clean(seed)
    const under = async (skewMs: number, jumps: readonly number[]): Promise<Pick<SeedResult, 'violation' | 'scans' | 'totals'>> => {
      const step = (script.swarm.safetyMs - 5000) / (jumps.length + 1)
      const faults = jumps.map((ms, nth): TimedFault => ({ at: 5000 + step * (nth + 0.5), fault: { kind: 'clock-jump', device: 0, ms } }))
      const { violation, scans, totals, marks } = await runSeed(seed, { script: { ...script, faults, scenes: [], swarm: { ...script.swarm, skewMs: [skewMs] } } })
      expect(marks['fault:clock-jump'] ?? 0).toBe(jumps.length)
      return { violation, scans, totals }
    }

    const right = await under(0, [])

    expect(right.violation).toBeNull()
    expect(right.scans).toBeGreaterThan(5)
    for (const skewMs of [0, 400 * DAY, -5 * 365 * DAY])
      for (const jumps of [[], [400 * DAY, -800 * DAY, 3_600_000], [-7000, 7000, -DAY, 5 * DAY, -3_600_000]]) expect(await under(skewMs, jumps)).toEqual(right)
  })
})

describe('the story of six steps', () => {
  it('[SM7] counts everything once wherever its window dies and whatever happens to one message', async () => {
    const plain = await tellStory({ profile: 'extended', crash: null, message: null, fate: 'delivered' })
    expect(plain.violation).toBeNull()
    for (const step of [0, 40, 120, 200]) {
      const dead = await tellStory({ profile: 'extended', crash: { side: 'worker', step }, message: 12, fate: 'lost-answer' })
      expect(dead.violation).toBeNull()
    }
    for (const profile of ['extended', 'hotwax'] as const)
      for (const fate of ['lost-request', 'duplicated', 'late-copy'] as const) expect((await tellStory({ profile, crash: { side: 'page', step: 60 }, message: 15, fate })).violation).toBeNull()
  })
})
