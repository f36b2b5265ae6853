// The reports on screen: what is asked for, what is shown to whom, and the file.
import { flushPromises, mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { createMemoryHistory, createRouter } from 'vue-router'
import { dayWords, durationWords, missingWords, periodOf, shareWords, unitsWords } from '../../src/composables/figures-words'
import { asId, type CycleCountId, type ProductId, type UserName } from '../../src/domain/ids'
import type { Money } from '../../src/domain/money'
import type { Product } from '../../src/domain/product'
import { unitsOf } from '../../src/domain/quantity'
import type { ExportJob, Figures, Report } from '../../src/domain/report'
import type { ReportAsk } from '../../src/ports/report'
import { useLoginStore } from '../../src/stores/login'
import ReportsView from '../../src/views/ReportsView.vue'
import { createFakeBus, createFakeDesk } from '../support/fake-desk'
import { createFakeWorld } from '../support/fake-services'

const NOW = Date.UTC(2026, 10, 25, 12)
const HOUR = 3_600_000
const FIGURES: Figures = {
  products: 40,
  right: 38,
  bookUnits: unitsOf(400),
  netUnits: unitsOf(-3),
  absoluteUnits: unitsOf(5),
  shrinkUnits: unitsOf(4),
  bookValue: 8_000_000 as Money,
  netValue: -60_000 as Money,
  absoluteValue: 100_000 as Money,
  shrinkValue: 80_000 as Money,
  withoutCost: 1,
}
const REPORT: Report = {
  currency: 'EUR',
  total: FIGURES,
  byClass: [{ abcClass: 'A', figures: FIGURES }, { abcClass: '', figures: FIGURES }],
  byArea: [{ area: 'overflow', figures: FIGURES }, { area: '', figures: FIGURES }],
  byCategory: [{ category: 'Sweets', figures: FIGURES }, { category: '', figures: FIGURES }],
  bySupplier: [{ supplier: 'Loom', figures: FIGURES }],
  byDay: [{ day: '2026-11-24', figures: FIGURES }],
  counts: [
    {
      cycleCountId: asId<CycleCountId>('C'),
      name: 'Weekly',
      dueAt: null,
      startedAt: NOW - 3 * HOUR,
      closedAt: NOW - HOUR,
      figures: FIGURES,
    },
  ],
  hasMoreCounts: false,
  plan: { planned: 5, inTime: 3, late: 1, open: 1 },
  areas: ['overflow'],
  categories: ['Sweets'],
  suppliers: ['Loom'],
  largest: [],
}
const JOB: ExportJob = {
  id: 'E1',
  state: 'ready',
  format: 'xlsx',
  fileName: 'shelfcount-2026-10-27-2026-11-25.xlsx',
  bytes: 12_000,
  rows: 40,
  by: asId<UserName>('sam'),
  at: NOW,
  expiresAt: NOW + 7 * 24 * HOUR,
  problem: null,
}
const OFFLINE = { ok: false, reason: 'offline', message: '' } as const

const NORTH = { facilityId: 'north', name: 'North', timeZone: 'Europe/Berlin' }
const SOUTH = { facilityId: 'south', name: 'South', timeZone: 'Europe/Berlin' }

async function open(permissions: string[], jobs: readonly ExportJob[] = [], facilities = [NORTH], address = '/') {
  const asked: [name: string, ask: ReportAsk][] = []
  const server = { isDown: false, jobs }
  const reports = async (name: string, ask: ReportAsk) => {
    asked.push([name, ask])
    if (server.isDown) return OFFLINE
    if (name === 'report') return { ok: true, answer: REPORT }
    if (name === 'facilities')
      return { ok: true, answer: (ask as unknown as { facilityIds: string[] }).facilityIds.map((facilityId) => ({ facilityId, currency: 'EUR', figures: FIGURES })) }
    if (name === 'pace') return { ok: true, answer: [{ userName: asId<UserName>('ana'), scans: 300, stretches: 12 }] }
    if (name === 'exports') return { ok: true, answer: server.jobs }
    if (name === 'exportFile') return { ok: true, answer: { fileName: JOB.fileName, content: 'Name' } }
    server.jobs = [{ ...JOB, state: 'working', rows: 20, expiresAt: null }]
    return { ok: true, answer: undefined }
  }
  const login = useLoginStore()
  const bus = createFakeBus()
  const selectFacility = async (facilityId: string) =>
    server.isDown ? OFFLINE : ({ ok: true, profile: { ...login.profile!, facilityId } } as const)
  const searchProducts = async () => [{ productId: asId<ProductId>('P 7'), name: 'Oats', identifiers: [] } as unknown as Product]
  const sync = { reports: reports as never, selectFacility, searchProducts }
  const world = await createFakeWorld(login, { bus, desk: createFakeDesk(bus), now: NOW, sync })
  login.enter(login.account!, { ...login.profile!, permissions, facilities, facilityId: 'north' })
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/:all(.*)*', component: ReportsView }] })
  await router.push(address)
  const view = mount(ReportsView, { global: { provide: world.provide, plugins: [router] } })
  await flushPromises()
  return { view, asked, server, login, router }
}

const SUPERVISOR = ['INVCOUNT_APP_VIEW', 'INV_COUNT_SUBMIT', 'INV_CNT_VIEW_QOH']
beforeEach(() => setActivePinia(createPinia()))

describe('the reports', () => {
  it('[RP11] tell the figures in words, each with what it rests on', async () => {
    const { view } = await open(SUPERVISOR)
    const text = view.text()

    expect(text).toContain('38 of 40 products right')
    expect(text).toContain('1 product without a cost left out')
    expect(text).toContain('4 of 5')
    expect(text).toContain('3 in time, 1 late, 1 open')
    expect(text).toContain('2 h 0 min')
    expect(view.findAll('tbody tr').map((it) => it.findAll('th, td').map((cell) => cell.text()).join('|'))).toContain(
      'Class A|38 of 40|95 %|98.8 %|98.8 %|−3|−€6.00|5|€10.00',
    )
  })

  it('[RP11] are asked for anew when the choice changes', async () => {
    const { view, asked } = await open(SUPERVISOR)
    const [period, area, abcClass] = view.findAll('select')
    await period!.setValue('7')
    await area!.setValue('overflow')
    await abcClass!.setValue('')
    await flushPromises()

    const reports = asked.filter(([name]) => name === 'report').map(([, ask]) => ask)
    expect(reports[0]).toMatchObject({ from: '2026-10-27', thru: '2026-11-25', area: null, abcClass: null })
    expect(reports.at(-1)).toMatchObject({ from: '2026-11-19', area: 'overflow', abcClass: '' })
  })

  it('[RP32] [RP35] are told by area, with the absolute variance beside the net one', async () => {
    const { view } = await open(SUPERVISOR)
    const figure = view.findAll('figure').find((it) => it.text().includes('Accuracy by area'))!

    expect(figure.findAll('tbody th').map((it) => it.text())).toEqual(['Overflow', 'No area'])
    expect(figure.findAll('thead th').map((it) => it.text()).slice(-2)).toEqual(['Absolute units', 'Absolute value'])
  })

  it('[RP33] from one day to another: begun with the days that were shown, asked for once they are a period; by week or month', async () => {
    const { view, asked } = await open(SUPERVISOR)
    const period = view.find('select')
    await period.findAll('option').at(-1)!.setValue()
    await flushPromises()
    const [from, thru] = view.findAll('input[type=date]')
    expect([from, thru].map((it) => (it!.element as HTMLInputElement).value)).toEqual(['2026-10-27', '2026-11-25'])

    await from!.setValue('2026-12-01')
    await flushPromises()
    expect(view.find('[role=alert]').text()).toBe('The last day comes before the first.')
    await from!.setValue('2026-11-02')
    await flushPromises()
    const reports = asked.filter(([name]) => name === 'report').map(([, ask]) => ask)
    expect(reports.map((it) => it.from)).not.toContain('2026-12-01')
    expect(reports.at(-1)).toMatchObject({ from: '2026-11-02', thru: '2026-11-25' })

    await view.find('.grouping select').setValue('week')
    expect(view.text()).toContain('Week of Mon, 23 Nov 2026')
  })

  it('[RP34] [RP38] compares the facilities when asked to, and shows none where one could not be read', async () => {
    const { view, asked, server } = await open(SUPERVISOR, [], [NORTH, SOUTH])
    const compare = () => view.find('button.compare')
    await compare().trigger('click')
    await flushPromises()

    expect(asked.filter(([name]) => name === 'facilities').map(([, ask]) => ask)).toEqual([
      { facilityIds: ['north', 'south'], from: '2026-10-27', thru: '2026-11-25', abcClass: null },
    ])
    const rows = view.findAll('figure').find((it) => it.text().includes('Accuracy by facility'))!.findAll('tbody th')
    expect(rows.map((it) => it.text())).toEqual(['North', 'South'])
    server.isDown = true
    await compare().trigger('click')
    await flushPromises()
    expect(view.text()).not.toContain('Accuracy by facility')
    expect((await open(SUPERVISOR)).view.find('button.compare').exists()).toBe(false)
  })

  it('[RP26] are told by category and supplier, and narrowed by each', async () => {
    const { view, asked } = await open(SUPERVISOR)
    const [, , , category, supplier] = view.findAll('select')
    await category!.setValue('Sweets')
    await supplier!.setValue('Loom')
    await flushPromises()

    expect(asked.filter(([name]) => name === 'report').at(-1)?.[1]).toMatchObject({ category: 'Sweets', supplier: 'Loom' })
    const names = view.findAll('tbody th').map((it) => it.text())
    expect(names).toEqual(expect.arrayContaining(['Sweets', 'No category', 'Loom']))
  })

  it('[RP27] are of the facility that is chosen here, without what was chosen in the one before; a choice that failed is not shown', async () => {
    const { view, asked, login, server } = await open(SUPERVISOR, [], [NORTH, SOUTH])
    const [facility, , area, , category] = view.findAll('select')
    await area!.setValue('overflow')
    await category!.setValue('Sweets')
    await facility!.setValue('south')
    await flushPromises()

    expect(login.profile?.facilityId).toBe('south')
    expect(asked.filter(([name]) => name === 'report').at(-1)?.[1]).toMatchObject({ facilityId: 'south', area: null, category: null })

    server.isDown = true
    await facility!.setValue('north')
    await flushPromises()

    expect(view.find('[role=alert]').text()).not.toBe('')
    expect((facility!.element as HTMLSelectElement).value).toBe('south')
    expect(login.profile?.facilityId).toBe('south')
  })

  it('[RP11] a counter sees the own pace and nothing else', async () => {
    const { view, asked } = await open(['INVCOUNT_APP_VIEW'])

    expect(asked.map(([name]) => name)).toEqual(['pace'])
    expect(view.find('h1').text()).toBe('My pace')
    expect(view.text()).toContain('300')
    expect(view.text()).not.toContain('Accuracy')
  })

  it('[RP11] say what failed', async () => {
    const { view, server } = await open(SUPERVISOR)
    server.isDown = true
    await view.find('select').setValue('7')
    await flushPromises()

    expect(view.find('[role=alert]').text()).toContain('Waiting for the network')
    expect(view.text()).not.toContain('38 of 40')
  })

  it('[RP20] ask for a file, follow it until it is made, and fetch it', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const making = vi.spyOn(URL, 'createObjectURL').mockImplementation(() => 'blob:1')
    const { view, asked, server } = await open(SUPERVISOR)
    expect(view.text()).toContain('A file is made in the background')
    await view.findAll('button').find((it) => it.text() === 'Lines as Excel')!.trigger('click')
    await flushPromises()
    expect(asked.find(([name]) => name === 'requestExport')?.[1]).toMatchObject({ from: '2026-10-27', thru: '2026-11-25' })
    expect(view.text()).toContain('Being made: 20 rows so far')

    server.jobs = [JOB]
    await vi.advanceTimersByTimeAsync(2000)
    await flushPromises()
    expect(view.text()).toContain('40 rows, 12 KB; kept until')
    await view.find('button[aria-label^="Fetch "]').trigger('click')
    await flushPromises()

    expect(view.find('a[download]').attributes()).toMatchObject({ download: JOB.fileName, href: 'blob:1' })
    const looks = asked.filter(([name]) => name === 'exports').length
    await vi.advanceTimersByTimeAsync(60_000)
    expect(asked.filter(([name]) => name === 'exports')).toHaveLength(looks)
    making.mockRestore()
    vi.useRealTimers()
  })

  it('[RP20] [RP21] say why a file could not be made, and which one is kept no more', async () => {
    const { view } = await open(SUPERVISOR, [
      { ...JOB, id: 'E2', state: 'failed', problem: 'More than 200000 rows: choose a shorter period', expiresAt: null },
      { ...JOB, expiresAt: null },
    ])

    expect(view.text()).toContain('More than 200000 rows: choose a shorter period')
    expect(view.text()).toContain('40 rows; not kept any more')
    expect(view.find('button[aria-label^="Fetch "]').exists()).toBe(false)
  })
})

describe('in words', () => {
  it('[RP13] days are days, and what is not missing is said to be nothing', async () => {
    const nothing: Figures = { ...FIGURES, absoluteUnits: unitsOf(0), shrinkUnits: unitsOf(0), shrinkValue: 0 as Money }

    expect(dayWords('2026-11-24')).toBe('Tue, 24 Nov 2026')
    expect([unitsWords(FIGURES), unitsWords(nothing), unitsWords({ ...nothing, products: 0 })]).toEqual([
      '5 of 400 units wrong',
      'no unit wrong',
      'nothing was booked',
    ])
    expect([missingWords(FIGURES, 'EUR'), missingWords({ ...FIGURES, shrinkValue: 0 as Money }, 'EUR'), missingWords(nothing, 'EUR')]).toEqual([
      '4 units missing, worth €8.00',
      '4 units missing',
      'nothing missing',
    ])
    const { view } = await open(SUPERVISOR)
    expect(view.text()).not.toMatch(/\d{4}-\d{2}-\d{2}/)
  })

  it('[RP11] almost all is not all', () => {
    expect([shareWords(0.9999), shareWords(1), shareWords(0), shareWords(null)]).toEqual(['99.9 %', '100 %', '0 %', '–'])
  })

  it('[RP11] durations and periods', () => {
    expect([durationWords(125 * 60_000), durationWords(12 * 60_000), durationWords(76 * HOUR), durationWords(null)]).toEqual([
      '2 h 5 min',
      '12 min',
      '3 d 4 h',
      '–',
    ])
    expect(periodOf(30, Date.UTC(2026, 2, 30, 23), 'Europe/Berlin')).toEqual({ from: '2026-03-02', thru: '2026-03-31' })
  })
})

describe('ways into and out of the reports', () => {
  it('[RP31] one day is asked for where the address names it, and another period still can be', async () => {
    const { view, asked } = await open(SUPERVISOR, [], [NORTH], '/supervisor/reports?day=2026-03-01')
    expect(asked.find(([name]) => name === 'report')?.[1]).toMatchObject({ from: '2026-03-01', thru: '2026-03-01' })
    expect(view.findAll('input[type=date]').map((it) => (it.element as HTMLInputElement).value)).toEqual(['2026-03-01', '2026-03-01'])
    await view.find('select').setValue('7')
    await flushPromises()

    expect(asked.filter(([name]) => name === 'report').at(-1)?.[1]).toMatchObject({ from: '2026-11-19', thru: '2026-11-25' })
  })

  it('[RP30] any product leads to its timeline, once it is found by name or number', async () => {
    vi.useFakeTimers()
    const { view, router } = await open(SUPERVISOR)
    await view.find('input[enterkeyhint=search]').setValue('oat')
    await vi.advanceTimersByTimeAsync(400)
    await view.find('button[aria-label="Timeline of Oats"]').trigger('click')
    vi.useRealTimers()

    await vi.waitFor(() => expect(router.currentRoute.value.fullPath).toBe('/supervisor/items/P%207'))
  })
})
