// Going on after a restart without a network, and signing out without losing anything.
import { createPinia, setActivePinia } from 'pinia'
import { shallowRef } from 'vue'
import { beforeEach, describe, expect, it } from 'vitest'
import { createSignIn } from '../../src/composables/sign-in'
import type { AccountData } from '../../src/composables/services'
import { useLoginStore } from '../../src/stores/login'
import { createFakeBus, createFakeDesk } from '../support/fake-desk'
import { aProfile, createFakeWorld } from '../support/fake-services'

async function open(lastAccount = true) {
  const bus = createFakeBus()
  const login = useLoginStore()
  const world = await createFakeWorld(login, {
    bus,
    desk: createFakeDesk(bus),
    // A worker without a network: it never comes back in time.
    sync: { resumeUser: () => new Promise(() => undefined) },
  })
  login.leave()
  const account = shallowRef<AccountData | null>(null)
  let opened = 0
  const services = {
    ...world.services,
    lastAccount: () => (lastAccount ? { serverOrigin: 'https://server.test', userName: 'ana' } : null),
    openAccount: async () => {
      opened += 1
      return world.account
    },
  }
  return { login, account, world, signIn: createSignIn(services, account, login), opened: () => opened }
}

describe('createSignIn', () => {
  beforeEach(() => setActivePinia(createPinia()))

  it('[UI21] the last user goes on from the device alone, without waiting for the worker', async () => {
    const { login, account, world, signIn, opened } = await open()
    await world.account.scans.tx(['meta'], 'rw', (tx) => tx.put('meta', { k: 'profile', profile: aProfile() }))
    expect(await Promise.all([signIn.resume(), signIn.resume()])).toEqual([true, true])
    expect(opened()).toBe(1)
    expect(login.may('INVCOUNT_APP_VIEW')).toBe(true)
    expect(account.value).not.toBeNull()
  })

  it('[UI21] nobody goes on who never finished a sign-in here, or has signed out', async () => {
    expect(await (await open()).signIn.resume()).toBe(false)
    expect(await (await open(false)).signIn.resume()).toBe(false)
  })

  it('[UI21] signing out forgets the user, not the data', async () => {
    const { login, account, world, signIn } = await open()
    await world.account.scans.tx(['meta'], 'rw', (tx) => tx.put('meta', { k: 'profile', profile: aProfile() }))
    await signIn.resume()
    await signIn.signOut()
    expect(login.account).toBeNull()
    expect(account.value).toBeNull()
    expect(world.remembered).toEqual([null])
    expect(await world.account.scans.tx(['meta'], 'r', (tx) => tx.get('meta', 'profile'))).toBeDefined()
  })
})
