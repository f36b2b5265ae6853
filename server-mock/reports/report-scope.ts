// What a report is asked of: the facility, the days, the filters, checked against what the caller may see.
import { REPORT_FACILITIES_MAX } from '../../src/contract/reports'
import type { Caller } from '../http/context'
import { HttpError } from '../http/errors'
import type { Query } from '../http/query'
import { readReportDays } from '../rules/report-period'
import type { ReportScope } from './report-lines'

/**
 * @param what `book`: variances tell the book, so the permission to see it is needed; `own`: what a counter may know
 * @throws HttpError 403 without the permission or outside the caller's facilities, 400 without readable days
 */
export function scopeOfQuery(caller: Caller, query: Query, what: 'book' | 'own'): ReportScope {
  if (what === 'book') caller.require('INV_CNT_VIEW_QOH')
  const facilityId = query.one('facilityId')
  caller.requireAt(facilityId)
  if (facilityId === null) throw new HttpError(400, 'Name a facility', 'BAD_REQUEST')
  return {
    facilityId,
    ...daysOf(query),
    area: query.one('area'),
    abcClass: classOf(query),
    category: query.one('category'),
    supplier: query.one('supplier'),
  }
}

/**
 * Of several facilities, named in `facilityIds` with commas between; one that the caller may not see refuses them all.
 * @throws HttpError as `scopeOfQuery`, 400 without a facility or with too many
 */
export function facilitiesOfQuery(caller: Caller, query: Query) {
  caller.require('INV_CNT_VIEW_QOH')
  const facilityIds = [...new Set((query.one('facilityIds') ?? '').split(',').filter((it) => it !== ''))]
  if (facilityIds.length === 0 || facilityIds.length > REPORT_FACILITIES_MAX)
    throw new HttpError(400, `Name one to ${REPORT_FACILITIES_MAX} facilities`, 'BAD_REQUEST')
  for (const it of facilityIds) caller.requireAt(it)
  return { facilityIds, ...daysOf(query), abcClass: classOf(query) }
}

function daysOf(query: Query) {
  const days = readReportDays(query.one('from'), query.one('thru'))
  if (typeof days === 'string') throw new HttpError(400, days, 'BAD_REQUEST')
  return days
}

function classOf(query: Query): string | null {
  const abcClass = query.one('abcClass')
  return abcClass === 'none' ? '' : abcClass
}
