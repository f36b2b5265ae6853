// A barcode that one person matched is known to the next one: two devices, the real server, and a network that goes.
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { createReviewApi } from '../../src/api/create-server-api'
import { itemKeyOf } from '../../src/domain/barcode/item-key'
import { asId, type DeviceId, type SessionId } from '../../src/domain/ids'
import { LIMITS } from '../../src/domain/limits'
import { systemClock } from '../../src/worker/platform'
import { TEST_PASSWORD } from '../support/counts-server'
import { aDevice, cleanUp, startListening, type Profile } from '../support/worker-device'

vi.setConfig({ testTimeout: 30_000 })
const LABEL = '5901234123457'
afterEach(cleanUp)

async function countingAs(userName: string, origin: string, sessionId: string) {
  const isCut = { now: false }
  const device = aDevice(isCut)
  const { api } = device.aWindow()
  const config = { serverOrigin: origin, userName }
  await api.signIn(config, TEST_PASSWORD)
  await api.openSession({ sessionId, takeOver: false })
  await vi.waitFor(async () => {
    const meta = await device.openCatalogue('north').tx(['meta'], 'r', (tx) => tx.get('meta', 'products'))
    expect(meta?.completedAt).toBeTypeOf('number')
  }, 10_000)
  const productOf = async (): Promise<string | null | undefined> => {
    await api.scanned()
    const match = await device.openScans(config).tx(['matches'], 'r', (tx) => tx.get('matches', [asId<SessionId>(sessionId), itemKeyOf(LABEL)]))
    return match?.productId
  }
  return { isCut, device, api, productOf, scan: () => device.scan(config, sessionId, LABEL, 1) }
}

describe.each(['extended', 'hotwax'] as const)('a match in the profile %s', (profile: Profile) => {
  let running: Awaited<ReturnType<typeof startListening>>
  beforeAll(async () => {
    running = await startListening(profile)
  }, 60_000)
  afterAll(() => running.close())

  it('[CA14] [SP27] [CA12] made without a network is known on another device, without a network, in its next session', async () => {
    const { server, origin } = running
    const [first, next] = [await server.aSession(), await server.aSession()]
    const ana = await countingAs('ana', origin, first.sessionId)
    await ana.scan()
    expect(await ana.productOf()).toBeNull()
    ana.isCut.now = true
    await ana.api.matchItem({ sessionId: first.sessionId, itemKey: itemKeyOf(LABEL), productId: 'CAP', packSize: 6, remember: LABEL })
    await ana.api.syncNow('manual')
    ana.isCut.now = false
    await ana.api.syncNow('manual')
    const asked = ana.device.sent.filter((it) => it.path.endsWith('/barcodes'))

    const ben = await countingAs('ben', origin, next.sessionId)
    ben.isCut.now = true
    await ben.scan()
    expect(asked.map((it) => [it.method, it.as])).toEqual(profile === 'extended' ? [['POST', 'ana']] : [])
    expect(await ben.productOf()).toBe(profile === 'extended' ? 'CAP' : null)
  })

  it('[SP29] [SP30] is seen by a supervisor’s app, taken back and remembered again', async () => {
    if (profile === 'hotwax') return
    const { server, origin } = running
    const review = createReviewApi({
      serverOrigin: origin,
      limits: LIMITS,
      clock: systemClock,
      caller: { deviceId: asId<DeviceId>('desk'), userName: 'sam' },
      abilities: { profile: 'extended', gzip: false, fencing: true, epoch: null, protocol: null },
      token: () => Promise.resolve(server.tokenOf('sam')),
    })
    const [barcode] = (await review.barcodes(null)).barcodes
    expect(barcode).toMatchObject({ value: LABEL, productName: 'Red cap', packSize: 6, by: 'ana', takenBack: null })
    if (barcode === undefined) return

    expect(await review.takeBarcodeBack(barcode.wishId)).toMatchObject({ takenBack: { by: 'sam' } })
    await review.rememberAgain(barcode, 'again')
    expect((await review.barcodes(null)).barcodes.map((it) => [it.by, it.takenBack === null])).toEqual([['sam', true], ['ana', false]])
    expect((await review.barcodes({ at: Number.MAX_SAFE_INTEGER, wishId: 'z' })).barcodes).toHaveLength(2)
    expect((await review.barcodes({ at: 0, wishId: 'a' })).barcodes).toEqual([])
  })
})
