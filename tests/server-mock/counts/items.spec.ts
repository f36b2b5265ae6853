// PUT, GET and DELETE items, and scan events, over the real routes and a real database: the extended profile.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aSentRow } from '../../support/rows'
import { startCountsServer, type CountsServer, type TestSession } from '../../support/counts-server'

let server: CountsServer
beforeAll(async () => {
  server = await startCountsServer()
}, 60_000)
afterAll(() => server.close())

const aScan = (over = {}) => aSentRow({ productIdentifier: '0036000291452', ...over })

async function putItems(session: TestSession, items: readonly unknown[], over = {}) {
  return server.call('ana', 'PUT', `${session.path}/items`, { protocol: 1, deviceId: 'ipad-1', items, ...over })
}

async function rowsOf(session: TestSession, user: 'ana' | 'sam' = 'ana', query = '?orderByField=importItemSeqId') {
  return (await server.call(user, 'GET', `${session.path}/items${query}`)).body
}

describe('PUT items, extended', () => {
  it('[SC12] [S3.23] [S3.33] [S3.41] store rows, answer a verdict each, and show them again', async () => {
    const session = await server.aSession()

    const { status, body } = await putItems(session, [aScan(), aScan({ uuid: 'row-2', productIdentifier: 'odd', quantity: -1.5, rev: 9 })])

    expect(status).toBe(200)
    expect(body).toMatchObject({
      serverTime: server.clock.at,
      items: [
        { uuid: 'row-1', verdict: 'applied', importItemSeqId: '00003', rev: 3, productId: 'TEE' },
        { uuid: 'row-2', verdict: 'applied', importItemSeqId: '00004', rev: 9 },
      ],
    })
    expect(await rowsOf(session)).toMatchObject([
      { importItemSeqId: '00001', productId: 'TEE', isRequested: 'Y' },
      { importItemSeqId: '00002', productId: 'CAP', isRequested: 'Y' },
      { importItemSeqId: '00003', uuid: 'row-1', productId: 'TEE', productName: 'Black tee', quantity: 3, standing: 3, rev: 3, logId: 'log-1' },
      { importItemSeqId: '00004', uuid: 'row-2', quantity: -1.5 },
    ])
  })

  it('[SC13] [I15] [S3.3] end in the same state when requests come twice and in the wrong order', async () => {
    const session = await server.aSession()
    const older = [aScan({ rev: 3, quantity: 3 })]
    const newer = [aScan({ rev: 5, quantity: 5 })]

    await putItems(session, newer)
    const late = await putItems(session, older)
    const again = await putItems(session, newer)

    expect([late.body.items[0].verdict, again.body.items[0].verdict]).toEqual(['duplicate', 'duplicate'])
    expect((await rowsOf(session)).filter((it: { uuid: string }) => it.uuid === 'row-1')).toMatchObject([{ quantity: 5, rev: 5 }])
  })

  it('[SC12] [I15] make one row of requests that arrive at the same time', async () => {
    const session = await server.aSession()

    const answers = await Promise.all([1, 2, 3].map(() => putItems(session, [aScan()])))

    expect(answers.map((it) => it.body.items[0].verdict).toSorted()).toEqual(['applied', 'duplicate', 'duplicate'])
    expect(await rowsOf(session)).toHaveLength(3)
  })

  it('[SC10] [SC14] keep the good rows of a batch with bad ones, and the evidence of a conflict', async () => {
    const session = await server.aSession()
    await putItems(session, [aScan()])

    const { body } = await putItems(session, [aScan({ quantity: 9 }), { uuid: 'bad', rev: 1, quantity: 'x' }, aScan({ uuid: 'row-2', rev: 1, quantity: 1 })])

    expect(body.items).toMatchObject([
      { verdict: 'rejected', code: 'REV_CONFLICT' },
      { uuid: 'bad', verdict: 'rejected', code: 'BAD_QUANTITY' },
      { uuid: 'row-2', verdict: 'applied' },
    ])
    const evidence = await server.db.query('select verdict from item_evidence where session_id = $1 and row_key = $2 order by verdict', [session.sessionId, 'row-1'])
    expect(evidence).toEqual([{ verdict: 'applied' }, { verdict: 'rejected' }])
  })

  it('[SC26] refuse a version of the protocol that the server does not name, whole', async () => {
    const session = await server.aSession()

    const refused = await putItems(session, [aScan()], { protocol: 99 })
    const events = await server.call('ana', 'PUT', `${session.path}/scanEvents`, { protocol: 99, events: [] })
    const taken = await putItems(session, [aScan()], { protocol: 1 })

    expect(refused).toMatchObject({ status: 426, body: { code: 'OUTDATED_CLIENT' } })
    expect(events.status).toBe(426)
    expect(taken.body.items).toMatchObject([{ verdict: 'applied' }])
  })

  it('[SC21] take 500 rows and refuse 501 whole', async () => {
    const session = await server.aSession()
    const many = Array.from({ length: 501 }, (_it, at) => aScan({ uuid: `row-${at}` }))

    const tooMany = await putItems(session, many)
    const enough = await putItems(session, many.slice(1))

    expect(tooMany).toMatchObject({ status: 413, body: { code: 'TOO_LARGE' } })
    expect(enough.status).toBe(200)
    expect(await server.call('ana', 'GET', `${session.path}/items/count`)).toMatchObject({ body: { count: 502 } })
  })

  it('[SC11] mark late what comes under an old fence or after the submit, and count it', async () => {
    const session = await server.aSession()
    await server.call('ana', 'POST', `${session.path}/lock`, { deviceId: 'ipad-1' })
    await server.call('sam', 'POST', `${session.path}/lock`, { deviceId: 'laptop', mode: 'force' })

    const stale = await putItems(session, [aScan()], { fence: 1 })
    await server.call('sam', 'PUT', session.path, { statusId: 'SESSION_SUBMITTED', fence: 2 })
    const submitted = await putItems(session, [aScan({ rev: 4, quantity: 4 })], { fence: 2 })

    expect(stale.body).toMatchObject({ items: [{ verdict: 'late' }], lock: { userId: 'sam', deviceId: 'laptop', fence: 2 } })
    expect(submitted.body.items).toMatchObject([{ verdict: 'late', rev: 4 }])
  })

  it('[SC11] [I16] hold back from an approved session without losing anything', async () => {
    const session = await server.aSession()
    await putItems(session, [aScan()])
    for (const statusId of ['SESSION_ASSIGNED', 'SESSION_SUBMITTED', 'SESSION_APPROVED'])
      await server.call('sam', 'PUT', session.path, { statusId })

    const { body } = await putItems(session, [aScan({ rev: 7, quantity: 7 })])

    expect(body.items).toMatchObject([{ verdict: 'held', rev: 7 }])
    expect((await rowsOf(session)).at(-1)).toMatchObject({ quantity: 3 })
    expect(await server.db.query("select quantity::float8 as quantity from item_evidence where session_id = $1 and verdict = 'held'", [session.sessionId])).toEqual([{ quantity: 7 }])
  })

  it('[SC22] renew the holder’s lease with every batch, and nobody else’s', async () => {
    const session = await server.aSession()
    const lock = await server.call('ana', 'POST', `${session.path}/lock`, { deviceId: 'ipad-1' })
    server.clock.at += 60_000

    const stranger = await putItems(session, [aScan()], { fence: 1, deviceId: 'ipad-2' })
    const holder = await putItems(session, [aScan({ rev: 4, quantity: 4 })], { fence: 1 })

    expect(stranger.body.lock.thruDate).toBe(lock.body.thruDate)
    expect(holder.body.lock.thruDate).toBe(lock.body.thruDate + 60_000)
  })

  it('[SC23] refuse rows for other facilities and for sessions that do not exist', async () => {
    const session = await server.aSession()

    const outside = await server.call('zoe', 'PUT', `${session.path}/items`, { items: [aScan()] })
    const missing = await server.call('ana', 'PUT', 'cycleCounts/sessions/none/items', { items: [aScan()] })

    expect(outside.status).toBe(403)
    expect(missing).toMatchObject({ status: 404, body: { errorCode: 404, code: 'NOT_FOUND' } })
  })
})

describe('GET items', () => {
  it('[SC24] page in a stable order without gaps or repetitions', async () => {
    const session = await server.aSession()
    await putItems(session, Array.from({ length: 7 }, (_it, at) => aScan({ uuid: `row-${at}` })))

    const pages = [0, 1, 2].map((at) => rowsOf(session, 'ana', `?pageIndex=${at}&pageSize=4&orderByField=importItemSeqId`))

    expect((await Promise.all(pages)).map((page) => page.map((it: { importItemSeqId: string }) => Number(it.importItemSeqId)))).toEqual([
      [1, 2, 3, 4], [5, 6, 7, 8], [9],
    ])
    expect(await rowsOf(session, 'ana', '?importItemSeqId_from=00008')).toHaveLength(2)
  })

  it('[SC20] leave the book quantity out for those who may not see it, and in a blind count for all who count', async () => {
    const session = await server.aSession()
    await putItems(session, [aScan()])

    const ana = (await rowsOf(session)).at(-1)
    const sam = (await rowsOf(session, 'sam')).at(-1)

    expect(Object.keys(ana).filter((it) => /onHand|promise/i.test(it))).toEqual([])
    expect(sam).toMatchObject({ systemQuantityOnHand: 10, quantityOnHandTotal: 10, availableToPromiseTotal: 9 })
  })

  it('[SC24] answer nothing for a session that does not exist', async () => {
    expect(await server.call('ana', 'GET', 'cycleCounts/sessions/none/items')).toMatchObject({ status: 200, body: [] })
  })
})

describe('DELETE items', () => {
  it('[SC18] leave a tombstone that only a higher revision revives, and only for supervisors', async () => {
    const session = await server.aSession()
    await putItems(session, [aScan()])

    const refused = await server.call('ana', 'DELETE', `${session.path}/items`, [{ uuid: 'row-1' }])
    const deleted = await server.call('sam', 'DELETE', `${session.path}/items`, [{ importItemSeqId: '00003' }])
    const again = await putItems(session, [aScan()])
    const gone = await rowsOf(session)
    await putItems(session, [aScan({ rev: 4, quantity: 4 })])

    expect([refused.status, deleted.status, again.body.items[0].verdict]).toEqual([403, 200, 'duplicate'])
    expect(gone).toHaveLength(2)
    expect((await rowsOf(session)).at(-1)).toMatchObject({ importItemSeqId: '00003', quantity: 4 })
  })
})

describe('PUT scanEvents', () => {
  it('[SC25] store each event once', async () => {
    const session = await server.aSession()
    const anEvent = (eventId: string, seq: number) => ({
      eventId, logId: 'log-1', seq, kind: 'scan', raw: '0036000291452', itemKey: 'gtin:00036000291452', quantity: 1,
      packSize: 1, at: 1, userId: 'ana', source: 'wedge',
    })
    const send = (events: object[]) => server.call('ana', 'PUT', `${session.path}/scanEvents`, { events })

    const first = await send([anEvent('e1', 1), anEvent('e2', 2)])
    const second = await send([anEvent('e2', 2), anEvent('e3', 3)])

    expect([first.body, second.body]).toMatchObject([{ stored: 2, known: 0 }, { stored: 1, known: 1 }])
    expect(await send(Array.from({ length: 501 }, (_it, at) => anEvent(`x${at}`, at + 1)))).toMatchObject({ status: 413 })
  })
})
