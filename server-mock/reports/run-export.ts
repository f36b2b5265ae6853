// Carries exports out, one after the other, as the person who asked for them may see things now.
import { findCallerOf } from '../auth/callers'
import type { Sql } from '../db/db'
import type { Caller, ServerContext } from '../http/context'
import { HttpError } from '../http/errors'
import { Query } from '../http/query'
import { fileOf } from './export-files'
import { claimExport, failExport, finishExport, noteRows, type ClaimedExport, type ExportKind } from './export-store'
import { ExportTooLarge, readCountsTable, readLinesTable, readZone, type Table } from './export-tables'
import { figuresTable, paceTable } from './figure-tables'
import { readPace, readReport } from './read-report'
import { PERIOD } from './report-lines'
import { scopeOfQuery } from './report-scope'

/** One call carries out so many; what comes after finds its own. */
const JOBS_MAX = 100
/** Of a file: more does not go through a browser well. */
const BYTES_MAX = 32 * 1024 * 1024

type Context = Pick<ServerContext, 'db' | 'clock' | 'log'>

/** After the answer. */
export function runExportsLater(context: Context & Pick<ServerContext, 'later'>): void {
  if (context.later === undefined) void runExports(context)
  else context.later(() => runExports(context))
}

/** Every job that nobody is at. Never rejects: what fails is in the job, or in the log. Rules: docs/SPEC.md RP21, RP22 */
async function runExports(context: Context): Promise<void> {
  try {
    for (let jobs = 0; jobs < JOBS_MAX; jobs += 1) {
      const job = await claimExport(context.db, context.clock.now())
      if (job === null) return
      await runOne(job, context)
    }
  } catch (error) {
    context.log(`export: ${wordsOf(error)}`)
  }
}

async function runOne(job: ClaimedExport, context: Context): Promise<void> {
  const { db, clock, log } = context
  try {
    const caller = await findCallerOf(db, job.createdById, clock.now())
    if (caller === null) return await fail(job, 'Whoever asked for it may not sign in any more', context)
    const table = await readTable(job, caller, context)
    const content = await fileOf(table, job.format)
    if (content.length > BYTES_MAX) throw new ExportTooLarge('The file would be too large: choose a shorter period')
    const rows = table.length - 1
    await db.tx((sql) => finishExport(sql, job, { content, rows, now: clock.now() }))
  } catch (error) {
    const isTheirs = error instanceof ExportTooLarge || error instanceof HttpError
    if (!isTheirs) log(`export ${job.jobId}: ${wordsOf(error)}`)
    await fail(job, isTheirs ? error.message : 'The server could not make this file; try again.', context)
  }
}

async function readTable(job: ClaimedExport, caller: Caller, { db, clock }: Context): Promise<Table> {
  const query = Query.fromRecord(job.kind === 'counts' ? await closedWithin(db, job.filter) : job.filter)
  const progress = (rows: number) => noteRows(db, job.jobId, rows, clock.now())
  return READERS[job.kind]({ db, caller, query, progress })
}

/** Days of the facility become the moments that the list of counts asks by. */
async function closedWithin(sql: Sql, filter: ClaimedExport['filter']): Promise<ClaimedExport['filter']> {
  const { facilityId, from, thru } = filter
  if (typeof from !== 'string' || typeof thru !== 'string') return filter
  const [period] = await sql.query<{ since: number; until: number }>(PERIOD, [facilityId, from, thru])
  return period === undefined ? filter : { ...filter, closedDate: period.since, closedDateTo: period.until - 1 }
}

interface Reading {
  readonly db: Context['db']
  readonly caller: Caller
  readonly query: Query
  readonly progress: (rows: number) => Promise<void>
}

const READERS: Readonly<Record<ExportKind, (reading: Reading) => Promise<Table>>> = {
  counts: ({ db, caller, query, progress }) => readCountsTable(db, caller, query, progress),
  lines: ({ db, caller, query, progress }) => readLinesTable(db, scopeOfQuery(caller, query, 'book'), progress),
  async figures({ db, caller, query }) {
    const scope = scopeOfQuery(caller, query, 'book')
    return figuresTable(await readReport(db, scope), await readZone(db, scope.facilityId))
  },
  pace: async ({ db, caller, query }) => paceTable(await readPace(db, scopeOfQuery(caller, query, 'book'), null)),
}

async function fail(job: ClaimedExport, message: string, { db, clock }: Context): Promise<void> {
  await failExport(db, job.jobId, message, clock.now())
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
