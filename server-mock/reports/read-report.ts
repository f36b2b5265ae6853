// A report: all its sums from one pass over the lines, the plan, the areas, and who scanned how fast.
import type * as v from 'valibot'
import type { Report, ReportFacilities, ReportPace, WireFigures } from '../../src/contract/reports'
import type { Sql } from '../db/db'
import { encodeLine, LINES, LINES_OF_ALL, paramsOf, PERIOD, readLargest, type ReportScope } from './report-lines'

type FacilitiesScope = Pick<ReportScope, 'from' | 'thru' | 'abcClass'> & { readonly facilityIds: readonly string[] }
type Figures = v.InferOutput<typeof WireFigures>

const COUNTS_MAX = 500
/** Rows of one table of a report. */
const GROUPS_MAX = 200
const COUNTERS_MAX = 500
/** Areas, categories and suppliers together. */
const CHOICES_MAX = 1000

/** Sums as PostgreSQL gives them: exact, as text. */
type Sums = { readonly [Name in keyof Figures]: string | number | null }

interface SumRow extends Sums {
  /** Which of the groupings it belongs to. */
  readonly kind: 'total' | 'class' | 'category' | 'day' | 'count'
  readonly abcClass: string | null
  readonly category: string | null
  readonly day: string | null
  readonly workEffortId: string | null
  readonly name: string | null
  readonly dueAt: number | null
  readonly startedAt: number | null
  readonly closedAt: number | null
  readonly currency: string | null
}

/** Six statements, however much was counted. */
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
      .toSorted((a, b) => compareNames(a.abcClass, b.abcClass)),
    byCategory: of('category')
      .map((it) => ({ category: it.category ?? '', figures: figuresOf(it) }))
      .toSorted((a, b) => compareNames(a.category, b.category))
      .slice(0, GROUPS_MAX),
    byArea: await readByArea(sql, scope),
    bySupplier: await readBySupplier(sql, scope),
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
    ...(await readChoices(sql, scope)),
    largest: (await readLargest(sql, scope)).map(encodeLine),
  }
}

const SUMS = `count(*)::int as products, (count(*) filter (where variance = 0))::int as "right",
  sum(book)::text as "bookUnits", sum(variance)::text as "netUnits", sum(abs(variance))::text as "absoluteUnits",
  sum(greatest(-variance, 0))::text as "shrinkUnits", sum(book_value)::text as "bookValue", sum(value)::text as "netValue",
  sum(abs(value))::text as "absoluteValue", sum(greatest(-value, 0))::text as "shrinkValue",
  (count(*) filter (where unit_cost is null))::int as "withoutCost"`

async function readSums(sql: Sql, scope: ReportScope): Promise<readonly SumRow[]> {
  return sql.query<SumRow>(
    `${LINES}
     select case when grouping(work_effort_id) = 0 then 'count' when grouping(abc_class) = 0 then 'class'
         when grouping(category) = 0 then 'category' when grouping(day) = 0 then 'day' else 'total' end as kind,
       abc_class as "abcClass", category, day, work_effort_id as "workEffortId", max(count_name) as name, max(due_at) as "dueAt",
       max(started_at) as "startedAt", max(closed_at) as "closedAt", max(currency) as currency,
       ${SUMS}
     from lines group by grouping sets ((), (abc_class), (category), (day), (work_effort_id))`,
    paramsOf(scope),
  )
}

/** The sums of each facility's own report, in the order of the list; one statement, however many they are. Rule: RP38 */
export async function readByFacility(
  sql: Sql,
  { facilityIds, from, thru, abcClass }: FacilitiesScope,
): Promise<v.InferOutput<typeof ReportFacilities>> {
  const rows = await sql.query<Sums & { facilityId: string; currency: string | null }>(
    `${LINES_OF_ALL}
     select facility_id as "facilityId", max(currency) as currency, ${SUMS} from lines group by facility_id`,
    [facilityIds, from, thru, null, abcClass, null, null],
  )
  const sums = new Map(rows.map((it) => [it.facilityId, it]))
  const facilities = facilityIds.map((facilityId) => {
    const own = sums.get(facilityId)
    return { facilityId, currency: own?.currency ?? null, figures: figuresOf(own) }
  })
  return { from, thru, facilities }
}

/** Apart from the others: what two deliver is in both of their rows. Those who deliver what nobody counted are in none. */
async function readBySupplier(sql: Sql, scope: ReportScope): Promise<v.InferOutput<typeof Report>['bySupplier']> {
  const rows = await sql.query<Sums & { supplier: string | null }>(
    `${LINES}
     select coalesce(x.supplier, '') as supplier, ${SUMS}
     from lines l left join product_supplier x on x.product_id = l.product_id group by 1`,
    paramsOf(scope),
  )
  return rows
    .map((it) => ({ supplier: it.supplier ?? '', figures: figuresOf(it) }))
    .toSorted((a, b) => compareNames(a.supplier, b.supplier))
    .slice(0, GROUPS_MAX)
}

/**
 * Apart from the others: what was counted in two areas is in both of their rows. What a hard count did not find is in the
 * aisles where it should have lain. Rule: RP32
 */
async function readByArea(sql: Sql, scope: ReportScope): Promise<v.InferOutput<typeof Report>['byArea']> {
  const rows = await sql.query<Sums & { area: string | null }>(
    `${LINES}, placed as (
       select distinct l.work_effort_id, l.product_id, coalesce(s.area, '') as area from lines l
         join count_session s on s.work_effort_id = l.work_effort_id and s.status_id = 'SESSION_APPROVED'
         join session_item i on i.session_id = s.session_id and i.product_id = l.product_id and not i.is_deleted
     ), everywhere as (
       select * from placed union
       select l.work_effort_id, l.product_id, x.aisle from lines l
         join product_place x on x.facility_id = $1 and x.product_id = l.product_id
       where not exists (select 1 from placed p where p.work_effort_id = l.work_effort_id and p.product_id = l.product_id)
     )
     select coalesce(e.area, '') as area, ${SUMS}
     from lines l left join everywhere e on e.work_effort_id = l.work_effort_id and e.product_id = l.product_id
     where $4::text is null or e.area = $4 group by 1`,
    paramsOf(scope),
  )
  return rows
    .map((it) => ({ area: it.area ?? '', figures: figuresOf(it) }))
    .toSorted((a, b) => compareNames(a.area, b.area))
    .slice(0, GROUPS_MAX)
}

/** Those without a name come last. */
function compareNames(a: string, b: string): number {
  return a === '' || b === '' ? Number(a === '') - Number(b === '') : a.localeCompare(b)
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

type Choices = Pick<v.InferOutput<typeof Report>, 'areas' | 'categories' | 'suppliers'>

/** To choose from: all that the period knows, whatever is chosen. */
async function readChoices(sql: Sql, { facilityId, from, thru }: ReportScope): Promise<Choices> {
  const rows = await sql.query<{ kind: keyof Choices; value: string }>(
    `with period as (${PERIOD}), closed as (
       select c.work_effort_id from period p
         join cycle_count c on c.facility_id = $1 and c.status_id = 'CYCLE_CNT_CLOSED'
           and c.actual_completion_at >= p.since and c.actual_completion_at < p.until
     ), booked as (
       select d.product_id from closed join review_decision d using (work_effort_id)
       where d.posted_at is not null and d.outcome = 'APPLIED'
       union select a.product_id from closed join review_adjustment a using (work_effort_id) where a.is_posted
     )
     select 'areas' as kind, s.area as value from closed join count_session s using (work_effort_id)
     where s.status_id = 'SESSION_APPROVED' and s.area <> ''
     union select 'categories', p.category from booked join product p using (product_id) where p.category <> ''
     union select 'suppliers', x.supplier from booked join product_supplier x using (product_id)
     limit ${CHOICES_MAX}`,
    [facilityId, from, thru],
  )
  const of = (kind: keyof Choices) =>
    rows
      .filter((it) => it.kind === kind)
      .map((it) => it.value)
      .toSorted((a, b) => a.localeCompare(b))
  return { areas: of('areas'), categories: of('categories'), suppliers: of('suppliers') }
}

/** @param only this user's own; null: everybody's */
export async function readPace(
  sql: Sql,
  { facilityId, from, thru, area }: Omit<ReportScope, 'abcClass' | 'category' | 'supplier'>,
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
