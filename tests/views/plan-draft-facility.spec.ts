// A new count that is being written while another facility is chosen: it goes along, and what cannot is left out and named.
import { flushPromises, mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it } from 'vitest'
import { createMemoryHistory, createRouter } from 'vue-router'
import { asId, type UserName } from '../../src/domain/ids'
import type { PlanApi } from '../../src/ports/plan'
import { useLoginStore } from '../../src/stores/login'
import PlanView from '../../src/views/PlanView.vue'
import type { SyncWorkerApi } from '../../src/worker/protocol'
import { createFakeBus, createFakeDesk } from '../support/fake-desk'
import { aProfile, createFakeWorld } from '../support/fake-services'

const TOWN = { facilityId: 'F1', name: 'Town', timeZone: 'Europe/Berlin' }
const HARBOR = { facilityId: 'F2', name: 'Harbor', timeZone: 'Europe/Lisbon' }
const person = (userName: string, fullName: string) => ({ userName: asId<UserName>(userName), fullName })

/** Ana and Ben count in town, Ben alone at the harbor, where `isLost` lets nobody be asked. */
async function open({ isLost = false } = {}) {
  const created: unknown[] = []
  const plan = async (name: keyof PlanApi, ...args: readonly unknown[]) => {
    if (name === 'create') {
      created.push(args[0])
      return { ok: true, answer: { cycleCountId: 'C1', sessions: [] } }
    }
    if (name === 'products') return { ok: true, answer: { products: [], total: 4 } }
    if (name !== 'people') return { ok: false, reason: 'unsupported', message: '' }
    if (args[0] === 'F2' && isLost) return { ok: false, reason: 'offline', message: '' }
    const ben = person('ben', 'Ben Ode')
    return { ok: true, answer: args[0] === 'F1' ? [person('ana', 'Ana Ruiz'), ben] : [ben] }
  }
  const bus = createFakeBus()
  const login = useLoginStore()
  const sync = { plan: plan as unknown as SyncWorkerApi['plan'] }
  const world = await createFakeWorld(login, { bus, desk: createFakeDesk(bus), sync })
  const at = (facilityId: string) =>
    login.enter(
      { serverOrigin: 'https://server.test', userName: 'sam' },
      aProfile({ permissions: ['INVCOUNT_APP_VIEW', 'INV_COUNT_CREATE'], facilities: [TOWN, HARBOR], facilityId }),
    )
  at('F1')
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/:rest(.*)*', component: PlanView }] })
  await router.push('/supervisor/plan?show=new')
  const view = mount(PlanView, { global: { plugins: [router], provide: world.provide }, attachTo: document.body })
  await flushPromises()
  const choose = async (facilityId: string) => {
    at(facilityId)
    await flushPromises()
  }
  const show = async (section: string) => {
    await router.push(`/supervisor/plan?show=${section}`)
    await flushPromises()
  }
  return { view, choose, show, created }
}

type View = ReturnType<typeof mount>
const nameOf = (view: View) => view.get<HTMLInputElement>('input[maxlength="100"]')
const people = (view: View) => view.findAll('select').filter((it) => it.text().includes('Ben Ode'))

/** Autumn, hard and blind, due in the evening: Ana on one part, Ben on the other. */
async function write(view: View): Promise<void> {
  await nameOf(view).setValue('Autumn')
  await view.get('input[value=hard]').setValue(true)
  await view.get('input[type=checkbox]').setValue(true)
  await view.findAll('input[type=datetime-local]').at(-1)!.setValue('2026-12-01T18:00')
  await view.findAll('button').find((it) => /add/i.test(it.text()))!.trigger('click')
  await people(view)[0]!.setValue('ana')
  await people(view)[1]!.setValue('ben')
}

describe('a new count and another facility', () => {
  beforeEach(() => setActivePinia(createPinia()))

  it('[PL45] what was written stays; who does not count there is left out, and it is said', async () => {
    const { view, choose, created } = await open()
    await write(view)

    await choose('F2')

    expect(nameOf(view).element.value).toBe('Autumn')
    expect(view.get('[data-testid=plan-moved]').text()).toBe(
      'What you wrote stays; the count is for Harbor now. Ana Ruiz does not count there and was left out. The times are meant there too.',
    )
    expect(people(view).map((it) => (it.element as HTMLSelectElement).value)).toEqual(['', 'ben'])
    await view.get('form').trigger('submit')
    await flushPromises()
    expect(created).toMatchObject([{ facilityId: 'F2', name: 'Autumn', isBlind: true, countType: 'hard', dueAt: Date.parse('2026-12-01T18:00Z') }])

    // Made: the next facility begins with an empty form.
    await choose('F1')
    expect([nameOf(view).element.value, view.find('[data-testid=plan-moved]').exists()]).toEqual(['', false])
  })

  it('[PL45] products that were chosen belong to the other facility, and it is said', async () => {
    const { view, choose } = await open()
    await nameOf(view).setValue('Autumn')
    const search = view.get<HTMLInputElement>('input[type=search]')
    await search.setValue('tea')

    await choose('F2')

    expect(view.get('[data-testid=plan-moved]').text()).toBe(
      'What you wrote stays; the count is for Harbor now. The products were chosen from the other facility and were left out.',
    )
    expect(view.get<HTMLInputElement>('input[type=search]').element.value).toBe('')
  })

  it('[PL45] where nobody can be asked who counts there, nobody is chosen, and it is said', async () => {
    const { view, choose } = await open({ isLost: true })
    await write(view)

    await choose('F2')

    expect(view.get('[data-testid=plan-moved]').text()).toContain('Choose again who counts there.')

    // And on, or back again.
    await choose('F1')
    expect(nameOf(view).element.value).toBe('Autumn')
    expect(people(view).map((it) => (it.element as HTMLSelectElement).value)).toEqual(['', ''])
    expect(view.get('[data-testid=plan-moved]').text()).toBe('What you wrote stays; the count is for Town now. The times are meant there too.')
  })

  it('[PL45] nothing is said where nothing was written, and whoever leaves the form has left it', async () => {
    const { view, choose, show } = await open()
    await choose('F2')
    expect(view.find('[data-testid=plan-moved]').exists()).toBe(false)

    await nameOf(view).setValue('Autumn')
    await show('planned')
    await choose('F1')
    await show('new')
    expect([nameOf(view).element.value, view.find('[data-testid=plan-moved]').exists()]).toEqual(['', false])
  })
})
