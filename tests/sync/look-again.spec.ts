// Base profile: copies of answered requests that arrive late, and the look at a session when all is quiet.
import { afterEach, describe, expect, it } from 'vitest'
import { sendHeldAgain } from '../../src/sync/quarantine'
import { openSession } from '../../src/sync/resume'
import { createScheduler } from '../../src/sync/scheduler'
import type { Scheduler } from '../../src/sync/scheduler'
import { queueSubmit } from '../../src/sync/submit'
import { unsentScans } from '../../src/sync/unsent'
import { aScan, aSession, RICE, SESSION, TEA } from '../support/builders'
import { settle } from '../support/fake-time'
import type { TestDevice } from '../support/network-engine'
import { openDevice } from '../support/network-engine'

const opened: { device: TestDevice; schedulers: Scheduler[] }[] = []

async function counting() {
  const device = await openDevice({ profile: 'hotwax', session: aSession({ lock: 'none' }) })
  const schedulers: Scheduler[] = []
  opened.push({ device, schedulers })
  const begin = (): Scheduler => {
    const scheduler = createScheduler(device.deps, { isSignedIn: true })
    schedulers.push(scheduler)
    return scheduler
  }
  const scheduler = begin()
  await scheduler.keeper.acquire(SESSION, { takeOver: false })
  device.server.keepsCopies = true
  return {
    ...device,
    scheduler,
    begin,
    pages: () => device.server.calls.filter((it) => it === 'itemsPage').length,
    async scanAndSend(value: string) {
      await device.scans(aScan(value))
      await scheduler.trigger('manual')
      await settle()
    },
    async seconds(count: number) {
      for (let second = 0; second < count; second += 5) await device.time.advance(5000)
      await settle()
    },
    total: () => device.server.total(SESSION, TEA),
    held: () => device.engine.scans.tx(['quarantine'], 'r', (tx) => tx.range('quarantine', ':id', { limit: 10 })),
  }
}

type Counting = Awaited<ReturnType<typeof counting>>

/** @returns how often the opening asked for a run */
async function openIn(device: TestDevice, scheduler: Scheduler): Promise<number> {
  let runs = 0
  const parts = {
    deps: device.deps,
    keeper: scheduler.keeper,
    memory: scheduler.pushMemory,
    aloneIfFree: scheduler.aloneIfFree.bind(scheduler),
    pullLater: scheduler.pullLater.bind(scheduler),
    onSent: scheduler.sent.bind(scheduler),
    runLater() {
      runs += 1
      scheduler.runLater()
    },
  }
  await openSession(parts, SESSION, true)
  await settle()
  return runs
}

/** Two answered requests of one row; a copy of the first arrives after both. */
async function turnedBack(ana: Counting): Promise<void> {
  await ana.scanAndSend(TEA)
  await ana.scanAndSend(TEA)
  ana.server.copies[0]?.()
  expect(ana.total()).toBe(1)
}

afterEach(async () => {
  for (const { device, schedulers } of opened.splice(0)) {
    for (const scheduler of schedulers) scheduler.stop()
    await device.engine.close()
  }
})

describe('a copy of an answered request', () => {
  it('[SM65] is mended when all has been quiet for a minute', async () => {
    const ana = await counting()
    await turnedBack(ana)

    await ana.seconds(55)
    const before = ana.total()
    await ana.seconds(10)

    expect(before).toBe(1)
    expect(ana.total()).toBe(2)
    expect(await ana.held()).toEqual([])
  })

  it('[SM65] is looked for once, and only where a row went out more than once', async () => {
    const ana = await counting()
    await ana.scanAndSend(TEA)
    await ana.scanAndSend(RICE)
    await ana.seconds(120)
    const afterOneEach = ana.pages()

    await ana.scanAndSend(TEA)
    await ana.seconds(600)

    expect(afterOneEach).toBe(0)
    expect(ana.pages()).toBe(1)
  })

  it('[SM66] is mended by the next life of the worker, a minute after it began', async () => {
    const ana = await counting()
    await turnedBack(ana)
    await ana.seconds(30)
    ana.scheduler.stop()

    const next = ana.begin()
    await next.keeper.acquire(SESSION, { takeOver: false })
    await next.trigger('foreground')
    await ana.seconds(55)
    const before = ana.total()
    await ana.seconds(10)

    expect(before).toBe(1)
    expect(ana.total()).toBe(2)
  })

  it('[SM66] waits for the lock', async () => {
    const ana = await counting()
    await turnedBack(ana)
    await ana.scheduler.keeper.leave(SESSION)
    await ana.seconds(300)
    const without = ana.total()

    await ana.scheduler.keeper.acquire(SESSION, { takeOver: false })
    await ana.scheduler.trigger('foreground')
    await settle()
    await ana.seconds(5)

    expect(without).toBe(1)
    expect(ana.total()).toBe(2)
  })

  it('[SM93] is mended a minute after a window that was there all the time has taken the session over, though nobody scans (seed 12028)', async () => {
    const ana = await counting()
    const other = ana.begin()
    await other.trigger('foreground')
    await turnedBack(ana)
    ana.scheduler.keeper.drop(SESSION)
    await openIn(ana, other)

    await ana.seconds(55)
    const before = ana.total()
    await ana.seconds(10)

    expect(before).toBe(1)
    expect(ana.total()).toBe(2)
    expect(await ana.held()).toEqual([])
  })

  it('[SM93] asks an opening for a run only where it was left behind by another window', async () => {
    const ana = await counting()
    const other = ana.begin()
    await ana.scanAndSend(TEA)
    ana.scheduler.keeper.drop(SESSION)
    const ofNothing = await openIn(ana, other)
    await ana.scanAndSend(TEA)
    const ofItsOwn = await openIn(ana, ana.scheduler)
    ana.scheduler.keeper.drop(SESSION)
    const ofAnother = await openIn(ana, other)

    expect(ofNothing).toBe(0)
    expect(ofItsOwn).toBe(0)
    expect(ofAnother).toBe(1)
  })

  it('[SM67] [SH7] is not mended after the submit, but held in sight until the session is opened again', async () => {
    const ana = await counting()
    await ana.scanAndSend(TEA)
    await ana.scanAndSend(TEA)
    await queueSubmit(ana.deps, SESSION)
    await ana.scheduler.trigger('manual')
    await settle()
    expect(ana.server.session(SESSION).header.status).toBe('submitted')

    ana.server.copies[0]?.()
    await ana.seconds(120)

    expect(ana.total()).toBe(1)
    expect(await ana.held()).toMatchObject([{ kind: 'held', code: 'SESSION_CLOSED' }])
    expect(await unsentScans(ana.deps, SESSION)).toBe(2)

    const session = ana.server.session(SESSION)
    session.header = { ...session.header, status: 'assigned' }
    await sendHeldAgain(ana.deps, SESSION)
    await ana.scheduler.trigger('manual')
    await settle()
    expect(ana.total()).toBe(2)
    expect(await unsentScans(ana.deps, SESSION)).toBe(0)
  })

  it('[SM74] is found also by a device that has left the session, once somebody else has handed it in', async () => {
    const ana = await counting()
    await turnedBack(ana)
    await ana.scheduler.keeper.leave(SESSION)
    const session = ana.server.session(SESSION)
    session.header = { ...session.header, status: 'submitted' }

    await ana.seconds(90)

    expect(await ana.held()).toMatchObject([{ kind: 'held', code: 'SESSION_CLOSED' }])
    expect(ana.total()).toBe(1)
  })

  it('[SM74] is asked for once a minute at most while the session is open elsewhere', async () => {
    const ana = await counting()
    await turnedBack(ana)
    await ana.scheduler.keeper.leave(SESSION)
    const earlier = ana.server.calls.length
    const asked = (): number => ana.server.calls.slice(earlier).filter((it) => it === 'session').length
    await ana.seconds(90)
    const before = asked()

    for (let run = 0; run < 5; run++) {
      await ana.scheduler.trigger('manual')
      await ana.seconds(5)
    }
    const atOnce = asked()
    await ana.seconds(60)
    await ana.scheduler.trigger('manual')
    await settle()

    expect(before).toBe(1)
    expect(atOnce).toBe(before)
    expect(asked()).toBe(before + 1)
    expect(await ana.held()).toEqual([])
  })
})
