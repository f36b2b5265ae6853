// What is to be judged is kept with the hand-in and worked off in steps: before the answer, behind it, after a crash.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Db, Sql } from '../../../server-mock/db/db'
import { SERVER_LIMITS } from '../../../server-mock/limits'
import { runJudgings } from '../../../server-mock/review/run-judging'
import { putProducts } from '../../../server-mock/products/catalogue'
import { putStock } from '../../../server-mock/products/stock'
import { startCountsServer, type CountsServer } from '../../support/counts-server'
import { aReview, type ReviewWorld } from '../../support/review-server'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 })

const STEP = 2
const PRODUCTS = ['P1', 'P2', 'P3', 'P4', 'P5']
const limits = { ...SERVER_LIMITS, reviewChunkMax: STEP }

let server: CountsServer
/** What would run behind the answers; a server that dies leaves it so. */
let behind: (() => Promise<void>)[]
let log: string[]
beforeEach(async () => {
  behind = []
  log = []
  server = await startCountsServer('extended', {
    over: { limits, later: (work) => void behind.push(work) },
  })
  await server.db.query(
    "insert into recount_rule (facility_id, seq, is_on, at, by_user) values ('north', 1, true, 0, 'max')",
  )
  await putProducts(
    server.db,
    PRODUCTS.map((it) => ({
      productId: it,
      name: it,
      identifiers: [{ type: 'SKU', value: `${it}-1`, packSize: 1 }],
    })),
  )
  await putStock(
    server.db,
    'north',
    PRODUCTS.map((it) => ({ productId: it, quantityOnHandTotal: 50, availableToPromiseTotal: 50 })),
  )
})
afterEach(() => server.close())

/** As the server is after a start; its ids go on from those of before. */
function started(db: Db = server.db) {
  let ids = 0
  return {
    db,
    clock: { now: () => server.clock.at },
    ids: { next: () => `S${(ids += 1)}` },
    limits,
    log: (line: string) => void log.push(line),
  }
}

/** Five products that are far off and no others, by ana, handed in. */
async function handedIn(): Promise<ReviewWorld> {
  const review = await aReview(server)
  await server.db.query('delete from session_item where session_id = $1', [
    review.session.sessionId,
  ])
  for (const productId of PRODUCTS) await review.count('ana', review.session.path, productId, 1)
  await review.submit('ana', review.session.path)
  return review
}

const notedOf = async ({ countId }: ReviewWorld, action: string) =>
  (
    await server.db.query<{ id: string }>(
      'select product_id as id from review_audit where work_effort_id = $1 and action = $2 order by seq',
      [countId, action],
    )
  ).map((it) => it.id)
const waiting = () => server.db.query('select after, attempts, due_at from judging')
const sessionsOf = async ({ countId }: ReviewWorld) =>
  server.db.query(
    "select session_id, next_item_seq from count_session where work_effort_id = $1 and created_by = 'rules'",
    [countId],
  )

describe('judging', () => {
  it('[RL21] is done up to a step before the answer, and to the end behind it, into one session', async () => {
    const review = await handedIn()
    expect(await notedOf(review, 'judged')).toEqual(['P1', 'P2'])
    expect(await waiting()).toMatchObject([{ after: 'P2' }])

    for (const work of behind) await work()
    expect(await notedOf(review, 'judged')).toEqual(PRODUCTS)
    expect(await notedOf(review, 'recount-sent')).toEqual(PRODUCTS)
    expect(await sessionsOf(review)).toMatchObject([{ next_item_seq: 6 }])
    expect(await waiting()).toEqual([])
    expect((await review.call('sam', 'GET', '/chain')).body.problems).toEqual([])
  })

  it('[RL21] [RL17] goes on where a server ended that died, nothing left out and nothing twice', async () => {
    const review = await handedIn()
    const dying = dyingAfter(1)
    await runJudgings(started(dying))
    expect(await notedOf(review, 'recount-sent')).toEqual(['P1', 'P2', 'P3', 'P4'])

    server.clock.at += 60_000
    await Promise.all([runJudgings(started()), runJudgings(started({ ...server.db }))])
    expect(await notedOf(review, 'judged')).toEqual(PRODUCTS)
    expect(await notedOf(review, 'recount-sent')).toEqual(PRODUCTS)
    expect(await sessionsOf(review)).toMatchObject([{ next_item_seq: 6 }])
    expect(await waiting()).toEqual([])
  })

  it('[RL21] is put off when it fails, five times, and holds up nothing else', async () => {
    const [failing, fine] = [await handedIn(), await handedIn()]
    const broken = failingFor(failing.countId)
    await runJudgings(started(broken))
    expect(await notedOf(fine, 'judged')).toEqual(PRODUCTS)
    expect(await waiting()).toMatchObject([
      { after: 'P2', attempts: 1, due_at: server.clock.at + 5000 },
    ])
    expect(log).toEqual([expect.stringContaining('no disk left')])

    for (let nth = 0; nth < 10; nth += 1) {
      server.clock.at += 3_600_000
      await runJudgings(started(broken))
    }
    expect(await waiting()).toMatchObject([{ attempts: 5 }])
    expect(log).toHaveLength(5)
    // What a step would have written is written with the decision.
    await failing.decide([{ productId: 'P5', action: 'apply' }])
    expect(await notedOf(failing, 'judged')).toEqual(['P1', 'P2', 'P5'])
  })

  it('[RL21] [RL17] of a count that was closed or called off meanwhile is dropped', async () => {
    const review = await handedIn()
    await server.call('sam', 'POST', `plan/counts/${review.countId}/cancel`, {
      reason: 'not today',
    })
    for (const work of behind) await work()
    expect(await notedOf(review, 'recount-sent')).toEqual(['P1', 'P2'])
    expect(await waiting()).toEqual([])
  })
})

/** The database of a process that dies after so many transactions. */
function dyingAfter(transactions: number): Db {
  let left = transactions
  const gone = () => Promise.reject(new Error('the process is gone'))
  return {
    ...server.db,
    query: (sql, params) => (left < 0 ? gone() : server.db.query(sql, params)),
    tx: (work) => ((left -= 1) < 0 ? gone() : server.db.tx(work)),
  }
}

/** Whatever is written about this count fails. */
function failingFor(countId: string): Db {
  const fails = (sql: Sql): Sql => ({
    query: (text, params) =>
      text.includes('review_audit') && params?.[0] === countId
        ? Promise.reject(new Error('no disk left'))
        : sql.query(text, params),
  })
  return { ...server.db, tx: (work) => server.db.tx((sql) => work(fails(sql))) }
}

describe('the base profile', () => {
  it('[RL16] [RL21] judges nothing, and has no rule to switch', async () => {
    const base = await startCountsServer('hotwax')
    const session = await base.aSession()
    await base.call('ana', 'PUT', `${session.path}/items`, {
      items: [{ productId: 'TEE', quantity: 1 }],
    })
    for (const statusId of ['SESSION_ASSIGNED', 'SESSION_SUBMITTED'])
      expect((await base.call('ana', 'PUT', session.path, { statusId })).status).toBe(200)
    expect(await base.db.query('select 1 from judging')).toEqual([])
    const body = { facilityId: 'north', isOn: true }
    expect((await base.call('sam', 'PUT', 'reviewRules/recounts', body)).status).toBe(404)
    await base.close()
  })
})
