// The real server in this process: demo data on an in-memory PGlite, or on PostgreSQL; called directly or over HTTP.
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { createApp, type App } from '../../server-mock/app'
import { createPasswords } from '../../server-mock/auth/passwords'
import type { Db } from '../../server-mock/db/db'
import { ensureEpoch } from '../../server-mock/db/meta'
import { migrate } from '../../server-mock/db/migrate'
import { openPostgres } from '../../server-mock/db/postgres-db'
import { seed } from '../../server-mock/demo/seed'
import { FaultControl } from '../../server-mock/faults'
import type { ServerContext, ServerProfile } from '../../server-mock/http/context'
import { CUT_STATUS } from '../../server-mock/http/serve'
import { createIds } from '../../server-mock/ids'
import { SERVER_LIMITS, type ServerLimits } from '../../server-mock/limits'
import { COUNTS, REST } from '../../src/contract/envelope'
import { openPgliteCopy } from './pglite-copies'

/** Weak on purpose: sign-ins in tests should not take a quarter of a second. */
const PASSWORDS = createPasswords({ n: 1024, r: 8, p: 1 })
/** For beforeAll: the first file of a run makes the database that the others copy. */
export const SERVER_START_MS = 120_000
export const TEST_DATABASE_URL = process.env['DATABASE_URL'] ?? ''

export interface TestServerOptions {
  readonly profile?: ServerProfile
  /** Opens /__faults. */
  readonly hasFaults?: boolean
  /** `postgres` needs DATABASE_URL and takes a schema of its own. */
  readonly database?: 'pglite' | 'postgres'
  /** A whole database of the test's own, for what opens it beside this server; the tables are in `public` then. */
  readonly databaseUrl?: string
  /** Also on a real port of this machine, see `origin`. */
  readonly isListening?: boolean
  readonly limits?: Partial<ServerLimits>
  readonly appFolder?: string
}

/** Parsed JSON of any shape: what a test looks into, it says itself. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Json = any

export interface TestAnswer {
  readonly status: number
  /** Parsed JSON; undefined for an empty body. */
  readonly body: Json
  readonly headers: Headers
}

export interface TestClient {
  /** A path below /rest/s1/. */
  call(method: string, path: string, body?: unknown): Promise<TestAnswer>
  /** A path below inventory-cycle-count/. */
  count(method: string, path: string, body?: unknown): Promise<TestAnswer>
  readonly token: string
}

export interface TestServer {
  readonly app: App
  readonly db: Db
  readonly context: ServerContext
  /** Added to the real time. */
  readonly clock: { offsetMs: number }
  /** `http://localhost:<port>` when listening, else `http://server.test` for `fetch` below. */
  readonly origin: string
  /** Like the global one, without a network; a cut connection rejects with TypeError. */
  readonly fetch: typeof fetch
  /** Without a token. */
  readonly anonymous: TestClient
  /** Signed in with the demo password; the same client for the same user. */
  as(userName: string): Promise<TestClient>
  close(): Promise<void>
}

export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const db = options.database === 'postgres' ? await openTestPostgres(options.databaseUrl) : await openTestPglite()
  const clock = { offsetMs: 0 }
  const context = createTestContext(db, clock, options)
  const app = createApp(context, {
    passwords: PASSWORDS,
    hasFaultsControl: options.hasFaults ?? true,
    ...(options.appFolder === undefined ? {} : { appFolder: options.appFolder }),
  })
  const network = options.isListening === true ? await listen(app) : null
  const callDirectly = directFetch(app)
  const origin = network?.origin ?? 'http://server.test'
  const clients = new Map<string, TestClient>()

  async function as(userName: string): Promise<TestClient> {
    const known = clients.get(userName)
    if (known !== undefined) return known
    const answer = await clientOf(callDirectly, '').call('POST', 'admin/login', {
      username: userName,
      password: 'shelfcount',
    })
    const client = clientOf(callDirectly, answer.body.token)
    clients.set(userName, client)
    return client
  }

  return {
    app,
    db,
    context,
    clock,
    origin,
    fetch: callDirectly,
    anonymous: clientOf(callDirectly, ''),
    as,
    close: async () => {
      await network?.close()
      await db.close()
    },
  }
}

function createTestContext(
  db: Db,
  clock: { offsetMs: number },
  options: TestServerOptions,
): ServerContext {
  const faults = new FaultControl()
  const now = (): number => Date.now() + clock.offsetMs + faults.now.clockOffsetMs
  const profile = options.profile ?? 'extended'
  return {
    db,
    clock: { now },
    ids: createIds(now),
    profile,
    limits: { ...SERVER_LIMITS, ...options.limits },
    faults,
    random: () => 0.5,
    isStrict: true,
    log: () => undefined,
    quirks: { repeatsItemRows: profile === 'hotwax' },
  }
}

function directFetch(app: App): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init)
    const answer = await app.fetch(request)
    if (answer.status === CUT_STATUS) throw new TypeError('fetch failed: the connection was cut')
    return answer
  }
}

function clientOf(fetchFrom: typeof fetch, token: string): TestClient {
  const call: TestClient['call'] = async (method, path, body) => {
    const answer = await fetchFrom(`http://server.test${REST}${path}`, {
      method,
      headers: {
        'content-type': 'application/json',
        ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    return {
      status: answer.status,
      body: text === '' ? undefined : JSON.parse(text),
      headers: answer.headers,
    }
  }
  return { call, count: (method, path, body) => call(method, COUNTS + path, body), token }
}

async function listen(app: App): Promise<{ origin: string; close(): Promise<void> }> {
  const answer = getRequestListener(app.fetch)
  const server = createServer((incoming, outgoing) => void answer(incoming, outgoing))
  await new Promise<void>((resolve) => server.listen(0, resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    origin: `http://localhost:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** Migrated and seeded once per state of the sources; every file starts from a copy. */
function openTestPglite(): Promise<Db> {
  return openPgliteCopy({
    name: 'demo',
    paths: ['server-mock/db/migrations', 'server-mock/demo', 'server-mock/data', 'server-mock/products'],
    // Dates of the demo are relative to the day it was made.
    key: new Date().toISOString().slice(0, 10),
    prepare,
  })
}

async function openTestPostgres(databaseUrl: string | undefined): Promise<Db> {
  if (databaseUrl === undefined) return openTestSchema()
  const db = await openPostgres(databaseUrl)
  await prepare(db)
  return db
}

async function openTestSchema(): Promise<Db> {
  if (TEST_DATABASE_URL === '') throw new Error('DATABASE_URL is not set')
  const schema = `test_${process.pid}_${createHash('sha256').update(String(performance.now())).digest('hex').slice(0, 12)}`
  const db = await openPostgres(TEST_DATABASE_URL, schema)
  await prepare(db)
  return {
    ...db,
    close: async () => {
      await db.script(`drop schema ${schema} cascade`)
      await db.close()
    },
  }
}

async function prepare(db: Db): Promise<void> {
  await migrate(db)
  await ensureEpoch(db)
  await seed(db, { hasDemo: true, catalogue: null, passwords: PASSWORDS, now: Date.now() })
}
