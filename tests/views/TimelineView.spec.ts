// The timeline on screen: what happened in words, page by page, and the state of each chain.
import { flushPromises, mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it } from 'vitest'
import { createMemoryHistory, createRouter } from 'vue-router'
import { chainWords, entryWords, whoWords } from '../../src/composables/timeline-words'
import { asId, type CycleCountId, type UserName } from '../../src/domain/ids'
import { unitsOf } from '../../src/domain/quantity'
import type { CountChain, TimelineEntry } from '../../src/domain/timeline'
import { useLoginStore } from '../../src/stores/login'
import TimelineView from '../../src/views/TimelineView.vue'
import { createFakeBus, createFakeDesk } from '../support/fake-desk'
import { createFakeWorld } from '../support/fake-services'

const NOW = Date.UTC(2026, 10, 25, 12)
const CHAIN: CountChain = {
  state: 'unbroken',
  auditEntries: 4,
  sealedEntries: 200,
  laterEntries: 0,
  head: 'ab',
  problems: [],
  problemCount: 0,
}

function entry(id: string, over: Partial<TimelineEntry> = {}): TimelineEntry {
  return {
    id,
    at: NOW,
    kind: 'scan',
    by: asId<UserName>('ana'),
    device: 'iPad 1',
    countName: 'Weekly',
    sessionName: 'Shelves',
    action: 'scanner',
    quantity: unitsOf(1),
    value: '4006381333931',
    reason: null,
    ...over,
  }
}

async function open(chains: Readonly<Record<string, CountChain>>) {
  const asked: unknown[] = []
  const server = { isDown: false }
  const reports = async (name: string, ask: { after: unknown }) => {
    asked.push([name, ask])
    if (server.isDown) return { ok: false, reason: 'offline', message: '' } as const
    if (name === 'chain') return { ok: true, answer: chains[ask as never] }
    return {
      ok: true,
      answer: {
        productName: 'Oats',
        counts: Object.keys(chains).map((it) => ({ cycleCountId: asId<CycleCountId>(it), name: it, isClosed: true, closedAt: NOW })),
        entries: ask.after === null ? [entry('1')] : [entry('2', { kind: 'undo', quantity: unitsOf(-1), at: NOW + 86_400_000 })],
        next: ask.after === null ? { at: NOW, id: '1' } : null,
      },
    }
  }
  const login = useLoginStore()
  const bus = createFakeBus()
  const world = await createFakeWorld(login, { bus, desk: createFakeDesk(bus), now: NOW, sync: { reports: reports as never } })
  const router = createRouter({
    history: createMemoryHistory(),
    routes: [{ path: '/supervisor/items/:productId', component: TimelineView }],
  })
  await router.push('/supervisor/items/P1')
  const view = mount(TimelineView, { global: { provide: world.provide, plugins: [router] } })
  await flushPromises()
  return { view, asked, server }
}

beforeEach(() => setActivePinia(createPinia()))

describe('the timeline of an item on screen', () => {
  it('[RP19] is told page by page, with a heading for each day', async () => {
    const { view } = await open({ Weekly: CHAIN })
    expect(view.find('h1').text()).toBe('Oats')
    await view.find('button.more').trigger('click')
    await flushPromises()

    const rows = view.findAll('tbody tr').map((it) => it.text().replaceAll(/\s+/g, ' '))
    expect(rows).toHaveLength(4)
    expect(rows[0]).toContain('25 Nov 2026')
    expect(rows[1]).toContain('Scanned +1')
    expect(rows[1]).toContain('Ana, iPad 1')
    expect(rows[3]).toContain('Scan taken back −1')
    expect(view.find('button.more').exists()).toBe(false)
  })

  it('[RP19] says of each count whether anything was changed afterwards, and where', async () => {
    const problems = [{ kind: 'scan', seq: 12, key: '["S","e"]', problem: 'altered' }] as const
    const { view, asked } = await open({ Weekly: CHAIN, Monthly: { ...CHAIN, state: 'broken', problems, problemCount: 1 } })
    // A check reads all evidence of a count: nothing is checked for who only looks.
    expect(asked).toHaveLength(1)
    await view.find('button.check').trigger('click')
    await flushPromises()

    expect(asked.slice(1)).toEqual([['chain', 'Weekly'], ['chain', 'Monthly']])
    expect(view.find('button.check').exists()).toBe(false)
    expect(view.text()).toContain('Nothing was changed since the approval: 204 entries checked.')
    expect(view.text()).toContain('Changed afterwards: 1 place of 204 entries does not fit. First a scan, number 12, was altered.')
    expect(view.find('.is-refused').text()).toContain('Monthly, Wed, 25 Nov 2026.')
  })

  it('[RP19] says what failed, and tries again', async () => {
    const { view, server } = await open({})
    server.isDown = true
    await view.find('button.more').trigger('click')
    await flushPromises()
    expect(view.find('[role=alert]').text()).toContain('Waiting for the network')
    server.isDown = false
    await view.find('button.more').trigger('click')
    await flushPromises()

    expect(view.find('[role=alert]').exists()).toBe(false)
    expect(view.findAll('tbody tr')).toHaveLength(4)
  })
})

describe('in words', () => {
  it('[RP19] acts, sessions and movements have words, the rules no capital name', () => {
    const act = entry('3', { kind: 'act', action: 'ruled', by: asId<UserName>('rules'), device: null, quantity: unitsOf(5), reason: 'within-tolerance' })

    expect(entryWords(act)).toMatch(/^Accepted by the rules, 5 counted: /)
    expect(entryWords(act)).not.toContain('within-tolerance')
    expect(whoWords(act)).toBe('The rules')
    expect(entryWords(entry('4', { kind: 'session', action: 'submitted' }))).toBe('Session submitted')
    expect(entryWords(entry('5', { kind: 'movement', action: 'sale', quantity: unitsOf(-2) }))).toBe('Sold −2')
    expect(chainWords({ ...CHAIN, laterEntries: 1 })).toContain('1 entry came afterwards.')
    expect(chainWords({ ...CHAIN, state: 'open' })).toContain('not approved yet')
  })
})
