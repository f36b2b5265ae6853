// Reading a review: the summary that says how much there is, and its products page by page.
import type * as v from 'valibot'
import type { ReviewPage, ReviewSummary } from '../../src/contract/review'
import { CYCLE_COUNT_STATUS_IDS, SESSION_STATUS_IDS } from '../../src/contract/counts'
import { encodeQuantity } from '../../src/domain/quantity'
import type { Sql } from '../db/db'
import type { Caller } from '../http/context'
import { maySeeBook } from '../rules/book-quantity'
import { readReviewSessions, readUnmatched, readUnsent } from './blocking'
import { encodeReview } from './encode-review'
import { expectedProducts, readScope, type HardScope } from './review-scope'
import { reviewRows } from './review-products'
import { MATTERS, readRowsPage, type PageAsk } from './review-rows'
import { findReview, readCurrency, readRevision, type ReviewedCount } from './review-store'

export async function readSummary(
  sql: Sql,
  caller: Caller,
  workEffortId: string,
  { now, pageSize }: { readonly now: number; readonly pageSize: number },
): Promise<v.InferOutput<typeof ReviewSummary>> {
  const count = await findReview(sql, caller, workEffortId)
  // Before the numbers: what comes in between shows as another revision, never as none.
  const revision = await readRevision(sql, workEffortId)
  const unmatched = await readUnmatched(sql, workEffortId)
  const sessions = await readReviewSessions(sql, workEffortId)
  return {
    revision,
    ...(await readCuts(sql, count, pageSize)),
    pageSize,
    workEffortId,
    name: count.name,
    statusId: CYCLE_COUNT_STATUS_IDS[count.status],
    facilityId: count.facilityId,
    isBlind: count.isBlind,
    startedAt: count.actualStartAt,
    closed: await readClosing(sql, workEffortId),
    currency: await readCurrency(sql, count.facilityId),
    names: await readNames(sql, workEffortId),
    sessions: sessions.map(({ status, ...it }) => ({
      ...it,
      statusId: SESSION_STATUS_IDS[status],
    })),
    unsent: (await readUnsent(sql, workEffortId)).map(({ waived, waiver, ...it }) => ({
      ...it,
      // A waiver of fewer scans than there are now lets nothing pass.
      waiver: waived !== null && waived >= it.unsentScans ? waiver : null,
    })),
    unmatched: {
      rows: unmatched.rows,
      units: encodeQuantity(unmatched.units),
      waived: unmatched.waivedRows,
      waiver: unmatched.waiver,
    },
    serverTime: now,
  }
}

async function readClosing(
  sql: Sql,
  workEffortId: string,
): Promise<{ at: number; by: string } | null> {
  const [row] = await sql.query<{ at: number; by: string }>(
    `select at, by_user as by from review_audit where work_effort_id = $1 and product_id is null
       and action in ('approved', 'closed') order by seq desc limit 1`,
    [workEffortId],
  )
  return row ?? null
}

/** Of everybody who counted in it, made a session or acted on the whole of it. */
async function readNames(sql: Sql, workEffortId: string): Promise<Record<string, string>> {
  const rows = await sql.query<{ userName: string; fullName: string }>(
    `select user_name as "userName", full_name as "fullName" from user_account where user_name in (
       select i.counted_by from session_item i join count_session s on s.session_id = i.session_id where s.work_effort_id = $1
       union select i.sent_by from session_item i join count_session s on s.session_id = i.session_id where s.work_effort_id = $1
       union select created_by from count_session where work_effort_id = $1
       union select by_user from review_audit where work_effort_id = $1 and product_id is null)`,
    [workEffortId],
  )
  return Object.fromEntries(rows.map((it) => [it.userName, it.fullName]))
}

/** Products of all sessions that count, each once. */
export async function countProducts(sql: Sql, workEffortId: string): Promise<number> {
  const [row] = await sql.query<{ total: number }>(
    `select count(distinct i.product_id)::int as total
     from count_session s join session_item i on i.session_id = s.session_id
     where s.work_effort_id = $1 and s.status_id <> 'SESSION_VOIDED' and i.product_id is not null and not i.is_deleted
       and ${MATTERS}`,
    [workEffortId],
  )
  return row?.total ?? 0
}

function allExpected(hard: HardScope, params: unknown[]): string {
  const all = { after: params.push(''), until: params.push(null), limit: params.push(null) }
  return expectedProducts(hard, params, all)
}

/** How many products there are, and behind which of them a page of its own begins. */
async function readCuts(
  sql: Sql,
  count: ReviewedCount,
  pageSize: number,
): Promise<{ total: number; cuts: string[] }> {
  const { hard } = await readScope(sql, count)
  const params: unknown[] = [count.workEffortId, pageSize]
  const expected =
    hard === null ? '' : `union select product_id from (${allExpected(hard, params)}) e`
  const [row] = await sql.query<{ total: number; ends: string[] }>(
    `select count(*)::int as total, coalesce(json_agg(id order by n) filter (where n % $2::int = 0), '[]') as ends
     from (select id, row_number() over (order by id) as n from (
       select distinct i.product_id as id
       from count_session s join session_item i on i.session_id = s.session_id
       where s.work_effort_id = $1 and s.status_id <> 'SESSION_VOIDED' and i.product_id is not null
         and not i.is_deleted and ${MATTERS} ${expected}) d) numbered`,
    params,
  )
  const { total = 0, ends = [] } = row ?? {}
  // The last page may be full: nothing begins behind it.
  return { total, cuts: ['', ...ends].slice(0, Math.max(1, Math.ceil(total / pageSize))) }
}

/** In the order of the product ids, so that no page repeats or misses one, whatever comes in between. */
export async function readPage(
  sql: Sql,
  caller: Caller,
  workEffortId: string,
  ask: PageAsk,
): Promise<v.InferOutput<typeof ReviewPage>> {
  const count = await findReview(sql, caller, workEffortId)
  const revision = await readRevision(sql, workEffortId)
  const scope = await readScope(sql, count)
  const { ids, reviewed, more } = await readRowsPage(sql, scope, ask)
  const products = await reviewRows(sql, { count, scope }, ids, reviewed)
  const canSeeBook = maySeeBook((it) => caller.may(it), count.isBlind)
  return {
    revision,
    rows: products.map((it) => encodeReview(it, canSeeBook)),
    next: ids.at(-1) ?? ask.after,
    more,
  }
}
