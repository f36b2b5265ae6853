// The lists of a session on screen: tabs with live counts, search over all of them, sort, and 50,000 lines.
import { flushPromises, mount } from '@vue/test-utils'
import { defineComponent, h, ref, shallowRef } from 'vue'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import BucketPanel from '../../src/components/session/BucketPanel.vue'
import { useDeskState } from '../../src/composables/useDeskState'
import { useLineList } from '../../src/composables/useLineList'
import type { CountedItem, ShownBucket } from '../../src/domain/counted-item'
import type { LineKey } from '../../src/domain/ids'
import { unitsOf } from '../../src/domain/quantity'
import type { LineSort } from '../../src/ports/counting'
import { aLine, createFakeBus, createFakeDesk } from '../support/fake-desk'
import { tap, typeInto, wordsOn } from '../support/on-page'

const WINDOW_PX = 640
/** A row of 64 px each: ten and a bit are seen, eight more wait above and below. */
const ROWS_MAX = 30
const SEARCH_PAUSE_MS = 1000
const SEARCH_FIELD = 'input[placeholder=Search]'

type Found = readonly (readonly [LineKey, CountedItem])[]
let unmount = (): void => undefined

function open(lines: readonly CountedItem[], search?: (text: string) => Promise<Found>) {
  const bus = createFakeBus()
  const desk = createFakeDesk(bus, lines)
  const asked = { lineKeys: 0, largest: 0 }
  const { lines: readLines, lineKeys } = desk
  desk.lines = (keys) => {
    asked.largest = Math.max(asked.largest, keys.length)
    return readLines(keys)
  }
  desk.lineKeys = (...args) => {
    asked.lineKeys += 1
    return lineKeys(...args)
  }
  const chosen = { bucket: ref<ShownBucket>('uncounted'), sort: ref<LineSort>('assigned'), selected: shallowRef<LineKey[]>([]) }
  const byName = async (text: string): Promise<Found> =>
    [...desk.items.values()].filter((it) => it.name.includes(text)).map((it) => [it.lineKey, it])
  const Host = defineComponent(() => {
    const state = useDeskState({ desk, bus, clock: { now: () => 0, mono: () => 0 }, onUnread: () => undefined })
    const list = useLineList(desk, bus, chosen.bucket, chosen.sort)
    return () =>
      h(BucketPanel, {
        bucket: chosen.bucket.value,
        'onUpdate:bucket': (next: ShownBucket) => (chosen.bucket.value = next),
        sort: chosen.sort.value,
        'onUpdate:sort': (next: LineSort) => (chosen.sort.value = next),
        sheet: true,
        counts: state.counts.value,
        lines: list,
        isHardCount: false,
        isLoaded: true,
        isOpening: false,
        search: search ?? byName,
        onSelect: (key: LineKey) => (chosen.selected.value = [...chosen.selected.value, key]),
      })
  })
  const host = mount(Host, { attachTo: document.body })
  unmount = () => host.unmount()
  return { bus, desk, asked, ...chosen }
}

const rowsShown = (): readonly string[] =>
  [...document.querySelectorAll('.names > .name')].map((it) => it.textContent ?? '')
const tab = (of: ShownBucket): HTMLElement => document.querySelector<HTMLElement>(`[data-testid=bucket-${of}]`) ?? expect.unreachable(of)

async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await flushPromises()
}

async function search(text: string): Promise<void> {
  await typeInto(SEARCH_FIELD, text)
  await vi.advanceTimersByTimeAsync(SEARCH_PAUSE_MS)
  await settled()
}

beforeEach(() => {
  document.body.innerHTML = ''
  // happy-dom lays nothing out: what a list needs to know is how high its window is.
  vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(WINDOW_PX)
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
})
afterEach(() => {
  unmount()
  vi.useRealTimers()
  vi.restoreAllMocks()
})

const TEA = aLine({ id: '1', name: 'Tea' })
const RICE = aLine({ id: '2', name: 'Rice', bucket: 'counted', standing: 3, quantity: unitsOf(3) })
const OATS = aLine({ id: '3', name: 'Oats', position: '00000001' })

describe('BucketPanel', () => {
  it('[S3.46] [UI41] the search finds lines of every tab, with the tab they lie in, and leads back', async () => {
    open([TEA, RICE, OATS])
    await settled()
    expect(rowsShown()).toEqual(['Tea', 'Oats'])

    await search('Ri')
    expect(rowsShown()).toEqual(['Rice'])
    expect(wordsOn('.content:not([hidden])')).toContain('counted')
    await search('nothing like it')
    expect(wordsOn('.content:not([hidden])')).toContain('No line has this name or number.Hand count can add any product.')

    await tap(/^Clear search$/)
    await settled()
    expect(rowsShown()).toEqual(['Tea', 'Oats'])
  })

  it('[UI41] what was found follows the counts', async () => {
    const { desk } = open([TEA, RICE])
    await settled()
    await search('Rice')
    desk.put({ ...RICE, quantity: unitsOf(4), standing: 4 })
    await settled()

    expect(wordsOn('.content:not([hidden]) .row strong')).toBe('4')
  })

  it('[UI41] a search that fails says so and leaves the list; the next one is answered', async () => {
    let isBroken = true
    open([TEA], async () => {
      if (isBroken) throw new Error('the worker died')
      return [[TEA.lineKey, TEA]]
    })
    await settled()
    await search('Tea')
    expect(wordsOn('.content:not([hidden])')).toContain('The search did not work')

    isBroken = false
    await search('Te')
    expect(wordsOn('.content:not([hidden])')).not.toContain('The search did not work')
    expect(rowsShown()).toEqual(['Tea'])
  })

  it('[UI41] the answer to an older text is not shown', async () => {
    const answers: (() => void)[] = []
    open([TEA, RICE], (text) => {
      const found = text === 'Tea' ? TEA : RICE
      return new Promise((resolve) => answers.push(() => resolve([[found.lineKey, found]])))
    })
    await settled()
    await search('Tea')
    await search('Rice')
    answers[1]?.()
    answers[0]?.()
    await settled()

    expect(rowsShown()).toEqual(['Rice'])
  })

  it('[BU4] [UI41] tab and order are chosen here, and a row that is tapped is selected', async () => {
    const { bucket, sort, selected } = open([TEA, RICE, OATS])
    await settled()
    const order = document.querySelector<HTMLSelectElement>('.content:not([hidden]) select') ?? expect.unreachable()
    order.value = 'name'
    order.dispatchEvent(new Event('change'))
    await settled()
    expect(sort.value).toBe('name')
    expect(rowsShown()).toEqual(['Oats', 'Tea'])

    // The tabs go by the press, as fingers do.
    tab('counted').dispatchEvent(new MouseEvent('mousedown', { bubbles: true, button: 0 }))
    await settled()
    expect(bucket.value).toBe('counted')
    document.querySelector<HTMLElement>('.content:not([hidden]) .row')?.click()
    expect(selected.value).toEqual([RICE.lineKey])
  })
})

describe('a tab of 50,000 lines', () => {
  const manyLines = (count: number): CountedItem[] => Array.from({ length: count }, (_, index) => aLine({ id: String(index + 1) }))

  it('[UI42] [UI6] renders and reads so many rows as the window shows, however many there are, also far down', async () => {
    const costs = []
    for (const count of [500, 50_000]) {
      document.body.innerHTML = ''
      const { desk, asked } = open(manyLines(count))
      await settled()
      expect(tab('uncounted').dataset['count']).toBe(String(count))
      const atTop = rowsShown().length
      expect(rowsShown()[0]).toBe('Product 1')

      const scroller = document.querySelector<HTMLElement>('.content:not([hidden]) .scroller') ?? expect.unreachable()
      scroller.scrollTop = 64 * (count - 100)
      scroller.dispatchEvent(new Event('scroll'))
      await vi.advanceTimersByTimeAsync(1000)
      await settled()
      expect(rowsShown()).toContain(`Product ${count - 95}`)
      expect(rowsShown().length).toBeLessThanOrEqual(ROWS_MAX)

      costs.push({ atTop, below: rowsShown().length, read: desk.readLines(), ...asked })
      unmount()
    }
    expect(costs[0]?.atTop).toBeGreaterThan(9)
    expect(costs[0]?.largest).toBeLessThanOrEqual(ROWS_MAX)
    expect(costs[1]).toEqual(costs[0])
  })

  it('[UI42] a scan far down the list reads a handful of lines, not the list', async () => {
    const lines = manyLines(50_000)
    const { desk, asked } = open(lines)
    await settled()
    const before = desk.readLines()
    const item = lines[40_000] ?? expect.unreachable()
    desk.put({ ...item, bucket: 'counted', standing: 1, quantity: unitsOf(1) })
    await settled()
    desk.put(item)
    await settled()

    expect(desk.readLines() - before).toBeLessThan(60)
    expect(asked.lineKeys).toBe(1)
  })
})
