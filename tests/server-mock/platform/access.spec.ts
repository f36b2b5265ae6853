import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { collectRoutes } from '../../../server-mock/app'
import { issueToken } from '../../../server-mock/auth/tokens'
import { SERVER_START_MS, startTestServer, type TestServer } from '../../support/server'

/** The table of docs/server.md: method, path, needs, ours or not. */
const DOCUMENTED = [
  ...readFileSync('docs/server.md', 'utf8').matchAll(
    /^\| (GET|POST|PUT|DELETE) \| `([^`]+)` \| ([^|]+) \|(?: (ours))? \|$/gm,
  ),
].map(([, method = '', path = '', needs = '', ours]) => ({
  method,
  path,
  needs: needs.includes('`')
    ? [...needs.matchAll(/`(\w+)`/g)].map((it) => it[1] ?? '')
    : needs.trim(),
  isExtension: ours !== undefined,
}))
const PROTECTED = DOCUMENTED.filter((it) => it.needs !== 'anonymous')
const WITH_PERMISSION = DOCUMENTED.filter((it) => Array.isArray(it.needs))

let server: TestServer
let tokenOfNobody: string
beforeAll(async () => {
  server = await startTestServer()
  await server.db.query(
    `insert into user_account (user_id, user_name, full_name, party_id, password_hash) values ('NEW', 'new', 'New', 'PN', 'scrypt$2$1$1$AA$AA')`,
  )
  await server.db.query(
    "insert into user_facility (user_id, facility_id) values ('NEW', 'NORTHSIDE')",
  )
  tokenOfNobody = (
    await issueToken(server.db, {
      userId: 'NEW',
      now: Date.now(),
      lifeMs: 3_600_000,
      perUserMax: 5,
    })
  ).token
}, SERVER_START_MS)
afterAll(() => server.close())

async function call(method: string, path: string, token: string | null): Promise<number> {
  const concrete = path
    .replaceAll(/:sessionId/g, 'M100201')
    .replaceAll(/:workEffortId/g, 'M100101')
    .replaceAll(/:\w+/g, 'NORTHSIDE')
  const answer = await server.fetch(`http://server.test/rest/s1/${concrete}?facilityId=NORTHSIDE`, {
    method,
    headers: {
      'content-type': 'application/json',
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(method === 'GET' ? {} : { body: '{}' }),
  })
  return answer.status
}

describe('access', () => {
  it('[SP8] docs/server.md lists every route with what it needs', () => {
    const routes = collectRoutes(server.context).routes.map((it) => ({
      method: it.method,
      path: it.path,
      needs: it.needs,
      isExtension: it.isExtension ?? false,
    }))
    expect(routes).toEqual(DOCUMENTED)
  })

  it.each(PROTECTED)(
    '[SP8] $method $path refuses a caller without a token',
    async ({ method, path }) => {
      expect(await call(method, path, null)).toBe(401)
    },
  )

  it.each(WITH_PERMISSION)(
    '[SP8] $method $path refuses a caller without the permission',
    async ({ method, path }) => {
      expect(await call(method, path, tokenOfNobody)).toBe(403)
    },
  )

  it('[SP8] let an administrator pass everywhere', { timeout: 60_000 }, async () => {
    const alex = await server.as('alex')
    for (const { method, path } of WITH_PERMISSION) {
      const status = await call(method, path, alex.token)
      expect([method, path, [401, 403, 500].includes(status)]).toEqual([method, path, false])
    }
  })
})
