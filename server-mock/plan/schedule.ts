// How often each class of a facility is counted, and what is due: told from dates whenever somebody asks.
import type * as v from 'valibot'
import { CYCLE_COUNT_STATUS_IDS } from '../../src/contract/counts'
import type { PutSchedule, Schedule } from '../../src/contract/plan-again'
import { overdueDays, SCHEDULED_CLASSES, type ScheduledClass } from '../../src/domain/plan'
import type { Sql } from '../db/db'
import type { Caller, ServerContext } from '../http/context'
import { IDENTIFIER, type ListedProduct } from './find-products'
import { holdPlanning, notePlanChange } from './plan-audit'

type Answer = v.InferInput<typeof Schedule>

const DAY_MS = 86_400_000
const OPEN = (['created', 'in-progress', 'completed'] as const).map((it) => `'${CYCLE_COUNT_STATUS_IDS[it]}'`).join(', ')

/** What a count that is not over asks for: it need not be suggested again. `$1` is the facility. */
const OPEN_LINES = `open_line as materialized (
  select distinct i.product_id from cycle_count c
    join count_session s on s.work_effort_id = c.work_effort_id and s.status_id <> 'SESSION_VOIDED'
    join session_item i on i.session_id = s.session_id and i.is_requested and not i.is_deleted
  where c.facility_id = $1 and c.status_id in (${OPEN}) and i.product_id is not null)`

/** `w` was counted before the class of `f` is due at `$2`. */
const IS_DUE = `w.last_counted_at <= $2::bigint - f.every_days * ${DAY_MS}::bigint`

interface Ask {
  readonly facilityId: string
  readonly now: number
  /** At most so many of what is due. */
  readonly first: number
}

interface DueRow extends ListedProduct {
  readonly productName: string
  readonly abcClass: ScheduledClass
  readonly everyDays: number
  readonly lastCountedAt: number | null
}

/** Rules: docs/SPEC.md PL33-PL35. */
export async function readSchedule(sql: Sql, ask: Ask): Promise<Answer> {
  const due = await listDue(sql, ask)
  return {
    classes: await readClasses(sql, ask),
    due: due.map(({ everyDays, ...it }) => ({ ...it, overdueDays: overdueDays(it.lastCountedAt, everyDays, ask.now) })),
  }
}

async function readClasses(sql: Sql, { facilityId, now }: Ask): Promise<Answer['classes']> {
  const rows = await sql.query<Answer['classes'][number]>(
    `with ${OPEN_LINES}, ranked as (
       select w.abc_class, f.every_days, ${IS_DUE} as is_due, w.product_id in (select product_id from open_line) as is_open
       from product_valuation w join product p on p.product_id = w.product_id and not p.deleted
         left join count_frequency f on f.facility_id = w.facility_id and f.abc_class = w.abc_class
       where w.facility_id = $1 and w.abc_class = any($3::text[]))
     select abc_class as "abcClass", count(*)::int as products,
       (count(*) filter (where is_due and not is_open))::int as due, (count(*) filter (where is_due and is_open))::int as "inCounts"
     from ranked group by abc_class`,
    [facilityId, now, SCHEDULED_CLASSES],
  )
  const frequencies = await readFrequencies(sql, facilityId)
  return SCHEDULED_CLASSES.map((abcClass) => ({
    products: 0,
    due: 0,
    inCounts: 0,
    ...rows.find((it) => it.abcClass === abcClass),
    abcClass,
    everyDays: frequencies.get(abcClass) ?? null,
  }))
}

/**
 * Of each class its index gives the longest overdue first, and no more than is asked for. What was never counted comes
 * before everything, the class that is counted most often first.
 */
export async function listDue(sql: Sql, { facilityId, now, first }: Ask): Promise<readonly DueRow[]> {
  return sql.query<DueRow>(
    `with ${OPEN_LINES}
     select d.product_id as "productId", d.product_name as "productName", f.abc_class as "abcClass", f.every_days as "everyDays",
       nullif(d.last_counted_at, 0) as "lastCountedAt",
       ${IDENTIFIER.replaceAll('p.product_id', 'd.product_id')} as identifier
     from count_frequency f cross join lateral (
       select w.product_id, w.last_counted_at, p.product_name
       from product_valuation w join product p on p.product_id = w.product_id and not p.deleted
       where w.facility_id = f.facility_id and w.abc_class = f.abc_class and ${IS_DUE}
         and w.product_id not in (select product_id from open_line)
       order by w.last_counted_at, w.product_id limit $3::int) d
     where f.facility_id = $1
     order by d.last_counted_at + f.every_days * ${DAY_MS}::bigint, f.abc_class, d.product_id limit $3::int`,
    [facilityId, now, first],
  )
}

async function readFrequencies(sql: Sql, facilityId: string): Promise<ReadonlyMap<string, number>> {
  const rows = await sql.query<{ abc: string; days: number }>(
    'select abc_class as abc, every_days as days from count_frequency where facility_id = $1',
    [facilityId],
  )
  return new Map(rows.map((it) => [it.abc, it.days]))
}

/** @throws HttpError 403, 404 */
export async function putSchedule(
  { facilityId, everyDays }: PutSchedule,
  { caller, context: { db, clock } }: { readonly caller: Caller; readonly context: ServerContext },
): Promise<object> {
  caller.requireAt(facilityId)
  await db.tx(async (sql) => {
    await holdPlanning(sql, facilityId)
    const before = await readFrequencies(sql, facilityId)
    const changed = SCHEDULED_CLASSES.filter((it) => (everyDays[it] ?? null) !== (before.get(it) ?? null))
    if (changed.length === 0) return
    await sql.query('delete from count_frequency where facility_id = $1', [facilityId])
    for (const abcClass of SCHEDULED_CLASSES)
      if (everyDays[abcClass] != null)
        await sql.query('insert into count_frequency (facility_id, abc_class, every_days) values ($1, $2, $3)', [
          facilityId,
          abcClass,
          everyDays[abcClass],
        ])
    const details = Object.fromEntries(
      changed.map((it) => [it, { from: before.get(it) ?? null, to: everyDays[it] ?? null }]),
    )
    const change = { action: 'schedule-changed', templateId: null, details } as const
    await notePlanChange(sql, facilityId, change, { by: caller.userName, now: clock.now() })
  })
  return {}
}
