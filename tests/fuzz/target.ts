// The server under fire: its real routes over a small database that is put back after every call.
import { collectRoutes, createApp, type App } from '../../server-mock/app'
import { createPasswords } from '../../server-mock/auth/passwords'
import { issueToken } from '../../server-mock/auth/tokens'
import { FaultControl } from '../../server-mock/faults'
import type { ServerContext, ServerProfile } from '../../server-mock/http/context'
import type { RouteFacts } from '../../server-mock/http/registry'
import type { Registrar } from '../../server-mock/http/route'
import { createIds } from '../../server-mock/ids'
import { SERVER_LIMITS } from '../../server-mock/limits'
import { startCountsServer } from '../support/counts-server'
import { createRollbackDb, type RollbackDb } from '../support/rollback-db'

const NOW = Date.UTC(2026, 4, 4, 9)
const LIFE_MS = 3_600_000
/** Cheap: what is measured here is not how long a hash takes. */
const PASSWORDS = createPasswords({ n: 1024, r: 8, p: 1 })

export interface FuzzTarget {
  readonly app: App
  readonly db: RollbackDb
  readonly routes: readonly RouteFacts[]
  /** alex may everything, sam supervises, zoe works elsewhere, max may nothing. */
  readonly tokens: Readonly<Record<'alex' | 'sam' | 'zoe' | 'max', string>>
  /** What the server wrote to its log: an internal error does. */
  readonly logged: string[]
  /** Path parameters that lead to something. */
  readonly params: Readonly<Record<string, string>>
  close(): Promise<void>
}

/** @param registrars other routes instead of the server's own: to see whether the fuzzer sees */
export async function startFuzzTarget(
  profile: ServerProfile,
  registrars?: readonly Registrar[],
): Promise<FuzzTarget> {
  const server = await startCountsServer(profile)
  const { db } = server
  await db.query(
    "insert into user_account (user_id, user_name, full_name, party_id, password_hash) values ('alex', 'alex', 'Alex', 'alex', 'scrypt$2$1$1$AA$AA')",
  )
  await db.query(
    "insert into user_permission (user_id, permission_id) values ('alex', 'INV_COUNT_ADMIN')",
  )
  await db.query(
    "insert into product_store (product_store_id, store_name) values ('STORE', 'Store')",
  )
  const session = await server.aSession()
  await server.call('sam', 'POST', `${session.path}/lock`, {
    deviceId: 'device-1',
    fromDate: 1,
    thruDate: NOW + LIFE_MS,
  })
  await server.call('sam', 'PUT', `${session.path}/items`, {
    deviceId: 'device-1',
    fence: 1,
    items: [
      {
        uuid: 'row-1',
        logId: 'log-1',
        rev: 3,
        matchRev: 1,
        quantity: 2,
        standing: 2,
        productId: 'TEE',
      },
    ],
  })
  const token = async (userId: string) =>
    (await issueToken(db, { userId, now: NOW, lifeMs: LIFE_MS, perUserMax: 5 })).token
  const tokens = {
    alex: await token('alex'),
    sam: await token('sam'),
    zoe: await token('zoe'),
    max: await token('max'),
  }
  const logged: string[] = []
  const rollback = await createRollbackDb(db)
  const context: ServerContext = {
    // What goes on after an answer would go on in a transaction that is rolled back.
    later: () => undefined,
    db: rollback,
    clock: { now: () => NOW },
    ids: createIds(() => NOW),
    profile,
    limits: SERVER_LIMITS,
    faults: new FaultControl(),
    random: () => 0.5,
    isStrict: true,
    log: (line) => void logged.push(line),
    quirks: { repeatsItemRows: true },
  }
  const options = { passwords: PASSWORDS, ...(registrars === undefined ? {} : { registrars }) }
  return {
    app: createApp(context, options),
    db: rollback,
    routes: collectRoutes(context, options).routes,
    tokens,
    logged,
    params: {
      sessionId: session.sessionId,
      workEffortId: session.countId,
      facilityId: 'north',
      partyId: 'alex',
      userId: 'ana',
      productStoreId: 'STORE',
      productId: 'TEE',
    },
    close: () => server.close(),
  }
}
