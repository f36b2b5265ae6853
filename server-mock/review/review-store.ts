// The review of a count as a whole: who holds it, its revision, what was done to it.
import type { Sql } from '../db/db'
import type { Caller, Reach } from '../http/context'
import { HttpError } from '../http/errors'
import { findCycleCount, holdCycleCount } from '../counts/cycle-count-store'
import type { CycleCountRow } from '../rules/count-change'
import { chainAudit, sealEvidence } from './chain'

/** A count that can be reviewed: it has a facility, and so a book. */
export type ReviewedCount = CycleCountRow & { readonly facilityId: string }

/** @throws HttpError 404, 400 without a facility, 403 outside the caller's */
export async function findReview(
  sql: Sql,
  caller: Caller,
  workEffortId: string,
): Promise<ReviewedCount> {
  const row = await findCycleCount(sql, caller, workEffortId)
  if (row === null) throw new HttpError(404, `Cycle count ${workEffortId} not found`, 'NOT_FOUND')
  return withFacility(row)
}

/**
 * The review of a count, held until the transaction ends: who decides takes turns.
 * @param forWhat `change`: the count itself moves; `use`: it stays as it is, and scans go on arriving meanwhile
 * @throws as findReview
 */
export async function holdReview(
  sql: Sql,
  caller: Reach,
  workEffortId: string,
  forWhat: 'change' | 'use' = 'use',
): Promise<ReviewedCount> {
  const row = withFacility(await holdCycleCount(sql, caller, workEffortId, forWhat))
  await sql.query('insert into count_review (work_effort_id) values ($1) on conflict do nothing', [
    workEffortId,
  ])
  await sql.query('select 1 from count_review where work_effort_id = $1 for update', [workEffortId])
  return row
}

function withFacility(row: CycleCountRow): ReviewedCount {
  const { facilityId } = row
  if (facilityId === null)
    throw new HttpError(
      400,
      'The count has no facility yet, and so no book to compare with',
      'BAD_REQUEST',
    )
  return { ...row, facilityId }
}

/** @throws HttpError 400 once the count is closed or cancelled */
export function requireUnderReview({ status }: ReviewedCount): void {
  if (status === 'closed' || status === 'cancelled')
    throw new HttpError(
      400,
      `The count is ${status}: nothing is decided in it any more`,
      'TRANSITION_NOT_ALLOWED',
    )
}

/** Grows with every change of what the review shows. Sessions are never deleted, so the sum never falls. */
export async function readRevision(sql: Sql, workEffortId: string): Promise<number> {
  const [row] = await sql.query<{ revision: number }>(
    `select (coalesce((select sum(rev) from count_session where work_effort_id = $1), 0)
       + coalesce((select rev from count_review where work_effort_id = $1), 0))::bigint as revision`,
    [workEffortId],
  )
  return row?.revision ?? 0
}

/** Of what things cost at a facility; null: nothing has a cost there. */
export async function readCurrency(sql: Sql, facilityId: string): Promise<string | null> {
  const [row] = await sql.query<{ currency: string }>(
    'select currency from product_valuation where facility_id = $1 limit 1',
    [facilityId],
  )
  return row?.currency ?? null
}

export type AuditAction =
  | 'decided'
  | 'undone'
  | 'ruled'
  | 'judged'
  | 'recount-sent'
  | 'recount-cancelled'
  | 'waived'
  | 'session-reopened'
  | 'session-reopening-undone'
  | 'session-voided'
  | 'session-restored'
  | 'count-reopened'
  | 'approved'
  | 'closed'
  | 'corrected'
  | 'late-accepted'
  | 'late-refused'
  | 'late-moved'
  | 'late-received'
  | 'planned'
  | 'plan-changed'
  | 'reassigned'
  | 'items-added'
  | 'items-removed'
  | 'noted'
  | 'cancelled'

export interface AuditEntry {
  readonly action: AuditAction
  readonly productId: string | null
  readonly reason: string | null
  readonly details: Readonly<Record<string, unknown>>
  /** Where it is not whoever acts. */
  readonly by?: string
}

/** Writes who, when and why, and moves the review's revision on. Under the held review. */
export async function noteChanges(
  sql: Sql,
  workEffortId: string,
  entries: readonly AuditEntry[],
  { by, now }: { readonly by: string; readonly now: number },
): Promise<void> {
  if (entries.length === 0) return
  const [row] = await sql.query<{ next: number; head: string | null }>(
    `update count_review set rev = rev + 1, next_audit_seq = next_audit_seq + $2
     where work_effort_id = $1 returning next_audit_seq - $2 as next, audit_head as head`,
    [workEffortId, entries.length],
  )
  if (row === undefined) throw new Error(`The review of ${workEffortId} is not held`)
  await chainAudit(sql, { workEffortId, first: row.next, head: row.head, by, now }, entries)
}

/** A count that is closed without an approval is sealed all the same. Under the held count. */
export async function sealClosed(
  sql: Sql,
  workEffortId: string,
  place: { readonly by: string; readonly now: number },
): Promise<void> {
  await sql.query('insert into count_review (work_effort_id) values ($1) on conflict do nothing', [
    workEffortId,
  ])
  const seal = await sealEvidence(sql, workEffortId)
  await noteChanges(
    sql,
    workEffortId,
    [{ action: 'closed', productId: null, reason: null, details: { seal } }],
    place,
  )
}
