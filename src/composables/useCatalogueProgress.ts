// Follows how much of the product list is here: what is stored at the start, then what the worker tells of each page.
import { watch, type ShallowRef } from 'vue'
import { useLoginStore } from '../stores/login'
import { useSyncStatusStore } from '../stores/sync-status'
import type { AccountData } from './services'

/** Needs an effect scope. Each facility has a list of its own. Rule: UI58 */
export function useCatalogueProgress(
  account: Readonly<ShallowRef<AccountData | null>> | undefined,
): void {
  const login = useLoginStore()
  const syncStatus = useSyncStatusStore()

  watch(
    [() => account?.value ?? null, () => login.profile?.facilityId],
    async ([open, facilityId], _before, onCleanup) => {
      syncStatus.catalogue = null
      if (open === null || facilityId === undefined) return
      /** A page that is told while the stored state is being read is newer. */
      let isOver = false
      const stop = open.bus.listen((message) => {
        if (message.kind !== 'catalogue') return
        isOver = true
        syncStatus.catalogue = { done: message.done, isComplete: message.isComplete }
      })
      onCleanup(() => {
        isOver = true
        stop()
      })
      try {
        const stored = await open.catalogue()
        if (!isOver) syncStatus.catalogue = stored
      } catch (error) {
        // Nothing is said of a list that cannot be read; the next page tells.
        open.note('catalogue-unread', { message: String(error) })
      }
    },
    { immediate: true },
  )
}
