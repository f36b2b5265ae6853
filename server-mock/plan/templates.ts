// Templates of a facility: plans that are kept, changed, deleted and brought back, each change with a line of audit.
import type * as v from 'valibot'
import type { PutTemplate, TemplatePlan, Templates } from '../../src/contract/plan-again'
import { TEMPLATES_MAX } from '../../src/domain/plan'
import type { Sql } from '../db/db'
import type { Caller, ServerContext } from '../http/context'
import { HttpError } from '../http/errors'
import { requireFilter } from './find-products'
import { requirePeople } from './people'
import { holdPlanning, notePlanChange, type PlanChange } from './plan-audit'
import { requireKind } from './plan-sense'

interface TemplateRow {
  readonly name: string
  readonly plan: TemplatePlan
  readonly deletedAt: number | null
}

interface Place {
  readonly caller: Caller
  readonly facilityId: string
  readonly templateId: string
  readonly context: ServerContext
}

/** By name; those that are deleted are left out. */
export async function listTemplates(sql: Sql, facilityId: string): Promise<v.InferInput<typeof Templates>['templates']> {
  return sql.query(
    `select template_id as "templateId", name, plan, made_by as "madeBy", made_at as "madeAt", last_used_at as "lastUsedAt"
     from plan_template where facility_id = $1 and deleted_at is null order by lower(name), template_id
     limit ${TEMPLATES_MAX}`,
    [facilityId],
  )
}

/**
 * Makes it or changes it; the same again changes nothing. People have to count there when they are named.
 * @throws HttpError 400 for a name that is taken, people or products that do not fit, too many templates; 403, 404
 */
export async function putTemplate(place: Place, { name, plan }: PutTemplate): Promise<{ templateId: string }> {
  const { caller, facilityId, templateId } = place
  requireUse(caller, facilityId, plan)
  return inPlanning(place, async (sql, note) => {
    const now = place.context.clock.now()
    await requirePeople(sql, facilityId, plan.parts.flatMap((it) => it.assignedTo ?? []), now)
    const before = await readTemplate(sql, facilityId, templateId)
    if (before !== null && before.deletedAt !== null) throw new HttpError(404, 'The template was deleted', 'NOT_FOUND')
    await requireFreeName(sql, { facilityId, templateId, name })
    if (before === null) {
      await requireRoom(sql, facilityId)
      await sql.query(
        `insert into plan_template (facility_id, template_id, name, plan, made_by, made_at) values ($1, $2, $3, $4, $5, $6)`,
        [facilityId, templateId, name, JSON.stringify(plan), caller.userName, now],
      )
      await note({ action: 'template-made', details: { name } })
      return
    }
    const details = changesOf(before, { name, plan })
    if (Object.keys(details).length === 0) return
    await sql.query('update plan_template set name = $3, plan = $4 where facility_id = $1 and template_id = $2', [
      facilityId,
      templateId,
      name,
      JSON.stringify(plan),
    ])
    await note({ action: 'template-changed', details })
  })
}

/** @throws HttpError 404 when there never was one; deleting again changes nothing */
export async function deleteTemplate(place: Place): Promise<{ templateId: string }> {
  const { facilityId, templateId } = place
  return inPlanning(place, async (sql, note) => {
    const row = await requireTemplate(sql, place)
    if (row.deletedAt !== null) return
    await setDeleted(sql, facilityId, templateId, place.context.clock.now())
    await note({ action: 'template-deleted', details: { name: row.name } })
  })
}

/** @throws HttpError 400 when another has taken its name meanwhile, 404 */
export async function restoreTemplate(place: Place): Promise<{ templateId: string }> {
  const { facilityId, templateId } = place
  return inPlanning(place, async (sql, note) => {
    const { name, deletedAt } = await requireTemplate(sql, place)
    if (deletedAt === null) return
    await requireFreeName(sql, { facilityId, templateId, name })
    await requireRoom(sql, facilityId)
    await setDeleted(sql, facilityId, templateId, null)
    await note({ action: 'template-restored', details: { name } })
  })
}

/** Of a plan that was made from it. One that is gone meanwhile holds nobody up. In the plan's transaction. */
export async function noteTemplateUse(
  sql: Sql,
  caller: Caller,
  { facilityId, templateId, workEffortId, now }: {
    readonly facilityId: string
    readonly templateId: string
    readonly workEffortId: string
    readonly now: number
  },
): Promise<void> {
  await holdPlanning(sql, facilityId)
  const used = await sql.query(
    `update plan_template set last_used_at = $3 where facility_id = $1 and template_id = $2 and deleted_at is null returning 1`,
    [facilityId, templateId, now],
  )
  if (used.length === 0) return
  const change = { action: 'template-used', templateId, details: { workEffortId } } as const
  await notePlanChange(sql, facilityId, change, { by: caller.userName, now })
}

type Note = (change: Omit<PlanChange, 'templateId'>) => Promise<void>

async function inPlanning(
  { caller, facilityId, templateId, context: { db, clock } }: Place,
  work: (sql: Sql, note: Note) => Promise<void>,
): Promise<{ templateId: string }> {
  caller.requireAt(facilityId)
  await db.tx(async (sql) => {
    await holdPlanning(sql, facilityId)
    await work(sql, (change) =>
      notePlanChange(sql, facilityId, { ...change, templateId }, { by: caller.userName, now: clock.now() }),
    )
  })
  return { templateId }
}

/** What a plan made of it would be refused for, is refused here. */
function requireUse(caller: Caller, facilityId: string, { workEffortPurposeTypeId, products }: TemplatePlan): void {
  requireKind(workEffortPurposeTypeId, products)
  if (products?.by === 'filter') requireFilter(caller, { facilityId, filter: products.filter })
}

async function readTemplate(sql: Sql, facilityId: string, templateId: string): Promise<TemplateRow | null> {
  const [row] = await sql.query<TemplateRow>(
    'select name, plan, deleted_at as "deletedAt" from plan_template where facility_id = $1 and template_id = $2',
    [facilityId, templateId],
  )
  return row ?? null
}

async function requireTemplate(sql: Sql, { facilityId, templateId }: Place): Promise<TemplateRow> {
  const row = await readTemplate(sql, facilityId, templateId)
  if (row === null) throw new HttpError(404, `Template ${templateId} not found`, 'NOT_FOUND')
  return row
}

async function setDeleted(sql: Sql, facilityId: string, templateId: string, at: number | null): Promise<void> {
  await sql.query('update plan_template set deleted_at = $3 where facility_id = $1 and template_id = $2', [
    facilityId,
    templateId,
    at,
  ])
}

async function requireFreeName(
  sql: Sql,
  { facilityId, templateId, name }: { readonly facilityId: string; readonly templateId: string; readonly name: string },
): Promise<void> {
  const taken = await sql.query(
    `select 1 from plan_template where facility_id = $1 and lower(name) = lower($2) and template_id <> $3
       and deleted_at is null`,
    [facilityId, name, templateId],
  )
  if (taken.length > 0) throw new HttpError(400, `There is a template called ${name} already`, 'BAD_REQUEST')
}

async function requireRoom(sql: Sql, facilityId: string): Promise<void> {
  const [row] = await sql.query<{ templates: number }>(
    'select count(*)::int as templates from plan_template where facility_id = $1 and deleted_at is null',
    [facilityId],
  )
  if ((row?.templates ?? 0) >= TEMPLATES_MAX)
    throw new HttpError(400, `A facility has at most ${TEMPLATES_MAX} templates: delete one first`, 'BAD_REQUEST')
}

function changesOf(before: TemplateRow, after: Pick<TemplateRow, 'name' | 'plan'>): Record<string, unknown> {
  const isSamePlan = JSON.stringify(sorted(before.plan)) === JSON.stringify(sorted(after.plan))
  return {
    ...(before.name === after.name ? {} : { name: { from: before.name, to: after.name } }),
    ...(isSamePlan ? {} : { plan: { from: before.plan, to: after.plan } }),
  }
}

/** jsonb gives keys back in an order of its own. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, it]) => [key, sorted(it)]),
  )
}
