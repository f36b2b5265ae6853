// Recounts that nobody had to ask for: by the rules, once, by somebody else, and taken back when they have become pointless.
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { startCountsServer, type CountsServer, type TestUser } from '../../support/counts-server'
import { aReview, beginNewDay, type ReviewWorld } from '../../support/review-server'
import { putProducts } from '../../../server-mock/products/catalogue'
import { putStock } from '../../../server-mock/products/stock'

vi.setConfig({ testTimeout: 60_000 })

let server: CountsServer
beforeAll(async () => {
  server = await startCountsServer()
  await server.db.query(
    "insert into user_permission (user_id, permission_id) values ('max', 'INV_COUNT_ADMIN')",
  )
  const ids = ['SOX', 'HAT']
  await putProducts(
    server.db,
    ids.map((it) => ({
      productId: it,
      name: it,
      identifiers: [{ type: 'SKU', value: `${it}-1`, packSize: 1 }],
    })),
  )
  await putStock(
    server.db,
    'north',
    ids.map((it) => ({ productId: it, quantityOnHandTotal: 4, availableToPromiseTotal: 4 })),
  )
}, 120_000)
afterAll(() => server.close())
beforeEach(async () => {
  await beginNewDay(server)
  await setAsking(true)
})

const setAsking = (isOn: boolean) =>
  server.call('max', 'PUT', 'reviewRules/recounts', { facilityId: 'north', isOn })

interface Made {
  readonly id: string
  readonly name: string
  readonly status: string
  readonly by: string
  readonly assigned: string | null
  readonly products: readonly string[]
}

/** Sessions of recounts that are not discarded, with what is still asked for in them. */
const recountsOf = ({ countId }: ReviewWorld) =>
  server.db.query<Made>(
    `select s.session_id as id, s.name, s.status_id as status, s.created_by as by, s.assigned_to as assigned,
       array_agg(r.product_id order by r.product_id) as products
     from count_session s join recount r on r.session_id = s.session_id and r.cancelled_at is null
     where s.work_effort_id = $1 and s.status_id <> 'SESSION_VOIDED' group by s.session_id order by s.name, products desc`,
    [countId],
  )

const pathOf = (it: Made | undefined) => `cycleCounts/sessions/${it?.id ?? ''}`
const trailOf = async (review: ReviewWorld, productId = 'TEE') =>
  (await review.call('sam', 'GET', `/rows/${productId}`)).body.audit.map(
    (it: { action: string; by: string; reason: string | null }) => [it.action, it.by, it.reason],
  )

/** Another session of the count. */
async function another(review: ReviewWorld, asks: readonly string[] = []): Promise<string> {
  const path = `cycleCounts/workEfforts/${review.countId}/sessions`
  const { body } = await server.call('sam', 'POST', path, { countImportName: 'Aisle 4 right' })
  const id: string = body.inventoryCountImportId
  for (const [index, productId] of asks.entries())
    await server.db.query(
      `insert into session_item (session_id, item_seq, product_id, is_requested, created_at, last_updated_at)
       values ($1, $2, $3, true, 0, 0)`,
      [id, index + 1, productId],
    )
  await server.db.query('update count_session set next_item_seq = $2 where session_id = $1', [
    id,
    asks.length + 1,
  ])
  return `cycleCounts/sessions/${id}`
}

/** Seven of TEE in the session of a recount, whose id is a long one. */
const countAgain = (review: ReviewWorld, by: TestUser, made: Made | undefined) =>
  review.count(by, pathOf(made), 'TEE', 7, { uuid: `${by}-${made?.id.slice(0, 20)}` })

/** TEE three short, by ana, handed in. */
async function threeShort(review: ReviewWorld, by: TestUser = 'ana'): Promise<void> {
  await review.count(by, review.session.path, 'TEE', 7)
  await review.submit(by, review.session.path)
}

describe('recounts by the rules', () => {
  it('[RL16] are asked for only where the facility says so, and only of what is beyond the tolerance', async () => {
    await setAsking(false)
    const off = await aReview(server)
    await threeShort(off)
    expect(await recountsOf(off)).toEqual([])
    expect(await off.row('TEE')).toMatchObject({ state: 'recount' })

    await setAsking(true)
    const on = await aReview(server)
    await on.count('ana', on.session.path, 'CAP', 4)
    await threeShort(on)
    expect(await recountsOf(on)).toMatchObject([
      {
        name: 'Recount 1, not by Ana Ames',
        status: 'SESSION_CREATED',
        by: 'rules',
        assigned: null,
        products: ['TEE'],
      },
    ])
    expect(await on.row('TEE')).toMatchObject({
      state: 'recounting',
      recount: { by: 'rules', reason: 'beyond-tolerance' },
    })
    expect(await on.row('CAP')).toMatchObject({ state: 'accepted' })
  })

  it('[RL16] [RL6] are not for those who counted before, tell no amount, and end as any recount', async () => {
    const review = await aReview(server)
    await threeShort(review)
    const [made] = await recountsOf(review)
    const lock = (user: TestUser) =>
      server.call(user, 'POST', `${pathOf(made)}/lock`, { deviceId: `of-${user}` })
    expect((await lock('ana')).body.code).toBe('SAME_COUNTER')
    const { body } = await server.call('ben', 'GET', `${pathOf(made)}/items`)
    expect(
      body.map((it: { productId: string; quantity?: number; qoh?: number }) => [
        it.productId,
        it.quantity,
        it.qoh,
      ]),
    ).toEqual([['TEE', undefined, undefined]])

    await countAgain(review, 'ben', made)
    await review.submit('ben', pathOf(made))
    expect(await review.row('TEE')).toMatchObject({ state: 'accepted', why: 'counts-agree' })
    expect(await recountsOf(review)).toHaveLength(1)
  })

  it('[RL16] make one session for each group of earlier counters, and what comes later fills what nobody has begun', async () => {
    const review = await aReview(server)
    await review.count('ana', review.session.path, 'TEE', 7)
    await review.count('ben', review.session.path, 'CAP', 1)
    await review.submit('sam', review.session.path)
    expect((await recountsOf(review)).map((it) => [it.name, it.products])).toEqual([
      ['Recount 1, not by Ana Ames', ['TEE']],
      ['Recount 1, not by Ben Ames', ['CAP']],
    ])

    await review.count('ana', review.session.path, 'SOX', 1)
    const [anas] = await recountsOf(review)
    expect(anas?.products).toEqual(['SOX', 'TEE'])
    // Begun: whoever counts there is not disturbed.
    await server.call('ben', 'POST', `${pathOf(anas)}/lock`, { deviceId: 'of-ben' })
    await review.count('ana', review.session.path, 'HAT', 1)
    expect((await recountsOf(review)).map((it) => [it.name, it.products])).toEqual([
      ['Recount 1, not by Ana Ames', ['SOX', 'TEE']],
      ['Recount 1, not by Ana Ames', ['HAT']],
      ['Recount 1, not by Ben Ames', ['CAP']],
    ])
  })

  it('[RL17] come once: not by handing in again, not by more of the same, not after a person called them off', async () => {
    const review = await aReview(server)
    await threeShort(review)
    await review.submit('ana', review.session.path)
    const before = await recountsOf(review)
    await review.recount(['TEE'], { isCancel: true })
    expect(await recountsOf(review)).toEqual([])
    for (const [rev, units] of [
      [2, 6],
      [3, 5],
    ] as const)
      await review.count('ana', review.session.path, 'TEE', units, { rev })

    expect(before).toHaveLength(1)
    expect(await recountsOf(review)).toEqual([])
    expect(await review.row('TEE')).toMatchObject({ state: 'recount' })
    // Another judgement is another question.
    await review.count('ana', review.session.path, 'TEE', 10, { rev: 4 })
    await review.count('ana', review.session.path, 'TEE', 7, { rev: 5 })
    expect(await recountsOf(review)).toMatchObject([{ products: ['TEE'] }])
  })

  it('[RL17] leave what a person has decided or thrown away, and a count that is over', async () => {
    const [decided, thrown, cancelled] = [
      await aReview(server),
      await aReview(server),
      await aReview(server),
    ]
    await setAsking(false)
    for (const review of [decided, thrown, cancelled]) await threeShort(review)
    await decided.decide([{ productId: 'TEE', action: 'skip' }])
    await setAsking(true)
    await decided.count('ana', decided.session.path, 'SOX', 4)
    await decided.count('ana', decided.session.path, 'TEE', 6, { rev: 2 })
    expect(await recountsOf(decided)).toEqual([])

    await thrown.count('ana', thrown.session.path, 'TEE', 6, { rev: 2 })
    const [made] = await recountsOf(thrown)
    await thrown.call('sam', 'POST', '/sessions', {
      sessionId: made?.id,
      action: 'void',
      reason: 'not needed',
    })
    await thrown.count('ana', thrown.session.path, 'TEE', 5, { rev: 3 })
    expect([made?.products, await recountsOf(thrown)]).toEqual([['TEE'], []])

    await server.call('sam', 'POST', `plan/counts/${cancelled.countId}/cancel`, {
      reason: 'not today',
    })
    expect(await recountsOf(cancelled)).toEqual([])
  })

  it('[RL17] are asked for again when the same person counted again, three times at most', async () => {
    const review = await aReview(server)
    await threeShort(review)
    for (const round of [1, 2, 3]) {
      const made = (await recountsOf(review)).at(-1)
      expect(made?.name).toBe(`Recount ${round}, not by Ana Ames`)
      await countAgain(review, 'ana', made)
      await review.submit('sam', pathOf(made))
    }
    expect(await recountsOf(review)).toHaveLength(3)
    expect(await review.row('TEE')).toMatchObject({ state: 'recount', why: 'same-person' })
  })

  it('[RL18] wait for an open session that was asked for the product or has counted it, and only for that', async () => {
    const review = await aReview(server)
    const right = await another(review, ['TEE'])
    await review.count('ana', review.session.path, 'TEE', 7)
    await review.count('ana', review.session.path, 'CAP', 1)
    await review.submit('ana', review.session.path)
    expect((await recountsOf(review)).map((it) => it.products)).toEqual([['CAP']])

    await review.count('ben', right, 'TEE', 1)
    await review.submit('ben', right)
    expect((await recountsOf(review)).map((it) => [it.name, it.products])).toEqual([
      ['Recount 1, not by Ana Ames', ['CAP']],
      ['Recount 1, not by Ana Ames, Ben Ames', ['TEE']],
    ])
  })

  it('[RL18] wait with what nobody asked for until every first session is in, or thrown away', async () => {
    for (const end of ['in', 'thrown away']) {
      const review = await aReview(server)
      const right = await another(review, ['HAT'])
      await review.count('ana', review.session.path, 'SOX', 1)
      await review.submit('ana', review.session.path)
      expect(await recountsOf(review)).toEqual([])
      if (end === 'in') await review.submit('ben', right)
      else
        await review.call('sam', 'POST', '/sessions', {
          sessionId: right.split('/').at(-1),
          action: 'void',
          reason: 'not needed',
        })
      await vi.waitFor(async () =>
        expect((await recountsOf(review)).map((it) => it.products)).toEqual([['SOX']]),
      )
    }
  })

  it('[RL18] wait in a hard count with everything, until every first session is in', async () => {
    const review = await aReview(server, { workEffortPurposeTypeId: 'HARD_COUNT' })
    const right = await another(review)
    await threeShort(review)
    expect(await recountsOf(review)).toEqual([])
    await review.count('ben', right, 'SOX', 4)
    await review.submit('ben', right)
    await vi.waitFor(async () =>
      expect((await recountsOf(review)).map((it) => it.products)).toEqual([['TEE']]),
    )
  })

  it('[RL19] are called off when the session is opened again, and asked for again when it is handed in', async () => {
    for (const by of ['counter', 'supervisor']) {
      const review = await aReview(server)
      await threeShort(review)
      if (by === 'counter')
        await server.call('ana', 'PUT', review.session.path, { statusId: 'SESSION_ASSIGNED' })
      else
        await review.call('sam', 'POST', '/sessions', {
          sessionId: review.session.sessionId,
          action: 'reopen',
          reason: 'a shelf was left out',
        })
      expect(await recountsOf(review)).toEqual([])
      expect(await review.row('TEE')).toMatchObject({ state: 'counting' })

      await review.count('ana', review.session.path, 'TEE', 6, { rev: 2 })
      await review.submit('ana', review.session.path)
      expect(await recountsOf(review)).toMatchObject([
        { products: ['TEE'], status: 'SESSION_CREATED' },
      ])
      expect(await trailOf(review)).toEqual([
        ['judged', 'rules', 'beyond-tolerance'],
        ['recount-sent', 'rules', 'beyond-tolerance'],
        ['recount-cancelled', 'rules', 'opened-again'],
        ['recount-sent', 'rules', 'beyond-tolerance'],
      ])
    }
  })

  it('[RL19] are called off when the session is discarded, when rows are removed, and when what came makes it fit', async () => {
    const [discarded, removed, fits] = [
      await aReview(server),
      await aReview(server),
      await aReview(server),
    ]
    for (const review of [discarded, removed, fits]) await threeShort(review)
    await discarded.call('sam', 'POST', '/sessions', {
      sessionId: discarded.session.sessionId,
      action: 'void',
      reason: 'counted twice',
    })
    await server.call('sam', 'DELETE', `${removed.session.path}/items`, [
      { uuid: `${removed.session.path}:ana:TEE` },
    ])
    await fits.count('ana', fits.session.path, 'TEE', 10, { rev: 2 })

    for (const review of [discarded, removed, fits]) expect(await recountsOf(review)).toEqual([])
    expect((await trailOf(discarded)).at(-1)).toEqual(['recount-cancelled', 'rules', 'count-gone'])
    expect((await trailOf(removed)).at(-1)).toEqual(['recount-cancelled', 'rules', 'count-gone'])
    expect((await trailOf(fits)).slice(-2)).toEqual([
      ['recount-cancelled', 'rules', 'no-variance'],
      ['judged', 'rules', 'no-variance'],
    ])
  })

  it('[RL19] stay when somebody has begun them, and so do those that a person asked for', async () => {
    const [begun, asked] = [await aReview(server), await aReview(server)]
    await threeShort(begun)
    const [made] = await recountsOf(begun)
    await countAgain(begun, 'ben', made)
    await setAsking(false)
    await threeShort(asked)
    await asked.recount(['TEE'])
    await setAsking(true)
    for (const review of [begun, asked])
      await server.call('ana', 'PUT', review.session.path, { statusId: 'SESSION_ASSIGNED' })

    expect(await recountsOf(begun)).toMatchObject([{ products: ['TEE'], by: 'rules' }])
    expect(await recountsOf(asked)).toMatchObject([{ products: ['TEE'], by: 'sam' }])
  })

  it('[RL20] [RV73] stand in the chained trail of the product and in the history of the count, by the rules', async () => {
    const review = await aReview(server)
    await threeShort(review)
    expect(await trailOf(review)).toEqual([
      ['judged', 'rules', 'beyond-tolerance'],
      ['recount-sent', 'rules', 'beyond-tolerance'],
    ])
    const { deeds } = (await review.call('sam', 'GET', '/history')).body
    expect(deeds).toMatchObject([
      { action: 'recount-sent', by: 'rules', reason: 'beyond-tolerance', products: 1 },
    ])
    expect((await review.summary()).sessions).toContainEqual(
      expect.objectContaining({ createdBy: 'rules', recountRound: 1 }),
    )
    const off = await review.recount(['TEE'], { isCancel: true, reason: 'not needed' })
    expect(off.body.verdicts).toMatchObject([{ verdict: 'taken' }])
    expect((await trailOf(review)).at(-1)).toEqual(['recount-cancelled', 'sam', 'not needed'])
    expect((await review.call('sam', 'GET', '/chain')).body.problems).toEqual([])
  })
})
