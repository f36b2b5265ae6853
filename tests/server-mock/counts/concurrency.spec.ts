// What only a database with several connections can show: writers that meet. Needs a PostgreSQL.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aSentRow } from '../../support/rows'
import { startCountsServer, type CountsServer } from '../../support/counts-server'

const HAS_POSTGRES = process.env['DATABASE_URL'] !== undefined

describe.skipIf(!HAS_POSTGRES)('on PostgreSQL (skipped without DATABASE_URL)', () => {
  let server: CountsServer
  beforeAll(async () => {
    server = await startCountsServer('extended', { database: 'postgres' })
  }, 60_000)
  afterAll(() => server.close())

  it('[SC12] [I15] give places once to batches that arrive together', async () => {
    const session = await server.aSession()
    const batch = (device: number) =>
      Array.from({ length: 20 }, (_it, at) => aSentRow({ uuid: `row-${device}-${at}`, logId: `log-${device}` }))
    const put = (device: number) => server.call('ana', 'PUT', `${session.path}/items`, { items: batch(device) })

    const answers = await Promise.all([1, 2, 3, 4, 1, 2].map(put))

    expect(answers.map((it) => it.status)).toEqual([200, 200, 200, 200, 200, 200])
    const items = (await server.call('ana', 'GET', `${session.path}/items?pageSize=500`)).body
    expect(new Set(items.map((it: { importItemSeqId: string }) => it.importItemSeqId)).size).toBe(82)
    expect(new Set(items.map((it: { uuid?: string }) => it.uuid)).size).toBe(82)
  })

  it('[SL3] [I7] grant one of many that ask together, and one fence per grant', async () => {
    const session = await server.aSession()
    const ask = (deviceId: string, mode: string) => server.call('sam', 'POST', `${session.path}/lock`, { deviceId, mode })

    const normal = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((it) => ask(it, 'normal')))
    const forced = await Promise.all(['f', 'g', 'h'].map((it) => ask(it, 'force')))

    expect(normal.filter((it) => it.status === 200)).toHaveLength(1)
    expect(forced.map((it) => it.body.fence).toSorted()).toEqual([2, 3, 4])
  })

  it('[SC6] create one session of requests that arrive together', async () => {
    const { countId } = await server.aSession()
    const create = () => server.call('ana', 'POST', `cycleCounts/workEfforts/${countId}/sessions`, { countImportName: 'One', requestId: 'one' })

    const answers = await Promise.all([create(), create(), create(), create()])

    expect(new Set(answers.map((it) => it.body.inventoryCountImportId)).size).toBe(1)
  })

  it('[SC11] let no row slip into totals while its count is closed', async () => {
    const session = await server.aSession()
    await server.call('sam', 'PUT', `cycleCounts/workEfforts/${session.countId}`, { statusId: 'CYCLE_CNT_CMPLTD' })
    const close = server.call('sam', 'PUT', `cycleCounts/workEfforts/${session.countId}`, { statusId: 'CYCLE_CNT_CLOSED' })
    const put = (at: number) => server.call('ana', 'PUT', `${session.path}/items`, { items: [aSentRow({ uuid: `row-${at}` })] })

    const answers = await Promise.all([1, 2, 3, 4].map(put))
    await close

    const joined = answers.filter((it) => it.body.items[0].verdict === 'applied').length
    expect((await server.call('ana', 'GET', `${session.path}/items/count`)).body).toEqual({ count: 2 + joined })
    expect((await put(5)).body.items).toMatchObject([{ verdict: 'held' }])
  })
})
