// What is over and what was done to it, on the real routes: the list of closed counts, the history of one.
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { startCountsServer, type CountsServer, type TestUser } from '../../support/counts-server'
import { aReview, beginNewDay, type ReviewWorld } from '../../support/review-server'

// Many calls in a row: on a busy machine each takes its time.
vi.setConfig({ testTimeout: 60_000 })

let server: CountsServer
beforeAll(async () => {
  server = await startCountsServer()
  await server.db.query(
    "insert into product_valuation (facility_id, product_id, unit_cost) values ('north', 'TEE', 2), ('north', 'CAP', 3)",
  )
}, 120_000)
afterAll(() => server.close())
beforeEach(async () => {
  // None of the counts before is at this facility.
  await beginNewDay(server)
  await server.db.query("update cycle_count set facility_id = 'south'")
})

const MINUTE = 60_000
const closed = async (query = '', user: TestUser = 'sam') =>
  server.call(user, 'GET', `cycleCounts/closed?facilityId=north${query}`)
const namesOf = (body: { counts: { name: string }[] }) => body.counts.map((it) => it.name)

async function approved(tees: number, over: { isBlind?: 'Y' | 'N' } = {}): Promise<ReviewWorld> {
  const review = await aReview(server, over)
  await review.count('ana', review.session.path, 'TEE', tees)
  await review.count('ana', review.session.path, 'CAP', 4)
  await review.submit('ana', review.session.path)
  await review.decide([{ productId: 'TEE', action: 'apply', reason: 'counted twice' }])
  expect((await review.approve()).status).toBe(200)
  return review
}

/** Closed long ago, without a trace of who did it. */
async function putOld(count: number): Promise<void> {
  await server.db.query(
    `insert into cycle_count (work_effort_id, name, purpose_id, status_id, facility_id, created_at, actual_completion_at)
     select 'OLD' || lpad(n::text, 5, '0'), 'Aisle ' || n, 'DIRECTED_COUNT', 'CYCLE_CNT_CLOSED', 'north', 1000, 1000 + n / 3
     from generate_series(1, $1::int) n on conflict (work_effort_id) do update set facility_id = 'north'`,
    [count],
  )
}

describe('the closed counts of a facility', () => {
  it('[RV58] say who closed each, when, how many products, and what was booked', async () => {
    const review = await approved(8)
    await review.call('sam', 'POST', '/corrections', {
      requestId: 'c1',
      productId: 'TEE',
      quantity: 9,
      reason: 'one more found',
    })
    await aReview(server)

    const { body } = await closed()

    expect(body).toMatchObject({
      total: 1,
      counts: [
        {
          workEffortId: review.countId,
          endedAt: server.clock.at,
          endedBy: 'sam',
          products: 2,
          netUnits: -1,
          netValue: -2,
        },
      ],
    })
    expect(body.next ?? null).toBeNull()
  })

  it('[RV58] come the newest first, each once over all pages, also where many ended at once', async () => {
    const review = await approved(10)
    await putOld(250)
    const seen: string[] = []
    let ask = ''
    let pages = 0
    for (; pages < 20; pages += 1) {
      const { body } = await closed(`&limit=40${ask}`)
      seen.push(...body.counts.map((it: { workEffortId: string }) => it.workEffortId))
      expect(body.total).toBe(251)
      if (body.next == null) break
      ask = `&beforeAt=${body.next.beforeAt}&beforeId=${body.next.beforeId}`
    }

    expect(pages).toBe(6)
    expect(new Set(seen).size).toBe(251)
    expect(seen[0]).toBe(review.countId)
    expect(seen.slice(1)).toEqual(seen.slice(1).toSorted().toReversed())
  })

  it('[RV58] are found by a part of the name, whatever stands in it', async () => {
    await putOld(30)

    expect(namesOf((await closed('&text=AISLE%202')).body)).toEqual(
      Array.from({ length: 10 }, (_, index) => `Aisle ${29 - index}`).concat('Aisle 2'),
    )
    expect((await closed('&text=%25')).body.counts).toEqual([])
    expect((await closed('&text=%25')).body.total).toBe(0)
  })

  it('[RV58] tell the book of a count to those who may see it only', async () => {
    await approved(8, { isBlind: 'Y' })
    await server.db.query(
      "delete from user_permission where user_id = 'sam' and permission_id = 'INV_CNT_VIEW_QOH'",
    )
    const [count] = (await closed()).body.counts
    await server.db.query(
      "insert into user_permission (user_id, permission_id) values ('sam', 'INV_CNT_VIEW_QOH')",
    )

    expect(count.products).toBe(2)
    expect(Object.keys(count)).not.toEqual(expect.arrayContaining(['netUnits']))
    expect(Object.keys(count)).not.toEqual(expect.arrayContaining(['netValue']))
    expect((await closed('', 'ana')).status).toBe(403)
    expect((await server.call('sam', 'GET', 'cycleCounts/closed?facilityId=south')).status).toBe(
      403,
    )
    expect((await server.call('sam', 'GET', 'cycleCounts/closed')).status).toBe(403)
  })

  it('[RV58] are apart from those that were called off, which say why', async () => {
    const review = await aReview(server)
    await server.call('sam', 'POST', `plan/counts/${review.countId}/cancel`, {
      reason: 'planned twice',
    })

    expect((await closed()).body.counts).toEqual([])
    expect((await closed('&end=cancelled')).body.counts).toMatchObject([
      {
        workEffortId: review.countId,
        endedBy: 'sam',
        endedAt: server.clock.at,
        reason: 'planned twice',
        products: 0,
      },
    ])
    expect((await closed('&end=open')).status).toBe(400)
  })
})

describe('the history of a count', () => {
  const history = async (review: ReviewWorld, query = '') =>
    (await review.call('sam', 'GET', `/history${query}`)).body

  it('[RV60] tells what was done to sessions and to the whole, by whom and why, the newest first', async () => {
    const review = await aReview(server)
    const { sessionId, path } = review.session
    await review.submit('ana', path)
    for (const [action, reason] of [
      ['reopen', 'a shelf was left out'],
      ['void', 'counted twice'],
      ['restore', 'it was not'],
    ]) {
      server.clock.at += MINUTE
      await review.call('sam', 'POST', '/sessions', { sessionId, action, reason })
    }
    server.clock.at += MINUTE
    await server.call('sam', 'POST', `plan/counts/${review.countId}`, {
      workEffortName: 'Renamed',
      estimatedCompletionDate: server.clock.at,
    })

    const { deeds, nextBefore } = await history(review)

    expect(nextBefore ?? null).toBeNull()
    expect(deeds.map((it: { action: string }) => it.action)).toEqual([
      'plan-changed',
      'session-restored',
      'session-voided',
      'session-reopened',
    ])
    expect(deeds[0].changes).toMatchObject({
      name: { to: 'Renamed' },
      estimatedCompletionAt: { to: server.clock.at },
    })
    expect(deeds[2]).toMatchObject({
      by: 'sam',
      at: server.clock.at - 2 * MINUTE,
      reason: 'counted twice',
      sessionName: expect.stringMatching(/./),
    })
  })

  it('[RV60] names whose scans on which device were let pass, and how many', async () => {
    const review = await aReview(server)
    const { sessionId, path } = review.session
    await server.call('ana', 'POST', `${path}/lock`, {
      deviceId: 'ipad-of-ana',
      unsentScans: 3,
      deviceName: 'iPad 3F2A',
    })
    const subject = `unsent:${sessionId}:ipad-of-ana:ana`
    await review.call('sam', 'POST', '/waivers', { subject, reason: 'the device is lost' })
    await server.call('sam', 'POST', `plan/sessions/${sessionId}`, { assignedTo: 'ben' })

    const { deeds } = await history(review)

    expect(deeds).toMatchObject([
      { action: 'reassigned', whom: 'ben' },
      {
        action: 'waived',
        reason: 'the device is lost',
        whom: 'ana',
        deviceName: 'iPad 3F2A',
        amount: 3,
      },
    ])
  })

  it('[RV60] puts what was done to many products at once into one line, and names a single one', async () => {
    const review = await aReview(server)
    await review.count('ana', review.session.path, 'TEE', 3)
    await review.count('ana', review.session.path, 'CAP', 1)
    await review.submit('ana', review.session.path)
    await review.recount(['TEE', 'CAP'])
    server.clock.at += MINUTE
    await review.recount(['TEE'], { isCancel: true, reason: 'not needed' })
    await server.call('sam', 'POST', `plan/sessions/${review.session.sessionId}/items`, {
      requestId: `r${review.countId}`,
      remove: ['CAP'],
    })

    const { deeds } = await history(review)

    expect(deeds).toMatchObject([
      { action: 'recount-cancelled', products: 1, productName: 'Black tee', reason: 'not needed' },
      { action: 'recount-sent', products: 2, reason: 'beyond tolerance' },
    ])
  })

  it('[RV60] comes page by page, each deed once, to those who may review only', async () => {
    const review = await aReview(server)
    for (let index = 0; index < 7; index += 1)
      await server.call('sam', 'POST', `plan/counts/${review.countId}`, {
        workEffortName: `Name ${index}`,
      })
    const seen: number[] = []
    let before = ''
    for (let pages = 0; pages < 5; pages += 1) {
      const { deeds, nextBefore } = await history(review, `?limit=3${before}`)
      seen.push(...deeds.map((it: { seq: number }) => it.seq))
      if (nextBefore == null) break
      before = `&before=${nextBefore}`
    }

    expect(seen).toEqual([7, 6, 5, 4, 3, 2, 1])
    expect((await review.call('ana', 'GET', '/history')).status).toBe(403)
  })
})

describe('what stands in the way of an approval', () => {
  it('[RV63] says who discarded a session and why, and who let unknown barcodes pass and why', async () => {
    const review = await aReview(server)
    const { sessionId, path } = review.session
    await review.count('ana', path, 'TEE', 2)
    await review.count('ana', path, 'X', 2, {
      productId: undefined,
      productIdentifier: '999',
      uuid: `${path}:unknown`,
    })
    await review.call('sam', 'POST', '/waivers', { subject: 'unmatched', reason: 'not ours' })
    expect((await review.summary()).unmatched.waiver).toEqual({
      by: 'sam',
      at: server.clock.at,
      reason: 'not ours',
    })

    await review.submit('ana', path)
    await review.call('sam', 'POST', '/sessions', {
      sessionId,
      action: 'void',
      reason: 'counted twice',
    })
    const discarded = (await review.summary()).sessions[0]
    await review.call('sam', 'POST', '/sessions', {
      sessionId,
      action: 'restore',
      reason: 'it was not',
    })

    expect(discarded.voided).toEqual({ by: 'sam', at: server.clock.at, reason: 'counted twice' })
    expect((await review.summary()).sessions[0]).not.toHaveProperty('voided')
  })

  it('[BD16] calls a device by its name, in the way and behind a figure', async () => {
    const review = await aReview(server)
    const { path } = review.session
    await server.call('ana', 'POST', `${path}/lock`, {
      deviceId: 'ipad-of-ana',
      unsentScans: 3,
      deviceName: 'iPad 3F2A',
    })
    await server.call('ana', 'PUT', `${path}/items`, {
      deviceId: 'ipad-of-ana',
      items: [
        {
          uuid: `${path}:d`,
          logId: 'log-ana',
          rev: 1,
          quantity: 2,
          standing: 2,
          productId: 'TEE',
          deviceId: 'ipad-of-ana',
        },
      ],
    })

    expect((await review.summary()).unsent).toMatchObject([{ deviceName: 'iPad 3F2A' }])
    expect((await review.call('sam', 'GET', '/rows/TEE')).body.sessions).toMatchObject([
      { deviceName: 'iPad 3F2A' },
    ])
  })
})

describe('a note beside a product', () => {
  it('[RV64] is in its trail, decided or not, also once the count is closed', async () => {
    const review = await aReview(server)
    await review.count('ana', review.session.path, 'TEE', 10)
    await review.submit('ana', review.session.path)
    const note = (text: string, productId = 'TEE', user: TestUser = 'sam') =>
      review.call(user, 'POST', `/rows/${productId}/notes`, { note: text })
    const before = (await review.summary()).revision
    const { body } = await note(' ask the shop ')
    expect(body.revision).toBe(before + 1)
    await review.decide([{ productId: 'CAP', action: 'skip', reason: 'not here' }])
    expect((await review.approve()).status).toBe(200)
    await note('the shop says yes')

    const { audit } = (await review.call('sam', 'GET', '/rows/TEE')).body
    expect(audit.filter((it: { action: string }) => it.action === 'noted')).toMatchObject([
      { by: 'sam', reason: 'ask the shop' },
      { by: 'sam', reason: 'the shop says yes' },
    ])
    expect([(await note(' ')).status, (await note('x', 'MUG')).status, (await note('x', 'TEE', 'ana')).status]).toEqual([400, 404, 403])
    const chain = (await review.call('sam', 'GET', '/chain')).body
    expect(chain.problems).toEqual([])
  })
})
