import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SERVER_START_MS, startTestServer, type TestServer } from '../../support/server'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
}, SERVER_START_MS)
afterAll(() => server.close())

describe('after signing in', () => {
  it('[SP4] say what the server can, and who the demo users are, to anybody', async () => {
    const { status, body } = await server.anonymous.count('GET', 'capabilities')
    expect(status).toBe(200)
    expect(body).toMatchObject({
      protocol: { min: 1, max: 1 },
      demoUsers: ['ana', 'ben', 'sam', 'alex'],
      gzip: true,
      feed: false,
    })
    expect(body.epoch).toMatch(/^[0-9a-f-]{36}$/)
  })

  it('[SP5] page permissions until there are no more', async () => {
    const sam = await server.as('sam')
    const pages = await Promise.all(
      [0, 1, 2].map((index) =>
        sam.call('GET', `admin/user/permissions?viewIndex=${index}&viewSize=5`),
      ),
    )
    expect(pages.map((it) => it.body.docs.length)).toEqual([5, 3, 0])
  })

  it('[SP5] give the facilities of the user, and all of them to an administrator', async () => {
    const path = 'oms/facilities?pageSize=500&facilityTypeId=VIRTUAL_FACILITY&facilityTypeId_not=Y'
    const names = async (user: string) => {
      const { body } = await (await server.as(user)).call('GET', path)
      return body.map((it: { facilityId: string }) => it.facilityId).toSorted()
    }
    expect(await names('ana')).toEqual(['NORTHSIDE'])
    expect(await names('sam')).toEqual(['HARBOR', 'NORTHSIDE'])
    expect(await names('alex')).toEqual(['HARBOR', 'NORTHSIDE', 'OLDTOWN'])
    const ben = await server.as('ben')
    expect(
      (await ben.call('GET', 'admin/user/PARTY_BEN/facilities?pageSize=500')).body,
    ).toHaveLength(2)
    expect((await ben.call('GET', 'admin/user/PARTY_ANA/facilities')).status).toBe(403)
  })

  it('[SP5] keep preferences of each user apart', async () => {
    const [ana, ben] = [await server.as('ana'), await server.as('ben')]
    const preference = {
      userId: 'USER_ANA',
      preferenceKey: 'SELECTED_FACILITY',
      preferenceValue: 'NORTHSIDE',
    }
    expect((await ana.call('PUT', 'admin/user/preferences', preference)).status).toBe(200)
    expect((await ben.call('PUT', 'admin/user/preferences', preference)).status).toBe(403)
    const path = 'admin/user/preferences?pageSize=1&preferenceKey=SELECTED_FACILITY'
    expect((await ana.call('GET', `${path}&userId=USER_ANA`)).body).toMatchObject([
      { preferenceValue: 'NORTHSIDE' },
    ])
    expect((await ben.call('GET', path)).body).toEqual([])
    expect((await ben.call('GET', `${path}&userId=USER_ANA`)).status).toBe(403)
  })

  it('[SP5] answer settings, statuses, identifier types and reasons as lists', async () => {
    const ana = await server.as('ana')
    const get = async (path: string) => (await ana.call('GET', path)).body
    expect(await get('oms/facilities/NORTHSIDE/productStores?pageSize=200')).toMatchObject([
      { productStoreId: 'SHELFCOUNT_STORE' },
    ])
    expect((await ana.call('GET', 'oms/facilities/HARBOR/productStores')).status).toBe(403)
    expect(
      await get('oms/productStores?productStoreId=SHELFCOUNT_STORE,OTHER&productStoreId_op=in'),
    ).toHaveLength(1)
    const settings = await get(
      'admin/productStores/SHELFCOUNT_STORE/settings?settingTypeEnumId=PRDT_IDEN_PREF',
    )
    expect(JSON.parse(settings[0].settingValue)).toEqual({
      primaryId: 'SKU',
      secondaryId: 'productId',
    })
    const two =
      'settingTypeEnumId=INV_FORCE_SCAN&settingTypeEnumId=BARCODE_IDEN_PREF&settingTypeEnumId_op=in&pageSize=5'
    expect(await get(`admin/productStores/SHELFCOUNT_STORE/settings?${two}`)).toHaveLength(2)
    expect(await get('oms/statuses?statusTypeId=CYCLE_CNT_STATUS&pageSize=20')).toHaveLength(5)
    expect(
      await get('oms/goodIdentificationTypes?parentTypeId=HC_GOOD_ID_TYPE&pageSize=50'),
    ).toHaveLength(5)
    expect(
      (await get('admin/enums?enumTypeId=IID_REASON&pageNoLimit=true')).length,
    ).toBeGreaterThan(5)
  })

  it('[SP6] page lists with the headers of Moqui', async () => {
    const ana = await server.as('ana')
    const page = await ana.call('GET', 'admin/enums?pageSize=4&pageIndex=1&orderByField=-enumId')
    expect(page.body).toHaveLength(4)
    expect(page.headers.get('x-page-index')).toBe('1')
    expect(page.headers.get('x-page-range-low')).toBe('5')
    expect(Number(page.headers.get('x-total-count'))).toBeGreaterThan(10)
    const ids = page.body.map((it: { enumId: string }) => it.enumId)
    expect(ids).toEqual(ids.toSorted().toReversed())
    expect((await ana.call('GET', 'admin/enums?pageIndex=-1')).status).toBe(400)
  })

  it(
    '[SP13] know nothing of our additions in the base profile',
    { timeout: SERVER_START_MS },
    async () => {
      const base = await startTestServer({ profile: 'hotwax' })
      const ana = await base.as('ana')
      const paths = [
        'capabilities',
        'products',
        'stock?facilityId=NORTHSIDE',
        'cycleCounts/sessions/M100201/scanEvents',
      ]
      for (const path of paths) {
        const { status, body } = await ana.count(
          path.includes('scanEvents') ? 'PUT' : 'GET',
          path,
          path.includes('scanEvents') ? { events: [] } : undefined,
        )
        expect([path, status, body.errorCode]).toEqual([path, 404, 404])
      }
      expect((await ana.call('GET', 'admin/user/profile')).status).toBe(200)
      await base.close()
    },
  )
})
