import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { TEST_PASSWORD } from '../support/counts-server'
import { aDevice, cleanUp, startListening } from '../support/worker-device'

vi.setConfig({ testTimeout: 30_000 })

const TEE = '036000291452'
const PASSPHRASE = 'a long passphrase'
afterEach(cleanUp)

interface Row {
  readonly productIdentifier?: string
  readonly quantity?: number
  readonly importItemSeqId: string
  readonly countedByUserLoginId?: string
}

describe.each(['extended', 'hotwax'] as const)('scans carried by file, on a server of profile %s', (profile) => {
  let running: Awaited<ReturnType<typeof startListening>>
  beforeAll(async () => {
    running = await startListening(profile)
  }, 60_000)
  afterAll(() => running.close())

  const rowsOf = async (path: string): Promise<readonly Row[]> => {
    const items = (await running.server.call('sam', 'GET', `${path}/items?pageSize=500`)).body as Row[]
    return [...new Map(items.map((it) => [it.importItemSeqId, it])).values()].filter((it) => it.productIdentifier === TEE)
  }
  const totalOf = async (path: string): Promise<number> =>
    (await rowsOf(path)).reduce((sum, it) => sum + (it.quantity ?? 0), 0)

  /** Ana's device, out of reach with three scans; and the file that it saved. */
  async function cutOff(passphrase: string | null = null) {
    const { server, origin } = running
    const { sessionId, path } = await server.aSession()
    const config = { serverOrigin: origin, userName: 'ana' }
    const isCut = { now: false }
    const device = aDevice(isCut)
    const { api } = device.aWindow()
    await api.signIn(config, TEST_PASSWORD)
    await api.openSession({ sessionId, takeOver: false })
    isCut.now = true
    await device.scan(config, sessionId, TEE, 3)
    const outcome = await api.saveScans(passphrase)
    if (!outcome.ok || outcome.saved === null) throw new Error('nothing was saved')
    return { sessionId, path, config, isCut, device, api, saved: outcome.saved }
  }

  it('[HF3] [HF7] saved by one device and taken over by another user: once on the server, whoever sends them', async () => {
    const ana = await cutOff(PASSPHRASE)
    const bens = aDevice({ now: false })
    const ben = bens.aWindow()
    await ben.api.signIn({ ...ana.config, userName: 'ben' }, TEST_PASSWORD)

    const looked = await ben.api.lookIntoFile(ana.saved.file, PASSPHRASE)
    const taken = await ben.api.takeOverScans(ana.saved.file, PASSPHRASE)
    await ben.api.syncNow('manual')
    const afterBen = await rowsOf(ana.path)
    ana.isCut.now = false
    await ana.api.syncNow('online')
    const again = await ben.api.takeOverScans(ana.saved.file, PASSPHRASE)

    expect(ana.saved).toMatchObject({ scans: 3, lines: 1, name: expect.stringMatching(/^shelfcount-ana-.*-3-scans\.shelfcount$/) })
    expect(looked).toMatchObject({ ok: true, summary: { userName: 'ana', scans: 3, newScans: 3, conflicts: 0 } })
    expect(taken).toMatchObject({ ok: true, summary: { newScans: 3 } })
    expect(afterBen).toMatchObject([{ quantity: 3, countedByUserLoginId: 'ana' }])
    expect(bens.sent.filter((it) => it.method === 'PUT').map((it) => it.as)).toContain('ben')
    expect(again).toMatchObject({ ok: true, summary: { newScans: 0 } })
    expect(await totalOf(ana.path)).toBe(3)
    expect(await ben.api.status()).toMatchObject({ unsentRows: 0 })
  })

  it('[HF12] asks for the passphrase, and takes nothing without the right one', async () => {
    const ana = await cutOff(PASSPHRASE)
    const { api } = aDevice({ now: false }).aWindow()
    await api.signIn(ana.config, TEST_PASSWORD)

    expect(await api.lookIntoFile(ana.saved.file, null)).toEqual({ ok: false, problem: 'needs-passphrase' })
    expect(await api.takeOverScans(ana.saved.file, 'guessed')).toEqual({ ok: false, problem: 'wrong-passphrase' })
    expect(await api.takeOverScans(ana.saved.file.slice(0, -1), PASSPHRASE)).toEqual({ ok: false, problem: 'damaged' })
    expect(await api.status()).toMatchObject({ unsentRows: 0 })
  })

  it('[HF13] refuses a file of another server, and of a facility where the user may not count', async () => {
    const ana = await cutOff()
    const { api } = aDevice({ now: false }).aWindow()
    await api.signIn({ ...ana.config, userName: 'zoe' }, TEST_PASSWORD)
    const elsewhere = aDevice({ now: false }).aWindow()
    await elsewhere.api.signIn({ serverOrigin: ana.config.serverOrigin.replace('127.0.0.1', 'localhost'), userName: 'ana' }, TEST_PASSWORD)

    expect(await api.takeOverScans(ana.saved.file, null)).toEqual({ ok: false, problem: 'other-facility' })
    expect(await elsewhere.api.takeOverScans(ana.saved.file, null)).toEqual({ ok: false, problem: 'other-server' })
    expect(await totalOf(ana.path)).toBe(0)
  })

  it('[HF1] says that there is nothing to save when the server has everything', async () => {
    const { api } = aDevice({ now: false }).aWindow()
    await api.signIn({ serverOrigin: running.origin, userName: 'ana' }, TEST_PASSWORD)

    expect(await api.saveScans(null)).toEqual({ ok: true, saved: null })
  })

  it('[HF14] removing the data of one user leaves the others alone, goes without a network, and ends the sign-in', async () => {
    const ana = await cutOff()
    const ben = { ...ana.config, userName: 'ben' }
    ana.isCut.now = false
    await ana.api.signIn(ben, TEST_PASSWORD)
    await ana.device.scan(ben, ana.sessionId, 'BENS-OWN', 1)
    await ana.api.signIn(ana.config, TEST_PASSWORD)
    ana.isCut.now = true

    await ana.api.removeUserData()

    expect(ana.device.databases()).toEqual([expect.stringMatching(/:ben$/)])
    expect((await ana.api.status()).status).toBe('auth-needed')
    expect(await ana.api.resumeUser(ana.config)).toBeNull()
    ana.isCut.now = false
    await ana.api.signIn(ana.config, TEST_PASSWORD)
    await ana.api.takeOverScans(ana.saved.file, null)
    await ana.api.syncNow('manual')
    expect(await totalOf(ana.path)).toBe(3)
  })
})
