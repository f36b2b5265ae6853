// What the counting desk says of the book: of products on the list and beside it, to whom, and what it costs.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { asId } from '../../src/domain/ids'
import type { FacilityId, ProductId } from '../../src/domain/ids'
import { foldNew } from '../../src/sync/fold'
import { beginPull, storeInventoryCountItems } from '../../src/sync/store-inventory-count-items'
import { readUnsent } from '../../src/sync/unsent'
import {
  aSession,
  fillCatalogue,
  putSession,
  requestedItem,
  RICE,
  SESSION,
  SOAP,
  TEA,
  units,
} from '../support/builders'
import { openTestDesk } from '../support/test-desk'
import type { TestDesk } from '../support/test-desk'
import { openTestEngine } from '../support/test-engine'
import type { TestEngine } from '../support/test-engine'

const HERE = asId<FacilityId>('F1')
const RICE_ID = asId<ProductId>('RICE')

let engine: TestEngine
beforeEach(async () => {
  engine = await openTestEngine()
  await fillCatalogue(engine.catalogue, { TEA: [TEA], RICE: [RICE], SOAP: [SOAP] })
  await stock('RICE', 3)
  const onTheList = [requestedItem('1', 'TEA', { systemQuantityOnHand: units(4) })]
  await storeInventoryCountItems(engine.deps, SESSION, onTheList, {
    pull: beginPull(),
    isComplete: true,
  })
})
afterEach(() => engine.close())

const stock = (productId: string, amount: number): Promise<void> =>
  engine.catalogue.tx(['stock'], 'rw', (tx) =>
    tx.put('stock', {
      productId: asId<ProductId>(productId),
      qoh: units(amount),
      atp: units(amount),
    }),
  )

const open = (bookFacility: () => FacilityId | null = () => HERE): TestDesk =>
  openTestDesk(engine, { desk: { bookFacility } })
const bookOf = async ({ desk }: TestDesk, lineKey: string) => (await desk.line(asId(lineKey)))?.book

describe('the book of what is counted', () => {
  it("[UI75] is told of what nobody asked for as of what is on the list, by the device's stock", async () => {
    const page = open()
    await page.scan(TEA)
    await page.scan(RICE)
    await page.scan(SOAP)
    await page.scan('???')
    await foldNew(engine.deps)

    expect(await bookOf(page, 'TEA')).toBe(units(4))
    expect(await bookOf(page, 'RICE')).toBe(units(3))
    expect([await bookOf(page, 'SOAP'), await bookOf(page, 'raw:???')]).toEqual([null, null])
  })

  it('[UI75] is told before a product has a line, and with the outcome of every further scan', async () => {
    const page = open()
    expect(await page.desk.bookOf(RICE_ID)).toBe(units(3))
    expect(await page.scan(RICE)).toMatchObject({ view: null })
    await foldNew(engine.deps)
    // As the screen does where the outcome has no view.
    await page.desk.line(asId('RICE'))

    expect(await page.scan(RICE)).toMatchObject({ view: { book: units(3) } })
    await page.desk.line(asId('TEA'))
    expect(await page.scan(TEA)).toMatchObject({ view: { book: units(4) } })
  })

  it('[UI75] questions amounts at the submit, ten times the book and no less', async () => {
    const page = open()
    await stock('SOAP', 50)
    await page.scan(RICE, { times: units(31) })
    await page.scan(SOAP, { times: units(500) })
    await page.scan(TEA, { times: units(41) })
    await foldNew(engine.deps)

    const { oddQuantities } = await page.desk.submitCheck()
    expect(oddQuantities.map((odd) => odd.lineKey)).toEqual(['RICE', 'TEA'])
  })

  it('[UI75] is read once a product by key, never by a scan or a fold, and again when other stock has come', async () => {
    const page = open()
    await page.scan(RICE)
    await foldNew(engine.deps)
    await page.desk.bookOf(RICE_ID)
    await page.desk.line(asId('RICE'))
    const { cost } = engine.catalogue
    const before = { ...cost }

    await page.scan(RICE)
    await foldNew(engine.deps)
    await page.desk.line(asId('RICE'))
    expect(cost).toEqual(before)

    await stock('RICE', 8)
    engine.deps.bus.post({ kind: 'catalogue', done: 3, isComplete: true })
    expect(await bookOf(page, 'RICE')).toBe(units(8))
  })

  it('[UI75] goes nowhere: a row that this device made carries none', async () => {
    const page = open()
    await page.scan(RICE)
    await foldNew(engine.deps)
    await page.desk.line(asId('RICE'))

    const rows = await readUnsent(engine.deps, SESSION, 9)
    expect(rows.map((row) => row.systemQuantityOnHand)).toEqual([null])
    expect(await page.desk.lines([asId('RICE')])).toMatchObject([{ systemQuantityOnHand: null }])
  })

  it.each([
    ['in a blind count', HERE, true],
    ['to whoever may not see it', null, false],
  ] as const)(
    '[UI76] is not told, and nothing is held against it, %s',
    async (_when, facilityId, isBlind) => {
      const row = aSession()
      await putSession(engine.scans, { ...row, cycleCount: { ...row.cycleCount, isBlind } })
      const page = open(() => facilityId)
      await page.scan(TEA, { times: units(41) })
      await page.scan(RICE, { times: units(31) })
      await foldNew(engine.deps)

      const told = [
        await bookOf(page, 'TEA'),
        await bookOf(page, 'RICE'),
        await page.desk.bookOf(RICE_ID),
      ]
      expect(told).toEqual([null, null, null])
      expect(await page.scan(TEA)).toMatchObject({ view: { book: null } })
      expect((await page.desk.submitCheck()).oddQuantities).toEqual([])
    },
  )

  it("[UI76] is told of the list alone while the device has another facility's stock", async () => {
    const page = open(() => asId<FacilityId>('F2'))
    await page.scan(TEA, { times: units(41) })
    await page.scan(RICE, { times: units(31) })
    await foldNew(engine.deps)

    const told = [
      await bookOf(page, 'TEA'),
      await bookOf(page, 'RICE'),
      await page.desk.bookOf(RICE_ID),
    ]
    expect(told).toEqual([units(4), null, null])
    const { oddQuantities } = await page.desk.submitCheck()
    expect(oddQuantities.map((odd) => odd.lineKey)).toEqual(['TEA'])
  })
})
