// Blind means blind: the book quantity is looked for in every answer to somebody who may not see it, and on their device.
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { collectRoutes } from '../../server-mock/app'
import { FaultControl } from '../../server-mock/faults'
import { SERVER_LIMITS } from '../../server-mock/limits'
import { REST } from '../../src/contract/envelope'
import { CATALOGUE_SCHEMA } from '../../src/ports/catalogue-schema'
import { SCANS_SCHEMA } from '../../src/ports/scans-schema'
import { TEST_PASSWORD, type TestUser } from '../support/counts-server'
import { aDevice, cleanUp, startListening } from '../support/worker-device'

vi.setConfig({ testTimeout: 60_000 })
afterEach(cleanUp)

/** Nothing else in the test is called so: found anywhere, it was told. In units, in millionths, less one to promise. */
const BOOK = 918_273
const SIGNS = ['918273', '918272']
const ROWS_MAX = 10_000

describe.each(['extended', 'hotwax'] as const)('a blind count on a server of profile %s', (profile) => {
  let running: Awaited<ReturnType<typeof startListening>>
  beforeAll(async () => {
    running = await startListening(profile)
    const { db } = running.server
    await db.query(
      `update product_facility set quantity_on_hand = ${BOOK}, available_to_promise = ${BOOK - 1} where facility_id = 'north'`,
    )
    // Ben may all that sam may, but see the book.
    await db.query(
      `insert into user_permission (user_id, permission_id) select 'ben', permission_id from user_permission
       where user_id = 'sam' and permission_id <> 'INV_CNT_VIEW_QOH' on conflict do nothing`,
    )
    await db.query("insert into user_permission (user_id, permission_id) values ('ben', 'PREVIEW_COUNT_ITEM')")
  }, 60_000)
  afterAll(() => running.close())

  async function aBlindCount() {
    const { server } = running
    const session = await server.aSession({ isBlind: 'Y' })
    if (profile === 'hotwax')
      await server.db.query('update cycle_count set is_blind = true where work_effort_id = $1', [session.countId])
    // The server takes the snapshot at a row's first write.
    await server.db.query('update session_item set system_quantity = $2 where session_id = $1', [session.sessionId, BOOK])
    return session
  }

  async function textsFor(user: TestUser, { countId, sessionId }: { countId: string; sessionId: string }) {
    const { server } = running
    const context = {
      db: server.db,
      clock: { now: () => Date.now() },
      ids: { next: () => 'X' },
      profile,
      limits: SERVER_LIMITS,
      faults: new FaultControl(),
      random: () => 0.5,
      isStrict: true,
      log: () => undefined,
      quirks: { repeatsItemRows: true },
    }
    const asked = collectRoutes(context).routes.filter((it) => it.method === 'GET')
    const texts: { path: string; status: number; text: string }[] = []
    for (const { path } of asked) {
      const concrete = path
        .replace(':workEffortId', countId)
        .replace(':sessionId', sessionId)
        .replace(':productId', 'TEE')
        .replace(':facilityId', 'north')
        .replace(/:\w+/, user)
      const query = 'facilityId=north&productId=TEE&pageSize=100&limit=100'
      const answer = await server.app.request(`${REST}${concrete}?${query}`, {
        headers: { authorization: `Bearer ${server.tokenOf(user)}` },
      })
      texts.push({ path, status: answer.status, text: await answer.text() })
    }
    return texts
  }

  it('[PL24] tells the book in no answer to whoever may not see it', async () => {
    const count = await aBlindCount()
    await running.server.call('ana', 'PUT', `${count.path}/items`, {
      items: [{ uuid: 'blind-1', logId: 'l', rev: 1, quantity: 3, standing: 3, productId: 'TEE' }],
    })
    const told = (texts: readonly { path: string; text: string }[]) =>
      texts.filter((it) => SIGNS.some((sign) => it.text.includes(sign))).map((it) => it.path)
    const ana = await textsFor('ana', count)
    const ben = await textsFor('ben', count)

    expect([told(ana), told(ben)]).toEqual([[], []])
    expect(ben.filter((it) => it.status === 200).length).toBeGreaterThan(20)
    // The search finds it where it may be told.
    expect(told(await textsFor('sam', count)).length).toBeGreaterThan(1)
  })

  it('[PL24] tells it in no answer to what a device writes or looks up', async () => {
    const { path, sessionId } = await aBlindCount()
    const { server } = running
    const asked = [
      ['POST', 'inventory-cycle-count/' + path + '/lock', { deviceId: 'd1', userId: 'ana' }],
      ['PUT', 'inventory-cycle-count/' + path + '/items', { items: [{ uuid: 'w1', logId: 'l', rev: 1, quantity: 1, standing: 1, productId: 'TEE' }] }],
      ['POST', 'inventory-cycle-count/' + path + '/cloneDirectedCount', { countImportName: 'copy' }],
      ['POST', 'oms/dataDocumentView', { dataDocumentId: 'ProductFacilityAndInventoryItem', customParametersMap: { facilityId: 'north' } }],
      ['POST', 'oms/dataDocumentView', { dataDocumentId: 'InventoryCountImportLock', customParametersMap: { inventoryCountImportId: sessionId } }],
      ['POST', 'admin/runSolrQuery', { json: { query: '*', filter: ['productId: TEE'] } }],
    ] as const
    for (const [method, rest, body] of asked) {
      const answer = await server.rest('ana', method, rest, body)
      expect([rest, answer.status]).toEqual([rest, 200])
      for (const sign of SIGNS) expect([rest, JSON.stringify(answer.body).includes(sign)]).toEqual([rest, false])
    }
  })

  it('[PL24] leaves it out of everything on the device of whoever may not see it', async () => {
    const { sessionId } = await aBlindCount()
    const device = aDevice({ now: false })
    const { api } = device.aWindow()
    const who = { serverOrigin: running.origin, userName: 'ana' }
    await api.signIn(who, TEST_PASSWORD)
    expect(await api.openSession({ sessionId, takeOver: false })).toMatchObject({ ok: true })
    await device.scan(who, sessionId, '036000291452', 2)
    await api.scanned()
    await api.refreshCounts()
    await api.syncNow('manual')
    const catalogue = device.openCatalogue('north')
    await vi.waitFor(async () =>
      expect((await catalogue.tx(['products'], 'r', (tx) => tx.range('products', ':id', { limit: 5 }))).length).toBeGreaterThan(0),
    )

    const texts: string[] = []
    const names = Object.keys(SCANS_SCHEMA) as (keyof typeof SCANS_SCHEMA)[]
    for (const name of names)
      texts.push(JSON.stringify(await device.openScans(who).tx([name], 'r', (tx) => tx.range(name, ':id', { limit: ROWS_MAX }))))
    const kinds = Object.keys(CATALOGUE_SCHEMA) as (keyof typeof CATALOGUE_SCHEMA)[]
    for (const name of kinds)
      texts.push(JSON.stringify(await catalogue.tx([name], 'r', (tx) => tx.range(name, ':id', { limit: ROWS_MAX }))))
    const all = texts.join('\n')

    expect(all).toContain('TEE')
    for (const sign of SIGNS) expect(all.includes(sign)).toBe(false)
  })
})
