// The page of people: whom it shows, what it asks for, what it says when it is refused.
import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { createMemoryHistory, createRouter } from 'vue-router'
import { changeWords } from '../../src/composables/person-words'
import { asId, type FacilityId } from '../../src/domain/ids'
import type { Holding, Person } from '../../src/domain/person'
import { useLoginStore } from '../../src/stores/login'
import PeopleView from '../../src/views/PeopleView.vue'
import { createFakeBus, createFakeDesk } from '../support/fake-desk'
import { createFakeWorld } from '../support/fake-services'

const NORTH = asId<FacilityId>('north')
const SOUTH = asId<FacilityId>('south')

function aPerson(userName: string, over: Partial<Person> = {}): Person {
  return {
    userId: `U-${userName}`,
    userName,
    fullName: `${userName} Smith`,
    permissions: ['INVCOUNT_APP_VIEW'],
    facilityIds: [NORTH],
    isDisabled: false,
    revision: 0,
    ...over,
  }
}

interface Sent {
  readonly wanted: Holding
  readonly reason: string
}

async function open(refusal?: string) {
  const sent: Sent[] = []
  const people = async (name: string, ...args: unknown[]) => {
    if (name === 'list')
      return {
        ok: true,
        answer: {
          people: [aPerson('ana'), aPerson('ben', { isDisabled: true })],
          facilities: [{ facilityId: NORTH, name: 'North' }, { facilityId: SOUTH, name: 'South' }],
        },
      }
    if (name === 'history') return { ok: true, answer: [] }
    const [person, wanted, reason] = args as [Person, Holding, string]
    sent.push({ wanted, reason })
    return refusal === undefined
      ? { ok: true, answer: { ...person, ...wanted, revision: 1 } }
      : { ok: false, reason: 'rejected', message: refusal }
  }
  const login = useLoginStore()
  const bus = createFakeBus()
  const world = await createFakeWorld(login, { bus, desk: createFakeDesk(bus), sync: { people: people as never } })
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/:all(.*)*', component: PeopleView }] })
  const view = mount(PeopleView, { global: { provide: world.provide, plugins: [router] } })
  await flushPromises()
  return { view, sent }
}

const choose = async (view: VueWrapper, name: string) => {
  await view.findAll('.person').find((it) => it.text().includes(name))!.trigger('click')
  await flushPromises()
}
const box = (view: VueWrapper, label: string) =>
  view.findAll('label.choice').find((it) => it.text().startsWith(label))!.find('input')

beforeEach(() => setActivePinia(createPinia()))

describe('the page of people', () => {
  it('[PE7] shows who may sign in and where, and finds by name', async () => {
    const { view } = await open()
    expect(view.findAll('.person').map((it) => it.text())).toEqual(['ana SmithNorth', 'ben SmithMay not sign in'])

    await view.find('input[type=search]').setValue('BE')

    expect(view.findAll('.person')).toHaveLength(1)
  })

  it('[PE7] saves what was changed, with a reason and not without', async () => {
    const { view, sent } = await open()
    await choose(view, 'ana')
    const save = () => view.find('button[type=submit]')
    expect(save().attributes('disabled')).toBeDefined()
    await box(view, 'Plan counts').setValue(true)
    await box(view, 'South').setValue(true)
    expect(save().attributes('disabled')).toBeDefined()
    await view.find('label.field input.input:not([type=search])').setValue(' plans now ')
    await view.find('form').trigger('submit')
    await flushPromises()

    expect(sent).toEqual([
      {
        wanted: { permissions: ['INVCOUNT_APP_VIEW', 'INV_COUNT_CREATE'], facilityIds: [NORTH, SOUTH], isDisabled: false },
        reason: 'plans now',
      },
    ])
    expect(view.find('[role=status]').text()).toContain('ana Smith is changed')
  })

  it('[UI105] brings into sight what the chosen person may do', async () => {
    const { view } = await open()
    const shown = vi.spyOn(Element.prototype, 'scrollIntoView')
    onTestFinished(() => shown.mockRestore())
    await choose(view, 'ben')

    expect(shown.mock.contexts).toEqual([view.find('form').element.parentElement])
  })

  it('[PE7] a refusal is said in words, and what was typed stays', async () => {
    const { view } = await open('This is the last administrator: nobody could give the right back')
    await choose(view, 'ana')
    await box(view, 'Count').setValue(false)
    await view.find('label.field input.input:not([type=search])').setValue('mistake')
    await view.find('form').trigger('submit')
    await flushPromises()

    expect(view.find('[role=alert]').text()).toContain('the last administrator')
    expect((view.find('label.field input.input:not([type=search])').element as HTMLInputElement).value).toBe('mistake')
    expect((box(view, 'Count').element as HTMLInputElement).checked).toBe(false)
  })

  it('[PE7] a change is told as a sentence', () => {
    const before: Holding = { permissions: ['INVCOUNT_APP_VIEW', 'INV_COUNT_VAR_LOG'], facilityIds: [NORTH], isDisabled: false }
    const after: Holding = { permissions: ['INVCOUNT_APP_VIEW', 'INV_COUNT_SUBMIT'], facilityIds: [SOUTH], isDisabled: true }
    const names = new Map([[NORTH, 'North'], [SOUTH, 'South']])

    expect(changeWords({ at: 0, by: 'alex', reason: 'x', before, after }, (id) => names.get(id) ?? id)).toBe(
      'Given: Review and approve; taken: Adjust stock; now also at South; no more at North; may not sign in any more',
    )
  })
})
