// Sessions and their cycle counts between SQL rows and the rules.
import { CYCLE_COUNT_STATUS_IDS, SESSION_STATUS_IDS, type WireSession } from '../../src/contract/counts'
import type { CycleCountStatus, SessionStatus } from '../../src/domain/session'
import type { Sql } from '../db/db'
import type { Caller } from '../http/context'
import { HttpError } from '../http/errors'

/** A session with what the rules want to know of its count. */
export interface SessionRow {
  readonly sessionId: string
  readonly workEffortId: string
  readonly name: string
  readonly area: string | null
  readonly status: SessionStatus
  readonly createdBy: string | null
  readonly createdAt: number
  readonly dueAt: number | null
  readonly nextSeq: number
  readonly cycleCountStatus: CycleCountStatus
  readonly facilityId: string | null
  readonly isBlind: boolean
  /** null: an ordinary session; n: the nth recount. */
  readonly recountRound: number | null
  /** Whose session it is meant to be: a sign-in name. null: whoever comes first. */
  readonly assignedTo: string | null
}

interface Columns {
  readonly session_id: string
  readonly work_effort_id: string
  readonly name: string
  readonly area: string | null
  readonly status_id: string
  readonly created_by: string | null
  readonly created_at: number
  readonly due_at: number | null
  readonly next_item_seq: number
  readonly cycle_count_status_id: string
  readonly facility_id: string | null
  readonly is_blind: boolean
  readonly recount_round: number | null
  readonly assigned_to: string | null
}

const SELECT = `select s.session_id, s.work_effort_id, s.name, s.area, s.status_id, s.created_by, s.created_at, s.due_at,
    s.next_item_seq, s.recount_round, s.assigned_to, c.status_id as cycle_count_status_id, c.facility_id,
    -- a recount is blind, whatever its count is
    (c.is_blind or s.recount_round is not null) as is_blind
  from count_session s join cycle_count c on c.work_effort_id = s.work_effort_id`

/** null when there is none. @throws HttpError 403 outside the caller's facilities */
export async function findSession(sql: Sql, caller: Caller, sessionId: string): Promise<SessionRow | null> {
  const [row] = await sql.query<Columns>(`${SELECT} where s.session_id = $1`, [sessionId])
  return row === undefined ? null : inScope(caller, decode(row))
}

/**
 * The session, locked until the transaction ends: whoever writes to it takes turns. Its count cannot change meanwhile.
 * @throws HttpError 404, or 403 outside the caller's facilities
 */
export async function holdSession(sql: Sql, caller: Caller, sessionId: string): Promise<SessionRow> {
  const [row] = await sql.query<Columns>(`${SELECT} where s.session_id = $1 for update of s for share of c`, [sessionId])
  if (row === undefined) throw new HttpError(404, `Session ${sessionId} not found`, 'NOT_FOUND')
  return inScope(caller, decode(row))
}

/** In the order they were created. */
export async function listSessions(sql: Sql, workEffortIds: readonly string[]): Promise<readonly SessionRow[]> {
  if (workEffortIds.length === 0) return []
  const rows = await sql.query<Columns>(
    `${SELECT} where s.work_effort_id = any($1::text[]) order by s.work_effort_id, s.created_at, s.session_id`,
    [workEffortIds],
  )
  return rows.map(decode)
}

export interface NewSession {
  readonly sessionId: string
  readonly workEffortId: string
  readonly name: string
  readonly area: string | null
  readonly status: SessionStatus
  readonly createdBy: string
  readonly createdAt: number
  readonly parentSessionId: string | null
  readonly assignedTo?: string | null
  /** After its last line, where lines of it are there before it; left out: it has none. */
  readonly nextSeq?: number
}

/** @returns false when the id is taken; nothing was stored then */
export async function insertSession(sql: Sql, session: NewSession): Promise<boolean> {
  const rows = await sql.query(
    `insert into count_session (session_id, work_effort_id, name, area, status_id, created_by, created_at, parent_session_id,
       assigned_to, next_item_seq)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing returning 1`,
    [
      session.sessionId, session.workEffortId, session.name, session.area, SESSION_STATUS_IDS[session.status],
      session.createdBy, session.createdAt, session.parentSessionId, session.assignedTo ?? null,
      session.nextSeq ?? 1,
    ],
  )
  return rows.length > 0
}

export async function editSession(
  sql: Sql,
  sessionId: string,
  { name, area }: { readonly name: string; readonly area: string | null },
): Promise<void> {
  await sql.query('update count_session set name = $2, area = $3 where session_id = $1', [sessionId, name, area])
}

export interface StatusChange<Status> {
  readonly id: string
  readonly to: Status
  readonly by: string
  readonly at: number
  readonly fence: number | null
}

/** With its line of history. */
export async function setSessionStatus(sql: Sql, { id, to, by, at, fence }: StatusChange<SessionStatus>): Promise<void> {
  await sql.query('update count_session set status_id = $2 where session_id = $1', [id, SESSION_STATUS_IDS[to]])
  await writeHistory(sql, { id, to: SESSION_STATUS_IDS[to], by, at, fence })
}

export async function writeHistory(sql: Sql, { id, to, by, at, fence }: StatusChange<string>): Promise<void> {
  await sql.query(
    `insert into status_history (entity_id, changed_at, status_id, change_by, fence) values ($1, $2, $3, $4, $5)
     on conflict do nothing`,
    [id, at, to, by, fence],
  )
}

export function encodeSession(row: SessionRow, lock: WireSession['lock'] = null): WireSession {
  return {
    inventoryCountImportId: row.sessionId,
    workEffortId: row.workEffortId,
    countImportName: row.name,
    facilityAreaId: row.area,
    uploadedByUserLogin: row.createdBy,
    statusId: SESSION_STATUS_IDS[row.status],
    createdDate: row.createdAt,
    dueDate: row.dueAt,
    ...(row.assignedTo === null ? {} : { assignedTo: row.assignedTo }),
    lock,
  }
}

/** The domain's word for a wire status. @throws when the database holds an unknown one: a bug */
export function decodeSessionStatus(id: string): SessionStatus {
  return keyOf(SESSION_STATUS_IDS, id)
}

export function decodeCycleCountStatus(id: string): CycleCountStatus {
  return keyOf(CYCLE_COUNT_STATUS_IDS, id)
}

function keyOf<Key extends string>(ids: Readonly<Record<Key, string>>, id: string): Key {
  for (const key in ids) if (ids[key] === id) return key
  throw new Error(`Unknown status ${id}`)
}

function decode(row: Columns): SessionRow {
  return {
    sessionId: row.session_id,
    workEffortId: row.work_effort_id,
    name: row.name,
    area: row.area,
    status: decodeSessionStatus(row.status_id),
    createdBy: row.created_by,
    createdAt: row.created_at,
    dueAt: row.due_at,
    nextSeq: row.next_item_seq,
    cycleCountStatus: decodeCycleCountStatus(row.cycle_count_status_id),
    facilityId: row.facility_id,
    isBlind: row.is_blind,
    recountRound: row.recount_round,
    assignedTo: row.assigned_to,
  }
}

function inScope(caller: Caller, row: SessionRow): SessionRow {
  caller.requireAt(row.facilityId)
  return row
}
