// Reports over the real routes, against figures worked out here from what was scanned and from how the book moved.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Sql } from '../../../server-mock/db/db'
import { putAttributes } from '../../../server-mock/products/attributes'
import { readByFacility, readReport } from '../../../server-mock/reports/read-report'
import { startCountsServer, type CountsServer, type TestUser } from '../../support/counts-server'
import { aReview, type ReviewWorld } from '../../support/review-server'

const DAY = 86_400_000
let server: CountsServer
/** Each test has a day of its own: reports of other days do not see it. */
let day = ''
beforeAll(async () => {
  server = await startCountsServer()
  await server.db.query(
    `insert into product_valuation (facility_id, product_id, unit_cost, currency, abc_class)
     values ('north', 'TEE', 2.5, 'EUR', 'A')`,
  )
}, 120_000)
afterAll(() => server.close())

function nextDay(): void {
  server.clock.at += DAY
  day = new Date(server.clock.at).toISOString().slice(0, 10)
}

async function report(query = '', user: TestUser = 'sam') {
  return server.call(user, 'GET', `reports?facilityId=north&from=${day}&thru=${day}${query}`)
}

/** Ana counts so many of each; everything is applied and approved. */
async function approved(counts: Readonly<Record<string, number>>, area = 'floor_shelf'): Promise<ReviewWorld> {
  const review = await aReview(server)
  await server.db.query('update count_session set area = $2 where session_id = $1', [review.session.sessionId, area])
  for (const [productId, units] of Object.entries(counts))
    await review.count('ana', review.session.path, productId, units)
  await review.submit('ana', review.session.path)
  const rows = await review.rows()
  const undecided = rows.filter((it) => counts[it.productId] !== undefined).map((it) => ({ productId: it.productId, action: 'apply' }))
  const skipped = rows.filter((it) => counts[it.productId] === undefined).map((it) => ({ productId: it.productId, action: 'skip' }))
  await review.decide([...undecided, ...skipped])
  expect((await review.approve()).status).toBe(200)
  return review
}

/** What counts have moved the book by, as the movements have it. */
async function bookedBy(countIds: readonly string[]): Promise<{ net: number; absolute: number }> {
  const [row] = await server.db.query<{ net: number; absolute: number }>(
    `select coalesce(sum(q), 0)::float as net, coalesce(sum(abs(q)), 0)::float as absolute from (
       select sum(quantity) as q from item_movement where work_effort_id = any($1::text[]) group by work_effort_id, product_id) m`,
    [countIds],
  )
  return row!
}

describe('by area', () => {
  it('[RP32] what was counted in two areas is in both rows and once in the sums; narrowed, only the area is there', async () => {
    nextDay()
    const review = await aReview(server)
    await server.db.query("update count_session set area = 'floor_shelf' where session_id = $1", [review.session.sessionId])
    const made = await server.call('sam', 'POST', `cycleCounts/workEfforts/${review.countId}/sessions`, { countImportName: 'back', facilityAreaId: 'back_stock' })
    const back = `cycleCounts/sessions/${made.body.inventoryCountImportId}`
    await review.count('ana', review.session.path, 'TEE', (await review.book('TEE')) - 2)
    await review.count('ben', back, 'TEE', 1)
    for (const [user, path] of [['ana', review.session.path], ['ben', back]] as const) await review.submit(user, path)
    await review.decide([{ productId: 'TEE', action: 'apply' }, { productId: 'CAP', action: 'skip' }])
    expect((await review.approve()).status).toBe(200)

    const { body } = await report()
    const { absoluteUnits } = body.total
    const areas = body.byArea.map((it: { area: string; figures: { products: number; absoluteUnits: number } }) => [it.area, it.figures.products, it.figures.absoluteUnits])
    expect(areas).toEqual([['back_stock', 1, absoluteUnits], ['floor_shelf', 1, absoluteUnits]])
    expect(body.total.products).toBe(1)
    expect((await report('&area=back_stock')).body.byArea.map((it: { area: string }) => it.area)).toEqual(['back_stock'])
  })
})

describe('facilities beside each other', () => {
  const beside = (facilityIds: string, query = '', user: TestUser = 'sam') =>
    server.call(user, 'GET', `reports/facilities?facilityIds=${facilityIds}&from=${day}&thru=${day}${query}`)

  it('[RP38] have the figures of their own reports, each by its own calendar, with one statement', async () => {
    nextDay()
    await server.db.query("update facility set facility_time_zone = 'Pacific/Auckland' where facility_id = 'south'")
    await server.db.query("insert into user_facility (user_id, facility_id) values ('sam', 'south')")
    const open = await aReview(server)
    await approved({ TEE: (await open.book('TEE')) - 2, CAP: (await open.book('CAP')) + 1 })
    const moved = await approved({ TEE: (await open.book('TEE')) - 1 })
    await server.db.query("update cycle_count set facility_id = 'south' where work_effort_id = $1", [moved.countId])
    const own = async (facilityId: string, query = '') => {
      const { body } = await server.call('sam', 'GET', `reports?facilityId=${facilityId}&from=${day}&thru=${day}${query}`)
      return { facilityId, currency: body.currency ?? undefined, figures: body.total }
    }
    for (const query of ['', '&abcClass=A', '&abcClass=none']) {
      const singles = [await own('south', query), await own('north', query)]
      expect((await beside('south,north', query)).body.facilities).toEqual(singles)
    }
    expect((await beside('south,north')).body.facilities.map((it: { figures: { products: number } }) => it.figures.products)).toEqual([1, 2])
    const texts: string[] = []
    const watched: Sql = { query: (text, params) => (texts.push(text), server.db.query(text, params)) }
    await readByFacility(watched, { facilityIds: ['north', 'south'], from: day, thru: day, abcClass: null })
    expect(texts).toHaveLength(1)
    await server.db.query("delete from user_facility where user_id = 'sam' and facility_id = 'south'")
  })

  it('[RP38] are refused when one of them is not the caller’s, and where nobody may see the book', async () => {
    expect((await beside('north')).status).toBe(200)
    expect((await beside('north,south')).status).toBe(403)
    expect((await beside('north', '', 'ana')).status).toBe(403)
    expect((await beside('')).status).toBe(400)
    expect((await beside(Array.from({ length: 101 }, (_, n) => `F${n}`).join(','))).status).toBe(400)
  })
})

describe('what a report tells', () => {
  it('[RP1] [S3.51] is what approved counts have booked, and nothing of what is not approved', async () => {
    nextDay()
    const teeBook = await (await aReview(server)).book('TEE')
    const open = await aReview(server)
    await open.count('ana', open.session.path, 'TEE', teeBook + 50)
    await open.submit('ana', open.session.path)
    expect((await report()).body.total).toMatchObject({ products: 0, netUnits: 0 })
    const review = await approved({ TEE: teeBook - 3, CAP: await open.book('CAP') })

    const { body } = await report()

    const booked = await bookedBy([review.countId])
    expect(booked).toEqual({ net: -3, absolute: 3 })
    expect(body.total).toEqual({
      products: 2,
      right: 1,
      bookUnits: teeBook + (await open.book('CAP')),
      netUnits: booked.net,
      absoluteUnits: booked.absolute,
      shrinkUnits: 3,
      bookValue: teeBook * 2.5,
      netValue: -7.5,
      absoluteValue: 7.5,
      shrinkValue: 7.5,
      withoutCost: 1,
    })
    expect(body.currency).toBe('EUR')
  })

  it('[RP2] gains and losses do not cancel out in the absolute variance; what was skipped is in no figure', async () => {
    nextDay()
    const first = await aReview(server)
    const [tee, cap] = [await first.book('TEE'), await first.book('CAP')]
    const both = await approved({ TEE: tee - 2, CAP: cap + 2 })
    const skipping = await approved({ TEE: await first.book('TEE') + 1 })

    const { total } = (await report()).body

    expect(total).toMatchObject({ products: 3, right: 0, netUnits: 1, absoluteUnits: 5, shrinkUnits: 2 })
    expect(await bookedBy([both.countId, skipping.countId])).toEqual({ net: 1, absolute: 5 })
  })

  it('[RP2] a correction afterwards is in it', async () => {
    nextDay()
    const first = await aReview(server)
    const book = await first.book('TEE')
    const review = await approved({ TEE: book - 4 })
    expect(
      (await review.call('sam', 'POST', '/corrections', { requestId: 'c1', productId: 'TEE', quantity: book - 1, reason: 'found behind the shelf' })).status,
    ).toBe(200)

    const { total } = (await report()).body

    expect(total).toMatchObject({ products: 1, netUnits: -1, absoluteUnits: 1, shrinkUnits: 1 })
    expect((await bookedBy([review.countId])).net).toBe(-1)
  })

  it('[RP3] by class, by day, by count; areas to choose from', async () => {
    nextDay()
    const first = await aReview(server)
    const review = await approved({ TEE: await first.book('TEE'), CAP: (await first.book('CAP')) + 1 }, 'overflow')

    const { body } = await report()

    expect(body.byClass.map((it: { abcClass: string; figures: object }) => [it.abcClass, it.figures])).toEqual([
      ['A', expect.objectContaining({ products: 1, right: 1 })],
      ['', expect.objectContaining({ products: 1, right: 0, withoutCost: 1 })],
    ])
    expect(body.byDay).toMatchObject([{ day, figures: { products: 2 } }])
    expect(body.counts).toMatchObject([{ workEffortId: review.countId, closedAt: server.clock.at, figures: { products: 2 } }])
    expect(body.areas).toEqual(['overflow'])
    expect(body.largest).toMatchObject([{ productId: 'CAP', variance: 1, workEffortId: review.countId }])
  })

  it('[RP3] is narrowed by area, class and period, whose days are the facility’s', async () => {
    nextDay()
    await server.db.query("update facility set facility_time_zone = 'Pacific/Auckland' where facility_id = 'north'")
    const first = await aReview(server)
    await approved({ TEE: await first.book('TEE') }, 'overflow')
    await approved({ CAP: await first.book('CAP') }, 'register')
    const products = async (query: string) => (await report(query)).body.total.products
    const local = new Intl.DateTimeFormat('en-CA', { timeZone: 'Pacific/Auckland' }).format(server.clock.at)
    const utc = day
    day = local

    expect(await products('')).toBe(2)
    expect(await products('&area=overflow')).toBe(1)
    expect(await products('&abcClass=A')).toBe(1)
    expect(await products('&abcClass=none')).toBe(1)
    expect(await products('&abcClass=A&area=register')).toBe(0)
    await server.db.query("update facility set facility_time_zone = 'UTC' where facility_id = 'north'")
    day = utc
  })

  it('[RP26] by category and by supplier; what two deliver is in both rows and once in the sums; each narrows the report', async () => {
    nextDay()
    await putAttributes(server.db, [
      { productId: 'TEE', category: 'Clothes', tags: [], suppliers: ['Loom', 'Mill'] },
      { productId: 'CAP', category: null, tags: [], suppliers: [] },
    ])
    const first = await aReview(server)
    await approved({ TEE: (await first.book('TEE')) - 2, CAP: await first.book('CAP') })

    const { body } = await report()
    const products = async (query: string) => (await report(query)).body.total.products

    expect(body.byCategory.map((it: { category: string; figures: object }) => [it.category, it.figures])).toEqual([
      ['Clothes', expect.objectContaining({ products: 1, right: 0, netUnits: -2, netValue: -5 })],
      ['', expect.objectContaining({ products: 1, right: 1, netUnits: 0 })],
    ])
    expect(body.bySupplier.map((it: { supplier: string; figures: object }) => [it.supplier, it.figures])).toEqual([
      ['Loom', expect.objectContaining({ products: 1, netUnits: -2 })],
      ['Mill', expect.objectContaining({ products: 1, netUnits: -2 })],
      ['', expect.objectContaining({ products: 1, netUnits: 0 })],
    ])
    expect([body.total.products, body.total.netUnits]).toEqual([2, -2])
    expect([await products('&category=Clothes'), await products('&category=Shoes')]).toEqual([1, 0])
    expect([await products('&supplier=Mill'), await products('&supplier=Loom&category=Clothes'), await products('&supplier=Nobody')]).toEqual([1, 1, 0])
    const narrowed = (await report('&category=Clothes')).body
    expect([narrowed.categories, narrowed.suppliers]).toEqual([['Clothes'], ['Loom', 'Mill']])
    const { lines } = (await server.call('sam', 'GET', `reports/lines?facilityId=north&from=${day}&thru=${day}&supplier=Loom`)).body
    expect(lines).toMatchObject([{ productId: 'TEE', category: 'Clothes' }])
  })

  it('[RP4] counts that were due against those that were done, in time or late', async () => {
    nextDay()
    const due = server.clock.at
    const inTime = await approved({ TEE: 1 })
    const late = await approved({ TEE: 1 })
    const open = await aReview(server)
    const cancelled = await aReview(server)
    await server.call('sam', 'PUT', `cycleCounts/workEfforts/${cancelled.countId}`, { statusId: 'CYCLE_CNT_CNCL' })
    for (const [id, at] of [[inTime.countId, due], [late.countId, due - 1], [open.countId, due], [cancelled.countId, due]] as const)
      await server.db.query('update cycle_count set estimated_completion_at = $2 where work_effort_id = $1', [id, at])

    expect((await report()).body.plan).toEqual({ planned: 3, inTime: 1, late: 1, open: 1 })
  })
})

describe('the pace', () => {
  it('[RP5] is scans in stretches of five minutes; everybody sees their own, reviewers everybody’s', async () => {
    nextDay()
    const review = await aReview(server)
    const scan = (user: TestUser, at: number, id: string) => ({
      eventId: id, logId: 'l', seq: 1, kind: 'scan', raw: 'x', itemKey: 'raw:x', quantity: 1, packSize: 1, at, userId: user, source: 'wedge',
    })
    const start = Math.floor(server.clock.at / 300_000) * 300_000
    const events = [
      ...[0, 1, 2, 300_000, 3_000_000].map((it, index) => scan('ana', start + it, `${day}-a${index}`)),
      scan('ben', start, `${day}-b`),
      { ...scan('ana', start, `${day}-n`), kind: 'negation', negates: `${day}-a0` },
    ]
    await server.call('ana', 'PUT', `${review.session.path}/scanEvents`, { events })
    const pace = async (user: TestUser) =>
      (await server.call(user, 'GET', `reports/pace?facilityId=north&from=${day}&thru=${day}`)).body.counters
    expect(await pace('sam')).toEqual([])
    await review.count('ana', review.session.path, 'TEE', await review.book('TEE'))
    await review.submit('ana', review.session.path)
    await review.decide([{ productId: 'CAP', action: 'skip' }])
    expect((await review.approve()).status).toBe(200)

    expect(await pace('sam')).toEqual([
      { userId: 'ana', scans: 5, stretches: 3 },
      { userId: 'ben', scans: 1, stretches: 1 },
    ])
    expect(await pace('ana')).toEqual([{ userId: 'ana', scans: 5, stretches: 3 }])
  })
})

describe('the lines', () => {
  it('[RP6] come page by page, each once, and add up to the sums', async () => {
    nextDay()
    const first = await aReview(server)
    await approved({ TEE: (await first.book('TEE')) + 2, CAP: (await first.book('CAP')) - 1 })
    await approved({ TEE: (await first.book('TEE')) - 3 })
    const lines: { variance: number; productId: string; workEffortId: string }[] = []
    for (let more = ''; ; ) {
      const { body } = await server.call('sam', 'GET', `reports/lines?facilityId=north&from=${day}&thru=${day}&limit=1${more}`)
      lines.push(...body.lines)
      if (body.next === undefined) break
      more = `&afterCount=${body.next.afterCount}&afterProduct=${body.next.afterProduct}`
    }

    const { total } = (await report()).body
    expect(new Set(lines.map((it) => `${it.workEffortId} ${it.productId}`)).size).toBe(3)
    expect(lines.reduce((sum, it) => sum + it.variance, 0)).toBe(total.netUnits)
    expect(lines.find((it) => it.productId === 'CAP')).toMatchObject({ productName: 'Red cap', variance: -1 })
  })
})

describe('who may ask, and for what', () => {
  it.each([
    ['ana', 'north', 403],
    ['max', 'north', 403],
    ['sam', 'south', 403],
    ['sam', 'north', 200],
  ] as const)('[RP7] %s at %s: %i', async (user, facilityId, status) => {
    nextDay()
    const days = `facilityId=${facilityId}&from=${day}&thru=${day}`
    expect((await server.call(user, 'GET', `reports?${days}`)).status).toBe(status)
    expect((await server.call(user, 'GET', `reports/lines?${days}`)).status).toBe(status)
  })

  it('[RP7] who may not see the book is told no variance', async () => {
    nextDay()
    await server.db.query("delete from user_permission where user_id = 'sam' and permission_id = 'INV_CNT_VIEW_QOH'")
    const { status } = await report()
    await server.db.query("insert into user_permission (user_id, permission_id) values ('sam', 'INV_CNT_VIEW_QOH')")

    expect([status, (await report()).status]).toEqual([403, 200])
  })

  it.each(['from=2026-02-30&thru=2026-03-01', 'from=2026-03-02&thru=2026-03-01', 'from=2020-01-01&thru=2026-01-01', 'from=x&thru=y', ''])(
    '[RP7] days that are none, backwards or too many are refused: %s',
    async (days) => {
      expect((await server.call('sam', 'GET', `reports?facilityId=north&${days}`)).status).toBe(400)
    },
  )

  it('[RP8] the statements of a report are six, whatever was counted', async () => {
    nextDay()
    const counting = (db: Sql) => {
      const counter = {
        statements: 0,
        query: <R extends object>(sql: string, params?: readonly unknown[]) => {
          counter.statements += 1
          return db.query<R>(sql, params)
        },
      }
      return counter
    }
    const scope = { facilityId: 'north', from: day, thru: day, area: null, abcClass: null, category: null, supplier: null }
    const empty = counting(server.db)
    await readReport(empty, scope)
    await approved({ TEE: 3, CAP: 4 })
    const full = counting(server.db)
    const { total } = await readReport(full, scope)

    expect([empty.statements, full.statements, total.products]).toEqual([6, 6, 2])
  })
})
