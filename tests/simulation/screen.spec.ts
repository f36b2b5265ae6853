// What a simulated person has on screen: one session at a time, and a dialog that stays until it is answered.
import { describe, expect, it, vi } from 'vitest'
import { asId } from '../../src/domain/ids'
import type { SessionId } from '../../src/domain/ids'
import { LIMITS } from '../../src/domain/limits'
import type { SyncWorkerApi } from '../../src/worker/protocol'
import { chanceOf } from './random'
import { SimWorld } from './sim-world'
import { drawSwarm } from './swarm'
import { createTyping } from './typing'
import type { SimWindow } from './window'

vi.setConfig({ testTimeout: 30_000 })

const [S1, S2] = [asId<SessionId>('S1'), asId<SessionId>('S2')]
const LONG_MS = 2 * 3_600_000

/** One device with one window, which counts in S1; nothing goes wrong. */
async function aCalmWorld() {
  const swarm = { ...drawSwarm(1), profile: 'extended' as const, devices: 1, tabs: 1, sessions: 2, hasPoison: false, skewMs: [0] }
  const world = new SimWorld({ seed: 1, swarm, traceLines: 0 })
  const [window] = world.windowsOf(0)
  if (window === undefined) throw new Error('A world without a window')
  world.heal()
  world.begin()
  expect(await world.until(() => window.lock === 'held', 60_000)).toBe(true)
  return { world, window }
}

describe('a window', () => {
  it('[SM90] [I7] shows the session that was asked for last, with its own lock, and leaves the others (seed 4544)', async () => {
    const { world, window } = await aCalmWorld()

    world.people.act({ kind: 'open', device: 0, tab: 0, sessionId: S2, takeOver: true })
    await world.pause(1)
    world.people.act({ kind: 'open', device: 0, tab: 0, sessionId: S1, takeOver: true })
    await world.pause(30_000)

    expect([window.sessionId, window.lock]).toEqual([S1, 'held'])
    expect([S1, S2].map((it) => world.watch.holderOf(it)?.userId ?? null)).toEqual([window.page?.config.userName, null])
    expect(world.violation).toBeNull()
  })
})

describe('a person who signs in', () => {
  it('[SM102] [WK61] waits for no storage without end: the page is loaded anew, and the next sign-in lets them in', async () => {
    const { world, window } = await aCalmWorld()
    world.people.act({ kind: 'sign-out', device: 0, tab: 0 })
    await world.pause(5000)
    const { worker, lives } = window
    if (worker === null) throw new Error('A window without a worker')
    const dyingBehind: SyncWorkerApi['signIn'] = async (...args) => {
      const outcome = await worker.signIn(...args)
      window.device.disk.isHanging = true
      return outcome
    }
    window.worker = new Proxy(worker, {
      get: (api, name: keyof SyncWorkerApi | 'then') =>
        name === 'signIn' ? dyingBehind : name === 'then' ? undefined : api[name],
    })

    const first = world.people.signIn(window, 'ben')
    await world.waitFor(first)
    window.device.disk.isHanging = false
    await world.pause(5000)

    expect(window.lives).toBe(lives + 1)
    expect(await entered(world, window, 'ben')).toBe(true)
  })

  it('[SM102] [WK61] is told within the time limit where the worker’s storage never answers, and tries again', async () => {
    const { world, window } = await aCalmWorld()
    world.people.act({ kind: 'sign-out', device: 0, tab: 0 })
    await world.pause(5000)
    window.device.disk.isHanging = true
    const isOver = { first: false }
    void world.people.signIn(window, 'ben').catch(() => (isOver.first = true))
    await world.pause(LIMITS.storageTimeoutMs + 5000)
    window.device.disk.isHanging = false

    expect(isOver.first).toBe(true)
    expect(await entered(world, window, 'ben')).toBe(true)
  })

  async function entered(world: SimWorld, window: SimWindow, user: string): Promise<boolean> {
    await world.waitFor(world.people.signIn(window, user))
    return window.page?.config.userName === user
  }
})

describe('a person who is asked for the password', () => {
  async function typed(outcomes: readonly (boolean | Error)[]) {
    const { world, window } = await aCalmWorld()
    let attempts = 0
    const typing = createTyping({
      seed: 1,
      scheduler: world.scheduler,
      chance: chanceOf(1, 'test'),
      marks: world.marks,
      note: () => undefined,
      people: {
        open: async () => true,
        async signIn() {
          const outcome = outcomes[attempts] ?? false
          attempts += 1
          if (outcome instanceof Error) throw outcome
          if (outcome) typing.onStatus(window, 'synced')
          return outcome
        },
      },
    })
    typing.onStatus(window, 'auth-needed')
    typing.onStatus(window, 'auth-needed')
    await world.pause(LONG_MS)
    return attempts
  }

  it('[SM91] types again where a sign-in broke off, until it went through (seed 8407)', async () => {
    expect(await typed([false, new Error('the worker died'), true])).toBe(3)
  })

  it('[SM91] gives up in the end', async () => {
    expect(await typed([])).toBe(100)
  })
})
