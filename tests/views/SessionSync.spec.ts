// A look at Sync in the middle of a count: the session stays open, and what is scanned there is counted.
import { flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { useActivityStore } from '../../src/stores/activity'
import { useSyncStatusStore } from '../../src/stores/sync-status'
import type { SyncWorkerApi } from '../../src/worker/protocol'
import { FAKE_SESSION } from '../support/fake-desk'
import { SYNCED } from '../support/fake-services'
import { tap, typeInto, wordsOn } from '../support/on-page'
import { at, openSessionPage, scan } from '../support/session-page'

let unmount = (): void => undefined

async function openSync(sync: Partial<SyncWorkerApi> = {}, claims: readonly string[] = []) {
  const page = await openSessionPage(sync, undefined, claims)
  unmount = () => page.app.unmount()
  document.querySelector<HTMLElement>('[title="Sync page"]')?.click()
  await vi.waitFor(() => expect(wordsOn()).toContain('Scans in a file'))
  return page
}

describe('Sync, looked at from a session', () => {
  beforeEach(() => {
    setActivePinia(createPinia())
    document.body.innerHTML = ''
  })
  afterEach(() => unmount())

  it('[UI59] keeps the session: no lock is given back, and a scan there is counted, shown and heard', async () => {
    const left: string[] = []
    const { desk, router } = await openSync({ leaveSession: async (id) => void left.push(id) })
    expect(router.currentRoute.value.path).toBe(`/sessions/${FAKE_SESSION}/sync`)

    scan('4006381333931')
    await vi.waitFor(() => expect(at('feedback').dataset['outcome']).toBe('counted'))
    await vi.waitFor(() => expect(at('tally').dataset['saved']).toBe('1'))
    expect(desk.scans).toHaveLength(1)
    expect(left).toEqual([])
    expect(useActivityStore().isCounting).toBe(true)
    // One state of sending on the page: the header has it.
    expect(document.querySelectorAll('[data-testid=sync-status]')).toHaveLength(1)

    await tap(/^Back to scanning$/)
    await vi.waitFor(() => expect(router.currentRoute.value.path).toBe(`/sessions/${FAKE_SESSION}`))
    expect(left).toEqual([])
  })

  it('[UI59] takes a scan that lands in one of its fields out of it', async () => {
    const { desk } = await openSync()
    await vi.waitFor(() =>
      expect(document.querySelector<HTMLInputElement>('input[autocomplete=off]')?.value).toBe('Test device'),
    )
    const name = document.querySelector<HTMLInputElement>('input[autocomplete=off]')
    name?.focus()
    scan('4006381333931')
    await vi.waitFor(() => expect(desk.scans).toHaveLength(1))
    expect(name?.value).toBe('Test device')
  })

  it('[UI59] says that the session is to be left before the data can be removed', async () => {
    await openSync({}, [`count:${FAKE_SESSION}`])
    await tap(/^Remove my data$/)
    await tap(/^Remove the data$/)
    expect(wordsOn('[role=dialog]')).toContain('You are counting in a session. Leave it first.')
  })

  it('[UI59] opens the session again behind a sign-in', async () => {
    const opened: string[] = []
    await openSync({
      openSession: async ({ sessionId }) => {
        opened.push(sessionId)
        return { ok: true, lock: 'held', pendingElsewhere: [] }
      },
    })
    const before = opened.length
    useSyncStatusStore().isSignInPutOff = true
    useSyncStatusStore().take({ ...SYNCED, status: 'auth-needed', trouble: 'sign-in' })
    await flushPromises()
    const asked = [...document.querySelectorAll<HTMLElement>('main button')].find((it) => it.textContent?.trim() === 'Sign in')
    asked?.click()
    await flushPromises()
    await typeInto('[role=dialog] input[type=password]', 'shelfcount')
    document.querySelector('[role=dialog] form')?.dispatchEvent(new Event('submit'))
    await vi.waitFor(() => expect(opened.length).toBe(before + 1))
  })
})
