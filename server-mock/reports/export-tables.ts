// What is in an exported file: the counts of a list, or every product that was booked, a row each, under one head.
import type { Cell } from '../../src/domain/csv'
import type { CycleCountStatus } from '../../src/domain/session'
import { wallTimeOf } from '../../src/domain/zone-time'
import { listCycleCounts } from '../counts/cycle-count-store'
import type { Sql } from '../db/db'
import type { Caller } from '../http/context'
import type { Query } from '../http/query'
import { readFileLines, type ReportScope } from './report-lines'

/** The first row is the head. */
export type Table = readonly [readonly string[], ...(readonly Cell[])[]]

const PAGE = 2000
/** What a spreadsheet still opens gladly. */
export const EXPORT_ROWS_MAX = 200_000

/** There is more than one file should hold; what to do is in the message. */
export class ExportTooLarge extends Error {}

/** Called after every page. */
type Progress = (rows: number) => Promise<void>

const LINES_HEAD = ['Count', 'Closed on', 'Product', 'Name', 'Class', 'Book', 'Variance', 'Unit cost', 'Value', 'Reason', 'Decided by', 'Category', 'Decision', 'Not booked']

/** In the order of counts and products. @throws ExportTooLarge */
export async function readLinesTable(sql: Sql, scope: ReportScope, progress: Progress): Promise<Table> {
  const zone = await readZone(sql, scope.facilityId)
  const rows: [readonly string[], ...(readonly Cell[])[]] = [LINES_HEAD]
  let after: readonly [string, string] = ['', '']
  while (rows.length <= EXPORT_ROWS_MAX) {
    const found = await readFileLines(sql, scope, { after, limit: PAGE })
    const lines = found.slice(0, PAGE)
    for (const it of lines)
      rows.push([
        it.countName,
        dayCell(it.closedAt, zone),
        it.productId,
        it.productName,
        it.abcClass,
        Number(it.book),
        Number(it.variance),
        amountOf(it.unitCost),
        amountOf(it.value),
        it.reason,
        it.decidedBy,
        it.category,
        it.outcome === 'SKIPPED' ? 'Skipped' : 'Booked',
        amountOf(it.notBooked),
      ])
    await progress(rows.length - 1)
    const last = lines.at(-1)
    if (found.length <= PAGE || last === undefined) return rows
    after = [last.workEffortId, last.productId]
  }
  throw new ExportTooLarge(`More than ${EXPORT_ROWS_MAX} rows: choose a shorter period`)
}

const COUNTS_HEAD = ['Count', 'Name', 'Type', 'Facility', 'Status', 'Created on', 'Created by', 'Due on', 'Started on', 'Closed on']

const TYPES: Readonly<Record<string, string>> = { DIRECTED_COUNT: 'Directed count', HARD_COUNT: 'Hard count' }

const STATUSES: Readonly<Record<CycleCountStatus, string>> = {
  created: 'Assigned',
  'in-progress': 'In progress',
  completed: 'Pending review',
  closed: 'Closed',
  cancelled: 'Cancelled',
}

/** The list of counts as the caller may see it, the newest first. @throws ExportTooLarge, HttpError 400 for a filter that is none */
export async function readCountsTable(sql: Sql, caller: Caller, query: Query, progress: Progress): Promise<Table> {
  const zones = new Map<string, string>()
  const rows: [readonly string[], ...(readonly Cell[])[]] = [COUNTS_HEAD]
  while (rows.length <= EXPORT_ROWS_MAX) {
    const page = await listCycleCounts(sql, { caller, query, limit: PAGE, offset: rows.length - 1 })
    for (const it of page.rows) {
      const facilityId = it.facilityId ?? ''
      const zone = zones.get(facilityId) ?? (await readZone(sql, facilityId))
      zones.set(facilityId, zone)
      const day = (at: number | null) => (at === null ? null : dayCell(at, zone))
      rows.push([
        it.workEffortId,
        it.name,
        TYPES[it.purposeId] ?? it.purposeId,
        it.facilityId,
        STATUSES[it.status],
        day(it.createdAt),
        it.createdBy,
        day(it.estimatedCompletionAt),
        day(it.actualStartAt),
        day(it.actualCompletionAt),
      ])
    }
    await progress(rows.length - 1)
    if (page.rows.length < PAGE) return rows
  }
  throw new ExportTooLarge(`More than ${EXPORT_ROWS_MAX} counts: choose fewer`)
}

export async function readZone(sql: Sql, facilityId: string): Promise<string> {
  const [row] = await sql.query<{ zone: string | null }>(
    'select facility_time_zone as zone from facility where facility_id = $1',
    [facilityId],
  )
  return row?.zone ?? 'UTC'
}

function dayCell(at: number, zone: string): Cell {
  return { day: wallTimeOf(at, zone).slice(0, 10) }
}

function amountOf(text: string | null): number | null {
  return text === null ? null : Number(text)
}
