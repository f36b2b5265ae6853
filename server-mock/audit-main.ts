// `npm run audit`: checks the chains of all closed counts, or of one, straight on the database. Changes nothing.
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { Db } from './db/db'
import { lockFolder } from './db/folder-lock'
import { openPglite } from './db/pglite-db'
import { openPostgres } from './db/postgres-db'
import { checkChain } from './review/check-chain'
import { auditLines } from './rules/audit-words'

const USAGE = `npm run audit -- [options]
  --data <folder>   data folder of the built-in database (the server must not be running), else .data/server
  --count <id>      this count alone, closed or not
DATABASE_URL=postgres://… checks that PostgreSQL instead. Ends with 1 when a chain is broken, 2 when it cannot check.`

const BROKEN = 1
const CANNOT = 2

interface FoundCount {
  readonly id: string
  readonly name: string
  readonly facility: string | null
}

async function main(): Promise<number> {
  if (process.argv.includes('--help')) {
    say(USAGE)
    return 0
  }
  const { values } = parseArgs({ options: { data: { type: 'string' }, count: { type: 'string' } } })
  const { db, close } = await open(values.data ?? null)
  try {
    const counts = await readCounts(db, values.count ?? null)
    if (counts.length === 0) throw new Error(values.count === undefined ? 'No count is closed yet' : `There is no count ${values.count}`)
    let broken = 0
    for (const count of counts) {
      const checked = await checkChain(db, count.id)
      if (checked.state === 'broken') broken += 1
      for (const line of auditLines(count, checked)) say(line)
    }
    say(`${counts.length} checked, ${broken} broken`)
    return broken === 0 ? 0 : BROKEN
  } finally {
    await close()
  }
}

async function open(data: string | null): Promise<{ db: Db; close: () => Promise<void> }> {
  const databaseUrl = process.env['DATABASE_URL']
  if (data === null && databaseUrl !== undefined && databaseUrl !== '') {
    const db = await openPostgres(databaseUrl)
    return { db, close: () => db.close() }
  }
  const folder = resolve(data ?? '.data/server')
  if (!existsSync(resolve(folder, 'pglite-is-complete'))) throw new Error(`No database in ${folder}`)
  const lock = await lockFolder(folder)
  const db = await openPglite({ folder: resolve(folder, 'pglite') })
  return {
    db,
    close: async () => {
      await db.close()
      await lock.release()
    },
  }
}

async function readCounts(db: Db, id: string | null): Promise<readonly FoundCount[]> {
  const [table] = await db.query<{ name: string | null }>("select to_regclass('evidence_seal')::text as name")
  if (table?.name == null) throw new Error('The database is older than the chains: start this server on it once')
  return db.query<FoundCount>(
    `select work_effort_id as id, name, facility_id as facility from cycle_count
     where work_effort_id = $1 or ($1::text is null and status_id = 'CYCLE_CNT_CLOSED')
     order by actual_completion_at, work_effort_id`,
    [id],
  )
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

main().then(
  (code) => {
    process.exitCode = code
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}\n`)
    process.exitCode = CANNOT
  },
)
