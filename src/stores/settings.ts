// Preferences of this device: theme, sounds, the order of the lists. Kept in localStorage; losing them loses nothing.
import { defineStore } from 'pinia'
import { ref, watch, type Ref } from 'vue'
import type { LineSort } from '../ports/counting'

export const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]
const SORTS = ['assigned', 'name', 'last-scanned'] as const satisfies readonly LineSort[]

const PREFIX = 'shelfcount:setting:'

function remembered<T extends string>(name: string, allowed: readonly T[], fallback: T): Ref<T> {
  const stored = localStorage.getItem(PREFIX + name)
  // A value of another version of the app is no setting.
  const setting = ref(allowed.find((it) => it === stored) ?? fallback) as Ref<T>
  watch(setting, (value) => localStorage.setItem(PREFIX + name, value))
  return setting
}

export const useSettingsStore = defineStore('settings', () => {
  const theme = remembered<Theme>('theme', THEMES, 'system')
  const sounds = remembered<'on' | 'off'>('sounds', ['on', 'off'], 'on')
  const sort = remembered<LineSort>('sort', SORTS, 'assigned')
  return { theme, sounds, sort }
})
