// What people call the devices of a count: each as it was called last.
import type * as v from 'valibot'
import type { ProductTrail } from '../../src/contract/review'
import type { Sql } from '../db/db'

export async function readDeviceNames(
  sql: Sql,
  workEffortId: string,
): Promise<ReadonlyMap<string, string>> {
  const rows = await sql.query<{ id: string; name: string }>(
    `select distinct on (d.device_id) d.device_id as id, d.device_name as name
     from session_device d join count_session s on s.session_id = d.session_id
     where s.work_effort_id = $1 and d.device_name <> '' order by d.device_id, d.last_heard_at desc`,
    [workEffortId],
  )
  return new Map(rows.map((it) => [it.id, it.name]))
}

type Trail = v.InferInput<typeof ProductTrail>

/** On every screen a device has the same name. Rule: docs/SPEC.md BD16 */
export async function nameDevices(sql: Sql, workEffortId: string, trail: Trail): Promise<Trail> {
  const names = await readDeviceNames(sql, workEffortId)
  return {
    ...trail,
    sessions: trail.sessions.map((it) => ({
      ...it,
      deviceName: names.get(it.deviceId ?? '') ?? null,
    })),
  }
}
