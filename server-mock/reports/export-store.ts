// Export jobs in the database: asked for, taken up once, fetched, forgotten in time.
import type * as v from 'valibot'
import { EXPORT_MESSAGE_TYPE, EXPORT_STATUS_IDS, type EXPORT_KINDS, type WireExport } from '../../src/contract/exports'
import type { Sql } from '../db/db'
import type { Caller } from '../http/context'
import { HttpError } from '../http/errors'

export type ExportKind = (typeof EXPORT_KINDS)[number]

const DAY_MS = 86_400_000
/** A job that has not said anything for so long belongs to a process that died. */
const SILENT_MS = 60_000
/** How long a file is kept, and how long the list knows of it. */
export const EXPORT_LIFE_MS = 7 * DAY_MS
const HISTORY_MS = 90 * DAY_MS
/** Of one person, not made yet. */
const WAITING_MAX = 5
/** Files of one person that are kept; the oldest go first. */
const KEPT_MAX = 20

export interface NewExport {
  readonly jobId: string
  readonly kind: ExportKind
  readonly format: 'csv' | 'xlsx'
  readonly filter: object
  readonly facilityId: string | null
  readonly fileName: string
  readonly caller: Pick<Caller, 'userId' | 'userName'>
  readonly now: number
}

/** @throws HttpError 429 when the person has too many that are not made yet */
export async function insertExport(sql: Sql, job: NewExport): Promise<void> {
  const { caller, now } = job
  await sql.query("select pg_advisory_xact_lock(hashtext('export'), hashtext($1))", [caller.userId])
  const waiting = await sql.query(
    `select 1 from export_job where created_by_id = $1 and status_id = any($2::text[])`,
    [caller.userId, [EXPORT_STATUS_IDS.waiting, EXPORT_STATUS_IDS.working]],
  )
  if (waiting.length >= WAITING_MAX)
    throw new HttpError(429, `${WAITING_MAX} of your exports are being made: wait for one of them`, 'THROTTLED')
  await sql.query(
    `insert into export_job (job_id, kind, format, filter, facility_id, file_name, status_id, created_by_id, created_by, created_at)
     values ($1, $2, $3, $4::jsonb, $5, $6, $7, $8, $9, $10)`,
    [
      job.jobId, job.kind, job.format, JSON.stringify(job.filter), job.facilityId, job.fileName, EXPORT_STATUS_IDS.waiting,
      caller.userId, caller.userName, now,
    ],
  )
}

export interface ClaimedExport {
  readonly jobId: string
  readonly kind: ExportKind
  readonly format: 'csv' | 'xlsx'
  readonly filter: Readonly<Record<string, unknown>>
  readonly createdById: string
}

const WAITING = `(status_id = 'SmsgProduced' or (status_id = 'SmsgSending' and beat_at < $1::bigint - ${SILENT_MS}))`

/** Is there a job that nobody is at? */
export async function hasExports(sql: Sql, now: number): Promise<boolean> {
  return (await sql.query(`select 1 from export_job where ${WAITING} limit 1`, [now])).length > 0
}

/** The oldest that nobody is at; nobody else gets it now. null: there is none. */
export async function claimExport(sql: Sql, now: number): Promise<ClaimedExport | null> {
  const [row] = await sql.query<ClaimedExport>(
    `update export_job set status_id = 'SmsgSending', beat_at = $1, rows_done = 0 where job_id = (
       select job_id from export_job where ${WAITING} order by created_at, job_id limit 1 for update skip locked)
     returning job_id as "jobId", kind, format, filter, created_by_id as "createdById"`,
    [now],
  )
  return row ?? null
}

export async function noteRows(sql: Sql, jobId: string, rows: number, now: number): Promise<void> {
  await sql.query('update export_job set rows_done = $2, beat_at = $3 where job_id = $1', [jobId, rows, now])
}

/** In one transaction; the person's oldest files make room. */
export async function finishExport(
  sql: Sql,
  { jobId, createdById }: ClaimedExport,
  { content, rows, now }: { readonly content: Buffer; readonly rows: number; readonly now: number },
): Promise<void> {
  await sql.query(
    `update export_job set status_id = $2, content = decode($3, 'base64'), bytes = $4, rows_done = $5, processed_at = $6,
       expires_at = $7 where job_id = $1 and status_id = $8`,
    [
      jobId, EXPORT_STATUS_IDS.ready, content.toString('base64'), content.length, rows, now, now + EXPORT_LIFE_MS,
      EXPORT_STATUS_IDS.working,
    ],
  )
  await sql.query(
    `update export_job set content = null, expires_at = null where content is not null and created_by_id = $1 and job_id not in (
       select job_id from export_job where created_by_id = $1 and content is not null
       order by created_at desc, job_id desc limit ${KEPT_MAX})`,
    [createdById],
  )
}

/** @param message for the person who asked */
export async function failExport(sql: Sql, jobId: string, message: string, now: number): Promise<void> {
  await sql.query(
    'update export_job set status_id = $2, error_text = $3, processed_at = $4 where job_id = $1 and status_id = $5',
    [jobId, EXPORT_STATUS_IDS.failed, message, now, EXPORT_STATUS_IDS.working],
  )
}

/** Their own, and those of their facilities; everybody's for administrators. */
const VISIBLE = '(created_by_id = $1 or $2 or facility_id = any($3::text[]))'

function visibleTo(caller: Caller): readonly unknown[] {
  return [caller.userId, caller.isAdmin, [...caller.facilityIds]]
}

interface Listed {
  readonly from: number
  readonly facilityId: string | null
  readonly limit: number
  readonly now: number
}

/** The newest first. */
export async function listExports(
  sql: Sql,
  caller: Caller,
  { from, facilityId, limit, now }: Listed,
): Promise<v.InferInput<typeof WireExport>[]> {
  const rows = await sql.query<v.InferInput<typeof WireExport> & { readonly partyId: string }>(
    `select job_id as "systemMessageId", '${EXPORT_MESSAGE_TYPE}' as "systemMessageTypeId", status_id as "statusId",
       created_at as "initDate", processed_at as "processedDate", kind, format, file_name as "fileName", bytes,
       rows_done as "rowsDone", error_text as "errorText", created_by as "createdBy",
       case when content is not null and expires_at > $7 then expires_at end as "expiresDate", u.party_id as "partyId"
     from export_job j join user_account u on u.user_id = j.created_by_id
     where ${VISIBLE} and created_at >= $4 and ($5::text is null or facility_id = $5)
     order by created_at desc, job_id desc limit $6::int`,
    [...visibleTo(caller), from, facilityId, limit, now],
  )
  return rows.map(({ partyId, ...it }) => ({
    ...it,
    messageText: JSON.stringify({ filePath: `exports/${it.fileName ?? ''}`, partyId }),
  }))
}

export interface KeptFile {
  readonly fileName: string
  readonly format: 'csv' | 'xlsx'
  readonly kind: ExportKind
  readonly facilityId: string | null
  readonly base64: string
}

/** @throws HttpError 404 for what is somebody else's, not made yet, or kept no longer */
export async function readFile(sql: Sql, caller: Caller, jobId: string, now: number): Promise<KeptFile> {
  const [row] = await sql.query<Omit<KeptFile, 'base64'> & { readonly base64: string | null }>(
    `select file_name as "fileName", format, kind, facility_id as "facilityId",
       case when expires_at > $5 then translate(encode(content, 'base64'), E'\\n', '') end as base64
     from export_job where ${VISIBLE} and job_id = $4`,
    [...visibleTo(caller), jobId, now],
  )
  if (row === undefined) throw new HttpError(404, `System message ${jobId} not found`, 'NOT_FOUND')
  const { base64 } = row
  if (base64 === null) throw new HttpError(404, 'The file is not kept any more, or not made yet: ask for it again', 'NOT_FOUND')
  return { ...row, base64 }
}

/** Files that have expired, and lines of the list that nobody looks at any more. */
export async function sweepExports(sql: Sql, now: number): Promise<void> {
  await sql.query('update export_job set content = null where content is not null and expires_at <= $1', [now])
  await sql.query('delete from export_job where created_at <= $1', [now - HISTORY_MS])
}
