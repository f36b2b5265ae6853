// What blocks an approval apart from the products: open sessions, unsent scans, scans without a product; and their waivers.
import type * as v from 'valibot'
import type { PostWaiver } from '../../src/contract/review'
import type { Micro } from '../../src/domain/quantity'
import type { SessionStatus } from '../../src/domain/session'
import { decodeSessionStatus } from '../counts/session-store'
import type { Sql } from '../db/db'
import type { Caller, ServerContext } from '../http/context'
import { HttpError } from '../http/errors'
import type { UnsentReport } from '../rules/approval'
import { microOf, microOrNull } from './numbers'
import { holdReview, noteChanges, readRevision, requireUnderReview } from './review-store'

export interface ReviewSession {
  readonly sessionId: string
  readonly name: string
  readonly area: string | null
  readonly status: SessionStatus
  readonly createdBy: string | null
  readonly recountRound: number | null
  readonly voided: Said | null
}

/** By whom, when, and why where a person said so. */
interface Said {
  readonly by: string
  readonly at: number
  readonly reason: string | null
}
type Waived = Said & { readonly reason: string }

export async function readReviewSessions(
  sql: Sql,
  workEffortId: string,
): Promise<readonly ReviewSession[]> {
  // Of those that are discarded: who wrote it last; a count that is called off discards all of them.
  const rows = await sql.query<Omit<ReviewSession, 'status'> & { readonly statusId: string }>(
    `select s.session_id as "sessionId", s.name, s.area, s.status_id as "statusId", s.created_by as "createdBy",
       s.recount_round as "recountRound", v.said as voided
     from count_session s left join lateral (
       select json_build_object('by', a.by_user, 'at', a.at, 'reason', a.reason) as said from review_audit a
       where s.status_id = 'SESSION_VOIDED' and a.work_effort_id = $1 and a.product_id is null
         and (a.action = 'session-voided' and a.details->>'sessionId' = s.session_id or a.action = 'cancelled')
       order by a.seq desc limit 1) v on true
     where s.work_effort_id = $1 order by s.created_at, s.session_id`,
    [workEffortId],
  )
  return rows.map(({ statusId, ...it }) => ({ ...it, status: decodeSessionStatus(statusId) }))
}

export interface UnsentDevice extends UnsentReport {
  readonly sessionId: string
  readonly sessionName: string
  readonly deviceId: string
  /** As people call it. */
  readonly deviceName: string | null
  readonly userId: string
  readonly lastHeardAt: number
  readonly waiver: Waived | null
}

/** Devices that said they had scans which the server lacks, of sessions that count. */
export async function readUnsent(sql: Sql, workEffortId: string): Promise<readonly UnsentDevice[]> {
  const rows = await sql.query<{
    session_id: string
    name: string
    device_id: string
    device_name: string | null
    user_id: string
    unsent_scans: number
    last_heard_at: number
  }>(
    `select d.session_id, s.name, d.device_id, d.device_name, d.user_id, d.unsent_scans, d.last_heard_at
     from session_device d join count_session s on s.session_id = d.session_id
     where s.work_effort_id = $1 and s.status_id <> 'SESSION_VOIDED' and d.unsent_scans > 0
     order by d.unsent_scans desc, d.session_id, d.device_id, d.user_id`,
    [workEffortId],
  )
  const waivers = await readWaivers(sql, workEffortId)
  return rows.map((it) => {
    const subject = `unsent:${it.session_id}:${it.device_id}:${it.user_id}`
    const waiver = waivers.get(subject) ?? null
    return {
      subject,
      sessionId: it.session_id,
      sessionName: it.name,
      deviceId: it.device_id,
      deviceName: it.device_name,
      userId: it.user_id,
      unsentScans: it.unsent_scans,
      lastHeardAt: it.last_heard_at,
      waived: waiver === null ? null : waiver.amount / 1_000_000,
      waiver: waiver && { reason: waiver.reason, by: waiver.by, at: waiver.at },
    }
  })
}

const UNMATCHED = 'unmatched'

export interface Unmatched {
  readonly rows: number
  readonly units: Micro
  readonly waivedRows: number | null
  readonly waiver: Waived | null
}

/** Counted rows that nobody has found a product for: they cannot be booked. */
export async function readUnmatched(sql: Sql, workEffortId: string): Promise<Unmatched> {
  const [row] = await sql.query<{ rows: number; units: string | null }>(
    `select count(*)::int as rows, sum(i.quantity)::text as units
     from count_session s join session_item i on i.session_id = s.session_id
     where s.work_effort_id = $1 and s.status_id <> 'SESSION_VOIDED' and i.product_id is null and not i.is_deleted
       and (coalesce(i.standing, 0) <> 0 or (i.standing is null and i.quantity is not null))`,
    [workEffortId],
  )
  const waiver = (await readWaivers(sql, workEffortId)).get(UNMATCHED)
  return {
    rows: row?.rows ?? 0,
    units: microOrNull(row?.units ?? null) ?? (0 as Micro),
    waivedRows: waiver === undefined ? null : waiver.amount / 1_000_000,
    waiver: waiver === undefined ? null : { by: waiver.by, at: waiver.at, reason: waiver.reason },
  }
}

interface Waiver {
  readonly amount: Micro
  readonly reason: string
  readonly by: string
  readonly at: number
}

async function readWaivers(sql: Sql, workEffortId: string): Promise<ReadonlyMap<string, Waiver>> {
  const rows = await sql.query<{
    subject: string
    amount: string
    reason: string
    by: string
    at: number
  }>(
    `select subject, amount::text, reason, waived_by as by, waived_at as at from review_waiver where work_effort_id = $1`,
    [workEffortId],
  )
  return new Map(
    rows.map(({ subject, amount, ...it }) => [subject, { ...it, amount: microOf(amount) }]),
  )
}

/** Lets what is reported now pass, with a reason. More of it blocks again. @throws HttpError 404, 400, 403 */
export async function waive(
  caller: Caller,
  workEffortId: string,
  { subject, reason }: v.InferOutput<typeof PostWaiver>,
  { db, clock }: ServerContext,
): Promise<{ revision: number }> {
  return db.tx(async (sql) => {
    requireUnderReview(await holdReview(sql, caller, workEffortId))
    const now = clock.now()
    const amount = await amountOf(sql, workEffortId, subject)
    if (amount === null)
      throw new HttpError(404, 'There is nothing like that to let pass', 'NOT_FOUND')
    await sql.query(
      `insert into review_waiver (work_effort_id, subject, amount, reason, waived_by, waived_at)
       values ($1, $2, $3, $4, $5, $6)
       on conflict (work_effort_id, subject) do update set amount = excluded.amount, reason = excluded.reason,
         waived_by = excluded.waived_by, waived_at = excluded.waived_at`,
      [workEffortId, subject, amount, reason, caller.userName, now],
    )
    const entry = {
      action: 'waived',
      productId: null,
      reason,
      details: { subject, amount },
    } as const
    await noteChanges(sql, workEffortId, [entry], { by: caller.userName, now })
    return { revision: await readRevision(sql, workEffortId) }
  })
}

async function amountOf(sql: Sql, workEffortId: string, subject: string): Promise<number | null> {
  if (subject === UNMATCHED) {
    const { rows } = await readUnmatched(sql, workEffortId)
    return rows === 0 ? null : rows
  }
  return (
    (await readUnsent(sql, workEffortId)).find((it) => it.subject === subject)?.unsentScans ?? null
  )
}
