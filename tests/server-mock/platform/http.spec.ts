import { once } from 'node:events'
import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as v from 'valibot'
import { createApp } from '../../../server-mock/app'
import { HttpError } from '../../../server-mock/http/errors'
import {
  orderByOf,
  Params,
  Query,
  readMillis,
  readPaging,
  whereOf,
  type Fields,
} from '../../../server-mock/http/query'
import {
  SERVER_START_MS,
  startTestServer,
  type TestClient,
  type TestServer,
} from '../../support/server'

let server: TestServer
let ana: TestClient
beforeAll(async () => {
  server = await startTestServer({ isListening: true })
  ana = await server.as('ana')
}, SERVER_START_MS)
afterAll(() => server.close())

const overHttp = (path: string, init: RequestInit = {}) =>
  fetch(`${server.origin}/rest/s1/${path}`, {
    ...init,
    headers: {
      authorization: `Bearer ${ana.token}`,
      'content-type': 'application/json',
      ...init.headers,
    },
  })
const preference = (value: string) =>
  JSON.stringify({ userId: 'USER_ANA', preferenceKey: 'X', preferenceValue: value })

describe('HTTP', () => {
  it('[SP6] answer failures in the envelope: unknown paths, wrong methods, no token, broken JSON, wrong fields', async () => {
    const cases = [
      [await overHttp('nothing/here'), 404, 'NOT_FOUND'],
      [await overHttp('admin/login', { method: 'DELETE' }), 405, 'BAD_REQUEST'],
      [
        await overHttp('admin/user/profile', { headers: { authorization: 'Bearer no' } }),
        401,
        'UNAUTHORIZED',
      ],
      [
        await overHttp('admin/user/preferences', { method: 'PUT', body: '{"userId":' }),
        400,
        'BAD_REQUEST',
      ],
      [
        await overHttp('admin/user/preferences', { method: 'PUT', body: '{"userId":7}' }),
        400,
        'BAD_REQUEST',
      ],
      [
        await overHttp('admin/user/preferences', { method: 'PUT', body: preference('\u0000') }),
        400,
        'BAD_REQUEST',
      ],
    ] as const
    for (const [answer, status, code] of cases) {
      expect(answer.status).toBe(status)
      expect(answer.headers.get('content-type')).toContain('application/json')
      expect(await answer.json()).toEqual({ errorCode: status, errors: expect.any(String), code })
    }
  })

  it('[SP7] take a gzip body', async () => {
    const body = new Uint8Array(gzipSync(preference('zipped')))
    const answer = await overHttp('admin/user/preferences', {
      method: 'PUT',
      body,
      headers: { 'content-encoding': 'gzip' },
    })
    expect(answer.status).toBe(200)
    expect((await ana.call('GET', 'admin/user/preferences?preferenceKey=X')).body).toMatchObject([
      { preferenceValue: 'zipped' },
    ])
  })

  it('[SP7] refuse more than 1 MiB, plain or after inflating, and a broken or unknown encoding', async () => {
    const put = (body: Uint8Array<ArrayBuffer> | string, encoding?: string) =>
      overHttp('admin/user/preferences', {
        method: 'PUT',
        body,
        headers: encoding === undefined ? {} : { 'content-encoding': encoding },
      })
    const tooLong = preference('x'.repeat(1024 * 1024))
    const bomb = new Uint8Array(gzipSync(Buffer.alloc(50 * 1024 * 1024, 0x20)))
    expect(bomb.byteLength).toBeLessThan(100_000)
    const answers = [
      await put(tooLong),
      await put(bomb, 'gzip'),
      await put(preference('x'), 'gzip'),
      await put('{}', 'br'),
    ]
    expect(answers.map((it) => it.status)).toEqual([413, 413, 400, 415])
    expect((await overHttp('admin/user/profile')).status).toBe(200)
  })

  it('[SP7] hears a body out that is too large: a connection that is reset takes the answer with it', async () => {
    const body = preference('x'.repeat(3 * 1024 * 1024))
    const head = `Host: test\r\nAuthorization: Bearer ${ana.token}\r\nContent-Type: application/json\r\n`
    const socket = connect(Number(new URL(server.origin).port), 'localhost')
    let heard = ''
    socket.setEncoding('latin1').on('data', (text: string) => (heard += text))
    socket.write(`PUT /rest/s1/admin/user/preferences HTTP/1.1\r\n${head}Content-Length: ${body.length}\r\n\r\n`)
    socket.write(body)
    socket.write(`GET /rest/s1/admin/user/profile HTTP/1.1\r\n${head}Connection: close\r\n\r\n`)
    await once(socket, 'close')

    expect([...heard.matchAll(/HTTP\/1\.1 (\d+)/g)].map((it) => it[1])).toEqual(['413', '200'])
  })

  it('[SP7] let pages of other origins call, and read the paging headers', async () => {
    const preflight = await fetch(`${server.origin}/rest/s1/inventory-cycle-count/products`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://app.example',
        'access-control-request-method': 'PUT',
        'access-control-request-headers': 'authorization,content-encoding',
      },
    })
    expect(preflight.status).toBeLessThan(300)
    expect(preflight.headers.get('access-control-allow-origin')).toBe('*')
    expect(preflight.headers.get('access-control-allow-headers')?.toLowerCase()).toContain(
      'content-encoding',
    )
    const list = await overHttp('admin/enums', { headers: { origin: 'https://app.example' } })
    expect(list.headers.get('access-control-expose-headers')).toContain('X-Total-Count')
    expect(list.headers.get('access-control-allow-credentials')).toBeNull()
  })

  it('[SP7] compress large answers for those who can read them', async () => {
    const answer = await overHttp('inventory-cycle-count/products?limit=500', {
      headers: { 'accept-encoding': 'gzip' },
    })
    expect(answer.headers.get('content-encoding')).toBe('gzip')
    const page = (await answer.json()) as { products: unknown[] }
    expect(page.products).toHaveLength(500)
  })

  it('[SP6] treat an answer against its contract as a bug of the server', async () => {
    const broken = createApp(server.context, {
      registrars: [
        (registry) =>
          registry.route({
            method: 'GET',
            path: 'broken',
            needs: 'anonymous',
            answer: v.object({ n: v.pipe(v.number(), v.minValue(1)) }),
            handler: async () => ({ n: 0 }),
          }),
      ],
    })
    const answer = await broken.request('/rest/s1/broken')
    expect(answer.status).toBe(500)
    expect(await answer.json()).toMatchObject({
      errors: expect.stringContaining('against its contract'),
    })
  })
})

const FIELDS: Fields = {
  name: { sql: 'n.name', type: 'text' },
  at: { sql: 'n.at', type: 'millis' },
}
const query = (text: string) => Query.fromUrl(new URLSearchParams(text))

describe('list queries', () => {
  it('[SP6] turn filters into conditions with parameters, and ignore what they do not know', () => {
    const params = new Params()
    const where = whereOf(
      query('name=a,b&name_op=in&name_not=Y&at_from=2026-01-02&other=1'),
      FIELDS,
      params,
    )
    expect(where).toBe('not coalesce(n.name = any($1::text[]), false) and n.at >= $2::bigint')
    expect(params.values).toEqual([['a', 'b'], Date.UTC(2026, 0, 2)])
  })

  it('[SP6] never let a wildcard or a quote out of a value', () => {
    const params = new Params()
    expect(whereOf(query("name=50%25' or 1=1&name_op=contains&name_ic=true"), FIELDS, params)).toBe(
      'n.name::text ilike $1::text',
    )
    expect(params.values).toEqual([String.raw`%50\%' or 1=1%`])
  })

  it('[SP6] order by known fields only, in both spellings, and always to the end', () => {
    const order = { otherwise: 'n.name', last: 'n.id' }
    expect(orderByOf(query('orderByField=-at,^name'), FIELDS, order)).toBe(
      'n.at desc nulls last, lower(n.name::text) asc, n.id',
    )
    expect(orderByOf(query('orderByField=at desc, name asc'), FIELDS, order)).toBe(
      'n.at desc nulls last, n.name asc, n.id',
    )
    expect(orderByOf(query('orderByField=evil;drop'), FIELDS, order)).toBe('n.name, n.id')
  })

  it('[SP6] page by 100, by 20 when only the page is given, and never beyond the limit', () => {
    const sizes = [
      '',
      'pageIndex=2',
      'pageSize=5&pageIndex=1',
      'pageNoLimit=true',
      'pageSize=99999',
    ].map((it) => readPaging(query(it), 1000))
    expect(sizes.map((it) => [it.limit, it.offset])).toEqual([
      [100, 0],
      [20, 40],
      [5, 5],
      [1000, 0],
      [1000, 0],
    ])
    expect(() => readPaging(query('pageSize=-3'), 1000)).toThrow(HttpError)
  })

  it('[SP6] read dates as milliseconds, as ISO and as Moqui writes them', () => {
    const at = Date.UTC(2026, 4, 4, 8, 30)
    expect([String(at), '2026-05-04T08:30:00Z', '2026-05-04 08:30:00.000'].map(readMillis)).toEqual(
      [at, at, at],
    )
    expect(readMillis('soon')).toBeNaN()
  })
})
