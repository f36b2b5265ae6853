import { afterEach, describe, expect, it } from 'vitest'
import { RemoteError } from '../../src/domain/errors'
import { foldNew } from '../../src/sync/fold'
import { createLockKeeper } from '../../src/sync/lock-keeper'
import type { LockKeeper } from '../../src/sync/lock-keeper'
import { pushSession } from '../../src/sync/push'
import { carryOutSubmit, queueSubmit, withdrawSubmit } from '../../src/sync/submit'
import { aScan, aSession, RICE, SESSION, TEA, units } from '../support/builders'
import type { DeviceOptions, TestDevice } from '../support/network-engine'
import { openDevice } from '../support/network-engine'

const opened: { device: TestDevice; keeper: LockKeeper }[] = []

async function counting(options?: DeviceOptions) {
  const device = await openDevice({ session: aSession({ lock: 'none' }), ...options })
  const keeper = createLockKeeper(device.deps, () => undefined)
  opened.push({ device, keeper })
  await keeper.acquire(SESSION, { takeOver: false })
  const parts = { deps: device.deps, keeper, memory: device.memory }
  const submit = async () => {
    await queueSubmit(device.deps, SESSION)
    return carryOutSubmit(parts, SESSION)
  }
  return { ...device, keeper, parts, submit }
}
afterEach(async () => {
  for (const { device, keeper } of opened.splice(0)) {
    keeper.stop()
    await device.engine.close()
  }
})

const statusOf = (it: TestDevice) => it.server.session(SESSION).header.status

describe.each(['extended', 'hotwax'] as const)('submit to a server of profile %s', (profile) => {
  it('[SB1] send everything first, then move the status, then give the lock back', async () => {
    const ana = await counting({ profile })
    await ana.scans(aScan(TEA), aScan(TEA), aScan(RICE))

    const result = await ana.submit()

    expect(result).toBe('done')
    expect(ana.server.total(SESSION, TEA)).toBe(2)
    expect(statusOf(ana)).toBe('submitted')
    expect(ana.server.session(SESSION).lock).toBeNull()
    expect(await ana.session()).toMatchObject({
      submitQueuedAt: null,
      session: { status: 'submitted' },
    })
  })

  it('[SB2] not submit while the server shows another quantity than the device', async () => {
    const ana = await counting({ profile })
    await ana.scans(aScan(TEA))
    await foldNew(ana.deps)
    await pushSession(ana.deps, ana.memory, SESSION)
    ana.server.meanwhile = (call) => {
      const { rows } = ana.server.session(SESSION)
      // Somebody edits the row again and again.
      if (call === 'putItems' || call === 'lockSession' || call === 'session')
        for (const [uuid, row] of rows) rows.set(uuid, { ...row, quantity: units(7) })
      return Promise.resolve()
    }

    const result = await ana.submit()

    expect(['changed-elsewhere', 'rejected']).toContain(result)
    expect(statusOf(ana)).toBe('assigned')
    expect((await ana.session()).submitQueuedAt).not.toBeNull()
  })

  it('[SB3] send once more what the server lost, and go on', async () => {
    const ana = await counting({ profile })
    await ana.scans(aScan(TEA), aScan(TEA))
    await foldNew(ana.deps)
    await pushSession(ana.deps, ana.memory, SESSION)
    ana.server.session(SESSION).rows.clear()

    const result = await ana.submit()

    expect(result).toBe('done')
    expect(ana.server.total(SESSION, TEA)).toBe(2)
  })

  it('[SB4] submit nothing when somebody else holds the lock, and lose nothing', async () => {
    const ana = await counting({ profile })
    const ben = await openDevice({
      server: ana.server,
      time: ana.time,
      deviceId: 'device-2',
      userName: 'ben',
    })
    await ana.scans(aScan(TEA))
    await ben.deps.api.lockSession({
      sessionId: SESSION,
      requestId: 'r',
      mode: 'force',
      unsentScans: 0,
    })

    const result = await ana.submit()

    expect(result).toBe('stale-fence')
    expect(statusOf(ana)).toBe('assigned')
    expect((await ana.session()).submitProblem).toBe('stale-fence')
    await pushSession(ana.deps, ana.memory, SESSION)
    expect(ana.server.total(SESSION, TEA)).toBe(1)
    await ben.engine.close()
  })

  it('[SB5] stay queued without the network, and go through later', async () => {
    const ana = await counting({ profile })
    await ana.scans(aScan(TEA))
    ana.server.isAway = true

    const offline = await ana.submit().catch((error: unknown) => error)
    const queued = await ana.session()
    ana.server.isAway = false
    const online = await carryOutSubmit(ana.parts, SESSION)

    expect(offline).toMatchObject({ reason: 'offline' })
    expect(queued).toMatchObject({ submitQueuedAt: ana.time.clock.now(), submitProblem: null })
    expect(online).toBe('done')
  })

  it('[SB6] find out that a submit whose answer was lost went through', async () => {
    const ana = await counting({ profile })
    await ana.scans(aScan(TEA))
    ana.server.meanwhile = (call) => {
      if (call === 'setSessionStatus') ana.server.losesAnswers = 1
      return Promise.resolve()
    }

    const lost = await ana.submit().catch((error: unknown) => error)
    const again = await carryOutSubmit(ana.parts, SESSION)

    expect(lost).toMatchObject({ reason: 'offline' })
    expect(again).toBe('done')
    expect(ana.server.calls.filter((it) => it === 'setSessionStatus')).toHaveLength(1)
  })
})

describe('submit', () => {
  it('[SB7] is not through while the server refuses a row', async () => {
    const ana = await counting()
    await ana.scans(aScan(TEA), aScan(RICE))
    ana.server.refuse = (call, request) =>
      call === 'putItems' && JSON.stringify(request).includes(RICE)
        ? new RemoteError('rejected', 'bad', { status: 400 })
        : null

    const result = await ana.submit()

    expect(result).toBe('rejected')
    expect(statusOf(ana)).toBe('assigned')
  })

  it('[SB8] is withdrawn before it went through, as if it had never been asked for', async () => {
    const ana = await counting()
    await queueSubmit(ana.deps, SESSION)

    await withdrawSubmit(ana.deps, SESSION)
    const result = await carryOutSubmit(ana.parts, SESSION)

    expect(result).toBe('nothing-queued')
    expect(statusOf(ana)).toBe('assigned')
    expect((await ana.session()).submitQueuedAt).toBeNull()
  })
})
