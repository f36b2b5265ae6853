import type { EffectScope } from 'vue'
import { mount } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { defineComponent, effectScope, h, ref } from 'vue'
import type { Wedge } from '../../src/composables/useWedge'
import type { WedgeMemoryStore } from '../../src/composables/wedge-memory'
import { createLocalWedgeMemory, decodeWedgeMemory } from '../../src/composables/wedge-memory'
import { useWedge } from '../../src/composables/useWedge'
import { NOTHING_LEARNT } from '../../src/domain/barcode/wedge-result'
import { key, scanned, typedByHand } from '../support/key-streams'
import { playKeys } from '../support/keyboard-page'

const EAN = '4006381333931'

const SLOW = { gapMs: 90 }

class FakeTiming {
  nowMs = 0
  readonly timers: { at: number; work: () => void }[] = []
  readonly now = () => this.nowMs
  readonly setTimer = (ms: number, work: () => void) => {
    const timer = { at: this.nowMs + ms, work }
    this.timers.push(timer)
    return () => void this.timers.splice(0, Infinity, ...this.timers.filter((it) => it !== timer))
  }

  /** Fires what is due, punctually, earliest first. */
  goTo(at: number): void {
    for (let rounds = 0; rounds < 1000; rounds += 1) {
      const next = this.timers.filter((it) => it.at <= at).toSorted((a, b) => a.at - b.at)[0]
      if (next === undefined) break
      this.timers.splice(this.timers.indexOf(next), 1)
      this.nowMs = Math.max(this.nowMs, next.at)
      next.work()
    }
    this.nowMs = at
  }
}

let scope: EffectScope
let timing: FakeTiming
let heard: string[]
let wedge: Wedge
let memory: WedgeMemoryStore & { saved: unknown[] }

beforeEach(() => {
  document.body.innerHTML = '<input id="scan"><input id="search"><button id="button">Undo</button>'
  timing = new FakeTiming()
  heard = []
  memory = { saved: [], load: () => NOTHING_LEARNT, save: (it) => void memory.saved.push(it) }
  scope = effectScope()
  scope.run(() => {
    wedge = useWedge({
      scanField: () => document.querySelector('#scan'),
      onScan: (it) => heard.push(`scan ${it.raw}`),
      onPartial: (it) => heard.push(`${it.kind} ${it.raw}`),
      onFaulty: (it) => heard.push(`faulty ${it.fault}`),
      onTyped: (it) => heard.push(`typed ${it}`),
      memory,
      timing,
    })
  })
})

afterEach(() => {
  scope.stop()
  document.body.innerHTML = ''
})

/** Query without a null: a missing element is a mistake of the test. */
function element<E extends HTMLElement>(id: string): E {
  const found = document.querySelector<E>(`#${id}`)
  if (found === null) throw new Error(`No #${id}`)
  return found
}

/** What was put on the page or taken off it has been noticed, and acted upon. */
async function changesSeen(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setTimeout(resolve))
  timing.goTo(timing.nowMs + 1000)
}

function open(html: string): void {
  document.body.insertAdjacentHTML('beforeend', html)
}

describe('wedge on the page', () => {
  it('[WD20] takes a scan that lands nowhere in particular', () => {
    element('scan').remove()

    playKeys(scanned(EAN))

    expect(heard).toEqual([`scan ${EAN}`])
  })

  it('[WD20] takes a scan that lands in the scan field and leaves the field empty', () => {
    element('scan').focus()

    playKeys(scanned(EAN, SLOW))

    expect(heard).toEqual([`scan ${EAN}`])
    expect(element<HTMLInputElement>('scan').value).toBe('')
  })

  it('[WD21] takes a scan out of another field, with value and caret as they were, and tells its model', () => {
    for (const gapMs of [2, 90]) {
      const search = element<HTMLInputElement>('search')
      search.value = 'mozzarella'
      search.focus()
      search.setSelectionRange(3, 5)
      const told: string[] = []
      search.addEventListener('input', () => told.push(search.value))

      playKeys(scanned(EAN, { gapMs, startAt: gapMs * 100_000 }))

      expect([search.value, search.selectionStart, search.selectionEnd]).toEqual([
        'mozzarella',
        3,
        5,
      ])
      expect(told.at(-1)).toBe('mozzarella')
      expect(document.activeElement).toBe(search)
    }
    expect(heard).toEqual([`scan ${EAN}`, `scan ${EAN}`])
  })

  it('[WD21] takes a scan out of a field that is bound with v-model', () => {
    const text = ref('')
    const Search = defineComponent({
      setup: () => () =>
        h('input', {
          id: 'bound',
          value: text.value,
          onInput: (event: Event) => {
            if (event.target instanceof HTMLInputElement) text.value = event.target.value
          },
        }),
    })
    const wrapper = mount(Search, { attachTo: document.body })
    element('bound').focus()

    playKeys(scanned(EAN, SLOW))

    expect([text.value, heard]).toEqual(['', [`scan ${EAN}`]])
    wrapper.unmount()
  })

  it('[WD21] keeps the choice of a select', () => {
    open('<select id="sort"><option>Assigned<option>4 stars</select>')
    const sort = element<HTMLSelectElement>('sort')
    sort.focus()

    playKeys(scanned(EAN, SLOW).slice(0, 3))
    sort.selectedIndex = 1
    playKeys(scanned(EAN, SLOW).slice(3))

    expect([sort.selectedIndex, heard]).toEqual([0, [`scan ${EAN}`]])
  })

  it('[WD21] leaves a field alone that the app has changed during the scan', () => {
    const search = element<HTMLInputElement>('search')
    search.value = 'abc'
    search.focus()

    playKeys(scanned(EAN, SLOW).slice(0, 8))
    search.value = 'other'
    playKeys(
      scanned(EAN, SLOW)
        .slice(8, -1)
        .map((it) => ({ ...it, key: 'Shift' })),
    )
    playKeys(scanned(EAN, SLOW).slice(-1))

    expect([heard, search.value]).toEqual([['scan 40063813'], 'other'])
  })

  it('[WD22] does not press the focused button with the terminator or a space of a scan', () => {
    const presses: string[] = []
    element('button').addEventListener('click', () => presses.push('pressed'))
    element('button').focus()

    playKeys(scanned('AB 12 CD', SLOW))
    playKeys(scanned(EAN, { startAt: 9000 }))

    expect([heard, presses]).toEqual([['scan AB 12 CD', `scan ${EAN}`], []])
  })

  it('[WD22] keeps the keys of a scan from other listeners of the page', () => {
    const seen: string[] = []
    const hear = (event: KeyboardEvent) => seen.push(event.key)
    document.addEventListener('keydown', hear, true)

    playKeys(scanned(EAN))
    document.removeEventListener('keydown', hear, true)

    expect(seen).toEqual(['4', '0', '0'])
  })

  it('[WD22] leaves Enter and Space on a button to a person', () => {
    const presses: string[] = []
    element('button').addEventListener('click', () => presses.push('pressed'))
    element('button').focus()

    playKeys([
      key('Enter', 1000, { code: 'Enter' }),
      key(' ', 2000, { code: 'Space' }),
      key('Enter', 3000, { code: 'Enter' }),
    ])

    expect([heard, presses]).toEqual([[], ['pressed', 'pressed', 'pressed']])
  })

  it("[WD22] does not move the focus with the Tab of a scan, and does with a person's", () => {
    element('scan').focus()

    playKeys(scanned(EAN, { terminator: 'Tab' }))
    expect(document.activeElement?.id).toBe('scan')

    playKeys([key('Tab', 9000, { code: 'Tab' })])
    expect(document.activeElement?.id).toBe('search')
  })

  it("[WD23] leaves a person's typing in another field alone", () => {
    element('search').focus()

    playKeys(typedByHand('mozzarella 12'))

    expect([heard, element<HTMLInputElement>('search').value]).toEqual([[], 'mozzarella 12'])
  })

  it("[WD24] takes Enter in the scan field for keyboard entry, with the field's own text", () => {
    const field = element<HTMLInputElement>('scan')
    field.focus()
    playKeys(typedByHand(EAN))
    field.value = ' pasted '
    playKeys([key('Enter', 60_000)])
    playKeys([key('Enter', 61_000)])

    expect([heard, field.value]).toEqual([[`typed ${EAN}`, 'typed pasted'], ''])
  })

  it('[WD37] takes the tail of a broken scan for partial in the scan field, and out of it', () => {
    const field = element<HTMLInputElement>('scan')
    field.focus()
    for (const startAt of [0, 1000, 2000, 3000]) playKeys(scanned(EAN, { startAt }))
    playKeys(scanned('93006012441', { startAt: 4000, terminator: 'none' }))
    playKeys(scanned('19', { startAt: 4530 }))

    expect(heard.slice(4)).toEqual(['partial 93006012441', 'partial 19'])
    expect(field.value).toBe('')
  })

  it('[WD24] keeps what a person has begun in the scan field when a scan lands in it', () => {
    const field = element<HTMLInputElement>('scan')
    field.focus()

    playKeys(typedByHand('12', { terminator: 'none' }))
    playKeys(scanned(EAN, { startAt: 2000 }))

    expect([heard, field.value]).toEqual([[`scan ${EAN}`], '12'])
  })

  it('[WD39] keeps the characters of a quick scanner out of the scan field altogether', () => {
    const field = element<HTMLInputElement>('scan')
    field.focus()
    const told: string[] = []
    field.addEventListener('input', () => told.push(field.value))

    playKeys(scanned(EAN, { gapMs: 20 }))
    timing.goTo(10_000)

    expect([heard, told, field.value]).toEqual([[`scan ${EAN}`], [], ''])
  })

  it('[WD39] puts what a person types into the scan field, at the caret, after a moment too short to see', () => {
    const field = element<HTMLInputElement>('scan')
    field.focus()
    field.value = '129'
    field.setSelectionRange(2, 2)
    const told: string[] = []
    field.addEventListener('input', () => told.push(field.value))

    playKeys([key('3', 1000)])
    timing.goTo(29)
    expect(told).toEqual([])
    timing.goTo(30)
    expect([told, field.selectionStart]).toEqual([['1239'], 3])
    // Two keys at once, as quick fingers do, stay in their order.
    playKeys([key('4', 2000), key('5', 2010)])
    timing.goTo(100)

    expect([field.value, field.selectionStart]).toEqual(['123459', 5])
  })

  it('[WD39] lets any other key find what was typed before it', () => {
    const field = element<HTMLInputElement>('scan')
    field.focus()
    playKeys([key('7', 1000), key('Shift', 1010), key('8', 1020)])
    const seen: string[] = []
    field.addEventListener('keydown', () => seen.push(field.value))

    playKeys([key('Backspace', 1100)])

    expect([seen, field.value]).toEqual([['78'], '78'])
  })

  it('[WD39] holds nothing back from the soft keyboard', () => {
    const field = element<HTMLInputElement>('scan')
    field.inputMode = 'text'
    field.focus()

    playKeys([key('7', 1000)])

    expect(field.value).toBe('7')
  })

  it('[WD25] takes a scan while a dialog is open, and does not take the focus away from it', () => {
    open('<div role="dialog"><button id="close">Close</button><input id="quantity"></div>')
    element('close').focus()
    playKeys(scanned(EAN))
    expect(wedge.focusScanField()).toBe(false)

    element('quantity').focus()
    playKeys(scanned(EAN, { startAt: 9000, gapMs: 60 }))

    expect([heard, element<HTMLInputElement>('quantity').value]).toEqual([
      [`scan ${EAN}`, `scan ${EAN}`],
      '',
    ])
  })

  it('[WD25] takes a scan during which the focused field goes away', () => {
    element('search').focus()
    playKeys(scanned(EAN, SLOW).slice(0, 5))
    element('search').remove()
    playKeys(scanned(EAN, SLOW).slice(5))

    expect([heard, element<HTMLInputElement>('scan').value]).toEqual([[`scan ${EAN}`], ''])
  })

  it('[WD25] takes a scan out of both fields when the focus moves in its middle', () => {
    element('search').focus()
    playKeys(scanned(EAN, SLOW).slice(0, 5))
    element('scan').focus()
    playKeys(scanned(EAN, SLOW).slice(5))

    expect([
      heard,
      element<HTMLInputElement>('search').value,
      element<HTMLInputElement>('scan').value,
    ]).toEqual([[`scan ${EAN}`], '', ''])
  })

  it('[WD26] shows a scan that was cut short as partial after 300 ms and takes it out of the field', () => {
    const field = element<HTMLInputElement>('search')
    field.focus()
    timing.nowMs = 1000
    playKeys(scanned('400638', { ...SLOW, terminator: 'none', startAt: 1000 }))

    timing.goTo(1450 + 299)
    expect([heard, wedge.isBusy()]).toEqual([[], true])

    timing.goTo(1450 + 300)
    expect([heard, field.value, wedge.isBusy()]).toEqual([['partial 400638'], '', false])
  })

  it('[WD26] takes a partial scan out of its field when the next key comes before the clock', () => {
    const field = element<HTMLInputElement>('search')
    field.focus()
    playKeys(scanned('400638', { ...SLOW, terminator: 'none', startAt: 1000 }))
    playKeys([key('x', 5000, { code: 'KeyX' })])

    expect([heard, field.value]).toEqual([['partial 400638'], 'x'])
  })

  it('[WD26] waits for keys that are queued behind a busy page', () => {
    timing.nowMs = 1000
    playKeys(scanned(EAN, { startAt: 1000 }).slice(0, 6))
    // The page was busy for two seconds: the time-out fires late, and the keys come right behind it.
    const timeout = timing.timers.splice(0).at(-1)
    timing.nowMs = 3000
    timeout?.work()
    playKeys(scanned(EAN, { startAt: 1000 }).slice(6))

    expect(heard).toEqual([`scan ${EAN}`])
  })

  it('[WD26] keeps a scan whole whose keys all reach the page late', () => {
    const keys = scanned(EAN, { startAt: 1000 })
    timing.goTo(1250)
    playKeys(keys.slice(0, 6))
    // By the keys' own time the burst is long over; on this page the last key came 280 ms ago.
    timing.goTo(1530)
    playKeys(keys.slice(6))

    expect(heard).toEqual([`scan ${EAN}`])
  })

  it('[WD27] clears when the window loses the keyboard, and shows what a scanner had begun', () => {
    playKeys(scanned('400638', { terminator: 'none', startAt: 1000 }))
    window.dispatchEvent(new Event('blur'))
    expect(heard).toEqual(['partial 400638'])

    playKeys(scanned(EAN, { startAt: 60_000 }))
    expect(heard).toEqual(['partial 400638', `scan ${EAN}`])
  })

  it('[WD27] takes the first scan after the page has come back', () => {
    document.dispatchEvent(new Event('visibilitychange'))
    playKeys(scanned(EAN))

    expect(heard).toEqual([`scan ${EAN}`])
  })

  it('[WD28] [S3.43] gives the scan field the focus back when it goes to nothing, and after a tap', () => {
    element('scan').focus()
    element('scan').blur()
    timing.goTo(1)
    expect(document.activeElement?.id).toBe('scan')

    element('button').focus()
    element('button').dispatchEvent(new MouseEvent('click', { bubbles: true, detail: 1 }))
    timing.goTo(2)
    expect(document.activeElement?.id).toBe('scan')
  })

  it('[WD28] leaves the focus where somebody types or goes by keyboard', () => {
    element('search').focus()
    element('search').dispatchEvent(new MouseEvent('click', { bubbles: true, detail: 1 }))
    timing.goTo(500)
    expect(document.activeElement?.id).toBe('search')

    element('button').focus()
    element('button').dispatchEvent(new MouseEvent('click', { bubbles: true, detail: 0 }))
    timing.goTo(1000)
    expect(document.activeElement?.id).toBe('button')
  })

  it('[WD38] [S3.43] gives the scan field the focus as soon as it appears', async () => {
    document.body.innerHTML = '<main></main>'
    await changesSeen()
    expect(document.activeElement).toBe(document.body)

    open('<input id="scan">')
    await changesSeen()

    expect(document.activeElement?.id).toBe('scan')
  })

  it('[WD38] [S3.43] gives the scan field the focus when a dialog has gone, wherever that puts it', async () => {
    open('<div role="dialog" id="dialog"><input id="quantity"></div>')
    element('quantity').focus()
    await changesSeen()
    expect(document.activeElement?.id).toBe('quantity')

    element('dialog').remove()
    element('button').focus()
    await changesSeen()

    expect(document.activeElement?.id).toBe('scan')
  })

  it('[WD28] leaves the focus where a dialog puts it for somebody who goes by keyboard', async () => {
    element('scan').focus()
    playKeys([key('Tab', 100), key('Tab', 300)])
    expect(document.activeElement?.id).toBe('button')
    open('<div role="dialog" id="dialog"><input id="quantity"></div>')
    element('quantity').focus()
    await changesSeen()

    element('dialog').remove()
    element('button').focus()
    await changesSeen()

    expect(document.activeElement?.id).toBe('button')
  })

  it('[WD28] lets Tab lead past the last control and round to the first one of the page', () => {
    const down = (name: string) =>
      document.activeElement?.dispatchEvent(
        new KeyboardEvent('keydown', { key: name, bubbles: true, cancelable: true }),
      )
    element('button').focus()
    down('Tab')
    element('button').blur()
    timing.goTo(1000)
    window.dispatchEvent(new Event('focus'))
    timing.goTo(2000)
    expect(document.activeElement).toBe(document.body)

    element('button').focus()
    element('button').blur()
    timing.goTo(3000)
    expect(document.activeElement?.id).toBe('scan')
  })

  it('[WD28] leaves somebody who goes by keyboard on a button when the window comes back', () => {
    element('button').focus()
    window.dispatchEvent(new Event('focus'))
    timing.goTo(1000)

    expect(document.activeElement?.id).toBe('button')
  })

  it('[WD29] keeps what it has learnt', () => {
    playKeys(scanned(EAN))

    expect(memory.saved).toEqual([{ terminatedScans: 1, terminator: 'Enter', layout: null }])
  })

  it('[WD29] reads back what it kept, and nothing from anything else', () => {
    const kept = new Map<string, string>()
    const store = createLocalWedgeMemory({
      getItem: (name) => kept.get(name) ?? null,
      setItem: (name, value) => void kept.set(name, value),
    })
    void store.save({ terminatedScans: 3, terminator: 'Tab', layout: 'us' })

    expect(store.load()).toEqual({ terminatedScans: 3, terminator: 'Tab', layout: 'us' })
    expect(['', '{}', 'null', '{"terminatedScans":9}', null].map(decodeWedgeMemory)).toEqual(
      Array(5).fill(NOTHING_LEARNT),
    )
  })

  it('[WD10] reports doubled characters', () => {
    playKeys(scanned(Array.from(EAN, (it) => it + it).join(''), { gapMs: [1, 8] }))

    expect(heard).toEqual(['faulty doubled'])
  })

  it('[WD30] stops listening with its scope', () => {
    playKeys(scanned('400638', { terminator: 'none' }))
    expect(timing.timers).toHaveLength(1)
    scope.stop()
    playKeys(scanned(EAN))

    expect(heard).toEqual([])
    expect(timing.timers).toEqual([])
  })
})
