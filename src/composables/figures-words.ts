// Reports in words and cells: shares, durations, periods, and the rows of the file.
import type { Cell } from '../domain/csv'
import { encodeMoney } from '../domain/money'
import { encodeQuantity } from '../domain/quantity'
import type { ReportLine } from '../ports/report'
import { formatCount } from './format'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000

/** `98.4 %`; a dash where there is nothing to share. Never rounded up to all of it. */
export function shareWords(share: number | null): string {
  if (share === null) return '–'
  const tenths = share < 1 ? Math.min(999, Math.round(share * 1000)) : 1000
  return `${formatCount(tenths / 10)} %`
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

/** The lines of a report as a spreadsheet has them, with a head. */
export function lineRows(lines: readonly ReportLine[], timeZone: string): readonly (readonly Cell[])[] {
  const head = ['Count', 'Closed on', 'Product', 'Name', 'Class', 'Book', 'Variance', 'Unit cost', 'Value', 'Reason', 'Decided by']
  return [
    head,
    ...lines.map((it) => [
      it.countName,
      dayOf(it.closedAt, timeZone),
      it.productId,
      it.productName,
      it.abcClass,
      encodeQuantity(it.book),
      encodeQuantity(it.variance),
      it.unitCost === null ? null : encodeMoney(it.unitCost),
      it.value === null ? null : encodeMoney(it.value),
      it.reason,
      it.decidedBy,
    ]),
  ]
}
