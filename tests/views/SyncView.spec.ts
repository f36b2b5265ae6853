// The Sync page: what is unsent and why, how safe the device is; saving, taking over and removing.
import { flushPromises, mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createMemoryHistory, createRouter } from 'vue-router'
import type { ScanEventDraft } from '../../src/domain/scan-event'
import type { RowUuid, SessionId } from '../../src/domain/ids'
import { asId } from '../../src/domain/ids'
import { SYNC_TROUBLES, type SyncState } from '../../src/ports/platform'
import type { QuarantineRow, ScansStore } from '../../src/ports/scans-schema'
import { useLoginStore } from '../../src/stores/login'
import { useSyncStatusStore } from '../../src/stores/sync-status'
import SyncView from '../../src/views/SyncView.vue'
import type { HandoverSummary, SyncWorkerApi } from '../../src/worker/protocol'
import { createFakeBus, createFakeDesk } from '../support/fake-desk'
import { aScan, aSession } from '../support/builders'
import type { FakeWorldOptions } from '../support/fake-services'
import { aProfile, createFakeWorld, SYNCED } from '../support/fake-services'
import { buttonNames, typeInto, wordsOn } from '../support/on-page'

const NOW = Date.UTC(2026, 10, 25, 15, 40)
const SUMMARY: HandoverSummary = { userName: 'ben', deviceName: 'iPad 2', savedAt: NOW, scans: 12, newScans: 12, conflicts: 0, sessionNames: ['Dairy'] }

let unmount = (): void => undefined
afterEach(() => unmount())

interface Opening extends Pick<FakeWorldOptions, 'claims' | 'sessions' | 'fill' | 'spilled'> {
  readonly unsentRows?: number
  readonly state?: Partial<SyncState>
}

async function open(sync: Partial<SyncWorkerApi>, { unsentRows = 0, state = {}, ...options }: Opening = {}) {
  setActivePinia(createPinia())
  const world = await createFakeWorld(useLoginStore(), { bus: createFakeBus(), desk: createFakeDesk(createFakeBus()), now: NOW, sync, ...options })
  useSyncStatusStore().take({ ...SYNCED, unsentRows, ...state })
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

  it('[HF15] [HF12] asks for the passphrase of a protected file, and says when it is wrong', async () => {
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

  it('[SH8] asks about scans that another window left beside the database, too', async () => {
    const removeUserData = vi.fn(async () => undefined)
    const { world } = await open({ removeUserData }, { spilled: [aScan('0001'), aScan('0001'), aScan('0002')] })

    await tap(/Remove my data/)
    expect(dialog()).toContain('2 lines are only on this device.')
    expect(button(/Remove the data/).disabled).toBe(true)
    expect(world.forgotten).toEqual([])
  })

  it('[SH8] removes nothing when they came up after a person was asked', async () => {
    const removeUserData = vi.fn(async () => undefined)
    const spilled: ScanEventDraft[] = []
    const { world } = await open({ removeUserData }, { spilled })

    await tap(/Remove my data/)
    spilled.push(aScan('0001'))
    await tap(/Remove the data/)

    expect(dialog()).toContain('1 line is only on this device.')
    expect(removeUserData).not.toHaveBeenCalled()
    expect(world.forgotten).toEqual([])
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

const DAIRY = aSession()
const BREAD: typeof DAIRY = { ...DAIRY, sessionId: asId<SessionId>('S2'), session: { ...DAIRY.session, sessionId: asId<SessionId>('S2'), name: 'Bread' } }
const uuid = (text: string): RowUuid => asId<RowUuid>(text)

/** Rows of one session that wait to be sent. */
const unsentRows = (of: Readonly<Record<string, number>>) => (scans: ScansStore) =>
  scans.tx(['outbox'], 'rw', async (tx) => {
    for (const [sessionId, rows] of Object.entries(of))
      await tx.bulkPut('outbox', Array.from({ length: rows }, (_, n) => ({ uuid: uuid(`${sessionId}-${n}`), sessionId: asId<SessionId>(sessionId) })))
  })

const refused = (id: string, over: Partial<QuarantineRow> = {}): QuarantineRow => ({
  uuid: uuid(id), sessionId: DAIRY.sessionId, kind: 'rejected', code: 'UNKNOWN_PRODUCT', message: 'There is no such product', rev: 1, at: NOW, ...over,
})

describe('what is unsent, and why', () => {
  it('[UI45] [S2.69] says how many lines of which session wait', async () => {
    await open({}, { sessions: [DAIRY, BREAD], fill: unsentRows({ S1: 12, S2: 1 }) })
    await vi.waitFor(() => expect(wordsOn('main')).toContain('Aisle 112 lines to send'))
    expect(wordsOn('main')).toContain('Bread1 line to send')
    expect(wordsOn('main')).not.toContain('Nothing is waiting')
  })

  it('[UI45] says so when nothing waits, and when all was sent last', async () => {
    await open({}, { sessions: [DAIRY], state: { lastSyncedAt: NOW - 5 * 60_000 } })
    await vi.waitFor(() => expect(wordsOn('main')).toContain('Nothing is waiting on this device.'))
    expect(wordsOn('main')).toContain('All on the server')
    expect(wordsOn('main')).toMatch(/Last time all was sent\s*5 min/)
  })

  it('[UI26] every kind of trouble is a sentence of its own, with the time of the next try, and none is a code', async () => {
    const said = new Set<string>()
    for (const trouble of SYNC_TROUBLES) {
      await open({}, { state: { status: 'unsent', trouble, nextTryAt: NOW + 60_000, problem: 'lp0 on fire' } })
      const words = wordsOn('[aria-labelledby=sending]')
      expect(words, trouble).toContain('It is tried again at 16:41:00; nothing is lost.')
      // The names that the code has for them are for the code.
      expect(words).not.toMatch(/earlier-request|server-busy|\b[45]\d\d\b|undefined/)
      said.add(/Sending(.*?)It is tried/.exec(words)?.[1] ?? '')
      unmount()
    }
    expect(said.size).toBe(SYNC_TROUBLES.length)
  })

  it('[UI26] the words of the server are quoted as its own, and only where it has the say', async () => {
    await open({}, { state: { status: 'error', trouble: 'refused', problem: 'Session M1 is voided' } })
    expect(wordsOn('main')).toContain('The server said: Session M1 is voided')
    unmount()
    await open({}, { state: { status: 'offline', trouble: 'network', problem: 'Failed to fetch' } })
    expect(wordsOn('main')).not.toContain('Failed to fetch')
  })

  it('[UI45] [PU8] lines that were not taken are listed with what the server said, and tried again one by one', async () => {
    const retried: string[] = []
    const { world } = await open(
      { retryQuarantined: async (it) => void retried.push(it ?? 'all') },
      {
        sessions: [DAIRY],
        fill: (scans) => scans.tx(['quarantine'], 'rw', (tx) => tx.bulkPut('quarantine', [refused('r1'), refused('r2', { kind: 'held', message: '' })])),
      },
    )
    await vi.waitFor(() => expect(wordsOn('main')).toContain('Not taken by the server'))
    expect(wordsOn('main')).toContain('There is no such product')
    // What is kept as evidence is settled: there is nothing to try.
    expect(buttonNames().filter((it) => it.startsWith('Try '))).toHaveLength(1)

    await world.account.scans.tx(['quarantine'], 'rw', (tx) => tx.bulkDelete('quarantine', [uuid('r1'), uuid('r2')]))
    document.querySelector<HTMLButtonElement>('button[aria-label^="Try "]')?.click()
    await vi.waitFor(() => expect(wordsOn('main')).not.toContain('Not taken by the server'))
    expect(retried).toEqual(['r1'])
  })

  it('[S2.14] [UI45] Sync now asks for a run, shows what came of it, and can be tried again when it breaks', async () => {
    let isBroken = true
    const asked: string[] = []
    await open({
      syncNow: async (why) => {
        asked.push(why)
        if (isBroken) throw new Error('the worker died')
        return { ...SYNCED, lastSyncedAt: NOW }
      },
    }, { state: { status: 'unsent', unsentRows: 3 } })
    expect(wordsOn('main')).toContain('3 lines to send')
    await tap(/Sync now/)
    expect(wordsOn('[role=alert]')).toBe('This did not work just now. Nothing is lost; try again.')
    expect(button(/Sync now/).disabled).toBe(false)

    isBroken = false
    await tap(/Sync now/)
    expect(document.querySelector('[role=alert]')).toBeNull()
    expect(wordsOn('main')).toContain('All on the server')
    expect(asked).toEqual(['manual', 'manual'])
  })
})

describe('signing in again', () => {
  it('[UI53] that breaks says so and can be tried again; the page goes on', async () => {
    let isBroken = true
    await open(
      {
        signIn: async () => {
          if (isBroken) throw new Error('the storage is closed')
          return { ok: true, profile: aProfile() }
        },
      },
      { state: { status: 'auth-needed', trouble: 'sign-in' } },
    )
    await tap(/^\s*Sign in\s*$/)
    const submit = async () => {
      await typeInto('[role=dialog] input[type=password]', 'shelfcount')
      document.querySelector('[role=dialog] form')?.dispatchEvent(new Event('submit'))
      await flushPromises()
    }
    await submit()
    expect(dialog()).toContain('This did not work just now')
    expect(button(/Sync now/).disabled).toBe(false)

    isBroken = false
    await submit()
    await vi.waitFor(() => expect(dialog()).toBe(''))
    expect(wordsOn('main')).toContain('All on the server')
  })
})

describe('how safe this device is', () => {
  const withStorage = async (persisted: boolean | null): Promise<void> => {
    const storage = { persisted: async () => persisted, persist: async () => false, estimate: async () => ({ usage: 3_000_000, quota: 2_003_000_000 }) }
    vi.stubGlobal('navigator', Object.create(navigator, { storage: { value: persisted === null ? undefined : storage } }))
    await open({})
    await vi.waitFor(() => expect(wordsOn('[aria-labelledby=device]')).not.toContain('asking…'))
  }
  afterEach(() => vi.unstubAllGlobals())

  it('[UI22] [UI45] shows whether the browser promises to keep the storage, and how much room is left', async () => {
    await withStorage(true)
    expect(wordsOn('main')).toContain('Storage kept safeyes: the browser keeps it')
    expect(wordsOn('main')).toContain('Room left2 GB (3 MB used)')
    unmount()
    await withStorage(false)
    expect(wordsOn('main')).toContain('not promised: the browser may clear it when room is short')
    unmount()
    await withStorage(null)
    expect(wordsOn('main')).toContain('this browser does not say')
    expect(wordsOn('main')).not.toContain('Room left')
  })

  it('[UI58] [UI45] shows how much of the product list is here', async () => {
    await open({}, { state: { status: 'offline', trouble: 'network' } })
    const syncStatus = useSyncStatusStore()
    expect(wordsOn('main')).not.toContain('Product list')
    syncStatus.catalogue = { done: 1250, isComplete: false }
    await flushPromises()
    expect(wordsOn('main')).toContain('Product list1,250 products, not complete')
    syncStatus.take(SYNCED)
    await flushPromises()
    expect(wordsOn('main')).toContain('Product list1,250 products, being fetched')
    syncStatus.catalogue = { done: 2000, isComplete: true }
    await flushPromises()
    expect(wordsOn('main')).toContain('Product list2,000 products, complete')
  })

  const NAME = '[aria-labelledby=device] input[autocomplete=off]'
  const nameOf = (world: Awaited<ReturnType<typeof open>>['world']) =>
    world.account.scans.tx(['meta'], 'r', async (tx) => {
      const device = await tx.get('meta', 'device')
      return device?.k === 'device' ? device.name : null
    })

  it('[UI45] a device gets the name that was typed, and keeps its own when that is empty', async () => {
    const { world } = await open({})
    await vi.waitFor(() => expect(document.querySelector<HTMLInputElement>(NAME)?.value).toBe('Test device'))
    const field = await typeInto(NAME, '  Dairy iPad ')
    field.dispatchEvent(new Event('change', { bubbles: true }))
    await vi.waitFor(async () => expect(await nameOf(world)).toBe('Dairy iPad'))
    expect(field.value).toBe('Dairy iPad')

    await typeInto(NAME, '   ')
    field.dispatchEvent(new Event('change', { bubbles: true }))
    await flushPromises()
    expect(await nameOf(world)).toBe('Dairy iPad')
    expect(field.value).toBe('Dairy iPad')
  })

  it('[UI45] a name that is being typed, or was just saved, is not overwritten while the page follows the sync', async () => {
    await open({})
    await vi.waitFor(() => expect(document.querySelector<HTMLInputElement>(NAME)?.value).toBe('Test device'))
    const field = await typeInto(NAME, 'Dai')
    useSyncStatusStore().take({ ...SYNCED, status: 'unsent', unsentRows: 4 })
    await flushPromises()
    expect(field.value).toBe('Dai')

    await typeInto(NAME, 'Dairy iPad')
    field.dispatchEvent(new Event('change', { bubbles: true }))
    await flushPromises()
    useSyncStatusStore().take(SYNCED)
    await flushPromises()
    expect(field.value).toBe('Dairy iPad')
  })
})
