// Single requests that once broke the server, or would have: each by its name, beside the fuzzer that looks for more.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HttpError } from '../../../server-mock/http/errors'
import { httpErrorOf } from '../../../server-mock/http/serve'
import { SERVER_START_MS, startTestServer, type TestServer } from '../../support/server'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
}, SERVER_START_MS)
afterAll(() => server.close())

describe('hostile input', () => {
  it('[SV3] a list is ordered by its own fields, not by what every object has', async () => {
    const sam = await server.as('sam')

    for (const name of ['constructor', '-toString', '^__proto__', 'valueOf desc', 'hasOwnProperty'])
      expect(
        (await sam.call('GET', `oms/facilities?orderByField=${encodeURIComponent(name)}`)).status,
      ).toBe(200)
  })

  it('[SV3] a search for a field that every object has finds nothing', async () => {
    const sam = await server.as('sam')

    for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
      const answer = await sam.call('POST', 'admin/runSolrQuery', { json: { query: `${name}:x` } })
      expect([answer.status, answer.body.response?.numFound]).toEqual([200, 0])
    }
  })

  it('[SV3] a time zone is a name: an offset means its opposite to the database', async () => {
    const sam = await server.as('sam')

    for (const timeZone of ['+05:30', '-08:00', '+0530'])
      expect((await sam.call('POST', 'admin/user/profile', { timeZone })).status).toBe(400)
    expect(
      (await sam.call('POST', 'admin/user/profile', { timeZone: 'Asia/Kolkata' })).status,
    ).toBe(200)
  })

  it('[SV6] an id of ten thousand characters is not told back in full', async () => {
    const ana = await server.as('ana')

    const { status, body } = await ana.count('PUT', `cycleCounts/sessions/${'x'.repeat(10_000)}`, { countImportName: 'Aisle 4' })

    expect(status).toBe(404)
    expect(body.errors?.length).toBeLessThanOrEqual(1001)
  })

  it('[SV3] nobody takes a lock for longer than an hour', async () => {
    const ana = await server.as('ana')
    const path = `cycleCounts/sessions/${await openSession()}/lock`
    const taken = await ana.count('POST', path, { deviceId: 'd' })
    expect(taken.status).toBe(200)

    for (const leaseSeconds of [1e9, 1e308, 0, -5, 0.5])
      expect(
        (await ana.count('PUT', path, { deviceId: 'd', fence: taken.body.fence, leaseSeconds }))
          .status,
      ).toBe(400)
  })

  it('[SV8] a database that is gone or full is a 503 with Retry-After, not a 500', () => {
    const codes = ['08006', '53300', '57014', '57P01', '40001', '0A000', 'ECONNREFUSED', 'ECONNRESET']
    const failures = [
      ...codes.map((code) => Object.assign(new Error('x'), { code })),
      new Error('timeout exceeded when trying to connect'),
    ]

    const answers = failures.map((it) => httpErrorOf(it, server.context))

    expect(
      answers.every(
        (it) =>
          it instanceof HttpError && it.status === 503 && it.extra.retryAfterSeconds !== undefined,
      ),
    ).toBe(true)
    expect(httpErrorOf(new Error('a bug'), server.context).status).toBe(500)
  })

  it('[SV9] a search with thousands of words is refused at once', async () => {
    const sam = await server.as('sam')
    const words = (n: number) => Array.from({ length: n }, (_, at) => `*a${at}*`).join(' OR ')

    expect(
      (await sam.call('POST', 'admin/runSolrQuery', { json: { query: words(900) } })).status,
    ).toBe(400)
    expect(
      (await sam.call('POST', 'admin/runSolrQuery', { json: { query: words(20) } })).status,
    ).toBe(200)
    const ids = Array.from({ length: 250 }, (_, at) => `P${at}`).join(' OR ')
    expect(
      (await sam.call('POST', 'admin/runSolrQuery', { json: { filter: [`productId: (${ids})`] } }))
        .status,
    ).toBe(200)
  })
})

async function openSession(): Promise<string> {
  const alex = await server.as('alex')
  const count = await alex.count('POST', 'cycleCounts/workEfforts', {
    workEffortName: 'Hostile',
    facilityId: 'NORTHSIDE',
  })
  const session = await alex.count(
    'POST',
    `cycleCounts/workEfforts/${count.body.workEffortId}/sessions`,
    { countImportName: 'Hostile' },
  )
  return session.body.inventoryCountImportId
}
