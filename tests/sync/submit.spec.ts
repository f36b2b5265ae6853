import { afterEach, describe, expect, it } from 'vitest'
import { RemoteError } from '../../src/domain/errors'
import { asId } from '../../src/domain/ids'
import type { LogId, RowUuid } from '../../src/domain/ids'
import { foldNew } from '../../src/sync/fold'
import { createLockKeeper } from '../../src/sync/lock-keeper'
import type { LockKeeper } from '../../src/sync/lock-keeper'
import { pullSession } from '../../src/sync/pull'
import { pushSession } from '../../src/sync/push'
import { carryOutSubmit, queueSubmit, withdrawSubmit } from '../../src/sync/submit'
import {
  aScan,
  aServerItem,
  aSession,
  negationOf,
  RICE,
  SESSION,
  TEA,
  units,
} from '../support/builders'
import type { Call } from '../support/fake-server'
import type { DeviceOptions, TestDevice } from '../support/network-engine'
import { openDevice } from '../support/network-engine'
import { allRows } from '../support/test-engine'

const opened: { device: TestDevice; keeper: LockKeeper }[] = []

async function counting(options?: DeviceOptions) {
  const device = await openDevice({ session: aSession({ lock: 'none' }), ...options })
  const keeper = createLockKeeper(device.deps, () => undefined)
  opened.push({ device, keeper })
  await keeper.acquire(SESSION, { takeOver: false })
  const claim = () => Promise.resolve({ release: () => undefined })
  const parts = { deps: device.deps, keeper, memory: device.memory, claim }
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

/** A device where nobody counts: the submit was queued before and is carried out in the background. */
async function atRest(options: { readonly countsInOtherWindow?: boolean } = {}) {
  const device = await openDevice({ session: aSession({ lock: 'none' }) })
  const keeper = createLockKeeper(device.deps, () => undefined)
  const otherWindow = createLockKeeper(device.deps, () => undefined)
  opened.push({ device, keeper }, { device, keeper: otherWindow })
  await device.scans(aScan(TEA))
  const claim = () =>
    Promise.resolve(options.countsInOtherWindow === true ? null : { release: () => undefined })
  const parts = { deps: device.deps, keeper, memory: device.memory, claim }
  const submit = async () => {
    await queueSubmit(device.deps, SESSION)
    return carryOutSubmit(parts, SESSION)
  }
  return { ...device, keeper, otherWindow, submit }
}

/** Let something happen while the next answer to `call` is on its way. */
function once({ server }: TestDevice, call: Call, work: () => Promise<unknown>): void {
  server.meanwhile = async (asked) => {
    if (asked !== call) return
    server.meanwhile = () => Promise.resolve()
    await work()
  }
}

function submittedByAnother({ server }: TestDevice): void {
  const { header } = server.session(SESSION)
  server.session(SESSION).header = { ...header, status: 'submitted' }
}

const quarantined = (it: TestDevice) =>
  it.engine.scans.tx(['quarantine'], 'r', (tx) => tx.range('quarantine', ':id', { limit: 100 }))
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
  it('[SB15] is not through because something answered: the server itself has to name the new status', async () => {
    const ana = await counting()
    await ana.scans(aScan(TEA))
    const deps = { ...ana.parts.deps, api: { ...ana.parts.deps.api, setSessionStatus: () => Promise.resolve(null) } }

    await queueSubmit(deps, SESSION)
    const portal = await carryOutSubmit({ ...ana.parts, deps }, SESSION).catch((error: unknown) => error)
    expect(portal).toMatchObject({ reason: 'captive-portal' })
    expect(await carryOutSubmit(ana.parts, SESSION)).toBe('done')
  })

  /** For the server the lease is over and the session free; the device believes that it holds it. */
  function leaseIsOver({ server }: TestDevice): void {
    server.session(SESSION).lock = null
    server.session(SESSION).fence += 1
  }

  it('[SB18] takes the lock again when its lease is over for the server and nobody else has it', async () => {
    const ana = await counting()
    await ana.scans(aScan(TEA))
    leaseIsOver(ana)

    const result = await ana.submit()

    expect(result).toBe('done')
    expect(statusOf(ana)).toBe('submitted')
    expect(ana.server.calls.filter((it) => it === 'setSessionStatus')).toHaveLength(2)
  })

  it('[SB18] takes it again once, and then says no', async () => {
    const ana = await counting()
    await ana.scans(aScan(TEA))
    ana.server.refuse = (call) => (call === 'setSessionStatus' ? new RemoteError('stale-fence', 'old', { status: 409 }) : null)

    const result = await ana.submit()

    expect(result).toBe('stale-fence')
    expect(ana.server.calls.filter((it) => it === 'setSessionStatus')).toHaveLength(2)
    expect(statusOf(ana)).toBe('assigned')
  })

  it('[SB18] leaves it with somebody else who has taken it', async () => {
    const ana = await counting()
    const ben = await openDevice({ server: ana.server, time: ana.time, deviceId: 'device-2', userName: 'ben' })
    await ana.scans(aScan(TEA))
    leaseIsOver(ana)
    await ben.deps.api.lockSession({ sessionId: SESSION, requestId: 'r', mode: 'normal', unsentScans: 0 })

    const result = await ana.submit()

    expect(result).toBe('stale-fence')
    expect(ana.server.calls.filter((it) => it === 'setSessionStatus')).toHaveLength(1)
    expect(ana.server.session(SESSION).lock).toMatchObject({ userName: 'ben' })
    await ben.engine.close()
  })

  it('[SB19] ends when somebody has opened the session again while its answer was lost, and can be asked for anew', async () => {
    const ana = await counting()
    await ana.scans(aScan(TEA))
    once(ana, 'setSessionStatus', async () => void (ana.server.losesAnswers = 1))
    const lost = await ana.submit().catch((error: unknown) => error)
    const { header } = ana.server.session(SESSION)
    ana.server.session(SESSION).header = { ...header, status: 'assigned' }

    const told = await carryOutSubmit(ana.parts, SESSION)
    const row = await ana.session()
    await ana.time.advance(1000)
    const again = await ana.submit()

    expect(lost).toMatchObject({ reason: 'offline' })
    expect(told).toBe('reopened')
    expect(row).toMatchObject({ submitProblem: 'reopened', session: { status: 'assigned' } })
    expect(again).toBe('done')
    expect(statusOf(ana)).toBe('submitted')
  })

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

  it('[SB10] sends a scan that was saved after the comparison before the status moves', async () => {
    const ana = await counting()
    await ana.scans(aScan(TEA))
    once(ana, 'itemsPage', () => ana.scans(aScan(TEA)))

    const result = await ana.submit()

    expect(result).toBe('done')
    expect(ana.server.total(SESSION, TEA)).toBe(2)
  })

  it('[SB10] does not go through while scans keep coming', async () => {
    const ana = await counting()
    await ana.scans(aScan(TEA))
    ana.server.meanwhile = (call) =>
      call === 'itemsPage' ? ana.scans(aScan(TEA)) : Promise.resolve()

    const result = await ana.submit().catch((error: unknown) => error)

    expect(result).toMatchObject({ reason: 'not-yet' })
    expect(statusOf(ana)).toBe('assigned')
    expect(await ana.session()).toMatchObject({ submitProblem: null })
  })

  it('[SB8] stops before the status moves when it is withdrawn while it runs', async () => {
    const ana = await counting()
    await ana.scans(aScan(TEA))
    once(ana, 'itemsPage', () => withdrawSubmit(ana.deps, SESSION))

    const result = await ana.submit()

    expect(result).toBe('nothing-queued')
    expect(statusOf(ana)).toBe('assigned')
    expect(await ana.session()).toMatchObject({ submitQueuedAt: null, submitProblem: null })
    expect(ana.keeper.stateOf(SESSION)).toBe('held')
  })

  it('[SB11] gives a lock back that it took for itself, when it is refused', async () => {
    const ana = await atRest()
    ana.server.refuse = (call) =>
      call === 'setSessionStatus' ? new RemoteError('rejected', 'no', { status: 400 }) : null

    const result = await ana.submit()
    await ana.time.advance(300_000)

    expect(result).toBe('rejected')
    expect(ana.keeper.stateOf(SESSION)).toBe('none')
    expect(ana.server.session(SESSION).lock).toBeNull()
    expect(ana.server.calls).not.toContain('extendLock')
  })

  it('[SB11] gives a lock back that it took for itself, when the network goes away or it goes through', async () => {
    const ana = await atRest()
    once(ana, 'itemsPage', () => Promise.reject(new RemoteError('offline', 'gone')))

    await ana.submit().catch((error: unknown) => error)
    const afterFailure = ana.server.session(SESSION).lock
    const result = await ana.submit()

    expect(afterFailure).toBeNull()
    expect(result).toBe('done')
    expect(ana.server.session(SESSION).lock).toBeNull()
  })

  it('[SB11] leaves the lock with a window of this device that counts', async () => {
    const ana = await atRest({ countsInOtherWindow: true })
    await ana.otherWindow.acquire(SESSION, { takeOver: false })
    ana.server.refuse = (call) =>
      call === 'setSessionStatus' ? new RemoteError('rejected', 'no', { status: 400 }) : null

    await ana.submit()

    expect(ana.server.session(SESSION).lock).not.toBeNull()
    expect((await ana.session()).lock.state).toBe('held')
  })

  it('[SB16] [I7] takes the right from its own window again that borrowed the lock while another one counts (seed 6282)', async () => {
    const ana = await atRest({ countsInOtherWindow: true })
    await ana.otherWindow.acquire(SESSION, { takeOver: false })
    ana.server.refuse = (call) => (call === 'setSessionStatus' ? new RemoteError('rejected', 'no', { status: 400 }) : null)

    await ana.submit()

    expect(ana.keeper.stateOf(SESSION)).toBe('none')
    expect(ana.engine.messages.filter((it) => it.kind === 'lock').at(-1)).toMatchObject({ state: 'elsewhere' })
  })

  it('[SB11] gives back what an earlier life of the device held, when its submit turns out to be through', async () => {
    const ana = await counting()
    await queueSubmit(ana.deps, SESSION)
    await ana.deps.api.setSessionStatus(SESSION, 'submitted', 1, 'r')
    const afterRestart = createLockKeeper(ana.deps, () => undefined)
    opened.push({ device: ana, keeper: afterRestart })

    const result = await carryOutSubmit({ ...ana.parts, keeper: afterRestart }, SESSION)

    expect(result).toBe('done')
    expect(ana.server.session(SESSION).lock).toBeNull()
  })

  it('[SB12] is not called done when another device submitted while the server refuses a row of ours', async () => {
    const ana = await counting()
    await ana.scans(aScan(TEA))
    await foldNew(ana.deps)
    ana.server.refuse = (call) =>
      call === 'putItems' ? new RemoteError('rejected', 'bad', { status: 400 }) : null
    await pushSession(ana.deps, ana.memory, SESSION)
    submittedByAnother(ana)

    const result = await ana.submit()

    expect(result).toBe('rejected')
    expect(await ana.session()).toMatchObject({ session: { status: 'submitted' } })
  })

  it('[SB12] sends what is unsent also when another device has submitted', async () => {
    const ana = await counting()
    await ana.scans(aScan(TEA))
    submittedByAnother(ana)

    const result = await ana.submit()

    expect(result).toBe('done')
    expect(ana.server.total(SESSION, TEA)).toBe(1)
  })

  it('[SB13] goes through without a row that a supervisor removed, and keeps the row in sight', async () => {
    const ana = await counting()
    await ana.scans(aScan(TEA), aScan(RICE))
    await foldNew(ana.deps)
    await pushSession(ana.deps, ana.memory, SESSION)
    const tea = (await allRows(ana.engine.scans)).find((it) => it.productIdentifier === TEA)
    ana.server.session(SESSION).removed.set(tea?.uuid ?? '', tea?.rev ?? 0)
    ana.server.session(SESSION).rows.delete(tea?.uuid ?? '')

    const result = await ana.submit()

    expect(result).toBe('done')
    expect(ana.server.total(SESSION, TEA)).toBe(0)
    expect(await quarantined(ana)).toMatchObject([
      { uuid: tea?.uuid, kind: 'held', code: 'REMOVED_ON_SERVER' },
    ])
  })
})

describe('submit to a base server', () => {
  it('[SB14] takes an undo of an earlier page life for what it is: nothing counted', async () => {
    const ana = await counting({ profile: 'hotwax' })
    const tea = aScan(TEA)
    await ana.scans(tea)
    await foldNew(ana.deps)
    await pushSession(ana.deps, ana.memory, SESSION)
    await ana.engine.append([negationOf(tea)], asId<LogId>('later-life'))

    const result = await ana.submit()

    expect(result).toBe('done')
    expect([...ana.server.session(SESSION).rows.values()].map((it) => it.quantity)).toEqual([
      null,
      null,
    ])
  })

  it('[SB14] sends a hand total again that the server shows as nothing', async () => {
    const ana = await counting({ profile: 'hotwax' })
    const other = aServerItem({
      uuid: asId<RowUuid>('other'),
      productIdentifier: TEA,
      quantity: units(10),
    })
    ana.server.session(SESSION).rows.set('other', { ...other, acceptedRevs: [] })
    await pullSession(ana.deps, SESSION)
    const byHand = aScan(TEA, { source: 'correction', quantity: units(-2) })
    await ana.scans({ ...byHand, kind: 'correction' })
    await foldNew(ana.deps)
    await pushSession(ana.deps, ana.memory, SESSION)
    const { rows } = ana.server.session(SESSION)
    for (const [uuid, row] of rows) if (uuid !== 'other') rows.set(uuid, { ...row, quantity: null })

    const result = await ana.submit()

    expect(result).toBe('done')
    expect(ana.server.total(SESSION, TEA)).toBe(8)
  })
})
