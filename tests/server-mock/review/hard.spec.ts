// A hard count over the real routes: what nobody found is reviewed, decided, booked and reported as everything else is.
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { createCaller } from '../../../server-mock/auth/callers'
import { putProducts } from '../../../server-mock/products/catalogue'
import { putStock } from '../../../server-mock/products/stock'
import { readPage, readSummary } from '../../../server-mock/review/read-review'
import { startCountsServer, type CountsServer } from '../../support/counts-server'
import { aReview, type ReviewWorld } from '../../support/review-server'

vi.setConfig({ testTimeout: 60_000 })

const BOOKS = { BAG: 50, BELT: 0, CAP: 4, HAT: 3, TEE: 10 } as const
let server: CountsServer
beforeAll(async () => {
  server = await startCountsServer()
  await putProducts(
    server.db,
    ['BAG', 'BELT', 'HAT'].map((productId) => ({ productId, name: productId.toLowerCase(), identifiers: [] })),
  )
  await server.db.query(
    "insert into product_valuation (facility_id, product_id, unit_cost) values ('north', 'BAG', 0.1), ('north', 'HAT', 5)",
  )
}, 120_000)
afterAll(() => server.close())
beforeEach(async () => {
  server.clock.at += 86_400_000
  for (const table of ['item_movement', 'review_decision', 'product_place', 'recount'])
    await server.db.query(`delete from ${table}`)
  await putStock(
    server.db,
    'north',
    Object.entries(BOOKS).map(([productId, qoh]) => ({ productId, quantityOnHandTotal: qoh, availableToPromiseTotal: qoh })),
  )
})

/** Nothing is asked for; ana finds ten tees and submits. */
async function aHardReview(areas: readonly string[] = ['']): Promise<ReviewWorld> {
  const review = await aReview(server, { workEffortPurposeTypeId: 'HARD_COUNT' })
  await server.db.query('delete from session_item where session_id = $1', [review.session.sessionId])
  await server.db.query('update count_session set area = nullif($2, $3) where session_id = $1', [review.session.sessionId, areas[0], ''])
  for (const facilityAreaId of areas.slice(1)) {
    const made = await server.call('sam', 'POST', `cycleCounts/workEfforts/${review.countId}/sessions`, { countImportName: facilityAreaId, facilityAreaId })
    await review.submit('ana', `cycleCounts/sessions/${made.body.inventoryCountImportId}`)
  }
  await review.count('ana', review.session.path, 'TEE', 10)
  return review
}

const submitted = async (areas?: readonly string[]) => {
  const review = await aHardReview(areas)
  await review.submit('ana', review.session.path)
  return review
}

const standsOf = async (review: ReviewWorld) =>
  Object.fromEntries((await review.rows()).map((it) => [it.productId, it.state]))

describe('what a hard count did not find', () => {
  it('[RV65] the review of a hard count has what the book expects and nobody found, in the order of the others', async () => {
    const review = await submitted()

    const rows = await review.rows()

    expect(rows.map((it) => [it.productId, it.state])).toEqual([
      ['BAG', 'not-found'],
      ['CAP', 'not-found'],
      ['HAT', 'not-found'],
      ['TEE', 'accepted'],
    ])
    expect(rows[0]).toMatchObject({ productName: 'bag', bookNow: 50, isRequested: false, rounds: [] })
    expect(await review.summary()).toMatchObject({ total: 4, cuts: [''] })
  })

  it('[RV65] pages and cuts have them once each, however they are cut', async () => {
    const review = await submitted()
    const all = ['BAG', 'CAP', 'HAT', 'TEE']
    for (const limit of [1, 2, 3]) {
      const seen: string[] = []
      for (let after = '', more = true; more && seen.length < 9; ) {
        const { body } = await review.call('sam', 'GET', `/rows?limit=${limit}&after=${after}`)
        seen.push(...body.rows.map((it: { productId: string }) => it.productId))
        ;({ next: after, more } = body)
      }
      expect(seen).toEqual(all)
      const { total, cuts } = await readSummary(server.db, SAM, review.countId, { now: 0, pageSize: limit })
      const pages = cuts.map((after, at) => readPage(server.db, SAM, review.countId, { after, until: cuts[at + 1] ?? null, limit }))
      const read = (await Promise.all(pages)).flatMap((it) => it.rows.map((row) => row.productId))
      expect([total, read]).toEqual([4, all])
    }
    const told = await review.call('sam', 'GET', '/rows?limit=2&until=TEE')
    expect([told.body.rows.map((it: { productId: string }) => it.productId), told.body.more]).toEqual([['BAG', 'CAP'], true])
  })

  it('[RV65] while a session may still find it, it is being counted', async () => {
    const review = await aHardReview()

    expect(await standsOf(review)).toMatchObject({ BAG: 'counting' })
    const { verdicts } = (await review.decide([{ productId: 'BAG', action: 'zero' }])).body
    expect(verdicts).toMatchObject([{ verdict: 'refused', code: 'STILL_COUNTING' }])
  })

  it('[RV65] a count that goes through some aisles expects what lies there and nowhere else', async () => {
    await server.db.query(
      `insert into product_place (facility_id, product_id, aisle, bin)
       values ('north', 'BAG', '08', '08-A-1'), ('north', 'CAP', '08', '08-A-2'), ('north', 'CAP', 'Reserve', 'R-1'), ('north', 'HAT', '09', '09-A-1')`,
    )

    expect(Object.keys(await standsOf(await submitted(['08'])))).toEqual(['BAG', 'TEE'])
    expect(Object.keys(await standsOf(await submitted(['08', 'Reserve'])))).toEqual(['BAG', 'CAP', 'TEE'])
    // What is no aisle does not say what lies there: no zero is proposed for what nobody was sent to look for.
    expect(Object.keys(await standsOf(await submitted(['08', 'display'])))).toEqual(['TEE'])
  })

  it('[RV65] a directed count has what it asked for, and no more', async () => {
    const review = await aReview(server)

    expect(Object.keys(await standsOf(review))).toEqual(['CAP', 'TEE'])
  })

  it('[RV66] what nobody counted is set to zero, skipped or counted again, one by one or many at once, and undone until the approval', async () => {
    const review = await submitted()
    const zero = (productId: string) => ({ productId, action: 'zero' })

    expect((await review.decide(['BAG', 'CAP', 'HAT', 'TEE'].map(zero))).body.verdicts).toMatchObject([
      { verdict: 'taken' },
      { verdict: 'taken' },
      { verdict: 'taken' },
      { verdict: 'refused', code: 'CHANGED_SINCE' },
    ])
    expect((await review.decide([zero('BAG')])).body.verdicts).toMatchObject([{ verdict: 'same' }])
    expect((await review.decide([{ productId: 'BAG', action: 'apply' }])).body.verdicts).toMatchObject([{ code: 'ALREADY_DECIDED' }])
    expect((await review.row('BAG')).decision).toMatchObject({ outcome: 'APPLIED', counted: 0, variance: -50 })
    await review.decide(['HAT', 'CAP'].map((productId) => ({ productId, action: 'undo' })))
    expect((await review.row('HAT')).decision).toBeUndefined()
    await review.decide([{ productId: 'HAT', action: 'skip' }])
    expect((await review.recount(['CAP'])).body.verdicts).toMatchObject([{ verdict: 'taken' }])
    expect((await review.row('CAP')).state).toBe('recounting')
  })

  it('[RV66] what is worth more than the money limit is set to zero with a reason and a picture only', async () => {
    const review = await submitted()
    await review.move('HAT', 3)

    expect((await review.row('HAT')).wantsPhoto).toBe(true)
    expect((await review.decide([{ productId: 'HAT', action: 'zero' }])).body.verdicts).toMatchObject([{ code: 'PHOTO_NEEDED' }])
  })

  it('[RV66] what a directed count asked for and nobody counted is set to zero, too; applying it stays refused', async () => {
    const review = await aReview(server)
    await review.submit('ana', review.session.path)

    expect((await review.decide([{ productId: 'CAP', action: 'apply' }])).body.verdicts).toMatchObject([{ code: 'NOT_COUNTED' }])
    expect((await review.decide(['CAP', 'TEE'].map((productId) => ({ productId, action: 'zero' })))).body.verdicts).toMatchObject([
      { verdict: 'taken' },
      { verdict: 'taken' },
    ])
    expect((await review.approve()).body).toMatchObject({ posted: 2, units: -14 })
    expect([await review.book('CAP'), await review.book('TEE')]).toEqual([0, 0])
  })

  it('[RV66] nothing is approved before they are decided; then the book goes to zero, once, and the closed count shows them', async () => {
    const review = await submitted()
    const zero = ['BAG', 'CAP'].map((productId) => ({ productId, action: 'zero' }))
    expect((await review.approve()).body).toMatchObject({ code: 'REVIEW_BLOCKED', errors: expect.stringContaining('3 products not decided') })
    await review.decide([...zero, { productId: 'HAT', action: 'skip' }])

    expect((await review.approve()).body).toMatchObject({ posted: 3, skipped: 1, units: -54 })

    expect([await review.book('BAG'), await review.book('CAP'), await review.book('HAT')]).toEqual([0, 0, 3])
    const rows = await review.rows()
    expect(rows.map((it) => it.productId)).toEqual(['BAG', 'CAP', 'HAT', 'TEE'])
    expect(rows[0]).toMatchObject({ bookNow: 50, decision: { isPosted: true, variance: -50, approvedTotal: 0 } })
    expect((await review.summary()).total).toBe(4)
    const movements = await server.db.query('select product_id, quantity::float8 as quantity from item_movement order by product_id')
    expect(movements).toEqual([{ product_id: 'BAG', quantity: -50 }, { product_id: 'CAP', quantity: -4 }])
  })

  it('[RV67] it is expected by the book of now: what moves before it is decided is in it, and what moves after makes the decision stale', async () => {
    const review = await submitted()
    const seen = { counted: null, variance: -50 }
    server.clock.at += 1000
    await review.move('BAG', -2)
    expect((await review.decide([{ productId: 'BAG', action: 'zero', seen }])).body.verdicts).toMatchObject([{ code: 'CHANGED_SINCE' }])
    await review.decide(['BAG', 'CAP', 'HAT'].map((productId) => ({ productId, action: 'zero' })))
    expect((await review.row('BAG')).decision).toMatchObject({ variance: -48, isStale: false })

    await review.move('BAG', 5)

    expect((await review.row('BAG')).decision).toMatchObject({ isStale: true })
    expect((await review.approve()).body.code).toBe('REVIEW_BLOCKED')
  })

  it('[RV67] what another count has booked since this one began is told beside it', async () => {
    const review = await submitted()
    server.clock.at += 1000
    const other = await aReview(server)
    await other.submit('ana', other.session.path)
    await other.decide([
      { productId: 'CAP', action: 'edit', quantity: 7, reason: 'behind the door' },
      { productId: 'TEE', action: 'skip' },
    ])
    await other.approve()

    expect(await review.row('CAP')).toMatchObject({ state: 'not-found', why: 'counted-later', bookNow: 7 })
    expect(await review.row('HAT')).toMatchObject({ state: 'not-found' })
  })

  it('[RV67] a recount that finds it is judged as its first count; one that does not says so', async () => {
    const review = await submitted()
    const { sessions } = (await review.recount(['BAG', 'HAT'])).body
    const path = `cycleCounts/sessions/${sessions[0].sessionId}`
    await review.count('ben', path, 'BAG', 50)
    await review.submit('ben', path)

    expect(await review.row('BAG')).toMatchObject({ state: 'accepted', why: 'no-variance' })
    expect(await review.row('HAT')).toMatchObject({ state: 'not-found', why: 'not-found' })
  })

  it('[RV72] several requests of one bulk fill one session; once it is begun, what follows goes into another; all are called off together', async () => {
    const review = await submitted()
    const bulk = { bulkId: 'all of them' }
    const first = (await review.recount(['BAG'], bulk)).body.sessions[0].sessionId
    const second = await review.recount(['CAP'], bulk)

    expect(second.body.sessions).toEqual([{ sessionId: first, name: 'Recount 1', products: 1 }])
    const asked = await server.db.query<{ product_id: string; item_seq: number }>('select product_id, item_seq from session_item where session_id = $1 order by item_seq', [first])
    expect(asked).toEqual([{ product_id: 'BAG', item_seq: 1 }, { product_id: 'CAP', item_seq: 2 }])
    await server.call('ben', 'PUT', `cycleCounts/sessions/${first}`, { statusId: 'SESSION_ASSIGNED' })
    const third = (await review.recount(['HAT'], bulk)).body.sessions[0].sessionId
    expect(third).not.toBe(first)

    const { verdicts } = (await review.recount(['BAG', 'CAP', 'HAT'], { isCancel: true })).body
    expect(verdicts.map((it: { verdict: string }) => it.verdict)).toEqual(['taken', 'taken', 'taken'])
    expect(await standsOf(review)).toMatchObject({ BAG: 'not-found', CAP: 'not-found', HAT: 'not-found' })
  })

  it('[RV68] the report has what was set to zero, in the aisle that is its place', async () => {
    await server.db.query(
      "insert into product_place (facility_id, product_id, aisle, bin) values ('north', 'BAG', '08', '08-A-1'), ('north', 'HAT', '09', '09-A-1'), ('north', 'CAP', '09', '09-A-2')",
    )
    const review = await submitted(['08', '09'])
    await review.decide(['BAG', 'HAT', 'CAP'].map((productId) => ({ productId, action: 'zero' })))
    await review.approve()

    const day = new Date(server.clock.at).toISOString().slice(0, 10)
    const report = (area: string) => server.call('sam', 'GET', `reports?facilityId=north&from=${day}&thru=${day}${area}`)
    expect((await report('')).body.total).toMatchObject({ shrinkUnits: 57, shrinkValue: 20 })
    expect((await report('&area=08')).body.total).toMatchObject({ shrinkUnits: 50 })
  })

  it('[RV65] who may not see the book learns that it was expected, and not how much', async () => {
    const review = await submitted()
    await server.db.query("update cycle_count set is_blind = true where work_effort_id = $1", [review.countId])
    const blind = createCaller({ ...SAM, permissions: ['INV_COUNT_SUBMIT'], facilityIds: ['north'] })
    const page = await readPage(server.db, blind, review.countId, { after: '', until: null, limit: 9 })

    expect(page.rows[0]).toMatchObject({ productId: 'BAG', state: 'not-found' })
    expect(page.rows[0]?.bookNow).toBeUndefined()
  })
})

const SAM = createCaller({
  userId: 'sam',
  userName: 'sam',
  partyId: 'sam',
  permissions: ['INV_COUNT_SUBMIT', 'INV_CNT_VIEW_QOH'],
  facilityIds: ['north'],
})
