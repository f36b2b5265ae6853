// The board of one facility: a fixed number of statements, whatever goes on; with a cursor only what changed since.
import type * as v from 'valibot'
import { BOARD_SESSIONS_MAX, type Board, type BoardCount } from '../../src/contract/board'
import { readMeta } from '../db/meta'
import type { Sql } from '../db/db'
import { PLANNING_DESK } from '../plan/session-news'
import type { Caller } from '../http/context'
import { boardCursor, readBoardCursor } from '../rules/board-cursor'
import { readCountProgress, readSessionProgress } from './progress'

type Board = v.InferOutput<typeof Board>
type BoardSession = Board['sessions'][number]

/** Counts that are going on in one facility at once. */
const COUNTS_MAX = 500
const PULSE_MINUTES = 15
const MINUTE_MS = 60_000

export interface BoardAsk {
  readonly facilityId: string
  /** From an answer before; null or unreadable: all of it. */
  readonly after: string | null
  readonly withProgress: boolean
  readonly now: number
}

/** @throws HttpError 403 outside the caller's facilities */
export async function readBoard(sql: Sql, caller: Caller, ask: BoardAsk): Promise<Board> {
  caller.requireAt(ask.facilityId)
  const epoch = (await readMeta(sql, 'epoch')) ?? ''
  const oldest = await readOldestRunning(sql)
  const since = readBoardCursor(ask.after, { epoch, oldest })
  const counts = await readCounts(sql, ask.facilityId)
  const ids = counts.map((it) => it.workEffortId)
  const found = await readSessions(sql, ids, since)
  const sessions = found.slice(0, BOARD_SESSIONS_MAX)
  const progress = ask.withProgress ? await readCountProgress(sql, ids, ask.now) : null
  return {
    cursor: boardCursor({ epoch, oldest }),
    isWhole: since === null,
    more: found.length > BOARD_SESSIONS_MAX,
    counts: counts.map((it) => ({ ...it, progress: progress?.get(it.workEffortId) ?? null })),
    sessions: await withDetails(sql, sessions, ask.now),
    serverTime: ask.now,
  }
}

/** Everything below it has ended, so that whoever has seen it all misses nothing by asking from here on. */
export async function readOldestRunning(sql: Sql): Promise<number> {
  const [row] = await sql.query<{ oldest: number }>(
    'select pg_snapshot_xmin(pg_current_snapshot())::text::bigint as oldest',
  )
  return row?.oldest ?? 0
}

type CountRow = Omit<v.InferOutput<typeof BoardCount>, 'progress'>

/** Begun and not closed. */
async function readCounts(sql: Sql, facilityId: string): Promise<readonly CountRow[]> {
  return sql.query<CountRow>(
    `select work_effort_id as "workEffortId", name, status_id as "statusId", purpose_id as "purposeId",
       estimated_completion_at as "dueAt", actual_start_at as "startedAt"
     from cycle_count where facility_id = $1 and status_id in ('CYCLE_CNT_IN_PRGS', 'CYCLE_CNT_CMPLTD')
     order by estimated_completion_at nulls last, name, work_effort_id limit ${COUNTS_MAX}`,
    [facilityId],
  )
}

type SessionRow = Pick<
  BoardSession,
  'sessionId' | 'workEffortId' | 'name' | 'area' | 'statusId' | 'createdBy' | 'recountRound' | 'lock'
>

/** One more than an answer holds, so that it can be told. Voided ones only among changes: they leave the board. */
async function readSessions(
  sql: Sql,
  countIds: readonly string[],
  since: number | null,
): Promise<readonly SessionRow[]> {
  return sql.query<SessionRow>(
    `select s.session_id as "sessionId", s.work_effort_id as "workEffortId", s.name, s.area, s.status_id as "statusId",
       s.created_by as "createdBy", s.recount_round as "recountRound", l.lock
     from count_session s
       join session_change x on x.session_id = s.session_id
       left join lateral (
         select json_build_object('userId', l.user_id, 'deviceId', l.device_id, 'since', l.from_date, 'until', l.thru_date,
           'isReleased', l.released_at is not null) as lock
         from session_lock l where l.session_id = s.session_id order by l.from_date desc limit 1
       ) l on true
     where s.work_effort_id = any($1::text[])
       and case when $2::bigint is null then s.status_id <> 'SESSION_VOIDED' else x.changed_xid >= $2 end
     order by s.work_effort_id, s.created_at, s.session_id limit ${BOARD_SESSIONS_MAX + 1}`,
    [countIds, since],
  )
}

async function withDetails(
  sql: Sql,
  sessions: readonly SessionRow[],
  now: number,
): Promise<BoardSession[]> {
  const ids = sessions.map((it) => it.sessionId)
  if (ids.length === 0) return []
  const progress = await readSessionProgress(sql, ids)
  const devices = await readDevices(sql, ids)
  const pulses = await readPulses(sql, ids, Math.floor(now / MINUTE_MS) - PULSE_MINUTES)
  return sessions.map((it) => {
    const { lastScanAt, ...lines } = progress.get(it.sessionId) ?? NOTHING
    return {
      ...it,
      ...lines,
      lastScanAt: lastScanOf(lastScanAt, pulses.get(it.sessionId) ?? [], now),
      devices: devices.get(it.sessionId) ?? [],
      pulse: (pulses.get(it.sessionId) ?? []).map(({ minute, scans }) => ({ minute, scans })),
    }
  })
}

/** The pulse knows by how much a device's clock is wrong; a row does not, but goes further back. */
function lastScanOf(ofRows: number | null, pulse: readonly Pulse[], now: number): number | null {
  const known = pulse.at(-1)?.lastAt ?? ofRows
  // A clock that is ahead has scanned nothing in the future.
  return known === null ? null : Math.min(known, now)
}

interface Pulse {
  readonly minute: number
  readonly scans: number
  readonly lastAt: number
}

const NOTHING = { wanted: 0, counted: 0, extra: 0, unmatched: 0, lastScanAt: null }

type OfSessions<T> = ReadonlyMap<string, T[]>

async function readDevices(
  sql: Sql,
  ids: readonly string[],
): Promise<OfSessions<BoardSession['devices'][number]>> {
  const rows = await sql.query<{ sessionId: string; devices: BoardSession['devices'] }>(
    `select session_id as "sessionId", json_agg(json_build_object('deviceId', device_id, 'deviceName', device_name,
       'userId', user_id, 'unsentScans', unsent_scans, 'lastHeardAt', last_heard_at) order by last_heard_at desc) as devices
     from session_device where session_id = any($1::text[]) and device_id <> '${PLANNING_DESK}' group by session_id`,
    [ids],
  )
  return new Map(rows.map((it) => [it.sessionId, it.devices]))
}

async function readPulses(
  sql: Sql,
  ids: readonly string[],
  from: number,
): Promise<OfSessions<Pulse>> {
  const rows = await sql.query<{ sessionId: string; pulse: Pulse[] }>(
    `select session_id as "sessionId", json_agg(json_build_object('minute', minute, 'scans', scans, 'lastAt', last_at)
       order by minute) as pulse
     from session_pulse where session_id = any($1::text[]) and minute >= $2 group by session_id`,
    [ids, from],
  )
  return new Map(rows.map((it) => [it.sessionId, it.pulse]))
}
