// Explaining one product over the real routes: what the database gives, what it costs, who is told.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createCaller } from '../../../server-mock/auth/callers'
import type { Sql } from '../../../server-mock/db/db'
import { putPlaces } from '../../../server-mock/products/attributes'
import { putProducts } from '../../../server-mock/products/catalogue'
import { putStock } from '../../../server-mock/products/stock'
import { explainProduct } from '../../../server-mock/review/explain-product'
import { startCountsServer, type CountsServer } from '../../support/counts-server'
import { aReview } from '../../support/review-server'
import { rowsIn } from '../../support/rows-in'

vi.setConfig({ testTimeout: 60_000 })

let server: CountsServer
beforeAll(async () => {
  server = await startCountsServer()
  await putProducts(server.db, [
    {
      productId: 'GREEN',
      name: 'Green tea 20 bags',
      identifiers: [
        { type: 'EAN', value: '4006381333931', packSize: 1 },
        { type: 'EAN', value: '14006381333938', packSize: 12 },
      ],
    },
    { productId: 'LEMON', name: 'Lemon tea 20 bags', identifiers: [{ type: 'EAN', value: '4006381333948', packSize: 1 }] },
    { productId: 'GREEN40', name: 'Green tea 40 bags', identifiers: [] },
    { productId: 'SOAP', name: 'Soap', identifiers: [] },
    { productId: 'ELSEWHERE', name: 'Green tea loose', identifiers: [{ type: 'EAN', value: '4006381333955', packSize: 1 }] },
  ])
  const stock = (productId: string, units: number) => ({
    productId,
    quantityOnHandTotal: units,
    availableToPromiseTotal: units,
  })
  await putStock(server.db, 'north', [stock('GREEN', 10), stock('LEMON', 5), stock('GREEN40', 5), stock('ELSEWHERE', 3), stock('SOAP', 9)])
  const place = (productId: string, bin: string) => ({ productId, aisle: '08', bin })
  await putPlaces(server.db, 'north', [place('GREEN40', '08-B-14'), place('SOAP', '08-B-15'), place('ELSEWHERE', '08-B-14')])
  await putPlaces(server.db, 'south', [place('GREEN40', '08-A-01'), place('LEMON', '08-A-01')])
}, 120_000)
afterAll(() => server.close())

async function aMixedUpCount() {
  const review = await aReview(server)
  const { path } = review.session
  await review.count('ana', path, 'GREEN', 7)
  server.clock.at += 30_000
  await review.count('ana', path, 'LEMON', 8)
  server.clock.at += 600_000
  await review.count('ana', path, 'GREEN40', 8)
  await review.submit('ana', path)
  return review
}

describe('an explanation', () => {
  it('[EX1] [EX2] finds the neighbour by number, place and words in the same count, with the variance there', async () => {
    const review = await aMixedUpCount()

    const { body } = await review.call('sam', 'GET', '/rows/GREEN/explanation')

    expect(body.suggestions.filter((it: { kind: string }) => it.kind === 'mixed-up')).toEqual([
      {
        kind: 'mixed-up',
        productId: 'LEMON',
        name: 'Lemon tea 20 bags',
        variance: 3,
        isWhole: true,
        because: [
          { kind: 'code', own: '4006381333931', theirs: '4006381333948' },
          { kind: 'beside', seconds: 30 },
          { kind: 'name' },
        ],
      },
      {
        kind: 'mixed-up',
        productId: 'GREEN40',
        name: 'Green tea 40 bags',
        variance: 3,
        isWhole: true,
        because: [{ kind: 'name' }],
      },
    ])
    expect((await review.call('sam', 'GET', '/rows/CAP/explanation')).body.suggestions).toEqual([])
    expect((await review.call('sam', 'GET', '/rows/ELSEWHERE/explanation')).status).toBe(404)
  })

  it('[EX10] finds the neighbour on the shelf of this facility, in the same count, and names both places', async () => {
    const review = await aReview(server)
    const { path } = review.session
    await review.count('ana', path, 'GREEN40', 3)
    server.clock.at += 600_000
    await review.count('ana', path, 'SOAP', 11)
    await review.submit('ana', path)

    const { body } = await review.call('sam', 'GET', '/rows/GREEN40/explanation')

    expect(body.suggestions).toEqual([
      {
        kind: 'mixed-up',
        productId: 'SOAP',
        name: 'Soap',
        variance: 2,
        isWhole: true,
        because: [{ kind: 'shelf', own: '08-B-14', theirs: '08-B-15', steps: 1 }],
      },
    ])
  })

  it('[EX4] [EX5] reads the movements around the count and the counts that were approved before', async () => {
    for (const counted of [4, 6]) {
      const earlier = await aReview(server)
      await earlier.count('ana', earlier.session.path, 'LEMON', counted)
      await earlier.submit('ana', earlier.session.path)
      for (const action of ['apply', 'skip'])
        await earlier.decide([{ productId: action === 'apply' ? 'LEMON' : 'TEE', action }])
      await earlier.decide([{ productId: 'CAP', action: 'skip' }])
      expect((await earlier.approve()).status).toBe(200)
      server.clock.at += 86_400_000
    }
    const review = await aReview(server)
    const book = await review.book('LEMON')
    await review.count('ana', review.session.path, 'LEMON', book + 24)
    await review.submit('ana', review.session.path)
    await review.move('LEMON', 24, 'receipt', server.clock.at + 60_000)

    const { body } = await review.call('sam', 'GET', '/rows/LEMON/explanation')

    expect(body.suggestions).toMatchObject([
      { kind: 'movement', how: 'shelf-first', movement: { kind: 'receipt', quantity: 24 } },
      { kind: 'often-off', counts: 2, off: 2, recounted: 0 },
    ])
  })

  it('[EX8] tells nothing to those who may not see the book', async () => {
    const review = await aMixedUpCount()
    const pat = createCaller({
      userId: 'pat',
      userName: 'pat',
      partyId: 'pat',
      permissions: ['PREVIEW_COUNT_ITEM'],
      facilityIds: ['north'],
    })

    expect(await explainProduct(server.db, pat, review.countId, 'GREEN')).toEqual({ suggestions: [] })
    expect((await review.call('zoe', 'GET', '/rows/GREEN/explanation')).status).toBe(403)
  })

  it('[EX7] takes as many statements for a large count as for a small one, and reads a bounded number of rows', async () => {
    const small = await aMixedUpCount()
    const large = await aMixedUpCount()
    // All of them called alike, numbered next door, scanned beside it and kept in the same bin.
    await putPlaces(server.db, 'north', [{ productId: 'GREEN', aisle: '09', bin: '09-A-01' }])
    await server.db.query(
      `insert into product (product_id, product_name, change_seq)
       select 'G' || n, 'Green tea no ' || n, (select max(change_seq) from product) + n from generate_series(1, 3000) n`,
    )
    await server.db.query(
      `insert into session_item (session_id, item_seq, uuid, log_id, quantity, standing, rev, product_id, created_at, last_scan_at, last_updated_at)
       select $1, 100 + n, 'many' || n, 'log-ana', 1, 1, 1, 'G' || n, 0,
         (select last_scan_at from session_item where session_id = $1 and product_id = 'GREEN'), 0 from generate_series(1, 3000) n`,
      [large.session.sessionId],
    )
    await server.db.query(
      "insert into product_place (facility_id, product_id, aisle, bin) select 'north', 'G' || n, '09', '09-A-02' from generate_series(1, 3000) n",
    )
    const costOf = async (countId: string) => {
      let [queries, rows] = [0, 0]
      const sql: Sql = {
        async query<R extends object>(text: string, params?: readonly unknown[]) {
          const found = await server.db.query<R>(text, params)
          queries += 1
          rows += rowsIn(found)
          return found
        },
      }
      await explainProduct(sql, SAM, countId, 'GREEN')
      return { queries, rows }
    }

    const [cheap, dear] = [await costOf(small.countId), await costOf(large.countId)]

    expect(dear.queries).toBe(cheap.queries)
    expect(dear.queries).toBeLessThanOrEqual(36)
    expect(dear.rows).toBeLessThan(1000)
  })
})

const SAM = createCaller({
  userId: 'sam',
  userName: 'sam',
  partyId: 'sam',
  permissions: ['INV_COUNT_SUBMIT', 'INV_CNT_VIEW_QOH'],
  facilityIds: ['north'],
})
