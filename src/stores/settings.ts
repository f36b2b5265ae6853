// Preferences of this device: theme, sounds, the spoken total, the order of the lists, its scanner. Kept in localStorage; losing them loses nothing.
import { defineStore } from 'pinia'
import { computed, ref, watch, type Ref } from 'vue'
import { prefixProblemOf } from '../domain/barcode/scanner-set-up'
import type { WedgeSettings } from '../domain/barcode/wedge-result'
import type { LineSort } from '../ports/counting'

export const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]
const SORTS = ['assigned', 'name', 'last-scanned'] as const satisfies readonly LineSort[]

/** `found`: from what arrives; the others are the decoder's own words. */
const SCANNER_ENDS = ['found', 'sent', 'none'] as const
const SCANNER_LAYOUTS = ['found', 'us', 'text'] as const

const PREFIX = 'shelfcount:setting:'

function remembered<T extends string>(name: string, allowed: readonly T[], fallback: T): Ref<T> {
  const stored = localStorage.getItem(PREFIX + name)
  // A value of another version of the app is no setting.
  const setting = ref(allowed.find((it) => it === stored) ?? fallback) as Ref<T>
  watch(setting, (value) => localStorage.setItem(PREFIX + name, value))
  return setting
}

/** A text that scanners put before every code; what cannot be one is none. */
function rememberedPrefix(): Ref<string> {
  const name = `${PREFIX}scanner-prefix`
  const stored = localStorage.getItem(name) ?? ''
  const setting = ref(prefixProblemOf(stored) === null ? stored : '')
  watch(setting, (value) => localStorage.setItem(name, value))
  return setting
}

export const useSettingsStore = defineStore('settings', () => {
  const theme = remembered<Theme>('theme', THEMES, 'system')
  const sounds = remembered<'on' | 'off'>('sounds', ['on', 'off'], 'on')
  const spokenTotal = remembered<'on' | 'off'>('spoken-total', ['on', 'off'], 'off')
  const sort = remembered<LineSort>('sort', SORTS, 'assigned')
  const scannerPrefix = rememberedPrefix()
  const scannerEnd = remembered('scanner-end', SCANNER_ENDS, 'found')
  const scannerLayout = remembered('scanner-layout', SCANNER_LAYOUTS, 'found')
  /** What the decoder is told. */
  const wedge = computed<WedgeSettings>(() => ({
    prefixes: scannerPrefix.value === '' ? [] : [scannerPrefix.value],
    layout: scannerLayout.value === 'found' ? null : scannerLayout.value,
    end: scannerEnd.value === 'found' ? null : scannerEnd.value,
  }))
  return { theme, sounds, spokenTotal, sort, scannerPrefix, scannerEnd, scannerLayout, wedge }
})
