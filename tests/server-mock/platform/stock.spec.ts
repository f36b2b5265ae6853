import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  SERVER_START_MS,
  startTestServer,
  type TestClient,
  type TestServer,
} from '../../support/server'

let server: TestServer
let ana: TestClient
let sam: TestClient
beforeAll(async () => {
  server = await startTestServer()
  ana = await server.as('ana')
  sam = await server.as('sam')
}, SERVER_START_MS)
afterAll(() => server.close())

const document = (facilityId: string, more = {}) => ({
  dataDocumentId: 'ProductFacilityAndInventoryItem',
  pageSize: 500,
  pageIndex: 0,
  customParametersMap: { facilityId, ...more },
})

describe('book quantities', () => {
  it('[SP11] page a facility in the order of product ids', async () => {
    const stock: { productId: string; quantityOnHandTotal: number }[] = []
    let after = ''
    for (let more = true; more;) {
      const { body } = await sam.count(
        'GET',
        `stock?facilityId=NORTHSIDE&after=${after}&limit=1000`,
      )
      stock.push(...body.stock)
      after = body.next
      more = body.more
    }
    expect(stock).toHaveLength(2529)
    expect(stock.map((it) => it.productId)).toEqual(stock.map((it) => it.productId).toSorted())
    const quantities = stock.map((it) => it.quantityOnHandTotal)
    const share = (is: (quantity: number) => boolean) =>
      quantities.filter(is).length / quantities.length
    expect(share((it) => it >= 0 && it <= 40)).toBeGreaterThan(0.6)
    expect(share((it) => it >= 100)).toBeGreaterThan(0.01)
    expect(share((it) => it < 0)).toBeGreaterThan(0.005)
  })

  it('[SP11] show no figure to a caller who may not see it', async () => {
    expect((await ana.count('GET', 'stock?facilityId=NORTHSIDE')).status).toBe(403)
    expect(
      (
        await ana.call(
          'GET',
          'poorti/getInventoryAvailableByFacility?productId=P000001&facilityId=NORTHSIDE',
        )
      ).body,
    ).toEqual({})
    expect(
      (
        await ana.call(
          'GET',
          'oms/productFacilities/inventory?facilityId=NORTHSIDE&productId=P000001&productId_op=in',
        )
      ).body,
    ).toEqual([{ productId: 'P000001' }])
    const rows = (await ana.call('POST', 'oms/dataDocumentView', document('NORTHSIDE'))).body
      .entityValueList
    expect(rows).toHaveLength(500)
    expect(Object.keys(rows[0]).toSorted()).toEqual(['facilityId', 'internalName', 'productId'])
  })

  it('[SP11] show the same figures on every way to callers who may', async () => {
    const one = (
      await sam.call(
        'GET',
        'poorti/getInventoryAvailableByFacility?productId=P000001&facilityId=NORTHSIDE',
      )
    ).body
    const [two] = (
      await sam.call(
        'GET',
        'oms/productFacilities/inventory?facilityId=NORTHSIDE&productId=P000001,P000009',
      )
    ).body
    const [three] = (
      await sam.call(
        'POST',
        'oms/dataDocumentView',
        document('NORTHSIDE', { productId: 'P000001' }),
      )
    ).body.entityValueList
    expect(two.quantityOnHand).toBe(one.qoh)
    expect(three).toMatchObject({ quantityOnHandTotal: one.qoh, availableToPromiseTotal: one.atp })
  })

  it('[SP8] keep to the facilities of the caller', async () => {
    expect((await sam.count('GET', 'stock?facilityId=OLDTOWN')).status).toBe(403)
    expect((await sam.count('GET', 'stock')).status).toBe(400)
    expect((await ana.call('POST', 'oms/dataDocumentView', document('HARBOR'))).status).toBe(403)
    expect((await (await server.as('alex')).count('GET', 'stock?facilityId=OLDTOWN')).status).toBe(
      200,
    )
  })

  it('[SP11] page the data document until a page is short', async () => {
    const { body } = await sam.call('POST', 'oms/dataDocumentView', {
      ...document('NORTHSIDE'),
      pageIndex: 5,
    })
    expect(body.entityValueList).toHaveLength(29)
    expect(
      (await sam.call('POST', 'oms/dataDocumentView', { dataDocumentId: 'Nothing' })).status,
    ).toBe(400)
  })
})
