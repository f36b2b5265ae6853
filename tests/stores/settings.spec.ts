// Preferences outlive the page; nonsense in storage does not.
import { createPinia, setActivePinia } from 'pinia'
import { nextTick } from 'vue'
import { beforeEach, describe, expect, it } from 'vitest'
import { useSettingsStore } from '../../src/stores/settings'

describe('settings', () => {
  beforeEach(() => {
    localStorage.clear()
    setActivePinia(createPinia())
  })

  it('[UI23] theme, sounds and order are remembered on this device', async () => {
    useSettingsStore().theme = 'dark'
    await nextTick()
    setActivePinia(createPinia())
    expect(useSettingsStore().theme).toBe('dark')
  })

  it('[WS6] what is set up for the scanner is remembered, and only what the decoder understands', async () => {
    Object.assign(useSettingsStore(), { scannerPrefix: '~#', scannerEnd: 'none', scannerLayout: 'us' })
    await nextTick()
    setActivePinia(createPinia())
    expect(useSettingsStore().wedge).toEqual({ prefixes: ['~#'], layout: 'us', end: 'none' })

    localStorage.setItem('shelfcount:setting:scanner-prefix', '40')
    localStorage.setItem('shelfcount:setting:scanner-end', 'Enter')
    setActivePinia(createPinia())
    expect(useSettingsStore().wedge).toEqual({ prefixes: [], layout: 'us', end: null })
  })

  it('[UI23] what another version wrote is not taken', () => {
    localStorage.setItem('shelfcount:setting:sort', 'by-colour')
    expect(useSettingsStore()).toMatchObject({ theme: 'system', sounds: 'on', sort: 'assigned' })
  })
})
