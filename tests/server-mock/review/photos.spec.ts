// Pictures and notes of decisions over the real routes: what is wanted, what is taken, how it is given out.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { PHOTO_BYTES_MAX } from '../../../src/domain/review'
import { COUNTS, REST } from '../../../src/contract/envelope'
import { startCountsServer, type CountsServer, type TestUser } from '../../support/counts-server'
import { aReview, type ReviewWorld } from '../../support/review-server'

vi.setConfig({ testTimeout: 60_000 })

let server: CountsServer
beforeAll(async () => {
  server = await startCountsServer()
  await server.db.query(
    "insert into product_valuation (facility_id, product_id, unit_cost) values ('north', 'TEE', 20), ('north', 'CAP', 1)",
  )
}, 120_000)
afterAll(() => server.close())

const JPEG = Uint8Array.from([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3])
const aPicture = (last: number) => Uint8Array.from([...JPEG, last])

async function send(review: ReviewWorld, bytes: Uint8Array, productId = 'TEE', user: TestUser = 'sam') {
  const path = `${REST}${COUNTS}cycleCounts/workEfforts/${review.countId}/review/rows/${productId}/photos`
  const answer = await server.app.request(path, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.tokenOf(user)}`, 'content-type': 'text/html' },
    body: new Uint8Array(bytes),
  })
  return { status: answer.status, body: await answer.json() }
}

/** TEE: 4 missing at 20 each; CAP: 1 too many at 1. */
async function aDearReview() {
  const review = await aReview(server)
  await review.count('ana', review.session.path, 'TEE', 6)
  await review.count('ana', review.session.path, 'CAP', 5)
  await review.submit('ana', review.session.path)
  return review
}

describe('a decision above the money limit', () => {
  it('[RV35] is taken with a reason and a picture of that product; the picture and the words stand in the trail', async () => {
    const review = await aDearReview()
    expect(await review.row('TEE')).toMatchObject({ wantsPhoto: true })
    expect(await review.row('CAP')).not.toHaveProperty('wantsPhoto')
    const photoId: string = (await send(review, JPEG)).body.photoId
    const ofAnother: string = (await send(review, aPicture(9), 'CAP')).body.photoId
    const decide = async (over: object) =>
      (await review.decide([{ productId: 'TEE', action: 'apply', ...over }])).body.verdicts[0]

    expect(await decide({})).toMatchObject({ verdict: 'refused', code: 'PHOTO_NEEDED' })
    expect(await decide({ reason: 'broken' })).toMatchObject({ code: 'PHOTO_NEEDED' })
    expect(await decide({ reason: 'broken', photoId: ofAnother })).toMatchObject({ code: 'PHOTO_NEEDED' })
    expect(await decide({ reason: 'broken', photoId: 'nobody sent it' })).toMatchObject({ code: 'PHOTO_NEEDED' })
    expect(await decide({ photoId, reason: 'broken', note: 'fell from the ladder' })).toMatchObject({ verdict: 'taken' })

    expect((await review.row('TEE')).decision).toMatchObject({ photoId, reason: 'broken', note: 'fell from the ladder' })
    const trail = await review.call('sam', 'GET', '/rows/TEE')
    expect(trail.body.audit).toMatchObject([
      { action: 'judged', by: 'rules', reason: 'beyond-tolerance' },
      { action: 'decided', by: 'sam', reason: 'broken', details: { photoId, note: 'fell from the ladder' } },
    ])
  })

  it('[RV38] a note goes with any decision, up to its length', async () => {
    const review = await aDearReview()
    const decide = (note: string) => review.decide([{ productId: 'CAP', action: 'apply', note }])
    expect((await decide('x'.repeat(256))).status).toBe(400)
    expect((await decide('on the top shelf')).body.verdicts[0].verdict).toBe('taken')
    expect((await review.row('CAP')).decision.note).toBe('on the top shelf')
  })
})

describe('a picture', () => {
  it('[RV36] is taken by its bytes, bounded, once, and for a product of an open count only', async () => {
    const review = await aDearReview()
    const first = await send(review, JPEG)
    expect(first.status).toBe(200)
    expect((await send(review, JPEG)).body).toEqual(first.body)
    expect((await send(review, new TextEncoder().encode('<script>alert(1)</script>'))).status).toBe(400)
    expect((await send(review, Uint8Array.from([...JPEG, ...Array.from({ length: PHOTO_BYTES_MAX }, () => 0)]))).status).toBe(413)
    expect((await send(review, JPEG, 'NONE')).status).toBe(404)
    expect((await send(review, JPEG, 'TEE', 'ana')).status).toBe(403)
    for (const last of [1, 2, 3, 4]) expect((await send(review, aPicture(last))).status).toBe(200)
    expect((await send(review, aPicture(5))).status).toBe(413)
    expect((await send(review, aPicture(4))).status).toBe(200)
  })

  it('[RV36] is given out as a file that nothing runs, to those who may review there', async () => {
    const review = await aDearReview()
    const { photoId } = (await send(review, JPEG)).body
    const get = (user: TestUser, id: string) =>
      server.app.request(
        `${REST}${COUNTS}cycleCounts/workEfforts/${review.countId}/review/rows/TEE/photos/${id}`,
        { headers: { authorization: `Bearer ${server.tokenOf(user)}` } },
      )

    const answer = await get('sam', photoId)
    expect(new Uint8Array(await answer.arrayBuffer())).toEqual(JPEG)
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'image/jpeg',
      'x-content-type-options': 'nosniff',
      'content-disposition': 'attachment; filename="photo.jpg"',
      'content-security-policy': "default-src 'none'; sandbox",
      'cache-control': 'no-store',
    })
    expect((await get('sam', 'another')).status).toBe(404)
    expect((await get('zoe', photoId)).status).toBe(403)
  })
})
