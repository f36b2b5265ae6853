// An import file that is open while another facility is chosen: it stays, and who does not count there is left out and named.
import { flushPromises, mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it } from 'vitest'
import { createMemoryHistory, createRouter } from 'vue-router'
import type { ImportSettings } from '../../src/domain/import-table'
import { asId, type UserName } from '../../src/domain/ids'
import type { PlanApi } from '../../src/ports/plan'
import type { OpenTable } from '../../src/ports/tables'
import { useLoginStore } from '../../src/stores/login'
import PlanView from '../../src/views/PlanView.vue'
import type { SyncWorkerApi } from '../../src/worker/protocol'
import { createFakeBus, createFakeDesk } from '../support/fake-desk'
import { aProfile, createFakeWorld } from '../support/fake-services'

const TOWN = { facilityId: 'F1', name: 'Town', timeZone: 'Europe/Berlin' }
const HARBOR = { facilityId: 'F2', name: 'Harbor', timeZone: 'Europe/Lisbon' }
const person = (userName: string, fullName: string) => ({ userName: asId<UserName>(userName), fullName })

/** Ana and Ben count in town, Ben alone at the harbor; `answers` holds back what the harbor says. */
async function open(answers: { harbor: 'people' | 'lost' } = { harbor: 'people' }) {
  const settings: ImportSettings[] = []
  const closed: string[] = []
  const table: OpenTable = {
    summary: { fileName: 'autumn.csv', hash: 'h', header: ['Barcode'], rowCount: 1, sample: [{ line: 2, cells: ['1'] }] },
    importCsv: async (it) => (settings.push(it), 'x'),
    rejectedCsv: async () => '',
    close: () => void closed.push('autumn.csv'),
  }
  const plan = async (name: keyof PlanApi, ...args: readonly unknown[]) => {
    if (name === 'imports') return { ok: true, answer: [] }
    if (name === 'upload') return { ok: false, reason: 'offline', message: '' }
    if (name !== 'people') return { ok: false, reason: 'unsupported', message: '' }
    if (args[0] === 'F2' && answers.harbor === 'lost') return { ok: false, reason: 'offline', message: '' }
    const ben = person('ben', 'Ben Ode')
    return { ok: true, answer: args[0] === 'F1' ? [person('ana', 'Ana Ruiz'), ben] : [ben] }
  }
  const bus = createFakeBus()
  const login = useLoginStore()
  const sync = { plan: plan as unknown as SyncWorkerApi['plan'] }
  const world = await createFakeWorld(login, { bus, desk: createFakeDesk(bus), sync, openTable: async () => ({ ok: true, table }) })
  const at = (facilityId: string) =>
    login.enter(
      { serverOrigin: 'https://server.test', userName: 'sam' },
      aProfile({ permissions: ['INVCOUNT_APP_VIEW', 'INV_COUNT_CREATE'], facilities: [TOWN, HARBOR], facilityId }),
    )
  at('F1')
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/:rest(.*)*', component: PlanView }] })
  await router.push('/supervisor/plan?show=file')
  const view = mount(PlanView, { global: { plugins: [router], provide: world.provide }, attachTo: document.body })
  await flushPromises()
  const picker = view.get<HTMLInputElement>('input[type=file]')
  Object.defineProperty(picker.element, 'files', { value: [new File([''], 'autumn.csv')] })
  await picker.trigger('change')
  await flushPromises()
  const choose = async (facilityId: string) => {
    at(facilityId)
    await flushPromises()
  }
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
