// What the status pill shows about sending. The rows themselves stay in the database.
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import type { CatalogueProgress } from '../ports/catalogue-schema'
import type { SyncState } from '../ports/platform'

const NOTHING_KNOWN: SyncState = {
  status: 'offline',
  unsentRows: 0,
  quarantinedRows: 0,
  heldRows: 0,
  trouble: null,
  lastSyncedAt: null,
  nextTryAt: null,
  problem: null,
}

export const useSyncStatusStore = defineStore('sync-status', () => {
  const state = shallowRef<SyncState>(NOTHING_KNOWN)
  /** null until it is known. */
  const catalogue = shallowRef<CatalogueProgress | null>(null)
  const isSignInPutOff = ref(false)

  const needsSignIn = computed(() => state.value.status === 'auth-needed')
  const hasServerTrouble = computed(
    () => state.value.trouble === 'server' || state.value.trouble === 'server-busy',
  )
  /** The dialog comes once per expiry; "Later" leaves the pill. */
  const asksForSignIn = computed(() => needsSignIn.value && !isSignInPutOff.value)

  function take(next: SyncState): void {
    if (next.status !== 'auth-needed' && state.value.status === 'auth-needed')
      isSignInPutOff.value = false
    state.value = next
  }

  /** The worker failed where nobody waited for it. What it tells next replaces this; a dead one tells nothing more. */
  function broke(message: string): void {
    state.value = { ...state.value, status: 'error', trouble: 'app', problem: message }
  }

  return { state, catalogue, isSignInPutOff, needsSignIn, hasServerTrouble, asksForSignIn, take, broke }
})
