// The rules on screen: whether they ask for recounts by themselves, who may switch it, what is shown after a refusal.
import { flushPromises, mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createMemoryHistory, createRouter } from 'vue-router'
import type { RecountRule, RecountRuleChange } from '../../src/domain/review'
import { useLoginStore } from '../../src/stores/login'
import RulesView from '../../src/views/RulesView.vue'
import { createFakeBus, createFakeDesk } from '../support/fake-desk'
import { createFakeWorld } from '../support/fake-services'
import { wordsOn } from '../support/on-page'

const NOW = Date.UTC(2026, 10, 25, 12)
const CARD = '[data-testid=recount-rule]'

interface Given {
  readonly recounts?: RecountRule | null
  readonly permissions?: readonly string[]
  /** What the server says to a change; absent: it takes it. */
  readonly refusal?: string
}

async function open({
  recounts = { isOn: false, changed: null },
  permissions = ['INV_COUNT_SUBMIT', 'INV_COUNT_ADMIN'],
  refusal,
}: Given = {}) {
  let stored = recounts
  let changes: readonly RecountRuleChange[] = []
  const asked: unknown[][] = []
  const review = async (name: string, ...args: unknown[]) => {
    if (name === 'rules')
      return {
        ok: true,
        answer: {
          rules: [],
          changes: [],
          currency: null,
          recounts: stored,
          recountChanges: changes,
        },
      }
    asked.push([name, ...args])
    if (refusal !== undefined) return { ok: false, reason: 'rejected', message: refusal }
    const isOn = args[1] === true
    stored = { isOn, changed: { by: 'alex', at: NOW } }
    changes = [{ isOn, by: 'alex', at: NOW }, ...changes]
    return { ok: true, answer: undefined }
  }
  const login = useLoginStore()
  const bus = createFakeBus()
  const desk = createFakeDesk(bus)
  const world = await createFakeWorld(login, {
    bus,
    desk,
    now: NOW,
    sync: { review: review as never },
  })
  login.enter(login.account!, { ...login.profile!, permissions })
  const router = createRouter({
    history: createMemoryHistory(),
    routes: [{ path: '/:all(.*)*', component: RulesView }],
  })
  mount(RulesView, {
    attachTo: document.body,
    global: { provide: world.provide, plugins: [router] },
  })
  await flushPromises()
  return { asked }
}

const box = () => document.querySelector<HTMLInputElement>(`${CARD} input`)
async function tick(): Promise<void> {
  box()?.click()
  await flushPromises()
}

beforeEach(() => setActivePinia(createPinia()))
afterEach(() => (document.body.innerHTML = ''))

describe('whether the rules ask for recounts', () => {
  it('[UI85] is said in words and switched by an administrator, with who did it among the changes', async () => {
    const { asked } = await open()
    expect(box()?.checked).toBe(false)
    expect(wordsOn(CARD)).toContain('waits until a supervisor sends it')

    await tick()
    expect(asked).toEqual([['putRecountRule', expect.anything(), true, null]])
    expect(box()?.checked).toBe(true)
    expect(wordsOn(CARD)).toContain('put into one as soon as it is handed in')
    expect(wordsOn(CARD)).toContain('Changed by Alex')
    expect(wordsOn()).toMatch(/25 November .*, Alex: recounts are asked for by the rules/)

    await tick()
    expect(asked.at(-1)).toEqual(['putRecountRule', expect.anything(), false, NOW])
    expect(box()?.checked).toBe(false)
  })

  it('[UI85] stands as the server has it after a refusal, which is told', async () => {
    await open({ refusal: 'Somebody else has changed this rule: look again' })
    await tick()
    expect(box()?.checked).toBe(false)
    expect(wordsOn('[role=alert]')).toContain('Somebody else has changed this rule')
  })

  it('[UI85] [RL22] is told and not offered to those who do not administrate', async () => {
    await open({ recounts: { isOn: true, changed: null }, permissions: ['INV_COUNT_SUBMIT'] })
    expect(box()).toBeNull()
    expect(wordsOn(CARD)).toContain('Asked for as soon as a count is handed in')
  })

  it('[UI85] is not spoken of on a server that has no such rule', async () => {
    await open({ recounts: null })
    expect(wordsOn()).toContain('No rules')
    expect(document.querySelector(CARD)).toBeNull()
  })
})
