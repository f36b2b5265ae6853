import { afterEach, describe, expect, it } from 'vitest'
import { RemoteError } from '../../src/domain/errors'
import type { Scheduler } from '../../src/sync/scheduler'
import { createScheduler } from '../../src/sync/scheduler'
import { openSession } from '../../src/sync/resume'
import { aScan, requestedItem, RICE, SESSION, TEA, units } from '../support/builders'
import { settle } from '../support/fake-time'
import type { DeviceOptions, TestDevice } from '../support/network-engine'
import { openDevice } from '../support/network-engine'
import { allLines, allRows } from '../support/test-engine'

const opened: { device: TestDevice; scheduler: Scheduler }[] = []

async function aDevice(options?: DeviceOptions) {
  const device = await openDevice({ session: null, ...options })
  const scheduler = createScheduler(device.deps, { isSignedIn: true })
  opened.push({ device, scheduler })
  const parts = {
    deps: device.deps,
    keeper: scheduler.keeper,
    memory: scheduler.pushMemory,
    aloneIfFree: scheduler.aloneIfFree.bind(scheduler),
    pullLater: scheduler.pullLater.bind(scheduler),
    onSent: scheduler.sent.bind(scheduler),
    runLater: scheduler.runLater.bind(scheduler),
  }
  const openWith = (deps: typeof parts.deps) => openSession({ ...parts, deps }, SESSION, false)
  return { ...device, scheduler, openWith, open: (takeOver = false) => openSession(parts, SESSION, takeOver) }
}
afterEach(async () => {
  for (const { device, scheduler } of opened.splice(0)) {
    scheduler.stop()
    await device.engine.close()
  }
})

describe('opening a session', () => {
  it('[RS1] [S3.11] [S3.12] [S3.18] bring the requested items in before the first scan', async () => {
    const ana = await aDevice({ limits: { pullPage: 1 } })
    ana.server.sessions.delete(SESSION)
    ana.server.addSession(SESSION, [requestedItem('00001', 'tea'), requestedItem('00002', 'rice')])

    const result = await ana.open()

    expect(result).toEqual({ lock: 'held', pendingElsewhere: [] })
    expect((await allLines(ana.engine.scans)).map((it) => it.bucket)).toEqual([
      'uncounted',
      'uncounted',
    ])
    expect(await ana.session()).toMatchObject({
      session: { status: 'assigned' },
      pulledAt: ana.time.clock.now(),
    })
  })

  it('[WK54] tell the window that own work is sent before the pull of what others did ends', async () => {
    const ana = await aDevice()
    await ana.open()
    await ana.scans(aScan(TEA))
    let letPullEnd = (): void => undefined
    ana.server.meanwhile = (call) =>
      call === 'itemsPage' ? new Promise((resolve) => (letPullEnd = resolve)) : Promise.resolve()

    const opening = ana.open()
    await settle()
    const told = ana.engine.messages.flatMap((it) => (it.kind === 'status' ? [it.status] : []))
    letPullEnd()
    await opening

    expect(told.at(-1)).toMatchObject({ status: 'synced', unsentRows: 0 })
  })

  it('[RS2] [S3.29] [S3.48] send own work before the lock, lock before the pull', async () => {
    const ana = await aDevice()
    await ana.open()
    await ana.scans(aScan(TEA))
    ana.server.calls.length = 0

    await ana.open()

    expect(ana.server.calls).toEqual([
      'session',
      'cycleCount',
      'putItems',
      'lockSession',
      'itemsPage',
    ])
  })

  it('[RS3] [S3.50] keep own unsent work through a refresh', async () => {
    const ana = await aDevice()
    await ana.open()
    await ana.scans(aScan(TEA), aScan(TEA))
    ana.server.refuse = (call) =>
      call === 'putItems' ? new RemoteError('server-down', 'busy') : null

    const result = await ana.open()

    expect(result.lock).toBe('held')
    expect((await allRows(ana.engine.scans)).map((it) => it.quantity)).toEqual([units(2)])
  })

  it('[RS4] [S3.37] go on without the network once it was opened with one', async () => {
    const ana = await aDevice()
    await ana.open()
    await ana.scheduler.keeper.leave(SESSION)
    ana.server.isAway = true

    const result = await ana.open()

    expect(result).toEqual({ lock: 'unverified', pendingElsewhere: [] })
  })

  it('[RS5] not open a session for the first time without the network', async () => {
    const ana = await aDevice()
    ana.server.isAway = true

    await expect(ana.open()).rejects.toMatchObject({ reason: 'offline' })
  })

  it('[RS6] [I22] go on counting when the sign-in has run out', async () => {
    const ana = await aDevice()
    await ana.open()
    await ana.scans(aScan(TEA))
    ana.server.isTokenExpired = true

    const result = await ana.open()

    expect(result.lock).toBe('unverified')
    expect(await allRows(ana.engine.scans)).toHaveLength(1)
  })

  it('[RS7] [S3.28] say who counts there, and take over on demand with what is missing from the other device', async () => {
    const ana = await aDevice()
    const ben = await aDevice({
      server: ana.server,
      time: ana.time,
      deviceId: 'device-2',
      userName: 'ben',
    })
    await ana.open()
    await ana.scans(aScan(TEA), aScan(RICE))
    await ana.time.advance(44_000)

    const refused = await ben.open().catch((error: unknown) => error)
    const taken = await ben.open(true)

    expect(refused).toMatchObject({ reason: 'locked', details: { holder: { userName: 'ana' } } })
    expect(taken).toMatchObject({
      lock: 'held',
      pendingElsewhere: [{ deviceId: 'device-1', unsentScans: 2 }],
    })
  })

  it('[RS8] refuse a session that is submitted or gone', async () => {
    const ana = await aDevice()
    ana.server.session(SESSION).header = {
      ...ana.server.session(SESSION).header,
      status: 'submitted',
    }

    const submitted = await ana.open().catch((error: unknown) => error)
    ana.server.sessions.delete(SESSION)
    const gone = await ana.open().catch((error: unknown) => error)

    expect(submitted).toMatchObject({ reason: 'rejected' })
    expect(gone).toMatchObject({ reason: 'not-found' })
  })

  it('[RS10] takes an empty answer for "gone" only from a server that has shown itself', async () => {
    const ana = await aDevice()
    await ana.open()
    const { api } = ana.deps
    const behindPortal = { ...ana.deps, api: { ...api, session: () => Promise.resolve(null), profile: () => Promise.reject(new RemoteError('captive-portal', 'an empty page')) } }

    const opened = await ana.openWith(behindPortal)

    expect(opened.lock).not.toBe('lost')
  })

  it('[RS9] does not wait for a sync run of any window; own rows go after it', async () => {
    const ana = await aDevice()
    await ana.open()
    await ana.scheduler.keeper.leave(SESSION)
    await ana.scans(aScan(TEA))
    void ana.deps.mutex.run(`sync:${ana.deps.storeName}`, {}, () => ana.time.timers.sleep(70_000))
    const since = ana.time.clock.now()

    const result = await ana.open()
    const openedAfterMs = ana.time.clock.now() - since
    await ana.time.advance(70_000)
    await settle()

    expect(result.lock).toBe('held')
    expect(openedAfterMs).toBe(0)
    expect(ana.server.total(SESSION, TEA)).toBe(1)
  })

  it('[WK8] sends the evidence of rows that the opening itself has sent', async () => {
    const ana = await aDevice()
    await ana.open()
    await ana.scheduler.trigger('manual')
    await ana.scans(aScan(TEA))

    await ana.open()
    await settle()

    expect(ana.server.session(SESSION).events.size).toBe(1)
  })

  it('[PU17] sends what was held while the session was closed', async () => {
    const ana = await aDevice({ profile: 'hotwax' })
    await ana.open()
    const { header } = ana.server.session(SESSION)
    ana.server.session(SESSION).header = { ...header, status: 'submitted' }
    await ana.scans(aScan(TEA))
    await ana.scheduler.scanned()
    await settle()
    const whileClosed = ana.server.total(SESSION, TEA)
    ana.server.session(SESSION).header = { ...header, status: 'assigned' }

    await ana.open()

    expect(whileClosed).toBe(0)
    expect(ana.server.total(SESSION, TEA)).toBe(1)
  })
})
