import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { deleteProducts, putProducts } from '../../../server-mock/products/catalogue'
import { gtin14Of } from '../../../src/domain/barcode/gtin'
import {
  SERVER_START_MS,
  startTestServer,
  TEST_DATABASE_URL,
  type TestClient,
  type TestServer,
} from '../../support/server'

interface WireProduct {
  productId: string
  name: string
  deleted: boolean
  identifiers: { type: string; value: string; packSize: number }[]
}

describe.each([
  { database: 'pglite' as const, isSkipped: false },
  { database: 'postgres' as const, isSkipped: TEST_DATABASE_URL === '' },
])('products on $database', ({ database, isSkipped }) => {
  const check = isSkipped ? it.skip : it
  let server: TestServer
  let ana: TestClient
  let sam: TestClient
  beforeAll(async () => {
    if (isSkipped) return
    server = await startTestServer({ database })
    ana = await server.as('ana')
    sam = await server.as('sam')
  }, SERVER_START_MS)
  afterAll(async () => {
    if (!isSkipped) await server.close()
  })

  async function download(after: string, limit: number) {
    const products: WireProduct[] = []
    let cursor = after
    for (let page = 0; page < 100; page += 1) {
      const { body } = await ana.count('GET', `products?after=${cursor}&limit=${limit}`)
      products.push(...body.products)
      cursor = body.next
      if (!body.more) return { products, cursor }
    }
    throw new Error('The catalogue has no end')
  }

  check('[SP9] page the whole catalogue, every product once, whatever the page size', async () => {
    const [small, large] = [await download('0', 777), await download('0', 5000)]
    expect(small.products).toHaveLength(2529)
    expect(new Set(small.products.map((it) => it.productId)).size).toBe(2529)
    expect(small).toEqual(large)
  })

  check('[SP9] say that there is no more with the last full page', async () => {
    const { body } = await ana.count('GET', 'products?after=0&limit=843')
    const next = await ana.count('GET', `products?after=${body.next}&limit=843`)
    const last = await ana.count('GET', `products?after=${next.body.next}&limit=843`)
    expect([next.body.more, last.body.more, last.body.products.length]).toEqual([true, false, 843])
  })

  check('[SP9] give at most 2,000 products a page and refuse a cursor that is none', async () => {
    const { body } = await ana.count('GET', 'products?limit=100000')
    expect([body.products.length, body.more]).toEqual([2000, true])
    expect((await ana.count('GET', 'products?after=x')).status).toBe(400)
  })

  check(
    '[SP9] give every demo product a SKU, and some a case barcode with its pack size and a right check digit',
    async () => {
      const { products } = await download('0', 2000)
      const identifiers = products.flatMap((it) => it.identifiers)
      expect(products.every((it) => it.identifiers.some((one) => one.type === 'SKU'))).toBe(true)
      const cases = identifiers.filter((it) => it.packSize > 1)
      expect(cases.length).toBeGreaterThan(200)
      expect(cases.every((it) => gtin14Of(it.value) === it.value && /^[1-8]/.test(it.value))).toBe(
        true,
      )
      expect(
        new Set(
          identifiers.filter((it) => it.type !== 'SKU').map((it) => gtin14Of(it.value) ?? it.value),
        ).size,
      ).toBe(identifiers.filter((it) => it.type !== 'SKU').length)
    },
  )

  check('[SP10] bring changes and deletions after the cursor, and nothing twice', async () => {
    const { cursor } = await download('0', 2000)
    expect((await download(cursor, 100)).products).toEqual([])
    await putProducts(server.db, [
      {
        productId: 'P000001',
        name: 'Renamed',
        identifiers: [{ type: 'SKU', value: 'NEW-1', packSize: 1 }],
      },
      { productId: 'ADDED', name: 'Added', identifiers: [] },
    ])
    await deleteProducts(server.db, ['P000009'])
    const changes = await download(cursor, 1)
    expect(changes.products).toEqual([
      {
        productId: 'P000001',
        name: 'Renamed',
        deleted: false,
        identifiers: [{ type: 'SKU', value: 'NEW-1', packSize: 1 }],
      },
      { productId: 'ADDED', name: 'Added', deleted: false, identifiers: [] },
      { productId: 'P000009', name: expect.any(String), deleted: true, identifiers: [] },
    ])
    expect((await download(changes.cursor, 100)).products).toEqual([])
  })

  check(
    '[SP10] hand a reader no place in the sequence before everything below it is committed',
    async () => {
      const { cursor } = await download('0', 2000)
      await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          putProducts(server.db, [{ productId: `RACE${index}`, name: 'Race', identifiers: [] }]),
        ),
      )
      const rows = await server.db.query<{ change_seq: number }>(
        'select change_seq from product where change_seq > $1 order by 1',
        [Number(cursor)],
      )
      expect(rows.map((it) => it.change_seq - Number(cursor))).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    },
  )

  /** Of this schema's catalogue: other tests use the same PostgreSQL. */
  async function writersWaiting(): Promise<number> {
    const waiting = await server.db.query(
      `select pid from pg_locks where not granted
       and pid in (select pid from pg_locks where relation = 'product_change'::regclass)`,
    )
    return waiting.length
  }

  // The built-in database has one connection: there writers take turns anyhow.
  it.skipIf(isSkipped || database !== 'postgres')('[SP10] [I21] no change is skipped by a reader, in whatever order the writers commit (PostgreSQL: two writers at once)', async () => {
    const { cursor } = await download('0', 2000)
    let letGo = (): void => undefined
    const gate = new Promise<void>((resolve) => (letGo = resolve))
    let written = (): void => undefined
    const hasWritten = new Promise<void>((resolve) => (written = resolve))
    const slow: typeof server.db = {
      ...server.db,
      tx: (work) =>
        server.db.tx(async (sql) => {
          const result = await work(sql)
          written()
          await gate
          return result
        }),
    }
    const begunFirst = putProducts(slow, [{ productId: 'BEGUN-FIRST', name: 'Slow', identifiers: [] }])
    await hasWritten
    const begunSecond = putProducts(server.db, [{ productId: 'BEGUN-SECOND', name: 'Quick', identifiers: [] }])
    await expect.poll(writersWaiting, { timeout: SERVER_START_MS, message: 'The second writer waits for the first' }).toBe(1)

    const meanwhile = await download(cursor, 100)
    letGo()
    await Promise.all([begunFirst, begunSecond])
    const afterwards = await download(meanwhile.cursor, 100)

    const seen = [...meanwhile.products, ...afterwards.products].map((it) => it.productId)
    expect(seen.toSorted()).toEqual(['BEGUN-FIRST', 'BEGUN-SECOND'])
  })

  const solr = async (json: object) =>
    (await ana.call('POST', 'admin/runSolrQuery', { json })).body.response

  check('[SP12] find a product by identifier, by ids and by words', async () => {
    const byBarcode = await solr({
      params: { rows: 1 },
      filter: 'goodIdentifications:EAN/3229820019307',
    })
    const known = (await download('0', 2000)).products.find((it) =>
      it.identifiers.some((one) => one.type === 'EAN'),
    )
    const value = known?.identifiers.find((it) => it.type === 'EAN')?.value
    const byKnown = await solr({
      params: { rows: 1 },
      filter: [`goodIdentifications:EAN/${value}`],
    })
    expect(byBarcode.numFound).toBeLessThanOrEqual(1)
    expect(byKnown.docs).toMatchObject([{ productId: known?.productId }])
    expect(byKnown.docs[0].goodIdentifications).toContain(`EAN/${value}`)
    const byIds = await solr({
      params: { rows: 250 },
      filter: ['productId: (P000017 OR P000025 OR NOPE)'],
    })
    expect(byIds.docs.map((it: { productId: string }) => it.productId).toSorted()).toEqual([
      'P000017',
      'P000025',
    ])
    const words = await solr({
      params: { rows: 5, 'q.op': 'AND', defType: 'edismax', qf: 'sku^100 productName^50' },
      query: '*choco* OR "dark chocolate"^100',
      filter: [
        'docType:PRODUCT',
        'isVirtual:false',
        'productTypeId:FINISHED_GOOD',
        '-prodCatalogCategoryTypeIds:PCCT_DISCONTINUED',
      ],
    })
    expect(words.numFound).toBeGreaterThan(words.docs.length)
    expect(words.docs).toHaveLength(5)
    const phrase = await solr({ params: { rows: 3 }, query: '*milk* OR "belgian milk"^100' })
    expect(phrase.docs[0].productName.toLowerCase()).toContain('belgian milk')
  })

  check('[SP12] answer the Moqui search one level deeper', async () => {
    const { body } = await sam.call('POST', 'admin/search/query', {
      collection: 'enterpriseSearch',
      query: '*:*',
      filter: 'docType: PRODUCT AND isVariant: true AND isVirtual: false',
      params: { rows: 2, start: 1 },
    })
    expect(body.response.response).toMatchObject({ start: 1, docs: [{}, {}] })
  })

  check.each([
    `productId: ("x') or 1=1 --")`,
    'goodIdentifications:EAN/%',
    'productName:"a%_"',
    `sku:"'; drop table product; --"`,
    'upc:_____________',
  ])('[SP12] take %s as text, never as SQL or a pattern of SQL', async (filter) => {
    const { status, body } = await ana.call('POST', 'admin/runSolrQuery', { json: { filter } })
    expect([200, 400]).toContain(status)
    if (status === 200) expect(body.response.numFound).toBe(0)
    expect((await download('0', 2000)).products.length).toBeGreaterThan(2000)
  })

  check.each(['(((', 'a AND', '"open', `${'('.repeat(40)}a${')'.repeat(40)}`, 'x '.repeat(5000)])(
    '[SP12] refuse a search that cannot be read (case %#)',
    async (query) => {
      const { status } = await ana.call('POST', 'admin/runSolrQuery', { json: { query } })
      expect(status).toBe(400)
    },
  )
})
