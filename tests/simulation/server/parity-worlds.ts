// The same small world twice: server-mock on PGlite and the simulated server, both behind the product's own adapter. They
// share one clock and give out the same ids.
import type { ServerProfile } from '../../../server-mock/http/context'
import { createServerApi } from '../../../src/api/create-server-api'
import { REST } from '../../../src/contract/envelope'
import type { ServerAbilities } from '../../../src/domain/access'
import { asId, type DeviceId } from '../../../src/domain/ids'
import { LIMITS } from '../../../src/domain/limits'
import { unitsOf } from '../../../src/domain/quantity'
import type { Clock } from '../../../src/domain/time-and-ids'
import type { Caller, ServerApi } from '../../../src/ports/server'
import { startCountsServer, fullNameOf, TEST_USERS, type CountsServer, type TestUser } from '../../support/counts-server'
import { createSimApi } from './sim-api'
import { createSimServer, type SimServer } from './sim-server'

export interface Who {
  readonly user: TestUser
  readonly device: string
}

export type PortCall = Exclude<keyof ServerApi, 'clockOffset'>

/** One way to a server. */
export interface Door {
  call(who: Who, name: PortCall, args: readonly unknown[]): Promise<unknown>
  /** A request that the port has no word for, such as deleting rows. */
  raw(user: TestUser, method: 'PUT' | 'POST' | 'DELETE', path: string, body: unknown): Promise<{ readonly status: number; readonly text: string }>
}

export interface ParityWorlds {
  readonly clock: { at: number }
  /** server-mock first. */
  readonly doors: readonly Door[]
  readonly real: CountsServer
  readonly sim: SimServer
  close(): Promise<void>
}

export async function openParityWorlds(profile: ServerProfile): Promise<ParityWorlds> {
  const real = await startCountsServer(profile)
  const { clock } = real
  const { server: sim, restartIds } = aSimServer(profile, clock)
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
    createSimApi({ ...config({ user, device }, tokenOf(user)), carry: async (request) => sim.request(request) }),
  )
  const tokenOf = tokensOf(sim)
  restartIds()
  return {
    clock,
    real,
    sim,
    close: () => real.close(),
    doors: [
      {
        call: (who, name, args) => callByName(realApi(who), name, args),
        raw: async (user, method, path, body) => {
          const headers = { authorization: `Bearer ${real.tokenOf(user)}`, 'content-type': 'application/json' }
          const answer = await real.app.request(REST + path, { method, headers, body: JSON.stringify(body) })
          return { status: answer.status, text: await answer.text() }
        },
      },
      {
        call: (who, name, args) => callByName(simApi(who), name, args),
        raw: (user, method, path, body) => rawOn(sim, tokenOf(user), { method, path, body }),
      },
    ],
  }
}

/** The world of tests/support/counts-server.ts. */
export function aSimServer(profile: ServerProfile, clock: { readonly at: number }) {
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
    users: Object.entries(TEST_USERS).map(([userName, [permissions, facilityId]]) => ({ userName, fullName: fullNameOf(userName), permissions, facilityIds: [facilityId], timeZone: 'Europe/Berlin' })),
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

export function callerOf({ user, device }: Who): Caller {
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

async function callByName(api: ServerApi, name: PortCall, args: readonly unknown[]): Promise<unknown> {
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
