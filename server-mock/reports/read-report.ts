// A report: all its sums from one pass over the lines, the plan, the areas, and who scanned how fast.
import type * as v from 'valibot'
import type { Report, ReportPace, WireFigures } from '../../src/contract/reports'
import type { Sql } from '../db/db'
import { encodeLine, LINES, paramsOf, PERIOD, readLargest, type ReportScope } from './report-lines'

type Figures = v.InferOutput<typeof WireFigures>

const COUNTS_MAX = 500
const COUNTERS_MAX = 500

/** Sums as PostgreSQL gives them: exact, as text. */
type Sums = { readonly [Name in keyof Figures]: string | number | null }

interface SumRow extends Sums {
  /** Which of the groupings it belongs to. */
  readonly kind: 'total' | 'class' | 'day' | 'count'
  readonly abcClass: string | null
  readonly day: string | null
  readonly workEffortId: string | null
  readonly name: string | null
  readonly dueAt: number | null
  readonly startedAt: number | null
  readonly closedAt: number | null
  readonly currency: string | null
}

/** Four statements, however much was counted. */
export async function readReport(sql: Sql, scope: ReportScope): Promise<v.InferOutput<typeof Report>> {
  const rows = await readSums(sql, scope)
  const of = (kind: SumRow['kind']) => rows.filter((it) => it.kind === kind)
  const counts = of('count').toSorted((a, b) => (b.closedAt ?? 0) - (a.closedAt ?? 0))
  const [total] = of('total')
  return {
    currency: total?.currency ?? null,
    from: scope.from,
    thru: scope.thru,
    total: figuresOf(total),
    byClass: of('class')
      .map((it) => ({ abcClass: it.abcClass ?? '', figures: figuresOf(it) }))
      // Those without a class come last.
      .toSorted((a, b) =>
        a.abcClass === '' || b.abcClass === ''
          ? Number(a.abcClass === '') - Number(b.abcClass === '')
          : a.abcClass.localeCompare(b.abcClass),
      ),
    byDay: of('day')
      .map((it) => ({ day: it.day ?? '', figures: figuresOf(it) }))
      .toSorted((a, b) => a.day.localeCompare(b.day)),
    counts: counts.slice(0, COUNTS_MAX).map((it) => ({
      workEffortId: it.workEffortId ?? '',
      name: it.name ?? '',
      dueAt: it.dueAt,
      startedAt: it.startedAt,
      closedAt: it.closedAt ?? 0,
      figures: figuresOf(it),
    })),
    moreCounts: counts.length > COUNTS_MAX,
    plan: await readPlan(sql, scope),
    areas: await readAreas(sql, scope),
    largest: (await readLargest(sql, scope)).map(encodeLine),
  }
}

async function readSums(sql: Sql, scope: ReportScope): Promise<readonly SumRow[]> {
  return sql.query<SumRow>(
    `${LINES}
     select case when grouping(work_effort_id) = 0 then 'count' when grouping(abc_class) = 0 then 'class'
         when grouping(day) = 0 then 'day' else 'total' end as kind,
       abc_class as "abcClass", day, work_effort_id as "workEffortId", max(count_name) as name, max(due_at) as "dueAt",
       max(started_at) as "startedAt", max(closed_at) as "closedAt", max(currency) as currency,
       count(*)::int as products, (count(*) filter (where variance = 0))::int as "right",
       sum(book)::text as "bookUnits", sum(variance)::text as "netUnits", sum(abs(variance))::text as "absoluteUnits",
       sum(greatest(-variance, 0))::text as "shrinkUnits", sum(book_value)::text as "bookValue", sum(value)::text as "netValue",
       sum(abs(value))::text as "absoluteValue", sum(greatest(-value, 0))::text as "shrinkValue",
       (count(*) filter (where unit_cost is null))::int as "withoutCost"
     from lines group by grouping sets ((), (abc_class), (day), (work_effort_id))`,
    paramsOf(scope),
  )
}

/** Nothing adds up to nothing. */
function figuresOf(sums: Sums | undefined): Figures {
  const of = (name: keyof Figures): number => Number(sums?.[name] ?? 0)
  return {
    products: of('products'),
    right: of('right'),
    bookUnits: of('bookUnits'),
    netUnits: of('netUnits'),
    absoluteUnits: of('absoluteUnits'),
    shrinkUnits: of('shrinkUnits'),
    bookValue: of('bookValue'),
    netValue: of('netValue'),
    absoluteValue: of('absoluteValue'),
    shrinkValue: of('shrinkValue'),
    withoutCost: of('withoutCost'),
  }
}

type Plan = v.InferOutput<typeof Report>['plan']

/** By due date: a count that nobody finished is in it, too. */
async function readPlan(sql: Sql, { facilityId, from, thru }: ReportScope): Promise<Plan> {
  const [row] = await sql.query<Plan>(
    `with period as (${PERIOD})
     select count(*)::int as planned,
       (count(*) filter (where c.status_id = 'CYCLE_CNT_CLOSED' and c.actual_completion_at <= c.estimated_completion_at))::int as "inTime",
       (count(*) filter (where c.status_id = 'CYCLE_CNT_CLOSED' and c.actual_completion_at > c.estimated_completion_at))::int as late,
       (count(*) filter (where c.status_id <> 'CYCLE_CNT_CLOSED'))::int as open
     from period p join cycle_count c on c.facility_id = $1 and c.status_id <> 'CYCLE_CNT_CNCL'
       and c.estimated_completion_at >= p.since and c.estimated_completion_at < p.until`,
    [facilityId, from, thru],
  )
  return row ?? { planned: 0, inTime: 0, late: 0, open: 0 }
}

/** To choose from: all that the period knows, whatever is chosen. */
async function readAreas(sql: Sql, { facilityId, from, thru }: ReportScope): Promise<string[]> {
  const rows = await sql.query<{ area: string }>(
    `with period as (${PERIOD})
     select distinct s.area from period p
       join cycle_count c on c.facility_id = $1 and c.status_id = 'CYCLE_CNT_CLOSED'
         and c.actual_completion_at >= p.since and c.actual_completion_at < p.until
       join count_session s on s.work_effort_id = c.work_effort_id and s.status_id = 'SESSION_APPROVED'
     where s.area is not null and s.area <> '' order by s.area limit 200`,
    [facilityId, from, thru],
  )
  return rows.map((it) => it.area)
}

/** @param only this user's own; null: everybody's */
export async function readPace(
  sql: Sql,
  { facilityId, from, thru, area }: Omit<ReportScope, 'abcClass'>,
  only: string | null,
): Promise<v.InferOutput<typeof ReportPace>> {
  const counters = await sql.query<{ userId: string; scans: number; stretches: number }>(
    `with period as (${PERIOD}), scans as (
       select e.event->>'userId' as user_id, (e.event->>'at')::bigint / 300000 as stretch
       from period p
         join cycle_count c on c.facility_id = $1 and c.status_id = 'CYCLE_CNT_CLOSED'
           and c.actual_completion_at >= p.since and c.actual_completion_at < p.until
         join count_session s on s.work_effort_id = c.work_effort_id and s.status_id = 'SESSION_APPROVED'
           and ($4::text is null or s.area = $4)
         join scan_event e on e.session_id = s.session_id and e.event->>'kind' = 'scan'
       where $5::text is null or e.event->>'userId' = $5
     )
     select user_id as "userId", count(*)::int as scans, count(distinct stretch)::int as stretches
     from scans group by user_id order by user_id limit ${COUNTERS_MAX}`,
    [facilityId, from, thru, area, only],
  )
  return { counters }
}
