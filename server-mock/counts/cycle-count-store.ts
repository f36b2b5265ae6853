// Cycle counts between SQL rows and the wire: lists with filters, one, create, change, progress.
import { CYCLE_COUNT_STATUS_IDS, PURPOSE_IDS, type WireCycleCount, type WireSession } from '../../src/contract/counts'
import type { CycleCountStatus } from '../../src/domain/session'
import type { Sql } from '../db/db'
import type { Caller, Reach, ServerProfile } from '../http/context'
import { HttpError } from '../http/errors'
import { escapeLike, orderByOf, Params, whereOf, type Fields, type Query } from '../http/query'
import type { CycleCountRow } from '../rules/count-change'
import type { LockRow } from '../rules/lock'
import { readActiveLocks } from './lock-store'
import { decodeCycleCountStatus, encodeSession, listSessions, writeHistory, type StatusChange } from './session-store'

interface Columns {
  readonly work_effort_id: string
  readonly name: string
  readonly purpose_id: string
  readonly status_id: string
  readonly facility_id: string | null
  readonly is_blind: boolean
  readonly created_at: number
  readonly created_by: string | null
  readonly estimated_start_at: number | null
  readonly estimated_completion_at: number | null
  readonly actual_start_at: number | null
  readonly actual_completion_at: number | null
}

const FIELDS: Fields = {
  workEffortId: { sql: 'c.work_effort_id', type: 'text' },
  workEffortName: { sql: 'c.name', type: 'text' },
  facilityId: { sql: 'c.facility_id', type: 'text' },
  statusId: { sql: 'c.status_id', type: 'text' },
  workEffortPurposeTypeId: { sql: 'c.purpose_id', type: 'text' },
  countType: { sql: 'c.purpose_id', type: 'text' },
  createdDate: { sql: 'c.created_at', type: 'millis' },
  estimatedStartDate: { sql: 'c.estimated_start_at', type: 'millis' },
  estimatedCompletionDate: { sql: 'c.estimated_completion_at', type: 'millis' },
  actualCompletionDate: { sql: 'c.actual_completion_at', type: 'millis' },
}

/** Date filters of the list: parameter, column, comparison. Their strings are in the zone of the user's profile. */
const DATE_FILTERS = [
  ['createdDateFrom', 'c.created_at', '>='],
  ['createdDateTo', 'c.created_at', '<='],
  ['closedDate', 'c.actual_completion_at', '>='],
  ['closedDateTo', 'c.actual_completion_at', '<='],
] as const
const LOCAL_TIME = /^\d{4}-\d{2}-\d{2}(?: \d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?)?$/

/** One page of the counts that the caller may see, newest first unless asked otherwise, and how many there are. */
export async function listCycleCounts(
  sql: Sql,
  { caller, query, limit, offset }: { caller: Caller; query: Query; limit: number; offset: number },
): Promise<{ readonly rows: readonly CycleCountRow[]; readonly total: number }> {
  const params = new Params()
  const conditions = [whereOf(query, FIELDS, params)]
  if (!caller.isAdmin) conditions.push(`c.facility_id = any(${params.add([...caller.facilityIds], 'text[]')})`)
  const keyword = query.one('keyword')
  if (keyword !== null) conditions.push(`c.name ilike ${params.add(`%${escapeLike(keyword)}%`, 'text')}`)
  for (const [name, column, operator] of DATE_FILTERS) {
    const text = query.one(name)
    if (text !== null) conditions.push(`${column} ${operator} ${instantOf(name, text, caller, params)}`)
  }
  const where = conditions.join(' and ')
  const [count] = await sql.query<{ total: number }>(
    `select count(*)::int as total from cycle_count c where ${where}`,
    params.values,
  )
  const order = orderByOf(query, FIELDS, { otherwise: 'c.created_at desc', last: 'c.work_effort_id' })
  const rows = await sql.query<Columns>(
    `select c.* from cycle_count c where ${where} order by ${order}
     limit ${params.add(limit, 'int')} offset ${params.add(offset, 'int')}`,
    params.values,
  )
  return { rows: rows.map(decode), total: count?.total ?? 0 }
}

/** SQL for a moment: epoch milliseconds, or `yyyy-MM-dd HH:mm:ss.SSS` in the profile's zone. */
function instantOf(name: string, text: string, caller: Caller, params: Params): string {
  if (/^\d{1,15}$/.test(text)) return params.add(Number(text), 'bigint')
  if (!LOCAL_TIME.test(text) || Number.isNaN(Date.parse(text.replace(' ', 'T'))))
    throw new HttpError(400, `${name} cannot be read: ${text.slice(0, 40)}`, 'BAD_REQUEST')
  const zone = `(select time_zone from user_account where user_id = ${params.add(caller.userId, 'text')})`
  return `(extract(epoch from (${params.add(text, 'text')}::timestamp at time zone ${zone})) * 1000)::bigint`
}

/** null when there is none. @throws HttpError 403 outside the caller's facilities */
export async function findCycleCount(sql: Sql, caller: Caller, workEffortId: string): Promise<CycleCountRow | null> {
  return readOne(sql, caller, workEffortId, '')
}

/**
 * Locked until the transaction ends.
 * @param forWhat `change`: nobody else may change it or write to its sessions; `use`: it stays as it is meanwhile
 * @throws HttpError 404, or 403 outside the caller's facilities
 */
export async function holdCycleCount(
  sql: Sql,
  caller: Reach,
  workEffortId: string,
  forWhat: 'change' | 'use',
): Promise<CycleCountRow> {
  const row = await readOne(sql, caller, workEffortId, forWhat === 'change' ? 'for update' : 'for share')
  if (row === null) throw new HttpError(404, `Cycle count ${workEffortId} not found`, 'NOT_FOUND')
  return row
}

async function readOne(sql: Sql, caller: Reach, workEffortId: string, lock: string): Promise<CycleCountRow | null> {
  const [row] = await sql.query<Columns>(`select c.* from cycle_count c where c.work_effort_id = $1 ${lock}`, [workEffortId])
  if (row === undefined) return null
  caller.requireAt(row.facility_id)
  return decode(row)
}

/** @returns false when the id is taken; nothing was stored then */
export async function insertCycleCount(sql: Sql, row: CycleCountRow): Promise<boolean> {
  const rows = await sql.query(
    `insert into cycle_count (work_effort_id, name, purpose_id, status_id, facility_id, is_blind, created_at, created_by,
       estimated_start_at, estimated_completion_at, actual_start_at, actual_completion_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) on conflict do nothing returning 1`,
    valuesOf(row),
  )
  return rows.length > 0
}

export async function updateCycleCount(sql: Sql, row: CycleCountRow): Promise<void> {
  await sql.query(
    `update cycle_count set name = $2, purpose_id = $3, status_id = $4, facility_id = $5, is_blind = $6, created_at = $7,
       created_by = $8, estimated_start_at = $9, estimated_completion_at = $10, actual_start_at = $11,
       actual_completion_at = $12 where work_effort_id = $1`,
    valuesOf(row),
  )
}

export async function writeCycleCountHistory(sql: Sql, change: StatusChange<CycleCountStatus>): Promise<void> {
  await writeHistory(sql, { ...change, to: CYCLE_COUNT_STATUS_IDS[change.to] })
}

interface Progress {
  readonly id: string
  readonly requested: number
  readonly counted: number
}

/**
 * Lines asked for, and lines counted among them (in a hard count: lines counted at all). A line is a product, or a
 * value without one, however many sessions ask for it: a session and its clone count the same shelf. It is counted
 * when its scans in one of the sessions do not add up to nothing (decisions 5, 6).
 */
async function readProgress(sql: Sql, workEffortIds: readonly string[]): Promise<ReadonlyMap<string, Progress>> {
  const rows = await sql.query<Progress>(
    `select l.work_effort_id as id, (count(*) filter (where l.is_requested))::int as requested,
       (count(*) filter (where l.is_counted and (l.is_requested or l.purpose_id = $2)))::int as counted
     from (
       select o.work_effort_id, o.purpose_id, bool_or(o.is_requested) as is_requested, bool_or(o.is_counted) as is_counted
       from (
         select c.work_effort_id, c.purpose_id, coalesce('p' || i.product_id, 'v' || i.product_identifier, 'u' || i.uuid) as line,
           coalesce(bool_or(i.is_requested), false) as is_requested,
           coalesce(sum(i.standing), 0) <> 0 or coalesce(bool_or(i.standing is null and i.quantity is not null), false) as is_counted
         from cycle_count c
           join count_session s on s.work_effort_id = c.work_effort_id and s.status_id <> 'SESSION_VOIDED'
           join session_item i on i.session_id = s.session_id and not i.is_deleted
         where c.work_effort_id = any($1::text[])
         group by c.work_effort_id, i.session_id, line
       ) o group by o.work_effort_id, o.purpose_id, o.line
     ) l group by l.work_effort_id`,
    [workEffortIds, PURPOSE_IDS.hard],
  )
  return new Map(rows.map((it) => [it.id, it]))
}

/** Counts as the wire has them, with their sessions and active locks; ours adds progress and blindness. */
export async function encodeCycleCounts(
  sql: Sql,
  rows: readonly CycleCountRow[],
  { now, profile }: { readonly now: number; readonly profile: ServerProfile },
): Promise<WireCycleCount[]> {
  const ids = rows.map((it) => it.workEffortId)
  const sessions = await listSessions(sql, ids)
  const locks = await readActiveLocks(sql, sessions.map((it) => it.sessionId), now)
  const progress = profile === 'extended' && ids.length > 0 ? await readProgress(sql, ids) : new Map<string, Progress>()
  const byCount = new Map<string, WireSession[]>()
  for (const session of sessions) {
    const lock = lockSummaryOf(locks.get(session.sessionId) ?? null)
    byCount.set(session.workEffortId, [...(byCount.get(session.workEffortId) ?? []), encodeSession(session, lock)])
  }
  return rows.map((row) => ({
    ...encodeCycleCount(row),
    sessions: byCount.get(row.workEffortId) ?? [],
    ...(profile === 'extended' ? encodeExtension(row, progress.get(row.workEffortId)) : {}),
  }))
}

/** A lock as lists show it. */
export function lockSummaryOf(lock: LockRow | null): WireSession['lock'] {
  return lock && { userId: lock.userId, deviceId: lock.deviceId, fromDate: lock.fromDate, thruDate: lock.thruDate }
}

export function encodeCycleCount(row: CycleCountRow): WireCycleCount {
  return {
    workEffortId: row.workEffortId,
    workEffortName: row.name,
    workEffortTypeId: 'CYCLE_COUNT_RUN',
    workEffortPurposeTypeId: row.purposeId,
    statusId: CYCLE_COUNT_STATUS_IDS[row.status],
    facilityId: row.facilityId,
    createdDate: row.createdAt,
    createdByUserLogin: row.createdBy,
    estimatedStartDate: row.estimatedStartAt,
    estimatedCompletionDate: row.estimatedCompletionAt,
    actualStartDate: row.actualStartAt,
    actualCompletionDate: row.actualCompletionAt,
  }
}

export function encodeExtension(row: CycleCountRow, progress: Omit<Progress, 'id'> | undefined): Partial<WireCycleCount> {
  return {
    isBlind: row.isBlind ? 'Y' : 'N',
    requestedItems: row.purposeId === PURPOSE_IDS.hard ? null : (progress?.requested ?? 0),
    countedItems: progress?.counted ?? 0,
  }
}

function valuesOf(row: CycleCountRow): readonly unknown[] {
  return [
    row.workEffortId, row.name, row.purposeId, CYCLE_COUNT_STATUS_IDS[row.status], row.facilityId, row.isBlind,
    row.createdAt, row.createdBy, row.estimatedStartAt, row.estimatedCompletionAt, row.actualStartAt, row.actualCompletionAt,
  ]
}

function decode(row: Columns): CycleCountRow {
  return {
    workEffortId: row.work_effort_id,
    name: row.name,
    purposeId: row.purpose_id,
    status: decodeCycleCountStatus(row.status_id),
    facilityId: row.facility_id,
    isBlind: row.is_blind,
    createdAt: row.created_at,
    createdBy: row.created_by,
    estimatedStartAt: row.estimated_start_at,
    estimatedCompletionAt: row.estimated_completion_at,
    actualStartAt: row.actual_start_at,
    actualCompletionAt: row.actual_completion_at,
  }
}
