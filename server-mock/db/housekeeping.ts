// Takes away what nobody will ask for again, so that no table grows for ever.
import type { ServerLimits } from '../limits'
import { sweepExports } from '../reports/export-store'
import type { Sql } from './db'

const MINUTE_MS = 60_000

/**
 * Tokens and attempts that are over, answers to requests that nobody repeats any more, places where nobody signs in.
 * In bounded portions: a sweep holds nothing up for long, the next one takes the rest.
 */
export async function sweep(sql: Sql, now: number, limits: ServerLimits): Promise<void> {
  const portion = limits.sweepRowsMax
  await sql.query(
    'delete from token where token_hash in (select token_hash from token where expires_at <= $1 limit $2::int)',
    [now, portion],
  )
  await sql.query(
    'delete from sign_in_failure where subject in (select subject from sign_in_failure where window_ends_at <= $1 limit $2::int)',
    [now, portion],
  )
  await sql.query('delete from sign_in_place where last_at <= $1', [now - limits.signInPlaceLifeMs])
  await sql.query(
    `delete from request_log where (user_id, request_id, kind) in
       (select user_id, request_id, kind from request_log where received_at <= $1 limit $2::int)`,
    [now - limits.requestLogLifeMs, portion],
  )
  await sweepExports(sql, now)
  await sql.query('delete from session_pulse where minute < $1', [
    Math.floor((now - limits.pulseLifeMs) / MINUTE_MS),
  ])
}
