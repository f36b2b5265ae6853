// Locks, fences and what devices have not sent, between SQL rows and the rules.
import type { WireLock } from '../../src/contract/lock'
import type { Sql } from '../db/db'
import type { LockRow, LockState } from '../rules/lock'
import { activeLockOf, grantMeant, type GrantName, type UnsentReport } from '../rules/lock-rows'

interface Columns {
  readonly session_id: string
  readonly from_date: number
  readonly thru_date: number | null
  readonly user_id: string
  readonly device_id: string | null
  readonly lease_seconds: number | null
  readonly last_heartbeat_at: number | null
  readonly override_by_user_id: string | null
  readonly fence: number | null
  readonly released_at: number | null
}

const LOCK_ROWS_MAX = 100

type NoLock = { readonly [Name in keyof Columns]: null }

/** Read under the session's row lock, so that it holds until the transaction ends. One statement. */
export async function readLockState(sql: Sql, sessionId: string): Promise<LockState> {
  const [row] = await sql.query<(Columns | NoLock) & { readonly current_fence: number | null }>(
    `select f.fence as current_fence, l.*
     from (select $1::text as session_id) s
       left join session_fence f on f.session_id = s.session_id
       left join lateral (
         select * from session_lock where session_id = s.session_id order by from_date desc limit 1
       ) l on true`,
    [sessionId],
  )
  const isLock = row !== undefined && row.session_id !== null
  return { fence: row?.current_fence ?? 0, latest: isLock ? decode(row) : null }
}

/** Which of these people have had the session's lock. No statement for nobody. */
export async function readOpenedBy(
  sql: Sql,
  sessionId: string,
  userNames: readonly string[],
): Promise<ReadonlySet<string>> {
  if (userNames.length === 0) return new Set()
  const rows = await sql.query<{ name: string }>(
    'select distinct user_id as name from session_lock where session_id = $1 and user_id = any($2::text[])',
    [sessionId, userNames],
  )
  return new Set(rows.map((it) => it.name))
}

/** The grant that a caller names; null when there is none. */
export async function findGrant(sql: Sql, sessionId: string, name: GrantName): Promise<LockRow | null> {
  const rows = await sql.query<Columns>(
    'select * from session_lock where session_id = $1 and (fence = $2 or from_date = $3)',
    [sessionId, name.fence, name.fromDate],
  )
  return grantMeant(rows.map(decode), name)
}

/** Inserts or updates by (session, fromDate); the fence of the session only grows. One statement. */
export async function saveLock(sql: Sql, sessionId: string, row: LockRow): Promise<void> {
  await sql.query(
    `with saved as (
       insert into session_lock (session_id, from_date, thru_date, user_id, device_id, lease_seconds, last_heartbeat_at,
         override_by_user_id, fence, released_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9::bigint, $10)
       on conflict (session_id, from_date) do update set thru_date = excluded.thru_date, user_id = excluded.user_id,
         device_id = excluded.device_id, lease_seconds = excluded.lease_seconds,
         last_heartbeat_at = excluded.last_heartbeat_at, override_by_user_id = excluded.override_by_user_id,
         fence = excluded.fence, released_at = excluded.released_at
     )
     insert into session_fence (session_id, fence) select $1, $9::bigint where $9::bigint is not null
     on conflict (session_id) do update set fence = excluded.fence where session_fence.fence < excluded.fence`,
    [
      sessionId, row.fromDate, row.thruDate, row.userId, row.deviceId, row.leaseSeconds, row.lastHeartbeatAt,
      row.overrideByUserId, row.fence, row.releasedAt,
    ],
  )
}

/** Newest first. */
export async function listLocks(sql: Sql, sessionId: string): Promise<readonly LockRow[]> {
  const rows = await sql.query<Columns>(
    `select * from session_lock where session_id = $1 order by from_date desc limit ${LOCK_ROWS_MAX}`,
    [sessionId],
  )
  return rows.map(decode)
}

/** The lock that is going on in each session that has one, by the server's clock. */
export async function readActiveLocks(
  sql: Sql,
  sessionIds: readonly string[],
  now: number,
): Promise<ReadonlyMap<string, LockRow>> {
  if (sessionIds.length === 0) return new Map()
  // Only to read less: which row counts is the rules' business.
  const rows = await sql.query<Columns>(
    'select * from session_lock where session_id = any($1::text[]) and (thru_date is null or thru_date > $2)',
    [sessionIds, now],
  )
  const bySession = new Map<string, LockRow[]>()
  for (const row of rows) bySession.set(row.session_id, [...(bySession.get(row.session_id) ?? []), decode(row)])
  const active = new Map<string, LockRow>()
  for (const [sessionId, locks] of bySession) {
    const lock = activeLockOf(locks, now)
    if (lock !== null) active.set(sessionId, lock)
  }
  return active
}

export interface DeviceReport {
  readonly sessionId: string
  readonly deviceId: string | null | undefined
  readonly userId: string
  /** undefined: the device did not say. */
  readonly unsentScans: number | undefined
  /** undefined: as it was called before. */
  readonly deviceName?: string | undefined
  readonly now: number
}

/** Remembers what a device says it has not sent, until it says otherwise. */
export async function rememberUnsent(sql: Sql, report: DeviceReport): Promise<void> {
  if (report.deviceId == null || report.unsentScans === undefined) return
  await sql.query(
    `insert into session_device (session_id, device_id, user_id, unsent_scans, last_heard_at, device_name)
     values ($1, $2, $3, $4, $5, $6)
     on conflict (session_id, device_id, user_id)
     do update set unsent_scans = excluded.unsent_scans, last_heard_at = excluded.last_heard_at,
       device_name = coalesce(excluded.device_name, session_device.device_name)`,
    [report.sessionId, report.deviceId, report.userId, report.unsentScans, report.now, report.deviceName ?? null],
  )
}

/** What devices last said of this session, also that nothing is unsent: that they were heard of is news. */
export async function readUnsentReports(sql: Sql, sessionId: string): Promise<readonly UnsentReport[]> {
  return sql.query(
    `select device_id as "deviceId", user_id as "userId", unsent_scans as "unsentScans", last_heard_at as "lastHeardAt"
     from session_device where session_id = $1`,
    [sessionId],
  )
}

export function encodeLock(sessionId: string, row: LockRow): WireLock {
  return {
    inventoryCountImportId: sessionId,
    fromDate: row.fromDate,
    thruDate: row.thruDate,
    userId: row.userId,
    deviceId: row.deviceId,
    leaseSeconds: row.leaseSeconds,
    lastHeartbeatAt: row.lastHeartbeatAt,
    fence: row.fence,
  }
}

function decode(row: Columns): LockRow {
  return {
    fromDate: row.from_date,
    thruDate: row.thru_date,
    userId: row.user_id,
    deviceId: row.device_id,
    leaseSeconds: row.lease_seconds,
    lastHeartbeatAt: row.last_heartbeat_at,
    fence: row.fence,
    releasedAt: row.released_at,
    overrideByUserId: row.override_by_user_id,
  }
}
