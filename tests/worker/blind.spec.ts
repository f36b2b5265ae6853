// Blind means blind: the book quantity is looked for in every answer to somebody who may not see it, and on their device.
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { collectRoutes } from '../../server-mock/app'
import { FaultControl } from '../../server-mock/faults'
import { SERVER_LIMITS } from '../../server-mock/limits'
import { REST } from '../../src/contract/envelope'
import { CATALOGUE_SCHEMA } from '../../src/ports/catalogue-schema'
import { SCANS_SCHEMA } from '../../src/ports/scans-schema'
import { asId, type CycleCountId } from '../../src/domain/ids'
import { TEST_PASSWORD, type TestUser } from '../support/counts-server'
import { aDevice, cleanUp, startListening } from '../support/worker-device'

vi.setConfig({ testTimeout: 60_000 })
afterEach(cleanUp)

/**
 * Nothing else in the test is called so: found anywhere, it was told. In units, in millionths, less one to promise, and
 * less each of the amounts that are counted or set below.
 */
const BOOK = 918_273
const SIGNS = ['918273', '918272', '918270', '918268', '918271', '918266', '918265']
const told = (text: string) => SIGNS.some((sign) => text.includes(sign))
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
    // Max may look into counts, and nothing else.
    await db.query(
      "insert into user_permission (user_id, permission_id) values ('max', 'INVCOUNT_APP_VIEW'), ('max', 'PREVIEW_COUNT_ITEM')",
    )
    // The book may see, but does not settle counts: in a blind one not even that.
    await db.query(
      "insert into user_permission (user_id, permission_id) values ('zoe', 'INV_CNT_VIEW_QOH'), ('zoe', 'PREVIEW_COUNT_ITEM')",
    )
    await db.query("update user_facility set facility_id = 'north' where user_id = 'zoe'")
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
      const query =
        'facilityId=north&productId=TEE&pageSize=100&limit=100&from=2000-01-01&thru=2099-12-31&initDate_from=0'
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
    const ana = await textsFor('ana', count)
    const ben = await textsFor('ben', count)

    expect([tellers(ana), tellers(ben)]).toEqual([[], []])
    expect(ben.filter((it) => it.status === 200).length).toBeGreaterThan(20)
    // The search finds it where it may be told.
    expect(tellers(await textsFor('sam', count)).length).toBeGreaterThan(1)
  })

  const tellers = (texts: readonly { path: string; text: string }[]) =>
    texts.filter((it) => told(it.text)).map((it) => it.path)

  /** Counted, decided, counted again, approved, corrected: `look` is called after each. What ben is answered is told. */
  async function goThroughReview(
    { countId, path }: { countId: string; path: string },
    look: (step: string) => Promise<void>,
  ): Promise<string> {
    const { server } = running
    const answers: string[] = []
    const act = async (user: TestUser, method: string, at: string, body: object) => {
      const answer = await server.call(user, method, at, body)
      expect([method, at, answer.status, answer.body]).toEqual([method, at, 200, answer.body])
      if (user === 'ben') answers.push(JSON.stringify(answer.body))
      return answer.body
    }
    const count = `cycleCounts/workEfforts/${countId}`
    const row = (productId: string, quantity: number, by: string) => ({
      uuid: `${path}:${by}:${productId}`,
      logId: `log-${by}`,
      rev: 1,
      quantity,
      standing: quantity,
      productId,
      countedByUserLoginId: by,
    })
    const handIn = async (user: TestUser, session: string) => {
      for (const statusId of ['SESSION_ASSIGNED', 'SESSION_SUBMITTED']) await act(user, 'PUT', session, { statusId })
    }
    await act('ana', 'PUT', `${path}/items`, { items: [row('TEE', 3, 'ana'), row('CAP', 5, 'ana')] })
    await handIn('ana', path)
    if (profile === 'hotwax') {
      const decision = (productId: string, countedQuantity: number) => ({
        workEffortId: countId,
        productId,
        facilityId: 'north',
        countedQuantity,
        systemQuantity: BOOK,
        varianceQuantity: countedQuantity - BOOK,
        decisionOutcomeEnumId: 'APPLIED',
      })
      await act('sam', 'POST', 'cycleCounts/submit', { inventoryCountProductsList: [decision('TEE', 3), decision('CAP', 5)] })
      await look('submit')
      return answers.join('\n')
    }
    const review = `${count}/review`
    const products = ['CAP', 'TEE'].map((productId) => ({ productId, action: 'apply' }))
    await act('sam', 'POST', `${review}/decisions`, { requestId: `${countId}-1`, decisions: products })
    await look('decided')
    const undo = ['CAP', 'TEE'].map((productId) => ({ productId, action: 'undo' }))
    await act('ben', 'POST', `${review}/decisions`, { requestId: `${countId}-2`, decisions: undo })
    const sent = await act('ben', 'POST', `${review}/recounts`, { requestId: `${countId}-3`, productIds: ['TEE'], reason: 'x' })
    const again = `cycleCounts/sessions/${sent.sessions[0].sessionId}`
    await act('sam', 'PUT', `${again}/items`, { items: [row('TEE', 2, 'sam')] })
    await handIn('sam', again)
    await look('counted again')
    const decided = await act('ben', 'POST', `${review}/decisions`, {
      requestId: `${countId}-4`,
      decisions: [
        { productId: 'TEE', action: 'apply', seen: { counted: 2, variance: null } },
        { productId: 'CAP', action: 'edit', quantity: 7, reason: 'two more behind', seen: { counted: 5, variance: null } },
      ],
    })
    expect(decided.verdicts.map((it: { verdict: string }) => it.verdict)).toEqual(['taken', 'taken'])
    await look('decided again')
    const { revision } = (await server.call('sam', 'GET', review)).body
    await act('ben', 'POST', `${review}/approve`, { requestId: `${countId}-5`, revision })
    await look('approved')
    await act('ben', 'POST', `${review}/corrections`, { requestId: `${countId}-6`, productId: 'CAP', quantity: 8, reason: 'one more' })
    await look('corrected')
    return answers.join('\n')
  }

  async function withFreshBook() {
    await running.server.db.query(
      `update product_facility set quantity_on_hand = ${BOOK}, available_to_promise = ${BOOK - 1} where facility_id = 'north'`,
    )
    await running.server.db.query('delete from item_movement')
    await running.server.db.query('update review_decision set counted_at = 0')
  }

  it('[RV51] tells it at no step of a review to whoever may not see it, and says no difference either', async () => {
    await withFreshBook()
    const count = await aBlindCount()
    const users = ['ana', 'ben', 'max', 'zoe'] as const
    const found: string[] = []
    const seenBySam: string[] = []
    const answered = await goThroughReview(count, async (step) => {
      for (const user of users)
        for (const path of tellers(await textsFor(user, count)))
          // Whoever may see the book is told the stock of the facility, which is no matter of the count.
          if (!(user === 'zoe' && /stock$|inventory$|getInventoryAvailableByFacility$|reports$|reports\/lines$/.test(path)))
            found.push(`${step}: ${user} ${path}`)
      seenBySam.push(...tellers(await textsFor('sam', count)))
    })

    expect(found).toEqual([])
    expect(told(answered) ? answered : '').toBe('')
    expect(seenBySam.some((it) => /reviews?$|rows/.test(it))).toBe(true)
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
      expect([rest, told(JSON.stringify(answer.body))]).toEqual([rest, false])
    }
  })

  it.each(['ana', 'ben'] as const)('[PL24] leaves it out of everything on the device of whoever may not see it: %s', async (userName) => {
    await withFreshBook()
    const blind = await aBlindCount()
    const { sessionId } = blind
    const device = aDevice({ now: false })
    const { api } = device.aWindow()
    const who = { serverOrigin: running.origin, userName }
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
    if (userName === 'ben' && profile === 'extended') {
      const reviewed = await aBlindCount()
      const countId = asId<CycleCountId>(reviewed.countId)
      await goThroughReview(reviewed, async () => {
        const shown = [
          await api.review('summary', countId),
          await api.review('page', countId, '', null, 100),
          await api.review('trail', countId, asId('TEE')),
          await api.review('explain', countId, asId('TEE')),
        ]
        expect(shown.map((it) => it.ok)).toEqual([true, true, true, true])
        texts.push(JSON.stringify(shown))
      })
      await api.refreshCounts()
    }
    const names = Object.keys(SCANS_SCHEMA) as (keyof typeof SCANS_SCHEMA)[]
    for (const name of names)
      texts.push(JSON.stringify(await device.openScans(who).tx([name], 'r', (tx) => tx.range(name, ':id', { limit: ROWS_MAX }))))
    const kinds = Object.keys(CATALOGUE_SCHEMA) as (keyof typeof CATALOGUE_SCHEMA)[]
    for (const name of kinds)
      texts.push(JSON.stringify(await catalogue.tx([name], 'r', (tx) => tx.range(name, ':id', { limit: ROWS_MAX }))))
    const all = texts.join('\n')

    expect(all).toContain('TEE')
    expect(SIGNS.filter((sign) => all.includes(sign))).toEqual([])
  })
})
