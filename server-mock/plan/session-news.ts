// Devices that have a session open hear, with their next call, that somebody changed what it asks for.
import type { Sql } from '../db/db'

/** Under which the planning desk is one of the session's devices: nothing of it is ever unsent. */
export const PLANNING_DESK = 'planning-desk'

/** The others' newest word moves on, so that they pull what changed (SL23). */
export async function tellDevices(sql: Sql, sessionId: string, userName: string, now: number): Promise<void> {
  await sql.query(
    `insert into session_device (session_id, device_id, user_id, unsent_scans, last_heard_at, device_name)
     values ($1, $2, $3, 0, $4, 'Planning desk')
     on conflict (session_id, device_id, user_id) do update
       set last_heard_at = greatest(session_device.last_heard_at + 1, excluded.last_heard_at)`,
    [sessionId, PLANNING_DESK, userName, now],
  )
}
