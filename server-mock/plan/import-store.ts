// Import jobs in the database: taken up once, followed, cancelled, with all their errors.
import type * as v from 'valibot'
import {
  IMPORT_MESSAGE_TYPE,
  IMPORT_STATUS_IDS,
  type ImportErrors,
  type WireImport,
} from '../../src/contract/plan-import'
import type { RowError } from '../../src/domain/plan-import'
import type { Sql } from '../db/db'
import type { Caller } from '../http/context'
import { HttpError } from '../http/errors'

/** A job that has not said anything for so long belongs to a process that died. */
const SILENT_MS = 60_000

export interface NewJob {
  readonly jobId: string
  readonly fileName: string
  readonly content: string
  readonly hash: string
  /** That its rows name, sorted; null: the file cannot be read. */
  readonly facilityIds: readonly string[] | null
  readonly caller: Pick<Caller, 'userId' | 'userName'>
  readonly now: number
}

export async function insertJob(sql: Sql, job: NewJob): Promise<void> {
  const { jobId, fileName, content, hash, facilityIds, caller, now } = job
  await sql.query(
    `insert into import_job (job_id, file_name, status_id, content, content_hash, facility_ids, created_by_id, created_by,
       created_at)
     values ($1, $2, $3, $4, $5, $6::text[], $7, $8, $9)`,
    [jobId, fileName, IMPORT_STATUS_IDS.received, content, hash, facilityIds, caller.userId, caller.userName, now],
  )
}

export interface KnownJob {
  readonly jobId: string
  readonly createdBy: string
  readonly createdAt: number
}

/**
 * The latest job of the same content for the same facilities that was carried out, or may be. Of a job from before
 * facilities were noted, the content alone has to do.
 */
export async function findKnownJob(
  sql: Sql,
  { hash, facilityIds }: Pick<NewJob, 'hash' | 'facilityIds'>,
): Promise<KnownJob | null> {
  const { received, consuming, consumed } = IMPORT_STATUS_IDS
  const [row] = await sql.query<KnownJob>(
    `select job_id as "jobId", created_by as "createdBy", created_at as "createdAt" from import_job
     where content_hash = $1 and status_id = any($2::text[])
       and (facility_ids is null or facility_ids is not distinct from $3::text[])
     order by created_at desc limit 1`,
    [hash, [received, consuming, consumed], facilityIds],
  )
  return row ?? null
}

export interface ClaimedJob {
  readonly jobId: string
  readonly fileName: string
  readonly content: string
  readonly createdById: string
  /** The first process that took it up is 1, the next one 2. */
  readonly attempt: number
  /** Sessions whose lines an earlier attempt wrote and never made. */
  readonly staged: readonly string[]
}

const WAITING = `(status_id = 'SmsgReceived' or (status_id = 'SmsgConsuming' and beat_at < $1::bigint - ${SILENT_MS}))`

/** Over, with lines that were written for it and belong to nobody. */
const LEFT_BEHIND = "(staged <> '{}' and status_id in ('SmsgConsumed', 'SmsgCancelled', 'SmsgError'))"

/** Is there a job that nobody is at, or one that left lines behind? */
export async function hasWork(sql: Sql, now: number): Promise<boolean> {
  return (await sql.query(`select 1 from import_job where ${WAITING} or ${LEFT_BEHIND} limit 1`, [now])).length > 0
}

/** Jobs that are over and whose lines belong to nobody, as their processes died: a few at a time. */
export async function listLeftBehind(sql: Sql): Promise<readonly Pick<ClaimedJob, 'jobId' | 'staged'>[]> {
  return sql.query(`select job_id as "jobId", staged from import_job where ${LEFT_BEHIND} limit 10`)
}

/** The oldest job that nobody is at; nobody else gets it now. null: there is none. */
export async function claimJob(sql: Sql, now: number): Promise<ClaimedJob | null> {
  const [row] = await sql.query<ClaimedJob>(
    `update import_job set status_id = 'SmsgConsuming', beat_at = $1, rows_done = 0, rows_written = 0,
       attempt = attempt + 1 where job_id = (
       select job_id from import_job where ${WAITING}
       order by created_at, job_id limit 1 for update skip locked)
     returning job_id as "jobId", file_name as "fileName", content, created_by_id as "createdById", attempt, staged`,
    [now],
  )
  return row ?? null
}

/** The job was cancelled, or taken up by somebody else: whoever is at it stops, and leaves no trace. */
export class JobGone extends Error {
  override readonly name = 'JobGone'
  constructor(jobId: string) {
    super(`Import ${jobId} is nobody's here any more`)
  }
}

type Attempt = Pick<ClaimedJob, 'jobId' | 'attempt'>

/** Of this attempt only. @throws JobGone when the job was cancelled or taken up by somebody else meanwhile */
async function updateJob(sql: Sql, { jobId, attempt }: Attempt, set: string, values: readonly unknown[]): Promise<void> {
  const rows = await sql.query(
    `update import_job set ${set} where job_id = $1 and attempt = $2 and status_id = '${IMPORT_STATUS_IDS.consuming}' returning 1`,
    [jobId, attempt, ...values],
  )
  if (rows.length === 0) throw new JobGone(jobId)
}

/** @throws JobGone */
export async function noteProgress(
  sql: Sql,
  job: Attempt,
  { done, total, now }: { readonly done: number; readonly total: number; readonly now: number },
): Promise<void> {
  await updateJob(sql, job, 'rows_done = $3, rows_total = $4, beat_at = $5', [done, total, now])
}

/** Before the first of their lines is written. @throws JobGone */
export async function noteStaged(sql: Sql, job: Attempt, sessionIds: readonly string[]): Promise<void> {
  await updateJob(sql, job, 'staged = $3::text[]', [sessionIds])
}

/** In the transaction that writes them. @throws JobGone: nothing more may be written */
export async function noteWritten(
  sql: Sql,
  job: Attempt,
  { written, now }: { readonly written: number; readonly now: number },
): Promise<void> {
  await updateJob(sql, job, 'rows_written = $3, beat_at = $4', [written, now])
}

/** Their lines are gone, or belong to sessions now. */
export async function forgetStaged(sql: Sql, jobId: string, sessionIds: readonly string[]): Promise<void> {
  await sql.query(
    `update import_job set staged = array(select unnest(staged) except select unnest($2::text[])) where job_id = $1`,
    [jobId, sessionIds],
  )
}

export type Made = NonNullable<v.InferInput<typeof WireImport>['made']>

/**
 * In the transaction that made the counts.
 * @throws JobGone when it was cancelled or taken up by somebody else meanwhile: what was made is rolled back with it
 */
export async function finishJob(sql: Sql, job: Attempt, made: Made, now: number): Promise<void> {
  await updateJob(
    sql,
    job,
    `status_id = '${IMPORT_STATUS_IDS.consumed}', made = $3, processed_at = $4, rows_done = rows_total, rows_written = rows_total`,
    [JSON.stringify(made), now],
  )
}

/**
 * Some of what is wrong, kept for when the job is over: until then nobody is told.
 * @param first place among all of its errors, from 1; the first ones take the place of an earlier attempt's
 * @throws JobGone
 */
export async function keepErrors(
  sql: Sql,
  job: Attempt,
  { errors, first, now }: { readonly errors: readonly RowError[]; readonly first: number; readonly now: number },
): Promise<void> {
  await updateJob(sql, job, 'beat_at = $3', [now])
  if (first === 1) await sql.query('delete from import_error where job_id = $1', [job.jobId])
  const rows = errors.map((it, index) => ({ ...it, seq: first + index }))
  await sql.query(
    `insert into import_error (job_id, seq, line, column_name, value, message)
     select $1, r.seq, r.line, r."column", r.value, r.message from jsonb_to_recordset($2::jsonb)
       as r(seq int, line int, "column" text, value text, message text)`,
    [job.jobId, JSON.stringify(rows)],
  )
}

/** It is over, and its errors are told. @throws JobGone: one that was cancelled meanwhile stays so */
export async function failJob(sql: Sql, job: Attempt, now: number): Promise<void> {
  await updateJob(sql, job, `status_id = '${IMPORT_STATUS_IDS.error}', processed_at = $3`, [now])
}

const IS_ERROR = `status_id = '${IMPORT_STATUS_IDS.error}'`

const WIRE = `job_id as "systemMessageId", '${IMPORT_MESSAGE_TYPE}' as "systemMessageTypeId", status_id as "statusId",
  file_name as "messageText", created_at as "initDate", processed_at as "processedDate", rows_total as "rowsTotal",
  rows_done as "rowsDone", rows_written as "rowsWritten", made, created_by as "createdBy", (created_by_id = $1 or $2) as "isOwn",
  case when ${IS_ERROR} then (select count(*)::int from import_error e where e.job_id = j.job_id) else 0 end as "errorCount"`

/** The caller's own, or everybody's for administrators; newest first. */
export async function listJobs(
  sql: Sql,
  caller: Caller,
  { from, limit }: { readonly from: number; readonly limit: number },
): Promise<v.InferInput<typeof WireImport>[]> {
  return sql.query(
    `select ${WIRE} from import_job j where (created_by_id = $1 or $2) and created_at >= $3
     order by created_at desc, job_id desc limit $4::int`,
    [caller.userId, caller.isAdmin, from, limit],
  )
}

/** Own ones, and those whose rows are all for facilities of the caller. */
const TOLD = `(created_by_id = $1 or $2 or (facility_ids <> '{}' and facility_ids <@ $3::text[]))`

/** What became of one job, for whoever may import where it was for. @throws HttpError 404 */
export async function tellJob(sql: Sql, caller: Caller, jobId: string): Promise<v.InferInput<typeof WireImport>> {
  const [row] = await sql.query<v.InferInput<typeof WireImport>>(
    `select ${WIRE} from import_job j where ${TOLD} and job_id = $4`,
    [caller.userId, caller.isAdmin, [...caller.facilityIds], jobId],
  )
  if (row === undefined) throw notFound(jobId)
  return row
}

function notFound(jobId: string): HttpError {
  return new HttpError(404, `System message ${jobId} not found`, 'NOT_FOUND')
}

interface OneJob {
  readonly fileName: string
  readonly content: string
  readonly statusId: string
}

/** Its sender's, or an administrator's to change and to fetch. @throws HttpError 404, also for what is somebody else's */
export async function readJob(sql: Sql, caller: Caller, jobId: string, lock: '' | 'for update' = ''): Promise<OneJob> {
  const [row] = await sql.query<OneJob>(
    `select file_name as "fileName", content, status_id as "statusId" from import_job
     where job_id = $1 and (created_by_id = $2 or $3) ${lock}`,
    [jobId, caller.userId, caller.isAdmin],
  )
  if (row === undefined) throw notFound(jobId)
  return row
}

/**
 * Also while it is carried out: whoever is at it finds out before anything of it is kept. Waits for one that is being
 * finished at this moment.
 * @throws HttpError 400 once it is over, 404
 */
export async function cancelJob(sql: Sql, caller: Caller, jobId: string, now: number): Promise<void> {
  const { received, consuming, cancelled } = IMPORT_STATUS_IDS
  const { statusId } = await readJob(sql, caller, jobId, 'for update')
  if (statusId === cancelled) return
  if (statusId !== received && statusId !== consuming)
    throw new HttpError(400, 'The import is over: it cannot be cancelled any more', 'TRANSITION_NOT_ALLOWED')
  await sql.query('update import_job set status_id = $2, processed_at = $3 where job_id = $1', [jobId, cancelled, now])
}

/** In the order of the lines. */
export async function readErrors(
  sql: Sql,
  jobId: string,
  { limit, offset }: { readonly limit: number; readonly offset: number },
): Promise<v.InferInput<typeof ImportErrors>> {
  const rows = await sql.query<{ line: number | null; column: null; value: string | null; message: string }>(
    `select line, column_name as "column", value, message from import_error where job_id = $1
       and exists (select 1 from import_job j where j.job_id = $1 and j.${IS_ERROR})
     order by line nulls first, seq limit $2::int offset $3::int`,
    [jobId, limit, offset],
  )
  return rows.map((it) => ({ ...it, errorText: textOf(it) }))
}

function textOf({ line, column, message }: { line: number | null; column: string | null; message: string }): string {
  const place = [line === null ? null : `Line ${line}`, column].filter((it) => it !== null).join(', ')
  return place === '' ? message : `${place}: ${message}`
}
