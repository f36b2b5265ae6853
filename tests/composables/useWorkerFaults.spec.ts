// A fault of the worker: an alarm only when it is dead.
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope } from 'vue'
import { useWorkerFaults } from '../../src/composables/useWorkerFaults'
import type { SyncState } from '../../src/ports/platform'
import { useSyncStatusStore } from '../../src/stores/sync-status'
import { SYNCED } from '../support/fake-services'

beforeEach(() => {
  vi.useFakeTimers()
  setActivePinia(createPinia())
})
afterEach(() => vi.useRealTimers())

function follow(status: () => Promise<SyncState>) {
  const store = useSyncStatusStore()
  const noted: string[] = []
  let fail = (_message: string): void => undefined
  const scope = effectScope()
  scope.run(() =>
    useWorkerFaults({
      onWorkerFault: (listener) => {
        fail = listener
        return () => undefined
      },
      status,
      onAlive: (state, fault) => {
        store.take(state)
        noted.push(fault)
      },
      onDead: store.broke,
    }),
  )
  return { store, noted, scope, fail: (message: string) => fail(message) }
}

describe('faults of the sync worker', () => {
  it('[WK28] are shown as trouble of the app when the worker does not answer any more', async () => {
    const { store, fail } = follow(() => new Promise(() => undefined))

    fail('The sync worker could not be started')
    await vi.advanceTimersByTimeAsync(5000)

    expect(store.state).toMatchObject({ status: 'error', trouble: 'app', problem: 'The sync worker could not be started' })
  })

  it('[WK28] are only noted when it lives on', async () => {
    const { store, noted, fail } = follow(() => Promise.resolve(SYNCED))

    fail('a rejection that nobody took')
    await vi.advanceTimersByTimeAsync(10_000)

    expect(store.state).toEqual(SYNCED)
    expect(noted).toEqual(['a rejection that nobody took'])
  })

  it('[WK28] are heard of no more when the screen is gone', async () => {
    const { store, fail, scope } = follow(() => new Promise(() => undefined))
    fail('first')
    scope.stop()
    await vi.advanceTimersByTimeAsync(10_000)

    expect(store.state.trouble).toBeNull()
  })
})
