// User Timing of scans: what a benchmark reads from outside.
import { performance as nodePerformance } from 'node:perf_hooks'
import { beforeEach, describe, expect, it } from 'vitest'
import { createScanTimings } from '../../src/composables/scan-timings'
import { asId } from '../../src/domain/ids'
import type { EventId } from '../../src/domain/ids'

// Node's own: happy-dom's has no details. The interface is the same.
const performance = nodePerformance as unknown as Performance

describe('createScanTimings', () => {
  beforeEach(() => {
    performance.clearMarks()
    performance.clearMeasures()
  })

  it('[UI13] mark when a scan was received, durable and painted, and measure from the terminator key', () => {
    const timings = createScanTimings(performance)
    const eventId = asId<EventId>('e1')
    const receivedAt = performance.now() - 5
    timings.durable(eventId, receivedAt)
    timings.painted(eventId, receivedAt)

    const received = performance.getEntriesByName('scan:received')[0]
    expect(received?.startTime).toBe(receivedAt)
    for (const name of ['scan:received', 'scan:durable', 'scan:painted', 'scan-to-durable', 'scan-to-paint'])
      expect(performance.getEntriesByName(name)[0]).toMatchObject({ detail: { eventId } })
    expect(performance.getEntriesByName('scan-to-paint')[0]?.duration).toBeGreaterThanOrEqual(5)
  })

  it('[UI13] a key with a time of its own clock never breaks a scan', () => {
    const timings = createScanTimings(performance)
    for (const receivedAt of [-5, performance.now() + 1000]) {
      timings.durable(asId<EventId>('e1'), receivedAt)
      timings.painted(asId<EventId>('e1'), receivedAt)
    }
    expect(performance.getEntriesByName('scan-to-paint').every((it) => it.duration >= 0)).toBe(true)
  })

  it('[UI13] keep the last thousand, with their details', () => {
    const timings = createScanTimings(performance)
    for (let index = 1; index <= 1300; index++) {
      const eventId = asId<EventId>(`e${index}`)
      timings.durable(eventId, index)
      timings.painted(eventId, index)
    }
    const marks = performance.getEntriesByName('scan:durable')
    expect(marks.length).toBeGreaterThanOrEqual(1000)
    expect(marks.length).toBeLessThan(1350)
    expect(marks.at(-1)).toMatchObject({ detail: { eventId: 'e1300' } })
    expect(performance.getEntriesByName('scan-to-paint').at(-1)).toMatchObject({ detail: { eventId: 'e1300' } })
  })
})
