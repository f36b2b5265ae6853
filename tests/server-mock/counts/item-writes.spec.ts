// What counting on in a known row writes, and that the rows that changed since a moment are found.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startCountsServer, type CountsServer } from '../../support/counts-server'
import { SERVER_START_MS } from '../../support/server'

let server: CountsServer
beforeAll(async () => {
  server = await startCountsServer()
}, SERVER_START_MS)
afterAll(() => server.close())

describe('counting on in a known row', () => {
  it('[SV82] changes no column that an index of its table has', async () => {
    const indexed = await server.db.query<{ name: string }>(
      `select distinct a.attname as name from pg_index x
         join pg_attribute a on a.attrelid = x.indrelid and a.attnum = any(x.indkey)
       where x.indrelid = 'session_item'::regclass order by 1`,
    )
    expect(indexed.map((it) => it.name)).toEqual([
      'changed_window',
      'item_seq',
      'product_id',
      'session_id',
      'uuid',
    ])
  })

  it('[SV82] rows that changed since a moment are found, whichever ten minutes they and it fall into', async () => {
    const { path } = await server.aSession()
    const changedAt: number[] = []
    for (let nth = 0; nth < 6; nth += 1) {
      server.clock.at += 190_000
      changedAt.push(server.clock.at)
      const row = {
        uuid: `row-${nth}`,
        productIdentifier: `odd-${nth}`,
        quantity: 1,
        rev: 1,
        matchRev: 0,
        logId: 'log',
        standing: 1,
      }
      await server.call('ana', 'PUT', `${path}/items`, { deviceId: 'd', items: [row] })
    }
    for (const [nth, at] of changedAt.entries()) {
      const { body } = await server.call('ana', 'GET', `${path}/items?lastUpdatedStamp_from=${at}`)
      expect(body.map((it: { uuid: string }) => it.uuid)).toEqual(
        ['row-0', 'row-1', 'row-2', 'row-3', 'row-4', 'row-5'].slice(nth),
      )
    }
  })
})
