// Who changed what of a facility's templates and schedule: written once, under the facility's lock, read newest first.
import type * as v from 'valibot'
import type { PlanChanges } from '../../src/contract/plan-again'
import type { Sql } from '../db/db'
import { HttpError } from '../http/errors'

export type PlanAction =
  | 'template-made'
  | 'template-changed'
  | 'template-deleted'
  | 'template-restored'
  | 'template-used'
  | 'schedule-changed'

export interface PlanChange {
  readonly action: PlanAction
  readonly templateId: string | null
  readonly details: Readonly<Record<string, unknown>>
}

/** Whoever changes what a facility plans by takes turns until the transaction ends. @throws HttpError 404 */
export async function holdPlanning(sql: Sql, facilityId: string): Promise<void> {
  const rows = await sql.query('select 1 from facility where facility_id = $1 for no key update', [facilityId])
  if (rows.length === 0) throw new HttpError(404, `Facility ${facilityId} not found`, 'NOT_FOUND')
}

/** Under the held planning. */
export async function notePlanChange(
  sql: Sql,
  facilityId: string,
  { action, templateId, details }: PlanChange,
  { by, now }: { readonly by: string; readonly now: number },
): Promise<void> {
  await sql.query(
    `insert into plan_change (facility_id, seq, at, by_user, action, template_id, details)
     select $1, coalesce(max(seq), 0) + 1, $2::bigint, $3, $4, $5, $6::jsonb from plan_change where facility_id = $1`,
    [facilityId, now, by, action, templateId, JSON.stringify(details)],
  )
}

export async function listPlanChanges(
  sql: Sql,
  facilityId: string,
  limit: number,
): Promise<v.InferInput<typeof PlanChanges>['changes']> {
  return sql.query(
    `select x.at, x.by_user as by, x.action, x.template_id as "templateId", t.name as "templateName", c.name as "countName", x.details
     from plan_change x
       left join plan_template t on t.facility_id = x.facility_id and t.template_id = x.template_id
       left join cycle_count c on c.work_effort_id = x.details->>'workEffortId' and c.facility_id = x.facility_id
     where x.facility_id = $1 order by x.seq desc limit $2::int`,
    [facilityId, limit],
  )
}
