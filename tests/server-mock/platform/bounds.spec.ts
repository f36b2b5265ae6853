// Nothing holds the server up or fills it: bodies, headers, slow callers, calls at once, tables that would only grow.
import { connect, type Socket } from 'node:net'
import type { Server } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sweep } from '../../../server-mock/db/housekeeping'
import { CONNECTION_LIMITS, createBoundedServer } from '../../../server-mock/http/bounded-server'
import { createGate } from '../../../server-mock/http/gate'
import { SERVER_LIMITS } from '../../../server-mock/limits'
import {
  SERVER_START_MS,
  startTestServer,
  type TestClient,
  type TestServer,
} from '../../support/server'

const LIMITS = {
  ...CONNECTION_LIMITS,
  headersTimeoutMs: 300,
  requestTimeoutMs: 600,
  keepAliveMs: 300,
  silenceMs: 3000,
  checkEveryMs: 100,
  connectionsMax: 12,
}
/** For what ends after a limit above; far more than it takes. */
const PATIENCE_MS = 20_000
const DAY_MS = 86_400_000

let server: TestServer
let ana: TestClient
let http: Server
let port: number
beforeAll(async () => {
  server = await startTestServer({ limits: { preferencesPerUserMax: 5 } })
  ana = await server.as('ana')
  const answer = getRequestListener(server.app.fetch)
  http = createBoundedServer((incoming, outgoing) => void answer(incoming, outgoing), LIMITS)
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  port = (http.address() as { port: number }).port
}, SERVER_START_MS)
afterAll(async () => {
  http.closeAllConnections()
  await new Promise((resolve) => http.close(resolve))
  await server.close()
})

/** Sends the pieces as they are, and gives all that comes until the server ends it. */
function raw(...pieces: readonly (string | Uint8Array)[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    let text = ''
    const timer = setTimeout(() => {
      socket.destroy()
      reject(new Error(`the server kept the connection; it had said: ${text.slice(0, 200)}`))
    }, PATIENCE_MS)
    socket.on('data', (chunk) => (text += chunk.toString()))
    // A reset is an end too.
    socket.on('error', () => undefined)
    socket.on('close', () => {
      clearTimeout(timer)
      resolve(text)
    })
    for (const piece of pieces) socket.write(piece)
  })
}

const open = (): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket))
    socket.on('error', reject)
  })
const PUT = (headers: string) =>
  `PUT /rest/s1/admin/user/preferences HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ana.token}\r\nContent-Type: application/json\r\n${headers}\r\n`
const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 0)
const envelopeOf = (answer: string) =>
  JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4)) as { errorCode: number; errors: string }
const isAlive = async () =>
  (await fetch(`http://127.0.0.1:${port}/rest/s1/admin/checkLoginOptions`)).status === 200

describe('connections', () => {
  it(
    '[SV7] what is no HTTP, or too long, is refused in the envelope',
    async () => {
      const cases = [
        ['nonsense\r\n\r\n', 400],
        ['GET / HTTP/9.9\r\n\r\n', 400],
        ['get / HTTP/1.1\r\nHost: x\r\n\r\n', 400],
        ['GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n', 400],
        [`GET /rest/s1/${'x'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, 431],
        [
          `GET /rest/s1/admin/checkLoginOptions HTTP/1.1\r\nHost: x\r\nCookie: ${'x'.repeat(20_000)}\r\n\r\n`,
          431,
        ],
        [PUT('Content-Length: 5\r\nContent-Length: 7\r\n'), 400],
        [PUT('Content-Length: -1\r\n'), 400],
        [PUT('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n'), 400],
        [`${PUT('Transfer-Encoding: chunked\r\n')}zz\r\n`, 400],
      ] as const
      for (const [text, status] of cases) {
        const answer = await raw(text)
        expect([text.slice(0, 40), statusOf(answer)]).toEqual([text.slice(0, 40), status])
        expect(envelopeOf(answer)).toMatchObject({ errorCode: status, errors: expect.any(String) })
      }
      expect(await isAlive()).toBe(true)
    },
    PATIENCE_MS * 2,
  )

  it(
    '[SV7] a path that is no path, and a host that is none, are not found or refused, never a 500',
    async () => {
      for (const target of [
        '*',
        '//',
        '/rest/s1/../../etc/passwd',
        '/%',
        '/rest/s1/%00',
        'http://[bad/',
        '/rest/s1/admin\\login',
      ])
        for (const host of ['x', '[', 'a b', '']) {
          const answer = await raw(
            `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
          )
          expect([target, host, [400, 404].includes(statusOf(answer))]).toEqual([
            target,
            host,
            true,
          ])
        }
      expect(await isAlive()).toBe(true)
    },
    PATIENCE_MS * 2,
  )

  it(
    '[SV7] who sends slowly is cut off with a 408: headers, a body, a body shorter than it said',
    async () => {
      const answers = await Promise.all([
        raw('GET /rest/s1/admin/checkLoginOptions HTTP/1.1\r\nHost: x\r\nX-Slow: '),
        raw(PUT('Content-Length: 100\r\n'), '{"userId"'),
        raw(PUT('Transfer-Encoding: chunked\r\n'), '4\r\n{"us\r\n'),
      ])
      // A body that stops in the middle has begun a call: its connection ends, with or without a word.
      expect(statusOf(answers[0])).toBe(408)
      expect(envelopeOf(answers[0])).toMatchObject({ errorCode: 408 })
      for (const answer of answers) expect([0, 400, 408]).toContain(statusOf(answer))
      expect(await isAlive()).toBe(true)
    },
    PATIENCE_MS * 2,
  )

  it(
    '[SV7] a connection without a request ends by itself',
    async () => {
      expect(await raw('')).toMatch(/^(?:HTTP\/1\.1 408[\s\S]*)?$/)
    },
    PATIENCE_MS * 2,
  )

  it(
    '[SV7] more connections than the limit are not taken, and there is room again afterwards',
    async () => {
      const held = await Promise.all(Array.from({ length: LIMITS.connectionsMax }, open))
      expect(await raw('GET / HTTP/1.1\r\nHost: x\r\n\r\n')).toBe('')
      for (const socket of held) socket.destroy()
      await expect.poll(isAlive, { timeout: PATIENCE_MS }).toBe(true)
    },
    PATIENCE_MS * 2,
  )

  it('[SV7] the limits of the real server are finite and in order', () => {
    expect(Object.values(CONNECTION_LIMITS).every((it) => Number.isFinite(it) && it > 0)).toBe(true)
    expect(CONNECTION_LIMITS.headersTimeoutMs).toBeLessThan(CONNECTION_LIMITS.requestTimeoutMs)
    expect(CONNECTION_LIMITS.requestTimeoutMs).toBeLessThan(CONNECTION_LIMITS.silenceMs)
  })
})

describe('memory and tables', () => {
  it('[SV6] nobody without a sign-in sends a large body', async () => {
    const answer = await server.anonymous.call('POST', 'admin/login', {
      username: 'ana',
      password: 'x',
      padding: 'x'.repeat(20_000),
    })
    expect(answer.status).toBe(413)
    expect(
      (
        await server.anonymous.call('PUT', 'admin/user/preferences', {
          padding: 'x'.repeat(2_000_000),
        })
      ).status,
    ).toBe(401)
  })

  it('[SV6] more calls at once than the limit are sent away, not kept waiting', async () => {
    const gate = createGate(2)
    let finish: () => void = () => undefined
    const work = () => new Promise<void>((resolve) => (finish = resolve))
    const first = gate.run(() => Promise.resolve('done'))
    await first
    const running = [
      gate.run(work),
      gate.run(() => new Promise<void>((resolve) => setTimeout(resolve, 50))),
    ]

    await expect(gate.run(work)).rejects.toMatchObject({
      status: 503,
      extra: { retryAfterSeconds: 1 },
    })

    finish()
    await Promise.all(running)
    await expect(gate.run(() => Promise.resolve('again'))).resolves.toBe('again')
    await expect(gate.run(() => Promise.reject(new Error('failed')))).rejects.toThrow('failed')
    await expect(
      Promise.all([1, 2].map((it) => gate.run(() => Promise.resolve(it)))),
    ).resolves.toEqual([1, 2])
  })

  it('[SV6] a user keeps a bounded number of preferences, and may change each', async () => {
    const put = (key: string) =>
      ana.call('PUT', 'admin/user/preferences', {
        userId: 'USER_ANA',
        preferenceKey: key,
        preferenceValue: 'x',
      })
    const statuses: number[] = []
    for (let at = 0; at < 8; at += 1) statuses.push((await put(`K${at}`)).status)
    expect(statuses.filter((it) => it === 200)).toHaveLength(5)
    expect((await put('K0')).status).toBe(200)
  })

  it('[SV6] a sweep takes away what is over, in portions, and nothing else', async () => {
    const { db } = server
    const now = Date.now() + 1000 * DAY_MS
    const limits = { ...SERVER_LIMITS, sweepRowsMax: 3 }
    // What setting up has left would be taken first.
    await db.query('delete from request_log')
    for (let at = 0; at < 5; at += 1)
      await db.query("insert into request_log values ('u', $1, 'lock', '{}', $2)", [
        `old-${at}`,
        now - 91 * DAY_MS,
      ])
    await db.query("insert into request_log values ('u', 'new', 'lock', '{}', $1)", [
      now - 89 * DAY_MS,
    ])
    await db.query(
      "insert into token values ('over', 'USER_BEN', 0, $1), ('good', 'USER_BEN', 0, $2)",
      [now, now + 1],
    )
    await db.query("insert into sign_in_failure values ('over', 1, $1), ('good', 1, $2)", [
      now,
      now + 1,
    ])
    await db.query(
      "insert into sign_in_place values ('USER_BEN', 'over', $1), ('USER_BEN', 'good', $2)",
      [now - 181 * DAY_MS, now],
    )
    const left = async (sql: string) => (await db.query<{ it: string }>(sql)).map((row) => row.it)

    await sweep(db, now, limits)
    expect(await left("select request_id as it from request_log where user_id = 'u'")).toHaveLength(
      3,
    )
    await sweep(db, now, limits)

    expect(await left("select request_id as it from request_log where user_id = 'u'")).toEqual([
      'new',
    ])
    expect(await left("select token_hash as it from token where user_id = 'USER_BEN'")).toEqual([
      'good',
    ])
    expect(await left('select subject as it from sign_in_failure')).toEqual(['good'])
    expect(await left("select place as it from sign_in_place where user_id = 'USER_BEN'")).toEqual([
      'good',
    ])
  })
})
