// How much of the product list is here: read at the start, without a network, and then what each page tells.
import { flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { effectScope, shallowRef, type EffectScope } from 'vue'
import type { AccountData } from '../../src/composables/services'
import { useCatalogueProgress } from '../../src/composables/useCatalogueProgress'
import { createMemoryStore } from '../../src/db/memory-store'
import type { CatalogueProgress } from '../../src/ports/catalogue-schema'
import { CATALOGUE_SCHEMA, type CatalogueShape } from '../../src/ports/catalogue-schema'
import { useLoginStore } from '../../src/stores/login'
import { useSyncStatusStore } from '../../src/stores/sync-status'
import { readCatalogueProgress } from '../../src/usecases/catalogue-progress'
import { createFakeBus, createFakeDesk } from '../support/fake-desk'
import { aProfile, createFakeWorld } from '../support/fake-services'

let scope: EffectScope
beforeEach(() => {
  setActivePinia(createPinia())
  scope = effectScope()
})
afterEach(() => scope.stop())

async function begin(catalogue: AccountData['catalogue']) {
  const bus = createFakeBus()
  const login = useLoginStore()
  const { account, noted } = await createFakeWorld(login, { bus, desk: createFakeDesk(bus), catalogue })
  scope.run(() => useCatalogueProgress(shallowRef(account)))
  return { bus, login, noted, status: useSyncStatusStore() }
}

describe('the product list on this device', () => {
  it('[UI58] is known from the device alone, and is half there where its download broke off', async () => {
    const store = createMemoryStore<CatalogueShape>(CATALOGUE_SCHEMA)
    expect(await readCatalogueProgress(store)).toEqual({ done: 0, isComplete: false })
    await store.tx(['meta'], 'rw', (tx) => tx.put('meta', { k: 'products', next: 'p9', completedAt: null, total: 1250 }))
    const { status } = await begin(() => readCatalogueProgress(store))
    await flushPromises()
    expect(status.catalogue).toEqual({ done: 1250, isComplete: false })
  })

  it('[UI58] follows what is told, also while the stored state is being read', async () => {
    let answer: (it: CatalogueProgress) => void = () => undefined
    const { bus, status } = await begin(() => new Promise((resolve) => (answer = resolve)))
    bus.post({ kind: 'catalogue', done: 500, isComplete: false })
    answer({ done: 250, isComplete: false })
    await flushPromises()
    expect(status.catalogue).toEqual({ done: 500, isComplete: false })
    bus.post({ kind: 'catalogue', done: 700, isComplete: true })
    expect(status.catalogue).toEqual({ done: 700, isComplete: true })
  })

  it('[UI58] is each facility’s own', async () => {
    const lists = [{ done: 700, isComplete: true }, { done: 3, isComplete: false }]
    const { login, status } = await begin(async () => lists.shift() ?? { done: 0, isComplete: false })
    await flushPromises()
    if (login.account !== null) login.enter(login.account, aProfile({ facilityId: 'F2' }))
    await flushPromises()
    expect(status.catalogue).toEqual({ done: 3, isComplete: false })
  })

  it('[UI58] is not spoken of where it cannot be read; the log says so', async () => {
    const { noted, status } = await begin(() => Promise.reject(new Error('closed')))
    await flushPromises()
    expect(status.catalogue).toBeNull()
    expect(noted).toEqual([{ event: 'catalogue-unread', message: 'Error: closed' }])
  })
})
