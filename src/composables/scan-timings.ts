// User Timing marks of every scan, so that anybody can measure the app from outside (docs: architecture, timings).
import type { EventId } from '../domain/ids'

const MARKS = ['scan:received', 'scan:durable', 'scan:painted'] as const
const MEASURES = ['scan-to-durable', 'scan-to-paint'] as const
const KEPT = 1000
/** Entries cannot be removed singly: the last thousand are written anew, once in so many scans. */
const REWRITE_AT = 1250
/** Counting the entries costs time on the scan path: not at every scan. */
const LOOK_EVERY = 100

export interface ScanTimings {
  /** @param receivedAt time stamp of the terminator key, on the scale of performance.now() */
  readonly durable: (eventId: EventId, receivedAt: number) => void
  /** After the frame that shows the scan: the first task behind it. */
  readonly painted: (eventId: EventId, receivedAt: number) => void
}

function trim(performance: Performance): void {
  for (const name of MARKS) {
    const entries = performance.getEntriesByName(name, 'mark')
    if (entries.length < REWRITE_AT) continue
    performance.clearMarks(name)
    for (const entry of entries.slice(-KEPT))
      performance.mark(name, {
        startTime: entry.startTime,
        detail: entry instanceof PerformanceMark ? (entry.detail as unknown) : null,
      })
  }
  for (const name of MEASURES) {
    const entries = performance.getEntriesByName(name, 'measure')
    if (entries.length < REWRITE_AT) continue
    performance.clearMeasures(name)
    for (const entry of entries.slice(-KEPT))
      performance.measure(name, {
        start: entry.startTime,
        end: entry.startTime + entry.duration,
        detail: entry instanceof PerformanceMeasure ? (entry.detail as unknown) : null,
      })
  }
}

export function createScanTimings(performance: Performance): ScanTimings {
  let sinceLook = 0
  return {
    durable(eventId, receivedAt) {
      const detail = { eventId }
      const start = within(performance, receivedAt)
      performance.mark('scan:received', { startTime: start, detail })
      const { startTime } = performance.mark('scan:durable', { detail })
      performance.measure('scan-to-durable', { start, end: startTime, detail })
    },
    painted(eventId, receivedAt) {
      const detail = { eventId }
      const start = within(performance, receivedAt)
      const { startTime } = performance.mark('scan:painted', { detail })
      performance.measure('scan-to-paint', { start, end: startTime, detail })
      sinceLook += 1
      if (sinceLook < LOOK_EVERY) return
      sinceLook = 0
      trim(performance)
    },
  }
}

/** Clocks of events and of the page differ by a little: a mark in the future or before the page would be an error. */
function within(performance: Performance, time: number): number {
  return Math.min(Math.max(0, time), performance.now())
}

/** Resolves in the first task after the next frame is on screen; at once where nothing is painted (hidden page). */
export function afterPaint(): Promise<void> {
  if (document.visibilityState !== 'visible') return Promise.resolve()
  return new Promise((resolve) => {
    requestAnimationFrame(() => {
      const channel = new MessageChannel()
      channel.port1.onmessage = () => {
        channel.port1.close()
        resolve()
      }
      channel.port2.postMessage(null)
    })
  })
}
