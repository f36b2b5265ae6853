// The simulator's eyes on server and devices: each promise, broken on purpose, must be seen. The scenes: each is played to its end.
import { describe, expect, it, vi } from 'vitest'
import { PROTOCOL } from '../../src/contract/envelope'
import { LIMITS } from '../../src/domain/limits'
import { asId } from '../../src/domain/ids'
import { unitsOf } from '../../src/domain/quantity'
import type { SessionId } from '../../src/domain/ids'
import { scansName } from '../../src/db/names'
import { checkConservedBase } from './checks'
import type { Device } from './device'
import { runSeed, scriptOf } from './run-seed'
import { playScenes, SCENE_KINDS } from './scenes'
import { SimWorld } from './sim-world'
import { CALM_NETWORK, CALM_STORAGE, drawSwarm } from './swarm'
import type { SimRequest } from './server/wire'
import { TEA } from './things'
import { WANTED_MARKS } from './wanted-marks'
import { ORIGIN } from './window'
import type { SimWindow } from './window'

// Whole worlds on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

const S1 = asId<SessionId>('S1')
const LOCK: SimRequest = { method: 'POST', path: 'inventory-cycle-count/cycleCounts/sessions/S1/lock', token: null }
const REFUSED = { status: 409, text: '{"code":"SESSION_LOCKED"}', contentType: 'application/json' }
const OK = { status: 200, text: '', contentType: null }

const submitOf = (queuedAt: number): SimRequest => ({
  method: 'PUT',
  path: 'inventory-cycle-count/cycleCounts/sessions/S1',
  body: JSON.stringify({ statusId: 'SESSION_SUBMITTED', requestId: `submit:S1:${queuedAt}` }),
  token: null,
})

interface Shop {
  readonly world: SimWorld
  readonly device: Device
  readonly window: SimWindow
  /** Of ana's scans on the first device. */
  readonly name: string
  readonly broken: () => string | null
}

/** Ana counts in S1 on the first device; sam is at the second one. No faults. */
async function aShop(profile: 'extended' | 'hotwax' = 'extended'): Promise<Shop> {
  const swarm = { ...drawSwarm(1), profile, devices: 2, tabs: 1, users: ['ana', 'sam'], countType: 'directed', sessions: 1 } as const
  const calm = { limits: LIMITS, network: CALM_NETWORK, storage: CALM_STORAGE, faultKinds: [], faults: 0, skewMs: [], keepsLog: false, hasPoison: false, protocols: [] }
  const world = new SimWorld({ seed: 1, swarm: { ...swarm, ...calm }, traceLines: 0 })
  const [device] = world.devices
  const window = world.windows[0]?.[0]
  if (device === undefined || window === undefined) throw new Error('The shop has no device')
  world.heal()
  for (const [index, user] of ['ana', 'sam'].entries()) await world.attend(index, user)
  expect(await opens(world, 0, false)).toBe('held')
  return { world, device, window, name: scansName(ORIGIN, 'ana'), broken: () => world.violation?.invariant ?? null }
}

async function opens(world: SimWorld, device: number, takeOver: boolean): Promise<string> {
  const window = world.windows[device]?.[0]
  if (window === undefined) throw new Error('No such window')
  await world.waitFor(world.people.open(window, S1, takeOver))
  return window.lock
}

async function scans({ world }: Shop, times: number): Promise<void> {
  for (let n = 0; n < times; n++) {
    world.people.act({ kind: 'scan', device: 0, tab: 0, value: TEA, times: 1 })
    await world.pause(500)
  }
}

/** Offline, with scans that wait and a submit that was asked for. @returns when it was queued, by the device's clock */
async function aQueuedSubmit(shop: Shop): Promise<number> {
  const { world, device, name } = shop
  device.line.isOffline = true
  await scans(shop, 2)
  world.people.act({ kind: 'submit', device: 0, tab: 0 })
  await world.pause(2000)
  const queuedAt = device.database(name).row('sessions', S1)?.submitQueuedAt
  if (queuedAt == null) throw new Error('The submit is not queued')
  return queuedAt
}

describe('scenes of an evening', () => {
  it.each(SCENE_KINDS)('[SM40] %s is played to its end, and nothing is broken by it', async (kind) => {
    const profile = kind === 'late-copy' || kind === 'answered-copy' ? 'hotwax' : 'extended'
    let isPlayed = false
    for (let seed = 1; !isPlayed && seed < 200; seed++) {
      const script = { ...scriptOf(seed), faults: [], actions: [], scenes: [kind] }
      if (script.swarm.profile !== profile) continue
      const { violation, marks } = await runSeed(seed, { script })
      expect(violation).toBeNull()
      isPlayed = marks[`scene:${kind}`] !== undefined
    }
    expect(isPlayed).toBe(true)
  })

  it('[SM131] one that breaks off leaves no device without a network (seeds 4793, 4969)', async () => {
    const { world, device, broken } = await aShop()
    const [, other] = world.devices
    if (other === undefined) throw new Error('The shop has one device')
    // Sam cannot open the session: the scene ends while the counter is offline.
    other.disk.isFull = true

    await playScenes(world, 1, ['removed-behind-a-file'])

    expect(world.marks.counts.get('scene:removed-behind-a-file')).toBeUndefined()
    expect(device.line.isOffline).toBe(false)
    expect(broken()).toBeNull()
  })
})

describe('versions of the protocol', () => {
  it('[SM76] [I18] change when a page is loaded anew, and under an app that is open', async () => {
    const { world, device, window } = await aShop()
    device.protocol = PROTOCOL - 1
    const spoken = new Set<number>()
    for (let life = 0; life < 40; life++) {
      window.die()
      spoken.add(device.protocol)
      window.boot()
    }
    expect([...spoken]).toEqual([PROTOCOL - 1, PROTOCOL])
    expect(world.marks.counts.get('upgraded:window')).toBe(1)
    expect(WANTED_MARKS).toContain('upgraded:server')
  })
})

describe('what the server and the devices owe each other', () => {
  it('[SM41] at rest the evidence on the server is what the devices have: one event less is found', async () => {
    const shop = await aShop()
    await scans(shop, 3)
    await shop.world.atRest.converge('scans')
    expect(shop.broken()).toBeNull()

    const evidence = shop.world.server.scanEventsOf('S1') as Map<string, unknown>
    expect(evidence.size).toBe(3)
    evidence.delete([...evidence.keys()][1] ?? '')
    await shop.world.atRest.converge('a loss')

    expect(shop.broken()).toBe('I3')
  })

  it('[SM42] nobody is refused for a holder whose lease is over', async () => {
    const { world, device, window, broken } = await aShop()
    world.watch.onAnswer(LOCK, 'D2', REFUSED)
    expect(broken()).toBeNull()

    window.die()
    await world.pause(LIMITS.leaseSeconds * 1000 + 1)
    world.watch.onAnswer(LOCK, 'D2', REFUSED)

    expect(device.name).toBe('D1')
    expect(broken()).toBe('SL4')
  })

  it('[SM43] nobody takes a session that is held, unless they may', async () => {
    for (const [userId, expected] of [['sam', null], ['ana', null], ['ben', 'SL6']] as const) {
      const { world, broken } = await aShop()
      const last = world.server.audit.locks.at(-1)
      if (last === undefined) throw new Error('Nobody holds a lock')
      world.server.audit.locks.push({ ...last, row: { ...last.row, userId, deviceId: 'other', fence: (last.row.fence ?? 0) + 1 } })
      world.watch.onAnswer(LOCK, 'D2', OK)
      expect(broken()).toBe(expected)
    }
  })

  it('[SM44] rows of a session that is not settled are never held back', async () => {
    const shop = await aShop()
    await scans(shop, 1)
    await shop.world.atRest.converge('scans')
    const { audit } = shop.world.server
    const told = audit.verdicts.at(-1)
    if (told === undefined) throw new Error('The server judged nothing')
    audit.verdicts.push({ ...told, verdict: 'held' })
    shop.world.watch.onAnswer(LOCK, 'D1', OK)

    expect(shop.broken()).toBe('SC11')
  })

  it('[SM45] a submit that goes through before all was sent is found', async () => {
    const shop = await aShop()
    const queuedAt = await aQueuedSubmit(shop)
    const { world } = shop
    const move = { epoch: world.server.epoch, sessionId: 'S1', at: world.server.now(), userId: 'ana', from: 'assigned', to: 'submitted', fence: 1, currentFence: 1, heldUnder: 1 }
    world.server.audit.moves.push(move)
    world.watch.onAnswer(submitOf(queuedAt), 'D1', OK)

    expect(shop.broken()).toBe('SB1')
  })

  it('[SM46] a submit that leaves the device after it was withdrawn is found', async () => {
    const shop = await aShop()
    const queuedAt = await aQueuedSubmit(shop)
    const { world } = shop
    await world.pause(100_000)
    world.watch.onSent(submitOf(queuedAt), 'D1')
    expect(shop.broken()).toBeNull()

    world.people.act({ kind: 'withdraw', device: 0, tab: 0 })
    await world.pause(5000)
    world.watch.onSent(submitOf(queuedAt), 'D1')

    expect(shop.broken()).toBe('SB8')
  })

  it('[SM47] a pull that removes what the server shows is found', async () => {
    const { world, device, name, broken } = await aShop()
    const row = device.database(name).rows('inventoryCountRecords').find((it) => it.origin === 'server')
    expect(row).toBeDefined()
    world.watch.onCommit(device, name, [{ table: 'inventoryCountRecords', before: row && { ...row }, after: undefined, takeBack: () => undefined }])

    expect(broken()).toBe('I10')
  })

  it('[SM48] a window that goes on counting for a lease after somebody else got the session is found', async () => {
    const { world, window, broken } = await aShop()
    expect(await opens(world, 1, true)).toBe('held')
    await world.atRest.proveHolders(S1)
    expect(broken()).toBeNull()

    window.lock = 'held'
    await world.atRest.proveHolders(S1)

    expect(broken()).toBe('I7')
  })
  it('[SM71] two windows of a device that both count in a session are found', async () => {
    const { world, device, window, broken } = await aShop()
    const other = world.addWindow(device)
    await world.attend(0, 'ana')
    world.people.wakeUp(other, null)
    await world.until(() => other.page !== null, 20_000)
    await world.waitFor(world.people.open(other, S1, true))
    await world.until(() => window.lock === 'elsewhere', 20_000)
    world.atRest.proveOneWindow(device, S1)
    expect(broken()).toBeNull()

    window.lock = 'held'
    world.atRest.proveOneWindow(device, S1)

    expect(broken()).toBe('I7')
  })
  it('[SM75] a row that is shown as held, and that the server never held, is found', async () => {
    const { world, device, name, broken } = await aShop()
    await scans({ world, device, name } as Shop, 1)
    await world.atRest.converge('a scan')
    expect(broken()).toBeNull()

    const [row] = device.database(name).rows('inventoryCountRecords').filter((it) => it.origin === 'own')
    if (row === undefined) throw new Error('No row')
    const held = { uuid: row.uuid, sessionId: S1, kind: 'held', code: 'SESSION_CLOSED', message: '', rev: row.rev, at: 0 } as const
    const written = device.database(name).open({ turn: world.scheduler.turn }).tx(['quarantine'], 'rw', (tx) => tx.put('quarantine', held))
    await world.waitFor(written)
    await world.atRest.converge('a lie')

    expect(broken()).toBe('I16')
  })

  it('[SM73] base: what the server shows otherwise after a submit, or of scans that never were, is found', async () => {
    for (const [quantity, isSeen] of [[1, true], [99, false]] as const) {
      const shop = await aShop('hotwax')
      await scans(shop, 2)
      shop.world.people.act({ kind: 'submit', device: 0, tab: 0 })
      await shop.world.until(() => shop.world.server.statusOf('S1') === 'submitted', 60_000)
      await shop.world.atRest.converge('a submit')
      expect(shop.broken()).toBeNull()

      const [row] = shop.world.server.rowsOf('S1').filter((it) => (it.quantity ?? 0) > 0)
      expect(row).toBeDefined()
      Object.assign(row ?? {}, { quantity: unitsOf(quantity) })
      if (isSeen) await shop.world.atRest.converge('a change')
      else checkConservedBase(shop.world.checks())

      expect(shop.broken()).toBe('I3')
    }
  })
})

describe('users of one device', () => {
  const rowOf = (logId: string): string => JSON.stringify({ items: [{ uuid: 'r', logId, countedByUserLoginId: 'ana' }] })
  const pushOf = (token: string, logId: string): SimRequest => ({ method: 'PUT', path: 'inventory-cycle-count/cycleCounts/sessions/S1/items', token, body: rowOf(logId) })

  it('[SM118] [I22] send nothing that another one counted: a row under a strange sign-in is found', async () => {
    const { world, broken } = await aShop()
    world.watch.onSent(pushOf(world.server.tokenFor('ana'), 'L1'), 'D1')
    world.watch.onSent(pushOf('no token of ours', 'L1'), 'D1')
    expect(broken()).toBeNull()

    world.watch.onSent(pushOf(world.server.tokenFor('ben'), 'L1'), 'D1')
    expect(broken()).toBe('I22')
  })

  it('[SM118] [I22] keep nothing that another one counted: a scan in a strange database is found', async () => {
    const shop = await aShop()
    await scans(shop, 1)
    expect(shop.broken()).toBeNull()

    const [event] = shop.device.database(shop.name).rows('scanEvents')
    shop.world.watch.onCommit(shop.device, scansName(ORIGIN, 'ben'), [{ table: 'scanEvents', key: 1, before: undefined, after: event }] as never)
    expect(shop.broken()).toBe('I22')
  })

  it('[SM118] [HF7] send what came by file under their own sign-in, and it stays of whoever made it', async () => {
    const { violation, marks } = await runSeed(3, { script: { ...scriptOf(3), swarm: { ...scriptOf(3).swarm, profile: 'extended', devices: 2, users: ['ana', 'sam'], network: CALM_NETWORK, storage: CALM_STORAGE, hasPoison: false }, faults: [], actions: [], scenes: ['handed-over'] } })
    expect(violation).toBeNull()
    expect(marks['file-taken']).toBeGreaterThan(0)
  })
})
