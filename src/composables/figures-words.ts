// Reports in words and cells: shares, durations, periods, and the rows of the file.
import { encodeQuantity } from '../domain/quantity'
import type { ExportKind, Figures, Grouping } from '../domain/report'
import type { ReportAsk } from '../ports/report'
import { countOf, formatCount, formatQuantity } from './format'
import { formatMoney } from './review-words'

// No zone of its own: the day is one already.
const DAY = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' })

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000

/** `98.4 %`; a dash where there is nothing to share. Never rounded up to all of it. */
export function shareWords(share: number | null): string {
  if (share === null) return '–'
  const tenths = share < 1 ? Math.min(999, Math.round(share * 1000)) : 1000
  return `${formatCount(tenths / 10)} %`
}

/** `5 of 400 units wrong`. */
export function unitsWords({ products, absoluteUnits, bookUnits }: Figures): string {
  if (products === 0) return 'nothing was booked'
  if (absoluteUnits === 0) return 'no unit wrong'
  return `${formatQuantity(absoluteUnits)} of ${countOf(encodeQuantity(bookUnits), 'unit')} wrong`
}

/** `4 units missing, worth €8.00`. */
export function missingWords({ products, shrinkUnits, shrinkValue }: Figures, currency: string | null): string {
  if (products === 0) return 'nothing was booked'
  if (shrinkUnits === 0) return 'nothing missing'
  const units = `${countOf(encodeQuantity(shrinkUnits), 'unit')} missing`
  return shrinkValue === 0 ? units : `${units}, worth ${formatMoney(shrinkValue, currency)}`
}

type Filters = Pick<ReportAsk, 'area' | 'abcClass' | 'category' | 'supplier'>

/** What of the chosen filters does not narrow a file; null: all that is chosen does. */
export function exportHint(what: ExportKind, { area, abcClass, category, supplier }: Filters): string | null {
  const isByProduct = abcClass !== null || category !== null || supplier !== null
  if (what === 'counts' && (isByProduct || area !== null))
    return 'The list has every count that was closed in these days: area, class, category and supplier do not narrow it.'
  return what === 'pace' && isByProduct ? 'The pace is of all products: class, category and supplier do not narrow it.' : null
}
/** A calendar day `yyyy-MM-dd` as people write it: `Tue 24 Nov 2026`. */
export function dayWords(day: string): string {
  return DAY.format(Date.parse(`${day}T00:00:00Z`))
}

/** A day that an address names; null where it names none. */
export function dayOfQuery(value: unknown): string | null {
  return typeof value === 'string' &&
    /^\d{4}-\d{2}-\d{2}$/.test(value) &&
    Number.isFinite(Date.parse(`${value}T00:00:00Z`))
    ? value
    : null
}

/** `2 h 5 min`, `3 d 4 h`, `12 min`. */
export function durationWords(ms: number | null): string {
  if (ms === null) return '–'
  if (ms >= DAY_MS) return `${Math.floor(ms / DAY_MS)} d ${Math.floor((ms % DAY_MS) / HOUR_MS)} h`
  const minutes = Math.round(ms / MINUTE_MS)
  return minutes >= 60 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : `${minutes} min`
}

/** The calendar day of a moment in a zone, `yyyy-MM-dd`. */
export function dayOf(at: number, timeZone: string): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(at)
}

export const PERIODS = [
  { id: '7', label: 'Last 7 days', days: 7 },
  { id: '30', label: 'Last 30 days', days: 30 },
  { id: '90', label: 'Last 90 days', days: 90 },
  { id: '365', label: 'Last 365 days', days: 365 },
] as const

/** The last `days` days up to today, by the facility's calendar. */
export function periodOf(days: number, now: number, timeZone: string): { readonly from: string; readonly thru: string } {
  const thru = dayOf(now, timeZone)
  const from = new Date(Date.parse(`${thru}T00:00:00Z`) - (days - 1) * DAY_MS).toISOString().slice(0, 10)
  return { from, thru }
}

/** The server tells no longer ones. */
const PERIOD_DAYS_MAX = 400

/** Why nothing is asked for; null: the days are a period. Rules: docs/SPEC.md RP33 */
export function periodProblemOf({ from, thru }: { readonly from: string; readonly thru: string }): string | null {
  const [first, last] = [from, thru].map((it) => Date.parse(`${it}T00:00:00Z`))
  if (first === undefined || last === undefined || Number.isNaN(first) || Number.isNaN(last)) return 'Choose the first and the last day.'
  if (last < first) return 'The last day comes before the first.'
  return (last - first) / DAY_MS >= PERIOD_DAYS_MAX ? `Choose at most ${PERIOD_DAYS_MAX} days.` : null
}

const MONTH = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', month: 'long', year: 'numeric' })

/** `Tue, 24 Nov 2026`, `Week of Mon, 23 Nov 2026`, `November 2026`. */
export function groupWords(start: string, grouping: Grouping): string {
  if (grouping === 'month') return MONTH.format(Date.parse(`${start}T00:00:00Z`))
  return grouping === 'week' ? `Week of ${dayWords(start)}` : dayWords(start)
}
