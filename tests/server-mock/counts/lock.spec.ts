// The lock over the real routes: the extended profile.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startCountsServer, type CountsServer, type TestUser } from '../../support/counts-server'

let server: CountsServer
beforeAll(async () => {
  server = await startCountsServer()
}, 60_000)
afterAll(() => server.close())

const lock = (user: TestUser, path: string, deviceId: string, over = {}) =>
  server.call(user, 'POST', `${path}/lock`, { deviceId, ...over })

describe('lock, extended', () => {
  it('[SL1] [S3.26] grant, and move a new session to assigned', async () => {
    const { path } = await server.aSession()

    const { status, body } = await lock('ana', path, 'ipad-1', { userId: 'somebody-else', thruDate: 1 })

    expect(status).toBe(200)
    expect(body).toMatchObject({
      userId: 'ana', deviceId: 'ipad-1', fence: 1, leaseSeconds: 120, fromDate: server.clock.at,
      thruDate: server.clock.at + 120_000, serverTime: server.clock.at, pendingElsewhere: [],
    })
    expect((await server.call('ana', 'GET', path)).body).toMatchObject({ statusId: 'SESSION_ASSIGNED', lock: { userId: 'ana' } })
  })

  it('[SL3] [S3.28] refuse a second holder with the first one’s name and what is left of the lease', async () => {
    const { path } = await server.aSession()
    await lock('ana', path, 'ipad-1')
    server.clock.at += 20_000

    expect(await lock('ben', path, 'ipad-2')).toMatchObject({
      status: 409,
      body: { errorCode: 409, code: 'SESSION_LOCKED', holder: { userId: 'ana', deviceId: 'ipad-1' }, leaseRemainingMs: 100_000 },
    })
  })

  it('[SL3] grant one of many that ask at the same time', async () => {
    const { path } = await server.aSession()

    const answers = await Promise.all(['a', 'b', 'c', 'd'].map((it) => lock('ana', path, it)))

    expect(answers.map((it) => it.status).toSorted()).toEqual([200, 409, 409, 409])
  })

  it('[SL8] tell the newcomer what the other device has not sent', async () => {
    const { path } = await server.aSession()
    await lock('ana', path, 'ipad-1')
    await server.call('ana', 'PUT', `${path}/lock`, { deviceId: 'ipad-1', fence: 1, unsentScans: 30 })
    server.clock.at += 130_000

    const { body } = await lock('ben', path, 'ipad-2')

    expect(body).toMatchObject({
      fence: 2, previousHolder: { userId: 'ana', deviceId: 'ipad-1' },
      pendingElsewhere: [{ deviceId: 'ipad-1', userId: 'ana', unsentScans: 30, lastHeardAt: server.clock.at - 130_000 }],
    })
  })

  it('[SL11] refuse the heartbeat of a device that lost the lock, but remember what it has not sent', async () => {
    const { path } = await server.aSession()
    await lock('ana', path, 'ipad-1')
    await lock('sam', path, 'laptop', { mode: 'force' })

    const beat = await server.call('ana', 'PUT', `${path}/lock`, { deviceId: 'ipad-1', fence: 1, unsentScans: 4 })
    const locks = await server.call('sam', 'GET', `${path}/lock?deviceId=laptop`)

    expect(beat).toMatchObject({ status: 409, body: { code: 'SESSION_LOCKED', holder: { userId: 'sam' } } })
    expect(locks.body).toMatchObject([{ userId: 'sam', fence: 2, pendingElsewhere: [{ deviceId: 'ipad-1', unsentScans: 4 }] }, { fence: 1 }])
  })

  it('[SL23] tell with every answer when another device was last heard of, and nothing of the asking one', async () => {
    const { path } = await server.aSession()
    const { body: alone } = await lock('ana', path, 'ipad-1', { unsentScans: 0 })
    const { body: taken } = await lock('sam', path, 'laptop', { mode: 'force' })
    server.clock.at += 5000
    await server.call('ana', 'PUT', `${path}/items`, {
      deviceId: 'ipad-1', unsentScans: 2, items: [{ uuid: 'late-1', productIdentifier: 'odd', quantity: 1, rev: 1, matchRev: 0, logId: 'log-1', standing: 1 }],
    })
    const lateAt = server.clock.at
    server.clock.at += 5000

    const beat = await server.call('sam', 'PUT', `${path}/lock`, { deviceId: 'laptop', fence: 2, unsentScans: 0 })
    const put = await server.call('sam', 'PUT', `${path}/items`, { deviceId: 'laptop', fence: 2, unsentScans: 0, items: [] })
    const changed = await server.call('sam', 'GET', `${path}/items?lastUpdatedStamp_from=${lateAt}`)

    expect(alone.heardElsewhereAt).toBe(0)
    expect(taken.heardElsewhereAt).toBe(lateAt - 5000)
    expect(beat.body).toMatchObject({ heardElsewhereAt: lateAt, pendingElsewhere: [{ deviceId: 'ipad-1', unsentScans: 2 }] })
    expect(put.body).toMatchObject({ heardElsewhereAt: lateAt, pendingElsewhere: [{ unsentScans: 2 }] })
    expect(changed.body.map((it: { uuid: string }) => it.uuid)).toEqual(['late-1'])
  })

  it('[SL6] let nobody take over by force without the permission, except from themselves', async () => {
    const { path } = await server.aSession()
    await lock('ana', path, 'ipad-1')

    expect((await lock('ben', path, 'ipad-2', { mode: 'force' })).status).toBe(409)
    expect((await lock('ana', path, 'ipad-3', { mode: 'force' })).body).toMatchObject({ fence: 2 })
  })

  it('[SL7] [I15] let a takeover that arrives twice take over once', async () => {
    const { path } = await server.aSession()
    await lock('ana', path, 'ipad-1')
    const takeOver = () => lock('sam', path, 'laptop', { mode: 'force', requestId: `force-${path}` })

    await takeOver()
    await lock('ana', path, 'ipad-1', { mode: 'force' })
    await server.call('sam', 'PUT', `${path}/release`, { deviceId: 'laptop', fence: 2 })

    expect((await takeOver()).status).toBe(409)
  })

  it('[SL13] [S3.27] release at once, as often as it is said, and not for others', async () => {
    const { path } = await server.aSession()
    const { body: own } = await lock('ana', path, 'ipad-1')
    const release = (user: TestUser, deviceId: string) => server.call(user, 'PUT', `${path}/release`, { deviceId, fence: own.fence })

    expect(await release('ben', 'ipad-2')).toMatchObject({ status: 409, body: { code: 'SESSION_LOCKED' } })
    expect([(await release('ana', 'ipad-1')).status, (await release('ana', 'ipad-1')).status]).toEqual([200, 200])
    expect((await lock('ben', path, 'ipad-2')).body).toMatchObject({ fence: 2 })
    expect((await release('ana', 'ipad-1')).status).toBe(200)
    expect((await server.call('ana', 'GET', path)).body.lock).toMatchObject({ userId: 'ben' })
  })

  it('[SL16] [I7] [S3.42] change no status under a stale fence', async () => {
    const { path } = await server.aSession()
    await lock('ana', path, 'ipad-1')
    await lock('sam', path, 'laptop', { mode: 'force' })
    const submit = (fence?: number) => server.call('ana', 'PUT', path, { statusId: 'SESSION_SUBMITTED', fence })

    expect(await submit(1)).toMatchObject({ status: 409, body: { code: 'STALE_FENCE', holder: { userId: 'sam' } } })
    expect((await submit()).status).toBe(409)
    expect((await server.call('ana', 'GET', path)).body).toMatchObject({ statusId: 'SESSION_ASSIGNED' })
    expect((await server.call('sam', 'PUT', path, { statusId: 'SESSION_SUBMITTED', fence: 2 })).status).toBe(200)
    expect(await submit(1)).toMatchObject({ status: 409, body: { code: 'STALE_FENCE' } })
  })

  it('[SL17] lock nothing that is submitted', async () => {
    const { path } = await server.aSession()
    for (const statusId of ['SESSION_ASSIGNED', 'SESSION_SUBMITTED']) await server.call('ana', 'PUT', path, { statusId })

    expect((await lock('ana', path, 'ipad-1')).status).toBe(400)
  })

  it('[SL18] [S3.25] show the active lock as a data document', async () => {
    const { path, sessionId } = await server.aSession()
    await lock('ana', path, 'ipad-1')
    const read = (user: TestUser) =>
      server.rest(user, 'POST', 'oms/dataDocumentView', {
        dataDocumentId: 'InventoryCountImportLock', filterByDate: true, customParametersMap: { inventoryCountImportId: sessionId },
      })

    expect((await read('ben')).body).toMatchObject({ entityValueList: [{ userId: 'ana', deviceId: 'ipad-1' }] })
    expect((await read('zoe')).status).toBe(403)
    server.clock.at += 120_001
    expect((await read('ben')).body).toEqual({ entityValueList: [] })
  })

  it('[SL22] end the grant that is taken over, for every list and for good', async () => {
    const { path, sessionId, countId } = await server.aSession()
    await lock('ana', path, 'ipad-1')
    server.clock.at += 20_000
    await lock('sam', path, 'ipad-2', { mode: 'force' })
    const document = async (filterByDate: boolean) =>
      (await server.rest('ben', 'POST', 'oms/dataDocumentView', {
        dataDocumentId: 'InventoryCountImportLock', filterByDate, customParametersMap: { inventoryCountImportId: sessionId },
      })).body.entityValueList

    expect(await document(true)).toMatchObject([{ userId: 'sam', fence: 2 }])
    expect(await document(false)).toMatchObject([{ userId: 'sam' }, { userId: 'ana', thruDate: server.clock.at }])

    await server.call('sam', 'PUT', `${path}/release`, { deviceId: 'ipad-2', fence: 2 })

    expect(await document(true)).toEqual([])
    const list = await server.call('ben', 'GET', 'cycleCounts/workEfforts')
    const count = list.body.cycleCounts.find((it: { workEffortId: string }) => it.workEffortId === countId)
    expect(count.sessions[0].lock ?? null).toBeNull()
    expect(await server.call('ana', 'PUT', `${path}/release`, { deviceId: 'ipad-1', fence: 1 })).toMatchObject({ status: 409 })
  })
})
