// The planning screen: a form that says what is missing, and creates a count once.
import { flushPromises, mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { createMemoryHistory, createRouter } from 'vue-router'
import { asId, type CycleCountId, type ProductId, type SessionId, type UserName } from '../../src/domain/ids'
import type { NewPlan, PlanApi, PlanProduct } from '../../src/ports/plan'
import type { PlanChoices, PlanDeed, PlanSchedule, PlanTemplate } from '../../src/ports/plan-again'
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
  category: 'Dairy',
  places: '01-A-07',
  qoh: null,
})
const CHOICES: PlanChoices = {
  facets: { categories: [{ value: 'Dairy', products: 3 }], tags: [], suppliers: [], aisles: [] },
  classes: [{ value: 'A', products: 3 }],
  tolerance: { units: 1, percent: 2, money: 25 },
  currency: 'EUR',
}

/** A server that finds three products and two people; `create` answers as the test says. */
function aServer(create: (plan: NewPlan) => Promise<'lost' | 'made'>) {
  const plan = async (name: keyof PlanApi, ...args: readonly unknown[]) => {
    if (name === 'products') return { ok: true, answer: { products: ['1', '2', '3'].map(product), total: 3 } }
    if (name === 'people') return { ok: true, answer: [{ userName: ANA, fullName: 'Ana Ruiz' }] }
    if (name === 'choices') return { ok: true, answer: CHOICES }
    if (name !== 'create') return { ok: false, reason: 'unsupported', message: '' }
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

async function open(
  sync: Partial<SyncWorkerApi>,
  permissions = ['INVCOUNT_APP_VIEW', 'INV_COUNT_CREATE'],
  show = 'new',
) {
  const bus = createFakeBus()
  const login = useLoginStore()
  const world = await createFakeWorld(login, { bus, desk: createFakeDesk(bus), sync })
  login.enter({ serverOrigin: 'https://server.test', userName: 'sam' }, aProfile({ permissions }))
  const router = createRouter({
    history: createMemoryHistory(),
    routes: [{ path: '/supervisor/plan', component: PlanView }, { path: '/:rest(.*)*', component: { template: '' } }],
  })
  await router.push(`/supervisor/plan?show=${show}`)
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

  it('[PL25] [PL41] narrows by what the facility has, and begins its tolerances with the rules', async () => {
    const asked: NewPlan[] = []
    const view = await open(aServer(async (plan) => (asked.push(plan), 'made')))
    await view.get('input[autocomplete=off]').setValue('Dairy')
    await view.findAll('details').find((it) => it.text().includes('Category'))!.get('input[type=checkbox]').setValue(true)
    await view.findAll('label').find((it) => it.text().startsWith('Tolerances of its own'))!.get('input').setValue(true)
    const amounts = view.findAll('input[inputmode=decimal]')
    expect(amounts.map((it) => (it.element as HTMLInputElement).value)).toEqual(['1', '2', '25'])
    await amounts[0]!.setValue('many')
    expect(button(view, 'Create the count').attributes('disabled')).toBeDefined()
    await amounts[0]!.setValue('2,5')
    await view.get('form').trigger('submit')
    await vi.waitFor(() => expect(asked).toHaveLength(1))

    expect(asked).toMatchObject([
      { products: { by: 'filter', filter: { categories: ['Dairy'] } }, tolerance: { units: 2.5, percent: 2, money: 25 } },
    ])
  })
})

/** A facility with a schedule, or none yet; every call is noted. */
function aPlanner(schedule: PlanSchedule, create: () => 'lost' | 'made' = () => 'made') {
  const calls: (readonly [string, ...unknown[]])[] = []
  const templates: PlanTemplate[] = [
    {
      templateId: 'T1',
      name: 'Dairy',
      madeBy: 'sam',
      lastUsedAt: null,
      plan: {
        countType: 'directed',
        isBlind: true,
        products: { by: 'list', productIds: [asId<ProductId>('1')] },
        split: 'evenly',
        parts: [{ area: 'display', assignedTo: ANA }, { area: '', assignedTo: asId<UserName>('gone') }],
        tolerance: null,
        dueAfterDays: 3,
      },
    },
  ]
  const plan = async (name: keyof PlanApi, ...args: readonly unknown[]) => {
    calls.push([name, ...args])
    if (name === 'schedule') return { ok: true, answer: schedule }
    if (name === 'templates') return { ok: true, answer: calls.some(([it]) => it === 'deleteTemplate') && calls.at(-2)?.[0] !== 'restoreTemplate' ? [] : templates }
    if (name === 'people') return { ok: true, answer: [{ userName: ANA, fullName: 'Ana Ruiz' }] }
    if (name === 'products') return { ok: true, answer: { products: [product('1')], total: 1 } }
    if (name === 'choices') return { ok: true, answer: CHOICES }
    if (name === 'create' && create() === 'lost') return { ok: false, reason: 'offline', message: '' }
    if (name === 'create')
      return { ok: true, answer: { cycleCountId: asId<CycleCountId>('C1'), sessions: [{ sessionId: asId<SessionId>('S1'), name: 'x', assignedTo: null, products: 2 }] } }
    return { ok: true, answer: undefined }
  }
  return { calls, sync: { plan: plan as unknown as SyncWorkerApi['plan'] } }
}
const aClass = (abcClass: 'A' | 'B' | 'C', everyDays: number | null, due: number) => ({ abcClass, everyDays, products: 10, due, inCounts: 0 })
const due = (id: string, overdueDays: number | null) => ({
  productId: asId<ProductId>(id), name: `Product ${id}`, identifier: id, abcClass: 'A' as const, lastCountedAt: null, overdueDays,
})

describe('PlanView: what is made again', () => {
  beforeEach(() => setActivePinia(createPinia()))

  it('[PL36] [UI48] says how much is due, and makes a count of the first of it once, also when the answer is lost', async () => {
    let isLost = true
    const { calls, sync } = aPlanner(
      { classes: [aClass('A', 30, 3), aClass('B', 90, 1), aClass('C', null, 0)], due: [due('1', null), due('2', 12)] },
      () => (isLost ? 'lost' : 'made'),
    )
    const view = await open(sync, undefined, 'due')
    expect(view.get('[data-testid=due-total]').text()).toBe('4 products are due')
    expect(view.text()).toContain('And 2 more behind them.')
    await view.get('input[type=number]').setValue(2)
    const submit = async () => {
      await view.findAll('form')[0]!.trigger('submit')
      await flushPromises()
    }
    await submit()
    isLost = false
    await submit()

    const made = calls.filter(([name]) => name === 'create').map(([, plan]) => plan as NewPlan)
    expect(made).toMatchObject([{ products: { by: 'due', first: 2 } }, { products: { by: 'due', first: 2 } }])
    expect(made[1]?.cycleCountId).toBe(made[0]?.cycleCountId)
    expect(made[0]?.name).toMatch(/^Due on 1 Jan 1970, \d\d:\d\d$/)
    expect(view.text()).toContain('is planned: 2 products.')
    expect(calls.at(-1)?.[0]).toBe('schedule')
  })

  it('[PL53] makes it as it is asked for: due, for whom, blind, with tolerances of its own', async () => {
    const { calls, sync } = aPlanner({ classes: [aClass('A', 30, 3), aClass('B', 90, 1), aClass('C', null, 0)], due: [due('1', null)] })
    const view = await open(sync, undefined, 'due')
    const [form] = view.findAll('form')
    await form!.get('input[type=datetime-local]').setValue('1969-12-01T10:00')
    expect(form!.text()).toContain('The due time is over already.')
    await form!.get('input[type=datetime-local]').setValue('1970-01-03T10:00')
    await form!.get('select').setValue(ANA)
    await form!.get('input[type=checkbox]').setValue(true)
    await form!.findAll('input[type=radio]')[1]!.setValue(true)
    const [units, percent, money] = form!.findAll('input[inputmode=decimal]')
    await units!.setValue('3')
    await percent!.setValue('x')
    expect(button(view, 'Make a count').attributes('disabled')).toBeDefined()
    await percent!.setValue('1,5')
    await money!.setValue('')
    await form!.trigger('submit')
    await flushPromises()

    const made = calls.find(([name]) => name === 'create')?.[1] as NewPlan
    expect(made).toMatchObject({
      isBlind: true,
      tolerance: { units: 3, percent: 1.5, money: null },
      parts: [{ name: 'Ana Ruiz', assignedTo: ANA }],
    })
    expect(made.dueAt).toBe(Date.UTC(1970, 0, 3, 9))
    expect(made).not.toHaveProperty('asked')
  })

  it('[PL36] begins with usual frequencies where there is no schedule yet, and takes only days', async () => {
    const { calls, sync } = aPlanner({ classes: [aClass('A', null, 0), aClass('B', null, 0), aClass('C', null, 0)], due: [] })
    const view = await open(sync, undefined, 'due')
    const days = view.findAll('input[inputmode=numeric]')
    expect(days.map((it) => (it.element as HTMLInputElement).value)).toEqual(['30', '90', '180'])
    await days[0]!.setValue('0')
    expect(button(view, 'Start the schedule').attributes('disabled')).toBeDefined()
    await days[0]!.setValue('14')
    await days[2]!.setValue('')
    await view.get('form').trigger('submit')
    await flushPromises()

    expect(calls).toContainEqual(['setSchedule', 'F1', { A: 14, B: 90, C: null }])
  })

  it('[PL31] deletes a template and brings it back', async () => {
    const { calls, sync } = aPlanner({ classes: [], due: [] })
    const view = await open(sync, undefined, 'templates')
    expect(view.text()).toContain('Directed, blind · 1 product · 2 sessions · due after 3 days')
    await view.get('button[aria-label="Delete Dairy"]').trigger('click')
    await flushPromises()
    expect(view.text()).toContain('Dairy is deleted.')
    await button(view, 'Undo').trigger('click')
    await flushPromises()

    expect(calls.map(([name]) => name)).toEqual(['templates', 'deleteTemplate', 'templates', 'restoreTemplate', 'templates'])
    expect(view.text()).not.toContain('Dairy is deleted.')
    await view.get('button[aria-label="Rename Dairy"]').trigger('click')
    await view.get('input[maxlength="100"]').setValue('Dairy weekly')
    await view.get('form').trigger('submit')
    await flushPromises()
    expect(calls.at(-2)).toMatchObject(['putTemplate', 'F1', { templateId: 'T1', name: 'Dairy weekly', plan: { isBlind: true } }])
  })

  it('[PL32] [UI48] begins a count from a template: of today, without who is gone', async () => {
    const { calls, sync } = aPlanner({ classes: [], due: [] })
    const view = await open(sync, undefined, 'new&template=T1')
    await flushPromises()
    expect(view.text()).toContain('gone does not count here any more')
    expect(view.get('[data-testid=plan-chosen]').text()).toBe('1 product chosen')
    await view.findAll('label').find((it) => it.text().startsWith('Blind'))!.get('input').setValue(false)
    await view.findAll('button[aria-label="Remove session 2"]')[0]!.trigger('click')
    await view.get('form').trigger('submit')
    await flushPromises()

    const [, plan] = calls.find(([name]) => name === 'create') ?? []
    expect(plan).toMatchObject({
      name: 'Dairy, 1 Jan 1970', templateId: 'T1', isBlind: false, products: { by: 'list', productIds: ['1'] },
      parts: [{ area: 'display', assignedTo: 'ana' }], dueAt: Date.UTC(1970, 0, 4, 16),
    })
  })

  it('[PL30] keeps the plan of the form as a template', async () => {
    const { calls, sync } = aPlanner({ classes: [], due: [] })
    const view = await open(sync)
    await view.get('input[autocomplete=off]').setValue('Dairy')
    await button(view, 'Keep as a template…').trigger('click')
    await flushPromises()
    const dialog = document.querySelector<HTMLElement>('[role=dialog]')!
    const days = dialog.querySelector<HTMLInputElement>('input[type=number]')!
    days.value = '7'
    days.dispatchEvent(new Event('input'))
    dialog.querySelector('form')!.dispatchEvent(new Event('submit'))
    await flushPromises()

    expect(calls).toContainEqual([
      'putTemplate', 'F1',
      expect.objectContaining({ name: 'Dairy', plan: expect.objectContaining({ dueAfterDays: 7, products: expect.objectContaining({ by: 'filter' }) }) }),
    ])
    expect(view.text()).toContain('Dairy is kept as a template.')
  })

  it('[PL37] tells who changed what of templates and schedule', async () => {
    const plan = { countType: 'hard', isBlind: false, products: null, split: 'evenly', parts: [{ area: '', assignedTo: null }], tolerance: null, dueAfterDays: null } as const
    const deeds: readonly PlanDeed[] = [
      { kind: 'schedule-changed', classes: [{ abcClass: 'A', from: 60, to: 30 }, { abcClass: 'B', from: 1, to: null }] },
      { kind: 'template-used', name: 'Weekly', countName: 'Weekly 2026-11-26' },
      { kind: 'template-changed', name: 'Weekly', renamed: null, plan: { from: plan, to: { ...plan, isBlind: true } } },
      { kind: 'template-changed', name: 'Weekly', renamed: { from: 'Week', to: 'Weekly' }, plan: null },
      { kind: 'template-deleted', name: 'Old' },
      { kind: 'other', action: 'template-shared' },
    ]
    const changes = deeds.map((deed) => ({ at: 0, by: ANA, deed }))
    const server = { plan: (async () => ({ ok: true, answer: changes })) as unknown as SyncWorkerApi['plan'] }
    const view = await open(server, undefined, 'history')

    expect(view.findAll('li > span:first-child').map((it) => it.text())).toEqual([
      'Schedule changed: class A every 30 days, was every 60 days; class B in no schedule, was every 1 day',
      'Template “Weekly” used for the count “Weekly 2026-11-26”',
      'Template “Weekly” changed: was Hard · 1 session; now Hard, blind · 1 session',
      'Template “Week” renamed “Weekly”',
      'Template “Old” deleted',
      'Changed: template-shared',
    ])
    expect(view.find('li').text()).toContain('Ana')
  })

  it('[PL37] says that nothing was changed, and what failed', async () => {
    const answers = [{ ok: false, reason: 'offline', message: '' }, { ok: true, answer: [] }]
    const view = await open({ plan: (async () => answers.shift()) as unknown as SyncWorkerApi['plan'] }, undefined, 'history')
    expect(view.find('[role=alert]').text()).toContain('Waiting for the network')
    await button(view, 'Load again').trigger('click')
    await flushPromises()

    expect(view.text()).toContain('Nothing was changed yet')
  })
})
