// Statements of the product's seed document about scans, what is pushed of them, and refreshing from the server.
import Dexie from 'dexie'
import { afterEach, describe, expect, it } from 'vitest'
import { createDexieStore } from '../../src/db/dexie-store'
import { asId } from '../../src/domain/ids'
import type { LogId } from '../../src/domain/ids'
import type { ScanEventDraft, StoredScanEvent } from '../../src/domain/scan-event'
import { SCANS_SCHEMA } from '../../src/ports/scans-schema'
import type { ScansStore } from '../../src/ports/scans-schema'
import { foldNew } from '../../src/sync/fold'
import { pullSession } from '../../src/sync/pull'
import { pushSession } from '../../src/sync/push'
import { openSession } from '../../src/sync/resume'
import type { Scheduler } from '../../src/sync/scheduler'
import { createScheduler } from '../../src/sync/scheduler'
import { appendScans } from '../../src/usecases/append-scans'
import { ANA, aScan, requestedItem, RICE, SESSION, SOAP, TEA, units } from '../support/builders'
import type { DeviceOptions, TestDevice } from '../support/network-engine'
import { openDevice } from '../support/network-engine'
import { openTestDesk } from '../support/test-desk'
import { allLines, allRows, outboxOf } from '../support/test-engine'

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
    onSent: scheduler.sent.bind(scheduler),
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

  it('[S3.14] scans after a resume follow those before it, while the refresh runs and whatever the clock says', async () => {
    const ana = await aDevice()
    ana.server.sessions.delete(SESSION)
    ana.server.addSession(SESSION, [requestedItem('00001', 'SOAP')])
    await start(ana).open()
    const before = openTestDesk(ana.engine)
    await Promise.all([before.scan(TEA), before.scan(RICE), before.scan(TEA)])
    before.desk.close()

    // The next life of the page: its clock was set back, and a scan comes in the middle of the refresh.
    const hourAgo = { ...ana.time.clock, now: () => ana.time.clock.now() - 3_600_000 }
    const after = openTestDesk(ana.engine, { desk: { clock: hourAgo } })
    const next = start(ana)
    ana.server.meanwhile = async (call) => {
      ana.server.meanwhile = () => Promise.resolve()
      expect(call).toBe('session')
      await after.scan(SOAP)
    }
    await next.open()
    await after.scan(RICE)
    await next.scheduler.trigger('manual')

    const order = [TEA, RICE, TEA, SOAP, RICE]
    const events = await eventsOf(ana.engine.scans)
    expect(events.map((it) => it.raw)).toEqual(order)
    expect(events.map((it) => it.seq)).toEqual([1, 2, 3, 1, 2])
    expect(new Set(events.map((it) => it.logId)).size).toBe(2)
    expect(events[3]?.at).toBeLessThan(events[2]?.at ?? 0)
    expect((await after.desk.feed(10)).map((it) => it.raw)).toEqual(order.toReversed())
    expect([...ana.server.session(SESSION).events.values()].map((it) => it.raw)).toEqual(order)
    after.desk.close()
  })

  it('[S3.30] the local key is the database’s: never the caller’s, never twice, in commit order, also after a restart', async () => {
    const name = 'scans:automatic-key'
    const open = (): ScansStore => createDexieStore(name, SCANS_SCHEMA, { strict: true, version: 1 })
    const append = async (scans: ScansStore, log: string, ...drafts: ScanEventDraft[]) => {
      const appended = await appendScans(scans, {
        sessionId: SESSION,
        userName: ANA,
        logId: asId<LogId>(log),
        knownHead: 0,
        mintLog: () => asId<LogId>(`${log}-again`),
        drafts,
      })
      return appended.verdicts
    }
    const [windowA, windowB] = [open(), open()]
    const forged = { ...aScan(TEA), gid: 7777 }

    await append(windowA, 'a', forged, aScan(RICE))
    await Promise.all([append(windowA, 'c', aScan(TEA)), append(windowB, 'b', aScan(SOAP), aScan(TEA))])
    // The same event again, and a group that breaks off, leave nothing behind.
    await append(windowB, 'b2', forged)
    await expect(
      windowA.tx(['scanEvents'], 'rw', async (tx) => {
        await tx.bulkAdd('scanEvents', [{ ...aScan(TEA), logId: asId<LogId>('x'), seq: 1 }])
        throw new Error('power is gone')
      }),
    ).rejects.toThrow('power is gone')
    windowA.close()
    windowB.close()
    const restarted = open()
    const last = (await eventsOf(restarted)).at(-1)?.gid ?? 0
    await append(restarted, 'd', aScan(RICE))

    const gids = (await eventsOf(restarted)).map((it) => it.gid)
    expect(gids).toHaveLength(6)
    expect(new Set(gids).size).toBe(6)
    expect(gids.slice(0, 2)).toEqual([1, 2])
    expect(gids).not.toContain(7777)
    expect(gids.at(-1)).toBeGreaterThan(last)
    restarted.close()
    await Dexie.delete(name)
  })

  it('[S3.30] the local key stays on the device: nothing that is sent carries it', async () => {
    const ana = await aDevice()
    const { open, scheduler } = start(ana)
    await open()
    await ana.scans(aScan(TEA), aScan(RICE))
    await foldNew(ana.deps)
    await scheduler.trigger('manual')

    const sent = JSON.stringify(ana.server.puts.map((put) => put.rows.map((row) => Object.keys(row))))
    expect(sent).not.toContain('gid')
    const wire = [...ana.server.session(SESSION).events.values()]
    expect(wire).toHaveLength(2)
    expect(new Set(wire.map((it) => it.eventId)).size).toBe(2)
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
