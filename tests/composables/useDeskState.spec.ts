// The numbers of the counting screen under reads that fail: of when they are, and that they come back by themselves.
import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope, type EffectScope } from 'vue'
import { useDeskState } from '../../src/composables/useDeskState'
import { createFakeBus, createFakeDesk, FAKE_SESSION } from '../support/fake-desk'

let scope: EffectScope
beforeEach(() => {
  vi.useFakeTimers()
  scope = effectScope()
})
afterEach(() => {
  scope.stop()
  vi.useRealTimers()
})

async function open() {
  const bus = createFakeBus()
  const desk = createFakeDesk(bus)
  const broken = { tally: false, counts: false }
  const time = { now: 1000 }
  const asked = { tally: 0 }
  const unread: string[] = []
  const { tally, counts } = desk
  desk.tally = () => {
    asked.tally += 1
    return broken.tally ? Promise.reject(new Error('tally')) : tally()
  }
  desk.counts = () => (broken.counts ? Promise.reject(new Error('counts')) : counts())
  const clock = { now: () => time.now, mono: () => 0 }
  const begin = async () => {
    const state = scope.run(() => useDeskState({ desk, bus, clock, onUnread: (it) => unread.push(String(it)) }))
    if (state === undefined) throw new Error('no scope')
    await flushPromises()
    return state
  }
  const scanAt = async (at: number) => {
    time.now = at
    await desk.scan({ raw: '1', symbology: null, source: 'scanner', times: 1_000_000 as never, receivedAt: null })
    await flushPromises()
  }
  return { begin, broken, bus, unread, asked, scanAt, time }
}

describe('the numbers on screen', () => {
  it('[UI57] are of the last good reading while a read fails, whatever another reads, until it was read', async () => {
    const { begin, broken, unread, scanAt, time } = await open()
    const state = await begin()
    expect(state.staleness.value).toBeNull()

    broken.tally = true
    await scanAt(2000)
    // The feed was read with the same scan: that says nothing about the tally.
    expect(state.feed.value).toHaveLength(1)
    expect(state.staleness.value).toEqual({ since: 1000 })
    await scanAt(3000)
    expect(state.staleness.value).toEqual({ since: 1000 })
    expect(unread).toEqual(['Error: tally'])

    broken.tally = false
    time.now = 5000
    await vi.advanceTimersByTimeAsync(2000)
    expect(state.staleness.value).toBeNull()
    expect(state.tally.value?.scanned).toBe(2)
  })

  it('[UI57] that were never read have no time; told ones are as good as read', async () => {
    const { begin, broken, bus } = await open()
    broken.counts = true
    const state = await begin()
    expect(state.staleness.value).toEqual({ since: null })

    const counts = { counted: 1, uncounted: 2, undirected: 0, unmatched: 0 }
    bus.post({ kind: 'lines', sessionId: FAKE_SESSION, changed: [], counts })
    expect(state.staleness.value).toBeNull()
    expect(state.counts.value).toEqual(counts)
  })

  it('[UI57] are asked for ever more rarely, and not after the screen has gone', async () => {
    const { begin, broken, asked } = await open()
    broken.tally = true
    await begin()
    await vi.advanceTimersByTimeAsync(60_000)
    // After 1, 3, 7, 15 and 31 s; half a minute later again.
    expect(asked.tally).toBe(6)
    await vi.advanceTimersByTimeAsync(300_000)
    expect(asked.tally).toBe(16)
    scope.stop()
    await vi.advanceTimersByTimeAsync(300_000)
    expect(asked.tally).toBe(16)
  })
})
