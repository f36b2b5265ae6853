// Numbers and times as people read them; quantities exact, times in the zone they are given.
import type { EpochMs } from '../domain/ids'
import { encodeQuantity, type Micro } from '../domain/quantity'

const LOCALE = 'en-GB'
const NUMBER = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 6 })
const DAY_MS = 86_400_000

/** `1,234` or `0.5`; a real minus sign, so that it has the width of a plus. */
export function formatQuantity(quantity: Micro): string {
  return formatCount(encodeQuantity(quantity))
}

/** `+1`, `−12`, `0`. */
export function formatChange(quantity: Micro): string {
  if (quantity === 0) return '0'
  return quantity > 0 ? `+${formatQuantity(quantity)}` : formatQuantity(quantity)
}

/** `1 unit`, `18 units`. */
export function amountOf(quantity: Micro): string {
  return countOf(encodeQuantity(quantity), 'unit')
}

/** `−1 unit`, `+4 units`: a difference. */
export function formatUnits(quantity: Micro): string {
  const units = Math.abs(encodeQuantity(quantity))
  return `${formatChange(quantity)} ${units === 1 ? 'unit' : 'units'}`
}

export function formatCount(count: number): string {
  return NUMBER.format(count).replace('-', '−')
}

/** `12 scans`, `1 scan`. */
export function countOf(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`
}

type Formatter = Intl.DateTimeFormat | Intl.NumberFormat

/**
 * Making a formatter costs a hundred times what it costs to use it; the feed shows forty times after every scan, and a
 * review that is scrolled as many amounts in every frame. One per zone or currency and kind: those of a user's facilities
 * are few.
 */
function keptOf<F extends Formatter>(kept: Map<string, F>, key: string, make: () => F): F {
  const formatter = kept.get(key) ?? make()
  kept.set(key, formatter)
  return formatter
}

const CLOCKS = new Map<string, Intl.DateTimeFormat>()
const DAY_NUMBERS = new Map<string, Intl.DateTimeFormat>()
const DAYS = new Map<string, Intl.DateTimeFormat>()
const CURRENCIES = new Map<string, Intl.NumberFormat>()

/** In units of the currency; a plain minus sign. */
export function formatCurrency(value: number, currency: string): string {
  const make = () => new Intl.NumberFormat(LOCALE, { style: 'currency', currency })
  return keptOf(CURRENCIES, currency, make).format(value)
}

export function formatClock(at: EpochMs, timeZone: string, hasSeconds = false): string {
  const make = () =>
    new Intl.DateTimeFormat(LOCALE, {
      timeZone,
      hour: '2-digit',
      minute: '2-digit',
      ...(hasSeconds ? { second: '2-digit' } : {}),
    })
  return keptOf(CLOCKS, `${timeZone} ${hasSeconds}`, make).format(at)
}

/** The day number of a moment in a zone: two moments of one calendar day give one number. */
function dayNumber(at: EpochMs, timeZone: string): number {
  const make = () => new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' })
  const parts = keptOf(DAY_NUMBERS, timeZone, make).format(at)
  return Math.round(Date.parse(`${parts}T00:00:00Z`) / DAY_MS)
}

/** `today 17:00`, `yesterday 17:00`, `Fri 27 Nov 17:00`. */
export function formatDay(at: EpochMs, now: EpochMs, timeZone: string): string {
  const days = dayNumber(at, timeZone) - dayNumber(now, timeZone)
  const clock = formatClock(at, timeZone)
  if (days === 0) return `today ${clock}`
  if (days === 1) return `tomorrow ${clock}`
  if (days === -1) return `yesterday ${clock}`
  const make = () => new Intl.DateTimeFormat(LOCALE, { timeZone, weekday: 'short', day: 'numeric', month: 'short' })
  return `${keptOf(DAYS, timeZone, make).format(at)} ${clock}`
}

/** `26 Nov 2026`: a day in a name, which must still be right when it is read next year. */
export function formatDate(at: EpochMs, timeZone: string): string {
  return new Intl.DateTimeFormat(LOCALE, { timeZone, day: 'numeric', month: 'short', year: 'numeric' }).format(at)
}

/** `26 Nov 2026, 13:10`: for paper, which is read when no day is today any more. */
export function formatMoment(at: EpochMs, timeZone: string): string {
  return `${formatDate(at, timeZone)}, ${formatClock(at, timeZone)}`
}

export interface DueWords {
  readonly text: string
  readonly isOverdue: boolean
}

/** `due today 17:00`, `overdue since yesterday 17:00`; null without a due date. Rule: UI3. */
export function dueWords(dueAt: EpochMs | null, now: EpochMs, timeZone: string): DueWords | null {
  if (dueAt === null) return null
  const isOverdue = dueAt < now
  const day = formatDay(dueAt, now, timeZone)
  return { text: isOverdue ? `overdue since ${day}` : `due ${day}`, isOverdue }
}

/** `just now`, `4 min ago`, `3 h ago`, else the day. */
export function agoWords(at: EpochMs, now: EpochMs, timeZone: string): string {
  const minutes = Math.floor((now - at) / 60_000)
  if (minutes < 1) return 'just now'
  if (minutes < 60) return `${minutes} min ago`
  if (minutes < 12 * 60) return `${Math.floor(minutes / 60)} h ago`
  return formatDay(at, now, timeZone)
}

/** `1.2 GB`, `340 MB`. */
export function formatBytes(bytes: number): string {
  const units = ['bytes', 'KB', 'MB', 'GB', 'TB'] as const
  let value = bytes
  let unit = 0
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000
    unit += 1
  }
  return `${value >= 100 || unit === 0 ? Math.round(value) : Math.round(value * 10) / 10} ${units[unit]}`
}

/** `ana` as a name at the start of a sentence. */
export function nameOf(userName: string): string {
  return userName.charAt(0).toUpperCase() + userName.slice(1)
}

/** What a person called it, else `device 3F2A`: the end of its id, as on its own screen. Rule: docs/SPEC.md BD16 */
export function deviceWords(name: string | null, deviceId: string): string {
  return name === null || name === '' ? `device ${deviceId.slice(-4).toUpperCase()}` : name
}
