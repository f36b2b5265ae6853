// Templates, the schedule and a count's own tolerances, over the real routes.
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { startCountsServer, type CountsServer, type TestUser } from '../../support/counts-server'
import { countedAt } from '../../support/plan-server'

vi.setConfig({ testTimeout: 60_000 })

const DAY_MS = 86_400_000
let server: CountsServer
let serial = 0
beforeAll(async () => {
  server = await startCountsServer()
}, 120_000)
afterAll(() => server.close())

const PLAN = {
  workEffortPurposeTypeId: 'DIRECTED_COUNT',
  isBlind: true,
  products: { by: 'filter', filter: { categories: ['Dairy'], notCountedForDays: 30 } },
  split: 'by-area',
  parts: [{ facilityAreaId: 'display', assignedTo: 'ana' }, {}],
  tolerance: { units: 2, percent: 5 },
  dueAfterDays: 3,
}
const put = (id: string, name: string, over: object = {}, user: TestUser = 'sam') =>
  server.call(user, 'PUT', `plan/templates/${id}`, { facilityId: 'north', name, plan: { ...PLAN, ...over } })
const list = async (user: TestUser = 'sam') => server.call(user, 'GET', 'plan/templates?facilityId=north')
const namesOf = async (): Promise<readonly string[]> => (await list()).body.templates.map((it: { name: string }) => it.name)
const remove = (id: string) => server.call('sam', 'DELETE', `plan/templates/${id}?facilityId=north`)
const restore = (id: string) => server.call('sam', 'POST', `plan/templates/${id}/restore`, { facilityId: 'north' })
const changes = async () => (await server.call('sam', 'GET', 'plan/changes?facilityId=north')).body.changes

async function plan(products: object | null, over: object = {}) {
  serial += 1
  return server.call('sam', 'POST', 'plan/counts', {
    requestId: `r${serial}`,
    workEffortId: `AGAIN-${serial}`,
    workEffortName: `Again ${serial}`,
    facilityId: 'north',
    workEffortPurposeTypeId: products === null ? 'HARD_COUNT' : 'DIRECTED_COUNT',
    products,
    parts: [{ countImportName: 'All' }],
    ...over,
  })
}

describe('templates', () => {
  beforeEach(() => server.db.query('delete from plan_change').then(() => server.db.query('delete from plan_template')))

  it('[PL30] keep a whole plan under a name, once per facility, and come back as they were', async () => {
    expect((await put('T1', 'Dairy')).body).toEqual({ templateId: 'T1' })
    await put('T1', 'Dairy')
    const taken = await put('T2', 'dairy')

    expect([taken.status, taken.body.errors]).toEqual([400, 'There is a template called dairy already'])
    const [kept] = (await list()).body.templates
    expect(kept).toMatchObject({ templateId: 'T1', name: 'Dairy', madeBy: 'sam', plan: { isBlind: true, dueAfterDays: 3, tolerance: PLAN.tolerance } })
    expect(kept.plan.products.filter).toMatchObject({ categories: ['Dairy'], notCountedForDays: 30 })
    // The repetition wrote nothing.
    expect(await changes()).toHaveLength(1)
  })

  it('[PL30] are renamed and changed, each change on record with what it was', async () => {
    await put('T1', 'Dairy')
    await put('T1', 'Dairy weekly')
    await put('T1', 'Dairy weekly', { dueAfterDays: 7 })

    expect(await namesOf()).toEqual(['Dairy weekly'])
    expect(await changes()).toMatchObject([
      { action: 'template-changed', details: { plan: { from: { dueAfterDays: 3 }, to: { dueAfterDays: 7 } } } },
      { action: 'template-changed', by: 'sam', details: { name: { from: 'Dairy', to: 'Dairy weekly' } } },
      { action: 'template-made', templateId: 'T1', details: { name: 'Dairy' } },
    ])
  })

  it('[PL31] are deleted and brought back, unless their name is taken meanwhile', async () => {
    await put('T1', 'Dairy')
    expect([(await remove('T1')).status, (await remove('T1')).status, await namesOf()]).toEqual([200, 200, []])
    expect((await put('T1', 'Dairy')).status).toBe(404)
    expect([(await restore('T1')).status, await namesOf()]).toEqual([200, ['Dairy']])
    await remove('T1')
    await put('T2', 'DAIRY')

    expect((await restore('T1')).status).toBe(400)
    expect((await remove('NONE')).status).toBe(404)
    expect((await changes()).map((it: { action: string }) => it.action)).toEqual([
      'template-made', 'template-deleted', 'template-restored', 'template-deleted', 'template-made',
    ])
  })

  it('[PL30] refuse what a plan would be refused for', async () => {
    const wrong = {
      hard: { workEffortPurposeTypeId: 'HARD_COUNT' },
      'no list': { products: null },
      stranger: { parts: [{ assignedTo: 'zoe' }] },
      'due list': { products: { by: 'due', first: 5 } },
      'no days': { dueAfterDays: 0 },
    }
    for (const [what, over] of Object.entries(wrong)) expect([what, (await put('T9', what, over)).status]).toEqual([what, 400])
    expect(await namesOf()).toEqual([])
  })

  it('[PL30] are for planners of the facility, and a filter by book for those who may see it', async () => {
    await put('T1', 'Dairy')
    expect((await list('ana')).status).toBe(403)
    expect((await put('T1', 'x', {}, 'ana')).status).toBe(403)
    const elsewhere = { facilityId: 'south', name: 'x', plan: PLAN }
    expect((await server.call('sam', 'PUT', 'plan/templates/T3', elsewhere)).status).toBe(403)
    await server.db.query("insert into user_permission (user_id, permission_id) values ('ben', 'INV_COUNT_CREATE')")
    const byBook = await put('T4', 'Negative', { products: { by: 'filter', filter: { stock: 'negative' } } }, 'ben')
    const allowed = await put('T5', 'Dairy too', {}, 'ben')
    await server.db.query("delete from user_permission where user_id = 'ben' and permission_id = 'INV_COUNT_CREATE'")
    expect([byBook.status, allowed.status]).toEqual([403, 200])
  })

  it('[PL32] a count that is made of one says so, also when it is gone by then', async () => {
    await put('T1', 'Dairy')
    const products = { by: 'list', productIds: ['TEE'] }
    const made = await plan(products, { templateId: 'T1' })
    expect((await list()).body.templates[0].lastUsedAt).toBe(server.clock.at)
    expect((await changes())[0]).toMatchObject({
      action: 'template-used', templateName: 'Dairy', countName: `Again ${serial}`, details: { workEffortId: made.body.workEffortId },
    })
    await remove('T1')

    expect((await plan(products, { templateId: 'T1' })).status).toBe(200)
    expect((await changes())[0]).toMatchObject({ action: 'template-deleted' })
  })
})

const schedule = async (limit = 50) => (await server.call('sam', 'GET', `plan/schedule?facilityId=north&limit=${limit}`)).body
const setSchedule = (everyDays: object, user: TestUser = 'sam') =>
  server.call(user, 'PUT', 'plan/schedule', { facilityId: 'north', everyDays })
const dueIds = async (): Promise<readonly string[]> => (await schedule()).due.map((it: { productId: string }) => it.productId)

describe('the schedule', () => {
  beforeAll(async () => {
    await server.db.query(
      `insert into product (product_id, product_name, change_seq) select 'S' || n, 'Scheduled ' || n, 5000 + n from generate_series(1, 7) n`,
    )
    for (const [id, abc] of [['S1', 'A'], ['S2', 'A'], ['S3', 'A'], ['S4', 'B'], ['S5', 'B'], ['S6', 'C'], ['S7', null]])
      await server.db.query("insert into product_valuation (facility_id, product_id, abc_class) values ('north', $1, $2)", [id, abc])
  })

  it('[PL33] says how often each class is counted; changes are on record', async () => {
    await setSchedule({ A: 30, B: 90 })
    await setSchedule({ A: 30, B: 90 })
    await setSchedule({ A: 30, B: 60, C: null })

    expect((await schedule()).classes).toMatchObject([
      { abcClass: 'A', everyDays: 30, products: 3 },
      { abcClass: 'B', everyDays: 60, products: 2 },
      { abcClass: 'C', products: 1, due: 0 },
    ])
    expect((await changes())[0]).toMatchObject({ action: 'schedule-changed', by: 'sam', details: { B: { from: 90, to: 60 } } })
    expect((await changes()).filter((it: { action: string }) => it.action === 'schedule-changed')).toHaveLength(2)
    expect((await setSchedule({ A: 0 })).status).toBe(400)
    expect((await setSchedule({ A: 1 }, 'ana')).status).toBe(403)
    expect((await server.call('sam', 'GET', 'plan/schedule?facilityId=south')).status).toBe(403)
  })

  it('[PL34] what is due comes from approved counts only, the longest overdue first, what was never counted before it', async () => {
    const now = server.clock.at
    await setSchedule({ A: 30, B: 60 })
    await countedAt(server, 'S1', now - 40 * DAY_MS, { isApproved: true })
    await countedAt(server, 'S2', now - 29 * DAY_MS, { isApproved: true })
    await countedAt(server, 'S3', now - DAY_MS, { isApproved: false })
    await countedAt(server, 'S4', now - 100 * DAY_MS, { isApproved: true })
    await countedAt(server, 'S5', now - 60 * DAY_MS, { isApproved: true })
    await countedAt(server, 'S7', now - 900 * DAY_MS, { isApproved: true })

    const { due, classes } = await schedule()
    expect(due.map((it: { productId: string; overdueDays?: number }) => [it.productId, it.overdueDays])).toEqual([
      ['S3', undefined],
      ['S4', 40],
      ['S1', 10],
      ['S5', 0],
    ])
    expect(classes).toMatchObject([{ due: 2 }, { due: 2 }, { due: 0 }])
    expect((await schedule(2)).due).toHaveLength(2)
    // Nothing ticks: tomorrow's list is right tomorrow.
    server.clock.at += DAY_MS
    expect(await dueIds()).toEqual(['S3', 'S4', 'S1', 'S5', 'S2'])
    server.clock.at -= DAY_MS
    // An older approval does not take a newer one back.
    await countedAt(server, 'S2', now - 500 * DAY_MS, { isApproved: true })
    expect(await dueIds()).not.toContain('S2')
  })

  it('[PL35] makes a count of the first that are due, which are not suggested again while it is open', async () => {
    const first = await plan({ by: 'due', first: 2 })
    const rows = await server.db.query<{ id: string }>(
      'select product_id as id from session_item where session_id = $1 order by item_seq',
      [first.body.sessions[0].inventoryCountImportId],
    )
    expect(rows.map((it) => it.id)).toEqual(['S3', 'S4'])
    expect(await dueIds()).toEqual(['S1', 'S5'])
    expect((await schedule()).classes).toMatchObject([{ due: 1, inCounts: 1 }, { due: 1, inCounts: 1 }, { due: 0 }])
    // Two at the same time take different ones.
    const both = await Promise.all([plan({ by: 'due', first: 1 }), plan({ by: 'due', first: 1 })])
    expect(both.map((it) => it.status)).toEqual([200, 200])
    expect(await dueIds()).toEqual([])
    expect((await plan({ by: 'due', first: 1 })).status).toBe(400)
    await server.call('sam', 'POST', `plan/counts/${first.body.workEffortId}/cancel`, { reason: 'too early' })
    expect(await dueIds()).toEqual(['S3', 'S4'])
  })

  it('[PL34] reads an index, and not every product of a class, for what is due first', async () => {
    const { db } = server
    await db.query(
      `insert into product (product_id, product_name, change_seq) select 'D' || n, 'Due ' || n, 200000 + n from generate_series(1, 30000) n`,
    )
    await db.query(
      "insert into product_valuation (facility_id, product_id, abc_class, last_counted_at) select 'north', 'D' || n, 'C', n from generate_series(1, 30000) n",
    )
    await db.query('analyze')
    await setSchedule({ C: 30 })
    const { listDue } = await import('../../../server-mock/plan/schedule')
    let asked: readonly [string, readonly unknown[]] = ['', []]
    const spying = {
      query: async <R extends object>(sql: string, params: readonly unknown[] = []): Promise<R[]> => {
        asked = [sql, params]
        return db.query<R>(sql, params)
      },
    }
    const due = await listDue(spying, { facilityId: 'north', now: server.clock.at, first: 20 })
    const lines = await db.query<Record<string, string>>(`explain analyze ${asked[0]}`, asked[1])
    const text = lines.map((it) => Object.values(it)[0]).join('\n')

    expect(due.map((it) => it.productId).slice(0, 3)).toEqual(['S6', 'D1', 'D2'])
    expect(text).toContain('product_valuation_due')
    expect(text).not.toMatch(/Seq Scan on product_valuation/)
    expect(Math.max(...[...text.matchAll(/product_valuation_due.*actual time=\S+ rows=([\d.]+)/g)].map((it) => Number(it[1])))).toBeLessThan(50)
    await db.query("delete from product where product_id like 'D%'")
    await db.query("delete from product_valuation where product_id like 'D%'")
  })
})

describe('a count with tolerances of its own', () => {
  it('[PL40] goes by them and not by the rules of the facility', async () => {
    const counted = async (over: object) => {
      const { body } = await plan({ by: 'list', productIds: ['TEE'] }, over)
      const [session] = body.sessions
      await server.call('sam', 'PUT', `cycleCounts/workEfforts/${body.workEffortId}`, { statusId: 'CYCLE_CNT_IN_PRGS' })
      const path = `cycleCounts/sessions/${session.inventoryCountImportId}`
      const lock = await server.call('ana', 'POST', `${path}/lock`, { deviceId: 'd1' })
      await server.call('ana', 'PUT', `${path}/items`, {
        deviceId: 'd1',
        fence: lock.body.fence,
        items: [{ uuid: `${session.inventoryCountImportId}-1`, logId: 'l', rev: 1, standing: 1, quantity: 7, productId: 'TEE', productIdentifier: '036000291452' }],
      })
      for (const statusId of ['SESSION_ASSIGNED', 'SESSION_SUBMITTED']) await server.call('ana', 'PUT', path, { statusId, fence: lock.body.fence })
      await server.call('sam', 'PUT', `cycleCounts/workEfforts/${body.workEffortId}`, { statusId: 'CYCLE_CNT_CMPLTD' })
      const rows = await server.call('sam', 'GET', `cycleCounts/workEfforts/${body.workEffortId}/review/rows`)
      return rows.body.rows[0].state
    }

    // The book says ten.
    expect(await counted({})).toBe('recount')
    expect(await counted({ tolerance: { units: 3, percent: 0, money: null } })).toBe('accepted')
    expect(await counted({ tolerance: { units: 2, percent: 29 } })).toBe('recount')
    expect(await counted({ tolerance: { units: 2, percent: 30 } })).toBe('accepted')
    expect(await counted({ tolerance: { units: 3, percent: 0, money: 0 } })).toBe('recount')
  })

  it('[PL40] are refused where they are no amounts, and on record where they are', async () => {
    const products = { by: 'list', productIds: ['TEE'] }
    for (const tolerance of [{ units: -1, percent: 0 }, { units: 1, percent: 101 }, { units: 0.000_000_1, percent: 0 }])
      expect([tolerance, (await plan(products, { tolerance })).status]).toEqual([tolerance, 400])
    const { body } = await plan(products, { tolerance: { units: 1, percent: 2, money: 3 } })
    const audit = await server.db.query<{ details: object }>('select details from review_audit where work_effort_id = $1', [body.workEffortId])
    expect(audit).toMatchObject([{ details: { tolerance: { units: 1, percent: 2, money: 3 } } }])
  })

  it('[PL40] the form is told what the facility would let pass', async () => {
    await server.db.query(
      "insert into review_rule (facility_id, abc_class, units, percent, money, changed_by, changed_at) values ('north', 'A', 4, 1, null, 'sam', 0)",
    )
    const { body } = await server.call('sam', 'GET', 'plan/choices?facilityId=north')
    expect(body.tolerances).toEqual([
      { abcClass: 'A', units: 4, percent: 1 },
      { abcClass: 'B', units: 1, percent: 2, money: 25 },
      { abcClass: 'C', units: 2, percent: 5, money: 25 },
      { abcClass: '*', units: 1, percent: 2, money: 25 },
    ])
  })
})
