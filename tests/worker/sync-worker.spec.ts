import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { TEST_PASSWORD } from '../support/counts-server'
import { aDevice, cleanUp, startListening } from '../support/worker-device'

vi.setConfig({ testTimeout: 30_000 })

const TEE = '036000291452'
afterEach(cleanUp)

describe.each(['extended', 'hotwax'] as const)(
  'sync worker against the server of profile %s',
  (profile) => {
    let running: Awaited<ReturnType<typeof startListening>>
    beforeAll(async () => {
      running = await startListening(profile)
    }, 60_000)
    afterAll(() => running.close())

    it('[WK20] [S3.1] [S3.17] signs in, opens, counts through an hour without network, and submits what was scanned', async () => {
      const { server, origin } = running
      const isCut = { now: false }
      const { sessionId, path } = await server.aSession()
      const device = aDevice(isCut)
      const { api } = device.aWindow()
      const config = { serverOrigin: origin, userName: 'ana' }

      const signedIn = await api.signIn(config, TEST_PASSWORD)
      const listed = await api.refreshCounts()
      const started = await api.openSession({ sessionId, takeOver: false })
      await device.scan(config, sessionId, TEE, 2)
      await api.scanned()
      await api.syncNow('manual')
      isCut.now = true
      await device.scan(config, sessionId, TEE, 3)
      await device.scan(config, sessionId, 'UNKNOWN-1', 1)
      await api.scanned()
      const queued = await api.submitSession(sessionId)
      const offline = await api.status()
      isCut.now = false
      const online = await api.syncNow('online')

      const session = await server.call('sam', 'GET', path)
      const items = await server.call('sam', 'GET', `${path}/items?pageSize=500`)
      const counted = (items.body as { productIdentifier?: string; quantity?: number }[])
        .filter(
          (it, at, all) =>
            it.quantity !== undefined &&
            all.findIndex((other) => JSON.stringify(other) === JSON.stringify(it)) === at,
        )
        .map((it) => [it.productIdentifier, it.quantity] as const)
      const total = (raw: string): number =>
        counted.filter(([id]) => id === raw).reduce((sum, [, quantity]) => sum + (quantity ?? 0), 0)

      expect(signedIn).toMatchObject({
        ok: true,
        profile: { userName: 'ana', facilityId: 'north', server: { profile } },
      })
      expect(listed.ok).toBe(true)
      expect(started).toMatchObject({ ok: true, lock: 'held' })
      expect(queued).toEqual({ ok: true, done: false })
      expect(offline).toMatchObject({ status: 'offline' })
      expect(online).toMatchObject({ unsentRows: 0 })
      expect(session.body.statusId).toBe('SESSION_SUBMITTED')
      expect(total(TEE)).toBe(5)
      expect(total('UNKNOWN-1')).toBe(1)
    })

    it('[WK21] goes on after a restart without the network, and shows what is unsent before a sign-in', async () => {
      const { server, origin } = running
      const isCut = { now: false }
      const { sessionId } = await server.aSession()
      const device = aDevice(isCut)
      const config = { serverOrigin: origin, userName: 'ana' }
      const before = device.aWindow()
      await before.api.signIn(config, TEST_PASSWORD)
      await before.api.openSession({ sessionId, takeOver: false })
      await before.api.stop()
      isCut.now = true
      await device.scan(config, sessionId, TEE, 1)

      const after = device.aWindow()
      const profileKept = await after.api.resumeUser(config)
      const reopened = await after.api.openSession({ sessionId, takeOver: false })
      await after.api.scanned()
      const accounts = await after.api.accounts()

      expect(profileKept).toMatchObject({ userName: 'ana' })
      expect(reopened).toMatchObject({ ok: true, lock: 'unverified' })
      expect(accounts).toEqual([{ ...config, unsentRows: 1 }])
    })

    it('[WK22] tells wrong passwords and missing servers as data, and changes nothing by them', async () => {
      const { origin } = running
      const isCut = { now: false }
      const { api } = aDevice(isCut).aWindow()
      const config = { serverOrigin: origin, userName: 'ana' }

      const wrong = await api.signIn(config, 'nonsense')
      isCut.now = true
      const offline = await api.lookAtServer(origin)
      const open = await api.openSession({ sessionId: 'S1', takeOver: false })

      expect(wrong).toMatchObject({ ok: false, reason: 'unauthorized' })
      expect(offline).toMatchObject({ ok: false, reason: 'offline' })
      expect(open).toMatchObject({ ok: false, reason: 'unauthorized' })
      expect((await api.status()).status).toBe('auth-needed')
    })

    it('[WK23] [S3.28] lets one window of a device count at a time, and the other one take over', async () => {
      const { server, origin } = running
      const isCut = { now: false }
      const { sessionId } = await server.aSession()
      const device = aDevice(isCut)
      const config = { serverOrigin: origin, userName: 'ana' }
      const first = device.aWindow()
      const second = device.aWindow()
      await first.api.signIn(config, TEST_PASSWORD)
      await first.api.openSession({ sessionId, takeOver: false })
      await second.api.resumeUser(config)

      const elsewhere = await second.api.openSession({ sessionId, takeOver: false })
      const here = await second.api.openSession({ sessionId, takeOver: true })

      expect(elsewhere).toMatchObject({ ok: true, lock: 'elsewhere' })
      expect(here).toMatchObject({ ok: true, lock: 'held' })
      expect(first.locks().at(-1)).toBe('elsewhere')
    })

    it('[WK24] forgets the token at a sign-out, keeps the work, and sends it after the next sign-in', async () => {
      const { server, origin } = running
      const isCut = { now: false }
      const { sessionId, path } = await server.aSession()
      const device = aDevice(isCut)
      const config = { serverOrigin: origin, userName: 'ana' }
      const { api } = device.aWindow()
      await api.signIn(config, TEST_PASSWORD)
      await api.openSession({ sessionId, takeOver: false })
      isCut.now = true
      await device.scan(config, sessionId, TEE, 1)
      await api.scanned()

      await api.signOut()
      const meta = await device
        .openScans(config)
        .tx(['meta'], 'r', (tx) => tx.bulkGet('meta', ['login', 'profile']))
      const resumed = await api.resumeUser(config)
      isCut.now = false
      await api.signIn(config, TEST_PASSWORD)
      const state = await api.syncNow('manual')

      const items = await server.call('sam', 'GET', `${path}/items?pageSize=500`)
      expect(meta).toEqual([undefined, undefined])
      expect(resumed).toBeNull()
      expect(state).toMatchObject({ status: 'synced', unsentRows: 0 })
      expect(
        (items.body as { productIdentifier?: string }[]).some((it) => it.productIdentifier === TEE),
      ).toBe(true)
    })

    it('[WK25] keeps no lock when the window leaves while the session opens', async () => {
      const { server, origin } = running
      const { sessionId } = await server.aSession()
      const { api } = aDevice({ now: false }).aWindow()
      await api.signIn({ serverOrigin: origin, userName: 'ana' }, TEST_PASSWORD)

      const opening = api.openSession({ sessionId, takeOver: false })
      await api.leaveSession(sessionId)
      const opened = await opening
      const left = await api.lookAtSession(sessionId)
      const again = await api.openSession({ sessionId, takeOver: false })

      expect(opened).toMatchObject({ ok: true, lock: 'none' })
      expect(left).toMatchObject({ ok: true, holder: null })
      expect(again).toMatchObject({ ok: true, lock: 'held' })
    })

    it('[WK25] leaves the lock with the window that took the session over while it opened', async () => {
      const { server, origin } = running
      const { sessionId } = await server.aSession()
      const device = aDevice({ now: false })
      const config = { serverOrigin: origin, userName: 'ana' }
      const first = device.aWindow()
      const second = device.aWindow()
      await first.api.signIn(config, TEST_PASSWORD)
      await second.api.resumeUser(config)

      const opening = first.api.openSession({ sessionId, takeOver: false })
      await first.api.status()
      const taken = await second.api.openSession({ sessionId, takeOver: true })

      expect(await opening).toMatchObject({ ok: true, lock: 'elsewhere' })
      expect(taken).toMatchObject({ ok: true, lock: 'held' })
      expect(await first.api.lookAtSession(sessionId)).toMatchObject({
        holder: { userName: 'ana', isThisDevice: true },
      })
    })

    it('[WK45] [I7] leaves nobody counting, and the session free, when an opening breaks in the storage (seed 5236)', async () => {
      const { server, origin } = running
      const { sessionId } = await server.aSession()
      const disk = { opensThatFail: 0, refusesWrites: false }
      const device = aDevice({ now: false }, disk)
      const ana = device.aWindow()
      await ana.api.signIn({ serverOrigin: origin, userName: 'ana' }, TEST_PASSWORD)
      device.hooks.before = ({ method, path }) => {
        // The lock is granted by then, and the window knows.
        if (method === 'GET' && path.endsWith('/items')) disk.refusesWrites = true
        return Promise.resolve()
      }

      const opening = await ana.api.openSession({ sessionId, takeOver: false }).catch((error: unknown) => error)
      const told = ana.locks()
      device.hooks.before = () => Promise.resolve()
      disk.refusesWrites = false
      const left = await ana.api.lookAtSession(sessionId)

      expect(opening).not.toMatchObject({ ok: true })
      expect(told).toEqual(['held', 'none'])
      expect(left).toMatchObject({ ok: true, holder: null })
      expect(await ana.api.openSession({ sessionId, takeOver: false })).toMatchObject({ ok: true, lock: 'held' })
    })

    /** Two openings overlap in one window: the first breaks in the storage, the second goes on behind that. */
    async function openTwice() {
      const { server, origin } = running
      const { sessionId } = await server.aSession()
      const config = { serverOrigin: origin, userName: 'ana' }
      const disk = { opensThatFail: 0, refusesWrites: false }
      const device = aDevice({ now: false }, disk)
      const { api } = device.aWindow()
      await api.signIn(config, TEST_PASSWORD)
      let goOn = (): void => undefined
      const second = new Promise<void>((resolve) => (goOn = resolve))
      let asked = 0
      device.hooks.before = ({ method, path: wanted }) => {
        if (method === 'GET' && wanted.endsWith(`sessions/${sessionId}`) && (asked += 1) === 2) return second
        // The lock is granted to the first by then.
        if (method === 'GET' && wanted.endsWith('/items')) disk.refusesWrites = true
        return Promise.resolve()
      }
      const openings = [1, 2].map(() => api.openSession({ sessionId, takeOver: false }).catch((error: unknown) => error))
      const broken = await openings[0]
      device.hooks.before = () => Promise.resolve()
      return {
        api,
        device,
        disk,
        sessionId,
        config,
        broken,
        async goOn() {
          goOn()
          return openings[1]
        },
      }
    }

    it('[LK28] [I7] keeps the claim for an opening that is under way when another one of the same window breaks', async () => {
      const { api, device, disk, sessionId, config, broken, goOn } = await openTwice()
      disk.refusesWrites = false
      const opened = await goOn()
      const other = device.aWindow()
      await other.api.resumeUser(config)

      expect(broken).not.toMatchObject({ ok: true })
      expect(opened).toMatchObject({ ok: true, lock: 'held' })
      expect(await other.api.openSession({ sessionId, takeOver: false })).toMatchObject({ ok: true, lock: 'elsewhere' })
      expect(await api.lookAtSession(sessionId)).toMatchObject({ holder: { userName: 'ana' } })
    })

    it('[LK28] [I7] ends every opening that is under way when the window leaves, also behind one that broke (seed 8964)', async () => {
      const { api, disk, sessionId, goOn } = await openTwice()
      disk.refusesWrites = false
      await api.leaveSession(sessionId)
      const opened = await goOn()

      expect(opened).toMatchObject({ ok: true, lock: 'none' })
      expect(await api.lookAtSession(sessionId)).toMatchObject({ ok: true, holder: null })
    })

    it('[LK28] gives the claim up when the last opening has broken', async () => {
      const { device, disk, sessionId, config, goOn } = await openTwice()
      const opened = await goOn()
      disk.refusesWrites = false
      const other = device.aWindow()
      await other.api.resumeUser(config)

      expect(opened).not.toMatchObject({ ok: true })
      expect(await other.api.openSession({ sessionId, takeOver: false })).toMatchObject({ ok: true, lock: 'held' })
    })

    it('[WK26] says who counts in a session, and changes nothing by asking', async () => {
      const { server, origin } = running
      const { sessionId } = await server.aSession()
      const anas = aDevice({ now: false })
      const ana = anas.aWindow()
      const ben = aDevice({ now: false }).aWindow()
      const config = { serverOrigin: origin, userName: 'ana' }
      await ana.api.signIn(config, TEST_PASSWORD)
      await ben.api.signIn({ serverOrigin: origin, userName: 'ben' }, TEST_PASSWORD)
      const free = await ben.api.lookAtSession(sessionId)
      await anas.scan(config, sessionId, TEE, 2)
      await ana.api.openSession({ sessionId, takeOver: false })

      const held = await ben.api.lookAtSession(sessionId)
      const anasOwn = await ana.api.lookAtSession(sessionId)
      const refused = await ben.api.openSession({ sessionId, takeOver: false })

      expect(free).toEqual({ ok: true, holder: null, pendingElsewhere: [] })
      expect(held).toMatchObject({ ok: true, holder: { userName: 'ana', isThisDevice: false } })
      expect(anasOwn).toMatchObject({ ok: true, holder: { userName: 'ana', isThisDevice: true } })
      expect(refused).toMatchObject({ ok: false, reason: 'locked' })
    })

    it('[SB17] does not submit anew what a person has opened again', async () => {
      const { server, origin } = running
      const isCut = { now: false }
      const { sessionId, path } = await server.aSession()
      const device = aDevice(isCut)
      const { api } = device.aWindow()
      await api.signIn({ serverOrigin: origin, userName: 'ana' }, TEST_PASSWORD)
      await api.openSession({ sessionId, takeOver: false })
      isCut.now = true
      await api.submitSession(sessionId)
      // It had come through, and its answer had not.
      await server.db.query("update count_session set status_id = 'SESSION_SUBMITTED' where session_id = $1", [sessionId])
      isCut.now = false

      expect(await api.reopenSession(sessionId)).toMatchObject({ ok: true })
      await api.syncNow('online')

      const { body } = await server.call('sam', 'GET', path)
      expect((body as { statusId: string }).statusId).toBe('SESSION_ASSIGNED')
    })

    it('[SB8] does not call a submit done that was withdrawn while it ran', async () => {
      const { server, origin } = running
      const { sessionId } = await server.aSession()
      const device = aDevice({ now: false })
      const config = { serverOrigin: origin, userName: 'ana' }
      const { api } = device.aWindow()
      await api.signIn(config, TEST_PASSWORD)
      await api.openSession({ sessionId, takeOver: false })

      const submitting = api.submitSession(sessionId)
      await api.withdrawSubmit(sessionId)

      expect(await submitting).toEqual({ ok: true, done: false })
    })

    it('[WK46] [SH2] does not bring the last user back over the one who has signed in meanwhile (seed 6108)', async () => {
      const { origin } = running
      const disk: Parameters<typeof aDevice>[1] = { opensThatFail: 0 }
      const device = aDevice({ now: false }, disk)
      await device.aWindow().api.signIn({ serverOrigin: origin, userName: 'ana' }, TEST_PASSWORD)
      const { api } = device.aWindow()
      disk.hides = 'ana'
      await api.resumeUser({ serverOrigin: origin, userName: 'ana' }).catch((error: unknown) => error)
      // The sign-in takes so long that ana is tried again while it goes on.
      device.hooks.before = ({ path }) => {
        if (!path.endsWith('user/profile')) return Promise.resolve()
        disk.hides = null
        return new Promise((resolve) => setTimeout(resolve, 3000))
      }

      await api.signIn({ serverOrigin: origin, userName: 'ben' }, TEST_PASSWORD)
      device.hooks.before = () => Promise.resolve()
      await new Promise((resolve) => setTimeout(resolve, 300))
      await api.refreshCounts()

      expect(device.sent.at(-1)?.as).toBe('ben')
    })

    it('[WK27] goes on trying when the storage does not open, and says so meanwhile', async () => {
      const { origin } = running
      const disk = { opensThatFail: 0 }
      const device = aDevice({ now: false }, disk)
      const config = { serverOrigin: origin, userName: 'ana' }
      await device.aWindow().api.signIn(config, TEST_PASSWORD)
      disk.opensThatFail = 3
      const { api } = device.aWindow()

      const resumed = await api.resumeUser(config).catch((error: unknown) => error)
      const meanwhile = await api.scanned().catch((error: unknown) => error)
      await vi.waitFor(async () => expect((await api.status()).status).toBe('synced'))

      expect(resumed).toMatchObject({ message: 'The database did not open' })
      expect(meanwhile).toMatchObject({ message: 'The database did not open' })
      expect(disk.opensThatFail).toBe(0)
    })
  },
)
