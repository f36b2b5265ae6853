// What a push costs the database: a number of statements that does not grow with its rows.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createApp } from '../../../server-mock/app'
import type { Db, Sql } from '../../../server-mock/db/db'
import { SERVER_START_MS, startTestServer, type TestServer } from '../../support/server'
import { COUNTS, REST } from '../../../src/contract/envelope'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
}, SERVER_START_MS)
afterAll(() => server.close())

function counting(db: Db): { db: Db; statements: string[] } {
  const statements: string[] = []
  const counted = (sql: Sql): Sql => ({
    query: (text, params) => (statements.push(text), sql.query(text, params)),
  })
  return {
    statements,
    db: { ...db, query: counted(db).query, tx: (work) => db.tx((sql) => work(counted(sql))) },
  }
}

describe('statements of a PUT items', () => {
  it(
    '[SV12] [SV81] are at most 11, for one row as for five hundred, new or known, with a heartbeat',
    async () => {
      const ana = await server.as('ana')
      const alex = await server.as('alex')
      const count = await alex.count('POST', 'cycleCounts/workEfforts', {
        workEffortName: 'Statements',
        facilityId: 'NORTHSIDE',
      })
      const made = await alex.count(
        'POST',
        `cycleCounts/workEfforts/${count.body.workEffortId}/sessions`,
        { countImportName: 'Statements' },
      )
      const path = `cycleCounts/sessions/${made.body.inventoryCountImportId}`
      const lock = await ana.count('POST', `${path}/lock`, { deviceId: 'd' })
      const products = (await ana.count('GET', 'products?limit=500')).body.products as {
        identifiers: { value: string }[]
      }[]
      const { db, statements } = counting(server.db)
      const app = createApp({ ...server.context, db })
      const put = async (rows: number, rev: number): Promise<number> => {
        statements.length = 0
        const items = products.slice(0, rows).map((it, at) => ({
          uuid: `${rows}-${at}`,
          logId: 'log',
          productIdentifier: it.identifiers[0]?.value,
          quantity: rev,
          standing: rev,
          rev,
          matchRev: 0,
        }))
        const answer = await app.request(REST + COUNTS + `${path}/items`, {
          method: 'PUT',
          headers: { authorization: `Bearer ${ana.token}`, 'content-type': 'application/json' },
          body: JSON.stringify({ items, deviceId: 'd', fence: lock.body.fence, unsentScans: 3 }),
        })
        const { items: verdicts } = (await answer.json()) as { items: { verdict: string }[] }
        expect(new Set(verdicts.map((it) => it.verdict))).toEqual(new Set(['applied']))
        return statements.length
      }

      const numbers = [
        await put(1, 1),
        await put(100, 1),
        await put(500, 1),
        await put(500, 2),
        await put(1, 2),
      ]

      expect(Math.max(...numbers)).toBeLessThanOrEqual(11)
      expect(new Set(numbers.slice(0, 3)).size).toBe(1)
      // The last of them was a row whose product stands.
      expect(statements.filter((it) => /(?:from|join) product/.test(it))).toEqual([])
    },
    SERVER_START_MS,
  )
})
