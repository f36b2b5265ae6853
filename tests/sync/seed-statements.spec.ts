// Statements of the product's seed document about scans, what is pushed of them, and refreshing from the server.
import { afterEach, describe, expect, it } from 'vitest'
import { asId } from '../../src/domain/ids'
import type { LogId } from '../../src/domain/ids'
import type { StoredScanEvent } from '../../src/domain/scan-event'
import type { ScansStore } from '../../src/ports/scans-schema'
import { foldNew } from '../../src/sync/fold'
import { pullSession } from '../../src/sync/pull'
import { pushSession } from '../../src/sync/push'
import { openSession } from '../../src/sync/resume'
import type { Scheduler } from '../../src/sync/scheduler'
import { createScheduler } from '../../src/sync/scheduler'
import { aScan, requestedItem, RICE, SESSION, SOAP, TEA, units } from '../support/builders'
import type { DeviceOptions, TestDevice } from '../support/network-engine'
import { openDevice } from '../support/network-engine'
import { allLines, allRows, openTestEngine, outboxOf } from '../support/test-engine'

const devices: TestDevice[] = []
const lives: Scheduler[] = []
afterEach(async () => {
  for (const life of lives.splice(0)) life.stop()
  for (const device of devices.splice(0)) await device.engine.close()
})

async function aDevice(options: DeviceOptions = {}): Promise<TestDevice> {
  const device = await openDevice(options)
  devices.push(device)
  return device
}

/** The engine of one start of the app, on what the device has stored. */
function start(device: TestDevice) {
  const scheduler = createScheduler(device.deps, { isSignedIn: true })
  lives.push(scheduler)
  const parts = {
    deps: device.deps,
    keeper: scheduler.keeper,
    memory: scheduler.pushMemory,
    aloneIfFree: scheduler.aloneIfFree.bind(scheduler),
    pullLater: scheduler.pullLater.bind(scheduler),
    runLater: scheduler.runLater.bind(scheduler),
  }
  return { scheduler, open: () => openSession(parts, SESSION, false) }
}

/** Another device has counted tea and sent it. */
async function countElsewhere(ana: TestDevice): Promise<void> {
  const ben = await aDevice({ server: ana.server, time: ana.time, deviceId: 'device-2', userName: 'ben' })
  await ben.scans(aScan(TEA), aScan(TEA), aScan(TEA), aScan(TEA))
  await foldNew(ben.deps)
  await pushSession(ben.deps, ben.memory, SESSION)
}

const eventsOf = (scans: ScansStore): Promise<StoredScanEvent[]> =>
  scans.tx(['scanEvents'], 'r', (tx) => tx.range('scanEvents', ':id', { limit: 1000 }))

const quantityOfTea = async (it: TestDevice) =>
  (await allLines(it.engine.scans)).find((line) => line.identifier === TEA)?.quantity ?? null

describe('scans and what is pushed of them', () => {
  it.each(['extended', 'hotwax'] as const)(
    '[S3.7] rows carry the whole count of an item, and the scans stay on the device (%s)',
    async (profile) => {
      const ana = await aDevice({ profile })
      const { scheduler, open } = start(ana)
      await open()
      await ana.scans(aScan(TEA), aScan(TEA), aScan(TEA))
      await foldNew(ana.deps)
      await scheduler.trigger('manual')
      await ana.scans(aScan(TEA), aScan(TEA))
      await foldNew(ana.deps)
      await scheduler.trigger('manual')

      const sent = ana.server.puts.flatMap((put) => put.rows.map((row) => row.quantity))
      expect(sent).toEqual([units(3), units(5)])
      expect(ana.server.total(SESSION, TEA)).toBe(5)
      expect((await eventsOf(ana.engine.scans)).map((it) => it.raw)).toEqual(Array(5).fill(TEA))
    },
  )

  it('[S3.7] a base server is sent no single scan', async () => {
    const ana = await aDevice({ profile: 'hotwax' })
    const { scheduler, open } = start(ana)
    await open()
    await ana.scans(aScan(TEA), aScan(RICE))
    await foldNew(ana.deps)
    await scheduler.trigger('manual')

    expect(ana.server.calls).toContain('putItems')
    expect(ana.server.calls).not.toContain('putScanEvents')
    expect(ana.server.session(SESSION).events.size).toBe(0)
  })

  it('[S3.14] scans after a resume come behind those before it, in the order of scanning', async () => {
    const ana = await aDevice()
    await start(ana).open()
    await ana.scans(aScan(TEA), aScan(RICE))
    await start(ana).open()

    await ana.scans(aScan(SOAP), aScan(TEA))
    await ana.engine.append([aScan(RICE)], asId<LogId>('log-of-the-next-page'))
    await foldNew(ana.deps)

    const events = await eventsOf(ana.engine.scans)
    expect(events.map((it) => [it.raw, it.seq])).toEqual([
      [TEA, 1],
      [RICE, 2],
      [SOAP, 3],
      [TEA, 4],
      [RICE, 1],
    ])
    expect(events.map((it) => it.gid)).toEqual(events.map((it) => it.gid).toSorted((a, b) => a - b))
    expect(await quantityOfTea(ana)).toBe(units(2))
  })

  it('[S3.30] the local key of a scan event is given by the database, over all logs and windows', async () => {
    const engine = await openTestEngine({ kind: 'dexie' })
    const draft = aScan(TEA)

    await Promise.all([
      engine.append([draft, aScan(RICE)], asId<LogId>('window-a')),
      engine.append([aScan(SOAP), aScan(TEA)], asId<LogId>('window-b')),
    ])
    await engine.append([draft], asId<LogId>('window-a'))
    const events = await eventsOf(engine.scans)

    expect(draft).not.toHaveProperty('gid')
    expect(events.map((it) => it.gid)).toEqual([1, 2, 3, 4])
    expect(new Set(events.map((it) => it.eventId)).size).toBe(4)
    await engine.close()
  })
})

describe('refreshing from the server', () => {
  it('[S3.15] a start of the app brings what others counted before the first scan', async () => {
    const ana = await aDevice()
    await start(ana).open()
    await countElsewhere(ana)
    expect(await quantityOfTea(ana)).toBeNull()

    const { lock } = await start(ana).open()

    expect(lock).toBe('held')
    expect(await quantityOfTea(ana)).toBe(units(4))
  })

  it('[S3.16] a resume brings what others counted meanwhile, beside what was counted here', async () => {
    const ana = await aDevice()
    const { scheduler, open } = start(ana)
    await open()
    await ana.scans(aScan(TEA))
    await scheduler.keeper.leave(SESSION)
    await countElsewhere(ana)

    await open()

    expect(await quantityOfTea(ana)).toBe(units(5))
    expect(await eventsOf(ana.engine.scans)).toHaveLength(1)
  })

  it('[S3.19] a refresh makes the lines anew and the marks of what is sent and what is folded stand', async () => {
    const ana = await aDevice()
    ana.server.sessions.delete(SESSION)
    ana.server.addSession(SESSION, [requestedItem('00001', 'SOAP')])
    await ana.scans(aScan(TEA), aScan(TEA))
    await foldNew(ana.deps)
    ana.server.losesAnswers = 1
    await expect(pushSession(ana.deps, ana.memory, SESSION)).rejects.toMatchObject({ reason: 'offline' })
    await countElsewhere(ana)
    expect(await outboxOf(ana.engine.scans)).toHaveLength(1)
    const putsBefore = ana.server.puts.length

    await pullSession(ana.deps, SESSION)
    await foldNew(ana.deps)
    const sent = await pushSession(ana.deps, ana.memory, SESSION)

    expect((await allLines(ana.engine.scans)).map((it) => it.bucket).toSorted()).toEqual(['uncounted', 'unmatched'])
    expect(await quantityOfTea(ana)).toBe(units(6))
    expect((await allRows(ana.engine.scans)).filter((it) => it.origin === 'own').map((it) => it.quantity)).toEqual([units(2)])
    expect(await outboxOf(ana.engine.scans)).toEqual([])
    expect([sent, ana.server.puts.length]).toEqual([0, putsBefore])

    await ana.scans(aScan(TEA))
    await foldNew(ana.deps)
    await pushSession(ana.deps, ana.memory, SESSION)
    expect(ana.server.total(SESSION, TEA)).toBe(7)
  })
})
