// The list of a session on the planning page: seen, searched, taken off with undo, added to.
import { flushPromises, mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createMemoryHistory, createRouter } from 'vue-router'
import { asId, type ProductId, type SessionId } from '../../src/domain/ids'
import type { CycleCount } from '../../src/domain/session'
import { useLoginStore } from '../../src/stores/login'
import PlanView from '../../src/views/PlanView.vue'
import { createFakeBus, createFakeDesk } from '../support/fake-desk'
import { aProfile, createFakeWorld } from '../support/fake-services'
import { buttonNames, tap, typeInto, wordsOn } from '../support/on-page'

const SESSION = { sessionId: asId<SessionId>('S1'), name: 'Left', area: '', status: 'created', holder: null, assignedTo: null }
const COUNT = { cycleCountId: 'C1', name: 'Dairy', countType: 'directed', status: 'created', isBlind: false, facilityId: 'F1', startAt: null, dueAt: null, requestedItems: 3, countedItems: 0, sessions: [SESSION] }
const product = (id: string, isCounted = false) => ({ productId: asId<ProductId>(id), name: `Product ${id}`, identifier: id, isCounted })

async function open({ isRefused = false } = {}) {
  const asked: unknown[][] = []
  const on = [product('1'), product('2', true), product('3')]
  const off: string[] = []
  const plan = async (name: string, ...args: unknown[]) => {
    asked.push([name, ...args])
    if (name === 'planned') return { ok: true, answer: [COUNT as unknown as CycleCount] }
    if (name === 'people') return { ok: true, answer: [] }
    if (name === 'sessionList') {
      const { text, after } = args[1] as { text: string; after: object | null }
      const fit = on.filter((it) => !off.includes(it.productId) && it.name.includes(text))
      const page = after === null ? fit.slice(0, 2) : fit.slice(2)
      return { ok: true, answer: { products: page, total: fit.length, next: after === null && fit.length > 2 ? { afterName: 'x', afterId: '2' } : null } }
    }
    if (name === 'changeItems') {
      const { add, remove } = args[1] as { add: string[]; remove: string[] }
      if (isRefused) return { ok: true, answer: [{ productId: '1', verdict: 'refused', message: 'Somebody has counted it already' }] }
      off.push(...remove)
      for (const id of add) off.splice(off.indexOf(id), 1)
      return { ok: true, answer: [{ productId: '1', verdict: 'taken', message: null }] }
    }
    if (name === 'products') return { ok: true, answer: { products: [], total: 0 } }
    return { ok: false, reason: 'unsupported', message: '' }
  }
  const login = useLoginStore()
  const bus = createFakeBus()
  const world = await createFakeWorld(login, { bus, desk: createFakeDesk(bus), sync: { plan: plan as never } })
  login.enter(login.account!, aProfile({ permissions: ['INVCOUNT_APP_VIEW', 'INV_COUNT_CREATE'] }))
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/:rest(.*)*', component: PlanView }] })
  await router.push('/supervisor/plan')
  mount(PlanView, { global: { plugins: [router], provide: world.provide }, attachTo: document.body })
  await flushPromises()
  await tap(/^Products of Left$/)
  return { asked: (name: string) => asked.filter((it) => it[0] === name) }
}
const offers = () => buttonNames().filter((it) => it.startsWith('Take off'))

beforeEach(() => setActivePinia(createPinia()))
afterEach(() => (document.body.innerHTML = ''))

describe('the products of a session', () => {
  it('[PL52] are the list itself, page after page; what has been counted stays', async () => {
    await open()
    expect(wordsOn('[role=dialog]')).toContain('3 products, the first 2 shown')
    expect(offers()).toEqual(['Take off Product 1'])
    await tap(/^Show more$/)

    expect(offers()).toEqual(['Take off Product 1', 'Take off Product 3'])
    expect(wordsOn('[role=dialog]')).toContain('Product 22Counted')
  })

  it('[PL52] are taken off by a tap, and put back by another', async () => {
    const { asked } = await open()
    await tap(/^Take off Product 1$/)
    expect(wordsOn('[role=dialog]')).toContain('Product 1 is off the list.')
    expect(offers()).toEqual([])
    await tap(/^Undo$/)

    expect(offers()).toEqual(['Take off Product 1'])
    expect(asked('changeItems').map((it) => it[2])).toMatchObject([
      { add: [], remove: ['1'] },
      { add: ['1'], remove: [] },
    ])
  })

  it('[PL52] stay when the server refuses, and it says why', async () => {
    await open({ isRefused: true })
    await tap(/^Take off Product 1$/)

    expect(wordsOn('[role=dialog] [role=alert]')).toBe('Somebody has counted it already')
    expect(offers()).toEqual(['Take off Product 1'])
  })

  it('[PL52] are searched on the server once the typing pauses; adding is a search of its own', async () => {
    const { asked } = await open()
    vi.useFakeTimers()
    await typeInto('[role=dialog] input[type=search]', 'Product 3')
    await vi.advanceTimersByTimeAsync(400)
    vi.useRealTimers()
    expect(offers()).toEqual(['Take off Product 3'])
    expect(asked('products')).toEqual([])

    await tap(/^Add products$/)
    expect([asked('products').length, asked('choices').length]).toEqual([1, 1])
    expect(buttonNames()).toContain('Add to the list')
  })
})
