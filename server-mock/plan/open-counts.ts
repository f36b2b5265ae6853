// Counts and sessions that an imported list can join: open, under the names that its rows give.
import { CYCLE_COUNT_STATUS_IDS, SESSION_STATUS_IDS } from '../../src/contract/counts'
import { findCycleCount } from '../counts/cycle-count-store'
import type { Sql } from '../db/db'
import type { Caller } from '../http/context'
import type { CycleCountRow } from '../rules/count-change'
import type { ImportRow, ImportSession } from '../rules/import-rows'

/** The count to which rows of this name belong, held until the end of the transaction. */
export async function findOpenCount(
  sql: Sql,
  caller: Caller,
  { countName, facilityId }: Pick<ImportRow, 'countName' | 'facilityId'>,
): Promise<CycleCountRow | null> {
  const { created } = CYCLE_COUNT_STATUS_IDS
  const [row] = await sql.query<{ id: string }>(
    `select work_effort_id as id from cycle_count where facility_id = $1 and name = $2 and status_id = any($3::text[])
     order by created_at, work_effort_id limit 1 for update`,
    [facilityId, countName, [created, CYCLE_COUNT_STATUS_IDS['in-progress']]],
  )
  return row === undefined ? null : findCycleCount(sql, caller, row.id)
}

export interface OpenSession {
  readonly id: string
  readonly nextSeq: number
}

/** Its session of that area and person, held as well. */
export async function findOpenSession(
  sql: Sql,
  workEffortId: string,
  { area, assignedTo }: Pick<ImportSession, 'area' | 'assignedTo'>,
): Promise<OpenSession | null> {
  const { created, assigned } = SESSION_STATUS_IDS
  const [row] = await sql.query<OpenSession>(
    `select session_id as id, next_item_seq as "nextSeq" from count_session
     where work_effort_id = $1 and area is not distinct from $2 and assigned_to is not distinct from $3
       and status_id = any($4::text[]) and recount_round is null
     order by created_at, session_id limit 1 for update`,
    [workEffortId, area, assignedTo, [created, assigned]],
  )
  return row ?? null
}
