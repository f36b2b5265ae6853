// Clock times of a place and moments: due dates are said in the facility's zone (decision 24).
import type { EpochMs } from './ids'

const WALL = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2}))?$/
const DAY_MS = 86_400_000

/** Making one costs a hundred times what it costs to use it. The zones of a user's facilities are few. */
const FORMATS = new Map<string, Intl.DateTimeFormat>()

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const format =
    FORMATS.get(timeZone) ??
    new Intl.DateTimeFormat('en-CA', {
      timeZone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      hourCycle: 'h23',
    })
  FORMATS.set(timeZone, format)
  return format
}

/** What clocks in the zone show at a moment: `2026-11-26T09:30:00`. @throws RangeError for an unknown zone */
export function wallTimeOf(at: EpochMs, timeZone: string): string {
  const parts = new Map(formatOf(timeZone).formatToParts(at).map((it) => [it.type, it.value]))
  const of = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? ''
  return `${of('year').padStart(4, '0')}-${of('month')}-${of('day')}T${of('hour')}:${of('minute')}:${of('second')}`
}

/**
 * The moment at which clocks in the zone show `2026-11-26T09:30` (seconds optional). The earlier one where they show it
 * twice; null where they never do, or where it is no time at all. Rules: docs/SPEC.md PL8
 */
export function momentOf(wall: string, timeZone: string): EpochMs | null {
  const parts = WALL.exec(wall)
  if (parts === null) return null
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts
    .slice(1)
    .map((it) => Number(it ?? 0))
  const asUtc = Date.UTC(year, month - 1, day, hour, minute, second)
  const text = new Date(asUtc).toISOString().slice(0, 19)
  if (text !== wall.padEnd(19, ':00')) return null
  // The offset before and after any change of the clocks nearby.
  const moments = [asUtc - DAY_MS, asUtc + DAY_MS].map((near) => asUtc - offsetMs(near, timeZone))
  const fitting = moments.filter((it) => wallTimeOf(it, timeZone) === text)
  return fitting.length === 0 ? null : Math.min(...fitting)
}

function offsetMs(at: EpochMs, timeZone: string): number {
  return Date.parse(`${wallTimeOf(at, timeZone)}Z`) - Math.floor(at / 1000) * 1000
}
