// Corrections of what a count left out: the approved total, the book and the report say the same afterwards.
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

/** TEE counted as 6 of 10 and skipped, CAP skipped without a count; approved. */
async function aSkippedReview(): Promise<ReviewWorld> {
  const review = await aReview(server)
  await review.count('ana', review.session.path, 'TEE', 6)
  await review.submit('ana', review.session.path)
  await review.decide(['TEE', 'CAP'].map((productId) => ({ productId, action: 'skip' })))
  expect((await review.approve()).status).toBe(200)
  return review
}

const correct = (review: ReviewWorld, productId: string, quantity: number) =>
  review.call('sam', 'POST', '/corrections', {
    requestId: `${review.countId}-${productId}-${quantity}`,
    productId,
    quantity,
    reason: 'looked again',
  })

async function linesOf(review: ReviewWorld) {
  const day = new Date(server.clock.at).toISOString().slice(0, 10)
  const { body } = await server.call(
    'sam',
    'GET',
    `reports/lines?facilityId=north&from=${day}&thru=${day}`,
  )
  return (
    body.lines as { workEffortId: string; productId: string; book: number; variance: number }[]
  )
    .filter((it) => it.workEffortId === review.countId)
    .map((it) => [it.productId, it.book, it.variance])
}

describe('a correction of what was skipped', () => {
  it('[RV53] books the difference to the book of the moment of counting, and the report tells it', async () => {
    const review = await aSkippedReview()
    expect([await review.book('TEE'), await linesOf(review)]).toEqual([10, []])
    const answer = await correct(review, 'TEE', 7)

    expect(answer.body).toMatchObject({ approvedTotal: 7 })
    expect(await review.book('TEE')).toBe(7)
    expect((await review.row('TEE')).decision).toMatchObject({
      outcome: 'SKIPPED',
      counted: 6,
      approvedTotal: 7,
    })
    expect(await linesOf(review)).toEqual([['TEE', 10, -3]])
  })

  it('[RV53] books what was counted when that is said to be right, and each later correction from there', async () => {
    const review = await aSkippedReview()
    await correct(review, 'TEE', 6)
    expect([await review.book('TEE'), await linesOf(review)]).toEqual([6, [['TEE', 10, -4]]])
    await correct(review, 'TEE', 9)
    await correct(review, 'TEE', 10)

    expect((await review.row('TEE')).decision.approvedTotal).toBe(10)
    expect([await review.book('TEE'), await linesOf(review)]).toEqual([10, [['TEE', 10, 0]]])
  })

  it('[RV53] also where nobody had counted, and where stock has moved since', async () => {
    const review = await aSkippedReview()
    await review.move('CAP', -1, 'sale', server.clock.at + 60_000)
    await correct(review, 'CAP', 5)

    expect(await review.book('CAP')).toBe(4)
    expect((await review.row('CAP')).decision.approvedTotal).toBe(5)
    expect(await linesOf(review)).toEqual([['CAP', 4, 1]])
  })

  it('[RV53] late scans of it that were accepted before moved no book, and those after a correction do', async () => {
    const review = await aSkippedReview()
    const accept = async (units: number, rev: number) => {
      await review.count('ana', review.session.path, 'TEE', units, { rev })
      const [row] = (await review.call('sam', 'GET', '/late')).body.rows
      const { sessionId, rowKey } = row
      const answer = await review.call('sam', 'POST', '/late', {
        sessionId,
        rowKey,
        rev,
        verdict: 'accepted',
        reason: 'x',
      })
      expect(answer.status).toBe(200)
    }
    await accept(8, 2)
    expect([(await review.row('TEE')).decision.approvedTotal, await review.book('TEE')]).toEqual([
      8, 10,
    ])
    await correct(review, 'TEE', 7)
    expect([(await review.row('TEE')).decision.approvedTotal, await review.book('TEE')]).toEqual([
      7, 7,
    ])
    await accept(9, 3)

    expect([(await review.row('TEE')).decision.approvedTotal, await review.book('TEE')]).toEqual([
      8, 8,
    ])
    expect(await linesOf(review)).toEqual([['TEE', 10, -2]])
  })

  it('[RV53] the chain stays unbroken', async () => {
    const review = await aSkippedReview()
    await correct(review, 'TEE', 7)

    expect((await review.call('sam', 'GET', '/chain')).body).toMatchObject({
      state: 'unbroken',
      problems: [],
    })
  })
})
