// Guessing passwords: what it costs the guesser, and what it does not cost everybody else. On a clock handed in.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Passwords } from '../../../server-mock/auth/passwords'
import { signIn } from '../../../server-mock/auth/sign-in'
import { placeOf } from '../../../server-mock/auth/throttle'
import type { Db } from '../../../server-mock/db/db'
import { HttpError } from '../../../server-mock/http/errors'
import type { ServerContext } from '../../../server-mock/http/context'
import { SERVER_START_MS, startTestServer, type TestServer } from '../../support/server'

const LIMITS = {
  signInFailuresMax: 3,
  signInFailuresPerAddressMax: 12,
  signInFailuresPerUserMax: 8,
  signInPlacesMax: 3,
}
const COUNTERS_MAX = 40
const LIMIT_MS = 60_000
const WINDOW_MS = 60_000
const HOME = '10.0.0.1'

let server: TestServer
let world: {
  context: ServerContext
  passwords: Passwords
  statements: string[]
  hashes: number
  now: number
}
beforeAll(async () => {
  server = await startTestServer()
}, SERVER_START_MS)
afterAll(() => server.close())
beforeEach(async () => {
  await server.db.query('delete from sign_in_failure')
  await server.db.query('delete from sign_in_place')
  const statements: string[] = []
  const db: Db = {
    ...server.db,
    query: (sql, params) => (statements.push(sql), server.db.query(sql, params)),
  }
  world = {
    statements,
    hashes: 0,
    now: Date.UTC(2026, 4, 4),
    context: {
      ...server.context,
      db,
      clock: { now: () => world.now },
      limits: { ...server.context.limits, ...LIMITS },
    },
    passwords: {
      hash: () => Promise.reject(new Error('not asked for')),
      verify: async (password, hash) => (
        (world.hashes += 1),
        password === 'right' && hash !== null
      ),
    },
  }
})

/** 200, or the status of the refusal. */
async function attempt(username: string, password: string, address = HOME): Promise<number> {
  try {
    await signIn(world.context, world.passwords, { username, password, address })
    return 200
  } catch (error) {
    if (error instanceof HttpError) return error.status
    throw error
  }
}

async function times(n: number, work: (at: number) => Promise<number>): Promise<readonly number[]> {
  const statuses: number[] = []
  for (let at = 0; at < n; at += 1) statuses.push(await work(at))
  return statuses
}

const counters = async () => (await server.db.query('select 1 from sign_in_failure')).length

describe('throttling', { timeout: LIMIT_MS }, () => {
  it('[SV5] refuses a user at an address after its attempts, and says when to come back', async () => {
    expect(await times(4, () => attempt('ana', 'wrong'))).toEqual([401, 401, 401, 429])

    const refusal = await signIn(world.context, world.passwords, {
      username: 'ANA ',
      password: 'right',
      address: HOME,
    }).catch((it: unknown) => it)

    expect(refusal).toMatchObject({ status: 429, extra: { retryAfterSeconds: 60 } })
  })

  it('[SV5] does not even hash what it refuses', async () => {
    await times(10, () => attempt('ana', 'wrong'))
    expect(world.hashes).toBe(3)
  })

  it('[SV5] lets in again when the window is over, though the guessing never stopped', async () => {
    for (let second = 0; second < 60; second += 5) {
      world.now += 5000
      await attempt('ana', 'wrong')
    }
    world.now += 5000
    expect(await attempt('ana', 'right')).toBe(200)
  })

  it('[SV5] refuses an address that tries many names, however often each', async () => {
    const statuses = await times(14, (at) => attempt(`user-${at}`, 'wrong'))
    expect(statuses.filter((it) => it === 401)).toHaveLength(12)
    expect(await attempt('ben', 'right')).toBe(429)
    expect(await attempt('ben', 'right', '10.0.0.2')).toBe(200)
  })

  it('[SV5] a sign-in is no failure: a store full of people behind one address comes in', async () => {
    const statuses = await times(40, (at) => attempt(at % 2 === 0 ? 'ana' : 'ben', 'right'))
    expect(new Set(statuses)).toEqual(new Set([200]))
  })

  it('[SV5] refuses a user who is tried from everywhere, but not where they have signed in before', async () => {
    expect(await attempt('ana', 'right', HOME)).toBe(200)

    const statuses = await times(20, (at) => attempt('ana', 'wrong', `192.0.2.${at}`))

    expect(statuses.filter((it) => it === 401).length).toBeLessThanOrEqual(
      LIMITS.signInFailuresPerUserMax,
    )
    expect(await attempt('ana', 'right', '192.0.2.200')).toBe(429)
    expect(await attempt('ana', 'right', HOME)).toBe(200)
    world.now += WINDOW_MS
    expect(await attempt('ana', 'right', '192.0.2.200')).toBe(200)
  })

  it('[SV5] takes the addresses of one IPv6 network for one place', async () => {
    expect(['2001:db8::1', '2001:db8:0:0:ffff::2', '2001:0db8::%eth0'].map(placeOf)).toEqual(
      Array(3).fill('2001:db8:0:0::/64'),
    )
    expect([placeOf('::ffff:10.0.0.1'), placeOf('10.0.0.1'), placeOf('::1')]).toEqual([
      '10.0.0.1',
      '10.0.0.1',
      '0:0:0:0::/64',
    ])
    const statuses = await times(14, (at) => attempt(`user-${at}`, 'wrong', `2001:db8::${at}`))
    expect(statuses.at(-1)).toBe(429)
  })

  it('[SV6] keeps a bounded number of counters and places', async () => {
    Object.assign(world.context.limits, { signInCountersMax: COUNTERS_MAX })
    await times(60, (at) => attempt(`user-${at}`, 'wrong', `198.51.100.${at}`))
    expect(await counters()).toBeLessThanOrEqual(COUNTERS_MAX + 3)
    await times(6, (at) => attempt('ana', 'right', `203.0.113.${at}`))
    expect(
      await server.db.query("select 1 from sign_in_place where user_id = 'USER_ANA'"),
    ).toHaveLength(LIMITS.signInPlacesMax)
    world.now += WINDOW_MS
    await attempt('ana', 'right')
    expect(await counters()).toBeLessThanOrEqual(2)
  })

  it('[SV4] an unknown, a disabled and a real user are answered alike and cost the same work', async () => {
    await server.db.query("update user_account set disabled = true where user_name = 'alex'")
    const work: unknown[] = []
    for (const [at, username] of ['nobody', 'alex', 'ana'].entries()) {
      const before = { statements: world.statements.length, hashes: world.hashes }
      const address = `10.1.0.${at}`
      const refusal = await signIn(world.context, world.passwords, {
        username,
        password: 'wrong',
        address,
      }).catch((it: unknown) => it)
      const { status, message } = refusal as HttpError
      work.push({
        status,
        message,
        statements: world.statements.length - before.statements,
        hashes: world.hashes - before.hashes,
      })
    }
    await server.db.query("update user_account set disabled = false where user_name = 'alex'")
    expect(new Set(work.map((it) => JSON.stringify(it))).size).toBe(1)
    expect(work[0]).toMatchObject({ status: 401, hashes: 1 })
  })

  it('[SV4] a throttled name says nothing about whether it exists', async () => {
    const known = await times(6, () => attempt('ana', 'wrong', '10.2.0.1'))
    const unknown = await times(6, () => attempt('nobody', 'wrong', '10.2.0.2'))
    expect(known).toEqual(unknown)
  })
})
