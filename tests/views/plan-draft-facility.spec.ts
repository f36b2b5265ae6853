// A new count that is being written while another facility is chosen: it goes along, and what cannot is left out and named.
import { flushPromises, type mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it } from 'vitest'
import { openPlanView } from '../support/plan-view'

/** `isLost`: at the harbor nobody can be asked. */
async function open({ isLost = false } = {}) {
  const created: unknown[] = []
  const opened = await openPlanView({
    show: 'new',
    isHarborLost: () => isLost,
    answer(name, input) {
      if (name === 'products') return { ok: true, answer: { products: [], total: 4 } }
      if (name !== 'create') return undefined
      created.push(input)
      return { ok: true, answer: { cycleCountId: 'C1', sessions: [] } }
    },
  })
  return { ...opened, created }
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
