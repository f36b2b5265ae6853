// One device, two facilities: what belongs to one is never shown, looked up or sent in the other.
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { aDevice, cleanUp, startListening } from '../support/worker-device'
import { TEST_PASSWORD } from '../support/counts-server'

vi.setConfig({ testTimeout: 30_000 })

const TEE = '036000291452'
afterEach(cleanUp)

describe.each(['extended', 'hotwax'] as const)('a device in two facilities, on a server of profile %s', (profile) => {
  let running: Awaited<ReturnType<typeof startListening>>
  beforeAll(async () => {
    running = await startListening(profile)
    await running.server.db.query("insert into user_facility (user_id, facility_id) values ('sam', 'south')")
  }, 60_000)
  afterAll(() => running.close())

  const who = (userName: string) => ({ serverOrigin: running.origin, userName })

  async function counting() {
    const [north, south] = [await running.server.aSession(), await running.server.aSession({ facilityId: 'south' })]
    const isCut = { now: false }
    const device = aDevice(isCut)
    const { api } = device.aWindow()
    const scans = device.openScans(who('sam'))
    const listed = async (): Promise<readonly string[]> => {
      const rows = await scans.tx(['cycleCounts'], 'r', (tx) => tx.range('cycleCounts', ':id', { limit: 99 }))
      return [...new Set(rows.map((it) => it.cycleCount.facilityId as string))]
    }
    const totalOf = async (path: string): Promise<number> => {
      const items = (await running.server.call('sam', 'GET', `${path}/items?pageSize=500`)).body as { importItemSeqId: string; productId?: string; quantity?: number }[]
      return [...new Map(items.map((it) => [it.importItemSeqId, it])).values()].reduce((sum, it) => sum + (it.productId === 'TEE' ? (it.quantity ?? 0) : 0), 0)
    }
    await api.signIn(who('sam'), TEST_PASSWORD)
    await api.selectFacility('north')
    return { north, south, isCut, device, api, listed, totalOf }
  }

  it('[I22] shows the counts of the facility that was chosen, and no other', async () => {
    const { api, listed } = await counting()

    await api.refreshCounts()
    expect(await listed()).toEqual(['north'])
    await api.selectFacility('south')
    await api.refreshCounts()

    expect(await listed()).toEqual(['south'])
  })

  it('[I22] sends what was counted in one to its own session, also when another was chosen meanwhile', async () => {
    const { north, south, isCut, device, api, totalOf } = await counting()
    await api.openSession({ sessionId: north.sessionId, takeOver: false })
    isCut.now = true
    await device.scan(who('sam'), north.sessionId, TEE, 2)
    await api.scanned()
    isCut.now = false

    await api.selectFacility('south')
    await api.openSession({ sessionId: south.sessionId, takeOver: false })
    await device.scan(who('sam'), south.sessionId, TEE, 1)
    await api.scanned()
    await api.syncNow('manual')

    expect([await totalOf(north.path), await totalOf(south.path)]).toEqual([2, 1])
    const puts = device.sent.filter((it) => it.method === 'PUT' && it.path.endsWith('/items'))
    const places = puts.map((it) => [it.path.includes(north.sessionId), it.path.includes(south.sessionId)])
    expect(places.every(([isNorth, isSouth]) => isNorth !== isSouth)).toBe(true)
  })

  it('[I22] looks products up in a catalogue of its own for each', async () => {
    const { device, api } = await counting()

    await api.selectFacility('south')

    expect(device.catalogues().toSorted()).toEqual(['north', 'south'])
  })

  it('[I22] gives nothing of a facility to somebody whose facility is another, and keeps what is there', async () => {
    const { north, device, api, totalOf } = await counting()
    await api.openSession({ sessionId: north.sessionId, takeOver: false })
    await device.scan(who('sam'), north.sessionId, TEE, 3)
    await api.scanned()
    await api.syncNow('manual')
    await api.signOut()

    await api.signIn(who('zoe'), TEST_PASSWORD)
    await api.refreshCounts()
    const outcome = await api.openSession({ sessionId: north.sessionId, takeOver: true })
    await api.syncNow('manual')

    expect(outcome.ok).toBe(false)
    const stored = await device.openScans(who('zoe')).tx(['inventoryCountRecords', 'cycleCounts', 'scanEvents'], 'r', async (tx) => [
      ...(await tx.range('inventoryCountRecords', ':id', { limit: 9 })),
      ...(await tx.range('scanEvents', ':id', { limit: 9 })),
      ...(await tx.range('cycleCounts', ':id', { limit: 99 })).filter((it) => (it.cycleCount.facilityId as string) !== 'south'),
    ])
    expect(stored).toEqual([])
    expect(await totalOf(north.path)).toBe(3)
    const kept = await device.openScans(who('sam')).tx(['scanEvents'], 'r', (tx) => tx.range('scanEvents', ':id', { limit: 9 }))
    expect(kept).toHaveLength(3)
  })

  it('[I22] drops a list of counts when another facility was chosen while it was on its way', async () => {
    const { device, api, listed } = await counting()
    let [isHeld, letGo]: [boolean, () => void] = [false, () => undefined]
    device.hooks.before = async ({ method, path }) => {
      if (isHeld || method !== 'GET' || !path.includes('workEfforts')) return
      isHeld = true
      await new Promise<void>((resolve) => (letGo = resolve))
    }
    const ofNorth = api.refreshCounts()
    await vi.waitFor(() => expect(isHeld).toBe(true))

    await api.selectFacility('south')
    await api.refreshCounts()
    letGo()
    await ofNorth

    expect(await listed()).toEqual(['south'])
  })
})
