// Finding products by category, tag, supplier and place: what the lists promise, and what it costs.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { putAttributes, putPlaces } from '../../../server-mock/products/attributes'
import { putStock } from '../../../server-mock/products/stock'
import { startCountsServer, type CountsServer } from '../../support/counts-server'

vi.setConfig({ testTimeout: 120_000 })

let server: CountsServer
const DAIRY = 'Dairy, eggs and more'
beforeAll(async () => {
  server = await startCountsServer()
  const { db } = server
  await db.query(
    `insert into product (product_id, product_name, change_seq)
     select 'P' || n, 'Product ' || lpad(n::text, 3, '0'), 1000 + n from generate_series(1, 9) n`,
  )
  const of = (productId: string, category: string | null, tags: string[], suppliers: string[]) => ({ productId, category, tags, suppliers })
  await putAttributes(db, [
    of('P1', DAIRY, ['Organic'], ['Meadow']),
    of('P2', DAIRY, [], ['Meadow', 'Alpenhof']),
    of('P3', 'Snacks', ['Organic', 'Promotion'], ['Alpenhof']),
    of('P4', 'Snacks', [], ['Crackle']),
    of('P9', 'Pets', ['Seasonal'], ['Barn']),
  ])
  const stock = (productId: string) => ({ productId, quantityOnHandTotal: 1, availableToPromiseTotal: 1 })
  await putStock(db, 'north', ['P1', 'P2', 'P3'].map(stock))
  await putStock(db, 'south', ['P9'].map(stock))
  const place = (productId: string, aisle: string, bin: string) => ({ productId, aisle, bin })
  await putPlaces(db, 'north', [place('P1', '01', '01-A-07'), place('P1', '12', '12-A-01'), place('P2', '01', '01-B-02')])
  await putPlaces(db, 'south', [place('P3', '01', '01-A-01')])
}, 120_000)
afterAll(() => server.close())

const idsOf = async (query: string): Promise<readonly string[]> =>
  (await server.call('sam', 'GET', `plan/products?facilityId=north&${query}`)).body.products.map(
    (it: { productId: string }) => it.productId,
  )

describe('finding products', () => {
  it('[PL25] by category, tag, supplier, aisle and bin; any of a list, and all of the lists', async () => {
    expect(await idsOf(`categories=${encodeURIComponent(DAIRY)}`)).toEqual(['P1', 'P2'])
    expect(await idsOf(`categories=${encodeURIComponent(DAIRY)}&categories=Snacks`)).toEqual(['P1', 'P2', 'P3'])
    expect(await idsOf('tags=Organic')).toEqual(['P1', 'P3'])
    expect(await idsOf('suppliers=Alpenhof')).toEqual(['P2', 'P3'])
    expect(await idsOf('suppliers=Alpenhof&tags=Promotion')).toEqual(['P3'])
    expect(await idsOf('aisles=01')).toEqual(['P1', 'P2'])
    expect(await idsOf('aisles=12&aisles=99')).toEqual(['P1'])
    expect(await idsOf('bin=01-b')).toEqual(['P2'])
    expect(await idsOf('bin=%25')).toEqual([])
    expect(await idsOf('aisles=12&bin=01')).toEqual([])
    const [one] = (await server.call('sam', 'GET', 'plan/products?facilityId=north&tags=Promotion&tags=Organic&aisles=12')).body.products
    expect(one).toMatchObject({ category: DAIRY, places: '01-A-07, 12-A-01' })
  })

  it('[PL25] a planned count has the products that the filter found', async () => {
    const planned = await server.call('sam', 'POST', 'plan/counts', {
      requestId: 'dairy',
      workEffortId: 'DAIRY',
      workEffortName: 'Dairy',
      facilityId: 'north',
      workEffortPurposeTypeId: 'DIRECTED_COUNT',
      products: { by: 'filter', filter: { categories: [DAIRY], aisles: ['01'] } },
      parts: [{ countImportName: 'All' }],
    })
    const rows = await server.db.query<{ id: string }>(
      'select product_id as id from session_item where session_id = $1 order by item_seq',
      [planned.body.sessions[0].inventoryCountImportId],
    )
    expect(rows.map((it) => it.id)).toEqual(['P1', 'P2'])
  })

  it('[PL26] the lists hold what the facility keeps, each with as many products as it finds', async () => {
    const { body: choices } = await server.call('sam', 'GET', 'plan/choices?facilityId=north')

    expect(choices.categories).toEqual([
      { value: DAIRY, products: 2 },
      { value: 'Snacks', products: 1 },
    ])
    expect(choices.tags.map((it: { value: string }) => it.value)).toEqual(['Organic', 'Promotion'])
    expect(choices.aisles).toEqual([
      { value: '01', products: 2 },
      { value: '12', products: 1 },
    ])
    for (const facet of ['categories', 'tags', 'suppliers', 'aisles'])
      for (const { value, products } of choices[facet])
        expect([facet, value, (await idsOf(`${facet}=${encodeURIComponent(value)}`)).length]).toEqual([facet, value, products])
    expect((await server.call('sam', 'GET', 'plan/choices?facilityId=south')).status).toBe(403)
  })

  it('[PL25] reads an index and not 100,000 products, where a filter or the first page allows it', async () => {
    const { db } = server
    await db.query(
      `insert into product (product_id, product_name, change_seq, category)
       select 'M' || n, 'Many ' || lpad(n::text, 6, '0'), 100000 + n, 'Category ' || n % 200 from generate_series(1, 100000) n`,
    )
    await db.query("insert into product_facility (facility_id, product_id) select 'north', 'M' || n from generate_series(1, 100000) n")
    await db.query("insert into product_tag (product_id, tag) select 'M' || n, 'Tag ' || n % 500 from generate_series(1, 100000) n")
    await db.query("insert into product_supplier (product_id, supplier) select 'M' || n, 'House ' || n % 300 from generate_series(1, 100000) n")
    await db.query(
      "insert into product_place (facility_id, product_id, aisle, bin) select 'north', 'M' || n, 'A' || n % 400, 'A' || n % 400 || '-' || n % 9 from generate_series(1, 100000) n",
    )
    await db.query('analyze')
    // As wherever no disk has arms: the default is from when a look-up cost four times a read in a row.
    await db.query('set random_page_cost = 1.1')
    const asked: { sql: string; params: readonly unknown[] }[] = []
    const spying = {
      query: async <R extends object>(sql: string, params: readonly unknown[] = []): Promise<R[]> => {
        asked.push({ sql, params })
        return db.query<R>(sql, params)
      },
    }
    const { countProducts, findProducts } = await import('../../../server-mock/plan/find-products')
    const filter = {
      text: '', abcClasses: [], stock: 'any' as const, notCountedSince: null, notCountedForDays: null,
      categories: [] as string[], tags: [] as string[], suppliers: [] as string[], aisles: [] as string[], bin: '',
    }
    const found: number[] = []
    for (const one of [{ categories: ['Category 7'] }, { tags: ['Tag 7'] }, { suppliers: ['House 7'] }, { aisles: ['A7'] }]) {
      const search = { facilityId: 'north', filter: { ...filter, ...one }, now: 0 }
      found.push(await countProducts(spying, search))
      await findProducts(spying, search, { limit: 50, offset: 0, maySeeBook: true })
    }
    // The first page of everything.
    await findProducts(spying, { facilityId: 'north', filter, now: 0 }, { limit: 50, offset: 0, maySeeBook: true })

    expect(found).toEqual([500, 200, 333 + 1, 250])
    // The stock of one facility alone is as quick to read in a row as by a few hundred look-ups: the planner may choose.
    for (const { sql, params } of asked) {
      const plan = await db.query<Record<string, string>>(`explain ${sql}`, params)
      const lines = plan.map((it) => Object.values(it)[0] ?? '')
      expect(lines.filter((it) => /Seq Scan on (product|product_tag|product_supplier|product_place)\b/.test(it))).toEqual([])
    }
  })
})
