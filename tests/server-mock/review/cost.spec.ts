// What a page of a review costs the database: it follows the page, not the count.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCaller } from '../../../server-mock/auth/callers'
import type { Sql } from '../../../server-mock/db/db'
import { readLate } from '../../../server-mock/review/late-store'
import { readPage, readSummary } from '../../../server-mock/review/read-review'
import { startCountsServer, type CountsServer } from '../../support/counts-server'
import { aReview } from '../../support/review-server'
import { rowsIn } from '../../support/rows-in'

let server: CountsServer
beforeAll(async () => {
  server = await startCountsServer()
}, 120_000)
afterAll(() => server.close())

const SAM = createCaller({
  userId: 'sam',
  userName: 'sam',
  partyId: 'sam',
  permissions: ['INV_COUNT_SUBMIT', 'INV_CNT_VIEW_QOH'],
  facilityIds: ['north'],
})

const VAST_SAM = createCaller({ ...SAM, permissions: ['INV_COUNT_SUBMIT', 'INV_CNT_VIEW_QOH'], facilityIds: ['VAST'] })

/** Counts queries and the rows that they give. */
function counting(db: Sql): Sql & { queries: number; rows: number } {
  const counter = {
    queries: 0,
    rows: 0,
    async query<R extends object>(sql: string, params?: readonly unknown[]): Promise<R[]> {
      const rows = await db.query<R>(sql, params)
      counter.queries += 1
      counter.rows += rowsIn(rows)
      return rows
    },
  }
  return counter
}

async function aCountOf(products: number, prefix: string) {
  const review = await aReview(server)
  await server.db.query(
    `insert into product (product_id, product_name, change_seq)
     select $1 || lpad(n::text, 6, '0'), 'Product ' || n, (select max(change_seq) from product) + n from generate_series(1, $2::int) n`,
    [prefix, products],
  )
  await server.db.query(
    `insert into session_item (session_id, item_seq, uuid, log_id, quantity, standing, rev, product_id, counted_by, created_at, last_scan_at, last_updated_at)
     select $1, 10 + n, $2 || n, 'log', 3, 3, 1, $2 || lpad(n::text, 6, '0'), 'ana', 0, 0, 0 from generate_series(1, $3::int) n`,
    [review.session.sessionId, prefix, products],
  )
  return review
}

describe('a page of a review', () => {
  it(
    '[RV29] takes as many queries and rows for a small count as for a large one',
    { timeout: 60_000 },
    async () => {
      const small = await aCountOf(150, 'S')
      const large = await aCountOf(5000, 'L')
      const costOf = async (countId: string, after: string, until: string | null = null) => {
        const sql = counting(server.db)
        const page = await readPage(sql, SAM, countId, { after, until, limit: 100 })
        expect(page.rows).toHaveLength(100)
        return { queries: sql.queries, rows: sql.rows }
      }

      const first = await costOf(small.countId, 'R')
      expect(await costOf(large.countId, 'K')).toEqual(first)
      // Deep in the count, too.
      expect(await costOf(large.countId, 'L004000')).toEqual(first)
      // Told its end: the ids are not read on their own.
      const told = await costOf(small.countId, 'S', 'S000100')
      expect(await costOf(large.countId, 'L004000', 'L004100')).toEqual(told)
      expect([told.queries, told.rows < first.rows]).toEqual([first.queries, true])
      // One of them asks whether the count has a tolerance of its own.
      expect(first.queries).toBeLessThanOrEqual(15)
    },
  )

  it('[RV65] of a hard count it takes as many queries and rows whether little or much of the facility was found', { timeout: 60_000 }, async () => {
    const facility = 'VAST'
    await server.db.query('insert into facility (facility_id, facility_name) values ($1, $1)', [facility])
    await server.db.query(
      `insert into product_facility (facility_id, product_id, quantity_on_hand)
       select $1, 'W' || lpad(n::text, 6, '0'), n % 3 from generate_series(1, 5000) n`,
      [facility],
    )
    const costs = []
    for (const found of [5, 3000]) {
      const review = await aReview(server, { workEffortPurposeTypeId: 'HARD_COUNT' })
      await server.db.query('update cycle_count set facility_id = $2 where work_effort_id = $1', [review.countId, facility])
      await server.db.query(
        `insert into session_item (session_id, item_seq, quantity, standing, rev, product_id, counted_by, created_at, last_updated_at)
         select $1, 10 + n, 3, 3, 1, 'W' || lpad(n::text, 6, '0'), 'ana', 0, 0 from generate_series(1, $2::int) n`,
        [review.session.sessionId, found],
      )
      for (const until of [null, 'W004150']) {
        const sql = counting(server.db)
        const page = await readPage(sql, VAST_SAM, review.countId, { after: 'W004000', until, limit: 100 })
        expect(page.rows.map((it) => it.productId).at(-1)).toBe('W004150')
        costs.push([page.rows.length, sql.queries, sql.rows])
      }
    }
    expect(costs.slice(2)).toEqual(costs.slice(0, 2))
    expect(costs[0]?.[0]).toBe(100)
  })

  it('[RV34] the cuts of the summary give every product once, whatever the order of the pages', async () => {
    for (const [products, pages] of [[250, 3], [298, 3], [299, 4]] as const) {
      const review = await aCountOf(products, `Q${products}`)
      const summary = await readSummary(server.db, SAM, review.countId, { now: 0, pageSize: 100 })
      // TEE and CAP are asked for in every count of these tests.
      expect(summary).toMatchObject({ total: products + 2, pageSize: 100 })
      expect(summary.cuts).toHaveLength(pages)

      const read = await Promise.all(
        summary.cuts.toReversed().map((after) => readPage(server.db, SAM, review.countId, { after, until: null, limit: 100 })),
      )
      const ids = read.flatMap((it) => it.rows.map((row) => row.productId))
      expect(ids).toHaveLength(products + 2)
      expect(new Set(ids).size).toBe(products + 2)
      // The same rows when each page is told where the next one begins, and then it says that there are no more.
      const stretches = summary.cuts.map((after, at) => ({ after, until: summary.cuts[at + 1] ?? null, limit: 100 })).toReversed()
      const told = await Promise.all(stretches.map((it) => readPage(server.db, SAM, review.countId, it)))
      expect(told.map((it) => it.rows)).toEqual(read.map((it) => it.rows))
      expect(told.map((it) => it.more)).toEqual(told.map(() => false))
    }
  })

  it('[RV50] holds no more than it was asked for, however much lies before its end; the rest comes after its last', async () => {
    const review = await aCountOf(30, 'V')
    // Six rows of every product: of one log each.
    await server.db.query(
      `insert into session_item (session_id, item_seq, uuid, log_id, quantity, standing, rev, product_id, counted_by, created_at, last_scan_at, last_updated_at)
       select $1, 100 + 5 * n + l, 'V' || n || '-' || l, 'log' || l, 1, 1, 1, 'V' || lpad(n::text, 6, '0'), 'ana', 0, 0, 0
       from generate_series(1, 30) n, generate_series(1, 5) l`,
      [review.session.sessionId],
    )
    const ids: string[] = []
    let after = 'V'
    for (let pages = 0; pages < 30; pages += 1) {
      const page = await readPage(server.db, SAM, review.countId, { after, until: 'V000020', limit: 8 })
      expect(page.rows.length).toBeLessThanOrEqual(8)
      expect(page.rows.map((it) => it.rounds[0]?.quantity)).toEqual(page.rows.map(() => 8))
      ids.push(...page.rows.map((it) => it.productId))
      if (!page.more) break
      after = page.next
    }
    expect(ids).toEqual(Array.from({ length: 20 }, (_, n) => `V${String(n + 1).padStart(6, '0')}`))
  })
})

describe('a page of the tray', () => {
  it('[RV45] takes as many queries and rows in a small tray as in a large one', async () => {
    const costs = []
    for (const [rows, prefix] of [[30, 'T'], [600, 'U']] as const) {
      const review = await aReview(server)
      await server.db.query("update count_session set status_id = 'SESSION_APPROVED' where session_id = $1", [review.session.sessionId])
      await server.db.query(
        `insert into item_evidence (session_id, row_key, rev, match_rev, fingerprint, verdict, quantity, product_id, user_id, received_at)
         select $1, $2 || lpad(n::text, 5, '0'), 1, 1, 'f', 'held', 2, 'TEE', 'ana', 0 from generate_series(1, $3::int) n`,
        [review.session.sessionId, prefix, rows],
      )
      const counter = counting(server.db)
      const after = { sessionId: review.session.sessionId, rowKey: `${prefix}00005` }
      const page = await readLate(counter, SAM, review.countId, { after, limit: 20 })
      expect([page.rows.length, page.rows[0]?.rowKey, page.total]).toEqual([20, `${prefix}00006`, rows])
      costs.push([counter.queries, counter.rows])
    }
    expect(costs[0]).toEqual(costs[1])
  })
})
