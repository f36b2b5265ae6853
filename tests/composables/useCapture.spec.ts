// What each kind of capture means for the count: above all a burst without an end, which counts only if it is known.
import { flushPromises } from '@vue/test-utils'
import { effectScope, type EffectScope } from 'vue'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { useCapture } from '../../src/composables/useCapture'
import { useDeskState } from '../../src/composables/useDeskState'
import { useScanning } from '../../src/composables/useScanning'
import { NOTHING_LEARNT, WEDGE_DEFAULTS, type WedgeMemory, type WedgeSettings } from '../../src/domain/barcode/wedge-result'
import { unitsOf } from '../../src/domain/quantity'
import { aLine, createFakeBus, createFakeDesk } from '../support/fake-desk'
import { scanned, typedByHand } from '../support/key-streams'
import { playKeys } from '../support/keyboard-page'

const EAN = '4006381333931'
/** One digit of it is wrong: no scanner that is in order sends that. */
const WRONG = '4006381333932'
const NO_END = { terminator: 'none' } as const
/** Longer than a burst without an end may take. */
const OVER_MS = 1000

let scope: EffectScope

interface Options {
  readonly isKnown?: (raw: string) => Promise<boolean>
  readonly memory?: WedgeMemory
  readonly settings?: WedgeSettings
}

function open({ isKnown = async () => true, memory = NOTHING_LEARNT, settings = WEDGE_DEFAULTS }: Options = {}) {
  const bus = createFakeBus()
  const desk = createFakeDesk(bus, [aLine({ id: EAN, name: 'Tea' })])
  const asked: string[] = []
  const scanning = scope.run(() => {
    const state = useDeskState({ desk, bus, clock: { now: () => 0, mono: () => 0 }, onUnread: () => undefined })
    const made = useScanning({
      desk,
      feed: state.feed,
      timings: { painted: () => undefined },
      sound: () => undefined,
      tell: () => undefined,
      appended: () => undefined,
    })
    useCapture({
      scanning: made,
      scanField: () => document.querySelector('#scan'),
      memory: { load: () => memory, save: () => undefined },
      settings: () => settings,
      isKnown: (raw) => {
        asked.push(raw)
        return isKnown(raw)
      },
    })
    return made
  })
  if (scanning === undefined) throw new Error('no scope')
  return { desk, scanning, asked }
}

/** Keys, stamped with the time that the page has. */
async function play(value: string, options: Parameters<typeof scanned>[1] = {}): Promise<void> {
  await flushPromises()
  playKeys(scanned(value, { startAt: performance.now(), ...options }))
  await vi.advanceTimersByTimeAsync(OVER_MS)
  await flushPromises()
}

const field = (): HTMLInputElement => document.querySelector<HTMLInputElement>('#scan') ?? expect.unreachable()

beforeEach(() => {
  document.body.innerHTML = '<input id="scan">'
  scope = effectScope()
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
})
afterEach(() => {
  scope.stop()
  vi.useRealTimers()
})

describe('what is set up for the device', () => {
  it('[WS6] takes the prefix off that is set up for the device, and counts what is behind it', async () => {
    const { desk } = open({ settings: { ...WEDGE_DEFAULTS, prefixes: ['~#'] } })

    await play(`~#${EAN}`)

    expect(desk.scans.map((it) => it.raw)).toEqual([EAN])
  })
})

describe('a burst without an end', () => {
  it('[UI44] [WD5] counts when the device knows a product for it', async () => {
    const { desk, scanning, asked } = open()
    await play(EAN, NO_END)

    expect(asked).toEqual([EAN])
    expect(desk.scans).toMatchObject([{ raw: EAN, source: 'scanner', times: unitsOf(1) }])
    expect(scanning.feedback.value).toMatchObject({ outcome: 'counted', text: 'Tea' })
  })

  it('[UI44] [WD5] is shown as partial when it is unknown, or when that cannot be found out', async () => {
    for (const isKnown of [async () => false, async () => Promise.reject(new Error('the catalogue is closed'))]) {
      document.body.innerHTML = '<input id="scan">'
      const { desk, scanning } = open({ isKnown })
      await play(EAN, NO_END)

      expect(desk.scans).toEqual([])
      expect(scanning.feedback.value).toMatchObject({ outcome: 'partial', partial: { raw: EAN } })
      scope.stop()
      scope = effectScope()
    }
  })

  it('[UI44] is shown as partial when the look-up never answers, and is not counted when it does after all', async () => {
    let answer = (_known: boolean): void => undefined
    const { desk, scanning } = open({ isKnown: () => new Promise((resolve) => (answer = resolve)) })
    await play(EAN, NO_END)
    await vi.advanceTimersByTimeAsync(5000)
    expect(scanning.feedback.value).toMatchObject({ outcome: 'partial', partial: { raw: EAN } })

    answer(true)
    await flushPromises()
    expect(desk.scans).toEqual([])
  })

  it('[UI44] [WD5] is not even asked about with a wrong check digit, nor once the scanner has shown its end', async () => {
    const fresh = open()
    await play(WRONG, NO_END)
    expect(fresh.asked).toEqual([])
    expect(fresh.scanning.feedback.value?.outcome).toBe('partial')
    scope.stop()
    scope = effectScope()

    const learnt = open({ memory: { ...NOTHING_LEARNT, terminatedScans: 3, terminator: 'Enter' } })
    await play(EAN, NO_END)
    expect(learnt.asked).toEqual([])
    expect(learnt.desk.scans).toEqual([])
    expect(learnt.scanning.feedback.value).toMatchObject({ outcome: 'partial', partial: { raw: EAN } })
  })
})

describe('the number before a scan', () => {
  it('[UI7] [QT13] that stands in the scan field is for the scan, also for one without an end', async () => {
    const { desk } = open()
    field().value = '12*'
    await play(EAN, NO_END)
    await play(EAN)

    expect(desk.scans.map((it) => it.times)).toEqual([unitsOf(12), unitsOf(1)])
    expect(field().value).toBe('')
  })

  it('[UI7] [QT13] typed together with the number of the product counts that many', async () => {
    const { desk } = open()
    field().focus()
    playKeys(typedByHand('12*4006', { startAt: performance.now() }))
    await vi.advanceTimersByTimeAsync(OVER_MS)

    expect(desk.scans).toMatchObject([{ raw: '4006', source: 'keyboard', times: unitsOf(12) }])
  })
})
