// Scans that came after their count was settled, moved into another session by who made them.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startCountsServer, type Answered, type CountsServer, type TestUser } from '../../support/counts-server'
import { aReview, type ReviewWorld } from '../../support/review-server'

let server: CountsServer
beforeAll(async () => {
  server = await startCountsServer()
}, 120_000)
afterAll(() => server.close())

/** A closed count that TEE had 6 in, and 9 by what Ana's device sent afterwards. */
async function closed(late: object = { rev: 4, standing: 9 }, units = 9): Promise<ReviewWorld> {
  await server.db.query('delete from review_decision')
  const review = await aReview(server)
  await review.count('ana', review.session.path, 'TEE', 6)
  await review.submit('ana', review.session.path)
  await review.decide([
    { productId: 'TEE', action: 'apply' },
    { productId: 'CAP', action: 'skip' },
  ])
  expect((await review.approve()).status).toBe(200)
  const sent = await review.count('ana', review.session.path, 'TEE', units, late)
  expect(sent.body.items[0].verdict).toBe('held')
  return review
}

const keyOf = (review: ReviewWorld, user: TestUser = 'ana') => `${review.session.path}:${user}:TEE`

function moveTo(review: ReviewWorld, toSessionId: string, over: object = {}, user: TestUser = 'ana'): Promise<Answered> {
  const body = { rowKey: keyOf(review), rev: 4, toSessionId, lastScanAt: server.clock.at - 5000, ...over }
  return server.call(user, 'POST', `${review.session.path}/held`, body)
}

async function rowsOf(path: string) {
  const items = (await server.call('sam', 'GET', `${path}/items`)).body as { uuid: string; productId: string; quantity?: number; standing?: number }[]
  return items.filter((it) => it.quantity !== undefined).map(({ uuid, productId, quantity, standing }) => ({ uuid, productId, quantity, standing }))
}

const settle = (review: ReviewWorld, verdict: string, rev = 4): Promise<Answered> =>
  review.call('sam', 'POST', '/late', { sessionId: review.session.sessionId, rowKey: keyOf(review), rev, verdict, reason: 'came back' })

describe('a held row on its way into another session', () => {
  it('[HR1] [HR2] takes along what accepting it would have added, once, and leaves the tray', async () => {
    const review = await closed()
    const target = await aReview(server)

    const moved = await moveTo(review, target.session.sessionId)
    const again = await moveTo(review, target.session.sessionId)

    expect(moved.body).toMatchObject({ toSessionId: target.session.sessionId, toSessionName: 'Aisle 4 left', quantity: 3 })
    expect([again.status, again.body]).toEqual([200, moved.body])
    expect(await rowsOf(target.session.path)).toEqual([{ uuid: moved.body.uuid, productId: 'TEE', quantity: 3, standing: 3 }])
    expect((await review.call('sam', 'GET', '/late')).body).toMatchObject({ rows: [], total: 0 })
    expect((await server.call('sam', 'GET', 'cycleCounts/lateEvidence?facilityId=north')).body.counts).toEqual([])
    expect((await review.row('TEE')).decision.approvedTotal).toBe(6)
  })

  it('[HR3] goes nowhere else afterwards, and nobody accepts it too', async () => {
    const review = await closed()
    const [first, second] = [await aReview(server), await aReview(server)]
    await moveTo(review, first.session.sessionId)

    const elsewhere = await moveTo(review, second.session.sessionId)
    const accepted = await settle(review, 'accepted')

    expect(elsewhere).toMatchObject({ status: 409, body: { code: 'HELD_DECIDED', errors: 'ana has moved it to “Aisle 4 left” already' } })
    expect(accepted).toMatchObject({ status: 400, body: { errors: 'ana has moved it to “Aisle 4 left” already' } })
    expect(await rowsOf(second.session.path)).toEqual([])
    expect(await review.book('TEE')).toBe(6)
  })

  it.each([
    ['accepted', 'sam has accepted it into the closed count already'],
    ['refused', 'sam has looked at it and refused it'],
  ])('[HR3] that a supervisor has %s stays, and says so', async (verdict, words) => {
    const review = await closed()
    const target = await aReview(server)
    await settle(review, verdict)

    expect(await moveTo(review, target.session.sessionId)).toMatchObject({ status: 409, body: { code: 'HELD_DECIDED', errors: words } })
    expect(await rowsOf(target.session.path)).toEqual([])
  })

  it('[HR2] takes newer scans along that the server holds by then; later ones go by themselves, and only they', async () => {
    const review = await closed()
    const target = await aReview(server)
    await review.count('ana', review.session.path, 'TEE', 10, { rev: 5, standing: 10 })
    expect((await moveTo(review, target.session.sessionId)).body.quantity).toBe(4)
    await review.count('ana', review.session.path, 'TEE', 12, { rev: 7, standing: 11 })

    expect((await review.call('sam', 'GET', '/late')).body.rows).toMatchObject([{ quantity: 12, delta: 2 }])
    expect((await moveTo(review, target.session.sessionId)).body.quantity).toBe(4)
    expect((await moveTo(review, target.session.sessionId, { rev: 7 })).body.quantity).toBe(2)

    expect((await rowsOf(target.session.path)).map((it) => [it.quantity, it.standing])).toEqual([[4, 4], [2, 1]])
  })

  it('[HR1] of two that ask for different sessions at once one moves it', async () => {
    const review = await closed()
    const targets = [await aReview(server), await aReview(server)]

    const answers = await Promise.all(targets.map((it) => moveTo(review, it.session.sessionId)))

    expect(answers.map((it) => it.status).toSorted()).toEqual([200, 409])
    const counted = (await Promise.all(targets.map((it) => rowsOf(it.session.path)))).flat()
    expect(counted.map((it) => it.quantity)).toEqual([3])
  })

  it('[HR1] two that cross between two counts both go', async () => {
    const [one, two] = [await aReview(server), await aReview(server)]
    const open = async ({ countId }: ReviewWorld) =>
      (await server.call('sam', 'POST', `cycleCounts/workEfforts/${countId}/sessions`, { countImportName: 'Second' })).body.inventoryCountImportId as string
    for (const { session, count } of [one, two]) {
      for (const statusId of ['SESSION_ASSIGNED', 'SESSION_SUBMITTED', 'SESSION_APPROVED'])
        expect((await server.call('sam', 'PUT', session.path, { statusId })).status).toBe(200)
      await count('ana', session.path, 'TEE', 3, { rev: 4 })
    }
    const targets = [await open(one), await open(two)] as const

    const answers = await Promise.all([moveTo(one, targets[1]), moveTo(two, targets[0])])

    expect(answers.map((it) => [it.status, it.body.quantity])).toEqual([[200, 3], [200, 3]])
  })

  it('[HR4] is moved by who counted it or settles counts, where they may count', async () => {
    const review = await closed()
    const target = await aReview(server)
    const there = target.session.sessionId

    expect(await moveTo(review, there, {}, 'ben')).toMatchObject({ status: 403, body: { errors: expect.stringContaining('somebody else’s scans') } })
    expect((await moveTo(review, there, {}, 'zoe')).status).toBe(403)
    expect((await moveTo(review, there, {}, 'max')).status).toBe(403)
    expect((await moveTo(review, there, {}, 'sam')).status).toBe(200)
  })

  it('[HR4] is moved by who scanned it, also when somebody else delivered it from a file', async () => {
    const review = await closed()
    const target = await aReview(server)
    const event = { eventId: `${review.countId}-e`, logId: 'log-ana', seq: 1, kind: 'scan', raw: 'x', itemKey: 'raw:x', quantity: 1, packSize: 1, at: 1, userId: 'ben', source: 'wedge' }
    expect((await server.call('ana', 'PUT', `${review.session.path}/scanEvents`, { events: [event] })).status).toBe(200)

    expect((await moveTo(review, target.session.sessionId, {}, 'ben')).status).toBe(200)
  })

  it('[HR5] goes only where scans are taken: an open session of the same facility that is no recount', async () => {
    const review = await closed()
    const target = await aReview(server)
    const { sessionId } = target.session
    const words = async () => (await moveTo(review, sessionId)).body.errors

    expect((await moveTo(review, review.session.sessionId)).body.errors).toContain('this very session')
    expect((await moveTo(review, 'nowhere')).status).toBe(404)
    await server.db.query('update count_session set recount_round = 1 where session_id = $1', [sessionId])
    expect(await words()).toContain('independently of earlier counts')
    await server.db.query('update count_session set recount_round = null where session_id = $1', [sessionId])
    await target.submit('ana', target.session.path)
    expect(await words()).toContain('takes no scans any more')
    const south = await server.aSession()
    await server.db.query("update cycle_count set facility_id = 'south' where work_effort_id = $1", [south.countId])
    expect((await moveTo(review, south.sessionId)).status).toBe(403)
    expect((await review.call('sam', 'GET', '/late')).body.total).toBe(1)
  })

  it('[HR6] stays while its session can be opened again, while it takes scans back, and when nothing is left of it', async () => {
    const target = await aReview(server)
    const { sessionId } = target.session
    const open = await aReview(server)
    await server.call('sam', 'PUT', open.session.path, { statusId: 'SESSION_VOIDED' })
    await open.count('ana', open.session.path, 'TEE', 9, { rev: 4 })
    expect((await moveTo(open, sessionId)).body.errors).toContain('can still be opened again')
    const less = await closed({ rev: 4, standing: 2 }, 2)
    expect((await moveTo(less, sessionId)).body.errors).toContain('only a supervisor')
    const same = await closed({ rev: 4, standing: 6 }, 6)
    expect((await moveTo(same, sessionId)).body.errors).toContain('does not count already')
    expect((await moveTo(same, sessionId, { rev: 5 })).status).toBe(404)
    expect((await moveTo(same, sessionId, { rowKey: 'unknown' })).status).toBe(404)
    const refused = await closed()
    await settle(refused, 'refused')
    await refused.count('ana', refused.session.path, 'TEE', 12, { rev: 5, standing: 12 })
    expect((await moveTo(refused, sessionId, { rev: 5 })).body.errors).toContain('Earlier scans of this line were refused')
    expect(await rowsOf(target.session.path)).toEqual([])
  })

  it('[HR2] of a product that nobody knows comes as the unknown barcode it is', async () => {
    const review = await closed({ rev: 4, standing: 1, uuid: 'odd', productId: null, productIdentifier: '999' }, 1)
    const target = await aReview(server)

    expect((await moveTo(review, target.session.sessionId, { rowKey: 'odd' })).status).toBe(200)

    const items = (await server.call('sam', 'GET', `${target.session.path}/items`)).body
    expect(items).toContainEqual(expect.objectContaining({ productIdentifier: '999', quantity: 1 }))
    expect(items.find((it: { productIdentifier?: string }) => it.productIdentifier === '999').productId ?? null).toBeNull()
  })

  it('[HR7] is in the chained trail of either count, and in the evidence of the session it went to', async () => {
    const review = await closed()
    const target = await aReview(server)
    const { uuid } = (await moveTo(review, target.session.sessionId)).body

    const trail = (countId: string) =>
      server.db.query("select by_user, product_id, reason, details->>'uuid' as uuid from review_audit where work_effort_id = $1 and action like 'late-%'", [countId])
    expect(await trail(review.countId)).toEqual([{ by_user: 'ana', product_id: 'TEE', reason: 'to Aisle 4 left', uuid }])
    expect(await trail(target.countId)).toEqual([{ by_user: 'ana', product_id: 'TEE', reason: 'from Aisle 4 left', uuid }])
    expect((await review.call('sam', 'GET', '/chain')).body.state).toBe('unbroken')
    const evidence = await server.db.query('select verdict, user_id from item_evidence where session_id = $1 and row_key = $2', [target.session.sessionId, uuid])
    expect(evidence).toEqual([{ verdict: 'applied', user_id: 'ana' }])
  })

  it('[HR8] counts in the total of the count that it went to, and in no other', async () => {
    const review = await closed()
    const target = await aReview(server)
    await target.count('ben', target.session.path, 'TEE', 4)
    await moveTo(review, target.session.sessionId)
    await target.submit('ben', target.session.path)
    await target.decide([
      { productId: 'TEE', action: 'apply' },
      { productId: 'CAP', action: 'skip' },
    ])
    expect((await target.approve()).status).toBe(200)

    expect((await target.row('TEE')).decision.approvedTotal).toBe(7)
    expect((await review.row('TEE')).decision.approvedTotal).toBe(6)
  })
})
