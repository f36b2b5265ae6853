// Planning over the real routes: finding products and people, and a whole count made of them.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startCountsServer, type CountsServer, type TestUser } from '../../support/counts-server'
import { countedAt } from '../../support/plan-server'

vi.setConfig({ testTimeout: 60_000 })

let server: CountsServer
let serial = 0
beforeAll(async () => {
  server = await startCountsServer()
  await server.db.query(
    `insert into product (product_id, product_name, change_seq)
     select 'N' || lpad(n::text, 3, '0'), 'Needle ' || lpad(n::text, 3, '0'), 1000 + n from generate_series(1, 25) n`,
  )
  await server.db.query(
    "insert into product_identifier (product_id, type, value) values ('N007', 'SKU', 'agent-7'), ('N007', 'UPCA', '99')",
  )
  await server.db.query(
    `insert into product_facility (facility_id, product_id, quantity_on_hand)
     values ('north', 'N001', -2), ('north', 'N002', 0), ('north', 'N003', 5), ('south', 'N004', -1)`,
  )
  await server.db.query(
    "insert into product_valuation (facility_id, product_id, abc_class) values ('north', 'N001', 'A'), ('north', 'N002', 'B'), ('south', 'N003', 'A')",
  )
}, 120_000)
afterAll(() => server.close())

const find = async (query: string, user: TestUser = 'sam') =>
  server.call(user, 'GET', `plan/products?facilityId=north&${query}`)
const idsOf = async (query: string): Promise<readonly string[]> =>
  (await find(query)).body.products.map((it: { productId: string }) => it.productId)

const NEEDLES = { by: 'filter', filter: { text: 'needle' } }
function aPlan(over: object = {}) {
  serial += 1
  return {
    requestId: `r${serial}`,
    workEffortId: `PLAN-${serial}`,
    workEffortName: `Plan ${serial}`,
    facilityId: 'north',
    workEffortPurposeTypeId: 'DIRECTED_COUNT',
    products: NEEDLES,
    parts: [
      { countImportName: 'Left', facilityAreaId: 'display', assignedTo: 'ana' },
      { countImportName: 'Right', assignedTo: 'ben' },
    ],
    ...over,
  }
}
const create = (body: object, user: TestUser = 'sam') =>
  server.call(user, 'POST', 'plan/counts', body)
const requestedIn = async (sessionId: string): Promise<readonly string[]> =>
  (
    await server.db.query<{ id: string }>(
      'select product_id as id from session_item where session_id = $1 and is_requested order by item_seq',
      [sessionId],
    )
  ).map((it) => it.id)
const exists = async (id: string): Promise<boolean> =>
  (await server.db.query('select 1 from cycle_count where work_effort_id = $1', [id])).length > 0

describe('finding products', () => {
  it('[PL4] by words of the name, the id or an identifier', async () => {
    expect(await idsOf('text=needle%20007')).toEqual(['N007'])
    expect(await idsOf('text=AGENT')).toEqual(['N007'])
    expect(await idsOf('text=n007')).toEqual(['N007'])
    expect(await idsOf('text=100%25')).toEqual([])
    expect((await find('text=agent')).body.products[0]).toMatchObject({ identifier: 'agent-7' })
  })

  it('[PL4] by class and book of this facility, and by the last approved count', async () => {
    expect(await idsOf('abcClasses=A')).toEqual(['N001'])
    expect(await idsOf('abcClasses=A,B')).toEqual(['N001', 'N002'])
    expect((await find('abcClasses=-&text=needle')).body.total).toBe(23)
    expect(await idsOf('stock=negative')).toEqual(['N001'])
    expect(await idsOf('stock=zero&text=needle%20002')).toEqual(['N002'])
    expect((await find('stock=zero&text=needle')).body.total).toBe(23)
    await countedAt(server, 'N001', 500, { isApproved: true })
    await countedAt(server, 'N002', 500, { isApproved: false })

    expect(await idsOf('abcClasses=A,B&notCountedSince=500')).toEqual(['N002'])
    expect(await idsOf('abcClasses=A,B&notCountedSince=501')).toEqual(['N001', 'N002'])
    expect((await find('abcClasses=A')).body.products[0]).toMatchObject({ lastCountedAt: 500 })
  })

  it('[PL4] in pages that show each match once, with their total', async () => {
    const seen: string[] = []
    for (let offset = 0; offset < 30; offset += 10)
      seen.push(...(await idsOf(`text=needle&limit=10&offset=${offset}`)))

    expect(seen).toHaveLength(25)
    expect(new Set(seen).size).toBe(25)
    expect((await find('text=needle&limit=10')).body.total).toBe(25)
  })

  it('[PL3] tells of the book only to those who may see it', async () => {
    expect((await find('text=needle%20001')).body.products[0]).toMatchObject({ quantityOnHand: -2 })
    await server.db.query(
      "insert into user_permission (user_id, permission_id) values ('ben', 'INV_COUNT_CREATE')",
    )
    const blind = await find('text=needle%20001', 'ben')
    const byBook = await find('stock=negative', 'ben')
    const planned = await create(
      aPlan({ products: { by: 'filter', filter: { stock: 'negative' } } }),
      'ben',
    )
    await server.db.query(
      "delete from user_permission where user_id = 'ben' and permission_id = 'INV_COUNT_CREATE'",
    )

    expect(Object.keys(blind.body.products[0])).not.toContain('quantityOnHand')
    expect([byBook.status, planned.status]).toEqual([403, 403])
  })
})

describe('planning a count', () => {
  it('[PL1] makes the count, its sessions with their people, their lists and a line of audit', async () => {
    const body = aPlan({ isBlind: true, estimatedStartDate: 1000, estimatedCompletionDate: 2000 })
    const planned = await create(body)
    const [left, right] = planned.body.sessions
    const count = await server.call('ana', 'GET', `cycleCounts/workEfforts/${body.workEffortId}`)
    const audit = await server.db.query(
      'select action, by_user, details from review_audit where work_effort_id = $1',
      [body.workEffortId],
    )

    expect(left).toMatchObject({ countImportName: 'Left', assignedTo: 'ana', products: 13 })
    expect(right).toMatchObject({ countImportName: 'Right', assignedTo: 'ben', products: 12 })
    expect(count.body).toMatchObject({
      statusId: 'CYCLE_CNT_CREATED',
      isBlind: 'Y',
      estimatedStartDate: 1000,
      estimatedCompletionDate: 2000,
      requestedItems: 25,
      countedItems: 0,
    })
    expect(audit).toEqual([
      { action: 'planned', by_user: 'sam', details: { products: 25, sessions: 2, isBlind: true } },
    ])
    const items = await server.call('ana', 'GET', `cycleCounts/sessions/${left.inventoryCountImportId}/items?pageSize=5`)
    expect(items.body[0]).toMatchObject({ productId: 'N001', isRequested: 'Y', importItemSeqId: '00001' })
    expect(items.body[0].quantity).toBeUndefined()
  })

  it('[PL1] leaves nothing behind when it fails half way', async () => {
    const body = aPlan()
    await server.db.query(
      `create function no_more() returns trigger language plpgsql as $$ begin
         if new.name = 'Right' then raise exception 'half way'; end if; return new; end $$`,
    )
    await server.db.query(
      'create trigger half_way before insert on count_session for each row execute function no_more()',
    )
    const failed = await create(body)
    await server.db.query('drop trigger half_way on count_session')

    expect(failed.status).toBe(500)
    expect(await exists(body.workEffortId)).toBe(false)
    expect((await create(body)).body.sessions).toHaveLength(2)
  })

  it('[PL2] answers a repetition the same, by request and by id, and refuses another count under the id', async () => {
    const body = aPlan()
    const first = await create(body)
    const copies = await Promise.all([create(body), create({ ...body, requestId: 'another' })])
    const other = await create({ ...body, requestId: 'third', workEffortName: 'Another' })

    expect(copies.map((it) => it.body)).toEqual([first.body, first.body])
    expect(other.status).toBe(400)
    const [row] = await server.db.query<{ sessions: number }>(
      'select count(*)::int as sessions from count_session where work_effort_id = $1',
      [body.workEffortId],
    )
    expect(row?.sessions).toBe(2)
  })

  it('[PL3] is for planners of the facility, and gives sessions to people who count there', async () => {
    expect((await create(aPlan(), 'ana')).status).toBe(403)
    expect((await create(aPlan({ facilityId: 'south' }))).status).toBe(403)
    for (const stranger of ['zoe', 'max', 'nobody']) {
      const body = aPlan({ parts: [{ countImportName: 'x', assignedTo: stranger }] })
      expect([stranger, (await create(body)).status]).toEqual([stranger, 400])
      expect(await exists(body.workEffortId)).toBe(false)
    }
    const people = await server.call('sam', 'GET', 'plan/people?facilityId=north')
    expect(people.body.people.map((it: { userName: string }) => it.userName)).toEqual([
      'ana',
      'ben',
      'sam',
    ])
  })

  it('[PL5] chooses all matches on the server less those left out, or the named ones', async () => {
    const filtered = await create(
      aPlan({ products: { ...NEEDLES, without: ['N001', 'N025'] }, parts: [{ countImportName: 'All' }] }),
    )
    const named = await create(
      aPlan({ products: { by: 'list', productIds: ['N009', 'TEE', 'N009'] }, parts: [{ countImportName: 'Few' }] }),
    )

    const all = await requestedIn(filtered.body.sessions[0].inventoryCountImportId)
    expect([all.length, all[0], all.at(-1)]).toEqual([23, 'N002', 'N024'])
    expect(await requestedIn(named.body.sessions[0].inventoryCountImportId)).toEqual(['TEE', 'N009'])
    const unknown = aPlan({ products: { by: 'list', productIds: ['N009', 'GONE'] } })
    expect((await create(unknown)).status).toBe(400)
  })

  describe('in a facility with places', () => {
    beforeAll(async () => {
      // N001 to N012 in three aisles, against the order of their names; N001 has a second place further on.
      await server.db.query(
        `insert into product_place (facility_id, product_id, aisle, bin)
         select 'north', 'N' || lpad(n::text, 3, '0'), case when n <= 2 then '10' when n <= 6 then '9' else '8' end, 'B-' || n from generate_series(1, 12) n
         union all select 'north', 'N001', '11', 'C-1'`,
      )
    })
    afterAll(() => server.db.query('delete from product_place'))
    const inSessions = async (body: object) => {
      const planned = await create(body)
      return Promise.all((planned.body.sessions as { inventoryCountImportId: string }[]).map((it) => requestedIn(it.inventoryCountImportId)))
    }
    const named = (ids: readonly number[]) => ids.map((n) => `N${String(n).padStart(3, '0')}`)

    it('[PL6] [PL54] evenly cuts along the walk, and puts what has no place last', async () => {
      const [left, right] = await inSessions(aPlan({}))

      expect(left).toEqual(named([7, 8, 9, 10, 11, 12, 3, 4, 5, 6, 1, 2, 13]))
      expect(right).toEqual(named([14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25]))
    })

    it('[PL55] by area puts no aisle into two sessions; [PL56] what each gets is told before', async () => {
      const products = { by: 'list', productIds: named([1, 2, 3, 4, 7, 8, 9, 25]) }
      const ask = { facilityId: 'north', products, split: 'by-area', parts: 2 }

      expect(await inSessions(aPlan({ split: 'by-area', products }))).toEqual([named([7, 8, 9, 25]), named([3, 4, 1, 2])])
      expect((await server.call('sam', 'POST', 'plan/shares', ask)).body.shares).toEqual([
        { products: 4, firstAisle: '8', lastAisle: '8', withoutPlace: 1 },
        { products: 4, firstAisle: '9', lastAisle: '10', withoutPlace: 0 },
      ])
      const many = await server.call('sam', 'POST', 'plan/shares', { ...ask, parts: 5 })
      expect(many).toMatchObject({ status: 400, body: { errors: expect.stringContaining('3 aisles cannot be shared by 5 sessions') } })
    })
  })

  it('[PL7] refuses a list in a hard count, none in a directed one, and one that is empty or too short', async () => {
    const hard = { workEffortPurposeTypeId: 'HARD_COUNT' }
    const few = { by: 'list', productIds: ['TEE'] }
    const nothing = { by: 'filter', filter: { text: 'unheard-of' } }

    expect((await create(aPlan({ ...hard, products: null }))).body.sessions).toMatchObject([
      { products: 0 },
      { products: 0 },
    ])
    for (const over of [hard, { products: null }, { products: nothing }, { products: few }])
      expect([over, (await create(aPlan(over))).status]).toEqual([over, 400])
  })

  it('[PL8] is not due before it starts', async () => {
    const dates = { estimatedStartDate: 2000, estimatedCompletionDate: 2000 }
    expect((await create(aPlan(dates))).status).toBe(400)
  })

  it('[PL9] a session says whose it is meant to be, and lets others count', async () => {
    const body = aPlan()
    const planned = await create(body)
    const path = `cycleCounts/sessions/${planned.body.sessions[0].inventoryCountImportId}`
    await server.call('sam', 'PUT', `cycleCounts/workEfforts/${body.workEffortId}`, {
      statusId: 'CYCLE_CNT_IN_PRGS',
    })

    expect((await server.call('ana', 'GET', path)).body).toMatchObject({
      assignedTo: 'ana',
      uploadedByUserLogin: 'ana',
    })
    expect((await server.call('ben', 'POST', `${path}/lock`, { deviceId: 'ben-1' })).status).toBe(200)
  })
})

// Last: its products stay, for each one's removal looks through everything that may point to it.
describe('planning as much as is promised', () => {
  it('[PL5] takes 50,000 matches, and no more', async () => {
    const insert = (from: number, thru: number) =>
      server.db.query(
        `insert into product (product_id, product_name, change_seq)
         select 'BULK' || n, 'Bulk ' || lpad(n::text, 6, '0'), 10000 + n from generate_series($1::int, $2::int) n`,
        [from, thru],
      )
    await insert(1, 50_000)
    const bulk = { by: 'filter', filter: { text: 'bulk' } }
    const planned = await create(aPlan({ products: bulk }))
    await insert(50_001, 50_001)
    const tooMany = aPlan({ products: bulk })

    expect(planned.body.sessions.map((it: { products: number }) => it.products)).toEqual([25_000, 25_000])
    expect((await create(tooMany)).status).toBe(400)
    expect(await exists(tooMany.workEffortId)).toBe(false)
  })
})
