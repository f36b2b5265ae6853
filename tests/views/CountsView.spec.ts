// The counts of a facility: what is offered for each session, and what is said when there is nothing to show.
import { flushPromises, mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { createMemoryHistory, createRouter } from 'vue-router'
import { asId } from '../../src/domain/ids'
import type { CycleCountId, DeviceId, FacilityId, SessionId, UserName } from '../../src/domain/ids'
import type { CountSession, CycleCount } from '../../src/domain/session'
import { useLoginStore } from '../../src/stores/login'
import { useSyncStatusStore } from '../../src/stores/sync-status'
import { addToReport, readReport } from '../../src/usecases/start-report'
import CountsView from '../../src/views/CountsView.vue'
import type { SyncWorkerApi } from '../../src/worker/protocol'
import { createFakeBus, createFakeDesk } from '../support/fake-desk'
import { createFakeWorld, SYNCED } from '../support/fake-services'

const NOW = Date.UTC(2026, 2, 10, 12)

function session(id: string, overrides: Partial<CountSession> = {}): CountSession {
  return {
    sessionId: asId<SessionId>(id),
    cycleCountId: asId<CycleCountId>('C1'),
    name: `Session ${id}`,
    area: 'back_stock',
    status: 'assigned',
    createdBy: null,
    createdAt: 0,
    holder: null,
    ...overrides,
  }
}

function heldBy(userName: string, deviceId: string, leaseUntil = NOW + 60_000): Partial<CountSession> {
  return {
    holder: { userName: asId<UserName>(userName), deviceId: asId<DeviceId>(deviceId), since: NOW - 60_000, leaseUntil },
  }
}

function count(overrides: Partial<CycleCount> = {}): CycleCount {
  return {
    cycleCountId: asId<CycleCountId>('C1'),
    name: 'Weekly',
    facilityId: asId<FacilityId>('F1'),
    countType: 'directed',
    isBlind: false,
    status: 'in-progress',
    startAt: null,
    dueAt: null,
    createdAt: 0,
    sessions: [],
    requestedItems: 10,
    countedItems: 4,
    ...overrides,
  }
}

async function open(counts: readonly CycleCount[], sync: Partial<SyncWorkerApi> = {}, permissions: string[] = []) {
  const bus = createFakeBus()
  const login = useLoginStore()
  const world = await createFakeWorld(login, { bus, desk: createFakeDesk(bus), now: NOW, counts, sync })
  if (login.account !== null && login.profile !== null) login.enter(login.account, { ...login.profile, permissions })
  const router = createRouter({ history: createMemoryHistory(), routes: [
      { path: '/counts/:cycleCountId?', component: CountsView },
      { path: '/:any(.*)*', component: { template: '' } },
    ],
   })
  await router.push('/counts')
  const view = mount(CountsView, { global: { plugins: [router], provide: world.provide }, attachTo: document.body })
  await vi.waitFor(() => expect(view.text()).not.toContain('Loading'))
  await flushPromises()
  return { view, router }
}

const labels = (view: ReturnType<typeof mount>): string[] =>
  view.findAll('button').map((it) => {
    const described = it.attributes('aria-describedby')
    const name = it.attributes('aria-label') ?? it.text()
    return described === undefined ? name : `${name} ${document.getElementById(described)?.textContent ?? '?'}`
  })

describe('sessions that are meant for somebody', () => {
  beforeEach(() => setActivePinia(createPinia()))

  it('[PL9] come first to whom they are meant for, and say so', async () => {
    const sessions = [
      session('S1'),
      session('S2', { assignedTo: asId<UserName>('ben') }),
      session('S3', { assignedTo: asId<UserName>('ana') }),
    ]
    const { view } = await open([count({ sessions })])
    await vi.waitFor(() => expect(view.findAll('li.session')).toHaveLength(3))
    const rows = view.findAll('li.session').map((it) => it.text())

    expect(rows[0]).toContain('for you')
    expect(rows[0]).toContain('Session S3')
    expect(rows.slice(1).map((it) => it.includes('Session S1'))).toEqual([true, false])
    expect(rows[2]).toContain('for Ben')
    expect(labels(view).filter((it) => it.startsWith('Resume'))).toHaveLength(3)
  })
})

describe('CountsView', () => {
  beforeEach(() => {
    setActivePinia(createPinia())
    document.body.innerHTML = ''
  })

  it('[UI11] offer Resume for a free session, Take over for my other device, nothing for one that is held', async () => {
    const { view } = await open([
      count({ sessions: [session('S1'), session('S2', heldBy('ana', 'D9')), session('S3', heldBy('ben', 'D2'))] }),
    ])
    await vi.waitFor(() => expect(view.text()).toContain('Session S3'))

    expect(labels(view)).toContain('Resume Session S1')
    expect(labels(view)).toContain('Take over Session S2')
    expect(labels(view).join()).not.toMatch(/(Resume|Take over) Session S3/)
    expect(view.text()).toContain('Ben is counting this')
  })

  it('[UI11] a lease that has run out is free to anybody', async () => {
    const { view } = await open([count({ sessions: [session('S1', heldBy('ben', 'D2', NOW - 1))] })])
    await vi.waitFor(() => expect(labels(view)).toContain('Resume Session S1'))
  })

  it('[UI11] who may release locks takes over from others', async () => {
    const { view } = await open([count({ sessions: [session('S3', heldBy('ben', 'D2'))] })], {}, ['INV_COUNT_LOCK_RLS'])
    await vi.waitFor(() => expect(labels(view)).toContain('Take over Session S3'))
  })

  it('[UI11] show what the other device has not sent before going on', async () => {
    const pending = { deviceId: asId<DeviceId>('D2'), userName: asId<UserName>('ana'), unsentScans: 7, lastHeardAt: NOW - 120_000 }
    const { view, router } = await open([count({ sessions: [session('S2', heldBy('ana', 'D2'))] })], {
      lookAtSession: async () => ({ ok: true, holder: null, pendingElsewhere: [pending] }),
    })
    await vi.waitFor(() => expect(labels(view)).toContain('Take over Session S2'))
    await view.findAll('button').find((it) => it.text() === 'Take over')?.trigger('click')
    const dialogButton = (text: string) => [...document.querySelectorAll<HTMLElement>('[role=dialog] button')].find((it) => it.textContent?.trim() === text)

    dialogButton('Take over')?.click()
    await vi.waitFor(() => expect(document.body.textContent).toContain('7 scans that the server lacks, last heard of 2 min ago'))
    expect(router.currentRoute.value.path).toBe('/counts')

    dialogButton('Go on')?.click()
    await vi.waitFor(() => expect(router.currentRoute.value.path).toBe('/sessions/S2'))
    view.unmount()
  })

  it('[UI11] whoever cancels after seeing what is not sent has taken nothing', async () => {
    const pending = { deviceId: asId<DeviceId>('D2'), userName: asId<UserName>('ana'), unsentScans: 7, lastHeardAt: NOW }
    const opened: string[] = []
    const { view, router } = await open([count({ sessions: [session('S2', heldBy('ana', 'D2'))] })], {
      lookAtSession: async () => ({ ok: true, holder: null, pendingElsewhere: [pending] }),
      openSession: async ({ sessionId }) => {
        opened.push(sessionId)
        return { ok: true, lock: 'held', pendingElsewhere: [] }
      },
    })
    await vi.waitFor(() => expect(labels(view)).toContain('Take over Session S2'))
    await view.findAll('button').find((it) => it.text() === 'Take over')?.trigger('click')
    const dialogButton = (text: string) => [...document.querySelectorAll<HTMLElement>('[role=dialog] button')].find((it) => it.textContent?.trim() === text)
    dialogButton('Take over')?.click()
    await vi.waitFor(() => expect(document.body.textContent).toContain('7 scans'))
    dialogButton('Cancel')?.click()
    await flushPromises()
    expect(opened).toEqual([])
    expect(router.currentRoute.value.path).toBe('/counts')
    view.unmount()
  })

  it.each(['by Cancel', 'by leaving the page'])('[UI56] a takeover that is cancelled while it is carried out, %s, gives the session back and leads nowhere', async (how) => {
    let grant = (): void => undefined
    const left: string[] = []
    const { view, router } = await open([count({ sessions: [session('S2', heldBy('ana', 'D2')), session('S3')] })], {
      openSession: () => new Promise((resolve) => (grant = () => resolve({ ok: true, lock: 'held', pendingElsewhere: [] }))),
      leaveSession: async (sessionId) => void left.push(sessionId),
    })
    await vi.waitFor(() => expect(labels(view)).toContain('Take over Session S2'))
    await view.findAll('button').find((it) => it.text() === 'Take over')?.trigger('click')
    const dialogButton = (text: string) => [...document.querySelectorAll<HTMLElement>('[role=dialog] button')].find((it) => it.textContent?.trim() === text)
    dialogButton('Take over')?.click()
    await flushPromises()
    if (how === 'by Cancel') dialogButton('Cancel')?.click()
    else view.unmount()
    await flushPromises()
    expect(left).toEqual([])
    grant()
    await vi.waitFor(() => expect(left).toEqual(['S2']))
    await flushPromises()

    expect(router.currentRoute.value.path).not.toContain('/sessions')
    if (how !== 'by Cancel') return
    expect(view.text()).toContain('Session S2 was taken over before you cancelled. It is free again')
    view.unmount()
  })

  it('[UI12] without a network the list on the device stays, with its age; not an empty screen', async () => {
    const { view } = await open([count({ sessions: [session('S1')] })], {
      refreshCounts: async () => ({ ok: false, reason: 'offline', message: 'no' }),
    })
    await vi.waitFor(() => expect(view.text()).toContain('Session S1'))
    expect(view.text()).toContain('Waiting for the network')
    expect(view.text()).toContain('This list is from just now')
  })

  it('[UI12] tell an empty list from one that never came', async () => {
    const offline = await open([], { refreshCounts: async () => ({ ok: false, reason: 'offline', message: '' }) })
    expect(offline.view.text()).toContain('No counts on this device yet.')
    offline.view.unmount()

    const empty = await open([])
    expect(empty.view.text()).toContain('No counts to do here.')
  })

  it('[UI30] Review is offered only to those who settle or may look into counts', async () => {
    const linkFor = async (permissions: string[]) => (await open([], {}, permissions)).view.find('a[href="/supervisor/review"]').exists()

    expect(await linkFor(['INVCOUNT_APP_VIEW'])).toBe(false)
    expect(await linkFor(['INV_COUNT_SUBMIT'])).toBe(true)
    expect(await linkFor(['PREVIEW_COUNT_ITEM'])).toBe(true)
  })

  it('[UI31] a count under review is listed while a recount waits in it', async () => {
    const submitted = session('S1', { status: 'submitted' })
    const waiting = await open([count({ status: 'completed', sessions: [submitted, session('S2', { name: 'Recount 1, not by Ana Ruiz', status: 'created' })] })])
    const done = await open([count({ status: 'completed', sessions: [submitted] })])

    expect(waiting.view.text()).toContain('Recount 1, not by Ana Ruiz')
    expect(done.view.text()).not.toContain('Weekly')
  })

  it('[UI52] what is open in a count under review can be counted; what is not begun, or handed in, is as before', async () => {
    const sessions = [
      session('S1', { status: 'submitted' }),
      session('S2', { status: 'created' }),
      session('S3', heldBy('ana', 'D9')),
      session('S4', { status: 'voided' }),
    ]
    const { view } = await open([count({ status: 'completed', sessions })])
    await vi.waitFor(() => expect(view.text()).toContain('Session S4'))

    expect(labels(view).filter((it) => it.includes('Session S'))).toEqual([
      'Open Session S1',
      'Resume Session S2',
      'Take over Session S3',
    ])
    const notBegun = await open([count({ status: 'created', sessions: [session('S5')] })])
    await vi.waitFor(() => expect(notBegun.view.text()).toContain('Session S5'))
    expect(labels(notBegun.view).join()).not.toContain('Session S5')
  })
})

describe('notices on the counts', () => {
  async function open(sync: Partial<SyncWorkerApi>) {
    setActivePinia(createPinia())
    const login = useLoginStore()
    const world = await createFakeWorld(login, { bus: createFakeBus(), desk: createFakeDesk(createFakeBus()), now: NOW, counts: [count()], sync })
    const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/:all(.*)*', component: CountsView }] })
    return { world, mountIt: () => mount(CountsView, { global: { plugins: [router], provide: world.provide } }) }
  }

  it('[SR2] name the device, the scans, the session and when it was last heard of, until they were read', async () => {
    const device = {
      sessionId: asId<SessionId>('S1'),
      sessionName: 'Dairy',
      deviceId: asId<DeviceId>('D2'),
      deviceName: 'iPad-2',
      userName: asId<UserName>('ana'),
      unsentScans: 12,
      lastHeardAt: NOW - 20 * 3_600_000,
    }
    const dismissQuietDevice = vi.fn(async () => undefined)
    const { mountIt } = await open({ quietDevices: async () => ({ ok: true, devices: [device] }), dismissQuietDevice })
    const view = mountIt()
    await flushPromises()

    expect(view.text().replaceAll(/\s+/g, ' ')).toContain('“iPad-2” has 12 scans of Dairy that have not arrived. Last heard of yesterday 17:00.')
    await view.findAll('button').find((it) => it.text() === 'I see')?.trigger('click')
    expect(dismissQuietDevice).toHaveBeenCalledWith(device)
    expect(view.text()).not.toContain('iPad-2')
  })

  it('[UI58] say of a product list that is half there what it means, with the network and without', async () => {
    const { mountIt } = await open({})
    const syncStatus = useSyncStatusStore()
    syncStatus.catalogue = { done: 1250, isComplete: false }
    syncStatus.take({ ...SYNCED, status: 'offline', trouble: 'network' })
    const view = mountIt()
    await flushPromises()
    expect(view.text()).toContain('The product list on this device is not complete: 1,250 products so far. The rest comes with the network.')
    syncStatus.take(SYNCED)
    await flushPromises()
    expect(view.text()).toContain('Fetching the product list: 1,250 products so far. You can start counting.')
    syncStatus.catalogue = { done: 2000, isComplete: true }
    await flushPromises()
    expect(view.text()).not.toContain('product list')
  })

  it('[SR5] tell what was repaired until it was read', async () => {
    const { world, mountIt } = await open({})
    await addToReport(world.account.scans, { kind: 'wiped', at: NOW, scans: 3 })
    const view = mountIt()
    await vi.waitFor(() => expect(view.text()).toContain('Up to 3 scans of yours had not been sent.'))

    await view.findAll('button').find((it) => it.text() === 'I see')?.trigger('click')

    await vi.waitFor(async () => expect(await readReport(world.account.scans)).toEqual([]))
  })
})

describe('signing out', () => {
  beforeEach(() => setActivePinia(createPinia()))

  it('[KP22] that the storage does not answer says that one is still signed in, and can be tried again', async () => {
    let isDead = true
    const { view, router } = await open([count()], {
      signOut: async () =>
        isDead ? Promise.reject(new Error('Not settled within 20000 ms')) : undefined,
    })
    const press = async (): Promise<void> => {
      await view.get('button[title^="Sign out"]').trigger('click')
      await flushPromises()
    }
    await press()
    expect(view.get('[role=alert]').text()).toBe(
      'You are still signed in: the storage of this device does not answer. Nothing is lost; try again.',
    )
    expect(router.currentRoute.value.path).toBe('/counts')

    isDead = false
    await press()
    await vi.waitFor(() => expect(router.currentRoute.value.path).toBe('/login'))
  })
})
