// The counting screen as a whole, on a fake desk: scanning without a tap, over dialogs, with the lock in words.
import { flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Tally } from '../../src/domain/counted-item'
import { useActivityStore } from '../../src/stores/activity'
import { useSyncStatusStore } from '../../src/stores/sync-status'
import { aSession } from '../support/builders'
import { FAKE_SESSION } from '../support/fake-desk'
import { SYNCED } from '../support/fake-services'
import { at, button, openSessionPage as open, scan } from '../support/session-page'

let unmount = (): void => undefined

describe('the counting screen', () => {
  beforeEach(() => {
    setActivePinia(createPinia())
    document.body.innerHTML = ''
  })
  afterEach(() => unmount())

  it('[UI50] the tally shows no number before it was read, and then the one that was', async () => {
    let answer: (tally: Tally) => void = () => undefined
    const { app } = await open({}, undefined, undefined, { tally: () => new Promise((resolve) => (answer = resolve)) })
    unmount = () => app.unmount()
    expect(at('tally').textContent).not.toMatch(/\d|Nothing scanned/)
    expect(at('tally').getAttribute('data-scanned')).toBeNull()
    const figures = at('tally').querySelectorAll('dd').length

    answer({ scanned: 7, saved: 7, synced: 5 })
    await vi.waitFor(() => expect(at('tally').dataset['scanned']).toBe('7'))

    expect(at('tally').textContent).toContain('scanned7')
    expect(at('tally').querySelectorAll('dd')).toHaveLength(figures)
  })

  it('[UI17] a scan needs no tap: it is counted, shown, and moves its line', async () => {
    const { app } = await open()
    unmount = () => app.unmount()
    expect(at('lock-status').dataset['state']).toBe('held')
    scan('4006381333931')
    await vi.waitFor(() => expect(at('feedback').dataset['outcome']).toBe('counted'))
    await flushPromises()
    expect(at('current-product').dataset).toMatchObject({ productId: '4006381333931', quantity: '1' })
    expect(at('tally').dataset).toMatchObject({ scanned: '1', saved: '1', synced: '0' })
    expect(at('bucket-uncounted').dataset['count']).toBe('1')
    expect(at('bucket-counted').dataset['count']).toBe('1')
    expect(at('scan-feed').textContent).toContain('Tea')
    expect(at('scan-field').getAttribute('inputmode')).toBe('none')
  })

  it('[UI17] a scan while a dialog is open is counted, and the dialog stays', async () => {
    const { app } = await open()
    unmount = () => app.unmount()
    button('Submit')?.click()
    await vi.waitFor(() => expect(document.querySelector('[role=dialog]')).not.toBeNull())
    scan('4006381333931')
    await vi.waitFor(() => expect(at('tally').dataset['scanned']).toBe('1'))
    expect(document.querySelector('[role=dialog]')).not.toBeNull()
  })

  it('[WD40] a muted device is told of in the band, until a tap', async () => {
    const { app } = await open()
    unmount = () => app.unmount()
    expect(at('feedback').textContent).toContain('Sound is off until you tap the screen')
    window.dispatchEvent(new Event('pointerdown'))
    await vi.waitFor(() => expect(at('feedback').textContent).not.toContain('Sound is off'))
  })

  it('[UI18] an expired sign-in asks over the screen, once, and scanning goes on', async () => {
    const { app, bus } = await open()
    unmount = () => app.unmount()
    bus.post({ kind: 'status', status: { ...SYNCED, status: 'auth-needed' } })
    await vi.waitFor(() => expect(document.querySelector('[role=dialog]')?.textContent).toContain('Sign in again'))
    scan('4006381333931')
    await vi.waitFor(() => expect(at('tally').dataset['scanned']).toBe('1'))

    button('Later')?.click()
    await vi.waitFor(() => expect(document.querySelector('[role=dialog]')).toBeNull())
    bus.post({ kind: 'status', status: { ...SYNCED, status: 'auth-needed' } })
    await flushPromises()
    expect(document.querySelector('[role=dialog]')).toBeNull()
    expect(document.body.textContent).toContain('Sign in again to send it.')

    useSyncStatusStore().take(SYNCED)
    bus.post({ kind: 'status', status: { ...SYNCED, status: 'auth-needed' } })
    await vi.waitFor(() => expect(document.querySelector('[role=dialog]')).not.toBeNull())
  })

  it('[UI16] the worker tells that the lock is lost: the screen says so, and the buttons rest', async () => {
    const { app, bus } = await open()
    unmount = () => app.unmount()
    bus.post({ kind: 'lock', sessionId: FAKE_SESSION, state: 'lost' })
    await vi.waitFor(() => expect(at('lock-status').dataset['state']).toBe('lost'))
    expect(button('Submit')?.hasAttribute('disabled')).toBe(true)
  })

  it('[UI16] [UI24] a second window counts nothing before the worker has answered, and nothing after it said "elsewhere"', async () => {
    let answer = (): void => undefined
    const answered = new Promise<void>((resolve) => (answer = resolve))
    const { app, desk } = await open(
      { openSession: () => answered.then(() => ({ ok: true, lock: 'elsewhere', pendingElsewhere: [] })) },
      [aSession()],
      [`count:${FAKE_SESSION}`],
    )
    unmount = () => app.unmount()
    scan('4006381333931')
    await vi.waitFor(() => expect(at('feedback').dataset['outcome']).toBe('refused'))
    answer()
    await vi.waitFor(() => expect(at('lock-status').dataset['state']).toBe('elsewhere'))
    scan('4006381333931')
    await flushPromises()
    expect(desk.scans).toEqual([])
  })

  it('[UI16] whoever never held the lock lost nothing: the holder is named, and nothing is said about kept scans', async () => {
    const stored = aSession({ lock: 'none' })
    const { app } = await open(
      { openSession: async () => ({ ok: false, reason: 'locked', message: '', holder: { userName: 'ben', deviceId: 'D2' } }) },
      [stored],
    )
    unmount = () => app.unmount()
    await vi.waitFor(() => expect(at('lock-status').dataset['state']).toBe('elsewhere'))
    expect(at('lock-status').textContent).toContain('Ben is counting this')
    expect(document.body.textContent).not.toContain('What you scanned is kept')
  })

  it('[LK29] an answer that comes when the session has been left gives this window no right to count in it', async () => {
    let answer = (): void => undefined
    const answered = new Promise<void>((resolve) => (answer = resolve))
    const left: string[] = []
    const { app, router, world } = await open({
      openSession: () => answered.then(() => ({ ok: true, lock: 'held', pendingElsewhere: [] })),
      leaveSession: async (sessionId) => void left.push(sessionId),
    })
    unmount = () => app.unmount()
    await router.push('/counts')
    answer()
    await flushPromises()
    expect(left).toEqual([FAKE_SESSION])
    expect(world.account.rights.has(FAKE_SESSION)).toBe(false)
  })

  it('[UI16] an opening that breaks says so and can be tried again', async () => {
    let tries = 0
    const { app } = await open({
      openSession: async () => {
        tries += 1
        if (tries === 1) throw new Error('the worker died')
        return { ok: true, lock: 'held', pendingElsewhere: [] }
      },
    })
    unmount = () => app.unmount()
    await vi.waitFor(() => expect(document.body.textContent).toContain('This did not work just now'))
    button('Try again')?.click()
    await vi.waitFor(() => expect(document.body.textContent).not.toContain('This did not work just now'))
  })

  it('[UI7] `12*` typed before a scan is for that scan, and nothing of it is left for the next', async () => {
    const { app, desk } = await open()
    unmount = () => app.unmount()
    const field = at('scan-field')
    if (!(field instanceof HTMLInputElement)) throw new Error('no field')
    field.focus()
    for (const typed of ['12*', '12x', '12×']) {
      field.value = typed
      scan('4006381333931')
      await vi.waitFor(() => expect(field.value).toBe(''))
      await flushPromises()
      scan('5901234123457')
      await flushPromises()
    }
    await vi.waitFor(() => expect(desk.scans.map((it) => it.times / 1_000_000)).toEqual([12, 1, 12, 1, 12, 1]))
  })

  it('[UI43] a partial scan is counted by a tap, and once, however often and fast it is tapped', async () => {
    const { app, desk } = await open()
    unmount = () => app.unmount()
    const saving: (() => void)[] = []
    const save = desk.scan
    desk.scan = async (input) => {
      await new Promise<void>((resolve) => saving.push(resolve))
      return save(input)
    }
    // Its last digit and its end are missing.
    scan('400638133393', false)
    await vi.waitFor(() => expect(at('feedback').dataset['outcome']).toBe('partial'))
    expect(desk.scans).toEqual([])

    const countIt = button('Count it')
    countIt?.click()
    countIt?.click()
    await flushPromises()
    button('Count it')?.click()
    for (const done of saving) done()
    await vi.waitFor(() => expect(at('feedback').dataset['outcome']).toBe('unmatched'))
    await flushPromises()

    expect(desk.scans).toMatchObject([{ raw: '400638133393', source: 'scanner' }])
    expect(at('tally').dataset['scanned']).toBe('1')
  })

  it('[UI12] what is on the device is on screen without waiting for the server', async () => {
    const { app } = await open({ openSession: () => new Promise(() => undefined) })
    unmount = () => app.unmount()
    expect(document.body.textContent).toContain('Aisle 1')
    scan('4006381333931')
    await vi.waitFor(() => expect(at('tally').dataset['saved']).toBe('1'))
  })

  it('[UI29] Escape closes the list sheet, and nothing else does by accident', async () => {
    const { app } = await open()
    unmount = () => app.unmount()
    const isOpen = () => app.find('.panel').classes().includes('is-open')
    await app.find('[data-testid=bucket-uncounted]').trigger('click')
    expect(isOpen()).toBe(true)
    scan('4006381333931')
    await flushPromises()
    expect(isOpen()).toBe(true)

    document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', code: 'Escape', bubbles: true }))
    await flushPromises()

    expect(isOpen()).toBe(false)
  })

  it('[UI19] while the session is open no window may be reloaded; leaving gives the lock back', async () => {
    const left: string[] = []
    const { app, router } = await open({ leaveSession: async (id) => void left.push(id) })
    unmount = () => app.unmount()
    const activity = useActivityStore()
    expect(activity.isCounting).toBe(true)

    await router.push(`/sessions/${FAKE_SESSION}/hand-count`)
    await flushPromises()
    expect(left).toEqual([])
    await router.push('/sync')
    await vi.waitFor(() => expect(left).toEqual([FAKE_SESSION]))
    expect(activity.isCounting).toBe(false)
  })
})
