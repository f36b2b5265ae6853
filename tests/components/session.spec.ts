// The parts of the counting screen: what they say, what they expose to the outside, what they ask.
import { flushPromises, mount } from '@vue/test-utils'
import { beforeEach, describe, expect, it } from 'vitest'
import CurrentProduct from '../../src/components/session/CurrentProduct.vue'
import FeedbackBand from '../../src/components/session/FeedbackBand.vue'
import LockPill from '../../src/components/session/LockPill.vue'
import QuantityDialog from '../../src/components/session/QuantityDialog.vue'
import ScanFeed from '../../src/components/session/ScanFeed.vue'
import SessionNotices from '../../src/components/session/SessionNotices.vue'
import SubmitDialog from '../../src/components/session/SubmitDialog.vue'
import SyncPill from '../../src/components/session/SyncPill.vue'
import TallyBoard from '../../src/components/session/TallyBoard.vue'
import { ACTIVITY_WORDS } from '../../src/composables/board-words'
import { ACT_WORDS, sessionStatusWords } from '../../src/composables/session-words'
import { asId } from '../../src/domain/ids'
import type { DeviceId, EventId, LineKey, UserName } from '../../src/domain/ids'
import { unitsOf } from '../../src/domain/quantity'
import type { FeedEntry } from '../../src/ports/counting'
import { aLine } from '../support/fake-desk'
import { SYNCED } from '../support/fake-services'

const inDialog = (text: string): HTMLElement | undefined =>
  [...document.querySelectorAll<HTMLElement>('[role=dialog] button')].find((it) => it.textContent?.trim() === text)

beforeEach(() => {
  document.body.innerHTML = ''
})

describe('TallyBoard', () => {
  it('[UI1] show the three numbers, and say equal only when they are', () => {
    const board = mount(TallyBoard, { props: { tally: { scanned: 5, saved: 5, synced: 5 } } })
    expect(board.attributes()).toMatchObject({ 'data-testid': 'tally', 'data-scanned': '5', 'data-saved': '5', 'data-synced': '5' })
    expect(board.text()).toContain('All saved, all on the server')

    const says = (saved: number, synced: number): string =>
      mount(TallyBoard, { props: { tally: { scanned: 5, saved, synced } } }).text()
    expect(says(5, 4)).toContain('All saved on this device')
    expect(says(5, 4)).not.toContain('all on the server')
    expect(says(4, 4)).toContain('Saving…')
  })
})

describe('pills', () => {
  it('[UI2] the states are in words and in attributes', () => {
    const sync = mount(SyncPill, { props: { state: { ...SYNCED, status: 'offline' } } })
    expect(sync.attributes()).toMatchObject({ 'data-testid': 'sync-status', 'data-status': 'offline' })
    expect(sync.classes()).not.toContain('is-refused')
    const troubled = mount(SyncPill, { props: { state: { ...SYNCED, status: 'error', trouble: 'server' } } })
    expect(troubled.text()).toBe('The server has a problem')
    expect(troubled.classes()).not.toContain('is-refused')
    const lock = mount(LockPill, { props: { state: 'lost', lostTo: 'ben', heldBy: null, isSubmitted: false, me: 'ana' } })
    expect(lock.attributes()).toMatchObject({ 'data-testid': 'lock-status', 'data-state': 'lost' })
    expect(lock.text()).toBe('Ben is counting this')
  })
})

describe('CurrentProduct', () => {
  it('[UI75] the book stands beside the total where it is told, and is not mentioned where it is not', () => {
    const says = (book: number | null): string => {
      const item = aLine({ id: 'rice', name: 'Rice', bucket: 'undirected', requestedRows: 0 })
      const view = { item, total: unitsOf(2), identifiers: [], book: book === null ? null : unitsOf(book) }
      const current = { eventId: null, lineKey: item.lineKey, productId: item.productId, name: 'Rice', total: unitsOf(2), view }
      const props = { current, question: null, canUndo: true, canCount: true, now: 0, timeZone: 'UTC' }
      return mount(CurrentProduct, { props }).get('.count').text()
    }
    expect(says(3)).toContain('in this session · book 3')
    expect(says(0)).toContain('book 0')
    expect(says(null)).not.toContain('book')
  })
})

describe('FeedbackBand', () => {
  it('[UI4] the first answer is a new element like every other: it flashes', async () => {
    const feedback = { id: 1, eventId: null, outcome: 'counted', text: 'Tea', quantity: unitsOf(1), partial: null } as const
    const band = mount(FeedbackBand, { props: { feedback: null, isReady: true, isPaused: false, waitingFor: '', isMuted: false, told: '' } })
    const elements = [band.get('[data-testid=feedback]').element]
    for (const id of [1, 2]) {
      await band.setProps({ feedback: { ...feedback, id } })
      elements.push(band.get('[data-testid=feedback]').element)
    }
    expect(new Set(elements).size).toBe(3)
  })

  it('[WD40] says that a tap brings the sound, before a scan and beside its answer, while scans are taken', async () => {
    const feedback = { id: 1, eventId: null, outcome: 'counted', text: 'Tea', quantity: unitsOf(1), partial: null } as const
    const band = mount(FeedbackBand, { props: { feedback: null, isReady: true, isPaused: false, waitingFor: 'Tap the screen', isMuted: true, told: '' } })
    const words = 'Sound is off until you tap the screen'
    expect(band.text()).toContain(words)
    await band.setProps({ feedback })
    expect(band.text()).toContain(words)
    await band.setProps({ isMuted: false })
    expect(band.text()).not.toContain(words)
    await band.setProps({ isMuted: true, isReady: false })
    expect(band.text()).not.toContain(words)
  })

  it('[UI4] nothing from a barcode becomes markup', () => {
    const text = '<img src=x onerror=alert(1)>'
    const band = mount(FeedbackBand, {
      props: { feedback: { id: 1, eventId: null, outcome: 'unmatched', text, quantity: unitsOf(1), partial: null }, isReady: true, isPaused: false, waitingFor: '', isMuted: false, told: '' },
    })
    expect(band.find('img').exists()).toBe(false)
    expect(band.find('[data-testid=feedback]').attributes('data-outcome')).toBe('unmatched')
    expect(band.text()).toContain(text)
  })
})

describe('ScanFeed', () => {
  const entry = (overrides: Partial<FeedEntry>): FeedEntry => ({
    eventId: asId<EventId>('e1'),
    kind: 'scan',
    source: 'scanner',
    raw: '1',
    lineKey: asId<LineKey>('p'),
    productId: null,
    name: 'Tea',
    quantity: unitsOf(1),
    packSize: 1,
    at: 0,
    isUndone: false,
    bucket: 'counted',
    ...overrides,
  })

  it('[UI28] offer Undo for an amount set by hand while it is the newest of its line, and for no learnt pack size', () => {
    const rows = [
      entry({ eventId: asId<EventId>('e4'), kind: 'correction', source: 'hand' }),
      entry({ eventId: asId<EventId>('e3'), kind: 'correction', source: 'hand' }),
      entry({ eventId: asId<EventId>('e2'), kind: 'correction', source: 'correction', lineKey: asId<LineKey>('q') }),
      entry({ eventId: asId<EventId>('e1'), kind: 'correction', source: 'hand', lineKey: asId<LineKey>('r') }),
    ]
    const feed = mount(ScanFeed, { props: { entries: rows, timeZone: 'UTC', canCount: true } })

    const undo = feed.findAll('li').map((it) => it.find('[aria-label=Undo]').exists())
    expect(undo).toEqual([true, false, false, true])
    expect(feed.findAll('li').map((it) => it.text())[2]).toContain('pack size learnt later')
  })

  it('[UI9] offer Undo once per scan and Match for what is unknown', async () => {
    const feed = mount(ScanFeed, {
      props: {
        entries: [
          entry({ eventId: asId<EventId>('e3'), bucket: 'unmatched', name: '544' }),
          entry({ eventId: asId<EventId>('e2'), isUndone: true }),
          entry({ eventId: asId<EventId>('e1'), kind: 'negation', quantity: unitsOf(-1) }),
        ],
        timeZone: 'UTC',
        canCount: true,
      },
    })
    const labels = feed.findAll('button').map((it) => it.attributes('aria-label')).filter((it) => it !== undefined)
    expect(labels).toEqual(['Match 544 to a product', 'Undo'])
    await feed.find('button[aria-label^=Undo]').trigger('click')
    expect(feed.emitted('undo')?.[0]).toMatchObject([{ eventId: 'e3' }])
  })
})

describe('QuantityDialog', () => {
  async function open(expected: number | null) {
    const dialog = mount(QuantityDialog, {
      props: { open: true, title: 'Tea', description: '', action: 'Save', expected: expected === null ? null : unitsOf(expected) },
      attachTo: document.body,
    })
    await flushPromises()
    const type = async (text: string): Promise<void> => {
      const input = document.querySelector<HTMLInputElement>('[role=dialog] input')
      if (input === null) throw new Error('no input')
      input.value = text
      input.dispatchEvent(new Event('input'))
      await flushPromises()
    }
    const press = async (text: string): Promise<void> => {
      document.querySelector('[role=dialog] form')?.dispatchEvent(new Event('submit', { cancelable: true }))
      expect(inDialog(text)).toBeDefined()
      await flushPromises()
    }
    return { dialog, type, press }
  }

  it('[UI8] a usual number is saved at once, zero too', async () => {
    for (const number of [0, 40]) {
      document.body.innerHTML = ''
      const { dialog, type, press } = await open(4)
      await type(String(number))
      await press('Save')
      expect(dialog.emitted('save')).toEqual([[unitsOf(number)]])
      dialog.unmount()
    }
  })

  it('[UI8] ten times the book, or a barcode, is asked about before it is saved', async () => {
    for (const text of ['41', '40063813']) {
      document.body.innerHTML = ''
      const { dialog, type, press } = await open(4)
      await type(text)
      await press('Save')
      expect(dialog.emitted('save')).toBeUndefined()
      await press('Yes, it is right')
      expect(dialog.emitted('save')).toEqual([[unitsOf(Number(text))]])
      dialog.unmount()
    }
  })

  it('[UI8] a whole barcode is refused, and so is what is no number', async () => {
    const { dialog, type } = await open(null)
    await type('4006381333931')
    expect(document.querySelector('[role=alert]')?.textContent).toBe('This is a barcode, not a quantity.')
    await type('1.5')
    expect(document.querySelector('[role=alert]')?.textContent).toBe('Only whole numbers.')
    expect(dialog.emitted('save')).toBeUndefined()
    dialog.unmount()
  })
})

describe('SubmitDialog', () => {
  it('[UI15] list everything that is odd at once, and forbid nothing', async () => {
    const dialog = mount(SubmitDialog, {
      props: {
        open: true,
        check: {
          uncounted: 31,
          unmatched: 1,
          unsentScans: 4,
          quarantinedRows: 2,
          oddQuantities: [
            { lineKey: asId<LineKey>('a'), name: 'Tea', total: unitsOf(-2), why: 'negative' },
            { lineKey: asId<LineKey>('b'), name: 'Rice', total: unitsOf(900), why: 'too-many' },
          ],
        },
        isBroken: false,
        pendingElsewhere: [{ deviceId: asId<DeviceId>('D2'), userName: asId<UserName>('ben'), unsentScans: 7, lastHeardAt: 0 }],
        waitsFor: 'network',
        isBusy: false,
        now: 0,
        timeZone: 'UTC',
      },
      attachTo: document.body,
    })
    await flushPromises()
    const text = document.querySelector('[role=dialog]')?.textContent ?? ''
    for (const words of ['31 lines', '1 unknown barcode', 'Tea: −2', 'Rice: 900', 'Ben has 7 scans', '2 lines not accepted', '4 scans on this device', 'no network'])
      expect(text).toContain(words)
    inDialog('Submit as it is')?.click()
    expect(dialog.emitted('submit')).toHaveLength(1)
    dialog.unmount()
  })
})

describe('SessionNotices', () => {
  const calm = {
    lock: 'held' as const,
    lostTo: null,
    heldBy: null,
    me: 'ana',
    failure: null,
    actionProblem: null,
    isOpening: false,
    isOnDevice: true,
    mayTakeOver: false,
    isSubmitQueued: false,
    isSubmitted: false,
    hasServerTrouble: false,
    submitProblem: null,
    needsSignIn: false,
    health: { state: 'well' as const },
    staleness: null,
    pendingElsewhere: [],
    isInTab: false,
    now: 0,
    timeZone: 'UTC',
  }
  const textOf = (overrides: object): string => mount(SessionNotices, { props: { ...calm, ...overrides } }).text()

  it('[UI101] call what is done with a session as the review and the board do', () => {
    expect(textOf({ isSubmitted: true })).toContain(ACT_WORDS.reopen)
    const states = { created: 'waiting', assigned: null, submitted: 'submitted', approved: 'approved', voided: 'voided' } as const
    for (const [status, activity] of Object.entries(states))
      if (activity !== null) expect(ACTIVITY_WORDS[activity].toLowerCase()).toBe(sessionStatusWords({ status: status as keyof typeof states }))
  })

  it('[UI16] say nothing when all is well, also offline', () => {
    expect(textOf({})).toBe('')
    expect(textOf({ lock: 'unverified' })).toBe('')
  })

  it('[UI57] say of when the numbers are while they cannot be read', () => {
    expect(textOf({ staleness: { since: Date.UTC(2026, 2, 10, 14, 32) } })).toContain('The numbers on screen are of 14:32; newer ones could not be read.')
    expect(textOf({ staleness: { since: null } })).toContain('could not be read on this device yet. It is tried again by itself.')
  })

  it('[UI16] each obstacle has its words and its way out', () => {
    expect(textOf({ lock: 'lost', lostTo: 'ben', mayTakeOver: true })).toMatch(/Ben is counting this.*kept.*Take over/)
    expect(textOf({ lock: 'lost', lostTo: 'ben' })).not.toContain('Take over')
    expect(textOf({ lock: 'elsewhere' })).toContain('Count here')
    expect(textOf({ isSubmitQueued: true })).toContain('Withdraw')
    expect(textOf({ isSubmitQueued: true })).toContain('waiting for the network')
    expect(textOf({ isSubmitQueued: true, hasServerTrouble: true })).toContain('the server, which has a problem')
    expect(textOf({ isSubmitted: true, lock: 'none' })).toContain('The server has all of it')
    expect(textOf({ isSubmitQueued: true, submitProblem: 'stale-fence' })).toContain('Nothing is lost')
    expect(textOf({ needsSignIn: true })).toContain('Go on scanning')
    expect(textOf({ isInTab: true })).toContain('home screen')
    expect(textOf({ failure: { ok: false, reason: 'offline', message: '' }, isOnDevice: false, lock: 'none' })).toContain('first opening needs the network')
  })

  it('[UI16] storage that is dead is a full alarm with the number of scans at risk', () => {
    const notices = mount(SessionNotices, { props: { ...calm, health: { state: 'dead', waiting: 3, message: '' } } })
    expect(notices.find('[role=alertdialog]').text()).toContain('3 scans')
  })
})
