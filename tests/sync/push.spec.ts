import { afterEach, describe, expect, it, vi } from 'vitest'
import { RemoteError } from '../../src/domain/errors'
import { asId } from '../../src/domain/ids'
import type { RowUuid } from '../../src/domain/ids'
import type { Micro } from '../../src/domain/quantity'
import { foldNew } from '../../src/sync/fold'
import { pullSession } from '../../src/sync/pull'
import { createPushMemory, pushSession } from '../../src/sync/push'
import { retryQuarantined, sendHeldAgain } from '../../src/sync/quarantine'
import { unsentScans } from '../../src/sync/unsent'
import {
  aScan,
  aServerItem,
  aSession,
  negationOf,
  RICE,
  SESSION,
  SOAP,
  TEA,
  units,
} from '../support/builders'
import type { DeviceOptions, TestDevice } from '../support/network-engine'
import { openDevice } from '../support/network-engine'
import { allRows, outboxOf } from '../support/test-engine'

const opened: TestDevice[] = []
const device = async (options?: DeviceOptions): Promise<TestDevice> => {
  const made = await openDevice(options)
  opened.push(made)
  return made
}
afterEach(async () => {
  for (const it of opened.splice(0)) await it.engine.close()
})

const push = (it: TestDevice): Promise<number> => pushSession(it.deps, it.memory, SESSION)
const BAD_ROW = new RemoteError('rejected', 'PUT items: bad row', { status: 400 })
const quarantined = (it: TestDevice) =>
  it.engine.scans.tx(['quarantine'], 'r', (tx) => tx.range('quarantine', ':id', { limit: 100 }))

describe('push', () => {
  it('[PU1] [S3.22] [S3.35] send absolute quantities, and nothing twice', async () => {
    const ana = await device()
    await ana.scans(aScan(TEA), aScan(TEA), aScan(RICE))
    await foldNew(ana.deps)

    const sent = await push(ana)
    const again = await push(ana)

    expect([sent, again]).toEqual([2, 0])
    expect(ana.server.total(SESSION, TEA)).toBe(2)
    expect(await outboxOf(ana.engine.scans)).toEqual([])
  })

  it('[PU2] [I15] [S3.3] send a batch again whose answer was lost, and the server counts once', async () => {
    const ana = await device()
    await ana.scans(aScan(TEA), aScan(TEA))
    await foldNew(ana.deps)
    ana.server.losesAnswers = 1

    await expect(push(ana)).rejects.toMatchObject({ reason: 'offline' })
    const unsentAfterLoss = await outboxOf(ana.engine.scans)
    await push(ana)

    expect(unsentAfterLoss).toHaveLength(1)
    expect(ana.server.total(SESSION, TEA)).toBe(2)
    expect(await outboxOf(ana.engine.scans)).toEqual([])
  })

  it('[PU33] tell the server what stays missing once it has the batch: a device that falls silent then owes nothing', async () => {
    const ana = await device({ limits: { pushBatch: 1, pushBatchesMax: 1 } })
    await ana.scans(aScan(TEA), aScan(TEA), aScan(RICE))
    await foldNew(ana.deps)
    const heard = () => [...ana.server.session(SESSION).unsent.values()].map((it) => it.unsentScans)

    await push(ana)
    expect(heard()).toEqual([await unsentScans(ana.deps, SESSION)])
    await push(ana)
    expect(heard()).toEqual([0])
  })

  it('[PU3] [I5] not take for sent what was scanned while the batch was on its way', async () => {
    const ana = await device({ limits: { pushBatchesMax: 1 } })
    await ana.scans(aScan(TEA))
    await foldNew(ana.deps)
    ana.server.meanwhile = async () => {
      await ana.scans(aScan(TEA))
      await foldNew(ana.deps)
      ana.server.meanwhile = () => Promise.resolve()
    }

    await push(ana)
    const between = await outboxOf(ana.engine.scans)
    await push(ana)

    expect(between).toHaveLength(1)
    expect(ana.server.total(SESSION, TEA)).toBe(2)
  })

  it('[PU4] [S2.47] cut what is unsent into batches, and stop at the batch limit', async () => {
    const ana = await device({ limits: { pushBatch: 2, pushBatchesMax: 2 } })
    await ana.scans(...[TEA, RICE, SOAP, 'A', 'B'].map((raw) => aScan(raw)))
    await foldNew(ana.deps)

    const first = await push(ana)
    const second = await push(ana)

    expect([first, second]).toEqual([4, 1])
    expect(ana.server.puts.map((it) => it.rows.length)).toEqual([2, 2, 1])
  })

  it('[PU5] [I14] [I16] [S2.58] quarantine the one row that the server refuses, in few requests, and send the others', async () => {
    const ana = await device()
    await ana.scans(...Array.from({ length: 64 }, (_, at) => aScan(`item-${at}`)))
    await foldNew(ana.deps)
    ana.server.refuse = (call, request) =>
      call === 'putItems' && JSON.stringify(request).includes('"productIdentifier":"item-7"')
        ? BAD_ROW
        : null

    await push(ana)

    expect(await quarantined(ana)).toMatchObject([
      { kind: 'rejected', code: 'HTTP_400', message: 'bad row' },
    ])
    expect(await outboxOf(ana.engine.scans)).toEqual([])
    expect(ana.server.session(SESSION).rows.size).toBe(63)
    expect(ana.server.calls.filter((it) => it === 'putItems').length).toBeLessThanOrEqual(1 + 2 * 6)
  })

  it('[PU6] halve a batch that is too large', async () => {
    const ana = await device()
    await ana.scans(...Array.from({ length: 8 }, (_, at) => aScan(`item-${at}`)))
    await foldNew(ana.deps)
    ana.server.refuse = (call, request) =>
      call === 'putItems' && (request as { rows: unknown[] }).rows.length > 3
        ? new RemoteError('too-large', 'too large')
        : null

    const sent = await push(ana)

    expect(sent).toBe(8)
    expect(await quarantined(ana)).toEqual([])
    expect(ana.server.session(SESSION).rows.size).toBe(8)
  })

  it('[PU7] find the row that makes the server fall over, after five failures, and quarantine nothing when all fail', async () => {
    const ana = await device()
    await ana.scans(...['good', 'evil', 'fine'].map((raw) => aScan(raw)))
    await foldNew(ana.deps)
    const broken = new RemoteError('server-down', 'PUT items: oops', { status: 500 })
    ana.server.refuse = (call) => (call === 'putItems' ? broken : null)
    for (let failure = 0; failure < 6; failure++) await expect(push(ana)).rejects.toBe(broken)
    const whileAllFailed = await quarantined(ana)

    ana.server.refuse = (call, request) =>
      call === 'putItems' && JSON.stringify(request).includes('"evil"') ? broken : null
    await push(ana)

    expect(whileAllFailed).toEqual([])
    expect(await quarantined(ana)).toMatchObject([{ code: 'HTTP_500' }])
    expect(ana.server.total(SESSION, 'good') + ana.server.total(SESSION, 'fine')).toBe(2)
  })

  it('[PU8] try a refused row again when a person asks, or when it changed', async () => {
    const ana = await device()
    await ana.scans(aScan(TEA), aScan(RICE))
    await foldNew(ana.deps)
    ana.server.refuse = (call) => (call === 'putItems' ? BAD_ROW : null)
    await push(ana)
    ana.server.refuse = () => null
    const tea = (await allRows(ana.engine.scans)).find((it) => it.productIdentifier === TEA)

    const isTried = tea === undefined ? false : await retryQuarantined(ana.deps, tea.uuid)
    await ana.scans(aScan(RICE))
    await foldNew(ana.deps)
    await push(ana)

    expect(isTried).toBe(true)
    expect([ana.server.total(SESSION, TEA), ana.server.total(SESSION, RICE)]).toEqual([1, 2])
    expect(await quarantined(ana)).toEqual([])
  })

  it('[PU10] tell the server with every batch how many scans it lacks', async () => {
    const ana = await device({ limits: { pushBatch: 1 } })
    const tea = aScan(TEA)
    await ana.scans(tea, aScan(RICE), aScan(RICE), negationOf(tea))
    await foldNew(ana.deps)

    await push(ana)

    expect(ana.server.puts[0]?.unsentScans).toBe(2)
    expect(await unsentScans(ana.deps, SESSION)).toBe(0)
  })

  it('[PU11] show rows that are held for a closed count, and take them for received', async () => {
    const ana = await device()
    await ana.scans(aScan(TEA))
    await foldNew(ana.deps)
    ana.server.session(SESSION).header = {
      ...ana.server.session(SESSION).header,
      status: 'approved',
    }

    await push(ana)

    expect(await quarantined(ana)).toMatchObject([{ kind: 'held' }])
    expect(await outboxOf(ana.engine.scans)).toEqual([])
    expect(ana.server.session(SESSION).rows.size).toBe(0)
  })

  it('[PU12] take an answer that names no row for no acknowledgement', async () => {
    const ana = await device()
    await ana.scans(aScan(TEA))
    await foldNew(ana.deps)
    const deps = {
      ...ana.deps,
      api: { ...ana.deps.api, putItems: () => Promise.resolve({ verdicts: [], serverTime: null }) },
    }

    await expect(pushSession(deps, ana.memory, SESSION)).rejects.toMatchObject({
      reason: 'server-down',
    })

    expect(await outboxOf(ana.engine.scans)).toHaveLength(1)
  })

  it('[PU38] [I5] put no row back that has been acknowledged since: an extended server is never told that an item is uncounted (seed 6354)', async () => {
    const ana = await device()
    const tea = aScan(TEA)
    await ana.scans(tea, negationOf(tea))
    await foldNew(ana.deps)
    let answer = (): void => undefined
    const answered = new Promise<void>((resolve) => (answer = resolve))
    const slowApi = {
      ...ana.deps.api,
      putItems: async (...args: Parameters<typeof ana.deps.api.putItems>) => {
        const told = await ana.deps.api.putItems(...args)
        await answered
        return told
      },
    }

    const slow = pushSession({ ...ana.deps, api: slowApi }, createPushMemory(ana.deps), SESSION)
    await vi.waitFor(() => expect(ana.server.puts).toHaveLength(1))
    await ana.engine.append([aScan(TEA)], asId('log-of-the-other-window'))
    await foldNew(ana.deps)
    await push(ana)
    answer()
    await slow

    expect(ana.server.total(SESSION, TEA)).toBe(1)
    expect(ana.server.puts.map(({ rows }) => rows.length)).toEqual([1, 2])
  })
})

describe('push to a base server', () => {
  it('[PU13] let no newer value go while an older request may still arrive', async () => {
    const ana = await device({ profile: 'hotwax' })
    await ana.scans(aScan(TEA))
    await foldNew(ana.deps)
    ana.server.keepsCopies = true
    ana.server.meanwhile = (call) => {
      if (call === 'putItems') ana.server.losesAnswers = 1
      return Promise.resolve()
    }
    await expect(push(ana)).rejects.toMatchObject({ reason: 'offline' })
    ana.server.meanwhile = () => Promise.resolve()
    await ana.scans(aScan(TEA))
    await foldNew(ana.deps)

    const tooEarly = await push(ana).catch((error: unknown) => error)
    await ana.time.advance(30_000)
    ana.server.copies[0]?.()
    await ana.time.advance(30_000)
    await push(ana)

    expect(tooEarly).toMatchObject({ reason: 'not-yet', details: { retryAfterMs: 60_000 } })
    expect(ana.server.total(SESSION, TEA)).toBe(2)
  })

  it('[PU14] make a new leader that finds a request under way wait from its own start', async () => {
    const ana = await device({ profile: 'hotwax' })
    await ana.scans(aScan(TEA))
    await foldNew(ana.deps)
    ana.server.refuse = (call) =>
      call === 'putItems' ? new RemoteError('offline', 'no answer') : null
    await expect(push(ana)).rejects.toMatchObject({ reason: 'offline' })
    ana.server.refuse = () => null
    await ana.time.advance(59_000)

    const afterCrash = createPushMemory(ana.deps)
    const tooEarly = await pushSession(ana.deps, afterCrash, SESSION).catch(
      (error: unknown) => error,
    )
    await ana.time.advance(60_000)
    const sent = await pushSession(ana.deps, afterCrash, SESSION)

    expect(tooEarly).toMatchObject({ details: { retryAfterMs: 60_000 } })
    expect(sent).toBe(1)
    expect([...afterCrash.inFlight.doubtful]).toEqual([SESSION])
  })

  it('[PU14] make a window that runs for long already wait for the request of a dead one', async () => {
    const ana = await device({ profile: 'hotwax' })
    const otherWindow = createPushMemory(ana.deps)
    await ana.scans(aScan(TEA))
    await foldNew(ana.deps)
    await ana.time.advance(600_000)
    ana.server.refuse = (call) =>
      call === 'putItems' ? new RemoteError('offline', 'no answer') : null
    await expect(push(ana)).rejects.toMatchObject({ reason: 'offline' })
    ana.server.refuse = () => null

    const tooEarly = await pushSession(ana.deps, otherWindow, SESSION).catch(
      (error: unknown) => error,
    )
    await ana.time.advance(60_000)
    const sent = await pushSession(ana.deps, otherWindow, SESSION)

    expect(tooEarly).toMatchObject({ details: { retryAfterMs: 60_000 } })
    expect(sent).toBe(1)
  })

  it('[PU15] send null for an item whose scans were all taken back', async () => {
    const ana = await device({ profile: 'hotwax', session: aSession() })
    const tea = aScan(TEA)
    await ana.scans(tea, negationOf(tea))
    await foldNew(ana.deps)

    await push(ana)

    const [row] = ana.server.session(SESSION).rows.values()
    expect(row?.quantity).toBeNull()
  })

  it('[PU16] send a hand correction of a line that another device counted as a number', async () => {
    const ana = await device({ profile: 'hotwax' })
    countedByAnother(ana, units(10))
    await pullSession(ana.deps, SESSION)
    await ana.scans({
      ...aScan(TEA, { source: 'correction', quantity: units(-2) }),
      kind: 'correction',
    })
    await foldNew(ana.deps)

    await push(ana)

    expect(ana.server.puts[0]?.rows).toMatchObject([
      { quantity: units(-2), sendNullQuantity: false },
    ])
    expect(ana.server.total(SESSION, TEA)).toBe(8)
  })

  it.each(['submitted', 'approved', 'voided'] as const)(
    '[PU17] send nothing to a session that is %s, and hold its rows in sight',
    async (status) => {
      const ana = await device({ profile: 'hotwax' })
      await ana.scans(aScan(TEA), aScan(RICE))
      await foldNew(ana.deps)
      const { header } = ana.server.session(SESSION)
      ana.server.session(SESSION).header = { ...header, status }

      await push(ana)

      expect(ana.server.puts).toEqual([])
      expect(await quarantined(ana)).toMatchObject([
        { kind: 'held', code: 'SESSION_CLOSED' },
        { kind: 'held', code: 'SESSION_CLOSED' },
      ])
      expect(await outboxOf(ana.engine.scans)).toEqual([])
      expect((await ana.session()).session.status).toBe(status)
    },
  )

  it('[PU17] send what was held when the session is opened again', async () => {
    const ana = await device({ profile: 'hotwax' })
    await ana.scans(aScan(TEA))
    await foldNew(ana.deps)
    const { header } = ana.server.session(SESSION)
    ana.server.session(SESSION).header = { ...header, status: 'submitted' }
    await push(ana)

    ana.server.session(SESSION).header = { ...header, status: 'assigned' }
    await sendHeldAgain(ana.deps, SESSION)
    await push(ana)

    expect(ana.server.total(SESSION, TEA)).toBe(1)
    expect(await quarantined(ana)).toEqual([])
  })
})

/** A base server's row of another device: a quantity, and nothing about scans. */
function countedByAnother({ server }: TestDevice, quantity: Micro): void {
  const row = aServerItem({ uuid: asId<RowUuid>('other'), productIdentifier: TEA, quantity })
  server.session(SESSION).rows.set('other', { ...row, acceptedRevs: [] })
}
