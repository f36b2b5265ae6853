// What reports are made of: a line per product and closed count, as it was booked, with what corrected it afterwards.
import type * as v from 'valibot'
import type { ReportLines } from '../../src/contract/reports'
import type { Sql } from '../db/db'

export interface ReportScope {
  readonly facilityId: string
  /** Days of the facility, `yyyy-MM-dd`, both included. */
  readonly from: string
  readonly thru: string
  readonly area: string | null
  /** Empty: products without a class. */
  readonly abcClass: string | null
  readonly category: string | null
  /** Products that it delivers; others may deliver them, too. */
  readonly supplier: string | null
}

function periodOf(facilities: string): string {
  return `select f.facility_id, f.facility_time_zone as zone,
    (extract(epoch from ($2::date::timestamp at time zone f.facility_time_zone)) * 1000)::bigint as since,
    (extract(epoch from (($3::date + 1)::timestamp at time zone f.facility_time_zone)) * 1000)::bigint as until
  from facility f where ${facilities}`
}

/** Of `$2`, the first moment of a day in the facility’s zone; `$3` is the last day. */
export const PERIOD = periodOf('f.facility_id = $1')

/**
 * `with` clause up to `lines`, for the parameters of `paramsOf`. A product is in it when an approved session of a
 * closed count has it (S3.51), and it was booked: applied in the approval, or corrected later. What was skipped and then
 * corrected has the book of its decision, and of its variance what the correction booked. What a hard count looked for
 * and nobody found is in no session: it is where it should have lain (RV68).
 */
export const LINES = linesOf("('APPLIED')")
/** As LINES, of every facility in the list `$1`, each by its own calendar. */
export const LINES_OF_ALL = linesOf("('APPLIED')", periodOf('f.facility_id = any($1::text[])'))
/** As LINES, with what was decided and not booked: its variance is none, what was let pass stands beside it. */
const ALL_LINES = linesOf("('APPLIED', 'SKIPPED')")

function linesOf(outcomes: string, period = PERIOD): string {
  return `with period as (${period}), booked as (
    select work_effort_id, product_id from review_decision where posted_at is not null and outcome in ${outcomes}
    union select work_effort_id, product_id from review_adjustment where is_posted
  ), lines as (
    select p.facility_id, c.work_effort_id, c.name as count_name, c.estimated_completion_at as due_at, c.actual_start_at as started_at,
      c.actual_completion_at as closed_at, b.product_id, coalesce(v.abc_class, '') as abc_class, coalesce(g.category, '') as category, v.unit_cost, v.currency,
      to_char(to_timestamp(c.actual_completion_at / 1000.0) at time zone p.zone, 'YYYY-MM-DD') as day,
      greatest(coalesce(d.system_quantity, 0), 0) as book, m.variance, round(m.variance * v.unit_cost, 4) as value,
      round(greatest(coalesce(d.system_quantity, 0), 0) * v.unit_cost, 4) as book_value,
      case when d.outcome = 'APPLIED' or not m.is_corrected then d.reason end as reason,
      case when d.outcome = 'APPLIED' or not m.is_corrected then d.decided_by end as decided_by,
      case when d.outcome = 'SKIPPED' and not m.is_corrected then 'SKIPPED' else 'APPLIED' end as outcome,
      case when d.outcome = 'SKIPPED' and not m.is_corrected then d.variance_quantity end as not_booked
    from period p
      join cycle_count c on c.facility_id = p.facility_id and c.status_id = 'CYCLE_CNT_CLOSED'
        and c.actual_completion_at >= p.since and c.actual_completion_at < p.until
      join booked b on b.work_effort_id = c.work_effort_id
      left join review_decision d on d.work_effort_id = b.work_effort_id and d.product_id = b.product_id
        and d.posted_at is not null
      left join product_valuation v on v.facility_id = p.facility_id and v.product_id = b.product_id
      left join product g on g.product_id = b.product_id
      cross join lateral (
        select case when d.outcome = 'APPLIED' then coalesce(d.variance_quantity, 0) else 0 end + coalesce(sum(a.delta), 0) as variance,
          count(a.delta) > 0 as is_corrected
        from review_adjustment a
        where a.work_effort_id = b.work_effort_id and a.product_id = b.product_id and a.is_posted
      ) m
    where ($5::text is null or coalesce(v.abc_class, '') = $5) and ($6::text is null or g.category = $6)
      and ($7::text is null or exists (
        select 1 from product_supplier x where x.product_id = b.product_id and x.supplier = $7))
      and (exists (
        select 1 from count_session s join session_item i on i.session_id = s.session_id
        where s.work_effort_id = c.work_effort_id and s.status_id = 'SESSION_APPROVED' and ($4::text is null or s.area = $4)
          and i.product_id = b.product_id and not i.is_deleted)
      or (d.product_id is not null and d.round is null
        and exists (select 1 from count_session s where s.work_effort_id = c.work_effort_id and s.status_id = 'SESSION_APPROVED')
        and ($4::text is null or exists (
          select 1 from product_place l where l.facility_id = p.facility_id and l.product_id = b.product_id and l.aisle = $4))))
  )`
}

export function paramsOf(scope: ReportScope): readonly unknown[] {
  return [scope.facilityId, scope.from, scope.thru, scope.area, scope.abcClass, scope.category, scope.supplier]
}

const LINE_COLUMNS = `l.work_effort_id as "workEffortId", l.count_name as "countName", l.closed_at as "closedAt",
  l.product_id as "productId", p.product_name as "productName", l.abc_class as "abcClass", l.category, l.book::text, l.variance::text,
  l.unit_cost::text as "unitCost", l.value::text, l.reason, l.decided_by as "decidedBy"`

/** Of a file: what became of it, too. */
export interface FileLine extends ReportLine {
  readonly outcome: 'APPLIED' | 'SKIPPED'
  /** What was counted off the book and let pass; null: it was booked, or nobody had counted it. */
  readonly notBooked: string | null
}

export interface ReportLine {
  readonly workEffortId: string
  readonly countName: string
  readonly closedAt: number
  readonly productId: string
  readonly productName: string | null
  readonly abcClass: string
  readonly category: string
  readonly book: string
  readonly variance: string
  readonly unitCost: string | null
  readonly value: string | null
  readonly reason: string | null
  readonly decidedBy: string | null
}

const LARGEST = 10

/** What differed most: by value, then by units where nobody knows the cost. */
export async function readLargest(sql: Sql, scope: ReportScope): Promise<readonly ReportLine[]> {
  return sql.query<ReportLine>(
    `${LINES} select ${LINE_COLUMNS} from lines l left join product p on p.product_id = l.product_id
     where l.variance <> 0
     order by abs(coalesce(l.value, 0)) desc, abs(l.variance) desc, l.work_effort_id, l.product_id limit ${LARGEST}`,
    paramsOf(scope),
  )
}

/** Of one page, in the order of counts and products; one more than asked for when there are more. */
export async function readReportLines(
  sql: Sql,
  scope: ReportScope,
  { after, limit }: { readonly after: readonly [countId: string, productId: string]; readonly limit: number },
): Promise<readonly ReportLine[]> {
  return sql.query<ReportLine>(
    `${LINES}
     select ${LINE_COLUMNS} from lines l left join product p on p.product_id = l.product_id
     where (l.work_effort_id, l.product_id) > ($8::text, $9::text)
     order by l.work_effort_id, l.product_id limit $10::int`,
    [...paramsOf(scope), ...after, limit + 1],
  )
}

/** As readReportLines, with what was decided and not booked. Rule: RP37 */
export async function readFileLines(
  sql: Sql,
  scope: ReportScope,
  { after, limit }: { readonly after: readonly [countId: string, productId: string]; readonly limit: number },
): Promise<readonly FileLine[]> {
  return sql.query<FileLine>(
    `${ALL_LINES}
     select ${LINE_COLUMNS}, l.outcome, l.not_booked::text as "notBooked" from lines l left join product p on p.product_id = l.product_id
     where (l.work_effort_id, l.product_id) > ($8::text, $9::text)
     order by l.work_effort_id, l.product_id limit $10::int`,
    [...paramsOf(scope), ...after, limit + 1],
  )
}

export function encodeLine(line: ReportLine): v.InferOutput<typeof ReportLines>['lines'][number] {
  const amount = (text: string | null) => (text === null ? null : Number(text))
  return {
    ...line,
    book: Number(line.book),
    variance: Number(line.variance),
    unitCost: amount(line.unitCost),
    value: amount(line.value),
  }
}
