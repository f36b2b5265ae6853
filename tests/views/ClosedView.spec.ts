// The closed counts on screen: who closed each, what it came to, page by page, and where each leads.
import { flushPromises, mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createMemoryHistory, createRouter } from 'vue-router'
import { deedWords } from '../../src/composables/past-words'
import { dayOfQuery } from '../../src/composables/figures-words'
import { asId, type CycleCountId } from '../../src/domain/ids'
import type { Money } from '../../src/domain/money'
import { unitsOf } from '../../src/domain/quantity'
import type { ClosedCount, CountDeed } from '../../src/ports/past'
import { useLoginStore } from '../../src/stores/login'
import ClosedView from '../../src/views/ClosedView.vue'
import { createFakeBus, createFakeDesk } from '../support/fake-desk'
import { createFakeWorld } from '../support/fake-services'
import { tap, wordsOn } from '../support/on-page'

const NOW = Date.UTC(2026, 10, 25, 12)
const BERLIN = 'Europe/Berlin'
const NORTH = { facilityId: 'north', name: 'North', timeZone: BERLIN }

const aCount = (serial: number, over: Partial<ClosedCount> = {}): ClosedCount => ({
  cycleCountId: asId<CycleCountId>(`C${serial}`),
  name: `Aisle ${serial}`,
  isBlind: false,
  startedAt: null,
  endedAt: NOW - serial * 86_400_000,
  endedBy: 'sam',
  reason: null,
  products: 40,
  net: { units: unitsOf(-3), value: -60_000 as Money },
  ...over,
})

const aDeed = (over: Partial<CountDeed> = {}): CountDeed => ({
  seq: 1,
  at: NOW,
  by: 'sam',
  action: 'approved',
  reason: null,
  sessionName: null,
  products: null,
  productName: null,
  whom: null,
  formerly: null,
  deviceName: null,
  amount: null,
  changes: {},
  ...over,
})

interface Ask {
  readonly end: string
  readonly text: string
  readonly after: { beforeAt: number; beforeId: string } | null
}

async function open(
  all: readonly ClosedCount[],
  { deeds = [] as readonly CountDeed[], size = 2, permissions = ['INV_CNT_VIEW_QOH'] } = {},
) {
  const asked: Ask[] = []
  const server = { isDown: false }
  const review = async (name: string, _id: string, ask: Ask) => {
    if (server.isDown) return { ok: false, reason: 'offline', message: '' } as const
    if (name === 'lateCounts')
      return { ok: true, answer: [{ cycleCountId: 'C2', name: 'Aisle 2', rows: 3 }] }
    if (name === 'history')
      return {
        ok: true,
        answer: {
          deeds: ask === null ? deeds.slice(0, 2) : deeds.slice(2),
          nextBefore: ask === null && deeds.length > 2 ? 5 : null,
        },
      }
    asked.push(ask)
    const fit = all.filter((it) => it.name.includes(ask.text))
    const from =
      ask.after === null ? 0 : fit.findIndex((it) => it.cycleCountId === ask.after?.beforeId) + 1
    const counts =
      ask.end === 'closed'
        ? fit.slice(from, from + size)
        : [aCount(9, { reason: 'planned twice', products: 0 })]
    const last = counts.at(-1)
    const next =
      last === undefined || from + size >= fit.length
        ? null
        : { beforeAt: last.endedAt, beforeId: last.cycleCountId }
    return {
      ok: true,
      answer: { counts, total: ask.end === 'closed' ? fit.length : 1, currency: 'EUR', next },
    }
  }
  const login = useLoginStore()
  const bus = createFakeBus()
  const world = await createFakeWorld(login, {
    bus,
    desk: createFakeDesk(bus),
    now: NOW,
    sync: { review: review as never },
  })
  login.enter(login.account!, {
    ...login.profile!,
    permissions,
    facilities: [NORTH],
    facilityId: 'north',
  })
  const router = createRouter({
    history: createMemoryHistory(),
    routes: [{ path: '/:all(.*)*', component: ClosedView }],
  })
  const view = mount(ClosedView, {
    attachTo: document.body,
    global: { provide: world.provide, plugins: [router] },
  })
  await flushPromises()
  return { view, asked, server, login }
}

beforeEach(() => setActivePinia(createPinia()))
afterEach(() => {
  vi.useRealTimers()
  document.body.innerHTML = ''
})

describe('the closed counts', () => {
  it('[RV59] tell who closed each, when, how many products and what was booked, and which late scans wait', async () => {
    await open([aCount(1), aCount(2, { endedBy: null, net: null }), aCount(3)])

    expect(wordsOn()).toContain('3 counts, the newest 2 shown')
    expect(wordsOn()).toContain('Closed by Sam, 24 Nov 2026, 13:00')
    expect(wordsOn()).toContain('40 products, −3 units booked, −€6.00')
    expect(wordsOn()).toContain('Closed, 23 Nov 2026, 13:00')
    expect(wordsOn()).toContain('3 late lines to accept or refuse')
  })

  it('[RV59] lead to the review, the sheets and the report of the day in the facility’s zone', async () => {
    const { view } = await open([aCount(1, { endedAt: Date.UTC(2026, 10, 24, 23, 30) })])

    const links = view.findAll('li a').map((it) => it.attributes('href'))
    expect(links).toEqual([
      '/supervisor/review/C1',
      '/supervisor/counts/C1/sheet',
      '/supervisor/reports?day=2026-11-25',
    ])
    expect(dayOfQuery('2026-11-25')).toBe('2026-11-25')
    expect(['2026-13-45', 'yesterday', undefined, ['2026-11-25']].map(dayOfQuery)).toEqual([
      null,
      null,
      null,
      null,
    ])
  })

  it('[RV59] offer no report to those who may not see the book', async () => {
    const { view } = await open([aCount(1, { net: null })], { permissions: ['PREVIEW_COUNT_ITEM'] })

    expect(view.findAll('li a').map((it) => it.attributes('href'))).toEqual([
      '/supervisor/review/C1',
      '/supervisor/counts/C1/sheet',
    ])
  })

  it('[RV59] come page after page, and stay when a page fails', async () => {
    const { view, asked, server } = await open([1, 2, 3].map((it) => aCount(it)))
    server.isDown = true
    await tap(/^Show more$/)
    expect(view.findAll('li strong').map((it) => it.text())).toEqual(['Aisle 1', 'Aisle 2'])
    expect(view.find('[role=alert]').exists()).toBe(true)

    server.isDown = false
    await tap(/^Show more$/)

    expect(view.findAll('li strong').map((it) => it.text())).toEqual([
      'Aisle 1',
      'Aisle 2',
      'Aisle 3',
    ])
    expect(asked.at(-1)?.after).toMatchObject({ beforeId: 'C2' })
    expect(view.find('[role=alert]').exists()).toBe(false)
  })

  it('[RV59] are found by name once the typing pauses, and those called off say why', async () => {
    vi.useFakeTimers()
    const { view, asked } = await open([1, 12, 3].map((it) => aCount(it)))
    await view.find('input[type=search]').setValue('Aisle 1')
    await view.find('input[type=search]').setValue(' Aisle 12 ')
    await vi.advanceTimersByTimeAsync(400)

    expect(asked.map((it) => it.text)).toEqual(['', 'Aisle 12'])
    expect(view.findAll('li strong').map((it) => it.text())).toEqual(['Aisle 12'])

    await view.find('select').setValue('cancelled')
    await flushPromises()
    expect(view.find('li').text()).toContain('Called off by Sam')
    expect(view.find('li').text()).toContain('Because: planned twice')
    expect(view.findAll('li a').map((it) => it.attributes('href'))).toEqual([
      '/supervisor/review/C9',
    ])
  })

  it('[RV61] show the history of each, older ones when asked for', async () => {
    const deeds = [
      aDeed({ seq: 9 }),
      aDeed({
        seq: 5,
        action: 'waived',
        reason: 'the device is lost',
        whom: 'ana',
        deviceName: 'iPad 3F2A',
        amount: 3,
        sessionName: 'Left',
      }),
      aDeed({ seq: 1, action: 'planned', products: 40 }),
    ]
    await open([aCount(1)], { deeds })
    await tap(/^History of Aisle 1$/)

    expect(wordsOn('[role=dialog]')).toContain('Count approved')
    expect(wordsOn('[role=dialog]')).toContain(
      'Gone on without 3 unsent scans of Ana on iPad 3F2A in “Left”',
    )
    expect(wordsOn('[role=dialog]')).toContain('Sam, 25 Nov 2026, 13:00: the device is lost')
    expect(wordsOn('[role=dialog]')).not.toContain('Planned')

    await tap(/^Show older$/)
    expect(wordsOn('[role=dialog]')).toContain('Planned with 40 products')
  })
})

describe('what was done to a count', () => {
  it.each([
    [{ action: 'session-voided', sessionName: 'Left' }, 'Session “Left” discarded'],
    [{ action: 'session-reopened', sessionName: 'Left' }, 'Session “Left” opened again'],
    [{ action: 'session-restored' }, 'A session brought back'],
    [{ action: 'session-reopening-undone' }, 'A session submitted again: opening it was undone'],
    [
      { action: 'reassigned', sessionName: 'Left', whom: 'ben', formerly: 'ana' },
      'Session “Left” given to Ben, was Ana’s',
    ],
    [
      { action: 'reassigned', sessionName: 'Left', whom: null },
      'Session “Left” given back to everybody',
    ],
    [{ action: 'waived', amount: 2 }, 'Gone on without 2 unknown barcodes'],
    [
      { action: 'items-removed', products: 1, productName: 'Oats', sessionName: 'Left' },
      'Oats taken off the list of “Left”',
    ],
    [
      { action: 'corrected', products: 1, productName: 'Oats' },
      'Corrected after the approval: Oats',
    ],
    [{ action: 'recount-sent', products: 12 }, 'Sent to recount: 12 products'],
    [{ action: 'count-reopened' }, 'Count opened again'],
    [
      {
        action: 'plan-changed',
        changes: { name: { from: 'A', to: 'B' }, estimatedCompletionAt: { to: NOW } },
      },
      'Plan changed: name “B”, was “A”; due date 25 Nov 2026, 13:00, was none',
    ],
  ])('[RV61] %o is “%s”', (over, words) => {
    expect(deedWords(aDeed(over), BERLIN)).toBe(words)
  })
})
