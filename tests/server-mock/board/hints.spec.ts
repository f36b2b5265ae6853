// Streams of hints over a real socket: what they say, and everything that ends them.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createApp } from '../../../server-mock/app'
import { FaultControl } from '../../../server-mock/faults'
import type { ServerContext } from '../../../server-mock/http/context'
import { SERVER_LIMITS } from '../../../server-mock/limits'
import { createWatchApi } from '../../../src/api/create-server-api'
import { RemoteError } from '../../../src/domain/errors'
import { asId, type DeviceId, type FacilityId, type UserName } from '../../../src/domain/ids'
import { LIMITS } from '../../../src/domain/limits'
import { startCountsServer, type CountsServer } from '../../support/counts-server'

const NORTH = asId<FacilityId>('north')
const PATH = '/rest/s1/inventory-cycle-count/events?scope=board:'
/** Quick enough for a test, all of it. */
const QUICK = { hintEveryMs: 20, signOfLifeMs: 50, streamsPerUserMax: 2, streamLifeMs: 3_600_000 }

let server: CountsServer
const stops: (() => Promise<void> | void)[] = []
beforeAll(async () => {
  server = await startCountsServer()
}, 120_000)
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop()
})
afterAll(() => server.close())

/** The routes on a port of their own. */
async function listen(limits: Partial<typeof QUICK> = {}) {
  const closing = new AbortController()
  const context: ServerContext = {
    db: server.db,
    clock: { now: () => server.clock.at },
    ids: { next: () => 'X' },
    profile: 'extended',
    limits: { ...SERVER_LIMITS, ...QUICK, ...limits },
    faults: new FaultControl(),
    random: () => 0.5,
    isStrict: true,
    closing: closing.signal,
    log: () => undefined,
    quirks: { repeatsItemRows: false },
  }
  const answer = getRequestListener(createApp(context).fetch)
  const http: Server = createServer((incoming, outgoing) => void answer(incoming, outgoing))
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  stops.push(
    () =>
      new Promise<void>((resolve) => {
        http.close(() => resolve())
        http.closeAllConnections()
      }),
  )
  return { origin: `http://127.0.0.1:${(http.address() as AddressInfo).port}`, closing, http }
}

async function open(origin: string, user: 'sam' | 'ana' | 'zoe' = 'sam', facilityId = 'north', token = server.tokenOf(user)) {
  const abort = new AbortController()
  stops.push(() => abort.abort())
  const response = await fetch(`${origin}${PATH}${facilityId}`, {
    headers: { authorization: `Bearer ${token}` },
    signal: abort.signal,
  })
  return { response, reader: response.status === 200 ? readerOf(response) : null, abort }
}

function readerOf(response: Response) {
  const reader = response.body!.getReader()
  const decoder = new TextDecoder()
  let text = ''
  return {
    /** Waits until the stream has said so. */
    async until(pattern: RegExp): Promise<string> {
      for (;;) {
        const found = pattern.exec(text)
        if (found !== null) {
          text = text.slice(found.index + found[0].length)
          return found[0]
        }
        const { done, value } = await reader.read()
        if (done) throw new Error(`ended after ${text}`)
        text += decoder.decode(value)
      }
    },
    async end(): Promise<void> {
      for (;;) if ((await reader.read()).done) return
    },
  }
}

const HINT = /id: \d+\nevent: changed\ndata: \{\}\n\n/

describe('a stream of hints', () => {
  it('[BD8] begins with one, gives signs of life, and another one when a session changes', async () => {
    const session = await server.aSession()
    const { origin } = await listen()
    const { response, reader } = await open(origin)

    expect(response.headers.get('content-type')).toBe('text/event-stream')
    await reader!.until(HINT)
    await reader!.until(/: here\n\n: here\n\n/)
    await server.call('ana', 'POST', `${session.path}/lock`, { deviceId: 'pad', unsentScans: 1 })
    await reader!.until(HINT)
  })

  it('[BD8] says nothing of other facilities', async () => {
    const { origin } = await listen()
    const { reader } = await open(origin)
    await reader!.until(HINT)
    await reader!.until(/: here\n\n/)
    await server.db.query("insert into cycle_count (work_effort_id, name, purpose_id, status_id, facility_id, created_at) values ('S', 'S', 'HARD_COUNT', 'CYCLE_CNT_IN_PRGS', 'south', 0)")
    await server.db.query("insert into count_session (session_id, work_effort_id, name, status_id, created_at) values ('S', 'S', 'S', 'SESSION_ASSIGNED', 0)")

    expect(await reader!.until(/(?::|id).*\n[^]*?\n\n(?:: here\n\n){3}/)).not.toContain('changed')
  })

  it.each([
    ['ana', 'north', 403],
    ['sam', 'south', 403],
    ['sam', '', 400],
  ] as const)('[BD4] %s at "%s": %i', async (user, facilityId, status) => {
    const { origin } = await listen()
    expect((await open(origin, user, facilityId)).response.status).toBe(status)
  })

  it('[BD9] there are so many for one user, and a place is free again when one is closed', async () => {
    const { origin } = await listen()
    const first = await open(origin)
    await first.reader!.until(HINT)
    await (await open(origin)).reader!.until(HINT)

    const refused = await open(origin)
    expect([refused.response.status, refused.response.headers.get('retry-after')]).toEqual([429, '60'])
    first.abort.abort()
    await expect.poll(async () => (await open(origin)).response.status).toBe(200)
  })

  it('[BD9] ends when the permission is taken away or the sign-in is over', async () => {
    const { origin } = await listen()
    const taken = await open(origin)
    await taken.reader!.until(HINT)
    await server.db.query("delete from user_permission where user_id = 'sam' and permission_id = 'INV_COUNT_SUBMIT'")
    await taken.reader!.end()
    await server.db.query("insert into user_permission (user_id, permission_id) values ('sam', 'INV_COUNT_SUBMIT')")

    const over = await open(origin)
    await over.reader!.until(HINT)
    const before = server.clock.at
    server.clock.at += 4000 * 86_400_000
    await over.reader!.end()
    server.clock.at = before
  })

  it('[BD9] ends after its life', async () => {
    const { origin } = await listen({ streamLifeMs: 0 })
    const { reader } = await open(origin)
    await reader!.until(HINT)
    await reader!.end()
  })

  it('[BD9] ends when the server is told to stop, which then opens no more', async () => {
    const { origin, closing, http } = await listen()
    const { reader } = await open(origin)
    await reader!.until(HINT)
    closing.abort()
    await reader!.end()

    expect((await open(origin)).response.status).toBe(503)
    // Nothing keeps the port: no connection has to be cut.
    http.closeIdleConnections()
  })
})

describe('the app’s end of it', () => {
  function apiAt(origin: string, user: 'sam' | 'ana' = 'sam', fetchFrom: typeof fetch = fetch) {
    return createWatchApi({
      serverOrigin: origin,
      limits: LIMITS,
      clock: { now: () => 0, mono: () => 0 },
      fetch: fetchFrom,
      caller: { deviceId: asId<DeviceId>('d'), userName: asId<UserName>(user) },
      abilities: { profile: 'extended', gzip: true, fencing: true, epoch: null, protocol: null },
      token: async () => server.tokenOf(user),
    })
  }

  it('[BD10] hears the hints, with the token in a header and in no address', async () => {
    const session = await server.aSession()
    const { origin } = await listen()
    const addresses: string[] = []
    const spy: typeof fetch = (input, init) => {
      addresses.push(new Request(input, init).url)
      return fetch(input, init)
    }
    const abort = new AbortController()
    let hints = 0
    const listening = apiAt(origin, 'sam', spy).listen(NORTH, () => (hints += 1), abort.signal)
    await expect.poll(() => hints, { timeout: 20_000 }).toBe(1)
    await server.call('ana', 'POST', `${session.path}/lock`, { deviceId: 'pad', unsentScans: 2 })
    await expect.poll(() => hints, { timeout: 20_000 }).toBeGreaterThan(1)
    abort.abort()

    await expect(listening).rejects.toThrow()
    expect(addresses.join()).not.toContain(server.tokenOf('sam'))
  })

  it('[BD10] tells a refusal, a server that is not there and a stream that was ended apart', async () => {
    const { origin, closing } = await listen()
    const never = new AbortController().signal
    const reasonOf = (from: string, user: 'sam' | 'ana') =>
      apiAt(from, user)
        .listen(NORTH, () => undefined, never)
        .then(
          () => 'ended',
          (error: unknown) => (error instanceof RemoteError ? error.reason : String(error)),
        )

    expect(await reasonOf(origin, 'ana')).toBe('forbidden')
    expect(await reasonOf('http://127.0.0.1:9', 'sam')).toBe('offline')
    const ended = reasonOf(origin, 'sam')
    setTimeout(() => closing.abort(), 100)
    expect(await ended).toBe('ended')
  })

  it('[BD10] reads a board as the domain has it, whole and in part', async () => {
    const session = await server.aSession()
    const { origin } = await listen()
    const api = apiAt(origin)
    const whole = await api.board(NORTH, { after: null, withProgress: true })
    await server.call('ana', 'POST', `${session.path}/lock`, { deviceId: 'pad', unsentScans: 3 })
    const part = await api.board(NORTH, { after: whole.cursor, withProgress: false })

    const mine = whole.counts.find((it) => it.cycleCountId === session.countId)
    expect(mine).toMatchObject({ countType: 'directed', status: 'in-progress', progress: { wanted: 2, counted: 0, firstAt: null } })
    expect(part.sessions).toMatchObject([
      { sessionId: session.sessionId, status: 'assigned', lock: { userName: 'ana', isReleased: false }, devices: [{ unsentScans: 3 }] },
    ])
  })
})
