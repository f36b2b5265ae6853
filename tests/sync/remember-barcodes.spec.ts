// A match that is to hold in the next counts, too: on this device at once, on the server when it can be reached.
import { describe, expect, it } from 'vitest'
import { itemKeyOf } from '../../src/domain/barcode/item-key'
import { RemoteError } from '../../src/domain/errors'
import { asId, type SessionId } from '../../src/domain/ids'
import { downloadCatalogue } from '../../src/sync/catalogue-download'
import { foldNew } from '../../src/sync/fold'
import { matchItem } from '../../src/sync/matching'
import { rememberBarcodes } from '../../src/sync/remember-barcodes'
import { createScheduler } from '../../src/sync/scheduler'
import { readWishes } from '../../src/usecases/barcode-wishes'
import { readReport } from '../../src/usecases/start-report'
import { aScan, aSession, fillCatalogue, product, putSession, SESSION, TEA, units } from '../support/builders'
import { settle } from '../support/fake-time'
import { openDevice, type DeviceOptions, type TestDevice } from '../support/network-engine'
import { openTestDesk, storeWith } from '../support/test-desk'
import { allLines, openTestEngine } from '../support/test-engine'

const LABEL = 'shelf-label-7'
const NEXT = asId<SessionId>('session-2')

async function device(options?: DeviceOptions) {
  const opened = await openDevice(options)
  await fillCatalogue(opened.engine.catalogue, { TEA: [TEA] })
  return opened
}

const match = (it: Pick<TestDevice, 'deps'>, { value = LABEL, to = 'TEA', packSize = 1, isRemembered = true } = {}) =>
  matchItem(it.deps, {
    sessionId: SESSION,
    itemKey: itemKeyOf(value),
    productId: product(to),
    packSize,
    ...(isRemembered ? { remember: value } : {}),
  })

const wishes = (it: Pick<TestDevice, 'engine'>) => it.engine.scans.tx(['meta'], 'r', readWishes)
const send = async (it: TestDevice) => rememberBarcodes(it.deps, await wishes(it))
const lineOf = async (it: TestDevice, sessionId: SessionId) => (await allLines(it.engine.scans)).find((line) => line.sessionId === sessionId)

describe('a barcode that is to be remembered', () => {
  it('[CA12] is wished for in the transaction of its match: both are there, or neither', async () => {
    const ana = await device()
    await ana.scans(aScan(LABEL))
    await foldNew(ana.deps)
    let writes = 0
    const full = storeWith(ana.engine.scans, async (tables, mode) => {
      if (mode !== 'rw' || !tables.includes('matches')) return
      writes += 1
      expect(tables).toContain('meta')
      if (writes === 1) throw new DOMException('no room', 'QuotaExceededError')
    })

    await expect(match({ deps: { ...ana.deps, scans: full } })).rejects.toThrow('no room')
    expect([await wishes(ana), (await lineOf(ana, SESSION))?.productId]).toEqual([[], null])

    await match({ deps: { ...ana.deps, scans: full } })
    expect(await wishes(ana)).toMatchObject([{ value: LABEL, productId: 'TEA', packSize: 1, sessionId: SESSION, texts: { name: 'Product TEA' } }])
    expect(await lineOf(ana, SESSION)).toMatchObject({ productId: 'TEA' })
  })

  it('[CA12] is none where nobody asked for it, or where the text alone would be read as another barcode', async () => {
    const ana = await device()
    const gs1 = '0104006381333931'
    await ana.scans(aScan(LABEL))
    await match(ana, { isRemembered: false })
    await matchItem(ana.deps, { sessionId: SESSION, itemKey: itemKeyOf('4006381333931', 'C1'), productId: product('TEA'), packSize: 1, remember: gs1 })
    expect(await wishes(ana)).toEqual([])
  })

  it('[CA13] is known at once in other sessions on this device, without a network: to the fold and to the screen', async () => {
    const ana = await device()
    ana.server.isAway = true
    await ana.scans(aScan(LABEL))
    await foldNew(ana.deps)
    await match(ana, { packSize: 6 })
    await putSession(ana.engine.scans, aSession({ sessionId: NEXT }))
    const { desk } = openTestDesk({ ...ana.engine, deps: ana.deps }, { desk: { sessionId: NEXT } })

    const told = await desk.scan({ raw: LABEL, symbology: null, source: 'scanner', times: units(1), receivedAt: null })
    const again = await desk.scan({ raw: LABEL, symbology: null, source: 'scanner', times: units(2), receivedAt: null })
    await foldNew(ana.deps)

    expect([told, again]).toMatchObject([
      { kind: 'undirected', productId: 'TEA', name: 'Product TEA', packSize: 6, total: units(6) },
      { kind: 'undirected', productId: 'TEA', total: units(18) },
    ])
    expect(await lineOf(ana, NEXT)).toMatchObject({ productId: 'TEA', name: 'Product TEA', quantity: units(18), standing: 2 })
  })

  it('[CA13] never overrules what the catalogue says, not even that it is several products’', async () => {
    const ana = await device()
    await ana.scans(aScan(LABEL))
    await match(ana)
    await fillCatalogue(ana.engine.catalogue, { RICE: [LABEL], SOAP: [LABEL] })
    await putSession(ana.engine.scans, aSession({ sessionId: NEXT }))

    await ana.engine.append([aScan(LABEL, { sessionId: NEXT })], asId('log-next'))
    await foldNew(ana.deps)

    expect(await lineOf(ana, NEXT)).toMatchObject({ productId: null })
  })

  it('[CA14] is sent by the next run that reaches the server, also after a restart, and once', async () => {
    const ana = await device()
    ana.server.isAway = true
    await ana.scans(aScan(LABEL))
    await match(ana)
    const before = createScheduler(ana.deps, { isSignedIn: true })
    await before.trigger('manual')
    before.stop()
    expect(await wishes(ana)).toHaveLength(1)

    ana.server.isAway = false
    ana.server.losesAnswers = 0
    const scheduler = createScheduler(ana.deps, { isSignedIn: true })
    await scheduler.trigger('manual')
    await scheduler.trigger('manual')
    await settle()
    scheduler.stop()

    expect(ana.server.barcodes).toMatchObject([{ value: LABEL, productId: 'TEA' }])
    expect(ana.server.calls.filter((it) => it === 'rememberBarcode')).toHaveLength(1)
    expect(await wishes(ana)).toEqual([])
  })

  it('[CA14] is sent after all that was counted: a server that fails at it holds nothing up, and it is tried again', async () => {
    const ana = await device()
    await ana.scans(aScan(LABEL))
    await match(ana)
    ana.server.refuse = (call) => (call === 'rememberBarcode' ? new RemoteError('server-down', 'busy') : null)
    const scheduler = createScheduler(ana.deps, { isSignedIn: true })
    await scheduler.trigger('manual')

    expect(ana.server.total(SESSION, LABEL)).toBe(1)
    expect(ana.server.calls.indexOf('putScanEvents')).toBeLessThan(ana.server.calls.indexOf('rememberBarcode'))
    expect(await wishes(ana)).toHaveLength(1)
    ana.server.refuse = () => null
    await ana.time.advance(ana.deps.limits.backoffCapMs)
    await settle()
    scheduler.stop()
    expect(ana.server.barcodes).toHaveLength(1)
  })

  it('[CA14] whose answer was lost is sent again under the same id', async () => {
    const ana = await device()
    await ana.scans(aScan(LABEL))
    await match(ana)
    const [wish] = await wishes(ana)
    ana.server.losesAnswers = 1

    await expect(send(ana)).rejects.toMatchObject({ reason: 'offline' })
    await send(ana)

    expect(ana.server.barcodes.map((it) => it.wishId)).toEqual([wish?.wishId])
    expect(await wishes(ana)).toEqual([])
  })

  it('[CA14] is an entry of the catalogue once the server has said yes, and finds the scans that others had left open', async () => {
    const ana = await device()
    await putSession(ana.engine.scans, aSession({ sessionId: NEXT }))
    await ana.scans(aScan(LABEL, { sessionId: NEXT }))
    await foldNew(ana.deps)
    await match(ana)
    expect(await lineOf(ana, NEXT)).toMatchObject({ productId: null })

    await send(ana)

    expect(await lineOf(ana, NEXT)).toMatchObject({ productId: 'TEA' })
    expect(await ana.engine.catalogue.tx(['identifiers'], 'r', (tx) => tx.get('identifiers', `raw:${LABEL}|TEA`))).toMatchObject({ packSize: 1 })
  })

  it('[CA14] reaches the other device with the changes of the catalogue, which knows it in its next session without a network', async () => {
    const ana = await device()
    const ben = await device({ server: ana.server, deviceId: 'device-2', userName: 'ben' })
    await ana.scans(aScan(LABEL))
    await match(ana)
    await send(ana)
    ana.server.products = [{ productId: product('TEA'), name: 'Tea', isDeleted: false, identifiers: [{ type: 'REMEMBERED', value: LABEL, packSize: 1 }] }]
    await downloadCatalogue(ben.deps, { facilityId: asId('F1'), maySeeStock: false, onProducts: () => undefined })
    ana.server.isAway = true
    await ben.scans(aScan(LABEL))
    await foldNew(ben.deps)

    expect(await lineOf(ben, SESSION)).toMatchObject({ productId: 'TEA', name: 'Tea' })
  })

  it('[CA15] that the server refuses is a sentence for the person who asked; what was counted stays as it was matched', async () => {
    const ana = await device()
    const ben = await device({ server: ana.server, deviceId: 'device-2', userName: 'ben' })
    await ben.scans(aScan(LABEL))
    await match(ben)
    await send(ben)
    await ana.scans(aScan(LABEL))
    await match(ana, { to: 'RICE' })
    await foldNew(ana.deps)
    await send(ana)

    expect(await readReport(ana.engine.scans)).toMatchObject([{ kind: 'not-remembered', value: LABEL, words: `${LABEL} stands for Product TEA already` }])
    expect(await wishes(ana)).toEqual([])
    expect(await lineOf(ana, SESSION)).toMatchObject({ productId: 'RICE' })
    expect(ana.server.barcodes).toMatchObject([{ productId: 'TEA' }])
  })

  it('[CA15] and matched anew while the first wish was under way is a wish of its own', async () => {
    const ana = await device()
    await ana.scans(aScan(LABEL))
    await match(ana)
    ana.server.meanwhile = async (call) => {
      if (call !== 'rememberBarcode') return
      ana.server.meanwhile = () => Promise.resolve()
      await match(ana, { packSize: 12 })
    }

    await send(ana)

    expect(await wishes(ana)).toMatchObject([{ packSize: 12 }])
  })

  it('[CA12] costs a device that remembers nothing no transaction and no call', async () => {
    const engine = await openTestEngine()
    const ana = await openDevice({ profile: 'hotwax' })
    await ana.scans(aScan(LABEL))
    const asked: string[] = []
    const scans = storeWith(engine.scans, async (tables, mode) => void asked.push(`${mode} ${tables.join()}`))
    await engine.append([aScan(LABEL)])
    await foldNew({ ...engine.deps, scans })
    expect(asked.filter((it) => it.includes('meta'))).toEqual(['r meta', expect.stringMatching(/^rw .*meta/)])
    await match(ana)
    await send(ana)
    expect(ana.server.calls).toEqual([])
    expect(await wishes(ana)).toHaveLength(1)
  })
})
