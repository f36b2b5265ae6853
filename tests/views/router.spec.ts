// Who gets where: nobody further than sign-in without an account, and never without a word about why.
import { describe, expect, it } from 'vitest'
import { createMemoryHistory } from 'vue-router'
import { createAppRouter } from '../../src/router'

/** The first way to a view loads it. */
const LOADS = { timeout: 30_000 }

describe('router', LOADS, () => {
  it('[KP8] sends somebody whose storage does not open to sign-in, with the reason', async () => {
    const router = createAppRouter({
      isSignedIn: () => Promise.reject(new Error('UnknownError')),
      history: createMemoryHistory(),
    })
    await router.push('/sync')
    expect(router.currentRoute.value.path).toBe('/login')
    expect(router.currentRoute.value.query).toEqual({ next: '/sync', storage: 'closed' })
  })

  it('[KP8] sends somebody who never signed in there without one', async () => {
    const router = createAppRouter({ isSignedIn: async () => false, history: createMemoryHistory() })
    await router.push('/sync')
    expect(router.currentRoute.value.query).toEqual({ next: '/sync' })
  })
})
