// A review over the real routes: what it shows, decisions, recounts, what blocks, the approval and what comes after it.
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { startCountsServer, type CountsServer } from '../../support/counts-server'
import { aReview, beginNewDay } from '../../support/review-server'

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
beforeEach(() => beginNewDay(server))

const MINUTE = 60_000

describe('what a review shows', () => {
  it('[RV1] expected and variance follow the stock that moved since the product was counted', async () => {
    const review = await aReview(server)
    await review.count('ana', review.session.path, 'TEE', 10)
    server.clock.at += 33 * MINUTE
    await review.move('TEE', -2)
    server.clock.at += MINUTE

    const tee = await review.row('TEE')

    expect(tee).toMatchObject({
      productName: 'Black tee',
      bookNow: 8,
      rounds: [{ quantity: 10, bookAtCount: 10, expectedNow: 8, variance: 0, counters: ['ana'] }],
    })
    expect(tee.rounds[0].movedSince).toEqual([
      { kind: 'shipment', quantity: -2, times: 1, lastAt: server.clock.at - MINUTE },
    ])
  })

  it('[RV1] a shipment that is booked late counts from when it left the shelf', async () => {
    const review = await aReview(server)
    const before = server.clock.at
    server.clock.at += 10 * MINUTE
    await review.count('ana', review.session.path, 'TEE', 8)
    server.clock.at += 10 * MINUTE
    await review.move('TEE', -2, 'shipment', before)

    expect((await review.row('TEE')).rounds[0]).toMatchObject({
      bookAtCount: 8,
      variance: 0,
      movedSince: [],
    })
  })

  it('[RV5] pages come in one order, none twice, none missing, each under the revision it was read', async () => {
    const review = await aReview(server)
    const ids = Array.from({ length: 25 }, (_, index) => `P${String(index).padStart(3, '0')}`)
    for (const id of ids)
      await server.db.query(
        'insert into product (product_id, product_name, change_seq) values ($1, $1, 1000 + $2) on conflict do nothing',
        [id, ids.indexOf(id)],
      )
    // Several rows of one product, so that a page of rows is no page of products.
    await server.call('ana', 'PUT', `${review.session.path}/items`, {
      items: ids.flatMap((productId) =>
        [1, 2, 3].map((log) => ({
          uuid: `${review.countId}${productId}${log}`,
          logId: `l${log}`,
          rev: 1,
          quantity: 1,
          standing: 1,
          productId,
        })),
      ),
    })

    const seen: string[] = []
    const revisions = new Set<number>()
    for (let after = '', more = true; more;) {
      const { body } = await review.call('sam', 'GET', `/rows?limit=4&after=${after}`)
      seen.push(...body.rows.map((it: { productId: string }) => it.productId))
      revisions.add(body.revision)
      ;({ next: after, more } = body)
      expect(seen.length).toBeLessThan(60)
    }

    const summary = await review.summary()
    expect(seen).toEqual(['CAP', ...ids, 'TEE'])
    expect(summary.total).toBe(seen.length)
    expect([...revisions]).toEqual([summary.revision])
  })

  it('[RV6] every change of the count moves the revision on', async () => {
    const review = await aReview(server)
    const steps: (() => Promise<unknown>)[] = [
      () => review.count('ana', review.session.path, 'TEE', 3),
      () => review.submit('ana', review.session.path),
      () => review.decide([{ productId: 'TEE', action: 'skip' }]),
      () =>
        server.call('ana', 'POST', `cycleCounts/workEfforts/${review.countId}/sessions`, {
          countImportName: 'more',
        }),
    ]
    for (const step of steps) {
      const before = (await review.summary()).revision
      await step()
      expect((await review.summary()).revision).toBeGreaterThan(before)
    }
    const before = (await review.summary()).revision
    await review.rows()
    expect((await review.summary()).revision).toBe(before)
  })

  it('[RV17] [SC44] each figure can be followed to its sessions, devices and scans, and why one was taken back', async () => {
    const review = await aReview(server)
    const [logId, itemKey] = ['0198-log', 'gtin:00036000291452']
    const { rowUuidOf } = await import('../../../src/domain/row-uuid')
    const uuid = rowUuidOf(review.session.sessionId as never, logId as never, itemKey as never)
    await server.call('ana', 'PUT', `${review.session.path}/items`, {
      deviceId: 'ipad-1',
      items: [
        {
          uuid,
          logId,
          rev: 2,
          quantity: 2,
          standing: 2,
          productId: 'TEE',
          countedByUserLoginId: 'ana',
        },
      ],
    })
    const event = (seq: number, key: string) => ({
      eventId: `${review.countId}-${key}-${seq}`,
      logId,
      seq,
      kind: 'scan',
      raw: '036000291452',
      itemKey: key,
      quantity: 1,
      packSize: 1,
      at: server.clock.at,
      userId: 'ana',
      source: 'scanner',
    })
    await server.call('ana', 'PUT', `${review.session.path}/scanEvents`, {
      deviceId: 'ipad-1',
      events: [event(1, itemKey), event(2, 'raw:other'), event(3, itemKey)],
    })

    const { body } = await review.call('sam', 'GET', '/rows/TEE')

    expect(body.sessions).toMatchObject([
      {
        sessionName: 'Aisle 4 left',
        countedBy: 'ana',
        deviceId: 'ipad-1',
        logId,
        quantity: 2,
        scansMore: false,
      },
    ])
    expect(body.sessions[0].scans.map((it: { eventId: string }) => it.eventId)).toEqual([
      `${review.countId}-${itemKey}-1`,
      `${review.countId}-${itemKey}-3`,
    ])

    const dropped = { ...event(4, itemKey), kind: 'negation', quantity: -1, negates: `${review.countId}-${itemKey}-3`, reason: 'mistake' }
    await server.call('ana', 'PUT', `${review.session.path}/scanEvents`, { deviceId: 'ipad-1', events: [dropped] })
    const { scans } = (await review.call('sam', 'GET', '/rows/TEE')).body.sessions[0]
    expect(scans.map((it: { reason?: string }) => it.reason)).toEqual([undefined, undefined, 'mistake'])
  })
})

describe('an unknown barcode that was dropped', () => {
  const dropping = (sessionId: string, reason: string | undefined, from: number, times: number, raw = '4711') =>
    Array.from({ length: times }, (_, nth) => ({
      eventId: `${sessionId}-drop-${from + nth}`,
      logId: `${sessionId}-log`,
      seq: from + nth,
      kind: 'negation',
      negates: `scan-${from + nth}`,
      raw,
      itemKey: `raw:${raw}`,
      quantity: -1,
      packSize: 1,
      at: server.clock.at + from + nth,
      userId: 'ana',
      source: 'scanner',
      ...(reason === undefined ? {} : { reason }),
    }))

  it('[SC45] is told to the reviewer with its scans, who, where, when and why; an undo is not, and nothing blocks', async () => {
    const review = await aReview(server)
    const { sessionId, path } = review.session
    const events = [
      ...dropping(sessionId, 'damaged-label', 1, 3),
      ...dropping(sessionId, undefined, 4, 2),
      ...dropping(sessionId, 'a reason of a newer app', 6, 1, '4712'),
    ]
    for (let twice = 0; twice < 2; twice++)
      expect((await server.call('ana', 'PUT', `${path}/scanEvents`, { deviceId: 'ipad-1', events })).status).toBe(200)

    const summary = await review.summary()

    const common = { by: 'ana', sessionName: 'Aisle 4 left' }
    expect(summary.dropped).toEqual([
      { ...common, value: '4712', scans: 1, units: 1, reason: 'a reason of a newer app', at: server.clock.at + 6 },
      { ...common, value: '4711', scans: 3, units: 3, reason: 'damaged-label', at: server.clock.at + 3 },
    ])
    expect(summary.unmatched.rows).toBe(0)
  })
})

describe('who may', () => {
  it('[RV18] reviews are for those who settle counts, in their facilities', async () => {
    const review = await aReview(server)

    expect((await review.call('ana', 'GET', '/rows')).status).toBe(403)
    expect(
      (await review.call('ana', 'POST', '/approve', { requestId: 'a', revision: 1 })).status,
    ).toBe(403)
    await server.db.query(
      "insert into user_permission (user_id, permission_id) values ('zoe', 'INV_COUNT_SUBMIT'), ('max', 'PREVIEW_COUNT_ITEM')",
    )
    expect((await review.call('zoe', 'GET', '/rows')).status).toBe(403)
    expect(
      (await review.call('max', 'POST', '/decisions', { requestId: 'a', decisions: [] })).status,
    ).toBe(403)
    await review.count('ana', review.session.path, 'TEE', 3)
    const looked = await review.rows('max')
    await server.db.query("delete from user_permission where user_id in ('zoe', 'max')")
    // May look into counts, and not at the book.
    expect(JSON.stringify(looked)).not.toMatch(
      /bookNow|bookAtCount|variance|expectedNow|movedSince|unitCost/,
    )
    expect(looked.find((it) => it.productId === 'TEE').rounds[0].quantity).toBe(3)
  })
})

describe('decisions', () => {
  it('[RV7] are taken once; a lost answer repeated is the same answer, another one is refused', async () => {
    const review = await aReview(server)
    await review.count('ana', review.session.path, 'TEE', 3)
    await review.submit('ana', review.session.path)

    const [first, again] = [
      await review.decide([{ productId: 'TEE', action: 'apply' }], 'once-1'),
      await review.decide([{ productId: 'TEE', action: 'apply' }], 'once-1'),
    ]
    const same = await review.decide([{ productId: 'TEE', action: 'apply' }])
    const other = await review.decide([
      { productId: 'TEE', action: 'skip' },
      { productId: 'CAP', action: 'skip' },
      { productId: 'HAT', action: 'skip' },
    ])

    expect(first.body.verdicts).toEqual([{ productId: 'TEE', verdict: 'taken' }])
    expect(again.body).toEqual(first.body)
    expect(same.body.verdicts).toEqual([{ productId: 'TEE', verdict: 'same' }])
    expect(other.body.verdicts).toMatchObject([
      {
        verdict: 'refused',
        code: 'ALREADY_DECIDED',
        message: expect.stringContaining('undo that first'),
      },
      { verdict: 'taken' },
      { verdict: 'refused', code: 'UNKNOWN_PRODUCT' },
    ])
    expect(await review.book('TEE')).toBe(10)
    expect(
      (await review.decide([{ productId: 'TEE', action: 'undo' }])).body.verdicts,
    ).toMatchObject([{ verdict: 'taken' }])
    expect((await review.row('TEE')).decision).toBeUndefined()
  })

  it('[RV14] take at most 500 products in one request', async () => {
    const review = await aReview(server)
    const decisions = Array.from({ length: 501 }, (_, index) => ({
      productId: `P${index}`,
      action: 'skip',
    }))

    expect((await review.decide(decisions)).status).toBe(413)
  })
})

describe('recounts', () => {
  it('[RL6] [RL4] are blind, by somebody else, enforced by the server, and end it when both agree', async () => {
    const review = await aReview(server)
    await review.count('ana', review.session.path, 'TEE', 6)
    await review.count('ana', review.session.path, 'CAP', 4)
    await review.submit('ana', review.session.path)
    expect(await review.row('TEE')).toMatchObject({ state: 'recount', why: 'beyond-tolerance' })

    const sent = await review.recount(['TEE'])
    const path = `cycleCounts/sessions/${sent.body.sessions[0].sessionId}`
    expect(sent.body.sessions).toMatchObject([{ name: 'Recount 1, not by Ana Ames', products: 1 }])
    expect(await review.row('TEE')).toMatchObject({
      state: 'recounting',
      recount: { by: 'sam', reason: 'beyond tolerance' },
    })
    expect(
      (await review.decide([{ productId: 'TEE', action: 'apply' }])).body.verdicts[0],
    ).toMatchObject({ code: 'RECOUNT_PENDING' })
    expect((await review.recount(['TEE'])).body.verdicts).toMatchObject([{ verdict: 'same' }])

    const own = await server.call('ana', 'POST', `${path}/lock`, { deviceId: 'ipad-1' })
    expect(own).toMatchObject({ status: 403, body: { code: 'SAME_COUNTER' } })
    expect((await server.call('ben', 'POST', `${path}/lock`, { deviceId: 'ipad-2' })).status).toBe(
      200,
    )
    const asked = await server.call('ben', 'GET', `${path}/items`)
    expect(asked.body).toHaveLength(1)
    expect(JSON.stringify(asked.body)).not.toMatch(/quantity|OnHand/i)

    await review.move('TEE', -1, 'sale', server.clock.at + MINUTE)
    server.clock.at += 2 * MINUTE
    await review.count('ben', path, 'TEE', 5)
    await server.call('ben', 'PUT', path, {
      statusId: 'SESSION_SUBMITTED',
      fence: 1,
      deviceId: 'ipad-2',
    })
    expect(await review.row('TEE')).toMatchObject({
      state: 'accepted',
      why: 'counts-agree',
      rounds: [{ variance: -4 }, { variance: -4, counters: ['ben'] }],
    })
  })

  it('[RL9] are taken back while nobody has begun, and the empty session goes with them', async () => {
    const review = await aReview(server)
    await review.count('ana', review.session.path, 'TEE', 6)
    await review.submit('ana', review.session.path)
    const { body } = await review.recount(['TEE'])

    expect((await review.recount(['TEE'], { isCancel: true })).body.verdicts).toMatchObject([
      { verdict: 'taken' },
    ])
    expect(await review.row('TEE')).toMatchObject({ state: 'recount' })
    expect(
      (await server.call('sam', 'GET', `cycleCounts/sessions/${body.sessions[0].sessionId}`)).body
        .statusId,
    ).toBe('SESSION_VOIDED')
    const again = await review.recount(['TEE'])
    expect(again.body.sessions).toMatchObject([{ products: 1 }])
    expect(await review.row('TEE')).toMatchObject({ state: 'recounting', recount: { round: 1 } })
  })

  it('[RL9] are made in one session for each group of people who counted before', async () => {
    const review = await aReview(server)
    const second = (
      await server.call('ben', 'POST', `cycleCounts/workEfforts/${review.countId}/sessions`, {
        countImportName: 'Right',
      })
    ).body.inventoryCountImportId
    await review.count('ana', review.session.path, 'TEE', 1)
    await review.count('ben', `cycleCounts/sessions/${second}`, 'CAP', 40)
    await review.submit('ana', review.session.path)
    await review.submit('ben', `cycleCounts/sessions/${second}`)

    const { body } = await review.recount(['TEE', 'CAP'])

    expect(body.sessions.map((it: { name: string }) => it.name).toSorted()).toEqual([
      'Recount 1, not by Ana Ames',
      'Recount 1, not by Ben Ames',
    ])
  })
})

describe('the approval', () => {
  it('[RV12] [RV13] waits for open sessions, undecided products, unsent scans and unknown barcodes, and says so', async () => {
    const review = await aReview(server)
    await review.count('ana', review.session.path, 'TEE', 6)
    await server.call('ana', 'PUT', `${review.session.path}/items`, {
      deviceId: 'ipad-1',
      unsentScans: 3,
      items: [
        { uuid: 'odd', logId: 'l', rev: 1, quantity: 2, standing: 2, productIdentifier: 'odd' },
      ],
    })

    const early = await review.approve()
    expect(early).toMatchObject({ status: 409, body: { code: 'REVIEW_BLOCKED' } })
    for (const words of [
      '1 of its sessions is not submitted',
      '1 device has scans',
      '1 unknown barcode',
      '2 products not decided',
    ])
      expect(early.body.errors).toContain(words)

    await review.submit('ana', review.session.path)
    await review.decide([
      { productId: 'TEE', action: 'apply' },
      { productId: 'CAP', action: 'skip', note: 'next week' },
    ])
    const { unsent, unmatched } = await review.summary()
    expect([unsent[0].unsentScans, unmatched]).toEqual([3, { rows: 1, units: 2 }])
    expect(
      (await review.call('sam', 'POST', '/waivers', { subject: unsent[0].subject, reason: '' }))
        .status,
    ).toBe(400)
    await review.call('sam', 'POST', '/waivers', {
      subject: unsent[0].subject,
      reason: 'iPad was stolen',
    })
    await review.call('sam', 'POST', '/waivers', { subject: 'unmatched', reason: 'a price tag' })
    await server.call('ana', 'PUT', `${review.session.path}/items`, {
      deviceId: 'ipad-1',
      unsentScans: 4,
      items: [],
    })
    expect((await review.approve()).body.errors).toBe(
      'Not yet: 1 device has scans that have not arrived',
    )
    await server.call('ana', 'PUT', `${review.session.path}/items`, {
      deviceId: 'ipad-1',
      unsentScans: 0,
      items: [],
    })
    expect((await review.approve()).status).toBe(200)
  })

  it('[RV15] [S3.51] books what was decided in one go, once, at the moment of counting; sessions and count follow', async () => {
    const review = await aReview(server)
    await review.count('ana', review.session.path, 'TEE', 6)
    await review.count('ana', review.session.path, 'CAP', 5)
    await review.submit('ana', review.session.path)
    const countedAt = server.clock.at
    server.clock.at += MINUTE
    await review.move('TEE', -1, 'sale')
    await review.decide([
      { productId: 'TEE', action: 'edit', quantity: 7, reason: 'one behind the rack' },
    ])
    expect([await review.book('TEE'), await review.book('CAP')]).toEqual([9, 4])

    const { revision } = await review.summary()
    const [first, again] = [
      await review.approve({ requestId: 'go', revision }),
      await review.approve({ requestId: 'go', revision }),
    ]

    expect(first).toMatchObject({
      status: 200,
      body: { posted: 2, skipped: 0, units: -2, value: -3 },
    })
    expect(again.body).toEqual(first.body)
    expect([await review.book('TEE'), await review.book('CAP')]).toEqual([6, 5])
    expect(
      await server.db.query(
        "select moved_at, quantity::float8 as quantity from item_movement where kind = 'count' order by quantity",
      ),
    ).toEqual([
      { moved_at: countedAt, quantity: -3 },
      { moved_at: countedAt, quantity: 1 },
    ])
    expect((await server.call('sam', 'GET', review.session.path)).body.statusId).toBe(
      'SESSION_APPROVED',
    )
    const history = await server.db.query<{ id: string }>(
      'select status_id as id from status_history where entity_id = $1',
      [review.countId],
    )
    expect(history.map((it) => it.id)).toEqual(
      expect.arrayContaining(['CYCLE_CNT_CMPLTD', 'CYCLE_CNT_CLOSED']),
    )
    // The rules' own acceptance is recorded like a person's.
    const audit = await server.db.query(
      'select action, by_user, reason from review_audit where work_effort_id = $1 and product_id = $2',
      [review.countId, 'CAP'],
    )
    expect(audit).toEqual([{ action: 'ruled', by_user: 'rules', reason: 'within-tolerance' }])
    // Seen from the closed count, its own booking has changed nothing of what it says.
    expect(await review.row('TEE')).toMatchObject({
      rounds: [{ variance: -4, bookAtCount: 10 }],
      decision: { counted: 7, variance: -3, isPosted: true, approvedTotal: 7 },
    })
    expect((await review.decide([{ productId: 'TEE', action: 'undo' }])).status).toBe(400)
  })

  it('[RV15] is refused when anything came since the rows were loaded, and moves nothing', async () => {
    const review = await aReview(server)
    await review.count('ana', review.session.path, 'TEE', 10)
    await review.submit('ana', review.session.path)
    await review.decide([{ productId: 'CAP', action: 'skip' }])
    const { revision } = await review.summary()
    await review.count('ana', review.session.path, 'TEE', 2, { rev: 2 })

    expect(await review.approve({ revision })).toMatchObject({
      status: 409,
      body: { code: 'REVIEW_CHANGED' },
    })
    expect(await review.book('TEE')).toBe(10)
  })

  it('[RL8] a later count that is booked keeps an earlier one from being booked again', async () => {
    const early = await aReview(server)
    await early.count('ana', early.session.path, 'TEE', 9)
    await early.submit('ana', early.session.path)
    server.clock.at += MINUTE
    const late = await aReview(server)
    await late.count('ben', late.session.path, 'TEE', 9)
    await late.submit('ben', late.session.path)
    await late.decide([{ productId: 'CAP', action: 'skip' }])
    expect((await late.approve()).status).toBe(200)

    expect(await early.row('TEE')).toMatchObject({ state: 'supervisor', why: 'counted-later' })
    expect(await late.book('TEE')).toBe(9)
  })
})

describe('closing by status', () => {
  it('[RV33] is refused while decisions are not booked', async () => {
    const review = await aReview(server)
    const to = (statusId: string) =>
      server.call('sam', 'PUT', `cycleCounts/workEfforts/${review.countId}`, { statusId })
    await review.submit('ana', review.session.path)
    await review.decide([{ productId: 'TEE', action: 'skip' }])
    await to('CYCLE_CNT_CMPLTD')

    expect(await to('CYCLE_CNT_CLOSED')).toMatchObject({
      status: 400,
      body: { code: 'REVIEW_BLOCKED' },
    })
    await review.decide([{ productId: 'TEE', action: 'undo' }])
    expect((await to('CYCLE_CNT_CLOSED')).status).toBe(200)
  })
})

describe('closing by status what was counted', () => {
  it('[RV40] is refused while a counted product is undecided; what nobody counted may be left open', async () => {
    const review = await aReview(server)
    await review.count('ana', review.session.path, 'TEE', 7)
    await review.submit('ana', review.session.path)
    const to = (statusId: string) =>
      server.call('sam', 'PUT', `cycleCounts/workEfforts/${review.countId}`, { statusId })
    await to('CYCLE_CNT_CMPLTD')

    const refused = await to('CYCLE_CNT_CLOSED')
    const { statusId } = (await server.call('sam', 'GET', `cycleCounts/workEfforts/${review.countId}`)).body
    const submitted = await server.call('sam', 'POST', 'cycleCounts/submit', {
      inventoryCountProductsList: [
        { workEffortId: review.countId, productId: 'TEE', facilityId: 'north', decisionOutcomeEnumId: 'SKIPPED' },
      ],
    })

    expect(refused).toMatchObject({
      status: 400,
      body: { code: 'REVIEW_BLOCKED', errors: 'Counted products that nobody has decided: 1. Review them first.' },
    })
    expect(statusId).toBe('CYCLE_CNT_CMPLTD')
    expect([submitted.status, (await to('CYCLE_CNT_CLOSED')).status]).toEqual([200, 200])
  })
})

describe('after the approval', () => {
  async function closed() {
    const review = await aReview(server)
    await review.count('ana', review.session.path, 'TEE', 6)
    await review.submit('ana', review.session.path)
    await review.decide([
      { productId: 'TEE', action: 'apply' },
      { productId: 'CAP', action: 'skip' },
    ])
    await review.approve()
    return review
  }

  it('[RV19] totals move only by a correction with a reason, once', async () => {
    const review = await closed()
    expect('approvedTotal' in (await review.row('CAP')).decision).toBe(false)
    const correct = (over: object) =>
      review.call('sam', 'POST', '/corrections', {
        requestId: 'c1',
        productId: 'TEE',
        quantity: 8,
        reason: 'found two',
        ...over,
      })

    expect((await correct({ reason: ' ' })).status).toBe(400)
    expect((await correct({})).body).toMatchObject({ approvedTotal: 8, delta: 2 })
    expect((await correct({})).body).toMatchObject({ delta: 2 })
    expect(await review.book('TEE')).toBe(8)
    expect((await review.row('TEE')).decision).toMatchObject({ counted: 6, approvedTotal: 8 })
    const audit = await server.db.query(
      "select by_user, reason, details from review_audit where work_effort_id = $1 and action = 'corrected'",
      [review.countId],
    )
    expect(audit).toEqual([
      { by_user: 'sam', reason: 'found two', details: { before: 6, after: 8 } },
    ])
  })

  it('[RV21] [RV22] late scans change nothing until somebody accepts them; the same answer twice is one', async () => {
    const review = await closed()
    const sent = await review.count('ana', review.session.path, 'TEE', 9, { rev: 4 })
    await review.count('ana', review.session.path, 'TEE', 8, { rev: 3 })
    await review.count('ben', review.session.path, 'CAP', 3)
    expect(sent.body.items[0].verdict).toBe('held')
    expect(await review.book('TEE')).toBe(6)

    const tray = (await review.call('sam', 'GET', '/late')).body.rows
    expect(tray).toMatchObject([
      { productId: 'TEE', quantity: 9, delta: 3, rev: 4 },
      { productId: 'CAP', delta: 3 },
    ])
    expect(
      (await server.call('sam', 'GET', 'cycleCounts/lateEvidence?facilityId=north')).body.counts,
    ).toContainEqual({ workEffortId: review.countId, name: 'Aisle 4', rows: 2 })
    const settle = (index: number, verdict: string) =>
      review.call('sam', 'POST', '/late', {
        sessionId: tray[index].sessionId,
        rowKey: tray[index].rowKey,
        rev: tray[index].rev,
        verdict,
        reason: 'iPad came back',
      })
    expect((await settle(0, 'accepted')).status).toBe(200)
    expect((await settle(0, 'accepted')).status).toBe(200)
    expect((await settle(0, 'refused')).status).toBe(400)
    expect((await settle(1, 'refused')).status).toBe(200)

    expect([await review.book('TEE'), await review.book('CAP')]).toEqual([9, 4])
    expect((await review.row('TEE')).decision.approvedTotal).toBe(9)
    expect((await review.call('sam', 'GET', '/late')).body.rows).toEqual([])
    expect(
      (await server.call('sam', 'GET', 'cycleCounts/lateEvidence?facilityId=north')).body.counts,
    ).toEqual([])
  })

  it('[RV45] comes page by page, each row once, also when one is settled in between', async () => {
    const review = await closed()
    const keys = ['a', 'b', 'c', 'd', 'e'].map((it) => `${review.countId}-${it}`)
    await server.db.query(
      `insert into item_evidence (session_id, row_key, rev, match_rev, fingerprint, verdict, quantity, product_id, user_id, received_at)
       select $1, unnest($2::text[]), 4, 1, 'f', 'held', 2, 'TEE', 'ana', 0`,
      [review.session.sessionId, keys],
    )
    const page = async (query: string) => (await review.call('sam', 'GET', `/late?limit=2${query}`)).body
    const cursorOf = ({ next }: { next: Record<string, string> }) => `&${new URLSearchParams(next)}`
    const rowsOf = (body: { rows: readonly { rowKey: string }[] }) => body.rows.map((it) => it.rowKey)

    const first = await page('')
    await review.call('sam', 'POST', '/late', { sessionId: review.session.sessionId, rowKey: keys[0], rev: 4, verdict: 'refused', reason: 'old' })
    const second = await page(cursorOf(first))
    const last = await page(cursorOf(second))

    expect([rowsOf(first), rowsOf(second), rowsOf(last)]).toEqual([keys.slice(0, 2), keys.slice(2, 4), keys.slice(4)])
    expect([first.total, second.total, last.total, last.next]).toEqual([5, 4, 4, undefined])
    expect((await review.call('sam', 'GET', '/late?limit=0')).status).toBe(400)
  })
})

describe('sessions and counts under review', () => {
  it('[RV80] opening again is undone as long as nobody has gone on, and is refused in words afterwards', async () => {
    const review = await aReview(server)
    const { path, sessionId } = review.session
    await review.count('ana', path, 'TEE', 3)
    await review.submit('ana', path)
    const act = async (action: string) => {
      server.clock.at += 1000
      return review.call('sam', 'POST', '/sessions', { sessionId, action, reason: 'a mistake' })
    }
    const status = async () => (await server.call('sam', 'GET', path)).body.statusId

    expect((await act('undo-reopen')).status).toBe(200)
    await act('reopen')
    expect([(await act('undo-reopen')).status, await status()]).toEqual([200, 'SESSION_SUBMITTED'])
    expect((await review.summary()).total).toBe(2)

    await act('reopen')
    server.clock.at += 1000
    await review.count('ana', path, 'TEE', 4, { rev: 2 })
    const counted = await act('undo-reopen')
    expect([counted.status, counted.body.errors, await status()]).toEqual([400, 'Somebody has gone on in it: it is submitted where it is counted', 'SESSION_ASSIGNED'])

    await review.submit('ana', path)
    await act('reopen')
    server.clock.at += 1000
    await server.call('ana', 'POST', `${path}/lock`, { deviceId: 'd1' })
    expect((await act('undo-reopen')).status).toBe(400)
    const audit = await server.db.query<{ action: string }>(
      "select action from review_audit where work_effort_id = $1 and action like 'session-%' order by seq",
      [review.countId],
    )
    expect(audit.map((it) => it.action)).toEqual(['session-reopened', 'session-reopening-undone', 'session-reopened', 'session-reopened'])
  })

  it('[RV16] are opened again, discarded and restored, each with its reason in the trail', async () => {
    const review = await aReview(server)
    await review.submit('ana', review.session.path)
    const act = (action: string, reason = 'a mistake') =>
      review.call('sam', 'POST', '/sessions', {
        sessionId: review.session.sessionId,
        action,
        reason,
      })
    const status = async () => (await server.call('sam', 'GET', review.session.path)).body.statusId
    server.clock.at += 1

    expect((await act('void', '')).status).toBe(400)
    await act('void')
    expect([await status(), (await review.summary()).total]).toEqual(['SESSION_VOIDED', 0])
    server.clock.at += 1
    await act('restore')
    expect([await status(), (await review.summary()).total]).toEqual(['SESSION_SUBMITTED', 2])
    server.clock.at += 1
    await act('reopen')
    expect(await status()).toBe('SESSION_ASSIGNED')
    await server.call('sam', 'PUT', `cycleCounts/workEfforts/${review.countId}`, {
      statusId: 'CYCLE_CNT_CMPLTD',
    })
    expect((await review.call('sam', 'POST', '/reopen', { reason: 'sent too early' })).status).toBe(
      200,
    )
    expect((await review.summary()).statusId).toBe('CYCLE_CNT_IN_PRGS')
    const audit = await server.db.query<{ action: string }>(
      'select action, by_user, reason from review_audit where work_effort_id = $1 order by seq',
      [review.countId],
    )
    expect(audit.map((it) => it.action)).toEqual([
      'session-voided',
      'session-restored',
      'session-reopened',
      'count-reopened',
    ])
  })
})
