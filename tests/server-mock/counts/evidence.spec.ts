// What the server keeps of the rows it was sent, whatever becomes of them.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startCountsServer, type CountsServer } from '../../support/counts-server'

let server: CountsServer
beforeAll(async () => {
  server = await startCountsServer()
}, 60_000)
afterAll(() => server.close())

const evidenceOf = (sessionId: string) =>
  server.db.query<Record<string, unknown>>(
    `select rev, quantity::float8 as quantity, verdict, user_id, device_id, received_at from item_evidence
     where session_id = $1 order by rev, quantity, verdict`,
    [sessionId],
  )

describe('a row that was sent', () => {
  it('[S3.34] stays as evidence of its scans through newer, late, contradicting and deleting writes', async () => {
    const { sessionId, path } = await server.aSession()
    const put = (rev: number, quantity: number, user: 'ana' | 'ben' = 'ana') =>
      server.call(user, 'PUT', `${path}/items`, {
        deviceId: `ipad-${user}`,
        items: [{ uuid: 'row', rev, quantity, standing: quantity, productId: 'TEE', logId: 'l' }],
      })
    const first = { rev: 1, quantity: 2, user_id: 'ana', device_id: 'ipad-ana', received_at: server.clock.at }
    await put(1, 2)
    const afterFirst = await evidenceOf(sessionId)
    expect(afterFirst).toMatchObject([first])

    server.clock.at += 60_000
    await put(2, 5)
    await put(1, 2, 'ben')
    const contradiction = await put(2, 9, 'ben')
    const { importItemSeqId } = (await server.call('ana', 'GET', `${path}/items`)).body.find(
      (it: { uuid: string }) => it.uuid === 'row',
    )
    const removed = await server.call('sam', 'DELETE', `${path}/items`, [{ importItemSeqId }])

    expect(removed.status).toBe(200)
    expect(contradiction.body.items).toMatchObject([{ verdict: 'rejected', code: 'REV_CONFLICT' }])
    const kept = await evidenceOf(sessionId)
    expect(kept.slice(0, 1)).toEqual(afterFirst)
    expect(kept.map((it) => [it['rev'], it['quantity'], it['user_id'], it['verdict']])).toEqual([
      [1, 2, 'ana', 'applied'],
      [2, 5, 'ana', 'applied'],
      [2, 5, 'sam', 'deleted'],
      [2, 9, 'ben', 'rejected'],
    ])
  })
})
