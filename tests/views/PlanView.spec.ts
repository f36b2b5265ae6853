// The planning screen: a form that says what is missing, and creates a count once.
import { flushPromises, mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { createMemoryHistory, createRouter } from 'vue-router'
import { asId, type CycleCountId, type ProductId, type SessionId, type UserName } from '../../src/domain/ids'
import type { NewPlan, PlanApi, PlanProduct } from '../../src/ports/plan'
import { useLoginStore } from '../../src/stores/login'
import PlanView from '../../src/views/PlanView.vue'
import type { SyncWorkerApi } from '../../src/worker/protocol'
import { createFakeBus, createFakeDesk } from '../support/fake-desk'
import { aProfile, createFakeWorld } from '../support/fake-services'

const ANA = asId<UserName>('ana')
const product = (id: string): PlanProduct => ({
  productId: asId<ProductId>(id),
  name: `Product ${id}`,
  identifier: id,
  abcClass: 'A',
  lastCountedAt: null,
  qoh: null,
})

/** A server that finds three products and two people; `create` answers as the test says. */
function aServer(create: (plan: NewPlan) => Promise<'lost' | 'made'>) {
  const plan = async (name: keyof PlanApi, ...args: readonly unknown[]) => {
    if (name === 'products') return { ok: true, answer: { products: ['1', '2', '3'].map(product), total: 3 } }
    if (name === 'people') return { ok: true, answer: [{ userName: ANA, fullName: 'Ana Ruiz' }] }
    const asked = args[0] as NewPlan
    if ((await create(asked)) === 'lost') return { ok: false, reason: 'offline', message: '' }
    const sessions = asked.parts.map((it, index) => ({
      sessionId: asId<SessionId>(`S${index}`),
      name: it.name,
      assignedTo: it.assignedTo,
      products: 3,
    }))
    return { ok: true, answer: { cycleCountId: asId<CycleCountId>('C1'), sessions } }
  }
  return { plan: plan as unknown as SyncWorkerApi['plan'] }
}

async function open(sync: Partial<SyncWorkerApi>, permissions = ['INVCOUNT_APP_VIEW', 'INV_COUNT_CREATE']) {
  const bus = createFakeBus()
  const login = useLoginStore()
  const world = await createFakeWorld(login, { bus, desk: createFakeDesk(bus), sync })
  login.enter({ serverOrigin: 'https://server.test', userName: 'sam' }, aProfile({ permissions }))
  const router = createRouter({
    history: createMemoryHistory(),
    routes: [{ path: '/supervisor/plan', component: PlanView }, { path: '/:rest(.*)*', component: { template: '' } }],
  })
  await router.push('/supervisor/plan?show=new')
  const view = mount(PlanView, { global: { plugins: [router], provide: world.provide }, attachTo: document.body })
  await flushPromises()
  return view
}
const button = (view: ReturnType<typeof mount>, text: string) => view.findAll('button').find((it) => it.text() === text)!

describe('PlanView', () => {
  beforeEach(() => setActivePinia(createPinia()))

  it('[PL3] is for those who may create counts', async () => {
    const view = await open(aServer(async () => 'made'), ['INVCOUNT_APP_VIEW'])
    expect(view.find('form').exists()).toBe(false)
    expect(view.text()).toContain('Planning is not for this sign-in')
  })

  it('[PL10] says what is missing and what it will create, and creates that', async () => {
    const asked: NewPlan[] = []
    const view = await open(aServer(async (plan) => (asked.push(plan), 'made')))
    expect(button(view, 'Create the count').attributes('disabled')).toBeDefined()
    expect(view.text()).toContain('Give the count a name.')

    await view.get('input[autocomplete=off]').setValue('Dairy')
    await view.findAll('select').find((it) => it.text().includes('Ana Ruiz'))!.setValue('ana')
    expect(view.get('[data-testid=plan-summary]').text()).toBe('3 products in 1 session: Ana Ruiz: 3.')
    await view.get('tbody input').setValue(false)
    expect(view.get('[data-testid=plan-chosen]').text()).toBe('2 products chosen')
    await view.get('form').trigger('submit')
    await vi.waitFor(() => expect(view.text()).toContain('Dairy is planned'))

    expect(asked).toMatchObject([
      { name: 'Dairy', countType: 'directed', products: { by: 'filter', without: ['1'] }, parts: [{ assignedTo: 'ana' }] },
    ])
  })

  it('[PL2] goes on under the same ids after an answer that was lost, and under new ones once the plan has changed', async () => {
    const asked: NewPlan[] = []
    const view = await open(aServer(async (plan) => (asked.push(plan), 'lost')))
    await view.get('input[autocomplete=off]').setValue('Dairy')
    const submit = async () => {
      await view.get('form').trigger('submit')
      await flushPromises()
    }
    await submit()
    await submit()
    await view.get('input[autocomplete=off]').setValue('Dairy 2')
    await submit()

    const ids = asked.map((it) => `${it.requestId} ${it.cycleCountId}`)
    expect(ids).toHaveLength(3)
    expect(ids[1]).toBe(ids[0])
    expect(ids[2]).not.toBe(ids[0])
  })
})
