// The counts of a facility that are over, the newest first, page by page: who ended each, when, and what it came to.
import type * as v from 'valibot'
import type { ClosedCounts, COUNT_ENDS } from '../../src/contract/review-past'
import { CYCLE_COUNT_STATUS_IDS } from '../../src/contract/counts'
import type { Sql } from '../db/db'
import type { Caller } from '../http/context'
import { escapeLike } from '../http/query'
import { maySeeBook } from '../rules/book-quantity'
import { readCurrency } from './review-store'

export interface ClosedAsk {
  readonly facilityId: string
  readonly end: (typeof COUNT_ENDS)[number]
  /** Part of the name; null: all. */
  readonly text: string | null
  readonly before: { readonly at: number; readonly id: string } | null
  readonly limit: number
}

interface Row {
  readonly workEffortId: string
  readonly name: string
  readonly isBlind: boolean
  readonly startedAt: number | null
  readonly endedAt: number
  readonly endedBy: string | null
  readonly reason: string | null
  readonly products: number
  readonly netUnits: string
  readonly netValue: string | null
  readonly total: number
}

/** Rules: docs/SPEC.md RV58. */
export async function readClosedCounts(
  sql: Sql,
  caller: Caller,
  ask: ClosedAsk,
): Promise<v.InferInput<typeof ClosedCounts>> {
  const rows = await readRows(sql, ask)
  const page = rows.slice(0, ask.limit)
  const last = page.at(-1)
  const isMore = rows.length > page.length && last !== undefined
  return {
    counts: page.map(({ total: _, netUnits, netValue, ...it }) => ({
      ...it,
      ...(maySeeBook((permission) => caller.may(permission), it.isBlind)
        ? { netUnits: Number(netUnits), netValue: netValue === null ? null : Number(netValue) }
        : {}),
    })),
    total: rows[0]?.total ?? 0,
    currency: await readCurrency(sql, ask.facilityId),
    next: isMore ? { beforeAt: last.endedAt, beforeId: last.workEffortId } : null,
  }
}

/** One more than asked for when there are more. What each came to is added up for the page alone. */
async function readRows(
  sql: Sql,
  { facilityId, end, text, before, limit }: ClosedAsk,
): Promise<readonly Row[]> {
  return sql.query<Row>(
    `with ended as (
       select c.work_effort_id as id, c.name, c.is_blind, c.actual_start_at, a.by_user, a.reason,
         coalesce(c.actual_completion_at, a.at, c.created_at) as at
       from cycle_count c left join lateral (
         select r.at, r.by_user, r.reason from review_audit r
         where r.work_effort_id = c.work_effort_id and r.product_id is null and r.action in ('approved', 'closed', 'cancelled')
         order by r.seq desc limit 1) a on true
       where c.facility_id = $1 and c.status_id = $2 and ($3::text is null or c.name ilike $3)
     ), page as (
       select *, (select count(*) from ended)::int as total from ended
       where $4::bigint is null or (at, id) < ($4::bigint, $5::text)
       order by at desc, id desc limit $6::int
     )
     select p.id as "workEffortId", p.name, p.is_blind as "isBlind", p.actual_start_at as "startedAt", p.at as "endedAt",
       p.by_user as "endedBy", p.reason, p.total, coalesce(m.products, 0)::int as products,
       coalesce(m.units, 0)::text as "netUnits", m.value::text as "netValue"
     from page p left join lateral (
       select count(distinct b.product_id) as products, sum(b.units) as units, sum(round(b.units * v.unit_cost, 4)) as value
       from (
         select d.product_id, case when d.outcome = 'APPLIED' then coalesce(d.variance_quantity, 0) else 0 end as units
         from review_decision d where d.work_effort_id = p.id and d.posted_at is not null
         union all
         select j.product_id, j.delta from review_adjustment j where j.work_effort_id = p.id and j.is_posted
       ) b left join product_valuation v on v.facility_id = $1 and v.product_id = b.product_id
     ) m on true
     order by p.at desc, p.id desc`,
    [
      facilityId,
      CYCLE_COUNT_STATUS_IDS[end],
      text === null ? null : `%${escapeLike(text)}%`,
      before?.at ?? null,
      before?.id ?? '',
      limit + 1,
    ],
  )
}
