// Processor time of processes: what a run costs also on a machine where others work, and clocks tell little.
import { readFile } from 'node:fs/promises'
import pg from 'pg'

const TICKS_PER_SECOND = 100

/** Milliseconds that the processes have used so far; null where the system does not tell. */
export async function cpuMsOf(pids: readonly number[]): Promise<number | null> {
  if (process.platform !== 'linux') return null
  const times = await Promise.all(pids.map(cpuMsOfOne))
  return times.reduce((sum, it) => sum + it, 0)
}

async function cpuMsOfOne(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch((error: NodeJS.ErrnoException) => {
    // Ended meanwhile, or on another machine.
    if (error.code === 'ENOENT' || error.code === 'ESRCH') return ''
    throw error
  })
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return text === '' ? 0 : ((Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND) * 1000
}

/** Process ids of the database's connections and helpers. */
export async function databasePids(url: string): Promise<readonly number[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query<{ pid: number }>(
    'select pid from pg_stat_activity where pid <> pg_backend_pid()',
  )
  await client.end()
  return rows.map((it) => it.pid)
}
