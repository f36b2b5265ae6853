// An import file that is open while another facility is chosen: it stays, and who does not count there is left out and named.
import { flushPromises, type mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it } from 'vitest'
import type { ImportSettings } from '../../src/domain/import-table'
import type { OpenTable } from '../../src/ports/tables'
import { openPlanView } from '../support/plan-view'

/** `answers` holds back what the harbor says. */
async function open(answers: { harbor: 'people' | 'lost' } = { harbor: 'people' }) {
  const settings: ImportSettings[] = []
  const closed: string[] = []
  const table: OpenTable = {
    summary: { fileName: 'autumn.csv', hash: 'h', header: ['Barcode'], rowCount: 1, sample: [{ line: 2, cells: ['1'] }] },
    importCsv: async (it) => (settings.push(it), 'x'),
    rejectedCsv: async () => '',
    close: () => void closed.push('autumn.csv'),
  }
  const { view, choose } = await openPlanView({
    show: 'file',
    isHarborLost: () => answers.harbor === 'lost',
    answer(name) {
      if (name === 'imports') return { ok: true, answer: [] }
      return name === 'upload' ? { ok: false, reason: 'offline', message: '' } : undefined
    },
    openTable: async () => ({ ok: true, table }),
  })
  const picker = view.get<HTMLInputElement>('input[type=file]')
  Object.defineProperty(picker.element, 'files', { value: [new File([''], 'autumn.csv')] })
  await picker.trigger('change')
  await flushPromises()
  return { view, choose, settings, closed }
}

const tick = (view: ReturnType<typeof mount>, name: string) =>
  view.findAll('label.tick').find((it) => it.text() === name)!.get('input').setValue(true)

describe('an import file and another facility', () => {
  beforeEach(() => setActivePinia(createPinia()))

  it('[PL44] the file, its columns and what was typed stay; who does not count there is left out, and it is said', async () => {
    const { view, choose, settings, closed } = await open()
    await tick(view, 'Blind: nobody who counts sees the book quantity')
    await view.get('input[maxlength="100"]').setValue('Autumn')
    await view.findAll('input[type=datetime-local]').at(-1)!.setValue('2026-12-01T18:00')
    await tick(view, 'Ana Ruiz')
    await tick(view, 'Ben Ode')

    await choose('F2')

    expect(closed).toEqual([])
    expect(view.get('h2').text()).toBe('autumn.csv')
    expect(view.get('[data-testid=import-moved]').text()).toBe(
      'The file stays open; its counts are for Harbor now. Ana Ruiz does not count there and was left out. The times are meant there too.',
    )
    await view.get('form').trigger('submit')
    await flushPromises()
    expect(settings).toMatchObject([{ facilityId: 'F2', countName: 'Autumn', people: ['ben'], isBlind: true, columns: { product: 0 } }])
  })

  it('[PL44] where nobody can be asked who counts there, nobody is chosen, and it is said', async () => {
    const { view, choose } = await open({ harbor: 'lost' })
    await tick(view, 'Ben Ode')

    await choose('F2')

    expect(view.get('[data-testid=import-moved]').text()).toContain('Choose again who counts there.')
    expect(view.findAll('label.tick').map((it) => it.text())).not.toContain('Ben Ode')
  })

  it('[PL44] without a file nothing is said', async () => {
    const { view, choose } = await open()
    await view.findAll('button').find((it) => it.text() === 'Another file')!.trigger('click')

    await choose('F2')

    expect(view.find('[data-testid=import-moved]').exists()).toBe(false)
  })
})
