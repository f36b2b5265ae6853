// Saving, taking over and removing on the Sync page: what is asked before what, and what is said.
import { flushPromises, mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createMemoryHistory, createRouter } from 'vue-router'
import { asId, type RowUuid, type SessionId } from '../../src/domain/ids'
import { useLoginStore } from '../../src/stores/login'
import { useSyncStatusStore } from '../../src/stores/sync-status'
import SyncView from '../../src/views/SyncView.vue'
import type { HandoverSummary, SyncWorkerApi } from '../../src/worker/protocol'
import { createFakeBus, createFakeDesk } from '../support/fake-desk'
import { createFakeWorld, SYNCED } from '../support/fake-services'

const NOW = Date.UTC(2026, 10, 25, 15, 40)
const SUMMARY: HandoverSummary = { userName: 'ben', deviceName: 'iPad 2', savedAt: NOW, scans: 12, newScans: 12, conflicts: 0, sessionNames: ['Dairy'] }

let unmount = (): void => undefined
afterEach(() => unmount())

async function open(sync: Partial<SyncWorkerApi>, { unsentRows = 0, claims = [] as readonly string[] } = {}) {
  setActivePinia(createPinia())
  const world = await createFakeWorld(useLoginStore(), { bus: createFakeBus(), desk: createFakeDesk(createFakeBus()), now: NOW, claims, sync })
  useSyncStatusStore().take({ ...SYNCED, unsentRows })
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/:all(.*)*', component: SyncView }] })
  const view = mount(SyncView, { global: { plugins: [router], provide: world.provide }, attachTo: document.body })
  unmount = () => view.unmount()
  await flushPromises()
  return { world, router }
}

const button = (name: RegExp): HTMLButtonElement => {
  const found = [...document.querySelectorAll('button')].find((it) => name.test(it.textContent ?? ''))
  if (found === undefined) throw new Error(`no button ${name}`)
  return found
}
async function tap(name: RegExp): Promise<void> {
  button(name).click()
  await flushPromises()
}
const dialog = (): string => document.querySelector('[role="dialog"]')?.textContent?.replaceAll(/\s+/g, ' ') ?? ''

async function choose(bytes: string): Promise<void> {
  const input = document.querySelector<HTMLInputElement>('input[type="file"]')
  Object.defineProperty(input, 'files', { value: [new File([bytes], 'x.shelfcount')] })
  input?.dispatchEvent(new Event('change'))
  await flushPromises()
}

describe('the Sync page', () => {
  it('[HF15] shows whose scans a file has before it takes them', async () => {
    const takeOverScans = vi.fn(async () => ({ ok: true as const, summary: SUMMARY }))
    await open({ lookIntoFile: async () => ({ ok: true, summary: SUMMARY }), takeOverScans })

    await tap(/Take over scans from a file/)
    await choose('bytes')

    expect(dialog()).toContain('Ben saved 12 scans of Dairy on “iPad 2”, today 16:40. They stay Ben’s scans, and are sent under your sign-in.')
    expect(takeOverScans).not.toHaveBeenCalled()
    await tap(/^\s*Take over\s*$/)
    expect(dialog()).toContain('12 scans taken over.')
  })

  it('[HF15, HF12] asks for the passphrase of a protected file, and says when it is wrong', async () => {
    await open({ lookIntoFile: async (_file, passphrase) => ({ ok: false, problem: passphrase === null ? 'needs-passphrase' : 'wrong-passphrase' }) })

    await tap(/Take over scans from a file/)
    await choose('bytes')
    expect(dialog()).toContain('This file is protected.')
    const input = document.querySelector<HTMLInputElement>('[role="dialog"] input[type="text"]')
    input!.value = 'guess'
    input!.dispatchEvent(new Event('input'))
    document.querySelector('[role="dialog"] form')?.dispatchEvent(new Event('submit'))
    await flushPromises()

    expect(dialog()).toContain('This is not the passphrase that the file was saved with. Nothing was taken.')
  })

  it('[HF1] says that there is nothing to save', async () => {
    await open({})

    await tap(/Save my scans to a file/)
    document.querySelector('[role="dialog"] form')?.dispatchEvent(new Event('submit'))
    await flushPromises()

    expect(dialog()).toContain('Everything is on the server. There is nothing to save.')
  })

  it('[SH6] removes nothing that is unsent without the file, or the word that it is not needed', async () => {
    const removeUserData = vi.fn(async () => undefined)
    const { world } = await open({ removeUserData })
    // The worker's last word is that nothing is unsent: it is behind, or dead.
    await world.account.scans.tx(['outbox'], 'rw', (tx) =>
      tx.bulkPut('outbox', ['a', 'b', 'c'].map((uuid) => ({ uuid: asId<RowUuid>(uuid), sessionId: asId<SessionId>('S1') }))),
    )

    await tap(/Remove my data/)
    expect(dialog()).toContain('3 lines are only on this device.')
    expect(button(/Remove the data/).disabled).toBe(true)
    document.querySelector<HTMLInputElement>('[role="dialog"] input[type="checkbox"]')?.click()
    await flushPromises()
    await tap(/Remove the data/)

    expect(removeUserData).toHaveBeenCalledOnce()
    expect(world.forgotten).toEqual(['ana'])
    expect(world.remembered.at(-1)).toBeNull()
  })

  it('[SH6] asks for nothing when nothing is unsent, and not while another window counts', async () => {
    const removeUserData = vi.fn(async () => undefined)
    await open({ removeUserData }, { claims: ['count:S1'] })

    await tap(/Remove my data/)
    expect(button(/Remove the data/).disabled).toBe(false)
    await tap(/Remove the data/)

    expect(dialog()).toContain('A session is open in another window')
    expect(removeUserData).not.toHaveBeenCalled()
  })
})
