// Puts the chosen theme on the root element; `system` leaves it to the stylesheet.
import { watchEffect } from 'vue'
import { useSettingsStore } from '../stores/settings'

export function useTheme(): void {
  const settings = useSettingsStore()
  watchEffect(() => {
    if (settings.theme === 'system') delete document.documentElement.dataset['theme']
    else document.documentElement.dataset['theme'] = settings.theme
  })
}
