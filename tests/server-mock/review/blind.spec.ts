// A blind review over the real routes: what somebody hears who settles it and may not see the book.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startCountsServer, type CountsServer } from '../../support/counts-server'
import { aReview } from '../../support/review-server'

vi.setConfig({ testTimeout: 60_000 })

let server: CountsServer
beforeAll(async () => {
  server = await startCountsServer()
  // Ben may all that sam may, but see the book.
  await server.db.query(
    `insert into user_permission (user_id, permission_id) select 'ben', permission_id from user_permission
     where user_id = 'sam' and permission_id <> 'INV_CNT_VIEW_QOH' on conflict do nothing`,
  )
}, 120_000)
afterAll(() => server.close())

/** TEE as the book has it, CAP one more. */
async function aCountedReview() {
  await server.db.query(
    "update product_facility set quantity_on_hand = case product_id when 'TEE' then 10 else 4 end where facility_id = 'north'",
  )
  await server.db.query('update review_decision set counted_at = 0')
  const review = await aReview(server, { isBlind: 'Y' })
  await review.count('ana', review.session.path, 'TEE', 10)
  await review.count('ana', review.session.path, 'CAP', 5)
  await review.submit('ana', review.session.path)
  return review
}

const ask = (requestId: string, more: object) => ({
  requestId: `${requestId}-${Math.random()}`,
  ...more,
})

describe('a blind review by somebody who may not see the book', () => {
  it('[RV51] does not hear that a count is exactly the book, before the approval and after', async () => {
    const review = await aCountedReview()
    const whyOf = async (user: 'ben' | 'sam') =>
      (await review.rows(user)).find((it) => it.productId === 'TEE').why
    const before = [await whyOf('ben'), await whyOf('sam')]
    await review.decide([{ productId: 'CAP', action: 'apply' }])
    await review.approve()
    const reasonsOf = async (user: 'ben' | 'sam') => [
      (await review.rows(user)).find((it) => it.productId === 'TEE').decision.reason,
      (await review.call(user, 'GET', '/rows/TEE')).body.audit.at(-1).reason,
    ]

    expect(before).toEqual(['within-tolerance', 'no-variance'])
    expect(await reasonsOf('ben')).toEqual(['within-tolerance', 'within-tolerance'])
    expect(await reasonsOf('sam')).toEqual(['no-variance', 'no-variance'])
  })

  it('[RV51] is answered an approval without the sum of the variances', async () => {
    const review = await aCountedReview()
    await review.decide([{ productId: 'CAP', action: 'apply' }])
    const { revision } = await review.summary()
    const approved = await review.call('ben', 'POST', '/approve', ask('approve', { revision }))

    expect(approved.status).toBe(200)
    expect(approved.body).toEqual({ revision: expect.any(Number), posted: 2, skipped: 0 })
  })

  it('[RV52] decides by the count alone, and finds no variance out by guessing', async () => {
    const review = await aCountedReview()
    const decide = async (productId: string, counted: number, variance: number | null) => {
      const decisions = [{ productId, action: 'apply', seen: { counted, variance } }]
      const { body } = await review.call('ben', 'POST', '/decisions', ask('decide', { decisions }))
      return body.verdicts[0].code ?? body.verdicts[0].verdict
    }

    expect(await decide('TEE', 9, null)).toBe('CHANGED_SINCE')
    expect(await decide('TEE', 10, null)).toBe('taken')
    expect(await decide('CAP', 5, 77)).toBe('taken')
  })
})
