// One row, or one session, that makes the server answer 500: nothing else waits for it, and a server in trouble is left alone.
import { afterEach, describe, expect, it } from 'vitest'
import { RemoteError } from '../../src/domain/errors'
import { asId } from '../../src/domain/ids'
import type { LogId, SessionId } from '../../src/domain/ids'
import { createScheduler } from '../../src/sync/scheduler'
import type { Scheduler } from '../../src/sync/scheduler'
import { queueSubmit } from '../../src/sync/submit'
import { aScan, aSession, putSession, RICE, SESSION, SOAP, TEA } from '../support/builders'
import { settle } from '../support/fake-time'
import type { DeviceOptions, TestDevice } from '../support/network-engine'
import { openDevice } from '../support/network-engine'
import { outboxOf } from '../support/test-engine'

const OTHER = asId<SessionId>('S2')
const EVIL = 'evil'
const BROKEN = new RemoteError('server-down', 'PUT items: oops', { status: 500, code: 'INTERNAL' })
const MINUTE = 60_000

const opened: { device: TestDevice; scheduler: Scheduler }[] = []

/** A device with two sessions, the first of which sorts first. */
async function syncing(options?: DeviceOptions) {
  const device = await openDevice(options)
  await putSession(device.engine.scans, aSession({ sessionId: OTHER }))
  device.server.addSession(OTHER)
  const scheduler = createScheduler(device.deps, { isSignedIn: true })
  opened.push({ device, scheduler })
  const scansOther = (raw: string) =>
    device.engine.append([aScan(raw, { sessionId: OTHER })], asId<LogId>('log-of-s2'))
  const puts = (): number => device.server.calls.filter((it) => it === 'putItems').length
  const quarantined = () =>
    device.engine.scans.tx(['quarantine'], 'r', (tx) =>
      tx.range('quarantine', ':id', { limit: 1000 }),
    )
  return { ...device, scheduler, scansOther, puts, quarantined }
}
afterEach(async () => {
  for (const { device, scheduler } of opened.splice(0)) {
    scheduler.stop()
    await device.engine.close()
  }
})

const chokesOn = (text: string) => (call: string, request?: unknown) =>
  call === 'putItems' && JSON.stringify(request).includes(text) ? BROKEN : null

async function pass(it: TestDevice, ms: number, stepMs = 10_000): Promise<void> {
  for (let passed = 0; passed < ms; passed += stepMs) await it.time.advance(stepMs)
  await settle()
}

describe.each(['extended', 'hotwax'] as const)(
  'a row that makes the server answer 500 (%s)',
  (profile) => {
    it('[WK49] [I13] [I14] keeps no other session from being sent, however often it fails', async () => {
      const ana = await syncing({ profile })
      ana.server.refuse = chokesOn(EVIL)
      await ana.scans(aScan(EVIL))
      await ana.scheduler.trigger('manual')
      await ana.scansOther(RICE)
      await ana.scheduler.scanned()
      await pass(ana, 2 * MINUTE)
      const first = ana.server.total(OTHER, RICE)
      await ana.scansOther(SOAP)
      await ana.scheduler.scanned()
      await pass(ana, 2 * MINUTE)

      expect([first, ana.server.total(OTHER, SOAP)]).toEqual([1, 1])
      expect(await ana.scheduler.status()).toMatchObject({ status: 'error', problem: 'oops' })
    })

    it('[WK49] is tried again by itself, and goes through when the server is mended', async () => {
      const ana = await syncing({ profile })
      ana.server.refuse = chokesOn(EVIL)
      await ana.scans(aScan(EVIL))
      await ana.scheduler.trigger('manual')
      await pass(ana, 10 * MINUTE)
      const tries = ana.puts()

      ana.server.refuse = () => null
      await pass(ana, 6 * MINUTE)

      expect(tries).toBeGreaterThan(5)
      expect(tries).toBeLessThan(20)
      expect(ana.server.total(SESSION, EVIL)).toBe(1)
      expect(await ana.scheduler.status()).toMatchObject({ status: 'synced', problem: null })
    })

    it('[PU35] is to blame when it is alone in its session, has failed five times, and rows of another session pass in the same run', async () => {
      const ana = await syncing({ profile })
      ana.server.refuse = chokesOn(EVIL)
      await ana.scans(aScan(EVIL))
      for (let run = 0; run < 6; run++) await ana.scheduler.trigger('manual')
      const before = await ana.quarantined()
      await ana.scansOther(RICE)

      const state = await ana.scheduler.trigger('manual')

      expect(before).toEqual([])
      expect(await ana.quarantined()).toMatchObject([
        { kind: 'rejected', code: 'HTTP_500', message: 'oops' },
      ])
      expect(state).toMatchObject({ trouble: 'lines', quarantinedRows: 1, unsentRows: 0 })
    })

    it('[PU34] holds up no others of its session for longer where each row is a batch of its own (seed 1464)', async () => {
      const ana = await syncing({ profile, limits: { pushBatch: 1 } })
      ana.server.refuse = chokesOn(EVIL)
      await ana.scans(aScan(EVIL), ...['A', 'B', 'C', 'D', 'E', 'F'].map((raw) => aScan(raw)))
      await ana.scheduler.trigger('manual')
      await pass(ana, 3 * MINUTE)

      expect(await outboxOf(ana.engine.scans)).toEqual([])
      expect((await ana.quarantined()).map((it) => it.kind === 'rejected' && it.code)).toEqual(['HTTP_500'])
    })

    it('[PU34] is found among the rows of its session, and the others go through', async () => {
      const ana = await syncing({ profile })
      ana.server.refuse = chokesOn(EVIL)
      await ana.scans(...['A', 'B', EVIL, 'C', 'D'].map((raw) => aScan(raw)))

      for (let run = 0; run < 7; run++) {
        await ana.scheduler.trigger('manual')
        await pass(ana, MINUTE)
      }

      expect(await ana.quarantined()).toMatchObject([{ code: 'HTTP_500' }])
      expect(await outboxOf(ana.engine.scans)).toEqual([])
      expect(['A', 'B', 'C', 'D'].map((raw) => ana.server.total(SESSION, raw))).toEqual([
        1, 1, 1, 1,
      ])
    })

    it('[PU36] [I13] that was quarantined is sent again by itself now and then, and delays nothing by it', async () => {
      const ana = await syncing({ profile })
      ana.server.refuse = chokesOn(EVIL)
      await ana.scans(aScan(TEA), aScan(EVIL))
      await ana.scheduler.trigger('manual')
      await pass(ana, 20 * MINUTE)
      const between = await ana.quarantined()
      const before = ana.puts()
      await pass(ana, 20 * MINUTE)
      const idle = ana.puts() - before
      ana.server.refuse = () => null
      await pass(ana, 6 * MINUTE)

      expect(between).toHaveLength(1)
      expect(idle).toBeLessThanOrEqual(3 * (40 / 5))
      expect(ana.server.total(SESSION, EVIL)).toBe(1)
      expect(await ana.quarantined()).toEqual([])
      expect(await ana.scheduler.status()).toMatchObject({ status: 'synced' })
    })
  },
)

describe('a base server that answers a row with 500', () => {
  it('[PU37] has answered: rows of another session do not wait until the request can be taken for lost', async () => {
    const ana = await syncing({ profile: 'hotwax', session: aSession({ lock: 'none' }) })
    await ana.scheduler.keeper.acquire(SESSION, { takeOver: false })
    ana.server.refuse = chokesOn(EVIL)
    await ana.scans(aScan(EVIL))
    await ana.scheduler.trigger('manual')
    await ana.scansOther(RICE)
    await ana.scheduler.scanned()
    await ana.time.advance(3000)
    await settle()

    expect(ana.server.total(OTHER, RICE)).toBe(1)
    // The session of the 500 was read back.
    expect(ana.server.calls).toContain('itemsPage')
  })
})

describe('rows that make the server answer 500', () => {
  it('[PU34] leave the good ones alone however many they are: five of six, first or last', async () => {
    const ana = await syncing()
    ana.server.refuse = chokesOn(EVIL)
    await ana.scans(
      ...Array.from({ length: 5 }, (_, nth) => aScan(`${EVIL}-${nth}`)),
      aScan('good'),
    )

    for (let run = 0; run < 8; run++) await ana.scheduler.trigger('manual')

    expect(ana.server.total(SESSION, 'good')).toBe(1)
    expect(await ana.quarantined()).toHaveLength(5)
  })

  it('[PU34] are searched for with a bounded number of requests, and the search goes on where it ended', async () => {
    const ana = await syncing()
    ana.server.refuse = chokesOn(EVIL)
    await ana.scans(
      ...Array.from({ length: 60 }, (_, nth) => aScan(`${EVIL}-${nth}`)),
      aScan('good'),
    )
    for (let run = 0; run < 5; run++) await ana.scheduler.trigger('manual')
    const asked: number[] = []

    for (let run = 0; run < 20; run++) {
      const before = ana.puts()
      await ana.scheduler.trigger('manual')
      if (ana.server.total(SESSION, 'good') === 1) break
      asked.push(ana.puts() - before)
    }

    expect(Math.max(...asked)).toBeLessThanOrEqual(12)
    expect(ana.server.total(SESSION, 'good')).toBe(1)
  })

  it('[PU34] are not blamed for a server that falls over while they are searched for', async () => {
    const ana = await syncing()
    ana.server.refuse = chokesOn(EVIL)
    const raws = Array.from({ length: 40 }, (_, nth) => `good-${nth}`)
    await ana.scans(...raws.map((raw) => aScan(raw)), aScan(EVIL))
    for (let run = 0; run < 5; run++) await ana.scheduler.trigger('manual')
    ana.server.meanwhile = (call) => {
      if (call === 'putItems') ana.server.refuse = (it) => (it === 'putItems' ? BROKEN : null)
      return Promise.resolve()
    }

    await ana.scheduler.trigger('manual')

    expect((await ana.quarantined()).length).toBeLessThanOrEqual(1)
    ana.server.meanwhile = () => Promise.resolve()
    ana.server.refuse = () => null
    await pass(ana, 10 * MINUTE)
    expect(raws.map((raw) => ana.server.total(SESSION, raw))).toEqual(raws.map(() => 1))
  })
})

describe('work of one session that the server answers with 500', () => {
  it('[WK49] keeps pulls, evidence and submits of the others from nothing', async () => {
    const ana = await syncing()
    ana.server.refuse = chokesOn(EVIL)
    await ana.scans(aScan(EVIL))
    await ana.scheduler.trigger('manual')
    await ana.scheduler.keeper.acquire(OTHER, { takeOver: false })
    await ana.scansOther(RICE)
    await queueSubmit(ana.deps, OTHER)
    ana.scheduler.pullLater(OTHER)
    await ana.scheduler.trigger('manual')

    expect(ana.server.session(OTHER).header.status).toBe('submitted')
    expect(ana.server.session(OTHER).events.size).toBe(1)
    expect((await ana.session(OTHER)).pulledAt).not.toBeNull()
  })

  it('[WK49] keeps its own scans from nothing when it is a pull that fails', async () => {
    const ana = await syncing()
    ana.server.refuse = (call) => (call === 'itemsPage' ? BROKEN : null)
    ana.scheduler.pullLater(SESSION)
    await pass(ana, MINUTE)
    await ana.scans(aScan(TEA))
    await ana.scheduler.scanned()
    await pass(ana, MINUTE)

    expect(ana.server.total(SESSION, TEA)).toBe(1)
  })
})

describe('a gateway that gives up on the requests of one session', () => {
  it.each([502, 504])('[WK49] (%i) keeps the others from nothing', async (status) => {
    const ana = await syncing()
    const gaveUp = new RemoteError('server-down', 'PUT items: gave up', { status })
    ana.server.refuse = (call, request) => (chokesOn(EVIL)(call, request) === null ? null : gaveUp)
    await ana.scans(aScan(EVIL))
    await ana.scheduler.trigger('manual')
    await ana.scansOther(RICE)
    const state = await ana.scheduler.trigger('manual')

    expect(ana.server.total(OTHER, RICE)).toBe(1)
    expect(state).toMatchObject({ trouble: 'server', unsentRows: 1, quarantinedRows: 0 })
  })
})

describe('a server that answers everything with 500', () => {
  it('[WK50] is left alone after three answers in a run, whatever waits to be sent', async () => {
    const ana = await syncing()
    for (let nth = 0; nth < 6; nth++) {
      const sessionId = asId<SessionId>(`more-${nth}`)
      await putSession(ana.engine.scans, aSession({ sessionId }))
      ana.server.addSession(sessionId)
      const raws = Array.from({ length: 20 }, (_, at) => aScan(`item-${at}`, { sessionId }))
      await ana.engine.append(raws, asId<LogId>(`log-of-${sessionId}`))
    }
    let asked = 0
    ana.server.refuse = (call) => {
      if (call === 'capabilities') return null
      asked++
      return BROKEN
    }

    await ana.scheduler.trigger('manual')
    const first = asked
    await pass(ana, 30 * MINUTE)
    const inHalfAnHour = asked
    await pass(ana, 30 * MINUTE)
    const inAnotherHalf = asked - inHalfAnHour

    expect(first).toBe(3)
    expect(inAnotherHalf).toBeLessThan(200)
    expect(await ana.quarantined()).toEqual([])
    ana.server.refuse = () => null
    await pass(ana, 10 * MINUTE)
    expect(await outboxOf(ana.engine.scans)).toEqual([])
  })

  it('[WK50] never keeps a session that would go through from its turn: those without trouble come first', async () => {
    const ana = await syncing()
    ana.server.refuse = chokesOn(EVIL)
    for (let nth = 0; nth < 4; nth++) {
      const sessionId = asId<SessionId>(`A-${nth}`)
      await putSession(ana.engine.scans, aSession({ sessionId }))
      ana.server.addSession(sessionId)
      await ana.engine.append([aScan(EVIL, { sessionId })], asId<LogId>(`log-of-${sessionId}`))
    }
    const last = asId<SessionId>('Z')
    await putSession(ana.engine.scans, aSession({ sessionId: last }))
    ana.server.addSession(last)
    await ana.engine.append([aScan(TEA, { sessionId: last })], asId<LogId>('log-of-z'))

    await ana.scheduler.trigger('manual')
    await pass(ana, MINUTE)

    expect(ana.server.total(last, TEA)).toBe(1)
  })
})
