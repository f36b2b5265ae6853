// Rows that another device delivers late reach the screen of the new holder in seconds, at a cost that grows with them.
import { afterEach, describe, expect, it } from 'vitest'
import { foldNew } from '../../src/sync/fold'
import { pushSession } from '../../src/sync/push'
import { openSession } from '../../src/sync/resume'
import { createScheduler } from '../../src/sync/scheduler'
import type { Scheduler } from '../../src/sync/scheduler'
import { aScan, requestedItem, RICE, SESSION, TEA } from '../support/builders'
import { settle } from '../support/fake-time'
import { createFakeServer } from '../support/fake-server'
import type { FakeServer } from '../support/fake-server'
import type { TestDevice } from '../support/network-engine'
import { openDevice } from '../support/network-engine'

const REQUESTED = 300
const HOUR_MS = 3_600_000

const opened: { device: TestDevice; scheduler: Scheduler | null }[] = []
afterEach(async () => {
  for (const { device, scheduler } of opened.splice(0)) {
    scheduler?.stop()
    await device.engine.close()
  }
})

/** Ana counted without sending; Ben has taken over. */
async function afterTakeover(options: { readonly profile?: 'extended' | 'hotwax'; readonly knowsOfAna?: boolean } = {}) {
  const ana = await openDevice({ deviceId: 'ipad-ana' })
  const server: FakeServer = createFakeServer(ana.time.clock, options.profile)
  const requested = Array.from({ length: REQUESTED }, (_, at) =>
    requestedItem(String(at + 1).padStart(5, '0'), `P${at}`, { lastUpdatedStamp: ana.time.clock.now() }),
  )
  server.addSession(SESSION, requested)
  const anaApi = server.api(ana.deps.caller)
  const late: TestDevice = { ...ana, server, deps: { ...ana.deps, api: anaApi, abilities: server.abilities } }
  opened.push({ device: late, scheduler: null })
  await late.scans(aScan(TEA), aScan(TEA))
  await foldNew(late.deps)
  await anaApi.lockSession({ sessionId: SESSION, requestId: 'r1', mode: 'normal', unsentScans: options.knowsOfAna === true ? 2 : 0 })
  await ana.time.advance(HOUR_MS)

  const ben = await openDevice({ deviceId: 'ipad-ben', userName: 'ben', server, time: ana.time, limits: { pullPage: 50 } })
  // As the HTTP adapter, which reads the server's clock from its answers.
  Object.assign(ben.deps.api, { clockOffset: () => ({ offsetMs: 0, measuredAt: ana.time.clock.now() }) })
  const scheduler = createScheduler(ben.deps, { isSignedIn: true })
  opened.push({ device: ben, scheduler })
  await openSession(
    {
      deps: ben.deps,
      keeper: scheduler.keeper,
      memory: scheduler.pushMemory,
      aloneIfFree: (work) => scheduler.aloneIfFree(work),
      pullLater: (id) => scheduler.pullLater(id),
      onSent: (what) => scheduler.sent(what),
      runLater: () => scheduler.runLater(),
    },
    SESSION,
    true,
  )
  await settle()
  server.calls.length = 0
  server.rowsServed = 0
  return {
    ben,
    server,
    scheduler,
    time: ana.time,
    anaComesBack: () => pushSession(late.deps, late.memory, SESSION),
    calls: (name: string) => server.calls.filter((it) => it === name).length,
    onScreen: async () => {
      const rows = await ben.engine.scans.tx(['inventoryCountRecords'], 'r', (tx) =>
        tx.range('inventoryCountRecords', ':id', { limit: 1000 }),
      )
      return rows.filter((it) => it.productIdentifier === TEA).reduce((sum, it) => sum + it.quantity, 0) / 1_000_000
    },
  }
}

describe('rows of another device that come late', () => {
  it('[LK18] are on the new holder’s screen seconds after they arrive, nothing scanned meanwhile', async () => {
    const shift = await afterTakeover()
    await shift.time.advance(7000)
    expect(await shift.onScreen()).toBe(0)

    await shift.anaComesBack()
    await shift.time.advance(6000)
    await settle()

    expect(await shift.onScreen()).toBe(2)
  })

  it('[LK18] are on screen with the answer to the next scan, however rare the heartbeats are by then', async () => {
    const shift = await afterTakeover()
    await shift.time.advance(HOUR_MS)
    await shift.anaComesBack()
    expect(await shift.onScreen()).toBe(0)

    await shift.ben.scans(aScan(RICE))
    await shift.scheduler.scanned()
    await settle()

    expect(await shift.onScreen()).toBe(2)
  })

  it('[LK19] cost what changed: the other rows of the session are not fetched again', async () => {
    const shift = await afterTakeover()
    await shift.anaComesBack()
    await shift.time.advance(6000)
    await settle()

    expect(shift.calls('itemsPage')).toBe(1)
    expect(shift.server.rowsServed).toBe(1)
  })

  it('[LK20] are waited for at growing intervals: a heartbeat every 5 s at first, the regular ones in the end, no pull', async () => {
    const shift = await afterTakeover({ knowsOfAna: true })

    await shift.time.advance(30_000)
    const atFirst = shift.calls('extendLock')
    await shift.time.advance(HOUR_MS)
    shift.server.calls.length = 0
    await shift.time.advance(10 * 60_000)

    expect(atFirst).toBeGreaterThanOrEqual(5)
    expect(atFirst).toBeLessThanOrEqual(7)
    expect(shift.calls('extendLock')).toBeLessThanOrEqual(17)
    expect(shift.calls('itemsPage')).toBe(0)
  })

  it('[LK20] shorten no pause where nobody else was', async () => {
    const alone = await openDevice({ deviceId: 'ipad-solo' })
    const scheduler = createScheduler(alone.deps, { isSignedIn: true })
    opened.push({ device: alone, scheduler })
    await scheduler.keeper.acquire(SESSION, { takeOver: false })
    alone.server.calls.length = 0

    await alone.time.advance(10 * 60_000)

    expect(alone.server.calls.filter((it) => it === 'extendLock').length).toBeLessThanOrEqual(17)
    expect(alone.server.calls).not.toContain('itemsPage')
  })

  it('[UI27] what is missing is told as it is now: gone once it has arrived', async () => {
    const shift = await afterTakeover({ knowsOfAna: true })
    const missing = async () => (await shift.ben.session()).lock.lease?.pendingElsewhere.map((it) => it.unsentScans)
    expect(await missing()).toEqual([2])

    await shift.anaComesBack()
    await shift.ben.scans(aScan(RICE))
    await shift.scheduler.scanned()
    await settle()

    expect(await missing()).toEqual([])
  })

  it('[LK21] base: are asked for with each heartbeat, as changes only', async () => {
    const shift = await afterTakeover({ profile: 'hotwax' })
    await shift.anaComesBack()

    await shift.time.advance(5 * 60_000)
    await settle()

    expect(await shift.onScreen()).toBe(2)
    expect(shift.server.rowsServed).toBeLessThan(REQUESTED)
  })
})
