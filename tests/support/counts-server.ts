// The server's routes in this process, over a small database of its own: two facilities, two products, five users.
import { createApp, type App } from '../../server-mock/app'
import { createPasswords } from '../../server-mock/auth/passwords'
import { issueToken } from '../../server-mock/auth/tokens'
import type { Db } from '../../server-mock/db/db'
import { migrate } from '../../server-mock/db/migrate'
import { openPostgres } from '../../server-mock/db/postgres-db'
import { FaultControl } from '../../server-mock/faults'
import type { ServerContext, ServerProfile } from '../../server-mock/http/context'
import { SERVER_LIMITS } from '../../server-mock/limits'
import { putProducts } from '../../server-mock/products/catalogue'
import { putStock } from '../../server-mock/products/stock'
import { COUNTS, REST } from '../../src/contract/envelope'
import { openPgliteCopy, type CopySources } from './pglite-copies'

/** Everybody's, and hashed cheaply. */
export const TEST_PASSWORD = 'shelfcount'
const PASSWORDS = createPasswords({ n: 1024, r: 8, p: 1 })
const NOW = Date.UTC(2026, 4, 4, 8)
const ASSOCIATE = ['INVCOUNT_APP_VIEW', 'INV_COUNT_VAR_LOG']
const SUPERVISOR = [
  ...ASSOCIATE, 'INV_COUNT_PRE_START', 'INV_COUNT_LOCK_RLS', 'INV_COUNT_SUBMIT', 'INV_CNT_VIEW_QOH', 'INV_COUNT_CREATE',
]
/** User: permissions, facility. zoe works elsewhere; max may sign in and nothing else. */
export const TEST_USERS = {
  ana: [ASSOCIATE, 'north'],
  ben: [ASSOCIATE, 'north'],
  sam: [SUPERVISOR, 'north'],
  zoe: [ASSOCIATE, 'south'],
  max: [[], 'north'],
} as const
export type TestUser = keyof typeof TEST_USERS

export const fullNameOf = (userId: string): string => `${userId.slice(0, 1).toUpperCase()}${userId.slice(1)} Ames`

export interface Answered {
  readonly status: number
  /** Parsed JSON; undefined for an empty body. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- whatever the server says: the matchers check it
  readonly body: any
  readonly headers: Headers
}

export interface CountsServer {
  readonly app: App
  readonly db: Db
  readonly clock: { at: number }
  tokenOf(user: TestUser): string
  /** `path` below inventory-cycle-count/. */
  call(user: TestUser, method: string, path: string, body?: unknown): Promise<Answered>
  /** As `call`, with a path below /rest/s1/. */
  rest(user: TestUser, method: string, path: string, body?: unknown): Promise<Answered>
  /** A started directed count in `north` with one session that asks for TEE and CAP. */
  aSession(over?: { readonly facilityId?: string; readonly isBlind?: 'Y' | 'N'; readonly workEffortPurposeTypeId?: 'HARD_COUNT' }): Promise<TestSession>
  close(): Promise<void>
}

export interface TestSession {
  readonly countId: string
  readonly sessionId: string
  /** `cycleCounts/sessions/<id>` */
  readonly path: string
}

export interface StartOptions {
  /** Where not said: PGlite, or PostgreSQL in a run that ALL_ON_POSTGRES asks for. */
  readonly database?: 'pglite' | 'postgres'
  /** The real clock, for callers that use their own; else one that stands still. */
  readonly isLive?: boolean
  /** What the server's world has otherwise. */
  readonly over?: Partial<Pick<ServerContext, 'limits' | 'later'>>
}

const USUAL_DATABASE = process.env['ALL_ON_POSTGRES'] === 'true' ? 'postgres' : 'pglite'

/** In-memory PGlite, or a schema of its own where DATABASE_URL says so and `database` asks for it. */
export async function startCountsServer(
  profile: ServerProfile = 'extended',
  { database = USUAL_DATABASE, isLive = false, over = {} }: StartOptions = {},
): Promise<CountsServer> {
  const db = database === 'pglite' ? await openPgliteCopy(SMALL) : await openTestSchema()
  const clock = { at: NOW }
  let ids = 0
  const context: ServerContext = {
    db,
    clock: { now: isLive ? Date.now : () => clock.at },
    ids: { next: () => `T${(ids += 1)}` },
    profile,
    limits: SERVER_LIMITS,
    faults: new FaultControl(),
    random: () => 0.5,
    isStrict: true,
    log: () => undefined,
    quirks: { repeatsItemRows: true },
    ...over,
  }
  const app = createApp(context, { passwords: PASSWORDS })
  const tokens = new Map<string, string>()
  for (const userId of Object.keys(TEST_USERS)) {
    const { token } = await issueToken(db, { userId, now: NOW, lifeMs: 3650 * 86_400_000, perUserMax: 5 })
    tokens.set(userId, token)
  }
  const rest: CountsServer['rest'] = async (user, method, path, body) => {
    const headers = { authorization: `Bearer ${tokens.get(user)}`, 'content-type': 'application/json' }
    const answer = await app.request(REST + path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
    const text = await answer.text()
    return { status: answer.status, body: text === '' ? undefined : JSON.parse(text), headers: answer.headers }
  }
  const call: CountsServer['call'] = (user, method, path, body) => rest(user, method, COUNTS + path, body)
  const tokenOf = (user: TestUser): string => tokens.get(user) ?? ''
  return { app, db, clock, tokenOf, call, rest, aSession: (over) => aSession(db, call, over), close: () => db.close() }
}

async function openTestSchema(): Promise<Db> {
  const url = process.env['DATABASE_URL']
  if (url === undefined) throw new Error('DATABASE_URL is not set')
  const schema = `counts_${process.pid}_${Math.floor(performance.now() * 1000)}`
  const db = await openPostgres(url, schema)
  await prepare(db)
  return {
    ...db,
    close: async () => {
      await db.query(`drop schema ${schema} cascade`)
      await db.close()
    },
  }
}

const SMALL: CopySources = {
  name: 'small',
  paths: ['server-mock/db/migrations', 'server-mock/products', 'tests/support/counts-server.ts'],
  prepare,
}

async function aSession(db: Db, call: CountsServer['call'], over = {}): Promise<TestSession> {
  const count = await call('sam', 'POST', 'cycleCounts/workEfforts', { workEffortName: 'Aisle 4', facilityId: 'north', ...over })
  const countId: string = count.body.workEffortId
  await call('sam', 'PUT', `cycleCounts/workEfforts/${countId}`, { statusId: 'CYCLE_CNT_IN_PRGS' })
  const session = await call('sam', 'POST', `cycleCounts/workEfforts/${countId}/sessions`, { countImportName: 'Aisle 4 left' })
  const sessionId: string = session.body.inventoryCountImportId
  await db.query(
    `insert into session_item (session_id, item_seq, uuid, product_id, is_requested, created_at, last_updated_at)
     values ($1, 1, $1 || '-tee', 'TEE', true, 0, 0), ($1, 2, null, 'CAP', true, 0, 0)`,
    [sessionId],
  )
  await db.query('update count_session set next_item_seq = 3 where session_id = $1', [sessionId])
  return { countId, sessionId, path: `cycleCounts/sessions/${sessionId}` }
}

async function prepare(db: Db): Promise<void> {
  await migrate(db)
  for (const facilityId of ['north', 'south'])
    await db.query('insert into facility (facility_id, facility_name) values ($1, $1)', [facilityId])
  const password = await PASSWORDS.hash(TEST_PASSWORD)
  for (const [userId, [permissions, facilityId]] of Object.entries(TEST_USERS)) {
    await db.query(
      `insert into user_account (user_id, user_name, full_name, party_id, password_hash, time_zone)
       values ($1, $1, $3, $1, $2, 'Europe/Berlin')`,
      [userId, password, fullNameOf(userId)],
    )
    await db.query('insert into user_facility (user_id, facility_id) values ($1, $2)', [userId, facilityId])
    for (const permission of permissions)
      await db.query('insert into user_permission (user_id, permission_id) values ($1, $2)', [userId, permission])
  }
  await putProducts(db, [
    { productId: 'TEE', name: 'Black tee', identifiers: [{ type: 'UPCA', value: '036000291452', packSize: 1 }] },
    { productId: 'CAP', name: 'Red cap', identifiers: [{ type: 'SKU', value: 'CAP-R', packSize: 1 }] },
  ])
  const stock = (productId: string, qoh: number) => ({ productId, quantityOnHandTotal: qoh, availableToPromiseTotal: qoh - 1 })
  await putStock(db, 'north', [stock('TEE', 10), stock('CAP', 4)])
  await putStock(db, 'south', [stock('TEE', 5)])
}
