import { afterEach, describe, expect, it } from 'vitest'
import { RemoteError } from '../../src/domain/errors'
import { asId } from '../../src/domain/ids'
import { LIMITS } from '../../src/domain/limits'
import type { LogId, SessionId } from '../../src/domain/ids'
import { createScanFolder } from '../../src/sync/scan-folder'
import { matchItem } from '../../src/sync/matching'
import { createScheduler } from '../../src/sync/scheduler'
import type { Scheduler } from '../../src/sync/scheduler'
import { SEND_PAUSE_MAX_MS } from '../../src/sync/send-pause'
import { changeSession } from '../../src/sync/session-row'
import { queueSubmit } from '../../src/sync/submit'
import { aScan, aSession, keyOf, product, putSession, RICE, SESSION, TEA } from '../support/builders'
import { settle, START } from '../support/fake-time'
import type { DeviceOptions, TestDevice } from '../support/network-engine'
import { openDevice } from '../support/network-engine'
import { outboxOf } from '../support/test-engine'
import { storeWith } from '../support/test-desk'

const opened: { device: TestDevice; scheduler: Scheduler }[] = []

async function syncing(options?: DeviceOptions & { isSignedIn?: boolean }) {
  const device = await openDevice(options)
  const scheduler = createScheduler(device.deps, { isSignedIn: options?.isSignedIn ?? true })
  opened.push({ device, scheduler })
  const calls = (name: string) => device.server.calls.filter((it) => it === name).length
  return { ...device, scheduler, calls }
}
afterEach(async () => {
  for (const { device, scheduler } of opened.splice(0)) {
    scheduler.stop()
    await device.engine.close()
  }
})

describe('scheduler', () => {
  it('[WK1] [S3.10] [S2.1] [S2.3] fold and send new scans by itself', async () => {
    const ana = await syncing()
    await ana.scans(aScan(TEA), aScan(TEA))

    await ana.scheduler.scanned()
    await settle()

    expect(ana.server.total(SESSION, TEA)).toBe(2)
    expect(await ana.scheduler.status()).toMatchObject({
      status: 'synced',
      unsentRows: 0,
      lastSyncedAt: ana.time.clock.now(),
    })
  })

  it('[WK37] folds and sends a scan in the pause behind it, and a stream of scans at a pace', async () => {
    const { scanQuietMs } = LIMITS
    const ana = await syncing({ limits: { scanQuietMs } })
    const folds = () => ana.engine.messages.filter((it) => it.kind === 'lines').length
    await ana.scans(aScan(TEA))
    void ana.scheduler.scanned()
    await ana.time.advance(scanQuietMs - 1)
    expect(folds()).toBe(0)
    await ana.time.advance(1)
    await settle()
    expect([folds(), ana.server.total(SESSION, TEA)]).toEqual([1, 1])

    const seconds = 5
    for (let nth = 0; nth < seconds * 20; nth += 1) {
      await ana.scans(aScan(TEA))
      void ana.scheduler.scanned()
      await ana.time.advance(50)
    }
    const [folded, sent] = [folds(), ana.calls('putItems')]
    await ana.time.advance(2000)

    const { foldEveryMs, sendEveryMs } = ana.deps.limits
    // A run folds too, before it sends.
    expect(folded).toBeLessThanOrEqual((seconds * 1000) / foldEveryMs + sent + 1)
    expect(folded).toBeGreaterThanOrEqual(seconds)
    expect(sent).toBeLessThanOrEqual((seconds * 1000) / sendEveryMs + 1)
    expect(sent).toBeGreaterThanOrEqual(seconds - 1)
    expect(ana.server.total(SESSION, TEA)).toBe(seconds * 20 + 1)
  })

  it('[WK68] asks a server that takes long less often, within a limit, and a quick one again as often as ever', async () => {
    const ana = await syncing()
    const { timers } = ana.time
    const answerIn = (ms: number): void => {
      ana.server.meanwhile = (call) => (call === 'putItems' ? timers.sleep(ms) : Promise.resolve())
    }
    const pushesIn = async (seconds: number): Promise<number> => {
      const before = ana.calls('putItems')
      for (let nth = 0; nth < seconds * 5; nth += 1) {
        await ana.scans(aScan(TEA))
        void ana.scheduler.scanned()
        await ana.time.advance(200)
      }
      return ana.calls('putItems') - before
    }

    const quick = await pushesIn(10)
    answerIn(400)
    await pushesIn(2)
    const slow = await pushesIn(20)
    answerIn(3000)
    await pushesIn(10)
    const slowest = await pushesIn(30)
    answerIn(0)
    await pushesIn(15)
    const quickAgain = await pushesIn(10)
    await ana.time.advance(SEND_PAUSE_MAX_MS)

    expect(quick).toBeGreaterThanOrEqual(9)
    expect(slow).toBeGreaterThanOrEqual(4)
    expect(slow).toBeLessThanOrEqual(8)
    expect(slowest).toBeGreaterThanOrEqual(3)
    expect(slowest).toBeLessThanOrEqual(8)
    expect(quickAgain).toBeGreaterThanOrEqual(9)
    expect(ana.server.total(SESSION, TEA)).toBe((10 + 2 + 20 + 10 + 30 + 15 + 10) * 5)
  })

  it('[WK71] [I13] sends what became unsent during the pull of a run that had nothing to send, and needs nobody to ask for it', async () => {
    const ana = await syncing()
    await ana.scans(aScan('x'))
    await ana.scheduler.scanned()
    await settle()
    expect(await outboxOf(ana.deps.scans)).toEqual([])
    const sent = ana.calls('putItems')
    ana.server.meanwhile = async (call) => {
      if (call !== 'itemsPage') return
      ana.server.meanwhile = () => Promise.resolve()
      await matchItem(ana.deps, { sessionId: SESSION, itemKey: keyOf('x'), productId: product('TEA'), packSize: 1 })
    }

    ana.scheduler.pullLater(SESSION)
    await settle()

    expect(ana.calls('putItems')).toBe(sent + 1)
    expect(await outboxOf(ana.deps.scans)).toEqual([])
  })

  it('[WK37] folds between two scans that come five times a second, not beside them', async () => {
    const { scanQuietMs, foldEveryMs } = LIMITS
    const ana = await syncing({ limits: { scanQuietMs } })
    const sinceScan: number[] = []
    let scannedAt = 0
    ana.engine.deps.bus.listen((message) => {
      if (message.kind === 'lines') sinceScan.push(ana.time.clock.mono() - scannedAt)
    })
    for (let nth = 0; nth < 20; nth += 1) {
      await ana.scans(aScan(TEA))
      scannedAt = ana.time.clock.mono()
      void ana.scheduler.scanned()
      for (let step = 0; step < 200; step += 10) await ana.time.advance(10)
    }
    expect(sinceScan.length).toBeGreaterThanOrEqual((20 * 200) / (foldEveryMs + 200))
    expect(sinceScan.filter((ms) => ms < scanQuietMs)).toEqual([])
  })

  it('[WK37] waits for no pause for ever on a clock that stands still (seed 3460)', async () => {
    const ana = await syncing({ limits: { scanQuietMs: LIMITS.scanQuietMs } })
    let waits = 0
    const folder = createScanFolder(ana.deps, {
      signal: new AbortController().signal,
      until: () => {
        waits += 1
        return Promise.resolve()
      },
      guard: async (fold) => (await fold(), true),
      onFolded: () => undefined,
    })
    await ana.scans(aScan(TEA))

    await folder.scanned()

    expect(waits).toBeLessThan(100)
    expect(ana.engine.messages).toContainEqual(expect.objectContaining({ kind: 'lines' }))
  })

  it('[WK42] fails nowhere when the storage closes under what nobody waits for', async () => {
    const ana = await syncing()
    await ana.scans(aScan(TEA))
    const unheard: unknown[] = []
    const hear = (reason: unknown): void => void unheard.push(reason)
    process.on('unhandledRejection', hear)

    ana.scheduler.ask('new-work')
    ana.scheduler.ask('foreground')
    ana.scheduler.stop()
    ana.engine.scans.close()
    await settle()
    await new Promise((resolve) => setImmediate(resolve))

    process.off('unhandledRejection', hear)
    expect(unheard).toEqual([])
  })

  it('[WK2] [S2.2] [S2.15] [S3.44] [S3.47] [S2.69] keep everything while offline, and send it when the network is back', async () => {
    const ana = await syncing()
    ana.server.isAway = true
    await ana.scans(aScan(TEA))
    await ana.scheduler.scanned()
    await settle()
    const offline = await ana.scheduler.status()

    ana.server.isAway = false
    const online = await ana.scheduler.trigger('online')

    expect(offline).toMatchObject({ status: 'offline', unsentRows: 1 })
    expect(online).toMatchObject({ status: 'synced', unsentRows: 0 })
  })

  it('[BO4] [I13] [S3.24] try again by itself with growing pauses, and needs nobody to get going', async () => {
    const ana = await syncing()
    ana.server.isAway = true
    await ana.scans(aScan(TEA))
    await ana.scheduler.scanned()
    await settle()

    const first = (await ana.scheduler.status()).nextTryAt ?? 0
    await ana.time.advance(first - ana.time.clock.now())
    const second = (await ana.scheduler.status()).nextTryAt ?? 0
    ana.server.isAway = false
    await ana.time.advance(second - ana.time.clock.now())
    await settle()

    expect(second - first).toBeGreaterThan(500)
    expect(ana.server.total(SESSION, TEA)).toBe(1)
  })

  it.each(['online', 'foreground', 'manual', 'sign-in'] as const)(
    '[BO5] [S2.11] [S2.12] [S2.13] [S2.14] a trigger (%s) cuts the pause short',
    async (trigger) => {
      const ana = await syncing()
      ana.server.isAway = true
      await ana.scans(aScan(TEA))
      await ana.scheduler.trigger('manual')
      ana.server.isAway = false

      const state = await ana.scheduler.trigger(trigger)

      expect(state.status).toBe('synced')
    },
  )

  it('[BO6] keep the pause that a throttling server asked for in spite of new work', async () => {
    const ana = await syncing()
    ana.server.refuse = (call) =>
      call === 'putItems'
        ? new RemoteError('server-down', 'slow down', { status: 429, retryAfterMs: 60_000 })
        : null
    await ana.scans(aScan(TEA))
    await ana.scheduler.trigger('manual')
    ana.server.refuse = () => null

    await ana.time.advance(10_000)
    await ana.scans(aScan(RICE))
    await ana.scheduler.scanned()
    await settle()
    const during = ana.calls('putItems')
    await ana.time.advance(50_000)
    await settle()

    expect(during).toBe(1)
    expect(ana.server.total(SESSION, TEA) + ana.server.total(SESSION, RICE)).toBe(2)
  })

  it.each([
    ['a server that fails', new RemoteError('server-down', 'broken', { status: 500 }), 'error', 'server'],
    ['a gateway without its server', new RemoteError('server-down', 'bad gateway', { status: 502 }), 'error', 'server'],
    ['a server that asks to wait', new RemoteError('server-down', 'slow down', { status: 429 }), 'error', 'server-busy'],
    ['no network', new RemoteError('offline', 'fetch failed'), 'offline', 'network'],
    ['a captive portal', new RemoteError('captive-portal', 'html'), 'offline', 'portal'],
    ['an earlier request', new RemoteError('not-yet', 'wait'), 'unsent', 'earlier-request'],
  ] as const)('[WK40] tell %s apart from the others, and when it is tried again', async (_, error, status, trouble) => {
    const ana = await syncing()
    ana.server.refuse = (call) => (call === 'putItems' ? error : null)
    await ana.scans(aScan(TEA))

    const state = await ana.scheduler.trigger('manual')

    expect(state).toMatchObject({ status, trouble, unsentRows: 1 })
    expect(state.nextTryAt).toBeGreaterThan(ana.time.clock.now())
  })

  it('[WK41] know when all was sent after a restart, and not count a run that left something', async () => {
    const ana = await syncing()
    await ana.scans(aScan(TEA))
    const sentAt = ana.time.clock.now()
    await ana.scheduler.trigger('manual')
    ana.scheduler.stop()
    await ana.time.advance(60_000)
    ana.server.refuse = (call) =>
      call === 'putItems' ? new RemoteError('forbidden', 'not yours', { status: 403 }) : null
    await ana.scans(aScan(TEA))

    const restarted = createScheduler(ana.deps, { isSignedIn: true })
    opened.push({ device: ana, scheduler: restarted })
    const state = await restarted.trigger('manual')

    expect(state).toMatchObject({ unsentRows: 1, lastSyncedAt: sentAt })
  })

  it('[WK3] [S2.57] ask for a sign-in on 401, clear nothing, fold on, and resume after it', async () => {
    const ana = await syncing()
    ana.server.isTokenExpired = true
    await ana.scans(aScan(TEA))
    const expired = await ana.scheduler.trigger('manual')
    await ana.scans(aScan(TEA))
    await ana.scheduler.scanned()
    await ana.time.advance(3_600_000)
    const callsWhileExpired = ana.calls('putItems')

    ana.server.isTokenExpired = false
    ana.scheduler.setSignedIn(true)
    const state = await ana.scheduler.trigger('sign-in')

    expect(expired).toMatchObject({ status: 'auth-needed', unsentRows: 1 })
    expect(callsWhileExpired).toBe(1)
    expect(state.status).toBe('synced')
    expect(ana.server.total(SESSION, TEA)).toBe(2)
  })

  it('[WK43] [I13] ask for a sign-in also where only the heartbeat finds out that it is over (seed 90)', async () => {
    const ana = await syncing({ session: aSession({ lock: 'none' }) })
    await ana.scheduler.keeper.acquire(SESSION, { takeOver: false })
    ana.server.isTokenExpired = true
    await ana.time.advance(60_000)
    const expired = await ana.scheduler.status()

    ana.server.isTokenExpired = false
    ana.scheduler.setSignedIn(true)
    const state = await ana.scheduler.trigger('sign-in')

    expect(expired).toMatchObject({ status: 'auth-needed', trouble: 'sign-in', unsentRows: 0 })
    expect(state.status).toBe('synced')
    expect(ana.scheduler.keeper.stateOf(SESSION)).toBe('held')
  })

  it('[WK4] run one at a time over all windows of the device', async () => {
    const ana = await syncing()
    const other = createScheduler(ana.deps, { isSignedIn: true })
    opened.push({ device: ana, scheduler: other })
    let inFlight = 0
    let most = 0
    ana.server.meanwhile = async () => {
      inFlight += 1
      most = Math.max(most, inFlight)
      await settle()
      inFlight -= 1
    }
    await ana.scans(aScan(TEA), aScan(RICE))

    await Promise.all([ana.scheduler.trigger('manual'), other.trigger('manual')])

    expect(most).toBe(1)
    expect(ana.server.total(SESSION, TEA)).toBe(1)
  })

  it('[WK5] let the other sessions go on when the server refuses one', async () => {
    const other = asId<SessionId>('S2')
    const ana = await syncing()
    await ana.engine.scans.tx(['sessions'], 'rw', (tx) =>
      tx.put('sessions', aSession({ sessionId: other })),
    )
    ana.server.addSession(other)
    ana.server.sessions.delete(SESSION)
    await ana.scans(aScan(TEA), aScan(TEA))
    await ana.engine.append([aScan(RICE, { sessionId: other })], asId('log-of-s2'))

    const state = await ana.scheduler.trigger('manual')

    expect(state).toMatchObject({ status: 'error', unsentRows: 1 })
    expect(ana.server.total(other, RICE)).toBe(1)
  })

  it('[WK5] let no other session wait for the next try of a refused one', async () => {
    const other = asId<SessionId>('S2')
    const ana = await syncing()
    await putSession(ana.engine.scans, aSession({ sessionId: other }))
    ana.server.addSession(other)
    ana.server.sessions.delete(SESSION)
    await ana.scans(aScan(TEA))
    await ana.scheduler.trigger('manual')
    const refusals = ana.calls('putItems')
    const log = asId<LogId>('log-of-s2')

    await ana.engine.append([aScan(RICE, { sessionId: other })], log)
    await ana.scheduler.scanned()
    await ana.time.advance(ana.deps.limits.sendEveryMs)
    const state = await ana.scheduler.status()

    expect(ana.server.total(other, RICE)).toBe(1)
    expect(ana.calls('putItems')).toBe(refusals + 1)
    expect(state).toMatchObject({ status: 'error', unsentRows: 1 })
  })

  it('[WK5] try a refused session again by itself, and at once when a person asks', async () => {
    const ana = await syncing()
    const session = ana.server.session(SESSION)
    ana.server.sessions.delete(SESSION)
    await ana.scans(aScan(TEA))
    const refused = await ana.scheduler.trigger('manual')
    const again = await ana.scheduler.trigger('manual')
    ana.server.sessions.set(SESSION, session)

    await ana.time.advance((refused.nextTryAt ?? 0) - ana.time.clock.now())
    await settle()

    expect(again.nextTryAt).toBeGreaterThan(ana.time.clock.now() - 1)
    expect(ana.server.total(SESSION, TEA)).toBe(1)
    expect((await ana.scheduler.status()).status).toBe('synced')
  })

  it('[WK6] probe the server again after a portal answered, and mark nothing meanwhile', async () => {
    const ana = await syncing()
    await ana.scans(aScan(TEA))
    ana.server.refuse = () => new RemoteError('captive-portal', 'a page')
    const behindPortal = await ana.scheduler.trigger('manual')
    ana.server.refuse = () => null
    ana.server.calls.length = 0

    await ana.time.advance(300_000)
    await settle()

    expect(behindPortal).toMatchObject({ status: 'offline', unsentRows: 1 })
    expect(ana.server.calls.slice(0, 2)).toEqual(['capabilities', 'putItems'])
    expect(await outboxOf(ana.engine.scans)).toEqual([])
  })

  it('[WK7] [S4.22] ask a restored server again what it has, and send what it lacks', async () => {
    const ana = await syncing()
    await ana.scans(aScan(TEA), aScan(RICE))
    await ana.scheduler.trigger('manual')
    ana.server.session(SESSION).rows.clear()
    ana.server.restoreFromBackup()

    await ana.scheduler.trigger('foreground')

    expect(ana.server.total(SESSION, TEA) + ana.server.total(SESSION, RICE)).toBe(2)
  })

  it('[WK8] send the scans themselves as evidence after the rows, each once', async () => {
    const ana = await syncing({ limits: { evidenceBatch: 2 } })
    await ana.scans(aScan(TEA), aScan(TEA), aScan(RICE))

    await ana.scheduler.trigger('manual')
    await ana.scheduler.trigger('manual')

    expect(ana.server.session(SESSION).events.size).toBe(3)
    expect(ana.calls('putScanEvents')).toBe(2)
    expect(ana.server.calls.indexOf('putItems')).toBeLessThan(
      ana.server.calls.indexOf('putScanEvents'),
    )
  })

  it('[WK8] send the evidence again to a server that was restored', async () => {
    const ana = await syncing()
    await ana.scans(aScan(TEA), aScan(TEA))
    await ana.scheduler.trigger('manual')
    ana.server.session(SESSION).events.clear()
    ana.server.restoreFromBackup()

    await ana.scheduler.trigger('foreground')

    expect(ana.server.session(SESSION).events.size).toBe(2)
  })

  it('[WK9] is stopped by no refusal of evidence', async () => {
    const ana = await syncing()
    ana.server.refuse = (call) =>
      call === 'putScanEvents' ? new RemoteError('not-found', 'no such call') : null
    await ana.scans(aScan(TEA))

    const state = await ana.scheduler.trigger('manual')

    expect(state.status).toBe('synced')
    expect(ana.logged).toContain('evidence-refused')
  })

  it('[SB9] carry a submit out that was queued offline, when the network is back', async () => {
    const ana = await syncing({ session: aSession({ lock: 'none' }) })
    await ana.scheduler.keeper.acquire(SESSION, { takeOver: false })
    ana.server.isAway = true
    await ana.scans(aScan(TEA))
    await queueSubmit(ana.deps, SESSION)
    await ana.scheduler.trigger('manual')

    ana.server.isAway = false
    await ana.scheduler.trigger('online')

    expect(ana.server.session(SESSION).header.status).toBe('submitted')
    expect(ana.server.total(SESSION, TEA)).toBe(1)
  })

  it('[WK10] [I13] notice a run that hangs without an answer, say stalled, and start again', async () => {
    const ana = await syncing({ limits: { stallMs: 10_000 } })
    await ana.scans(aScan(TEA))
    let isHanging = true
    ana.server.meanwhile = () => (isHanging ? new Promise(() => undefined) : Promise.resolve())
    void ana.scheduler.trigger('manual')
    await settle()
    await ana.time.advance(15_000)
    const during = await ana.scheduler.status()
    isHanging = false

    expect(during.status).toBe('stalled')
    expect(ana.logged).toContain('stalled')
  })

  it('[WK10] [I13] let go of a run whose storage never answers, also where nothing was folded yet', async () => {
    const device = await openDevice({ limits: { stallMs: 10_000 } })
    let hangs = true
    const scans = storeWith(device.deps.scans, (tables) =>
      hangs && tables.includes('scanEvents') ? new Promise(() => undefined) : Promise.resolve(),
    )
    const scheduler = createScheduler({ ...device.deps, scans }, { isSignedIn: true })
    opened.push({ device, scheduler })
    await device.scans(aScan(TEA))
    void scheduler.trigger('manual')
    await device.time.advance(1000)
    hangs = false

    await device.time.advance(30_000)

    expect(device.logged).toContain('stalled')
    expect(device.server.total(SESSION, TEA)).toBe(1)
  })

  it('[WK10] [I13] fold again after a fold whose storage never answered', async () => {
    const device = await openDevice({ limits: { stallMs: 10_000 } })
    let hangs = true
    const scans = storeWith(device.deps.scans, (tables) =>
      hangs && tables.includes('scanEvents') ? new Promise(() => undefined) : Promise.resolve(),
    )
    const scheduler = createScheduler({ ...device.deps, scans }, { isSignedIn: false })
    opened.push({ device, scheduler })
    await device.scans(aScan(TEA))
    void scheduler.scanned()
    await device.time.advance(1000)
    hangs = false
    await device.time.advance(15_000)

    void scheduler.scanned()
    await device.time.advance(2000)

    expect(await outboxOf(device.deps.scans)).toHaveLength(1)
  })

  it('[WK44] [I13] fold and send what another window saved last, with nobody touching anything (seed 4373)', async () => {
    const ana = await syncing({ limits: { stallMs: 10_000 } })
    await ana.scheduler.trigger('manual')
    await ana.scans(aScan(TEA))

    await ana.time.advance(4000)
    const early = ana.server.total(SESSION, TEA)
    await ana.time.advance(4000)

    expect(early).toBe(0)
    expect(ana.server.total(SESSION, TEA)).toBe(1)
  })

  it('[WK48] [I13] carry a submit out that a closed window had queued, with nobody touching anything (seed 9708)', async () => {
    const ana = await syncing({ session: aSession({ lock: 'none' }), limits: { stallMs: 10_000 } })
    await ana.scheduler.trigger('manual')
    // The other window: it wrote this, and was closed before it told anybody.
    await queueSubmit({ ...ana.deps, bus: { post: () => undefined, listen: () => () => undefined } }, SESSION)

    await ana.time.advance(4000)
    const early = ana.server.session(SESSION).header.status
    await ana.time.advance(4000)

    expect(early).toBe('created')
    expect(ana.server.session(SESSION).header.status).toBe('submitted')
  })

  it('[WK60] [I13] carry it out although a storage that was dead for a while never answered the look before (seed 1085)', async () => {
    const device = await openDevice({ session: aSession({ lock: 'none' }), limits: { stallMs: 60_000 } })
    let hangs = true
    const scans = storeWith(device.deps.scans, () => (hangs ? new Promise(() => undefined) : Promise.resolve()))
    const scheduler = createScheduler({ ...device.deps, scans }, { isSignedIn: true })
    opened.push({ device, scheduler })
    await device.time.advance(45_000)
    hangs = false
    await queueSubmit({ ...device.deps, bus: { post: () => undefined, listen: () => () => undefined } }, SESSION)

    await device.time.advance(30_000)

    expect(device.server.session(SESSION).header.status).toBe('submitted')
    expect(device.logged).toContain('watchdog-failed')
  })

  it('[WK48] carry it out although the sign-in had run out here: another window has signed in since (seed 1634)', async () => {
    const ana = await syncing({ session: aSession({ lock: 'none' }), limits: { stallMs: 10_000 } })
    ana.server.isTokenExpired = true
    await ana.scans(aScan(TEA))
    await ana.scheduler.trigger('manual')
    expect((await ana.scheduler.status()).problem).toContain('sign in')
    ana.server.isTokenExpired = false
    await queueSubmit({ ...ana.deps, bus: { post: () => undefined, listen: () => () => undefined } }, SESSION)

    await ana.time.advance(8000)

    expect(ana.server.session(SESSION).header.status).toBe('submitted')
  })

  it('[WK48] look for queued submits with one read of the opened sessions, and not while a wait or a run explains them', async () => {
    const device = await openDevice({ session: aSession({ lock: 'none' }), limits: { stallMs: 10_000 } })
    let reads = 0
    const scans = storeWith(device.deps.scans, (tables) => {
      if (tables.includes('sessions')) reads++
      return Promise.resolve()
    })
    const scheduler = createScheduler({ ...device.deps, scans }, { isSignedIn: true })
    opened.push({ device, scheduler })
    await changeSession(device.deps, SESSION, (row) => ({ ...row, submitQueuedAt: 1, submitProblem: 'changed-elsewhere' }))
    await device.time.advance(20_500)
    const idle = { reads, calls: device.server.calls.length }
    scheduler.setSignedIn(false)

    await device.time.advance(20_500)

    // A person has to look at that one: nothing is asked of the server.
    expect(idle).toEqual({ reads: 4, calls: 0 })
    expect(reads).toBe(4)
  })

  it('[WK47] [I13] holds all rows of a closed session, however many runs that takes, without waiting (seed 4965)', async () => {
    const ana = await syncing({ profile: 'hotwax', limits: { pushBatch: 1, pushBatchesMax: 1 } })
    const { header } = ana.server.session(SESSION)
    ana.server.session(SESSION).header = { ...header, status: 'approved' }
    await ana.scans(aScan(TEA), aScan(RICE), aScan('x'), aScan('y'))

    await ana.scheduler.scanned()
    await ana.time.advance(1000)

    expect(await outboxOf(ana.engine.scans)).toEqual([])
    expect(ana.server.puts).toEqual([])
  })

  it('[WK11] [S2.34] [S2.59] tell the windows each change of its state', async () => {
    const ana = await syncing()
    await ana.scans(aScan(TEA))

    await ana.scheduler.trigger('manual')
    await settle()

    const told = ana.engine.messages.flatMap((it) =>
      it.kind === 'status' ? [it.status.status] : [],
    )
    expect(told.at(-1)).toBe('synced')
  })

  it('[WK54] tell the window what is sent at a pace while batch follows batch, and that all is as soon as it is, before a pull ends', async () => {
    const ana = await syncing({ limits: { pushBatch: 1 } })
    const told = () =>
      ana.engine.messages.flatMap((it) => (it.kind === 'status' ? [it.status] : []))
    let letPullEnd = (): void => undefined
    let toldAtPull: ReturnType<typeof told> = []
    ana.server.meanwhile = (call) => {
      // Each batch takes a fifth of a second.
      if (call === 'putItems') return ana.deps.timers.sleep(200)
      if (call !== 'itemsPage') return Promise.resolve()
      toldAtPull = told()
      return new Promise((resolve) => (letPullEnd = resolve))
    }
    await ana.scans(...Array.from({ length: 10 }, (_, nth) => aScan(`item ${nth}`)))
    ana.scheduler.pullLater(SESSION)
    for (let step = 0; step < 20; step += 1) await ana.time.advance(200)

    expect(toldAtPull.at(-1)).toMatchObject({
      status: 'synced',
      unsentRows: 0,
      lastSyncedAt: START + 10 * 200,
    })
    const onTheWay = toldAtPull.map((it) => it.unsentRows).filter((it) => it > 0 && it < 10)
    expect(onTheWay).toEqual([7, 4, 1])
    letPullEnd()
    await settle()
    expect(told().at(-1)).toMatchObject({ status: 'synced' })
  })

  it('[WK54] tell no trouble that is over beside what is sent', async () => {
    const ana = await syncing()
    ana.server.isAway = true
    await ana.scans(aScan(TEA))
    expect(await ana.scheduler.trigger('manual')).toMatchObject({
      status: 'offline',
      unsentRows: 1,
    })

    ana.server.isAway = false
    let letPullEnd = (): void => undefined
    ana.server.meanwhile = (call) =>
      call === 'itemsPage' ? new Promise((resolve) => (letPullEnd = resolve)) : Promise.resolve()
    ana.scheduler.pullLater(SESSION)
    ana.scheduler.ask('online')
    await settle()
    const whilePulling = await ana.scheduler.status()
    letPullEnd()

    expect(whilePulling).toMatchObject({ status: 'synced', unsentRows: 0, trouble: null })
  })

  it('[WK12] ask for a sign-in and send nothing while nobody is signed in, but fold', async () => {
    const ana = await syncing({ isSignedIn: false })
    await ana.scans(aScan(TEA))

    await ana.scheduler.scanned()
    const state = await ana.scheduler.trigger('manual')

    expect(state).toMatchObject({ status: 'auth-needed', unsentRows: 1 })
    expect(ana.server.calls).toEqual([])
  })
})

describe('scheduler with a base server', () => {
  it('[PU9] read back after a lost answer, and mend once what a late copy turned back', async () => {
    const ana = await syncing({ profile: 'hotwax', session: aSession({ lock: 'none' }) })
    await ana.scheduler.keeper.acquire(SESSION, { takeOver: false })
    ana.server.keepsCopies = true
    await ana.scans(aScan(TEA))
    ana.server.losesAnswers = 0
    ana.server.meanwhile = (call) => {
      if (call === 'putItems' && ana.server.copies.length === 1) ana.server.losesAnswers = 1
      return Promise.resolve()
    }
    await ana.scheduler.trigger('manual')
    await ana.scans(aScan(TEA))
    let hasTurned = false
    ana.server.meanwhile = (call) => {
      // The old copy arrives late, just after the newer row.
      if (call === 'putItems' && !hasTurned) {
        hasTurned = true
        ana.server.copies[0]?.()
      }
      return Promise.resolve()
    }

    for (let minute = 0; minute < 10; minute++) await ana.time.advance(60_000)
    await settle()

    expect(hasTurned).toBe(true)
    expect(ana.server.total(SESSION, TEA)).toBe(2)
  })
})
