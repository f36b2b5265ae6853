import { afterEach, describe, expect, it, vi } from 'vitest'
import type { BusMessage } from '../../src/ports/platform'
import { createChannelBus } from '../../src/worker/channel-bus'
import {
  createWebClaims,
  createWebMutex,
  createWorkerBus,
  systemTimers,
} from '../../src/worker/platform'
import { readPrivateMessage } from '../../src/worker/private-message'
import { createStoreLog } from '../../src/worker/store-log'
import { createFakeLocks } from '../support/fake-locks'
import { createFakeTime } from '../support/fake-time'
import { openTestEngine } from '../support/test-engine'

afterEach(() => vi.useRealTimers())

describe('mutex of the windows', () => {
  it('[WK30] [I20] runs one at a time, and tells at once where somebody only looks', async () => {
    const mutex = createWebMutex(createFakeLocks())
    let letGo = (): void => undefined
    const first = mutex.run(
      'sync',
      {},
      () => new Promise<string>((resolve) => (letGo = () => resolve('first'))),
    )
    await Promise.resolve()

    const look = await mutex.run('sync', { ifAvailable: true }, () => Promise.resolve('look'))
    const second = mutex.run('sync', {}, () => Promise.resolve('second'))
    letGo()

    expect(look).toBe('taken')
    expect([await first, await second]).toEqual(['first', 'second'])
  })

  it('[WK31] takes the lock from a window that froze, and waits for one that lives', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] })
    const locks = createFakeLocks()
    // A frozen window holds the lock and says nothing.
    const frozen = locks
      .request('sync', {}, () => new Promise(() => undefined))
      .catch(() => 'stolen')
    const waiting = createWebMutex(locks).run('sync', {}, () => Promise.resolve('mine'))

    await vi.advanceTimersByTimeAsync(31_000)

    expect(await waiting).toBe('mine')
    expect(await frozen).toBe('stolen')
  })

  it('[WK42] gives no sign of life for a lock that was stolen from it', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] })
    const locks = createFakeLocks()
    const slow = createWebMutex(locks).run('sync', {}, () => new Promise(() => undefined)).catch(() => 'stolen')
    await vi.advanceTimersByTimeAsync(0)
    await locks.request('sync', { steal: true }, () => Promise.resolve())
    expect(await slow).toBe('stolen')

    // A closed channel throws at each sign; here that would fail the timers.
    await expect(vi.advanceTimersByTimeAsync(20_000)).resolves.toBeDefined()
  })

  it('[WK32] stops waiting when it is told to', async () => {
    const locks = createFakeLocks()
    void locks.request('sync', {}, () => new Promise(() => undefined))
    const abort = new AbortController()
    const waiting = createWebMutex(locks).run('sync', { signal: abort.signal }, () =>
      Promise.resolve('mine'),
    )

    abort.abort(new Error('closing'))

    await expect(waiting).rejects.toThrow('closing')
  })
})

describe('claims of the windows', () => {
  it('[WK33] are given once, refused to the next, and taken over by stealing', async () => {
    const claims = createWebClaims(createFakeLocks())
    const lost: string[] = []
    await claims.claim('count:S1', { steal: false, onLost: () => lost.push('first') })

    const refused = await claims.claim('count:S1', { steal: false, onLost: () => undefined })
    const taken = await claims.claim('count:S1', { steal: true, onLost: () => undefined })
    await new Promise((resolve) => setImmediate(resolve))

    expect(refused).toBeNull()
    expect(taken).not.toBeNull()
    expect(lost).toEqual(['first'])
  })

  it('[WK34] are free again after their release', async () => {
    const claims = createWebClaims(createFakeLocks())
    const first = await claims.claim('count:S1', { steal: false, onLost: () => undefined })

    first?.release()
    const next = await claims.claim('count:S1', { steal: false, onLost: () => undefined })

    expect(next).not.toBeNull()
  })
})

describe('bus of a worker', () => {
  it('[WK35] tells lock and status to its own page only, and the rest to all windows', async () => {
    const config = { serverOrigin: 'http://x', userName: 'ana' }
    const channel = createChannelBus(config)
    const otherWindow = createChannelBus(config)
    const toPage: unknown[] = []
    const bus = createWorkerBus(channel, (message) => toPage.push(message))
    const heard = new Promise<BusMessage>((resolve) => otherWindow.listen(resolve))

    bus.post({ kind: 'lock', sessionId: 'S1' as never, state: 'held' })
    bus.post({ kind: 'appended', sessionId: 'S1' as never })

    expect(await heard).toMatchObject({ kind: 'appended' })
    expect(toPage.map(readPrivateMessage)).toMatchObject([{ kind: 'lock' }])
    channel.close()
    otherWindow.close()
  })

  it('[WK42] takes hints after its close without a word: a scan that is just committed must not fail for one', () => {
    const channel = createChannelBus({ serverOrigin: 'http://x', userName: 'ana' })
    channel.close()

    expect(() => channel.post({ kind: 'appended', sessionId: 'S1' as never })).not.toThrow()
  })
})

describe('sync log', () => {
  it('[WK36] [S2.75] keeps the newest lines only, and loses none to a database that is away', async () => {
    const engine = await openTestEngine()
    const time = createFakeTime()
    let isAway = true
    const scans: typeof engine.scans = {
      ...engine.scans,
      tx: (...args) => (isAway ? Promise.reject(new Error('away')) : engine.scans.tx(...args)),
    }
    const log = createStoreLog({ scans, clock: time.clock, timers: systemTimers, entriesMax: 3 })
    log.write('info', 'line-0')
    await log.flush()
    isAway = false
    await log.flush()
    const afterReturn = await engine.scans.tx(['syncLog'], 'r', (tx) =>
      tx.range('syncLog', ':id', { limit: 200 }),
    )
    for (let line = 1; line <= 100; line++) {
      log.write('info', `line-${line}`)
      await log.flush()
    }

    const rows = await engine.scans.tx(['syncLog'], 'r', (tx) =>
      tx.range('syncLog', ':id', { limit: 200 }),
    )

    expect(afterReturn.map((it) => it.event)).toEqual(['line-0', 'log-failed'])
    expect(rows.length).toBeLessThan(3 + 20 + 1)
    expect(rows.at(-1)?.event).toBe('line-100')
    await engine.close()
  })
})
