// The app on the route of one session with a fake desk behind it: a scanner's keys, and what is on the page.
import { flushPromises, mount } from '@vue/test-utils'
import { expect, vi } from 'vitest'
import { createMemoryHistory } from 'vue-router'
import App from '../../src/App.vue'
import { createAppRouter } from '../../src/router'
import { useLoginStore } from '../../src/stores/login'
import type { SyncWorkerApi } from '../../src/worker/protocol'
import { aSession } from './builders'
import { aLine, createFakeBus, createFakeDesk, FAKE_SESSION, type FakeDesk } from './fake-desk'
import { createFakeWorld } from './fake-services'

const TEA = aLine({ id: '4006381333931', name: 'Tea' })
const RICE = aLine({ id: '5901234123457', name: 'Rice' })

/** A wedge scanner: keys without a pause, then Enter. */
export function scan(value: string, hasEnd = true): void {
  const target = document.activeElement ?? document.body
  for (const key of [...value, ...(hasEnd ? ['Enter'] : [])])
    target.dispatchEvent(
      new KeyboardEvent('keydown', {
        key,
        code: key === 'Enter' ? 'Enter' : `Digit${key}`,
        bubbles: true,
        cancelable: true,
      }),
    )
}

/** Needs an active Pinia. Tea and rice are asked for; nothing is counted yet. */
export async function openSessionPage(
  sync: Partial<SyncWorkerApi> = {},
  sessions = [aSession()],
  claims: readonly string[] = [],
  over: Partial<Pick<FakeDesk, 'tally' | 'counts' | 'submitCheck'>> = {},
) {
  const bus = createFakeBus()
  const desk = Object.assign(createFakeDesk(bus, [TEA, RICE]), over)
  const world = await createFakeWorld(useLoginStore(), { bus, desk, sessions, sync, claims })
  const router = createAppRouter({ isSignedIn: async () => true, history: createMemoryHistory() })
  await router.push(`/sessions/${FAKE_SESSION}`)
  const app = mount(App, { global: { plugins: [router], provide: world.provide }, attachTo: document.body })
  await vi.waitFor(() => expect(app.find('[data-testid=bucket-uncounted]').attributes('data-count')).toBe('2'))
  await flushPromises()
  return { app, bus, desk, router, world }
}

/** @throws Error when it is not there; the test has gone wrong then */
export function at(testId: string): HTMLElement {
  const found = document.querySelector<HTMLElement>(`[data-testid=${testId}]`)
  if (found === null) throw new Error(`no ${testId}`)
  return found
}

export const button = (text: string): HTMLElement | undefined =>
  [...document.querySelectorAll<HTMLElement>('button')].find((it) => it.textContent?.trim() === text)
