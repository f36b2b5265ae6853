// The base profile: what a plain Moqui/HotWax server does, quirks included.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startCountsServer, type CountsServer } from '../../support/counts-server'

let server: CountsServer
beforeAll(async () => {
  server = await startCountsServer('hotwax')
}, 60_000)
afterAll(() => server.close())

describe('items, base profile', () => {
  it('[SC30] overwrite absolute quantities and answer an empty object', async () => {
    const { path } = await server.aSession()
    const put = (items: object[]) => server.call('ana', 'PUT', `${path}/items`, { items })

    await put([{ uuid: 'a', productIdentifier: 'odd', quantity: 5, rev: 9 }])
    const answer = await put([{ uuid: 'a', quantity: 2, rev: 1 }])

    expect(answer).toMatchObject({ status: 200, body: {} })
    const items = (await server.call('ana', 'GET', `${path}/items?productIdentifier=odd`)).body
    expect(items).toMatchObject([{ uuid: 'a', quantity: 2, importItemSeqId: '00003' }])
    expect(Object.keys(items[0])).not.toContain('rev')
  })

  it('[SC30] take null for uncounted and leave it out of the answer', async () => {
    const { path } = await server.aSession()
    const put = (items: object[]) => server.call('ana', 'PUT', `${path}/items`, { items })

    await put([{ uuid: 'a', productIdentifier: 'odd', quantity: 5 }])
    await put([{ uuid: 'a', quantity: null }])

    expect((await server.call('ana', 'GET', `${path}/items?productIdentifier=odd`)).body[0]).not.toHaveProperty('quantity')
  })

  it('[SC30] check neither lock nor status, and refuse a bad row with its whole request', async () => {
    const { path } = await server.aSession()
    const put = (items: object[]) => server.call('ana', 'PUT', `${path}/items`, { items })
    for (const statusId of ['SESSION_ASSIGNED', 'SESSION_SUBMITTED']) await server.call('ana', 'PUT', path, { statusId })

    const bad = await put([{ uuid: 'a', quantity: 1 }, { uuid: 'b', quantity: 'x' }])

    expect(bad).toMatchObject({ status: 400, body: { errorCode: 400 } })
    expect((await server.call('ana', 'GET', `${path}/items/count`)).body).toEqual({ count: 2 })
    expect((await put([{ uuid: 'a', quantity: 1 }])).status).toBe(200)
  })

  it('[SC30] find a row by its number first, and never give two rows one uuid', async () => {
    const { path } = await server.aSession()
    const put = (items: object[]) => server.call('ana', 'PUT', `${path}/items`, { items })
    await put([{ uuid: 'a', productIdentifier: 'odd', quantity: 5 }])

    const byUuid = await put([{ importItemSeqId: '00099', uuid: 'a', quantity: 6 }])
    const byNumber = await put([{ importItemSeqId: '00002', uuid: 'a', quantity: 7 }])

    expect([byUuid.status, byNumber.status]).toEqual([200, 200])
    const items = (await server.call('ana', 'GET', `${path}/items?pageSize=100`)).body
    const rows = new Map(items.map((it: { importItemSeqId: string }) => [it.importItemSeqId, it]))
    expect([...rows.keys()]).toEqual(['00001', '00002', '00003'])
    expect(rows.get('00003')).toMatchObject({ uuid: 'a', quantity: 6 })
    expect(rows.get('00002')).toMatchObject({ quantity: 7 })
    expect(rows.get('00002')).not.toHaveProperty('uuid')
  })

  it('[SC31] make a second row of a row without ids', async () => {
    const { path } = await server.aSession()
    const put = () => server.call('ana', 'PUT', `${path}/items`, { items: [{ productIdentifier: 'odd', quantity: 1 }] })

    await put()
    await put()

    expect((await server.call('ana', 'GET', `${path}/items/count`)).body).toEqual({ count: 4 })
  })

  it('[SC32] repeat a row for every facility that stocks its product, the same way every time', async () => {
    const { path } = await server.aSession()
    const read = async () =>
      (await server.call('ana', 'GET', `${path}/items?orderByField=importItemSeqId`)).body.map((it: { importItemSeqId: string }) => it.importItemSeqId)

    expect(await read()).toEqual(['00001', '00001', '00002'])
    expect(await read()).toEqual(['00001', '00001', '00002'])
    expect((await server.call('ana', 'GET', `${path}/items/count`)).body).toEqual({ count: 2 })
  })

  it('[SC33] know no scan events', async () => {
    const { path } = await server.aSession()

    expect((await server.call('ana', 'PUT', `${path}/scanEvents`, { events: [] })).status).toBe(404)
  })
})

describe('lock, base profile', () => {
  it('[SL20] refuse any second lock with a 400 that names the holder', async () => {
    const { path } = await server.aSession()
    const lock = () => server.call('ana', 'POST', `${path}/lock`, { userId: 'ana', deviceId: 'ipad-1', thruDate: server.clock.at + 300_000 })

    const first = await lock()
    const second = await lock()

    expect(first.body).toMatchObject({ userId: 'ana', deviceId: 'ipad-1', fromDate: server.clock.at, leaseSeconds: 300 })
    expect(first.body).not.toHaveProperty('fence')
    expect(second).toMatchObject({ status: 400, body: { errorCode: 400 } })
    expect(second.body.errors).toContain('locked by user ana')
  })

  it('[SL21] update and release a lock row without looking at its owner', async () => {
    const { path } = await server.aSession()
    const { body } = await server.call('ana', 'POST', `${path}/lock`, { deviceId: 'ipad-1' })

    const beat = await server.call('ben', 'PUT', `${path}/lock`, { fromDate: body.fromDate, thruDate: server.clock.at + 900_000 })
    const release = await server.call('ben', 'PUT', `${path}/release`, { fromDate: body.fromDate, thruDate: server.clock.at, overrideByUserId: 'ben' })
    const missing = await server.call('ben', 'PUT', `${path}/lock`, { fromDate: 12, thruDate: 13 })

    expect([beat.status, release.status, missing.status]).toEqual([200, 200, 404])
    expect((await server.call('ben', 'POST', `${path}/lock`, { deviceId: 'ipad-2' })).status).toBe(200)
  })

  it('[SL21] submit without a word about the lock', async () => {
    const { path } = await server.aSession()
    await server.call('ana', 'POST', `${path}/lock`, { deviceId: 'ipad-1' })

    expect((await server.call('ben', 'PUT', path, { statusId: 'SESSION_SUBMITTED' })).status).toBe(200)
  })
})
