// A storage that never answers, under what a person waits for: it ends in written time, changes nothing, and works once it is back.
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { asId, type FacilityId, type SessionId } from '../../src/domain/ids'
import { TEST_PASSWORD } from '../support/counts-server'
import { aDevice, cleanUp, startListening, type FakeDisk } from '../support/worker-device'

vi.setConfig({ testTimeout: 30_000 })

const TEE = '036000291452'
/** Long enough for a storage that answers, on a busy machine too. */
const LIMIT_MS = 700
afterEach(cleanUp, 5000)

describe('a storage that never answers', () => {
  let running: Awaited<ReturnType<typeof startListening>>
  beforeAll(async () => {
    running = await startListening('extended')
    await running.server.db.query(
      "insert into user_facility (user_id, facility_id) values ('sam', 'south')",
    )
  }, 60_000)
  afterAll(() => running.close())

  const who = (userName: string) => ({ serverOrigin: running.origin, userName })
  const broken = (call: Promise<unknown>): Promise<unknown> =>
    call.then(
      () => 'went through',
      (error: unknown) => (error as Error).name,
    )

  function aSilentDevice() {
    const swallowed: (() => void)[] = []
    const disk: FakeDisk = { opensThatFail: 0, swallows: null, swallowed }
    const device = aDevice({ now: false }, disk, { storageTimeoutMs: LIMIT_MS })
    return { device, disk, swallowed, ...device.aWindow() }
  }

  it('[WK61] ends a sign-in in time, with whoever was counting before, and the next one goes through once it answers (seed 6538)', async () => {
    const { api, disk, device } = aSilentDevice()
    const { sessionId } = await running.server.aSession()
    await api.signIn(who('ana'), TEST_PASSWORD)
    await api.openSession({ sessionId, takeOver: false })
    await api.syncNow('manual')
    // What is written behind this is the new sign-in.
    device.hooks.before = ({ path }) => {
      if (path.endsWith('user/profile'))
        disk.swallows = (mode, tables) => mode === 'rw' && tables.join() === 'meta'
      return Promise.resolve()
    }
    const first = await broken(api.signIn(who('ana'), TEST_PASSWORD))
    disk.swallows = null
    device.hooks.before = () => Promise.resolve()
    const between = await api.refreshCounts()
    const second = await api.signIn(who('ana'), TEST_PASSWORD)

    expect(first).toBe('TimeoutError')
    expect(between).toMatchObject({ ok: true })
    expect(second).toMatchObject({ ok: true })
  })

  it('[WK61] stores nothing of a sign-in that was given up, whoever has signed in meanwhile', async () => {
    const { api, disk, swallowed, device } = aSilentDevice()
    await api.signIn(who('ana'), TEST_PASSWORD)
    await api.signOut()
    device.hooks.before = ({ path }) => {
      if (path.endsWith('user/profile'))
        disk.swallows = (mode, tables) => mode === 'rw' && tables.includes('meta')
      return Promise.resolve()
    }
    const anas = await broken(api.signIn(who('ana'), TEST_PASSWORD))
    disk.swallows = null
    device.hooks.before = () => Promise.resolve()
    await api.signIn(who('ben'), TEST_PASSWORD)
    for (const goOn of swallowed.splice(0)) goOn()
    await new Promise((resolve) => setImmediate(resolve))
    await api.refreshCounts()
    const stored = await device
      .openScans(who('ana'))
      .tx(['meta'], 'r', (tx) => tx.bulkGet('meta', ['login', 'profile']))

    expect(anas).toBe('TimeoutError')
    expect(device.sent.at(-1)?.as).toBe('ben')
    expect(stored).toEqual([undefined, undefined])
  })

  it('[WK62] ends a sign-out in time: who was signed in still is, and goes on', async () => {
    const { api, disk, swallowed } = aSilentDevice()
    await api.signIn(who('ana'), TEST_PASSWORD)
    disk.swallows = (mode, tables) => mode === 'rw' && tables.includes('meta')
    const first = await broken(api.signOut())
    disk.swallows = null
    const counts = await api.refreshCounts()
    const state = await api.syncNow('manual')
    for (const goOn of swallowed.splice(0)) goOn()
    const still = await api.refreshCounts()
    const second = await broken(api.signOut())

    expect(first).toBe('TimeoutError')
    expect(counts).toMatchObject({ ok: true })
    expect(state.status).toBe('synced')
    expect(still).toMatchObject({ ok: true })
    expect(second).toBe('went through')
    expect((await api.status()).status).toBe('auth-needed')
  })

  it('[WK62] lets the next user in although the log of the one before is never written', async () => {
    const { api, disk, swallowed } = aSilentDevice()
    await api.signIn(who('ana'), TEST_PASSWORD)
    await api.syncNow('manual')
    disk.swallows = (_mode, tables) => tables.includes('syncLog')
    const next = await api.signIn(who('ben'), TEST_PASSWORD)
    disk.swallows = null

    expect(next).toMatchObject({ ok: true, profile: { userName: 'ben' } })
    // It was asked, and closing waited for it.
    expect(swallowed.length).toBeGreaterThan(0)
  })

  it('[WK63] does not keep a user who is resumed waiting: they come back by themselves once it answers', async () => {
    const { device, disk, api: before } = aSilentDevice()
    await before.signIn(who('ana'), TEST_PASSWORD)
    await before.stop()
    const { api } = device.aWindow()
    disk.swallows = () => true
    const resumed = await broken(api.resumeUser(who('ana')))
    const meanwhile = await broken(api.scanned())
    disk.swallows = null

    expect([resumed, meanwhile]).toEqual(['TimeoutError', 'TimeoutError'])
    await vi.waitFor(async () => expect((await api.status()).status).toBe('synced'))
  })

  it('[WK64] keeps no call of a supervisor waiting for its token', async () => {
    const { api, disk } = aSilentDevice()
    await api.signIn(who('sam'), TEST_PASSWORD)
    await api.syncNow('manual')
    disk.swallows = (mode) => mode === 'r'
    const review = await broken(api.review('rules', asId<FacilityId>('north')))
    disk.swallows = null

    expect(review).toBe('TimeoutError')
    expect(await api.review('rules', asId<FacilityId>('north'))).toMatchObject({ ok: true })
  })

  it('[WK64] ends the choice of another facility in time', async () => {
    const { api, disk } = aSilentDevice()
    await api.signIn(who('sam'), TEST_PASSWORD)
    await api.syncNow('manual')
    disk.swallows = (mode, tables) => mode === 'rw' && tables.includes('meta')
    const first = await broken(api.selectFacility('south'))
    disk.swallows = null

    expect(first).toBe('TimeoutError')
    expect(await api.selectFacility('south')).toMatchObject({
      ok: true,
      profile: { facilityId: 'south' },
    })
  })

  it('[WK64] ends a submit and its withdrawal in time, and what was given up is not queued later', async () => {
    const { api, disk, swallowed, device } = aSilentDevice()
    const { sessionId } = await running.server.aSession()
    await api.signIn(who('ana'), TEST_PASSWORD)
    await api.openSession({ sessionId, takeOver: false })
    await api.syncNow('manual')
    disk.swallows = (mode, tables) => mode === 'rw' && tables.includes('sessions')
    const submit = await broken(api.submitSession(sessionId))
    const withdrawal = await broken(api.withdrawSubmit(sessionId))
    disk.swallows = null
    for (const goOn of swallowed.splice(0)) goOn()
    await new Promise((resolve) => setImmediate(resolve))
    const row = await device
      .openScans(who('ana'))
      .tx(['sessions'], 'r', (tx) => tx.get('sessions', asId<SessionId>(sessionId)))

    expect([submit, withdrawal]).toEqual(['TimeoutError', 'TimeoutError'])
    expect(row?.submitQueuedAt).toBeNull()
    expect(await api.submitSession(sessionId)).toMatchObject({ ok: true, done: true })
  })

  it('[SH9] hides nobody at the sign-in: who cannot be looked at is named with that, the others with what they have unsent', async () => {
    const { api, disk, device } = aSilentDevice()
    const { sessionId } = await running.server.aSession()
    for (const user of ['ana', 'ben']) {
      await api.signIn(who(user), TEST_PASSWORD)
      await device.scan(who(user), sessionId, TEE, 1)
    }
    await api.signOut()
    disk.swallows = (_mode, _tables, userName) => userName === 'ana'

    const silent = await api.accounts()
    disk.swallows = null
    disk.hides = 'ana'
    const closed = await api.accounts()

    expect(closed).toEqual(silent)
    expect(silent).toEqual([
      { ...who('ana'), unsentRows: null },
      { ...who('ben'), unsentRows: 1 },
    ])
  })
})
