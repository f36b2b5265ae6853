// Carries imports out: read, look at every row, then make all of it in one transaction, or nothing and say all that is wrong.
import type { RowError } from '../../src/domain/plan-import'
import { findCallerOf } from '../auth/callers'
import { giveWay } from '../give-way'
import type { Caller, ServerContext } from '../http/context'
import { decideRow, groupRows, type ImportCount, type ImportRow, type RawRow } from '../rules/import-rows'
import { readImportFile } from './import-file'
import { claimJob, failJob, finishJob, JobGone, keepErrors, listLeftBehind, noteProgress, type ClaimedJob } from './import-store'
import { readNamedProducts, readPlaces } from './import-world'
import { ImportRefused, makeCounts } from './make-counts'
import { discardStaged, stageLines, type StagedSessions, type Staging } from './stage-lines'

/** Rows looked at between two words of progress; other calls get their turn there. */
const SLICE = 1000
/** Errors kept in one transaction. */
const ERRORS = 500
/** One call carries out so many; what comes after finds its own. */
const JOBS_MAX = 100

type Context = Pick<ServerContext, 'db' | 'clock' | 'ids' | 'log'>

/** Every job that nobody is at. Never rejects: what fails is in the job, or in the log. Rules: docs/SPEC.md PL12-PL16, PL60-PL62 */
export async function runImports(context: Context): Promise<void> {
  try {
    for (const left of await listLeftBehind(context.db)) await discardStaged(context.db, left.jobId, left.staged)
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
  let errors: readonly RowError[]
  try {
    await discardStaged(context.db, job.jobId, job.staged)
    errors = await carryOut(job, context)
  } catch (error) {
    // Cancelled, or somebody else's by now: what became of it is said there.
    if (error instanceof JobGone) return
    context.log(`import ${job.jobId}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
    errors = [wholeFile('The server could not carry this out. Nothing was imported; try again.')]
  }
  if (errors.length > 0) await fail(job, errors, context)
}

/** @returns everything that is wrong; nothing: it is done. @throws JobGone */
async function carryOut(job: ClaimedJob, context: Context): Promise<readonly RowError[]> {
  const caller = await findCallerOf(context.db, job.createdById, context.clock.now())
  if (caller?.may('INV_COUNT_CREATE') !== true) return [wholeFile('Who sent it may not create counts any more')]
  const read = await readImportFile(job.content)
  if (read.kind === 'errors') return read.errors
  const { rows, errors } = await lookAtRows(job, read.rows, caller, context)
  const grouped = groupRows(rows)
  const wrong = [...errors, ...grouped.errors]
  return wrong.length > 0 ? wrong : make({ ...context, job, caller }, grouped.counts)
}

/** Line by line where nobody sees it, then all of it at one moment. */
async function make(staging: Staging, counts: readonly ImportCount[]): Promise<readonly RowError[]> {
  const { db, clock, ids, job, caller } = staging
  const staged: StagedSessions = new Map()
  try {
    await stageLines(staging, counts, staged)
    await db.tx(async (sql) => {
      const now = clock.now()
      const making = { sql, caller, nextId: () => ids.next(), now, fileName: job.fileName, staged }
      await finishJob(sql, job, await makeCounts(making, counts), now)
    })
    return []
  } catch (error) {
    if (error instanceof ImportRefused) return error.errors
    throw error
  } finally {
    // Of what was made, only the list of it is forgotten.
    await discardStaged(db, job.jobId, [...staged.values()].map((it) => it.sessionId))
  }
}

function wholeFile(message: string): RowError {
  return { line: null, column: null, value: null, message }
}

async function fail(job: ClaimedJob, errors: readonly RowError[], { db, clock }: Context): Promise<void> {
  try {
    for (let from = 0; from < errors.length; from += ERRORS) {
      const some = { errors: errors.slice(from, from + ERRORS), first: from + 1, now: clock.now() }
      await db.tx((sql) => keepErrors(sql, job, some))
      await giveWay()
    }
    await failJob(db, job, clock.now())
  } catch (error) {
    if (!(error instanceof JobGone)) throw error
  }
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
    await noteProgress(db, job, { done, total: raw.length, now: clock.now() })
    await giveWay()
  }
  return { rows, errors }
}
