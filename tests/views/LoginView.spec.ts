// Sign-in: demo users, unsent work of earlier users, clear errors, and going on without a network.
import { flushPromises, mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { createMemoryHistory, createRouter } from 'vue-router'
import { useLoginStore } from '../../src/stores/login'
import LoginView from '../../src/views/LoginView.vue'
import type { SyncWorkerApi } from '../../src/worker/protocol'
import { createFakeBus, createFakeDesk } from '../support/fake-desk'
import { aProfile, createFakeWorld } from '../support/fake-services'

async function open(sync: Partial<SyncWorkerApi> = {}, path = '/login') {
  const bus = createFakeBus()
  const login = useLoginStore()
  const world = await createFakeWorld(login, { bus, desk: createFakeDesk(bus), sync })
  login.leave()
  const router = createRouter({
    history: createMemoryHistory(),
    routes: [{ path: '/login', component: LoginView }, { path: '/:rest(.*)*', component: { template: '' } }],
  })
  await router.push(path)
  const view = mount(LoginView, { global: { plugins: [router], provide: world.provide } })
  await flushPromises()
  return { view, router, login, world }
}

describe('LoginView', () => {
  beforeEach(() => setActivePinia(createPinia()))

  it('[UI20] a demo user is one tap away; the place one wanted to go to follows', async () => {
    const asked: unknown[] = []
    const { view, router, login, world } = await open(
      {
        lookAtServer: async () => ({ ok: true, demoUsers: ['ana', 'ben'] }),
        signIn: async (config, password) => {
          asked.push({ ...config }, password)
          return { ok: true, profile: aProfile({ userName: config.userName }) }
        },
      },
      '/login?next=/sessions/S1',
    )
    await view.findAll('button').find((it) => it.text() === 'ben')?.trigger('click')
    await vi.waitFor(() => expect(router.currentRoute.value.path).toBe('/sessions/S1'))
    expect(asked).toEqual([{ serverOrigin: 'https://server.test', userName: 'ben' }, 'shelfcount'])
    expect(login.account?.userName).toBe('ben')
    expect(world.remembered.at(-1)?.userName).toBe('ben')
  })

  it('[KP8] say that the storage does not open when that is why one is here, and that nothing is gone', async () => {
    const { view } = await open({}, '/login?next=/sessions/S1&storage=closed')
    expect(view.get('[role=alert]').text()).toContain('cannot open its storage')
    expect(view.get('[role=alert]').text()).toContain('What you scanned is still there')
    expect(view.get('[role=alert] button').text()).toBe('Start the app again')

    expect((await open()).view.find('[role=alert]').exists()).toBe(false)
  })

  it('[UI20] never follow a link out of the app', async () => {
    const { view, router } = await open({ lookAtServer: async () => ({ ok: true, demoUsers: ['ana'] }) }, '/login?next=//evil.test/x')
    await view.findAll('button').find((it) => it.text() === 'ana')?.trigger('click')
    await vi.waitFor(() => expect(router.currentRoute.value.path).toBe('/counts'))
  })

  it('[UI20] say what went wrong, and sign nobody in', async () => {
    const { view, login } = await open({ signIn: async () => ({ ok: false, reason: 'unauthorized', message: 'x' }) })
    await view.findAll('input')[1]?.setValue('ana')
    await view.findAll('input')[2]?.setValue('wrong')
    await view.find('form').trigger('submit')
    await flushPromises()
    expect(view.find('[role=alert]').text()).toBe('User name or password is wrong.')
    expect(login.account).toBeNull()
  })

  it('[KP22] says in words that the storage did not answer, what is not lost and what to do; then the form lets them in', async () => {
    let isDead = true
    const { view, login } = await open({
      signIn: async (config) =>
        isDead
          ? Promise.reject(new Error('Not settled within 20000 ms'))
          : { ok: true, profile: aProfile({ userName: config.userName }) },
    })
    await view.findAll('input')[1]?.setValue('ana')
    await view.findAll('input')[2]?.setValue('secret')
    await view.find('form').trigger('submit')
    await flushPromises()
    expect(view.find('[role=alert]').text()).toBe(
      'This device cannot open its storage. Nothing is lost. Close other windows of the app and try again.',
    )
    expect(login.account).toBeNull()

    isDead = false
    await view.find('form').trigger('submit')
    await vi.waitFor(() => expect(login.account?.userName).toBe('ana'))
  })

  it('[SH9] names an earlier user whose data cannot be looked at just now, and says so where nobody can be named', async () => {
    const { view } = await open({
      accounts: async () => [
        { serverOrigin: 'https://server.test', userName: 'ana', unsentRows: null },
      ],
    })
    expect(view.text()).toContain('ana: cannot be looked at just now')

    const { view: blind } = await open({
      accounts: () => Promise.reject(new Error('Not settled within 20000 ms')),
    })
    expect(blind.text()).toContain(
      'What earlier users have not sent from this device cannot be looked at just now.',
    )
  })

  it('[UI20] show what earlier users have not sent yet', async () => {
    const { view } = await open({
      accounts: async () => [
        { serverOrigin: 'https://server.test', userName: 'ana', unsentRows: 12 },
        { serverOrigin: 'https://server.test', userName: 'ben', unsentRows: 0 },
      ],
    })
    expect(view.text()).toContain('ana: 12 unsent')
    expect(view.text()).not.toContain('ben')
  })
})
