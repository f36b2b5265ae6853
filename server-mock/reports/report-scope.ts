// What a report is asked of: the facility, the days, the filters, checked against what the caller may see.
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
  const days = readReportDays(query.one('from'), query.one('thru'))
  if (facilityId === null) throw new HttpError(400, 'Name a facility', 'BAD_REQUEST')
  if (typeof days === 'string') throw new HttpError(400, days, 'BAD_REQUEST')
  const abcClass = query.one('abcClass')
  return {
    facilityId,
    ...days,
    area: query.one('area'),
    abcClass: abcClass === 'none' ? '' : abcClass,
    category: query.one('category'),
    supplier: query.one('supplier'),
  }
}
