// The controls of the simulated server: restore, restart, tokens, permissions, protocol, removed rows; and who is refused.
import { beforeEach, describe, expect, it } from 'vitest'
import type { ServerProfile } from '../../../server-mock/http/context'
import { COUNTS } from '../../../src/contract/envelope'
import type { ServerAbilities } from '../../../src/domain/access'
import { RemoteError } from '../../../src/domain/errors'
import { asId, type CycleCountId, type FacilityId, type SessionId } from '../../../src/domain/ids'
import { LIMITS } from '../../../src/domain/limits'
import type { PutItemsRequest, ServerApi } from '../../../src/ports/server'
import type { TestUser } from '../../support/counts-server'
import { diceOf, putRowOf } from './parity-steps'
import { aSimServer, callerOf } from './parity-worlds'
import { createSimAnonymousApi, createSimApi } from './sim-api'
import type { SimServer } from './sim-server'

const COUNT = asId<CycleCountId>('C1')
const SESSION = asId<SessionId>('S1')
const NORTH = asId<FacilityId>('north')
const clock = { at: 1_000_000 }
const deviceClock = { now: () => clock.at, mono: () => clock.at }

let server: SimServer

function begin(profile: ServerProfile = 'extended'): void {
  server = aSimServer(profile, clock).server
  server.addCount({ workEffortId: COUNT, name: 'Spring count', facilityId: NORTH })
  server.addSession({ sessionId: SESSION, workEffortId: COUNT, name: 'Left', requestedProductIds: ['TEE'] })
}

function apiOf(user: TestUser, { token = server.tokenFor(user), protocol = 1 } = {}): ServerApi {
  const { profile } = server
  const abilities: ServerAbilities = { profile, gzip: false, fencing: profile === 'extended', epoch: null, protocol: null }
  return createSimApi({
    abilities,
    protocol,
    caller: callerOf({ user, device: `ipad of ${user}` }),
    clock: deviceClock,
    limits: LIMITS,
    token: () => Promise.resolve(token),
    carry: async (request) => server.request(request),
  })
}

/** Row 1 with this revision. */
function aPut(rev: number, quantity = rev): PutItemsRequest {
  return { sessionId: SESSION, fence: null, unsentScans: 0, rows: [putRowOf(SESSION, { rev, units: quantity })] }
}

async function reasonOf(call: Promise<unknown>): Promise<string> {
  try {
    await call
    return 'done'
  } catch (error) {
    if (error instanceof RemoteError) return error.reason
    throw error
  }
}

beforeEach(() => begin())

describe('a restore from a backup', () => {
  it('[SS3] brings back what was known then, under a new epoch, and keeps the audit', async () => {
    const ana = apiOf('ana')
    await ana.putItems(aPut(1))
    const backup = server.snapshot()
    const { epoch } = server
    await ana.putItems(aPut(3))
    server.restore(backup)

    expect(server.epoch).not.toBe(epoch)
    expect(server.rowsOf(SESSION).map((it) => it.rev)).toEqual([0, 1])
    expect(server.audit.historyOf(SESSION, 'row-1').map((it) => [it.epoch === epoch, it.row.rev])).toEqual([[true, 1], [true, 3]])
    const answer = await ana.putItems(aPut(2))
    expect(answer.verdicts.map((it) => it.verdict)).toEqual(['applied'])
    expect(server.audit.historyOf(SESSION, 'row-1').at(-1)).toMatchObject({ epoch: server.epoch, row: { rev: 2 } })
  })

  it('[SS3] gives back the same state however often it is used', async () => {
    const ana = apiOf('ana')
    const backup = server.snapshot()
    await ana.putItems(aPut(1))
    server.restore(backup)
    await ana.putItems(aPut(5))
    server.restore(backup)

    expect(server.rowsOf(SESSION).map((it) => it.rev)).toEqual([0])
  })

  it('[SS3] is told to devices by their next look at the capabilities', async () => {
    const anonymous = createSimAnonymousApi({ clock: deviceClock, carry: async (request) => server.request(request) })
    const { epoch: before } = await anonymous.capabilities()
    server.restore(server.snapshot())
    const { epoch: after } = await anonymous.capabilities()

    expect(before).not.toBeNull()
    expect(after).not.toBe(before)
  })
})

describe('a restart', () => {
  it('[SS3] loses nothing', async () => {
    const ana = apiOf('ana')
    const lease = await ana.lockSession({ sessionId: SESSION, requestId: 'r1', mode: 'normal', unsentScans: 2 })
    await ana.putItems(aPut(1))
    const rows = server.rowsOf(SESSION)
    server.restart()

    expect(server.rowsOf(SESSION)).toEqual(rows)
    expect((await ana.extendLock(lease, 0)).fence).toBe(lease.fence)
    expect((await ana.putItems(aPut(1))).verdicts.map((it) => it.verdict)).toEqual(['duplicate'])
  })
})

describe('tokens and permissions', () => {
  it('[SS4] ends the sign-ins of one user, or of all, and with time', async () => {
    const [ana, ben] = [apiOf('ana'), apiOf('ben')]
    server.expireTokens('ana')
    expect([await reasonOf(ana.profile()), await reasonOf(ben.profile())]).toEqual(['unauthorized', 'done'])
    server.expireTokens()
    expect(await reasonOf(ben.profile())).toBe('unauthorized')
    const sam = apiOf('sam')
    clock.at += 25 * 3_600_000
    expect(await reasonOf(sam.profile())).toBe('unauthorized')
  })

  it('[SS4] signs in with the right password only, and out for good', async () => {
    const anonymous = createSimAnonymousApi({ clock: deviceClock, carry: async (request) => server.request(request) })
    expect(await reasonOf(anonymous.signIn('ana', 'wrong'))).toBe('unauthorized')
    expect(await reasonOf(anonymous.signIn('nobody', 'shelfcount'))).toBe('unauthorized')
    const { token } = await anonymous.signIn('ana', 'shelfcount')
    const ana = apiOf('ana', { token })
    expect(await reasonOf(ana.profile())).toBe('done')
    await ana.signOut()
    expect(await reasonOf(ana.profile())).toBe('unauthorized')
  })

  it('[SS4] refuses at once what was withdrawn, and changes nothing', async () => {
    const ana = apiOf('ana')
    await ana.putItems(aPut(1))
    server.withdrawPermission('ana', 'INVCOUNT_APP_VIEW')
    expect(await reasonOf(ana.putItems(aPut(2)))).toBe('forbidden')
    expect(server.rowsOf(SESSION).map((it) => it.rev)).toEqual([0, 1])
    server.grantPermission('ana', 'INVCOUNT_APP_VIEW')
    expect(await reasonOf(ana.putItems(aPut(2)))).toBe('done')
  })

  it.each<[string, (api: ServerApi) => Promise<unknown>]>([
    ['read a count', (api) => api.cycleCount(COUNT)],
    ['read a session', (api) => api.session(SESSION)],
    ['read items', (api) => api.itemsPage(SESSION, 0, 10)],
    ['count items', (api) => api.itemCount(SESSION)],
    ['write items', (api) => api.putItems(aPut(1))],
    ['write events', (api) => api.putScanEvents(SESSION, [])],
    ['lock', (api) => api.lockSession({ sessionId: SESSION, requestId: 'r', mode: 'force', unsentScans: 0 })],
    ['read the lock', (api) => api.getSessionLock(SESSION)],
    ['submit', (api) => api.setSessionStatus(SESSION, 'submitted', null, 'r')],
    ['start the count', (api) => api.startCycleCount(COUNT, 1)],
    ['make a session', (api) => api.createSession({ cycleCountId: COUNT, name: 'Mine', area: 'A', requestId: 'r' })],
    ['clone a session', (api) => api.cloneSession({ sessionId: SESSION, name: 'Mine', area: 'A', requestId: 'r' })],
    ['read stock', (api) => api.stock(NORTH, null, 10)],
  ])('[SS4] lets nobody of another facility, and nobody without permission, %s', async (_what, call) => {
    const before = JSON.stringify([server.rowsOf(SESSION), server.statusOf(SESSION), server.fenceOf(SESSION), server.sessionIds()])

    expect([await reasonOf(call(apiOf('zoe'))), await reasonOf(call(apiOf('max')))]).toEqual(['forbidden', 'forbidden'])
    expect(JSON.stringify([server.rowsOf(SESSION), server.statusOf(SESSION), server.fenceOf(SESSION), server.sessionIds()])).toBe(before)
  })
})

describe('rows that a supervisor removes', () => {
  it('[SS3] are tombstones that only a higher revision revives', async () => {
    const ana = apiOf('ana')
    await ana.putItems(aPut(2))
    expect(server.removeRows('ana', SESSION, ['row-1'])).toContain('INV_COUNT_SUBMIT')
    expect(server.removeRows('sam', SESSION, ['row-1'])).toBeNull()
    expect(await ana.itemCount(SESSION)).toBe(1)
    await ana.putItems(aPut(2))
    expect(await ana.itemCount(SESSION)).toBe(1)
    await ana.putItems(aPut(3))
    expect(await ana.itemCount(SESSION)).toBe(2)
  })
})

describe('versions of the protocol', () => {
  it('[SS3] takes those that it names, and tells the others to update', async () => {
    const capabilitiesFor = (protocol: number): Promise<string> =>
      reasonOf(createSimAnonymousApi({ clock: deviceClock, protocol, carry: async (request) => server.request(request) }).capabilities())
    server.setProtocol(2, 3)
    expect([await capabilitiesFor(1), await capabilitiesFor(2), await capabilitiesFor(3), await capabilitiesFor(4)]).toEqual([
      'outdated', 'done', 'done', 'outdated',
    ])
  })

  it('[SS5] [SC26] refuses what a device of another version sends', async () => {
    server.setProtocol(2, 3)
    expect(await reasonOf(apiOf('ana').putItems(aPut(1)))).toBe('outdated')
    expect(await reasonOf(apiOf('ana').putScanEvents(SESSION, []))).toBe('outdated')
    expect(server.rowsOf(SESSION).map((it) => it.rev)).toEqual([0])
    expect(await reasonOf(apiOf('ana', { protocol: 2 }).putItems(aPut(1)))).toBe('done')
  })
})

describe('routes', () => {
  it('[SS5] answer 404 and 405 where server-mock does, also for what is ours alone in the base profile', () => {
    const token = server.tokenFor('ana')
    const statusOf = (method: 'GET' | 'PUT', path: string): number => server.request({ method, path, body: '{}', token }).status
    expect([statusOf('GET', 'nowhere'), statusOf('PUT', `${COUNTS}capabilities`), statusOf('GET', `${COUNTS}capabilities`)]).toEqual([404, 405, 200])
    begin('hotwax')
    expect(server.request({ method: 'GET', path: `${COUNTS}capabilities`, token: null }).status).toBe(404)
  })

  it('[SS5] gives the same answers, to the letter, for the same requests', () => {
    const tell = (): string => {
      clock.at = 5_000_000
      begin()
      const token = server.tokenFor('ana')
      const dice = diceOf(5)
      const answers = Array.from({ length: 30 }, () => {
        const body = JSON.stringify({ items: [{ uuid: `row-${dice.int(1, 3)}`, rev: dice.int(1, 9), quantity: dice.int(0, 9), matchRev: 0 }] })
        return server.request({ method: 'PUT', path: `${COUNTS}cycleCounts/sessions/${SESSION}/items`, body, token }).text
      })
      return answers.join('\n')
    }

    expect(tell()).toBe(tell())
  })
})
