// The days of a report: real ones, in order, and not more than a year and a bit.

export interface ReportDays {
  readonly from: string
  readonly thru: string
}

const DAY = /^\d{4}-\d{2}-\d{2}$/
const DAYS_MAX = 400
const DAY_MS = 86_400_000

/** The days, or in words what is wrong with them. */
export function readReportDays(from: string | null, thru: string | null): ReportDays | string {
  const first = numberOf(from)
  const last = numberOf(thru)
  if (from === null || thru === null || first === null || last === null)
    return 'Name the first and the last day, such as 2026-11-01'
  if (last < first) return 'The last day comes before the first'
  return last - first >= DAYS_MAX ? `At most ${DAYS_MAX} days` : { from, thru }
}

/** The day's number since the epoch; null when there is no such day. */
function numberOf(day: string | null): number | null {
  if (day === null || !DAY.test(day)) return null
  const at = Date.parse(`${day}T00:00:00Z`)
  // The thirtieth of February is read as the second of March.
  if (Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== day) return null
  return at / DAY_MS
}
