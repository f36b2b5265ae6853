// Cycle counts and sessions over the real routes: lists, progress, transitions, create and clone.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startCountsServer, type CountsServer } from '../../support/counts-server'

let server: CountsServer
beforeAll(async () => {
  server = await startCountsServer()
}, 60_000)
afterAll(() => server.close())

const COUNTS_PATH = 'cycleCounts/workEfforts'

describe('cycle counts', () => {
  it('[SC1] list with filters, sessions, active locks and progress', async () => {
    const { countId, sessionId, path } = await server.aSession()
    await server.call('ana', 'POST', `${path}/lock`, { deviceId: 'ipad-1' })
    await server.call('ana', 'PUT', `${path}/items`, {
      items: [
        { uuid: 'a', rev: 2, quantity: 0, standing: 2, productId: 'TEE', logId: 'l' },
        { uuid: 'b', rev: 1, quantity: 5, standing: 0, productId: 'CAP', logId: 'l' },
        { uuid: 'c', rev: 1, quantity: 1, standing: 1, productIdentifier: 'odd', logId: 'l' },
      ],
    })

    const { body, headers } = await server.call('ana', 'GET', `${COUNTS_PATH}?facilityId=north&statusId=CYCLE_CNT_IN_PRGS,CYCLE_CNT_CREATED&statusId_op=in&orderByField=-createdDate`)

    const count = body.cycleCounts.find((it: { workEffortId: string }) => it.workEffortId === countId)
    expect(count).toMatchObject({
      statusId: 'CYCLE_CNT_IN_PRGS', isBlind: 'N', requestedItems: 2, countedItems: 1, actualStartDate: server.clock.at,
      sessions: [{ inventoryCountImportId: sessionId, statusId: 'SESSION_ASSIGNED', lock: { userId: 'ana', deviceId: 'ipad-1' } }],
    })
    expect(headers.get('X-Total-Count')).toBe(String(body.cycleCountsCount))
  })

  it('[SC29] ask for a line once, however many sessions ask for it', async () => {
    const { countId, path } = await server.aSession()
    const cloned = await server.call('ana', 'POST', `${path}/cloneDirectedCount`, { countImportName: 'Again' })
    const cloneId: string = cloned.body.inventoryCountImportId
    const put = (rows: object[]) => server.call('ana', 'PUT', `cycleCounts/sessions/${cloneId}/items`, { items: rows })
    await server.call('ana', 'PUT', `${path}/items`, { items: [{ uuid: 'p1', rev: 1, quantity: 2, standing: 2, productId: 'TEE', logId: 'l' }] })
    await put([{ uuid: 'p2', rev: 1, quantity: 3, standing: 3, productId: 'TEE', logId: 'm' }])
    const progress = async () => {
      const { body } = await server.call('sam', 'GET', `${COUNTS_PATH}/${countId}`)
      return [body.requestedItems, body.countedItems]
    }

    expect(await progress()).toEqual([2, 1])
    await put([{ uuid: 'p3', rev: 1, quantity: 1, standing: 1, productId: 'CAP', logId: 'm' }])
    expect(await progress()).toEqual([2, 2])
    await server.call('sam', 'PUT', `cycleCounts/sessions/${cloneId}`, { statusId: 'SESSION_VOIDED' })
    expect(await progress()).toEqual([2, 1])
  })

  it('[SC2] show nobody the counts of other facilities', async () => {
    const { countId } = await server.aSession()

    const list = await server.call('zoe', 'GET', COUNTS_PATH)
    const one = await server.call('zoe', 'GET', `${COUNTS_PATH}/${countId}`)
    const missing = await server.call('ana', 'GET', `${COUNTS_PATH}/none`)

    expect(list.body).toEqual({ cycleCounts: [], cycleCountsCount: 0 })
    expect(one.status).toBe(403)
    expect(missing).toMatchObject({ status: 200, body: undefined })
  })

  it('[SC1] filter by keyword, type and dates in the zone of the profile', async () => {
    const create = (workEffortName: string, createdDate: number) =>
      server.call('sam', 'POST', COUNTS_PATH, { workEffortName, facilityId: 'north', workEffortPurposeTypeId: 'HARD_COUNT', createdDate })
    await create('Hall 100%', Date.UTC(2025, 0, 14, 22, 59))
    await create('Hall 100x', Date.UTC(2025, 0, 14, 23, 1))

    const names = async (query: string) =>
      (await server.call('ana', 'GET', `${COUNTS_PATH}?countType=HARD_COUNT&${query}`)).body.cycleCounts.map((it: { workEffortName: string }) => it.workEffortName)

    expect(await names('keyword=100%25')).toEqual(['Hall 100%'])
    // Midnight in Berlin is 23:00 UTC.
    expect(await names('createdDateFrom=2025-01-15 00:00:00.000')).toEqual(['Hall 100x'])
    expect(await names('createdDateFrom=2025-01-14 00:00:00.000&createdDateTo=2025-01-14 23:59:59.999')).toEqual(['Hall 100%'])
    expect((await server.call('ana', 'GET', `${COUNTS_PATH}?createdDateFrom=2025-13-45`)).status).toBe(400)
  })

  it('[SC3] create once, however often the same request arrives', async () => {
    const request = { workEffortName: 'Once', facilityId: 'north', requestId: 'create-1' }

    const answers = await Promise.all([1, 2, 3].map(() => server.call('sam', 'POST', COUNTS_PATH, request)))
    const other = await server.call('sam', 'POST', COUNTS_PATH, { ...request, requestId: 'create-2' })
    const refused = await server.call('ana', 'POST', COUNTS_PATH, request)

    expect(new Set(answers.map((it) => it.body.workEffortId)).size).toBe(1)
    expect(other.body.workEffortId).not.toBe(answers[0]?.body.workEffortId)
    expect(refused.status).toBe(403)
  })

  it('[SC4] change status only along the allowed ways, and start early only with the permission', async () => {
    const { body } = await server.call('sam', 'POST', COUNTS_PATH, {
      workEffortName: 'Tomorrow', facilityId: 'north', estimatedStartDate: server.clock.at + 86_400_000,
    })
    const change = (user: 'ana' | 'sam', statusId: string) => server.call(user, 'PUT', `${COUNTS_PATH}/${body.workEffortId}`, { statusId })

    expect(await change('sam', 'CYCLE_CNT_CLOSED')).toMatchObject({
      status: 400,
      body: { errors: 'Status change from CYCLE_CNT_CREATED to CYCLE_CNT_CLOSED is not allowed', code: 'TRANSITION_NOT_ALLOWED' },
    })
    expect((await change('ana', 'CYCLE_CNT_IN_PRGS')).status).toBe(403)
    expect((await change('sam', 'CYCLE_CNT_IN_PRGS')).status).toBe(200)
    expect((await change('ana', 'CYCLE_CNT_CMPLTD')).status).toBe(403)
    expect((await change('sam', 'CYCLE_CNT_CMPLTD')).status).toBe(200)
    expect((await change('sam', 'CYCLE_CNT_CMPLTD')).status).toBe(200)
  })

  it('[SC4] let only planners rename a count or move its dates', async () => {
    const { countId } = await server.aSession()
    const rename = (user: 'ana' | 'sam') => server.call(user, 'PUT', `${COUNTS_PATH}/${countId}`, { workEffortName: 'New name' })

    expect((await rename('ana')).status).toBe(403)
    expect((await rename('sam')).status).toBe(200)
    expect((await server.call('ana', 'GET', `${COUNTS_PATH}/${countId}`)).body).toMatchObject({ workEffortName: 'New name' })
  })
})

describe('sessions', () => {
  it('[SC6] create once per request, in an open count', async () => {
    const { countId } = await server.aSession()
    const request = { countImportName: 'Aisle 5', facilityAreaId: 'back_stock', requestId: 'session-1' }
    const create = (body: object) => server.call('ana', 'POST', `${COUNTS_PATH}/${countId}/sessions`, body)

    const [first, second] = [await create(request), await create(request)]
    const wrong = await create({ countImportName: 'x', statusId: 'SESSION_APPROVED' })
    await server.call('sam', 'PUT', `${COUNTS_PATH}/${countId}`, { statusId: 'CYCLE_CNT_CNCL' })
    const late = await create({ countImportName: 'too late' })

    expect(second.body).toEqual(first.body)
    expect([wrong.status, late.status]).toEqual([400, 400])
    expect((await server.call('ana', 'GET', `${COUNTS_PATH}/${countId}/sessions?pageNoLimit=true`)).body).toMatchObject([
      { countImportName: 'Aisle 4 left' },
      { countImportName: 'Aisle 5', facilityAreaId: 'back_stock', uploadedByUserLogin: 'ana', statusId: 'SESSION_CREATED' },
    ])
  })

  it('[SC7] clone the requested items in their order, uncounted, once per request', async () => {
    const { path } = await server.aSession()
    await server.call('ana', 'PUT', `${path}/items`, { items: [{ uuid: 'a', rev: 2, quantity: 2, productId: 'TEE', isRequested: 'Y' }] })
    const clone = () => server.call('ana', 'POST', `${path}/cloneDirectedCount`, { countImportName: 'Copy', requestId: 'clone-1' })

    const [first, second] = [await clone(), await clone()]
    const items = await server.call('sam', 'GET', `cycleCounts/sessions/${first.body.inventoryCountImportId}/items`)

    expect(second.body).toEqual(first.body)
    expect(items.body).toMatchObject([
      { importItemSeqId: '00001', productId: 'TEE', isRequested: 'Y', systemQuantityOnHand: 10 },
      { importItemSeqId: '00002', productId: 'CAP', isRequested: 'Y', systemQuantityOnHand: 4 },
    ])
    expect(items.body.every((it: object) => !('quantity' in it) && 'uuid' in it)).toBe(true)
  })

  it('[SC5] change status only along the allowed ways', async () => {
    const { path } = await server.aSession()
    const change = (user: 'ana' | 'sam', statusId: string) => server.call(user, 'PUT', path, { statusId })

    expect(await change('ana', 'SESSION_SUBMITTED')).toMatchObject({
      status: 400, body: { errors: 'Status change from SESSION_CREATED to SESSION_SUBMITTED is not allowed', code: 'TRANSITION_NOT_ALLOWED' },
    })
    expect((await change('ana', 'SESSION_ASSIGNED')).status).toBe(200)
    expect((await change('ana', 'SESSION_SUBMITTED')).status).toBe(200)
    expect((await change('ana', 'SESSION_ASSIGNED')).status).toBe(200)
    expect((await change('ana', 'SESSION_VOIDED')).status).toBe(403)
    expect((await change('sam', 'SESSION_VOIDED')).body).toMatchObject({ statusId: 'SESSION_VOIDED' })
  })

  it('[SC8] [I15] submit once: a late copy does not submit a session that was opened again', async () => {
    const { path } = await server.aSession()
    await server.call('ana', 'PUT', path, { statusId: 'SESSION_ASSIGNED' })
    const submit = () => server.call('ana', 'PUT', path, { statusId: 'SESSION_SUBMITTED', requestId: 'submit-1' })

    await submit()
    await server.call('ana', 'PUT', path, { statusId: 'SESSION_ASSIGNED' })
    const late = await submit()

    expect(late.status).toBe(200)
    expect((await server.call('ana', 'GET', path)).body).toMatchObject({ statusId: 'SESSION_ASSIGNED' })
  })

  it('[SC9] keep who changed what when', async () => {
    const { path, sessionId } = await server.aSession()
    await server.call('ana', 'PUT', path, { statusId: 'SESSION_ASSIGNED' })

    const history = await server.db.query('select status_id, change_by from status_history where entity_id = $1', [sessionId])

    expect(history).toEqual([{ status_id: 'SESSION_ASSIGNED', change_by: 'ana' }])
  })
})
