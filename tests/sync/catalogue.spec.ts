import { afterEach, describe, expect, it } from 'vitest'
import { RemoteError } from '../../src/domain/errors'
import { asId } from '../../src/domain/ids'
import type { FacilityId, LineKey } from '../../src/domain/ids'
import { downloadCatalogue } from '../../src/sync/catalogue-download'
import { createCatalogueKeeper } from '../../src/sync/catalogue-keeper'
import { foldNew } from '../../src/sync/fold'
import { createLineSearch, createProductSearch } from '../../src/sync/search'
import {
  aScan,
  keyOf,
  product,
  requestedItem,
  RICE,
  SESSION,
  TEA,
  units,
} from '../support/builders'
import { settle } from '../support/fake-time'
import type { DeviceOptions, TestDevice } from '../support/network-engine'
import { openDevice } from '../support/network-engine'
import { storeInventoryCountItems, beginPull } from '../../src/sync/store-inventory-count-items'
import { allLines } from '../support/test-engine'

const opened: TestDevice[] = []
const device = async (options?: DeviceOptions): Promise<TestDevice> => {
  const made = await openDevice({ limits: { cataloguePage: 2 }, ...options })
  opened.push(made)
  return made
}
afterEach(async () => {
  for (const it of opened.splice(0)) await it.engine.close()
})

const FACILITY = asId<FacilityId>('F1')
const wish = { facilityId: FACILITY, maySeeStock: true, onProducts: () => undefined }
const offered = (id: string, value: string, packSize = 1, isDeleted = false) => ({
  productId: product(id),
  name: `Product ${id}`,
  identifiers: [{ type: 'EAN', value, packSize }],
  isDeleted,
})
const claims = (it: TestDevice, value: string) =>
  it.engine.catalogue.tx(['identifiers'], 'r', (tx) =>
    tx.range('identifiers', 'itemKey', { lower: keyOf(value), upper: keyOf(value), limit: 10 }),
  )

describe('catalogue download', () => {
  it('[CA1] bring all products in, page by page, with their identifiers as scans look them up', async () => {
    const ana = await device()
    ana.server.products = [
      offered('tea', TEA),
      offered('rice', RICE, 12),
      offered('soap', 'SOAP-1'),
    ]

    await downloadCatalogue(ana.deps, wish)

    expect(await claims(ana, RICE)).toMatchObject([{ productId: 'rice', packSize: 12 }])
    expect(
      ana.engine.messages.flatMap((it) =>
        it.kind === 'catalogue' ? [[it.done, it.isComplete]] : [],
      ),
    ).toEqual([
      [2, false],
      [3, true],
      // The stock has come.
      [3, true],
    ])
  })

  it('[CA2] go on where it broke off', async () => {
    const ana = await device()
    ana.server.products = [offered('tea', TEA), offered('rice', RICE), offered('soap', 'SOAP-1')]
    let pages = 0
    ana.server.refuse = (call) =>
      call === 'products' && ++pages === 2 ? new RemoteError('offline', 'gone') : null
    await expect(downloadCatalogue(ana.deps, wish)).rejects.toMatchObject({ reason: 'offline' })

    await downloadCatalogue(ana.deps, wish)

    const meta = await ana.engine.catalogue.tx(['meta'], 'r', (tx) => tx.get('meta', 'products'))
    expect(pages).toBe(3)
    expect(meta).toMatchObject({ total: 3, completedAt: ana.time.clock.now() })
  })

  it('[CA3] forget identifiers that no longer hold, and products that are gone', async () => {
    const ana = await device()
    ana.server.products = [offered('tea', TEA), offered('rice', RICE)]
    await downloadCatalogue(ana.deps, wish)
    ana.server.products = [
      ...ana.server.products,
      offered('tea', 'NEW-TEA'),
      offered('rice', RICE, 1, true),
    ]

    await downloadCatalogue(ana.deps, wish)

    expect(await claims(ana, TEA)).toEqual([])
    expect(await claims(ana, 'NEW-TEA')).toHaveLength(1)
    expect(await claims(ana, RICE)).toEqual([])
    expect(
      await ana.engine.catalogue.tx(['products'], 'r', (tx) => tx.get('products', product('rice'))),
    ).toBeUndefined()
  })

  it('[CA4] look unmatched scans up again after each page', async () => {
    const ana = await device()
    await ana.scans(aScan(RICE))
    await foldNew(ana.deps)
    const before = (await allLines(ana.engine.scans)).map((it) => it.bucket)
    ana.server.products = [offered('tea', TEA), offered('rice', RICE)]

    await downloadCatalogue(ana.deps, wish)

    expect(before).toEqual(['unmatched'])
    expect(await allLines(ana.engine.scans)).toMatchObject([
      { productId: 'rice', name: 'Product rice', bucket: 'undirected' },
    ])
  })

  it('[CA5] bring stock for those who may see it, and go on without where the server says no', async () => {
    const ana = await device()
    ana.server.stock = [{ productId: product('tea'), qoh: units(3), atp: units(2) }]
    await downloadCatalogue(ana.deps, { ...wish, maySeeStock: false })
    const blind = ana.server.calls.filter((it) => it === 'stock').length
    ana.server.refuse = (call) => (call === 'stock' ? new RemoteError('forbidden', 'no') : null)
    await downloadCatalogue(ana.deps, wish)
    ana.server.refuse = () => null

    await downloadCatalogue(ana.deps, wish)

    expect(blind).toBe(0)
    expect(
      await ana.engine.catalogue.tx(['stock'], 'r', (tx) => tx.get('stock', product('tea'))),
    ).toMatchObject({ qoh: units(3) })
  })

  it('[CA6] read a base server again once a day, not more often, and what is here stays counted', async () => {
    const ana = await device({ profile: 'hotwax' })
    ana.server.products = [offered('tea', TEA)]
    await downloadCatalogue(ana.deps, wish)
    await downloadCatalogue(ana.deps, wish)
    const sameDay = ana.server.calls.filter((it) => it === 'products').length
    await ana.time.advance(86_400_000)

    await downloadCatalogue(ana.deps, wish)

    expect(sameDay).toBe(1)
    expect(ana.server.calls.filter((it) => it === 'products')).toHaveLength(2)
    const meta = await ana.engine.catalogue.tx(['meta'], 'r', (tx) => tx.get('meta', 'products'))
    expect(meta).toMatchObject({ k: 'products', total: 1 })
  })

  it('[CA7] is kept up in the background, and tried again after trouble', async () => {
    const ana = await device()
    ana.server.products = [offered('tea', TEA)]
    ana.server.isAway = true
    const keeper = createCatalogueKeeper(ana.deps, wish)
    keeper.kick()
    await settle()
    ana.server.isAway = false

    await ana.time.advance(1000)

    expect(await claims(ana, TEA)).toHaveLength(1)
    keeper.stop()
  })
})

describe('search', () => {
  it('[CA8] find products by all words of name or identifier, names that begin with the text first', async () => {
    const ana = await device()
    ana.server.products = [
      { ...offered('a', '111'), name: 'Green tea' },
      { ...offered('b', '222'), name: 'Tea, green' },
      { ...offered('c', '333'), name: 'Coffee' },
    ]
    await downloadCatalogue(ana.deps, wish)
    const search = createProductSearch(ana.engine.catalogue)

    const byName = await search.find('tea', 10)
    const byWords = await search.find('green te', 1)
    const byIdentifier = await search.find('333', 10)
    search.note([{ ...offered('d', '444'), name: 'Rooibos tea' }])
    const afterPage = await search.find('rooibos', 10)

    expect(byName.map((it) => it.productId)).toEqual(['b', 'a'])
    expect(byWords.map((it) => it.productId)).toEqual(['a'])
    expect(byIdentifier.map((it) => it.productId)).toEqual(['c'])
    // Noted, but not in the database yet: nothing is invented.
    expect(afterPage).toEqual([])
  })

  it('[CA8] a product that is called or numbered as asked is found behind any number of others', async () => {
    const ana = await device()
    const others = Array.from({ length: 600 }, (_, n) => ({ ...offered(`p${n}`, `9${String(n).padStart(3, '0')}12`), name: `Almond milk ${n}` }))
    ana.server.products = [...others, { ...offered('short', '12'), name: 'Rice' }, { ...offered('milk', '77'), name: 'Milk' }, { ...offered('milk-1', '78'), name: 'Milk, fresh' }]
    await downloadCatalogue(ana.deps, wish)
    const search = createProductSearch(ana.engine.catalogue)

    expect((await search.find('milk', 3)).map((it) => it.name)).toEqual(['Milk', 'Milk, fresh', 'Almond milk 0'])
    expect((await search.find('12', 1)).map((it) => it.name)).toEqual(['Rice'])
  })

  it('[CA9] follow what changes while the lines are being read, and read them anew after a failure', async () => {
    const ana = await device()
    await storeInventoryCountItems(ana.deps, SESSION, [requestedItem('00001', 'tea')], { pull: beginPull(), isComplete: true })
    let meanwhile = async (): Promise<void> => Promise.reject(new Error('the storage is away'))
    const { scans } = ana.engine
    const search = createLineSearch({
      ...scans,
      tx: async (tables, mode, work) => {
        const page = await scans.tx(tables, mode, work)
        await meanwhile()
        return page
      },
    })
    await expect(search.find(SESSION, 'product', 10)).rejects.toThrow('the storage is away')

    meanwhile = async () => {
      meanwhile = async () => undefined
      await ana.scans(aScan('SOAP-77'))
      await foldNew(ana.deps)
      search.note(SESSION, [asId<LineKey>('raw:SOAP-77')])
    }
    expect(await search.find(SESSION, 'soap', 10)).toEqual(['raw:SOAP-77'])
    expect(await search.find(SESSION, 'product', 10)).toEqual(['tea'])
  })

  it('[CA9] find lines of a session, and follow their changes', async () => {
    const ana = await device()
    await storeInventoryCountItems(
      ana.deps,
      SESSION,
      [requestedItem('00001', 'tea'), requestedItem('00002', 'rice')],
      { pull: beginPull(), isComplete: true },
    )
    const search = createLineSearch(ana.engine.scans)
    const before = await search.find(SESSION, 'product', 10)
    await ana.scans(aScan('SOAP-77'))
    await foldNew(ana.deps)

    search.note(SESSION, [asId<LineKey>('raw:SOAP-77')])
    const after = await search.find(SESSION, 'soap', 10)

    expect(before).toEqual(['rice', 'tea'])
    expect(after).toEqual(['raw:SOAP-77'])
  })
})
