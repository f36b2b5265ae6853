// Carries imports out: read, look at every row, then make all of it in one transaction, or nothing and say all that is wrong.
import type { RowError } from '../../src/domain/plan-import'
import { findCallerOf } from '../auth/callers'
import type { Caller, ServerContext } from '../http/context'
import { decideRow, groupRows, type ImportRow, type RawRow } from '../rules/import-rows'
import { readImportFile } from './import-file'
import { claimJob, failJob, finishJob, JobGone, noteProgress, type ClaimedJob } from './import-store'
import { readNamedProducts, readPlaces } from './import-world'
import { ImportRefused, makeCounts } from './make-counts'

/** Rows looked at between two words of progress; other calls get their turn there. */
const SLICE = 2000
/** One call carries out so many; what comes after finds its own. */
const JOBS_MAX = 100

type Context = Pick<ServerContext, 'db' | 'clock' | 'ids' | 'log'>

/** Every job that nobody is at. Never rejects: what fails is in the job, or in the log. Rules: docs/SPEC.md PL12-PL16 */
export async function runImports(context: Context): Promise<void> {
  try {
    for (let jobs = 0; jobs < JOBS_MAX; jobs += 1) {
      const job = await claimJob(context.db, context.clock.now())
      if (job === null) return
      await runOne(job, context)
    }
  } catch (error) {
    context.log(`import: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
  }
}

async function runOne(job: ClaimedJob, context: Context): Promise<void> {
  const { db, clock, ids } = context
  try {
    const caller = await findCallerOf(db, job.createdById, clock.now())
    if (caller?.may('INV_COUNT_CREATE') !== true)
      return await fail(job, [wholeFile('Who sent it may not create counts any more')], context)
    const read = await readImportFile(job.content)
    if (read.kind === 'errors') return await fail(job, read.errors, context)
    const { rows, errors } = await lookAtRows(job, read.rows, caller, context)
    const grouped = groupRows(rows)
    const wrong = [...errors, ...grouped.errors]
    if (wrong.length > 0) return await fail(job, wrong, context)
    await db.tx(async (sql) => {
      const now = clock.now()
      const making = { sql, caller, nextId: () => ids.next(), now, fileName: job.fileName }
      await finishJob(sql, job.jobId, await makeCounts(making, grouped.counts), now)
    })
  } catch (error) {
    // Cancelled, or somebody else's by now: what became of it is said there.
    if (error instanceof JobGone) return
    if (error instanceof ImportRefused) return fail(job, error.errors, context)
    context.log(`import ${job.jobId}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
    await fail(job, [wholeFile('The server could not carry this out. Nothing was imported; try again.')], context)
  }
}

function wholeFile(message: string): RowError {
  return { line: null, column: null, value: null, message }
}

async function fail(job: ClaimedJob, errors: readonly RowError[], { db, clock }: Context): Promise<void> {
  await db.tx((sql) => failJob(sql, job.jobId, errors, clock.now()))
}

async function lookAtRows(
  job: ClaimedJob,
  raw: readonly RawRow[],
  caller: Caller,
  { db, clock }: Context,
): Promise<{ readonly rows: readonly ImportRow[]; readonly errors: readonly RowError[] }> {
  const places = await readPlaces(db, caller, raw, clock.now())
  const rows: ImportRow[] = []
  const errors: RowError[] = []
  for (let from = 0; from < raw.length; from += SLICE) {
    const slice = raw.slice(from, from + SLICE)
    const world = { ...places, ...(await readNamedProducts(db, slice)) }
    for (const it of slice) {
      const decided = decideRow(it, world)
      if (decided.kind === 'row') rows.push(decided.row)
      else errors.push(...decided.errors)
    }
    const done = Math.min(raw.length, from + SLICE)
    await noteProgress(db, job.jobId, { done, total: raw.length, now: clock.now() })
  }
  return { rows, errors }
}
