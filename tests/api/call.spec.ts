import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import * as v from 'valibot'
import { createHttp } from '../../src/api/http'
import type { Http } from '../../src/api/http'
import { RemoteError } from '../../src/domain/errors'
import type { StubAnswer, StubServer } from '../support/stub-server'
import { startStubServer } from '../support/stub-server'

let stub: StubServer
let http: Http
const Answer = v.object({ is: v.string() })
const clock = { now: () => 1_000_000, mono: () => 0 }

beforeEach(async () => {
  stub = await startStubServer()
  http = createHttp({
    serverOrigin: stub.origin,
    token: () => Promise.resolve('secret'),
    limits: { requestTimeoutMs: 200, gzipMinBytes: 100 },
    clock,
    canGzip: true,
  })
})
afterEach(() => stub.close())

const ask = (answer: StubAnswer, body?: unknown): Promise<unknown> => {
  stub.answer = () => answer
  return http
    .json({ method: 'put', path: 'some/thing', schema: Answer, body })
    .catch((error: unknown) => error)
}
const reasonOf = async (answer: StubAnswer): Promise<string> => {
  const error = await ask(answer)
  return error instanceof RemoteError ? error.reason : `no RemoteError: ${String(error)}`
}

describe('call', () => {
  it.each([
    [400, 'rejected'],
    [401, 'unauthorized'],
    [403, 'forbidden'],
    [404, 'not-found'],
    [405, 'unsupported'],
    [406, 'unsupported'],
    [408, 'server-down'],
    [409, 'rejected'],
    [410, 'not-found'],
    [413, 'too-large'],
    [415, 'unsupported'],
    [422, 'rejected'],
    [425, 'server-down'],
    [426, 'outdated'],
    [428, 'rejected'],
    [429, 'server-down'],
    [500, 'server-down'],
    [502, 'server-down'],
    [503, 'server-down'],
    [507, 'server-down'],
    [511, 'captive-portal'],
  ])('[PU20] [S2.73] names the failure of status %i: %s', async (status, reason) => {
    expect(await reasonOf({ status, body: { errorCode: status, errors: 'words' } })).toBe(reason)
  })

  it('[PU21] reads who holds a lock, and a stale fence, from the stable code', async () => {
    const locked = await ask({
      status: 409,
      body: {
        errorCode: 409,
        errors: 'Ben has it',
        code: 'SESSION_LOCKED',
        holder: { userId: 'ben', deviceId: 'd2' },
      },
    })
    const stale = await reasonOf({
      status: 409,
      body: { errorCode: 409, errors: 'old', code: 'STALE_FENCE' },
    })

    expect(locked).toMatchObject({
      reason: 'locked',
      message: 'PUT some/thing: Ben has it',
      details: { holder: { userName: 'ben', deviceId: 'd2' } },
    })
    expect(stale).toBe('stale-fence')
  })

  it('[PU22] takes a page that is not our server for a captive portal, whatever its status', async () => {
    const pages: StubAnswer[] = [
      { body: '<html>Sign in to the Wi-Fi</html>' },
      { status: 302, headers: { location: 'http://portal.example/' } },
      { status: 403, body: '<html>Pay first</html>' },
      { status: 404, body: '<html>Nothing here</html>' },
      { body: { something: 'else' } },
      { body: '{"is":', headers: { 'content-type': 'application/json' } },
      { body: '', headers: { 'content-type': 'text/html' } },
      {},
      { status: 204, body: '' },
    ]

    const reasons: string[] = []
    for (const page of pages) reasons.push(await reasonOf(page))

    expect(reasons).toEqual(pages.map(() => 'captive-portal'))
  })

  it('[PU23] [S2.56] takes silence, a broken connection and half an answer for offline', async () => {
    const silence = await reasonOf({ fault: 'hang' })
    const half = await reasonOf({ body: { is: 'long enough' }, fault: 'cut' })
    await stub.close()
    const nobody = await reasonOf({})

    expect([silence, half, nobody]).toEqual(['offline', 'offline', 'offline'])
  })

  it('[PU24] passes an abort on as what it is', async () => {
    stub.answer = () => ({ fault: 'hang' })
    const abort = new AbortController()
    const asking = http
      .json({ method: 'get', path: 'x', schema: Answer, signal: abort.signal })
      .catch((error: unknown) => error)

    abort.abort(new Error('stopped'))

    expect(await asking).toMatchObject({ message: 'stopped' })
  })

  it('[BO7] reads how long to wait from header or body', async () => {
    const busy = { errorCode: 429, errors: 'busy' }
    const header = await ask({ status: 429, headers: { 'retry-after': '7' }, body: busy })
    const date = await ask({
      status: 503,
      headers: {
        'retry-after': 'Sat, 21 Nov 2026 10:00:30 GMT',
        date: 'Sat, 21 Nov 2026 10:00:00 GMT',
      },
      body: busy,
    })
    const json = await ask({ status: 429, body: { ...busy, retryAfterMs: 1234 } })

    expect([header, date, json].map((it) => (it as RemoteError).details.retryAfterMs)).toEqual([
      7000, 30_000, 1234,
    ])
  })

  it('[PU25] [S2.51] [S2.82] packs large bodies, and sends them plain for good once the server cannot read them', async () => {
    const body = { text: 'x'.repeat(500) }
    await ask({ body: { is: 'ok' } }, body)
    await ask({ body: { is: 'ok' } }, { text: 'short' })
    stub.answer = ({ headers }) =>
      headers['content-encoding'] === 'gzip'
        ? { status: 415, body: { errorCode: 415, errors: 'no' } }
        : { body: { is: 'ok' } }
    const afterRefusal = await http.json({ method: 'put', path: 'x', schema: Answer, body })
    await http.json({ method: 'put', path: 'x', schema: Answer, body })

    expect(afterRefusal).toEqual({ is: 'ok' })
    expect(stub.asked.map((it) => it.headers['content-encoding'])).toEqual([
      'gzip',
      undefined,
      'gzip',
      undefined,
      undefined,
    ])
    expect(stub.asked[0]?.body).toEqual(body)
  })

  it('[PU26] [S2.18] carries the token in the header, and never in the address or in an error', async () => {
    const error = await ask({ status: 500, body: { errorCode: 500, errors: 'oops' } })

    expect(stub.asked[0]).toMatchObject({
      url: '/rest/s1/some/thing',
      headers: { authorization: 'Bearer secret' },
    })
    expect(String(error)).not.toContain('secret')
  })
})
