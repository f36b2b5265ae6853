// The check before a submit, on the counting screen: it follows the count beneath it, and says when it could not be read.
import { flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { SubmitCheck } from '../../src/ports/counting'
import { tap, wordsOn } from '../support/on-page'
import { at, openSessionPage, scan } from '../support/session-page'

const dialog = (): string => wordsOn('[role=dialog]')
const CLEAN: SubmitCheck = { uncounted: 0, unmatched: 0, unsentScans: 0, quarantinedRows: 0, oddQuantities: [] }

let unmount = (): void => undefined

describe('the check before a submit', () => {
  beforeEach(() => {
    setActivePinia(createPinia())
    document.body.innerHTML = ''
  })
  afterEach(() => unmount())

  it('[UI54] that cannot be read says so, and is read again by a tap', async () => {
    let isBroken = true
    const submitCheck = async () => {
      if (isBroken) throw new Error('the storage is closed')
      return CLEAN
    }
    const { app, world } = await openSessionPage({}, undefined, undefined, { submitCheck })
    unmount = () => app.unmount()

    await tap(/^Submit$/)
    await vi.waitFor(() => expect(dialog()).toContain('The count could not be looked at on this device.'))
    expect(dialog()).not.toContain('Looking at the count')
    expect(dialog()).not.toContain('in order')
    expect(world.noted).toContainEqual({ event: 'submit-check-broke', message: 'Error: the storage is closed' })

    isBroken = false
    await tap(/^Look again$/)
    await vi.waitFor(() => expect(dialog()).toContain('Everything is counted, matched and in order.'))
    expect(dialog()).not.toContain('could not be looked at')
  })

  it('[UI54] forbids no submit that it cannot look at', async () => {
    const submitted: string[] = []
    const { app } = await openSessionPage(
      {
        submitSession: async (id) => {
          submitted.push(id)
          return { ok: true, done: true }
        },
      },
      undefined,
      undefined,
      { submitCheck: () => Promise.reject(new Error('no')) },
    )
    unmount = () => app.unmount()
    await tap(/^Submit$/)
    await flushPromises()
    await tap(/^Submit without a look$/)
    expect(submitted).toEqual(['S1'])
  })

  it('[UI55] follows the scans that are counted behind it', async () => {
    const { app } = await openSessionPage()
    unmount = () => app.unmount()
    await tap(/^Submit$/)
    await vi.waitFor(() => expect(dialog()).toContain('2 lines on the list not counted'))

    scan('4006381333931')
    await vi.waitFor(() => expect(at('tally').dataset['scanned']).toBe('1'))
    await vi.waitFor(() => expect(dialog()).toContain('1 line on the list not counted'), 3000)

    scan('5901234123457')
    await vi.waitFor(() => expect(dialog()).not.toContain('on the list not counted'), 3000)
  })

  it('[UI55] reads nothing while it is closed, and one that was closed meanwhile is not shown as new', async () => {
    let reads = 0
    const submitCheck = async () => {
      reads += 1
      return CLEAN
    }
    const { app } = await openSessionPage({}, undefined, undefined, { submitCheck })
    unmount = () => app.unmount()
    scan('4006381333931')
    await vi.waitFor(() => expect(at('tally').dataset['scanned']).toBe('1'))
    expect(reads).toBe(0)
    await tap(/^Submit$/)
    await vi.waitFor(() => expect(reads).toBe(1))
    await tap(/^Go on counting$/)
    scan('4006381333931')
    await vi.waitFor(() => expect(at('tally').dataset['scanned']).toBe('2'))
    expect(reads).toBe(1)
  })
})
