// What was done to a count as a whole: waivers, sessions, plan, approval; and corrections and recounts, many products in one line.
import type * as v from 'valibot'
import type { CountDeed, CountHistory } from '../../src/contract/review-past'
import type { Sql } from '../db/db'
import type { Caller } from '../http/context'
import { readDeviceNames } from './device-names'
import { findReview, type AuditAction } from './review-store'

/** Done to products, and still of interest to whoever asks about the whole. Single decisions stand beside their product. */
const OF_PRODUCTS: readonly AuditAction[] = [
  'recount-sent',
  'recount-cancelled',
  'corrected',
  'late-accepted',
  'late-refused',
  'late-moved',
  'late-received',
]
const UNSENT = 'unsent'

interface Row {
  readonly seq: number
  readonly at: number
  readonly by: string
  readonly action: string
  readonly reason: string | null
  readonly products: number
  readonly productName: string | null
  readonly details: Readonly<Record<string, unknown>>
}

export interface HistoryAsk {
  /** Older than this one; null: the newest. */
  readonly before: number | null
  readonly limit: number
}

/** @throws HttpError 404, 403. Rules: docs/SPEC.md RV60 */
export async function readCountHistory(
  sql: Sql,
  caller: Caller,
  workEffortId: string,
  { before, limit }: HistoryAsk,
): Promise<v.InferInput<typeof CountHistory>> {
  await findReview(sql, caller, workEffortId)
  const rows = await readRows(sql, workEffortId, { before, limit: limit + 1 })
  const page = rows.slice(0, limit)
  const sessions = await readSessionNames(sql, workEffortId)
  const devices = await readDeviceNames(sql, workEffortId)
  return {
    deeds: page.map((it) => deedOf(it, sessions, devices)),
    nextBefore: rows.length > page.length ? (page.at(-1)?.seq ?? null) : null,
  }
}

/** What was done to several products at the same moment for the same reason is one row, called by its first entry. */
async function readRows(
  sql: Sql,
  workEffortId: string,
  { before, limit }: HistoryAsk,
): Promise<readonly Row[]> {
  return sql.query<Row>(
    `select d.*, p.product_name as "productName" from (
       select min(seq) as seq, at, by_user as by, action, reason, count(distinct product_id)::int as products,
         min(product_id) as product_id, (array_agg(details order by seq))[1] as details
       from review_audit
       where work_effort_id = $1 and (product_id is null or action = any($4::text[]))
       group by at, by_user, action, reason, case when product_id is null then seq else 0 end
       having $2::int is null or min(seq) < $2::int
       order by 1 desc limit $3::int
     ) d left join product p on p.product_id = d.product_id and d.products = 1
     order by d.seq desc`,
    [workEffortId, before, limit, OF_PRODUCTS],
  )
}

async function readSessionNames(
  sql: Sql,
  workEffortId: string,
): Promise<ReadonlyMap<string, string>> {
  const rows = await sql.query<{ id: string; name: string }>(
    'select session_id as id, name from count_session where work_effort_id = $1',
    [workEffortId],
  )
  return new Map(rows.map((it) => [it.id, it.name]))
}

type Names = ReadonlyMap<string, string>

function deedOf({ details, products, productName, ...it }: Row, sessions: Names, devices: Names): v.InferInput<typeof CountDeed> {
  const subject = subjectOf(it.action, details)
  const named = productsOf(details) ?? (products === 0 ? null : products)
  return {
    ...it,
    sessionName: sessions.get(subject.sessionId) ?? null,
    products: named,
    productName: named === 1 ? productName : null,
    whom: subject.whom,
    formerly: it.action === 'reassigned' ? textOf(details, 'from') : null,
    deviceName: devices.get(subject.deviceId) ?? null,
    amount: typeof details['amount'] === 'number' ? details['amount'] : null,
    changes: it.action === 'plan-changed' ? changesOf(details) : {},
  }
}

function textOf(details: Row['details'], name: string): string | null {
  return typeof details[name] === 'string' ? details[name] : null
}

/** Which session, whose and on what device: as a reassignment or an act on a session names them, or a waiver of unsent scans. */
function subjectOf(action: string, details: Row['details']): { sessionId: string; deviceId: string; whom: string | null } {
  // unsent:<session>:<device>:<user>; ids hold no colon.
  const [kind, session = '', device = '', user] = (textOf(details, 'subject') ?? '').split(':')
  if (kind === UNSENT) return { sessionId: session, deviceId: device, whom: user ?? null }
  const whom = action === 'reassigned' ? textOf(details, 'to') : null
  return { sessionId: textOf(details, 'sessionId') ?? '', deviceId: '', whom }
}

/** Of the plan: how many were put on a list or taken off it. */
function productsOf(details: Row['details']): number | null {
  for (const name of ['products', 'items'])
    if (typeof details[name] === 'number') return details[name]
  const ids = details['productIds']
  return Array.isArray(ids) ? ids.length : null
}

function changesOf(details: Row['details']): Record<string, { from: unknown; to: unknown }> {
  const changes: Record<string, { from: unknown; to: unknown }> = {}
  for (const [field, change] of Object.entries(details))
    if (typeof change === 'object' && change !== null && 'from' in change && 'to' in change)
      changes[field] = { from: change.from, to: change.to }
  return changes
}
