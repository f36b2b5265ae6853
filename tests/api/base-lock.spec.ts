import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createAnonymousApi, createServerApi } from '../../src/api/create-server-api'
import { asId } from '../../src/domain/ids'
import type { DeviceId, SessionId } from '../../src/domain/ids'
import { LIMITS } from '../../src/domain/limits'
import type { ServerApi } from '../../src/ports/server'
import type { CountsServer } from '../support/counts-server'
import { startCountsServer, TEST_PASSWORD } from '../support/counts-server'
import { SERVER_START_MS } from '../support/server'

const ORIGIN = 'http://server.test'
let server: CountsServer
let token = ''
const network: typeof fetch = async (input, init) => server.app.fetch(new Request(input, init))
let sessionId: SessionId
beforeAll(async () => {
  server = await startCountsServer('hotwax', { isLive: true })
  const clock = { now: () => Date.now(), mono: () => performance.now() }
  const anonymous = createAnonymousApi({
    serverOrigin: ORIGIN,
    limits: LIMITS,
    clock,
    fetch: network,
  })
  token = (await anonymous.signIn('ana', TEST_PASSWORD)).token
}, SERVER_START_MS)
afterAll(() => server.close())
beforeEach(async () => {
  sessionId = asId<SessionId>((await server.aSession()).sessionId)
})

const MINUTE = 60_000
const LEASE = LIMITS.baseLeaseSeconds * 1000

/** A device whose clock is off by so much; a new one for each life of the app. */
function deviceWithClock(offMs: number, deviceId = 'd1'): ServerApi {
  return createServerApi({
    serverOrigin: ORIGIN,
    fetch: network,
    limits: LIMITS,
    clock: { now: () => Date.now() + offMs, mono: () => performance.now() },
    caller: { deviceId: asId<DeviceId>(deviceId), userName: 'ana' },
    abilities: { profile: 'hotwax', gzip: false, fencing: false, epoch: null, protocol: null },
    token: () => Promise.resolve(token),
  })
}
const lock = (api: ServerApi, mode: 'normal' | 'force' = 'normal') =>
  api.lockSession({ sessionId, requestId: 'r', mode, unsentScans: 0 })

/** From now on, by the server's clock. */
async function leaseLeftMs(): Promise<number> {
  const held = await deviceWithClock(0).getSessionLock(sessionId)
  return (held?.leaseUntil ?? 0) - Date.now()
}

describe.each([0, -10 * MINUTE, 60 * MINUTE])(
  'lock of a base server, device clock off by %i ms',
  (offMs) => {
    it('[LK17] ends a lease later, by the server’s clock', async () => {
      const ana = deviceWithClock(offMs)

      await lock(ana)
      const granted = await leaseLeftMs()
      const held = await ana.getSessionLock(sessionId)
      if (held !== null) await ana.extendLock(held, 0)

      expect(granted / LEASE).toBeCloseTo(1, 1)
      expect((await leaseLeftMs()) / LEASE).toBeCloseTo(1, 1)
    })

    it('[LK17] ends a lease later also after a restart of the app', async () => {
      await lock(deviceWithClock(offMs))

      await lock(deviceWithClock(offMs))

      expect((await leaseLeftMs()) / LEASE).toBeCloseTo(1, 1)
    })

    it('[LK17] is taken over and given back at once', async () => {
      await lock(deviceWithClock(0, 'd2'))
      const ana = deviceWithClock(offMs)

      const lease = await lock(ana, 'force')
      const holder = (await ana.getSessionLock(sessionId))?.holder.deviceId
      await ana.releaseSession(lease)

      expect(holder).toBe('d1')
      expect(await ana.getSessionLock(sessionId)).toBeNull()
    })
  },
)
