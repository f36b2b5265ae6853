// A count's sheet on screen: what it says, and that nothing is printed before all of it has come.
import { flushPromises, mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { createMemoryHistory, createRouter } from 'vue-router'
import { asId, type ProductId } from '../../src/domain/ids'
import type { Money } from '../../src/domain/money'
import { unitsOf } from '../../src/domain/quantity'
import type { ReviewRow } from '../../src/domain/review'
import type { CountChain } from '../../src/domain/timeline'
import type { ReviewSummary } from '../../src/ports/review'
import { useLoginStore } from '../../src/stores/login'
import SheetView from '../../src/views/SheetView.vue'
import { createFakeBus, createFakeDesk } from '../support/fake-desk'
import { createFakeWorld } from '../support/fake-services'

const NOW = Date.UTC(2026, 10, 25, 12)
const SUMMARY: ReviewSummary = {
  revision: 7, total: 2, cuts: [''], pageSize: 500, name: 'Harbor bays', status: 'closed', isBlind: false, facilityId: 'F1',
  startedAt: NOW - 3_600_000, closed: { at: NOW, by: 'sam' }, currency: 'EUR', names: { sam: 'Sam Lindqvist' }, sessions: [], unsent: [],
  unmatched: { rows: 0, units: unitsOf(0), isWaived: false, waiver: null },
}
const CHAIN: CountChain = {
  state: 'unbroken', auditEntries: 4, sealedEntries: 200, laterEntries: 0, head: 'abcdef0123456789', problems: [], problemCount: 0,
}
const OFFLINE = { ok: false, reason: 'offline', message: '' } as const

function row(name: string, counted: number): ReviewRow {
  const variance = unitsOf(counted - 10)
  return {
    productId: asId<ProductId>(name), name, identifier: '0' + name.length, abcClass: 'A', isRequested: true, bookNow: unitsOf(10),
    unitCost: 25_000 as Money, state: 'accepted', why: null, recount: null, wantsPhoto: false,
    decision: {
      outcome: 'apply', counted: null, variance: null, editDelta: null, reason: null, note: null, by: 'sam', at: NOW, isStale: false,
      isPosted: true, approvedTotal: null, photoId: null,
    },
    rounds: [{
      round: 0, quantity: unitsOf(counted), firstAt: NOW, lastAt: NOW, counters: ['ana'], sessions: 1, isOpen: false,
      compared: { bookAtCount: unitsOf(10), expectedNow: unitsOf(counted), variance, value: null, percent: null, movedSince: [] },
    }],
  }
}

/** `chain` answers when the test says so. */
async function open(chain: () => Promise<unknown>) {
  const review = async (name: string) =>
    name === 'summary'
      ? { ok: true, answer: SUMMARY }
      : { ok: true, answer: { revision: 7, rows: [row('Tea', 8), row('Oats', 10)], next: '', more: false } }
  const bus = createFakeBus()
  const sync = { review: review as never, reports: chain as never }
  const world = await createFakeWorld(useLoginStore(), { bus, desk: createFakeDesk(bus), now: NOW, sync })
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/counts/:cycleCountId/sheet', component: SheetView }] })
  await router.push('/counts/C1/sheet')
  const view = mount(SheetView, { global: { provide: world.provide, plugins: [router] } })
  await flushPromises()
  const print = () => view.findAll('button').find((it) => it.text() === 'Print')!
  return { view, print }
}

describe('the sheet of a count', () => {
  beforeEach(() => setActivePinia(createPinia()))

  it('[RP25] [RP28] [RP29] waits for its lines and its fingerprint, and is printed with both', async () => {
    let answer = (_it: unknown): void => undefined
    const { view, print } = await open(() => new Promise((resolve) => (answer = resolve)))
    expect(print().attributes('disabled')).toBeDefined()
    expect(view.find('article').exists()).toBe(false)
    answer({ ok: true, answer: CHAIN })
    await flushPromises()
    const printing = vi.fn()
    window.print = printing
    await print().trigger('click')

    expect(printing).toHaveBeenCalledOnce()
    expect(view.get('article h1').text()).toBe('Variance sheet: Harbor bays')
    expect(view.get('article').text()).toContain('abcdef01 23456789')
    expect(view.get('dl').text()).toContain('Sam Lindqvist, 25 Nov 2026, 13:00')
    expect(view.get('footer').text()).toContain('Printed by Ana, 25 Nov 2026, 13:00. All times are those of Europe/Berlin.')
    expect(view.findAll('tbody th').map((it) => it.text())).toEqual(['Tea 03'])
    await view.get('input[value=all]').setValue()
    expect(view.findAll('tbody th').map((it) => it.text())).toEqual(['Oats 04', 'Tea 03'])
  })

  it('[RP28] says that it has no fingerprint where that could not be read, and tries again', async () => {
    const answers = [OFFLINE, { ok: true, answer: CHAIN }]
    const { view } = await open(async () => answers.shift())
    expect(view.get('[role=alert]').text()).toContain('this sheet has none')
    expect(view.get('article').text()).not.toContain('Fingerprint')
    await view.findAll('button').find((it) => it.text() === 'Try again')!.trigger('click')
    await flushPromises()

    expect(view.find('[role=alert]').exists()).toBe(false)
    expect(view.get('article').text()).toContain('Fingerprint of the count: abcdef01 23456789')
  })
})
