// The settings of a device on screen: a test scan in words, a prefix that is taken off, and nothing of it counted.
import { flushPromises, mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createMemoryHistory, createRouter } from 'vue-router'
import { useLoginStore } from '../../src/stores/login'
import { useSettingsStore } from '../../src/stores/settings'
import { asId, type UserName } from '../../src/domain/ids'
import type { RememberedBarcode } from '../../src/ports/review'
import type { SyncWorkerApi } from '../../src/worker/protocol'
import SettingsView from '../../src/views/SettingsView.vue'
import { product } from '../support/builders'
import { createFakeBus, createFakeDesk } from '../support/fake-desk'
import { aProfile, createFakeWorld } from '../support/fake-services'
import { scanned } from '../support/key-streams'
import { playKeys } from '../support/keyboard-page'
import { buttonNames, buttonOf, tap, typeInto, wordsOn } from '../support/on-page'

const EAN = '4006381333931'
const NOW = Date.UTC(2026, 10, 26)
const REMEMBERED: RememberedBarcode = {
  wishId: 'w1', value: EAN, productId: product('TEA'), productName: 'Green tea', packSize: 6, by: asId('ana'), at: NOW - 86_400_000,
  sessionId: asId('S1'), sessionName: 'Aisle 4 left', countName: 'Spring count', takenBack: null,
}
const SUPERVISOR = aProfile({ permissions: ['INVCOUNT_APP_VIEW', 'INV_COUNT_SUBMIT'] })
let unmount = (): void => undefined
beforeEach(() => localStorage.clear())
afterEach(() => unmount())

async function open(profile = aProfile(), review: (name: string, ...args: readonly unknown[]) => unknown = () => ({ barcodes: [], more: false })) {
  setActivePinia(createPinia())
  const bus = createFakeBus()
  const asked: (readonly unknown[])[] = []
  const sync: Partial<SyncWorkerApi> = {
    review: async (name, ...args) => {
      asked.push([name, ...args])
      const answer = review(name, ...args)
      return answer instanceof Error ? { ok: false, reason: 'rejected', message: answer.message } : { ok: true, answer: answer as never }
    },
  }
  const world = await createFakeWorld(useLoginStore(), { bus, desk: createFakeDesk(bus), now: NOW, sync })
  useLoginStore().enter(world.account.config, profile)
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/:all(.*)*', component: SettingsView }] })
  const view = mount(SettingsView, { global: { plugins: [router], provide: world.provide }, attachTo: document.body })
  unmount = () => view.unmount()
  await flushPromises()
  return asked
}

async function scan(value: string): Promise<void> {
  playKeys(scanned(value, { startAt: performance.now() }))
  await flushPromises()
}

const keysShown = (): readonly string[] => [...document.querySelectorAll('kbd')].map((it) => it.textContent?.trim() ?? '')

describe('the settings', () => {
  it('[WS1] show a test scan key by key in words', async () => {
    await open()
    expect(wordsOn('main')).toContain('Waiting for a scan')

    await scan(`]E0${EAN}`)

    expect(wordsOn('main')).toContain('All is well: this would have counted.')
    expect(wordsOn('main')).toContain(`Read as${EAN}`)
    expect(wordsOn('main')).toContain('Symbology identifier]E0: EAN or UPC')
    expect(wordsOn('main')).toContain('8 ms between keys')
    expect(keysShown().join(' ')).toBe(`] E 0 ${[...EAN].join(' ')} Enter`)
  })

  it('[WS2] say what is wrong with the scanner, and what it meant', async () => {
    await open()

    await scan([...EAN].map((it) => it + it).join(''))

    expect(wordsOn('main')).toContain('Your scanner sends every character twice.')
    expect(wordsOn('main')).toContain(`It would be ${EAN}.`)
  })

  it('[WS3] [WS6] take a prefix off by a tap, remember it on the device, and let it go again', async () => {
    await open()
    await scan(`~#${EAN}`)
    await tap(/Take “~#” off/)

    await scan(`~#${EAN}`)
    expect(wordsOn('main')).toContain('Taken off~#')
    expect(wordsOn('main')).toContain('All is well')
    setActivePinia(createPinia())
    expect(useSettingsStore().wedge).toEqual({ prefixes: ['~#'], layout: null, end: null })

    await tap(/^No prefix$/)
    await scan(`~#${EAN}`)
    expect(wordsOn('main')).toContain('Something stands before the barcode.')
  })

  it('[WD40] say where no sound can be played', async () => {
    await open()
    window.dispatchEvent(new Event('pointerdown'))
    await flushPromises()
    expect(wordsOn('[aria-labelledby=comfort]')).toContain('This browser plays no sounds. Colours and words say the same.')
  })

  it('[UI60] [UI23] speak no total unless it is wanted, remember it, and say where there is no voice', async () => {
    await open()
    const select = [...document.querySelectorAll('select')].find((it) => it.closest('label')?.textContent?.includes('Spoken total'))
    if (select === undefined) throw new Error('no such setting')
    expect(select.value).toBe('off')
    expect(wordsOn('[aria-labelledby=comfort]')).not.toContain('no voice')
    select.value = 'on'
    select.dispatchEvent(new Event('change', { bubbles: true }))
    await flushPromises()
    expect(wordsOn('[aria-labelledby=comfort]')).toContain('There is no voice on this device')
    setActivePinia(createPinia())
    expect(useSettingsStore().spokenTotal).toBe('on')
  })

  it('[WS4] refuse a prefix of digits in words, and keep the one before', async () => {
    await open()
    await typeInto('input[placeholder=none]', '40')
    document.querySelector('form')?.dispatchEvent(new Event('submit'))
    await flushPromises()

    expect(wordsOn('[role=alert]')).toBe('Digits alone cannot be taken off: barcodes begin with them, too.')
    expect(useSettingsStore().scannerPrefix).toBe('')
    expect(buttonOf(/^Save$/).disabled).toBe(false)
  })
})

describe('the remembered barcodes', () => {
  it('[UI73] are shown to those who settle counts, with who, when and where', async () => {
    const asked = await open(SUPERVISOR, () => ({ barcodes: [REMEMBERED], more: false }))
    expect(wordsOn('.barcode')).toBe(`Green tea${EAN}A case of 6, by Ana, yesterday 01:00, in Aisle 4 left (Spring count) Take back`)
    expect(asked).toEqual([['barcodes', null]])
  })

  it('[UI73] are nothing for those who count, and none on a server of the base profile; who may only look takes none back', async () => {
    expect(await open()).toEqual([])
    expect(wordsOn('main')).not.toContain('Remembered barcodes')
    unmount()
    expect(await open(aProfile({ ...SUPERVISOR, server: { ...SUPERVISOR.server, profile: 'hotwax' } }))).toEqual([])
    unmount()
    await open(aProfile({ permissions: ['PREVIEW_COUNT_ITEM'] }), () => ({ barcodes: [REMEMBERED], more: false }))
    expect(wordsOn('.barcode')).toContain('Green tea')
    expect(buttonNames().filter((it) => it.startsWith('Take back'))).toEqual([])
  })

  it('[UI73] are taken back by a tap, which says so, and remembered again where that was a mistake', async () => {
    const taken = { ...REMEMBERED, takenBack: { at: NOW, by: asId<UserName>('sam') } }
    let list: readonly RememberedBarcode[] = [REMEMBERED]
    const asked = await open(SUPERVISOR, (name) => (name === 'takeBarcodeBack' ? taken : { barcodes: list, more: false }))

    await tap(/^Take back /)
    expect(wordsOn('.barcode')).toContain('Taken back by Sam, today')
    list = [{ ...REMEMBERED, wishId: 'w2' }, taken]
    await tap(/^Remember again /)

    expect(asked.slice(1, 3)).toEqual([['takeBarcodeBack', 'w1'], ['rememberAgain', taken, 'id-1']])
    expect([...document.querySelectorAll('.barcode')].map((it) => it.textContent?.includes('Taken back by'))).toEqual([false, true])
  })

  it('[UI73] come page by page, and say why something did not work', async () => {
    const asked = await open(SUPERVISOR, (name, before) =>
      name === 'barcodes' ? { barcodes: [{ ...REMEMBERED, wishId: before === null ? 'w1' : 'w2' }], more: before === null } : new Error('This is outside your facilities'),
    )
    await tap(/^Show more$/)
    expect(asked.at(-1)).toEqual(['barcodes', { at: REMEMBERED.at, wishId: 'w1' }])
    expect(document.querySelectorAll('.barcode')).toHaveLength(2)
    expect(buttonNames()).not.toContain('Show more')

    await tap(/^Take back /)
    expect(wordsOn('[role=alert]')).toBe('The server said: This is outside your facilities')
  })
})
