// A count is closed while a device still has scans of it: they go into another session, by the real server over HTTP.
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { asId, type SessionId } from '../../src/domain/ids'
import { TEST_PASSWORD, type CountsServer, type TestSession } from '../support/counts-server'
import { aDevice, cleanUp, startListening } from '../support/worker-device'

vi.setConfig({ testTimeout: 30_000 })
const TEE = '036000291452'
afterEach(cleanUp)

/** What a supervisor's approval leaves behind. */
async function close({ db }: CountsServer, { sessionId, countId }: TestSession): Promise<void> {
  await db.query("update count_session set status_id = 'SESSION_APPROVED' where session_id = $1", [sessionId])
  await db.query("update cycle_count set status_id = 'CYCLE_CNT_CLOSED' where work_effort_id = $1", [countId])
}

/** Two scans that counted, three that came after the count was closed. */
async function heldOn(running: { server: CountsServer; origin: string }) {
  const { server, origin } = running
  const isCut = { now: false }
  const from = await server.aSession()
  const to = await server.aSession()
  const device = aDevice(isCut)
  const { api } = device.aWindow()
  const config = { serverOrigin: origin, userName: 'ana' }
  await api.signIn(config, TEST_PASSWORD)
  await api.openSession({ sessionId: from.sessionId, takeOver: false })
  await device.scan(config, from.sessionId, TEE, 2)
  await api.scanned()
  await api.syncNow('manual')
  await close(server, from)
  await device.scan(config, from.sessionId, TEE, 3)
  await api.scanned()
  await api.syncNow('manual')
  const scans = device.openScans(config)
  const list = () => scans.tx(['quarantine'], 'r', (tx) => tx.range('quarantine', ':id', { limit: 10 }))
  const [entry] = await list()
  const moveTo = (toSessionId: string) => api.moveHeld({ uuid: entry?.uuid ?? 'none', toSessionId })
  return { server, isCut, from, to, device, api, scans, list, entry, moveTo }
}

const countedIn = async (server: CountsServer, path: string) =>
  ((await server.call('sam', 'GET', `${path}/items`)).body as { quantity?: number }[]).flatMap((it) => it.quantity ?? [])

describe('held scans of a device', () => {
  let running: Awaited<ReturnType<typeof startListening>>
  beforeAll(async () => {
    running = await startListening('extended')
  }, 60_000)
  afterAll(() => running.close())

  it('[HR9] [HR10] go into another session, and are there when it is opened', async () => {
    const { server, api, from, to, scans, list, entry, moveTo } = await heldOn(running)
    expect(entry).toMatchObject({ kind: 'held', sessionId: from.sessionId })

    const moved = await moveTo(to.sessionId)
    await api.openSession({ sessionId: to.sessionId, takeOver: false })

    expect(moved).toMatchObject({ ok: true, fate: { kind: 'moved', toSessionName: 'Aisle 4 left', quantity: 3_000_000 } })
    expect(await list()).toEqual([])
    expect([await countedIn(server, from.path), await countedIn(server, to.path)]).toEqual([[2], [3]])
    const sessionId = asId<SessionId>(to.sessionId)
    const lines = await scans.tx(['items'], 'r', (tx) => tx.range('items', ':id', { lower: [sessionId], upper: [sessionId, '￿'], limit: 10 }))
    expect(lines.map((it) => [it.productId, it.quantity, it.bucket]).toSorted()).toEqual([['CAP', 0, 'uncounted'], ['TEE', 3_000_000, 'counted']])
    expect(await moveTo(to.sessionId)).toMatchObject({ ok: true, fate: { kind: 'gone' } })
  })

  it('[HR9] stay on the list while nobody answers, and go once however often they are asked for', async () => {
    const { server, isCut, to, device, list, moveTo } = await heldOn(running)
    isCut.now = true
    expect(await moveTo(to.sessionId)).toMatchObject({ ok: false, reason: 'offline' })
    expect(await list()).toHaveLength(1)

    isCut.now = false
    // The server has done it, and the answer is lost.
    device.hooks.before = async ({ path, body }) => {
      if (!path.endsWith('/held')) return
      device.hooks.before = () => Promise.resolve()
      await server.call('ana', 'POST', path, JSON.parse(body))
      isCut.now = true
    }
    expect(await moveTo(to.sessionId)).toMatchObject({ ok: false, reason: 'offline' })
    isCut.now = false
    const both = await Promise.all([moveTo(to.sessionId), moveTo(to.sessionId)])

    expect(both.every((it) => it.ok)).toBe(true)
    expect(await list()).toEqual([])
    expect(await countedIn(server, to.path)).toEqual([3])
  })

  it('[HR9] that somebody else decided on say what became of them, until they are dismissed', async () => {
    const { server, from, to, api, list, entry, moveTo } = await heldOn(running)
    const late = (await server.call('sam', 'GET', `cycleCounts/workEfforts/${from.countId}/review/late`)).body.rows[0]
    const body = { sessionId: late.sessionId, rowKey: late.rowKey, rev: late.rev, verdict: 'refused', reason: 'counted twice' }
    expect((await server.call('sam', 'POST', `cycleCounts/workEfforts/${from.countId}/review/late`, body)).status).toBe(200)
    await api.dismissHeld(entry?.uuid ?? '')
    expect(await list()).toHaveLength(1)

    const words = 'sam has looked at it and refused it'
    expect(await moveTo(to.sessionId)).toMatchObject({ ok: true, fate: { kind: 'decided', words } })

    expect(await list()).toMatchObject([{ kind: 'held', code: 'HELD_DECIDED', message: words }])
    await api.dismissHeld(entry?.uuid ?? '')
    expect(await list()).toEqual([])
  })
})

describe('held scans on a server of the base profile', () => {
  let running: Awaited<ReturnType<typeof startListening>>
  beforeAll(async () => {
    running = await startListening('hotwax')
  }, 60_000)
  afterAll(() => running.close())

  it('[HR13] stay where they are: it has no such call', async () => {
    const { to, list, moveTo } = await heldOn(running)

    expect(await moveTo(to.sessionId)).toMatchObject({ ok: false, reason: 'unsupported' })
    expect(await list()).toMatchObject([{ kind: 'held', code: 'SESSION_CLOSED' }])
  })
})
