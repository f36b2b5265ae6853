// The settings of a device on screen: a test scan in words, a prefix that is taken off, and nothing of it counted.
import { flushPromises, mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createMemoryHistory, createRouter } from 'vue-router'
import { useLoginStore } from '../../src/stores/login'
import { useSettingsStore } from '../../src/stores/settings'
import SettingsView from '../../src/views/SettingsView.vue'
import { createFakeBus, createFakeDesk } from '../support/fake-desk'
import { createFakeWorld } from '../support/fake-services'
import { scanned } from '../support/key-streams'
import { playKeys } from '../support/keyboard-page'
import { buttonOf, tap, typeInto, wordsOn } from '../support/on-page'

const EAN = '4006381333931'
let unmount = (): void => undefined
beforeEach(() => localStorage.clear())
afterEach(() => unmount())

async function open() {
  setActivePinia(createPinia())
  const bus = createFakeBus()
  const world = await createFakeWorld(useLoginStore(), { bus, desk: createFakeDesk(bus), now: Date.UTC(2026, 10, 26) })
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/:all(.*)*', component: SettingsView }] })
  const view = mount(SettingsView, { global: { plugins: [router], provide: world.provide }, attachTo: document.body })
  unmount = () => view.unmount()
  await flushPromises()
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
