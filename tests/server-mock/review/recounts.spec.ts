// Who made a recount, whatever is claimed: the signed-in sender counts too, and ends nothing that they counted before.
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { startCountsServer, type CountsServer, type TestUser } from '../../support/counts-server'
import { aReview, beginNewDay, type ReviewWorld } from '../../support/review-server'

vi.setConfig({ testTimeout: 60_000 })

let server: CountsServer
beforeAll(async () => {
  server = await startCountsServer()
  await server.db.query(
    "insert into user_permission (user_id, permission_id) values ('max', 'INVCOUNT_APP_VIEW')",
  )
}, 120_000)
afterAll(() => server.close())
beforeEach(() => beginNewDay(server))

/** Counted three short by `by`, handed in and sent to recount. @returns the path of the recount's session */
async function aRecount(
  review: ReviewWorld,
  by: TestUser = 'ana',
  claimed: string = by,
): Promise<string> {
  await review.count(by, review.session.path, 'TEE', 7, { countedByUserLoginId: claimed })
  await review.submit('sam', review.session.path)
  const { body } = await review.recount(['TEE'])
  return `cycleCounts/sessions/${body.sessions[0].sessionId}`
}

const lock = (user: TestUser, path: string) =>
  server.call(user, 'POST', `${path}/lock`, { deviceId: `of-${user}` })

describe('who made a recount', () => {
  it('[RL6] a PUT by the earlier counter in another name is kept and ends nothing', async () => {
    const review = await aReview(server)
    const again = await aRecount(review)
    const sent = await review.count('ana', again, 'TEE', 7, { countedByUserLoginId: 'ben' })
    await review.submit('sam', again)
    const tee = await review.row('TEE')

    expect(sent.body.items[0].verdict).toBe('applied')
    expect(tee).toMatchObject({ state: 'recount', why: 'same-person' })
    expect(tee.rounds[1]).toMatchObject({ quantity: 7, counters: ['ana', 'ben'] })
    expect((await review.approve()).body.code).toBe('REVIEW_BLOCKED')
  })

  it('[RL6] a PUT by the earlier counter in their own name, or in none, ends nothing either', async () => {
    for (const countedByUserLoginId of ['ana', null]) {
      const review = await aReview(server)
      const again = await aRecount(review)
      await review.count('ana', again, 'TEE', 7, { countedByUserLoginId })
      await review.submit('sam', again)
      expect(await review.row('TEE')).toMatchObject({ state: 'recount', why: 'same-person' })
    }
  })

  it('[RL13] whoever counted first in another name has counted: neither the lock nor a count of the recount is theirs', async () => {
    const review = await aReview(server)
    const again = await aRecount(review, 'ana', 'max')
    const refused = await lock('ana', again)
    await review.count('ana', again, 'TEE', 7)
    await review.submit('sam', again)

    expect(refused).toMatchObject({ status: 403, body: { code: 'SAME_COUNTER' } })
    expect(await review.row('TEE')).toMatchObject({ state: 'recount', why: 'same-person' })
  })

  it('[RL13] scans that somebody else took over from a file stay those of whoever had the first session open', async () => {
    const review = await aReview(server)
    const { body } = await lock('ana', review.session.path)
    await server.call('ana', 'PUT', `${review.session.path}/release`, {
      deviceId: 'of-ana',
      fence: body.fence,
    })
    // From ana's file, under ben's sign-in.
    const again = await aRecount(review, 'ben', 'ana')
    expect((await review.row('TEE')).rounds[0].counters).toEqual(['ana'])
    expect((await lock('ben', again)).status).toBe(200)
    await review.count('ben', again, 'TEE', 7)
    await server.call('ben', 'PUT', again, {
      statusId: 'SESSION_SUBMITTED',
      fence: 1,
      deviceId: 'of-ben',
    })

    expect(await review.row('TEE')).toMatchObject({ state: 'accepted', why: 'counts-agree' })
  })

  it('[RL13] whoever settles counts may bring a recount of somebody else, and so may who has not counted before', async () => {
    for (const by of ['sam', 'max'] as const) {
      const review = await aReview(server)
      const again = await aRecount(review)
      await review.count(by, again, 'TEE', 7, { countedByUserLoginId: 'ben' })
      await review.submit('sam', again)
      expect(await review.row('TEE')).toMatchObject({ state: 'accepted', why: 'counts-agree' })
    }
  })

  it('[RL14] an earlier counter does not hand a recount in, unless they settle counts', async () => {
    const review = await aReview(server)
    const again = await aRecount(review)
    await review.count('ben', again, 'TEE', 7)
    const submit = (user: TestUser) =>
      server.call(user, 'PUT', again, { statusId: 'SESSION_SUBMITTED' })
    await server.call('ben', 'PUT', again, { statusId: 'SESSION_ASSIGNED' })
    const refused = await submit('ana')

    expect(refused).toMatchObject({ status: 403, body: { code: 'SAME_COUNTER' } })
    expect(await review.row('TEE')).toMatchObject({ state: 'recounting' })
    expect((await submit('sam')).status).toBe(200)
    expect(await review.row('TEE')).toMatchObject({ state: 'accepted', why: 'counts-agree' })
  })
})
