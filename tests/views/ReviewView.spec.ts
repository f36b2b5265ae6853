// A review on screen: its sessions opened again and discarded, what stands in the way, what a closed one offers.
import { flushPromises, mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createMemoryHistory, createRouter } from 'vue-router'
import { asId, type ProductId, type SessionId } from '../../src/domain/ids'
import { unitsOf } from '../../src/domain/quantity'
import type { ReviewRow } from '../../src/domain/review'
import type { ProductTrail, ReviewSession, ReviewSummary } from '../../src/ports/review'
import { useLoginStore } from '../../src/stores/login'
import ReviewView from '../../src/views/ReviewView.vue'
import type { SyncWorkerApi } from '../../src/worker/protocol'
import { createFakeBus, createFakeDesk } from '../support/fake-desk'
import { createFakeWorld } from '../support/fake-services'
import { buttonNames, tap, typeInto, wordsOn } from '../support/on-page'

const NOW = Date.UTC(2026, 10, 25, 12)
const SAM = { by: 'sam', at: NOW, reason: 'counted twice' }

const aSession = (name: string, over: Partial<ReviewSession> = {}): ReviewSession => ({
  sessionId: asId<SessionId>(name),
  name,
  area: '',
  status: 'submitted',
  createdBy: 'ana',
  recountRound: null,
  voided: null,
  ...over,
})

const OATS: ReviewRow = {
  productId: asId<ProductId>('P1'),
  name: 'Oats',
  identifier: '40',
  abcClass: 'A',
  isRequested: true,
  bookNow: null,
  unitCost: null,
  state: 'supervisor',
  why: null,
  recount: null,
  wantsPhoto: false,
  decision: null,
  rounds: [],
}
const NO_CALLS: Partial<SyncWorkerApi> = {}
const NO_TRAIL: ProductTrail = { rows: [], movements: [], audit: [] }
const scan = (serial: number) => ({ eventId: `e${serial}`, kind: 'scan', quantity: unitsOf(1), raw: `no ${serial}.`, at: NOW, reason: null })

const aSummary = (over: Partial<ReviewSummary> = {}): ReviewSummary => ({
  revision: 7,
  total: 0,
  cuts: [''],
  pageSize: 2,
  name: 'Weekly',
  status: 'in-progress',
  isBlind: false,
  facilityId: 'north',
  startedAt: null,
  closed: null,
  currency: 'EUR',
  names: {},
  sessions: [],
  unsent: [],
  unmatched: { rows: 0, units: unitsOf(0), isWaived: false, waiver: null },
  dropped: [],
  ...over,
})

async function open(
  over: Partial<ReviewSummary>,
  permissions = ['INV_COUNT_SUBMIT', 'INV_CNT_VIEW_QOH'],
  { rows = [] as readonly ReviewRow[], trail = NO_TRAIL, sync = NO_CALLS } = {},
) {
  const calls: unknown[][] = []
  const review = async (...args: unknown[]) => {
    calls.push(args)
    if (args[0] === 'summary') return { ok: true, answer: aSummary(over) }
    if (args[0] === 'page')
      return { ok: true, answer: { revision: 7, rows, next: '', more: false } }
    if (args[0] === 'trail') return { ok: true, answer: trail }
    if (args[0] === 'recount') return { ok: true, answer: { verdicts: [], sessions: [] } }
    if (args[0] === 'note') return { ok: true, answer: 8 }
    if (args[0] === 'late') return { ok: true, answer: { rows: [], total: 0, next: null } }
    if (args[0] === 'history') return { ok: true, answer: { deeds: [], nextBefore: null } }
    return { ok: true, answer: undefined }
  }
  const login = useLoginStore()
  const bus = createFakeBus()
  const world = await createFakeWorld(login, {
    bus,
    desk: createFakeDesk(bus),
    now: NOW,
    sync: { review: review as never, ...sync },
  })
  login.enter(login.account!, { ...login.profile!, permissions })
  const router = createRouter({
    history: createMemoryHistory(),
    routes: [
      { path: '/supervisor/review/:cycleCountId', component: ReviewView },
      { path: '/:other(.*)*', component: ReviewView },
    ],
  })
  await router.push('/supervisor/review/C1')
  mount(ReviewView, {
    attachTo: document.body,
    global: { provide: world.provide, plugins: [router] },
  })
  await flushPromises()
  return { calls, asked: (name: string) => calls.filter((it) => it[0] === name) }
}

async function answer(reason: string, confirm: RegExp): Promise<void> {
  await typeInto('[role=dialog] input', reason)
  await tap(confirm)
}

beforeEach(() => setActivePinia(createPinia()))
afterEach(() => (document.body.innerHTML = ''))

describe('the sessions of a review', () => {
  it('[RV62] are opened again with a reason, once the words have said what will happen', async () => {
    const { asked } = await open({ sessions: [aSession('Left')] })
    await tap(/^Sessions$/)
    await tap(/^Open again: Left$/)
    expect(wordsOn('[role=dialog]')).toContain(
      'Until then the count cannot be approved. What was counted stays.',
    )
    await answer('a shelf was left out', /^Open again$/)

    expect(asked('actOnSession')).toEqual([
      ['actOnSession', 'C1', 'Left', 'reopen', 'a shelf was left out'],
    ])
  })

  it('[RV80] opened again, can be submitted again at once', async () => {
    const { asked } = await open({ sessions: [aSession('Left')] })
    await tap(/^Sessions$/)
    await tap(/^Open again: Left$/)
    await answer('a shelf was left out', /^Open again$/)
    expect(wordsOn('[data-testid=reopened]')).toContain('Left is open again.')
    await tap(/^Undo the opening$/)

    expect(asked('actOnSession').at(-1)).toEqual(['actOnSession', 'C1', 'Left', 'undo-reopen', 'Opened again by mistake'])
    expect(document.querySelector('[data-testid=reopened]')).toBeNull()
  })

  it('[RV62] are discarded when submitted, and brought back', async () => {
    const { asked } = await open({
      sessions: [aSession('Left'), aSession('Right', { status: 'voided', voided: SAM })],
    })
    await tap(/^Sessions$/)
    expect(buttonNames()).toEqual(expect.arrayContaining(['Discard: Left', 'Bring back: Right']))
    await tap(/^Discard: Left$/)
    await answer('counted twice', /^Discard$/)
    await tap(/^Undo$/)
    await answer('it was not', /^Bring back$/)

    expect(asked('actOnSession').map((it) => it.slice(2))).toEqual([
      ['Left', 'void', 'counted twice'],
      ['Right', 'restore', 'it was not'],
    ])
  })

  it('[RV62] a count whose counting was ended can be opened again, another one not', async () => {
    const { asked } = await open({ status: 'completed' })
    await tap(/^Sessions$/)
    await tap(/^Open the count again$/)
    await answer('ended too early', /^Open again$/)
    expect(asked('reopenCount')).toEqual([['reopenCount', 'C1', 'ended too early']])

    document.body.innerHTML = ''
    await open({ status: 'in-progress' })
    await tap(/^Sessions$/)
    expect(buttonNames()).not.toContain('Open the count again')
  })

  it.each([
    ['what is over', { status: 'closed', closed: { by: 'sam', at: NOW } } as const, undefined],
    ['those who may only look', {}, ['PREVIEW_COUNT_ITEM']],
  ])('[RV62] offer nothing of it to %s', async (_who, over, permissions) => {
    await open(
      { ...over, sessions: [aSession('Left'), aSession('Right', { status: 'voided' })] },
      permissions,
    )
    await tap(/^Sessions$/)

    expect(wordsOn('[role=dialog]')).toContain('Left')
    expect(buttonNames().filter((it) => /Open|Discard|Bring/.test(it))).toEqual([])
  })
})

describe('a review', () => {
  it('[RV63] says who discarded a session and let barcodes pass, when and why', async () => {
    await open({
      sessions: [aSession('Left', { status: 'voided', voided: SAM })],
      unmatched: {
        rows: 2,
        units: unitsOf(3),
        isWaived: true,
        waiver: { ...SAM, reason: 'not ours' },
      },
    })

    expect(wordsOn()).toContain(
      'Left is discarded by Sam, 25 Nov 2026, 13:00: counted twice. It does not count.',
    )
    expect(wordsOn()).toContain('Let pass by Sam, 25 Nov 2026, 13:00: not ours.')
  })

  it('[BD16] calls the device whose scans have not come as its own screen does', async () => {
    const device = {
      subject: 's',
      sessionName: 'Left',
      userName: 'ana',
      unsentScans: 3,
      lastHeardAt: NOW,
      waiver: null,
    }
    await open({
      unsent: [
        { ...device, deviceId: 'aa', deviceName: 'iPad 3F2A' },
        { ...device, subject: 't', deviceId: '0193-77aa-9b1c', deviceName: null },
      ],
    })

    expect(wordsOn()).toContain('3 scans of Left on iPad 3F2A that have not arrived')
    expect(wordsOn()).toContain('3 scans of Left on device 9B1C that have not arrived')
  })

  it('[RV59] of a closed count says who closed it, and leads back to the closed ones', async () => {
    await open({ status: 'closed', closed: { by: 'sam', at: NOW } })

    expect(wordsOn()).toContain(
      'Closed by Sam, 25 Nov 2026, 13:00. What is wrong is corrected product by product',
    )
    expect(document.querySelector('header a')?.getAttribute('href')).toBe('/supervisor/closed')
  })

  it('[UI102] [UI103] of a closed count shows all its products, and none of them to be chosen', async () => {
    await open({ status: 'closed', closed: { by: 'sam', at: NOW }, total: 1 }, undefined, { rows: [OATS] })

    expect(document.querySelector('[role=search] select')).toHaveProperty('value', 'all')
    expect(wordsOn('.product-panel h2')).toBe(OATS.name)
    expect(document.querySelectorAll('[role=grid] input[type=checkbox]')).toHaveLength(0)
  })

  it('[UI103] of an open count lets those choose who may decide, and not those who may only look', async () => {
    const boxes = () => document.querySelectorAll('[role=grid] input[type=checkbox]').length
    const rows = [{ ...OATS, decision: null }]
    await open({ total: 1 }, undefined, { rows })
    expect(boxes()).toBeGreaterThan(0)

    document.body.innerHTML = ''
    await open({ total: 1 }, ['PREVIEW_COUNT_ITEM'], { rows })
    expect(boxes()).toBe(0)
  })

  it('[RV61] has its history behind a tap, read then and not before', async () => {
    const { asked } = await open({})
    expect(asked('history')).toEqual([])
    await tap(/^History$/)

    expect(asked('history')).toEqual([['history', 'C1', null]])
    expect(wordsOn('[role=dialog]')).toContain('Nothing was changed here yet.')
  })
})

describe('a product of a review', () => {
  it('[RV64] takes a note without a decision, which leaves the review complete', async () => {
    const { asked } = await open({ total: 1 }, undefined, { rows: [OATS] })
    await typeInto('.noting input', ' ask the shop ')
    await tap(/^Note it$/)

    expect(asked('note')).toEqual([['note', 'C1', 'P1', 'ask the shop']])
    expect(asked('decide')).toEqual([])
    expect(wordsOn()).toContain('Noted.')
    expect(document.querySelector<HTMLInputElement>('.noting input')?.value).toBe('')
    expect(document.querySelector('[data-testid=review-load]')?.getAttribute('data-complete')).toBe('true')
  })

  it('[UI62] shows all scans that the server gave, sixty more with each tap, and says when there are others', async () => {
    const row = { sessionName: 'Left', recountRound: null, countedBy: 'ana', deviceId: null, deviceName: null, quantity: unitsOf(130), lastScanAt: NOW }
    const scans = Array.from({ length: 130 }, (_, index) => scan(index + 1))
    const trail: ProductTrail = { ...NO_TRAIL, rows: [{ ...row, scans, hasMoreScans: true }] }
    await open({ total: 1 }, undefined, { rows: [OATS], trail })
    await tap(/^Where the figures come from$/)
    const shown = () => document.querySelectorAll('.scans li').length
    expect(shown()).toBe(60)
    await tap(/^Show 60 more$/)
    expect(shown()).toBe(120)
    await tap(/^Show 10 more$/)

    expect(shown()).toBe(130)
    expect(wordsOn()).toContain('These are the first 130.')
  })
})

describe('a recount that the rules have asked for', () => {
  const recount = { round: 1, by: 'rules', at: NOW, reason: 'beyond-tolerance' }
  const row: ReviewRow = { ...OATS, state: 'recounting', recount }

  it('[RV73] says so at the product, and is called off as any other', async () => {
    const { asked } = await open({ total: 1 }, undefined, { rows: [row] })
    expect(wordsOn()).toMatch(/Recount 1, asked for by the rules, .*: the variance is beyond the tolerance/)
    await tap(/Call the recount off/)
    await answer('not needed', /^Call off$/)
    expect(asked('recount')).toMatchObject([
      ['recount', 'C1', expect.any(String), { productIds: ['P1'], isCancel: true, reason: 'not needed' }],
    ])
  })

  it('[RV73] says so in the trail, also that they called it off, and why', async () => {
    const entry = { by: 'rules', note: null, hasPhoto: false, at: NOW }
    const trail: ProductTrail = {
      ...NO_TRAIL,
      audit: [
        { ...entry, action: 'recount-sent', reason: 'beyond-tolerance' },
        { ...entry, action: 'recount-cancelled', reason: 'opened-again' },
      ],
    }
    await open({ total: 1 }, undefined, { rows: [row], trail })
    await tap(/Where the figures come from/)
    expect(wordsOn()).toContain('Sent to recount by the rules: the variance is beyond the tolerance')
    expect(wordsOn()).toContain('Recount called off by the rules: the session that counted it was opened again')
  })

  it('[RV73] says so among the sessions', async () => {
    await open({ sessions: [aSession('Recount 1, not by Ana Ruiz', { createdBy: 'rules', recountRound: 1, status: 'created' })] })
    await tap(/^Sessions/)
    expect(wordsOn('[role=dialog]')).toContain('asked for by the rules, recount 1')
  })
})

describe('a sign-in that is over', () => {
  it('[KP22] is asked for over the review, and says so in words when the storage does not answer', async () => {
    let tries = 0
    await open({}, [], {
      sync: {
        review: (async () => ({
          ok: false,
          reason: 'unauthorized',
          message: 'Sign in first',
        })) as never,
        signIn: () => {
          tries += 1
          return Promise.reject(new Error('Not settled within 20000 ms'))
        },
      },
    })
    await typeInto('[role=dialog] input[type=password]', 'shelfcount')
    await tap(/^Sign in$/)
    expect(wordsOn('[role=dialog]')).toContain(
      'This did not work just now. Nothing is lost; try again.',
    )

    await tap(/^Sign in$/)
    expect(tries).toBe(2)
  })
})
