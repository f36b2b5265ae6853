import { afterEach, describe, expect, it } from 'vitest'
import { RemoteError } from '../../src/domain/errors'
import { foldNew } from '../../src/sync/fold'
import type { LockKeeper } from '../../src/sync/lock-keeper'
import { createLockKeeper } from '../../src/sync/lock-keeper'
import { pushSession } from '../../src/sync/push'
import { changeSession } from '../../src/sync/session-row'
import { aScan, aSession, SESSION, TEA } from '../support/builders'
import { settle } from '../support/fake-time'
import type { DeviceOptions, TestDevice } from '../support/network-engine'
import { openDevice } from '../support/network-engine'
import { storeWith } from '../support/test-desk'

const opened: { device: TestDevice; keeper: LockKeeper }[] = []

async function keeping(options?: DeviceOptions) {
  const device = await openDevice({ session: aSession({ lock: 'none' }), ...options })
  const held: string[] = []
  const keeper = createLockKeeper(device.deps, (sessionId) => held.push(sessionId))
  opened.push({ device, keeper })
  return { ...device, keeper, held }
}

/** A device whose sessions cannot be written while `storage.isBroken`. */
async function breaking() {
  const device = await openDevice({ session: aSession({ lock: 'none' }) })
  const storage = { isBroken: false }
  const scans = storeWith(device.deps.scans, (tables, mode) =>
    storage.isBroken && mode === 'rw' && tables.includes('sessions') ? Promise.reject(new Error('Commit failed')) : Promise.resolve(),
  )
  const held: string[] = []
  const keeper = createLockKeeper({ ...device.deps, scans }, (sessionId) => held.push(sessionId))
  opened.push({ device, keeper })
  return { ...device, keeper, held, storage }
}
afterEach(async () => {
  for (const { device, keeper } of opened.splice(0)) {
    keeper.stop()
    await device.engine.close()
  }
})

const THIRD = 44_000

describe('lock keeper', () => {
  it('[LK1] [S3.26] [S3.42] hold the lock, and renew it before it runs out', async () => {
    const ana = await keeping()

    await ana.keeper.acquire(SESSION, { takeOver: false })
    for (let beat = 0; beat < 10; beat++) await ana.time.advance(THIRD)

    expect(ana.keeper.stateOf(SESSION)).toBe('held')
    expect(ana.server.calls.filter((it) => it === 'lockSession')).toHaveLength(1)
    expect(ana.server.calls.filter((it) => it === 'extendLock')).toHaveLength(11)
    expect((await ana.session()).lock).toMatchObject({ state: 'held', lease: { fence: 1 } })
  })

  it('[LK22] [I13] go on renewing after a heartbeat whose storage never answered (seed 152)', async () => {
    const ana = await openDevice({ session: aSession({ lock: 'none' }) })
    let hangs = false
    const scans = storeWith(ana.deps.scans, (tables) =>
      hangs && tables.includes('sessions') ? new Promise(() => undefined) : Promise.resolve(),
    )
    const keeper = createLockKeeper({ ...ana.deps, scans }, () => undefined)
    opened.push({ device: ana, keeper })
    await keeper.acquire(SESSION, { takeOver: false })
    hangs = true
    await ana.time.advance(THIRD)
    hangs = false
    const before = ana.server.calls.length

    await ana.time.advance(3 * THIRD)
    await ana.time.advance(THIRD)

    expect(ana.server.calls.length).toBeGreaterThan(before)
    expect(keeper.stateOf(SESSION)).toBe('held')
  })

  it('[LK24] [I7] tell a loss at once that the storage would not take, and store it at the next beat (seed 77)', async () => {
    const ana = await openDevice({ session: aSession({ lock: 'none' }) })
    const ben = await keeping({ server: ana.server, time: ana.time, deviceId: 'device-2', userName: 'ben' })
    let isBroken = false
    const scans = storeWith(ana.deps.scans, (tables, mode) =>
      isBroken && mode === 'rw' && tables.includes('sessions') ? Promise.reject(new Error('Commit failed')) : Promise.resolve(),
    )
    const keeper = createLockKeeper({ ...ana.deps, scans }, () => undefined)
    opened.push({ device: ana, keeper })
    await keeper.acquire(SESSION, { takeOver: false })
    await ben.keeper.acquire(SESSION, { takeOver: true })

    isBroken = true
    await ana.time.advance(THIRD)
    expect(ana.engine.messages).toContainEqual({ kind: 'lock', sessionId: SESSION, state: 'lost' })
    isBroken = false
    await ana.time.advance(THIRD)

    expect(keeper.stateOf(SESSION)).toBe('lost')
    expect((await ana.session()).lock).toMatchObject({ state: 'lost', lostTo: 'ben' })
  })

  it.each(['runs out', 'loses the network'] as const)('[LK24] [I7] stay with a loss that could not be stored when the lock %s behind it (seed 55)', async (then) => {
    const ana = await breaking()
    const ben = await keeping({ server: ana.server, time: ana.time, deviceId: 'device-2', userName: 'ben' })
    await ana.keeper.acquire(SESSION, { takeOver: false })
    await ben.keeper.acquire(SESSION, { takeOver: true })
    ana.storage.isBroken = true
    await ana.time.advance(THIRD)
    ana.server.isAway = then === 'loses the network'

    await ana.time.advance(4 * THIRD)
    const told = ana.engine.messages.filter((it) => it.kind === 'lock')
    ana.storage.isBroken = false
    await ana.time.advance(THIRD)

    expect(told.at(-1)).toMatchObject({ state: 'lost' })
    expect(ana.keeper.stateOf(SESSION)).toBe('lost')
    expect((await ana.session()).lock).toMatchObject({ state: 'lost', lostTo: 'ben' })
  })

  it('[LK25] tell at once that the lock is unverified where the storage does not take it, and store it at the next beat', async () => {
    const ana = await breaking()
    await ana.keeper.acquire(SESSION, { takeOver: false })
    ana.server.isAway = true
    ana.engine.messages.length = 0

    ana.storage.isBroken = true
    await ana.time.advance(THIRD)
    const told = ana.engine.messages.filter((it) => it.kind === 'lock')
    ana.storage.isBroken = false
    await ana.time.advance(THIRD)

    expect(told).toEqual([{ kind: 'lock', sessionId: SESSION, state: 'unverified' }])
    expect((await ana.session()).lock.state).toBe('unverified')
  })

  it('[LK25] pull what changed also where the first word that the lock is held again could not be stored', async () => {
    const ana = await breaking()
    await ana.keeper.acquire(SESSION, { takeOver: false })
    ana.server.isAway = true
    await ana.time.advance(THIRD)
    ana.server.isAway = false

    ana.storage.isBroken = true
    await ana.time.advance(THIRD)
    const early = [...ana.held]
    ana.storage.isBroken = false
    await ana.time.advance(THIRD)

    expect(early).toEqual([])
    expect(ana.held).toEqual([SESSION])
    expect((await ana.session()).lock).toMatchObject({ state: 'held', lease: { fence: 1 } })
  })

  it('[LK25] tell the window that it has no lock where a session that is over could not be stored so', async () => {
    const ana = await breaking()
    await ana.keeper.acquire(SESSION, { takeOver: false })
    await changeSession(ana.deps, SESSION, (row) => ({ ...row, session: { ...row.session, status: 'submitted' } }))
    ana.engine.messages.length = 0

    ana.storage.isBroken = true
    await ana.time.advance(THIRD)

    expect(ana.keeper.stateOf(SESSION)).toBe('none')
    expect(ana.engine.messages).toContainEqual({ kind: 'lock', sessionId: SESSION, state: 'none' })
  })

  it('[LK26] keep no lock that was borrowed and could not be stored: nobody would give it back', async () => {
    const ana = await breaking()
    ana.storage.isBroken = true

    await expect(ana.keeper.borrow(SESSION)).rejects.toThrow('Commit failed')

    expect(ana.keeper.stateOf(SESSION)).toBe('none')
    const asked = ana.server.calls.length
    await ana.time.advance(3 * THIRD)
    expect(ana.server.calls).toHaveLength(asked)
  })

  it('[LK27] [I7] let a heartbeat that was given up say nothing any more, when the lock was lost meanwhile', async () => {
    const ana = await openDevice({ session: aSession({ lock: 'none' }) })
    const ben = await keeping({ server: ana.server, time: ana.time, deviceId: 'device-2', userName: 'ben' })
    let answer = (): void => undefined
    const answered = new Promise<void>((resolve) => (answer = resolve))
    let isSlow = false
    const scans = storeWith(ana.deps.scans, (tables, mode) => (isSlow && mode === 'rw' && tables.includes('sessions') ? answered : Promise.resolve()))
    const keeper = createLockKeeper({ ...ana.deps, scans }, () => undefined)
    opened.push({ device: ana, keeper })
    await keeper.acquire(SESSION, { takeOver: false })
    isSlow = true
    await ana.time.advance(THIRD)
    isSlow = false
    await ben.keeper.acquire(SESSION, { takeOver: true })
    await ana.time.advance(5 * THIRD)
    expect(keeper.stateOf(SESSION)).toBe('lost')

    answer()
    await ana.time.advance(1000)

    expect(keeper.stateOf(SESSION)).toBe('lost')
    expect((await ana.session()).lock.state).toBe('lost')
    expect(ana.engine.messages.findLast((it) => it.kind === 'lock')).toMatchObject({ state: 'lost' })
  })

  it.each(['storage', 'server'] as const)('[LK23] [I7] say nothing of what the %s was slow to answer, once another window has the session (seed 1730)', async (slow) => {
    const ana = await openDevice({ session: aSession({ lock: 'none' }) })
    let answer = (): void => undefined
    const answered = new Promise<void>((resolve) => (answer = resolve))
    let [isSlow, sleptMs] = [false, 0]
    const scans = storeWith(ana.deps.scans, (tables) => (isSlow && slow === 'storage' && tables.includes('sessions') ? answered : Promise.resolve()))
    const clock = { now: () => ana.time.clock.now() + sleptMs, mono: ana.time.clock.mono }
    const keeper = createLockKeeper({ ...ana.deps, scans, clock }, () => undefined)
    opened.push({ device: ana, keeper })
    await keeper.acquire(SESSION, { takeOver: false })
    ana.server.meanwhile = (call) => (slow === 'server' && call === 'lockSession' ? answered : Promise.resolve())
    isSlow = true
    // It slept: the heartbeat that wakes up would say that nobody knows whose the lock is, and then that it is ours.
    sleptMs = 3_600_000
    keeper.recheck()
    await settle()
    keeper.drop(SESSION)
    const told = ana.engine.messages.length
    const { lock } = await ana.session()
    answer()
    await ana.time.advance(1000)

    expect(ana.engine.messages.slice(told)).toEqual([])
    expect((await ana.session()).lock).toEqual(lock)
  })

  it('[LK2] [S3.49] leave the lock with the device that has it, and name the holder', async () => {
    const ana = await keeping()
    const ben = await keeping({
      server: ana.server,
      time: ana.time,
      deviceId: 'device-2',
      userName: 'ben',
    })
    await ana.keeper.acquire(SESSION, { takeOver: false })

    const refused = await ben.keeper
      .acquire(SESSION, { takeOver: false })
      .catch((error: unknown) => error)

    expect(refused).toMatchObject({
      reason: 'locked',
      details: { holder: { userName: 'ana', deviceId: 'device-1' } },
    })
    expect(ben.keeper.stateOf(SESSION)).toBe('none')
  })

  it('[LK3] [S3.37] go on unverified while the network is away, without end, and ask again when it is back', async () => {
    const ana = await keeping()
    await ana.keeper.acquire(SESSION, { takeOver: false })
    ana.server.isAway = true

    for (let beat = 0; beat < 200; beat++) await ana.time.advance(THIRD)
    const whileAway = ana.keeper.stateOf(SESSION)
    ana.server.isAway = false
    ana.keeper.recheck()
    await settle()

    expect(whileAway).toBe('unverified')
    expect(ana.keeper.stateOf(SESSION)).toBe('held')
    expect(ana.held).toEqual([SESSION])
  })

  it('[LK4] lose the lock only by the word of a signed-in server', async () => {
    const ana = await keeping()
    await ana.keeper.acquire(SESSION, { takeOver: false })
    const words = [
      'offline',
      'captive-portal',
      'server-down',
      'unauthorized',
      'forbidden',
      'rejected',
    ] as const

    const states: string[] = []
    for (const reason of words) {
      ana.server.refuse = () => new RemoteError(reason, reason)
      await ana.time.advance(THIRD)
      states.push(ana.keeper.stateOf(SESSION))
    }

    expect(states).toEqual(words.map(() => 'unverified'))
  })

  it('[LK5] [S3.48] is lost when another device took it over, says to whom, and own rows still go as late ones', async () => {
    const ana = await keeping()
    const ben = await keeping({
      server: ana.server,
      time: ana.time,
      deviceId: 'device-2',
      userName: 'ben',
    })
    await ana.keeper.acquire(SESSION, { takeOver: false })
    await ana.scans(aScan(TEA), aScan(TEA))
    await ben.keeper.acquire(SESSION, { takeOver: true })

    await ana.time.advance(THIRD)
    await foldNew(ana.deps)
    await pushSession(ana.deps, ana.memory, SESSION)

    expect(ana.keeper.stateOf(SESSION)).toBe('lost')
    expect((await ana.session()).lock).toMatchObject({ state: 'lost', lostTo: 'ben' })
    expect(ana.engine.messages).toContainEqual({ kind: 'lock', sessionId: SESSION, state: 'lost' })
    expect(ana.server.total(SESSION, TEA)).toBe(2)
    expect(ana.server.session(SESSION).late.size).toBe(1)
  })

  it('[LK6] hand on what other devices have not sent', async () => {
    const ana = await keeping()
    const ben = await keeping({
      server: ana.server,
      time: ana.time,
      deviceId: 'device-2',
      userName: 'ben',
    })
    await ana.scans(aScan(TEA), aScan(TEA), aScan(TEA))
    await ana.keeper.acquire(SESSION, { takeOver: false })

    const lease = await ben.keeper.acquire(SESSION, { takeOver: true })

    expect(lease.pendingElsewhere).toMatchObject([
      { deviceId: 'device-1', userName: 'ana', unsentScans: 3 },
    ])
  })

  it('[LK7] tell with every heartbeat how many scans are unsent', async () => {
    const ana = await keeping()
    await ana.keeper.acquire(SESSION, { takeOver: false })
    await ana.scans(aScan(TEA), aScan(TEA))

    await ana.time.advance(THIRD)

    expect(ana.server.session(SESSION).unsent.get('device-1')?.unsentScans).toBe(2)
  })

  it('[LK8] distrust the lease after a jump of the clock, and ask before anything else', async () => {
    const ana = await keeping()
    let sleptMs = 0
    const deps = {
      ...ana.deps,
      clock: { now: () => ana.time.clock.now() + sleptMs, mono: ana.time.clock.mono },
    }
    const keeper = createLockKeeper(deps, () => undefined)
    opened.push({ device: ana, keeper })
    await keeper.acquire(SESSION, { takeOver: false })
    ana.engine.messages.length = 0

    sleptMs = 3_600_000
    keeper.recheck()
    await settle()

    expect(ana.engine.messages.filter((it) => it.kind === 'lock')).toMatchObject([
      { state: 'unverified' },
      { state: 'held' },
    ])
    expect(ana.server.calls).not.toContain('extendLock')
  })

  it('[LK9] take an expired lock up again when nobody had it in between', async () => {
    const ana = await keeping()
    await ana.keeper.acquire(SESSION, { takeOver: false })
    ana.server.isAway = true
    await ana.time.advance(600_000)
    ana.server.isAway = false

    ana.keeper.recheck()
    await settle()

    expect(ana.keeper.stateOf(SESSION)).toBe('held')
    expect((await ana.session()).lock.lease?.fence).toBe(2)
  })

  it('[LK10] start offline from the stored lock: unverified, or lost if the server had said so', async () => {
    const ana = await keeping({ session: aSession({ lock: 'held' }) })
    const ben = await keeping({ session: aSession({ lock: 'lost' }) })
    ana.server.isAway = true
    ben.server.isAway = true

    const states = [
      await ana.keeper.resumeOffline(SESSION),
      await ben.keeper.resumeOffline(SESSION),
    ]

    expect(states).toEqual(['unverified', 'lost'])
  })

  it('[LK11] [S3.27] give the lock back on leaving, and beat no more', async () => {
    const ana = await keeping()
    await ana.keeper.acquire(SESSION, { takeOver: false })

    await ana.keeper.leave(SESSION)
    await ana.time.advance(300_000)

    expect(ana.server.session(SESSION).lock).toBeNull()
    expect(ana.server.calls).not.toContain('extendLock')
    expect((await ana.session()).lock).toMatchObject({ state: 'none', lease: { fence: 1 } })
  })

  it('[LK12] leave without the network, and let the lease run out by itself', async () => {
    const ana = await keeping()
    await ana.keeper.acquire(SESSION, { takeOver: false })
    ana.server.isAway = true

    await ana.keeper.leave(SESSION)

    expect((await ana.session()).lock.state).toBe('none')
    expect(ana.logged).toContain('release-failed')
  })

  it('[LK16] stop asking when another window of this device has submitted the session', async () => {
    const ana = await keeping()
    await ana.keeper.acquire(SESSION, { takeOver: false })
    await changeSession(ana.deps, SESSION, (row) => ({
      ...row,
      session: { ...row.session, status: 'submitted' },
    }))
    ana.server.calls.length = 0

    await ana.time.advance(600_000)

    expect(ana.server.calls).toEqual([])
    expect(ana.keeper.stateOf(SESSION)).toBe('none')
    expect((await ana.session()).lock.state).toBe('none')
  })

  it('[LK16] stop asking when somebody else has submitted the session', async () => {
    const ana = await keeping()
    await ana.keeper.acquire(SESSION, { takeOver: false })
    const { header } = ana.server.session(SESSION)
    ana.server.session(SESSION).header = { ...header, status: 'submitted' }
    ana.server.refuse = (call) =>
      call === 'extendLock' || call === 'lockSession'
        ? new RemoteError('rejected', 'Session S1 is submitted and cannot be locked')
        : null

    await ana.time.advance(THIRD)
    ana.server.calls.length = 0
    await ana.time.advance(600_000)

    expect(ana.server.calls).toEqual([])
    expect(await ana.session()).toMatchObject({
      lock: { state: 'none' },
      session: { status: 'submitted' },
    })
  })
})
