// The same small world three times: server-mock on PGlite, the simulated server behind the product's adapter, and the
// simulated server called at once. All share one clock and give out the same ids.
import type { ServerProfile } from '../../../server-mock/http/context'
import { createServerApi } from '../../../src/api/create-server-api'
import { REST } from '../../../src/contract/envelope'
import type { ServerAbilities } from '../../../src/domain/access'
import { asId, type DeviceId } from '../../../src/domain/ids'
import { LIMITS } from '../../../src/domain/limits'
import { unitsOf } from '../../../src/domain/quantity'
import type { Clock } from '../../../src/domain/time-and-ids'
import type { Caller, ServerApi } from '../../../src/ports/server'
import { startCountsServer, TEST_USERS, type CountsServer, type TestUser } from '../../support/counts-server'
import type { CallName } from './calls'
import { createSimApi } from './sim-api'
import { createSimServer, type SimServer } from './sim-server'

export interface Who {
  readonly user: TestUser
  readonly device: string
}

/** One way to a server. */
export interface Door {
  readonly name: 'real' | 'adapter' | 'at once'
  call(who: Who, name: CallName, args: readonly unknown[]): Promise<unknown>
  /** A request that the port has no word for, such as deleting rows. */
  raw(user: TestUser, method: 'PUT' | 'POST' | 'DELETE', path: string, body: unknown): Promise<{ readonly status: number; readonly text: string }>
}

export interface ParityWorlds {
  readonly clock: { at: number }
  readonly doors: readonly Door[]
  readonly real: CountsServer
  readonly sims: readonly SimServer[]
  close(): Promise<void>
}

export async function openParityWorlds(profile: ServerProfile): Promise<ParityWorlds> {
  const real = await startCountsServer(profile)
  const { clock } = real
  const sims = [aSimServer(profile, clock), aSimServer(profile, clock)] as const
  const [overAdapter, atOnce] = sims
  const deviceClock: Clock = { now: () => clock.at, mono: () => clock.at }
  const abilities: ServerAbilities =
    profile === 'extended'
      ? { profile, gzip: false, fencing: true, epoch: 'any', protocol: { min: 1, max: 1 } }
      : { profile, gzip: false, fencing: false, epoch: null, protocol: null }
  const config = (who: Who, token: string) => ({
    caller: callerOf(who),
    clock: deviceClock,
    abilities,
    limits: LIMITS,
    token: () => Promise.resolve(token),
  })
  const realFetch: typeof fetch = async (input, init) => real.app.fetch(new Request(input, init))
  const realApi = perDevice((who) =>
    createServerApi({ ...config(who, real.tokenOf(who.user)), serverOrigin: 'http://server.test', fetch: realFetch }),
  )
  const simApi = perDevice(({ user, device }) =>
    createSimApi({ ...config({ user, device }, tokens.overAdapter(user)), carry: async (request) => overAdapter.server.request(request) }),
  )
  const tokens = { overAdapter: tokensOf(overAdapter.server), atOnce: tokensOf(atOnce.server) }
  for (const sim of sims) sim.restartIds()
  return {
    clock,
    real,
    sims: sims.map((it) => it.server),
    close: () => real.close(),
    doors: [
      {
        name: 'real',
        call: (who, name, args) => callByName(realApi(who), name, args),
        raw: async (user, method, path, body) => {
          const headers = { authorization: `Bearer ${real.tokenOf(user)}`, 'content-type': 'application/json' }
          const answer = await real.app.request(REST + path, { method, headers, body: JSON.stringify(body) })
          return { status: answer.status, text: await answer.text() }
        },
      },
      {
        name: 'adapter',
        call: (who, name, args) => callByName(simApi(who), name, args),
        raw: (user, method, path, body) => rawOn(overAdapter.server, tokens.overAdapter(user), { method, path, body }),
      },
      {
        name: 'at once',
        call: async (who, name, args) =>
          atOnce.server.call(name, args, { caller: callerOf(who), token: tokens.atOnce(who.user), protocol: 1 }),
        raw: (user, method, path, body) => rawOn(atOnce.server, tokens.atOnce(user), { method, path, body }),
      },
    ],
  }
}

function aSimServer(profile: ServerProfile, clock: { readonly at: number }) {
  let given = 0
  const product = (productId: string, name: string, type: string, value: string) => ({
    productId, name, identifiers: [{ type, value, packSize: 1 }],
  })
  const stock = (facilityId: string, productId: string, qoh: number) => ({ facilityId, productId, qoh: unitsOf(qoh), atp: unitsOf(qoh - 1) })
  const server = createSimServer({
    profile,
    clock: { now: () => clock.at },
    ids: { next: () => `T${(given += 1)}` },
    facilityIds: ['north', 'south'],
    users: Object.entries(TEST_USERS).map(([userName, [permissions, facilityId]]) => ({ userName, permissions, facilityIds: [facilityId], timeZone: 'Europe/Berlin' })),
    products: [product('TEE', 'Black tee', 'UPCA', '036000291452'), product('CAP', 'Red cap', 'SKU', 'CAP-R')],
    stock: [stock('north', 'TEE', 10), stock('north', 'CAP', 4), stock('south', 'TEE', 5)],
  })
  return {
    server,
    /** Tokens and the epoch have taken some; the real server has its own for those. */
    restartIds: () => {
      given = 0
    },
  }
}

function tokensOf(server: SimServer): (user: TestUser) => string {
  const tokens = new Map(Object.keys(TEST_USERS).map((user) => [user, server.tokenFor(user)]))
  return (user) => tokens.get(user) ?? ''
}

function callerOf({ user, device }: Who): Caller {
  return { userName: user, deviceId: asId<DeviceId>(device) }
}

function perDevice(make: (who: Who) => ServerApi): (who: Who) => ServerApi {
  const made = new Map<string, ServerApi>()
  return (who) => {
    const key = `${who.user} ${who.device}`
    const api = made.get(key) ?? make(who)
    made.set(key, api)
    return api
  }
}

async function callByName(api: ServerApi, name: CallName, args: readonly unknown[]): Promise<unknown> {
  const call = (api as unknown as Readonly<Record<string, (...given: readonly unknown[]) => unknown>>)[name]
  if (call === undefined) throw new Error(`The port has no call ${name}`)
  return call(...args)
}

async function rawOn(
  server: SimServer,
  token: string,
  { method, path, body }: { readonly method: 'PUT' | 'POST' | 'DELETE'; readonly path: string; readonly body: unknown },
): Promise<{ readonly status: number; readonly text: string }> {
  const { status, text } = server.request({ method, path, body: JSON.stringify(body), token })
  return { status, text }
}
