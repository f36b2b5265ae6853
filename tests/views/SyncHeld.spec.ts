// Held lines on the Sync page: moved into another session, saved to a file, or taken off the list.
import { flushPromises, mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createMemoryHistory, createRouter } from 'vue-router'
import { heldCsv, heldFileName } from '../../src/composables/held-lines'
import { asId, type FacilityId, type LogId, type RowUuid, type SessionId, type UserName } from '../../src/domain/ids'
import { unitsOf } from '../../src/domain/quantity'
import type { StoredScanEvent } from '../../src/domain/scan-event'
import type { CountSession, CycleCount } from '../../src/domain/session'
import type { QuarantineRow } from '../../src/ports/scans-schema'
import { useLoginStore } from '../../src/stores/login'
import { useSyncStatusStore } from '../../src/stores/sync-status'
import SyncView from '../../src/views/SyncView.vue'
import type { SyncWorkerApi } from '../../src/worker/protocol'
import { aScan, aSession } from '../support/builders'
import { createFakeBus, createFakeDesk } from '../support/fake-desk'
import { aProfile, createFakeWorld, SYNCED } from '../support/fake-services'
import { buttonNames, buttonOf, tap, wordsOn } from '../support/on-page'

const NOW = Date.UTC(2026, 10, 25, 15, 40)
const HOUR = 3_600_000
const AISLE = aSession()
const held = (over: Partial<QuarantineRow> = {}): QuarantineRow => ({
  uuid: asId<RowUuid>('oats'), sessionId: AISLE.sessionId, kind: 'held', code: 'HELD', message: '', rev: 3, at: NOW, ...over,
})

function aCount(id: string, over: Partial<CycleCount>, sessions: readonly (Partial<CountSession> & { readonly name: string })[]): CycleCount {
  return {
    ...AISLE.cycleCount,
    cycleCountId: asId(id),
    name: `Count ${id}`,
    ...over,
    sessions: sessions.map((it) => ({ ...AISLE.session, sessionId: asId<SessionId>(it.name), createdBy: asId<UserName>('sam'), ...it })),
  }
}

const ben = asId<UserName>('ben')
const COUNTS: readonly CycleCount[] = [
  aCount('late', { dueAt: NOW + 20 * HOUR }, [{ name: 'Dairy' }, { name: 'Ben’s', assignedTo: ben }, { name: 'Sent', status: 'submitted' }, { ...AISLE.session }]),
  aCount('soon', { dueAt: NOW + HOUR }, [
    { name: 'Bread' },
    { name: 'Held by Ben', holder: { userName: ben, deviceId: asId('D2'), since: 0, leaseUntil: null } },
  ]),
  aCount('mine', { dueAt: null }, [{ name: 'Milk', createdBy: asId<UserName>('ana') }]),
  aCount('closed', { status: 'closed' }, [{ name: 'Over' }]),
  aCount('far', { facilityId: asId<FacilityId>('F2') }, [{ name: 'Depot' }]),
]

let unmount = (): void => undefined
afterEach(() => {
  unmount()
  vi.restoreAllMocks()
})

async function open(sync: Partial<SyncWorkerApi> = {}, rows: readonly QuarantineRow[] = [held()], profile: 'extended' | 'hotwax' = 'extended') {
  setActivePinia(createPinia())
  const login = useLoginStore()
  const world = await createFakeWorld(login, {
    bus: createFakeBus(),
    desk: createFakeDesk(createFakeBus()),
    now: NOW,
    sync,
    counts: COUNTS,
    sessions: [AISLE],
    fill: (scans) => scans.tx(['quarantine'], 'rw', (tx) => tx.bulkPut('quarantine', rows)),
  })
  const known = aProfile()
  login.enter({ serverOrigin: 'https://server.test', userName: 'ana' }, { ...known, server: { ...known.server, profile } })
  useSyncStatusStore().take(SYNCED)
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/:all(.*)*', component: SyncView }] })
  const view = mount(SyncView, { global: { plugins: [router], provide: world.provide }, attachTo: document.body })
  unmount = () => view.unmount()
  await vi.waitFor(() => expect(wordsOn('main')).toContain('Not taken by the server'))
  return world
}

const targets = (): readonly string[] => [...document.querySelectorAll('[role="radiogroup"] label')].map((it) => it.textContent?.trim() ?? '')

async function choose(name: string): Promise<void> {
  const label = [...document.querySelectorAll('[role="radiogroup"] label')].find((it) => it.textContent?.includes(name))
  label?.querySelector('input')?.click()
  await flushPromises()
}

describe('a held line on the Sync page', () => {
  it('[HR11] goes into an open session of the facility that is mine or nobody’s, and both sides are named before', async () => {
    const moveHeld = vi.fn<SyncWorkerApi['moveHeld']>(async () => ({
      ok: true,
      fate: { kind: 'moved', toSessionId: asId('Bread'), toSessionName: 'Bread', uuid: asId('new'), quantity: unitsOf(3) },
    }))
    await open({ moveHeld })

    await tap(/^Move to another session/)
    expect(targets()).toEqual([
      'MilkCount mine, no due date',
      'BreadCount soon, due today 17:40',
      'DairyCount late, due tomorrow 12:40',
    ])
    expect(buttonOf(/^Move$/).disabled).toBe(true)
    await choose('Bread')
    expect(wordsOn('[role=dialog]')).toContain('They leave “Aisle 1” and count in “Bread”. This cannot be undone.')
    expect(moveHeld).not.toHaveBeenCalled()
    await tap(/^Move$/)

    expect(moveHeld).toHaveBeenCalledExactlyOnceWith({ uuid: 'oats', toSessionId: 'Bread' })
    expect(document.querySelector('[role=dialog]')).toBeNull()
    expect(wordsOn('main')).toContain('3 of A line moved to “Bread”.')
  })

  it('[HR11] offers no session while the server does not answer, and says so', async () => {
    await open({ refreshCounts: async () => ({ ok: false, reason: 'offline', message: '' }) })

    await tap(/^Move to another session/)

    expect(wordsOn('[role=dialog] [role=alert]')).toBe('Waiting for the network. Nothing is lost; try again when it is back.')
    expect(targets()).toEqual([])
    expect(buttonOf(/^Move$/).disabled).toBe(true)
  })

  it('[HR9] [HR11] stays in the dialog when the move fails, with why', async () => {
    await open({ moveHeld: async () => ({ ok: false, reason: 'rejected', message: 'That session takes no scans any more' }) })
    await tap(/^Move to another session/)
    await choose('Bread')

    await tap(/^Move$/)

    expect(wordsOn('[role=dialog] [role=alert]')).toBe('The server said: That session takes no scans any more')
    expect(buttonOf(/^Move$/).disabled).toBe(false)
  })

  it('[HR9] that somebody else decided on says so, and is dismissed', async () => {
    const dismissHeld = vi.fn(async () => undefined)
    await open({ dismissHeld }, [held({ code: 'HELD_DECIDED', message: 'sam has looked at it and refused it' })])

    expect(wordsOn('main')).toContain('Aisle 1 · sam has looked at it and refused it')
    expect(buttonNames().some((it) => it.startsWith('Move'))).toBe(false)
    await tap(/^Dismiss/)
    expect(dismissHeld).toHaveBeenCalledExactlyOnceWith('oats')
  })

  it.each([
    ['hotwax', 'SESSION_CLOSED', 'This server cannot move scans of a closed count to another session.'],
    ['extended', 'REMOVED_ON_SERVER', 'somebody removed this line from the count'],
  ] as const)('[HR13] cannot be moved on a server of profile %s when it is held as %s: the file is left', async (profile, code, words) => {
    await open({}, [held({ code })], profile)

    expect(wordsOn('main')).toContain(words)
    expect(buttonNames().filter((it) => /^(?:Move|Save to file)/.test(it))).toEqual(['Save to file: A line'])
  })

  it('[HR12] is saved by a link of the device itself', async () => {
    vi.spyOn(URL, 'createObjectURL').mockReturnValue('blob:held')
    await open()

    await tap(/^Save to file/)
    await vi.waitFor(() => expect(document.querySelector('[role=dialog] a')).not.toBeNull())

    const link = document.querySelector<HTMLAnchorElement>('[role=dialog] a')
    expect([link?.getAttribute('href'), link?.download]).toEqual(['blob:held', 'shelfcount-held-Aisle_1-A_line.csv'])
  })
})

describe('the file of a held line', () => {
  const stored = (gid: number, event: object): StoredScanEvent =>
    ({ ...aScan('123'), logId: asId<LogId>('L'), seq: gid, gid, at: NOW + gid * 1000, eventId: `e${gid}`, ...event }) as StoredScanEvent

  it('[HR12] has a row for each scan, and amounts that add up to what the line counts', () => {
    const events = [stored(1, {}), stored(2, { quantity: unitsOf(6) }), stored(3, { kind: 'negation', negates: 'e1', quantity: unitsOf(-1) })]

    const [head, ...lines] = heldCsv({ countName: 'Spring', sessionName: '=Aisle', productName: 'Oats', lineId: 'oats', events }).trim().split('\r\n')

    expect(head).toContain('"Count","Session","Product","Barcode","Time (UTC)","What","Quantity"')
    expect(lines[0]).toContain(`"Spring","'=Aisle","Oats","123","2026-11-25T15:40:01.000Z","counted",1,"ana"`)
    expect(lines.map((it) => Number(it.split(',')[6])).reduce((sum, it) => sum + it)).toBe(6)
    expect(lines[2]).toContain('"taken back",-1')
    expect(heldFileName({ sessionName: 'Aisle 1/2', name: 'Oat “milk”' })).toBe('shelfcount-held-Aisle_1_2-Oat_milk_.csv')
  })
})
