import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { TEST_PASSWORD } from '../support/counts-server'
import type { Sent } from '../support/worker-device'
import { aDevice, cleanUp, startListening } from '../support/worker-device'

vi.setConfig({ testTimeout: 30_000 })

const TEE = '036000291452'
afterEach(cleanUp)

/** Requests that bring rows, and whose they are by their content. */
function rowsSent(sent: readonly Sent[]): readonly { readonly as: string | null; readonly by: readonly string[] }[] {
  return sent
    .filter((it) => it.method === 'PUT' && it.path.endsWith('/items'))
    .map((it) => {
      const { items } = JSON.parse(it.body) as { items: readonly { countedByUserLoginId: string }[] }
      return { as: it.as, by: [...new Set(items.map((row) => row.countedByUserLoginId))] }
    })
}

describe.each(['extended', 'hotwax'] as const)('a shared device, on a server of profile %s', (profile) => {
  let running: Awaited<ReturnType<typeof startListening>>
  beforeAll(async () => {
    running = await startListening(profile)
  }, 60_000)
  afterAll(() => running.close())

  const who = (userName: string) => ({ serverOrigin: running.origin, userName })
  const totalOf = async (path: string): Promise<number> => {
    const items = (await running.server.call('sam', 'GET', `${path}/items?pageSize=500`)).body as {
      importItemSeqId: string
      productIdentifier?: string
      quantity?: number
    }[]
    return [...new Map(items.map((it) => [it.importItemSeqId, it])).values()]
      .filter((it) => it.productIdentifier === TEE)
      .reduce((sum, it) => sum + (it.quantity ?? 0), 0)
  }

  it('[SH1] sends each user\'s scans under their own sign-in only, and keeps them until then', async () => {
    const { sessionId, path } = await running.server.aSession()
    const isCut = { now: false }
    const device = aDevice(isCut)
    const { api } = device.aWindow()
    await api.signIn(who('ana'), TEST_PASSWORD)
    await api.openSession({ sessionId, takeOver: false })
    isCut.now = true
    await device.scan(who('ana'), sessionId, TEE, 2)
    await api.scanned()
    await api.signOut()
    isCut.now = false

    await api.signIn(who('ben'), TEST_PASSWORD)
    await device.scan(who('ben'), sessionId, TEE, 1)
    await api.scanned()
    await api.syncNow('manual')

    expect(rowsSent(device.sent)).toEqual([{ as: 'ben', by: ['ben'] }])
    expect((await api.accounts()).map((it) => [it.userName, it.unsentRows])).toEqual([['ana', 1], ['ben', 0]])
    expect(await totalOf(path)).toBe(1)

    await api.signIn(who('ana'), TEST_PASSWORD)
    await api.syncNow('manual')
    expect(rowsSent(device.sent)).toEqual([{ as: 'ben', by: ['ben'] }, { as: 'ana', by: ['ana'] }])
    expect(await totalOf(path)).toBe(3)
  })

  it('[SH2] changing the user while rows are on their way mixes nothing, and loses nothing', async () => {
    const { sessionId, path } = await running.server.aSession()
    const device = aDevice({ now: false })
    const { api } = device.aWindow()
    await api.signIn(who('ana'), TEST_PASSWORD)
    await api.openSession({ sessionId, takeOver: false })
    await device.scan(who('ana'), sessionId, TEE, 2)
    const changed: Promise<unknown>[] = []
    device.hooks.before = async ({ method, path: to }) => {
      if (method !== 'PUT' || !to.endsWith('/items') || changed.length > 0) return
      changed.push(api.signOut().then(() => api.signIn(who('ben'), TEST_PASSWORD)))
      await new Promise((resolve) => setTimeout(resolve, 50))
    }

    await api.scanned()
    await vi.waitFor(() => expect(changed).toHaveLength(1))
    await Promise.all(changed)
    await device.scan(who('ben'), sessionId, TEE, 1)
    await api.scanned()
    await api.syncNow('manual')
    await api.signIn(who('ana'), TEST_PASSWORD)
    await api.syncNow('manual')

    expect(rowsSent(device.sent).filter((it) => it.by.some((by) => by !== it.as))).toEqual([])
    expect(await totalOf(path)).toBe(3)
  })

  it('[SH3] a token is used for its own user\'s calls only, and leaves nothing behind at a sign-out', async () => {
    const device = aDevice({ now: false })
    const { api } = device.aWindow()
    const { sessionId } = await running.server.aSession()
    for (const name of ['ana', 'ben', 'ana']) {
      const before = device.sent.length
      await api.signIn(who(name), TEST_PASSWORD)
      await api.refreshCounts()
      await api.openSession({ sessionId, takeOver: true })
      await api.leaveSession(sessionId)
      await api.signOut()
      expect(new Set(device.sent.slice(before).map((it) => it.as))).toEqual(new Set([null, name]))
      const login = await device.openScans(who(name)).tx(['meta'], 'r', (tx) => tx.get('meta', 'login'))
      expect(login).toBeUndefined()
    }
  })

  it('[SH4] somebody of another facility has a product list of their own', async () => {
    const device = aDevice({ now: false })
    const { api } = device.aWindow()
    await api.signIn(who('ana'), TEST_PASSWORD)
    await api.signIn(who('zoe'), TEST_PASSWORD)

    expect(device.catalogues()).toEqual(['north', 'south'])
  })

  it('[SH5] a user sees nothing of what another one did on the device', async () => {
    const { sessionId } = await running.server.aSession()
    const isCut = { now: false }
    const device = aDevice(isCut)
    const { api } = device.aWindow()
    await api.signIn(who('ana'), TEST_PASSWORD)
    await api.openSession({ sessionId, takeOver: false })
    isCut.now = true
    await device.scan(who('ana'), sessionId, TEE, 2)
    await api.scanned()
    isCut.now = false
    await api.signIn(who('ben'), TEST_PASSWORD)

    expect(await api.saveScans(null)).toEqual({ ok: true, saved: null })
    expect(await api.status()).toMatchObject({ unsentRows: 0 })
    expect(await api.searchLines(sessionId, TEE, 10)).toEqual([])
  })
})
