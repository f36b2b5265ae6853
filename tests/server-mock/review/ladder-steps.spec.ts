// The steps of the rule ladder in the trail: written when they come about, once, by the rules and with their reason.
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { startCountsServer, type CountsServer } from '../../support/counts-server'
import { aReview, beginNewDay, type ReviewWorld } from '../../support/review-server'

vi.setConfig({ testTimeout: 60_000 })

let server: CountsServer
beforeAll(async () => {
  server = await startCountsServer()
}, 120_000)
afterAll(() => server.close())
beforeEach(() => beginNewDay(server))

interface Step {
  readonly product: string
  readonly by: string
  readonly why: string
  readonly state: string
  readonly round: number
  readonly at: number
}

const stepsOf = ({ countId }: ReviewWorld) =>
  server.db.query<Step>(
    `select product_id as product, by_user as by, reason as why, details->>'state' as state,
       (details->>'round')::int as round, at
     from review_audit where work_effort_id = $1 and action = 'judged' order by seq`,
    [countId],
  )

async function aRecountBy(review: ReviewWorld, units: number | null): Promise<void> {
  const { body } = await review.recount(['TEE'])
  const path = `cycleCounts/sessions/${body.sessions[0].sessionId}`
  if (units !== null) await review.count('ben', path, 'TEE', units)
  await review.submit('ben', path)
}

describe('the steps of the ladder', () => {
  it('[RL15] are written when a session is handed in, once, and not for what is accepted at once', async () => {
    const review = await aReview(server)
    await review.count('ana', review.session.path, 'TEE', 6)
    await review.count('ana', review.session.path, 'CAP', 4)
    expect(await stepsOf(review)).toEqual([])
    await review.submit('ana', review.session.path)
    await review.submit('ana', review.session.path)
    const beyond = {
      product: 'TEE',
      by: 'rules',
      why: 'beyond-tolerance',
      state: 'recount',
      round: 0,
      at: server.clock.at,
    }
    expect(await stepsOf(review)).toEqual([beyond])

    server.clock.at += 60_000
    await aRecountBy(review, 7)
    const differ = {
      product: 'TEE',
      by: 'rules',
      why: 'counts-differ',
      state: 'supervisor',
      round: 1,
      at: server.clock.at,
    }
    expect(await stepsOf(review)).toEqual([beyond, differ])
    await review.decide([
      { productId: 'TEE', action: 'apply' },
      { productId: 'CAP', action: 'skip' },
    ])
    expect(await stepsOf(review)).toEqual([beyond, differ])
  })

  it('[RL15] say also that counts agree, and that the recount did not find it', async () => {
    const [agree, lost] = [await aReview(server), await aReview(server)]
    for (const [review, units] of [
      [agree, 6],
      [lost, null],
    ] as const) {
      await review.count('ana', review.session.path, 'TEE', 6)
      await review.submit('ana', review.session.path)
      await aRecountBy(review, units)
    }

    expect((await stepsOf(agree)).map((it) => [it.state, it.why])).toEqual([
      ['recount', 'beyond-tolerance'],
      ['accepted', 'counts-agree'],
    ])
    expect((await stepsOf(lost)).map((it) => [it.state, it.why])).toEqual([
      ['recount', 'beyond-tolerance'],
      ['supervisor', 'not-found'],
    ])
  })

  it('[RL15] are written when rows come into a session that was handed in, as they come', async () => {
    const review = await aReview(server)
    await review.count('ana', review.session.path, 'TEE', 10)
    await review.submit('ana', review.session.path)
    expect(await stepsOf(review)).toEqual([])
    for (const [rev, units] of [
      [2, 12],
      [2, 12],
      [3, 13],
      [4, 10],
    ] as const)
      await review.count('ana', review.session.path, 'TEE', units, { rev })

    expect((await stepsOf(review)).map((it) => it.why)).toEqual(['beyond-tolerance', 'no-variance'])
    expect((await review.call('sam', 'GET', '/chain')).body.problems).toEqual([])
  })

  it('[RL15] are written with the decision where they came about otherwise, and a decision is one step of the revision', async () => {
    const review = await aReview(server)
    await review.count('ana', review.session.path, 'TEE', 10)
    await review.submit('ana', review.session.path)
    // Sold before it was counted, and booked late: the count is one too many now.
    await review.move('TEE', -1, 'sale', server.clock.at - 60_000)
    const before = (await review.summary()).revision
    const { body } = await review.decide([{ productId: 'TEE', action: 'apply' }])

    expect(body.revision).toBe(before + 1)
    const trail = (await review.call('sam', 'GET', '/rows/TEE')).body.audit
    expect(trail.map((it: { action: string; by: string }) => [it.action, it.by])).toEqual([
      ['judged', 'rules'],
      ['decided', 'sam'],
    ])
  })
})
