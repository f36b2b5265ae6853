// A mark says what was felt: a fault that nobody met, or an answer that nobody heard, is none.
import { describe, expect, it, vi } from 'vitest'
import { scriptOfDay } from './day'
import { LATEST_FAULT_KINDS } from './faults'
import type { Fault } from './faults'
import { isLater, isLatest } from './later'
import type { NetworkConfig } from './network'
import { runSeed, scriptOf } from './run-seed'
import type { TimedAction } from './run-seed'
import { CALM_NETWORK, CALM_STORAGE, drawSwarm } from './swarm'
import { WANTED_MARKS } from './wanted-marks'

// Whole seeds on a busy machine.
vi.setConfig({ testTimeout: 120_000 })

const CLOSED: TimedAction = { at: 4500, action: { kind: 'close-window', device: 0, tab: 0 } }
const LEFT: readonly TimedAction[] = [0, 1].map((device) => ({
  at: 5000,
  action: { kind: 'leave', device, tab: 0 },
}))
const LOOKED: TimedAction = { at: 9000, action: { kind: 'list', device: 0, tab: 0 } }
const SCANNED: TimedAction = {
  at: 9000,
  action: { kind: 'scan', device: 0, tab: 0, value: '4012345678901', times: 1 },
}

function calmScript(network: Partial<NetworkConfig> = {}) {
  const swarm = {
    ...drawSwarm(1),
    profile: 'extended',
    devices: 2,
    tabs: 1,
    users: ['ana', 'sam'],
    sessions: 1,
    safetyMs: 30_000,
  } as const
  const calm = {
    network: { ...CALM_NETWORK, ...network },
    storage: CALM_STORAGE,
    hasPoison: false,
    protocols: [],
    skewMs: [],
  }
  return { ...scriptOf(1), swarm: { ...swarm, ...calm }, faults: [], actions: [], scenes: [] }
}

async function marksOf(fault: Fault, actions: readonly TimedAction[]): Promise<number> {
  const { marks, violation } = await runSeed(1, {
    script: { ...calmScript(), faults: [{ at: 8000, fault }], actions },
  })
  expect(violation).toBeNull()
  return marks[`fault:${fault.kind}`] ?? 0
}

const PLACE = { device: 0, tab: 0 } as const
const MET: readonly (readonly [Fault, readonly TimedAction[]])[] = [
  [{ kind: 'crash-window', ...PLACE, afterSteps: 3 }, []],
  [{ kind: 'worker-dies', ...PLACE, afterSteps: 3 }, []],
  [{ kind: 'freeze', ...PLACE, ms: 5000 }, [SCANNED]],
  [{ kind: 'sleep', device: 0, ms: 5000 }, [SCANNED]],
  [{ kind: 'offline', device: 0, ms: 5000 }, [LOOKED]],
  [{ kind: 'storage-full', device: 0, ms: 5000 }, [SCANNED]],
  [{ kind: 'handle-dies', ...PLACE, side: 'page', hangs: false }, [SCANNED]],
  [{ kind: 'clock-jump', device: 0, ms: 7000 }, [SCANNED]],
  [{ kind: 'withdraw-permission', user: 'ana', ms: 5000 }, [LOOKED]],
  [{ kind: 'cross-takeovers', devices: [0, 1], sessionId: 'S1' }, LEFT],
]
const UNMET: readonly (readonly [Fault, readonly TimedAction[]])[] = [
  ...MET.slice(0, 7).map(([fault]) => [fault, [CLOSED]] as const),
  [{ kind: 'withdraw-permission', user: 'ben', ms: 5000 }, [LOOKED]],
  [{ kind: 'cross-takeovers', devices: [0, 0], sessionId: 'S1' }, LEFT],
  [{ kind: 'cross-takeovers', devices: [0, 1], sessionId: 'S1' }, [CLOSED]],
]

describe('a mark of a fault', () => {
  it.each(MET)('[SM115] is made when somebody meets it: %j', async (fault, actions) => {
    expect(await marksOf(fault, actions)).toBe(1)
  })

  it.each(UNMET)(
    '[SM115] is not made where the window is closed, or nobody is there whom it concerns: %j',
    async (fault, actions) => {
      expect(await marksOf(fault, actions)).toBe(0)
    },
  )
})

describe('the faults that came last', () => {
  const LAST: readonly (readonly [Fault, readonly TimedAction[]])[] = [
    [{ kind: 'busy-server', ms: 15_000 }, [LOOKED]],
    [{ kind: 'quota-on-put', device: 0, ms: 15_000 }, [SCANNED]],
    [{ kind: 'open-hangs', device: 0, ms: 15_000 }, [CLOSED, { at: 9000, action: { kind: 'open-window', ...PLACE } }]],
  ]

  it.each(LAST)('[SM119] are met, and cost no scan: %j', async (fault, actions) => {
    expect(await marksOf(fault, actions)).toBe(1)
    expect(WANTED_MARKS).toContain(`fault:${fault.kind}`)
  })

  it('[SM119] are played by one day in eight, none of the first sixty and none of what is asked for as it was', () => {
    const days = Array.from({ length: 400 }, (_, seed) => seed + 1)
    const hasLast = (seed: number, isEarly: boolean): boolean => scriptOfDay(seed, 'storm', { isEarly }).faults.some(({ fault }) => LATEST_FAULT_KINDS.includes(fault.kind))

    for (const seed of days.filter((it) => hasLast(it, false))) {
      expect(isLatest(seed)).toBe(true)
      expect(isLater(seed)).toBe(false)
      expect(seed).toBeGreaterThan(60)
    }
    expect(days.filter((it) => hasLast(it, false)).length).toBeGreaterThan(30)
    expect(days.some((it) => hasLast(it, true))).toBe(false)
  })
})

describe('a mark of an answer', () => {
  it('[SM116] is made when the device hears it, not when it is made up', async () => {
    const told = async (network: Partial<NetworkConfig>): Promise<readonly string[]> => {
      const { marks } = await runSeed(1, { script: calmScript({ injectRate: 1, ...network }) })
      return Object.keys(marks).filter(
        (it) => it.startsWith('http:') || it === 'net:refused-after-commit',
      )
    }

    expect((await told({})).length).toBeGreaterThan(0)
    expect(await told({ lostAnswerRate: 1 })).toEqual([])
  })
})

describe('a lease that has run out', () => {
  it('[SM117] is a wanted mark, made where somebody else takes a session that its holder has not given back', async () => {
    const { marks, violation } = await runSeed(1, {
      script: { ...calmScript(), scenes: ['battery'] },
    })

    expect(violation).toBeNull()
    expect(marks['lease-ran-out']).toBe(1)
    expect(WANTED_MARKS).toContain('lease-ran-out')
  })
})
