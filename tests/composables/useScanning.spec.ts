// What a scan does to the screen: feedback, current product, prefix, questions, undo.
import { flushPromises } from '@vue/test-utils'
import { effectScope } from 'vue'
import { describe, expect, it } from 'vitest'
import { useDeskState } from '../../src/composables/useDeskState'
import { useScanning } from '../../src/composables/useScanning'
import { asId } from '../../src/domain/ids'
import type { EventId } from '../../src/domain/ids'
import { unitsOf } from '../../src/domain/quantity'
import { aLine, createFakeBus, createFakeDesk } from '../support/fake-desk'

const TEA = aLine({ id: 'tea', name: 'Tea', systemQuantityOnHand: unitsOf(4) })
const RICE = aLine({ id: 'rice', name: 'Rice' })

function open() {
  const bus = createFakeBus()
  const desk = createFakeDesk(bus, [TEA, RICE])
  const sounds: string[] = []
  const spoken: (number | null)[] = []
  const told: string[] = []
  let appended = 0
  const made = effectScope().run(() => {
    const state = useDeskState({ desk, bus, clock: { now: () => 0, mono: () => 0 }, onUnread: () => undefined })
    const scanning = useScanning({
      desk,
      feed: state.feed,
      timings: { painted: () => undefined },
      sound: (outcome) => sounds.push(outcome),
      speak: (total) => spoken.push(total),
      tell: (sentence) => told.push(sentence),
      appended: () => (appended += 1),
    })
    return { state, scanning }
  })
  if (made === undefined) throw new Error('no scope')
  const scan = async (raw: string) => {
    const outcome = await made.scanning.receive({ raw, symbology: null, source: 'scanner', receivedAt: null })
    await flushPromises()
    return outcome
  }
  return { desk, sounds, spoken, told, appended: () => appended, ...made, scan }
}

describe('useScanning', () => {
  it('[UI4] each outcome has its word, its sound and its sentence', async () => {
    const { desk, scan, scanning, sounds, told } = open()
    await scan('tea')
    expect(scanning.feedback.value).toMatchObject({ outcome: 'counted', text: 'Tea', quantity: unitsOf(1) })
    await scan('unknown')
    expect(scanning.feedback.value).toMatchObject({ outcome: 'unmatched', text: 'unknown' })
    desk.refuseNext = 'lock-lost'
    await scan('tea')
    expect(scanning.feedback.value).toMatchObject({ outcome: 'refused', text: 'Somebody else holds this session now.' })
    scanning.partial('400', null)
    expect(scanning.feedback.value).toMatchObject({ outcome: 'partial', partial: { raw: '400', symbology: null } })

    expect(sounds).toEqual(['counted', 'unmatched', 'refused', 'partial'])
    expect(told[0]).toBe('Counted: Tea, +1, 1 in all')
    expect(told[3]).toContain('Not counted yet')
  })

  it('[UI60] the new total is spoken with the answer, and nothing where there is none, or a newer answer stands', async () => {
    const { desk, scan, scanning, spoken } = open()
    await scan('tea')
    await scan('tea')
    desk.refuseNext = 'lock-lost'
    await scan('tea')
    scanning.partial('400', null)
    expect(spoken).toEqual([unitsOf(1), unitsOf(2), null, null])

    const fast = desk.scan
    let letGo = (): void => undefined
    desk.scan = async (input) => {
      if (input.raw === 'rice') await new Promise<void>((resolve) => (letGo = resolve))
      return fast(input)
    }
    const slow = scan('rice')
    await scan('tea')
    letGo()
    await slow
    expect(spoken.slice(4)).toEqual([unitsOf(3)])
  })

  it('[KP6] a scan is under way until it is answered: the page must not reload over it', async () => {
    const { scanning } = open()
    const answer = scanning.receive({ raw: 'tea', symbology: null, source: 'scanner', receivedAt: null })
    expect(scanning.isReceiving()).toBe(true)
    await answer
    expect(scanning.isReceiving()).toBe(false)
  })

  it('[UI4] an older scan that was slow does not cover a newer one', async () => {
    const { desk, scanning } = open()
    const fast = desk.scan
    let letGo = (): void => undefined
    desk.scan = async (input) => {
      if (input.raw === 'rice') await new Promise<void>((resolve) => (letGo = resolve))
      return fast(input)
    }
    const slow = scanning.receive({ raw: 'rice', symbology: null, source: 'scanner', receivedAt: null })
    await scanning.receive({ raw: 'tea', symbology: null, source: 'scanner', receivedAt: null })
    letGo()
    await slow
    expect(scanning.feedback.value?.text).toBe('Tea')
    expect(scanning.current.value?.name).toBe('Tea')
  })

  it('[UI4] a scan that is identified after the beep takes card and band with it', async () => {
    const { desk, scan, scanning } = open()
    await scan('late')
    expect(scanning.current.value).toMatchObject({ productId: null, name: 'late' })
    const [entry] = await desk.feed(1)
    const line = scanning.current.value?.lineKey
    if (entry === undefined || line === undefined) throw new Error('no scan')
    desk.items.delete(line)
    desk.items.set(TEA.lineKey, { ...TEA, quantity: unitsOf(1), standing: 1, bucket: 'counted' })
    desk.feed = async () => [{ ...entry, lineKey: TEA.lineKey, productId: TEA.productId, bucket: 'counted' }]

    await scanning.reloadCurrent()
    expect(scanning.current.value).toMatchObject({ productId: 'tea', name: 'Tea', total: unitsOf(1) })
    expect(scanning.feedback.value).toMatchObject({ outcome: 'counted', text: 'Tea' })
  })

  it('[UI7] the number before a scan counts once', async () => {
    const { scan, scanning, desk } = open()
    scanning.prefix.value = unitsOf(3)
    await scan('tea')
    await scan('tea')
    expect(desk.scans.map((it) => it.times)).toEqual([unitsOf(3), unitsOf(1)])
    expect(scanning.prefix.value).toBeNull()
    expect(scanning.current.value?.total).toBe(unitsOf(4))
  })

  it('[UI8] ask about ten times the book quantity, once, and take it back on no', async () => {
    const { scan, scanning } = open()
    scanning.prefix.value = unitsOf(41)
    await scan('tea')
    expect(scanning.question.value?.text).toBe('41 at once. Is that right?')
    await scanning.answerQuestion(false)
    await flushPromises()
    expect(scanning.question.value).toBeNull()
    expect(scanning.current.value?.total).toBe(0)

    await scan('tea')
    expect(scanning.question.value).toBeNull()
  })

  it('[UI8] without a book quantity ask above a hundred', async () => {
    const { scan, scanning } = open()
    scanning.prefix.value = unitsOf(100)
    await scan('rice')
    expect(scanning.question.value).toBeNull()
    scanning.prefix.value = unitsOf(101)
    await scan('rice')
    expect(scanning.question.value).not.toBeNull()
    await scanning.answerQuestion(true)
    expect(scanning.current.value?.total).toBe(unitsOf(201))
  })

  it('[UI75] a first scan of what nobody asked for is held against the book of its product', async () => {
    const { scan, scanning, desk } = open()
    // Not folded yet: there is no line to look at.
    desk.line = async () => null
    desk.books.set(asId('rice'), unitsOf(500))
    scanning.prefix.value = unitsOf(400)
    await scan('rice')
    await flushPromises()
    expect(scanning.question.value).toBeNull()

    desk.books.set(asId('rice'), unitsOf(3))
    scanning.prefix.value = unitsOf(31)
    await scan('rice')
    await flushPromises()
    expect(scanning.question.value?.text).toBe('31 at once. Is that right?')
  })

  it('[UI9] undo takes the last standing scan of the product in hand back, each at most once', async () => {
    const { scan, scanning, state } = open()
    await scan('tea')
    await scan('tea')
    await scan('rice')
    await scanning.select(TEA.lineKey)
    await scanning.undoCurrent()
    await flushPromises()
    await scanning.undoCurrent()
    await flushPromises()
    expect(scanning.current.value).toMatchObject({ name: 'Tea', total: 0 })
    expect(scanning.canUndo.value).toBe(false)
    expect(state.tally.value?.scanned).toBe(1)

    const entry = state.feed.value.find((it) => it.name === 'Tea')
    if (entry !== undefined) await scanning.undo(entry)
    expect(scanning.toast.value?.text).toBe('Tea was taken back before.')
  })

  it('[UI28] count again reads what was read: the pack size of the time counts, a hand count keeps its product', async () => {
    const { desk, scanning, state, scan } = open()
    await scan('tea')
    const [scanned] = state.feed.value
    if (scanned === undefined) throw new Error('nothing in the feed')

    await scanning.undo({ ...scanned, quantity: unitsOf(24), packSize: 12 })
    scanning.toast.value?.again?.()
    await flushPromises()
    expect(desk.scans.at(-1)).toMatchObject({ raw: 'tea', source: 'keyboard', times: unitsOf(2) })
    expect(desk.scans.at(-1)).not.toHaveProperty('productId')

    const [again] = state.feed.value
    if (again === undefined) throw new Error('nothing in the feed')
    await scanning.undo({ ...again, source: 'hand', quantity: unitsOf(5), productId: TEA.productId })
    scanning.toast.value?.again?.()
    await flushPromises()
    expect(desk.scans.at(-1)).toMatchObject({ source: 'hand', times: unitsOf(5), productId: TEA.productId })
  })

  it('[UI28] an amount set by hand goes back once, also when it is tapped twice', async () => {
    const { desk, scanning, state, scan } = open()
    await scan('tea')
    await scanning.setTotal(TEA.lineKey, unitsOf(7))
    const [row] = state.feed.value
    if (row === undefined) throw new Error('nothing in the feed')
    const set = { ...row, eventId: asId<EventId>('set'), kind: 'correction', source: 'hand', quantity: unitsOf(6) } as const

    await Promise.all([scanning.undo(set), scanning.undo(set)])

    expect((await desk.line(TEA.lineKey))?.total).toBe(unitsOf(1))
    expect(scanning.toast.value?.text).toBe('Taken back: Tea −6')
  })

  it('[UI9] what was taken back can be counted again from the toast', async () => {
    const { scan, scanning } = open()
    scanning.prefix.value = unitsOf(6)
    await scan('tea')
    await scanning.undoCurrent()
    await flushPromises()
    expect(scanning.toast.value?.text).toBe('Taken back: Tea −6')
    scanning.toast.value?.again?.()
    await flushPromises()
    expect(scanning.current.value?.total).toBe(unitsOf(6))
    expect(scanning.toast.value).toBeNull()
  })

  it('[UI7] quick taps on plus and minus add up', async () => {
    const { scan, scanning } = open()
    await scan('tea')
    await Promise.all([scanning.step(1), scanning.step(1), scanning.step(-1), scanning.step(1)])
    await flushPromises()
    expect(scanning.current.value?.total).toBe(unitsOf(3))
  })

  it('[UI4] tell the worker about every scan that was stored, and about no other', async () => {
    const { desk, scan, appended } = open()
    await scan('tea')
    desk.refuseNext = 'storage'
    await scan('tea')
    expect(appended()).toBe(1)
  })
})
