// What a planner changes while people count: name, dates, people, lists; and calling a count off.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startCountsServer, type CountsServer } from '../../support/counts-server'
import { aReview } from '../../support/review-server'

vi.setConfig({ testTimeout: 60_000 })

let server: CountsServer
let serial = 0
beforeAll(async () => {
  server = await startCountsServer()
  await server.db.query(
    "insert into product (product_id, product_name, change_seq) values ('MUG', 'Mug', 900), ('PEN', 'Pen', 901)",
  )
}, 120_000)
afterAll(() => server.close())

const items = (path: string, change: object, requestId = `i${(serial += 1)}`) =>
  server.call('sam', 'POST', path.replace('cycleCounts/', 'plan/') + '/items', { requestId, ...change })
const auditOf = async (countId: string) =>
  (
    await server.db.query<{ action: string; reason: string | null; by_user: string; details: unknown }>(
      'select action, reason, by_user, details from review_audit where work_effort_id = $1 order by seq',
      [countId],
    )
  ).map((it) => ({ ...it }))

describe('a planned count', () => {
  it('[PL20] is renamed and given other dates, with what it was before', async () => {
    const { countId } = await server.aSession()
    const change = (body: object) => server.call('sam', 'POST', `plan/counts/${countId}`, body)

    expect((await change({ workEffortName: 'Dairy', estimatedCompletionDate: 5000 })).status).toBe(200)
    expect((await change({ estimatedStartDate: 5000 })).status).toBe(400)
    expect((await change({ estimatedCompletionDate: null })).status).toBe(200)
    const count = await server.call('ana', 'GET', `cycleCounts/workEfforts/${countId}`)
    expect([count.body.workEffortName, count.body.estimatedCompletionDate]).toEqual(['Dairy', undefined])
    expect(await auditOf(countId)).toEqual([
      {
        action: 'plan-changed',
        reason: null,
        by_user: 'sam',
        details: { name: { from: 'Aisle 4', to: 'Dairy' }, estimatedCompletionAt: { from: null, to: 5000 } },
      },
      { action: 'plan-changed', reason: null, by_user: 'sam', details: { estimatedCompletionAt: { from: 5000, to: null } } },
    ])
    await server.call('sam', 'PUT', `cycleCounts/workEfforts/${countId}`, { statusId: 'CYCLE_CNT_CMPLTD' })
    expect((await change({ workEffortName: 'Late' })).status).toBe(400)
  })

  it('[PL21] gives a session to somebody else who counts there; whoever holds it goes on', async () => {
    const { countId, sessionId, path } = await server.aSession()
    const give = (assignedTo: string | null) => server.call('sam', 'POST', `plan/sessions/${sessionId}`, { assignedTo })
    const lock = await server.call('ana', 'POST', `${path}/lock`, { deviceId: 'd1' })

    expect([(await give('ben')).status, (await give('zoe')).status]).toEqual([200, 400])
    expect((await server.call('ana', 'GET', path)).body).toMatchObject({ assignedTo: 'ben', uploadedByUserLogin: 'ben' })
    const beat = await server.call('ana', 'PUT', `${path}/lock`, { deviceId: 'd1', fence: lock.body.fence })
    expect(beat.status).toBe(200)
    expect((await auditOf(countId)).map((it) => [it.action, it.details])).toEqual([
      ['reassigned', { sessionId, from: null, to: 'ben' }],
    ])
    expect((await give(null)).status).toBe(200)
    await server.call('ana', 'PUT', path, { statusId: 'SESSION_SUBMITTED', fence: lock.body.fence })
    expect((await give('ben')).status).toBe(400)
  })

  it('[PL22] gets more products while somebody counts: an open device hears of it, and its next pull has them', async () => {
    const { path } = await server.aSession()
    const lock = await server.call('ana', 'POST', `${path}/lock`, { deviceId: 'd1' })
    server.clock.at += 60_000
    const since = server.clock.at - 1
    const change = { add: ['MUG', 'TEE', 'GONE'] }
    const first = await items(path, change, 'same')
    const copy = await items(path, change, 'same')
    const beat = await server.call('ana', 'PUT', `${path}/lock`, { deviceId: 'd1', fence: lock.body.fence })
    const pulled = await server.call('ana', 'GET', `${path}/items?lastUpdatedStamp_from=${since}`)

    expect(first.body.verdicts.map((it: { verdict: string }) => it.verdict)).toEqual(['taken', 'same', 'refused'])
    expect(copy.body).toEqual(first.body)
    expect(beat.body.heardElsewhereAt).toBeGreaterThan(lock.body.heardElsewhereAt)
    expect(pulled.body).toMatchObject([{ productId: 'MUG', isRequested: 'Y', importItemSeqId: '00003' }])
  })

  it('[PL22] loses products that nobody has counted, as a change that every pull brings; they can come back', async () => {
    const review = await aReview(server)
    const { path } = review.session
    await review.count('ana', path, 'TEE', 3)
    server.clock.at += 60_000
    const removed = await items(path, { remove: ['TEE', 'CAP', 'MUG'] })
    const pulled = await server.call('ana', 'GET', `${path}/items?lastUpdatedStamp_from=${server.clock.at}`)

    expect(removed.body.verdicts).toEqual([
      { productId: 'TEE', verdict: 'refused', message: 'Somebody has counted it already' },
      { productId: 'CAP', verdict: 'taken' },
      { productId: 'MUG', verdict: 'same' },
    ])
    expect(pulled.body).toMatchObject([{ productId: 'CAP', isRequested: 'N', matchRev: 1 }])
    expect([(await review.summary()).total, (await review.rows()).map((it) => it.productId)]).toEqual([1, ['TEE']])

    expect((await items(path, { add: ['CAP'] })).body.verdicts).toEqual([{ productId: 'CAP', verdict: 'taken' }])
    const all = await server.call('ana', 'GET', `${path}/items?productId=CAP`)
    expect(all.body).toMatchObject([{ isRequested: 'Y', matchRev: 2 }])
    expect((await review.summary()).total).toBe(2)
    expect((await auditOf(review.countId)).map((it) => it.action)).toEqual(['items-removed', 'items-added'])
  })

  it('[PL23] is called off with a reason: sessions end, late rows are kept and change nothing', async () => {
    const { countId, path } = await server.aSession()
    const lock = await server.call('ana', 'POST', `${path}/lock`, { deviceId: 'd1' })
    const cancel = (body: object, user: 'sam' | 'ana' = 'sam') => server.call(user, 'POST', `plan/counts/${countId}/cancel`, body)

    expect([(await cancel({ reason: ' ' })).status, (await cancel({ reason: 'x' }, 'ana')).status]).toEqual([400, 403])
    expect((await cancel({ reason: 'planned twice' })).status).toBe(200)
    expect((await cancel({ reason: 'again' })).status).toBe(200)
    const count = await server.call('ana', 'GET', `cycleCounts/workEfforts/${countId}`)
    expect([count.body.statusId, count.body.sessions[0].statusId]).toEqual(['CYCLE_CNT_CNCL', 'SESSION_VOIDED'])
    const late = await server.call('ana', 'PUT', `${path}/items`, {
      deviceId: 'd1',
      fence: lock.body.fence,
      items: [{ uuid: `${path}-late`, logId: 'l', rev: 1, quantity: 2, standing: 2, productId: 'TEE' }],
    })
    expect(late.body.items).toMatchObject([{ verdict: 'held' }])
    expect((await auditOf(countId)).map((it) => [it.action, it.reason])).toEqual([['cancelled', 'planned twice']])
  })
})

describe('the list of a session', () => {
  const listOf = async (path: string, query = '', user: 'sam' | 'ana' = 'sam') =>
    server.call(user, 'GET', `${path.replace('cycleCounts/', 'plan/')}/items${query}`)
  const idsOf = (body: { products: { productId: string }[] }) => body.products.map((it) => it.productId)

  it('[PL52] is told in the order of names, each product once, with what has been counted', async () => {
    const { path } = await server.aSession()
    await items(path, { add: ['MUG', 'PEN'] })
    await items(path, { remove: ['PEN'] })
    for (const log of ['l1', 'l2'])
      await server.call('ana', 'PUT', `${path}/items`, {
        items: [
          { uuid: `${path}:${log}`, logId: log, rev: 1, quantity: 1, standing: 1, productId: 'TEE' },
          { uuid: `${path}:${log}:x`, logId: log, rev: 1, quantity: 1, standing: 1, productId: 'PEN' },
        ],
      })

    const { body } = await listOf(path)

    expect(body.products.map((it: { productName: string; isCounted: boolean }) => [it.productName, it.isCounted])).toEqual(
      [...body.products.map((it: { productName: string; isCounted: boolean }) => [it.productName, it.isCounted])].toSorted(),
    )
    expect(new Map(body.products.map((it: { productId: string; isCounted: boolean }) => [it.productId, it.isCounted]))).toEqual(
      new Map([['TEE', true], ['CAP', false], ['MUG', false]]),
    )
    expect(body.total).toBe(3)
    expect((await listOf(path, '', 'ana')).status).toBe(403)
  })

  it('[PL52] comes page by page, and is searched by name and number', async () => {
    const { path } = await server.aSession()
    await items(path, { add: ['MUG', 'PEN'] })
    const seen: string[] = []
    let ask = ''
    for (let pages = 0; pages < 5; pages += 1) {
      const { body } = await listOf(path, `?limit=3${ask}`)
      seen.push(...idsOf(body))
      expect(body.total).toBe(4)
      if (body.next == null) break
      ask = `&afterName=${encodeURIComponent(body.next.afterName)}&afterId=${body.next.afterId}`
    }

    expect(seen.toSorted()).toEqual(['CAP', 'MUG', 'PEN', 'TEE'])
    expect(idsOf((await listOf(path, '?text=mu')).body)).toEqual(['MUG'])
    expect((await listOf(path, '?text=%25')).body).toMatchObject({ products: [], total: 0 })
  })
})
