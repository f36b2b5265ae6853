// Processor time of processes: what a run costs also on a machine where others work, and clocks tell little.
import { readdir, readFile } from 'node:fs/promises'
import pg from 'pg'

const TICKS_PER_SECOND = 100

/** Milliseconds that a process has used so far; 0 where the system does not tell. */
export async function cpuMsOf(pid: number): Promise<number> {
  const fields = await statOf(pid)
  return msOf(fields, 11, 12)
}

/** Milliseconds of a local PostgreSQL so far: its main process, its living children, and those that have ended. */
export async function databaseCpuMs(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  const parent = Number((await statOf(rows[0]?.pid ?? 0))[1] ?? 0)
  const children = (await readdir('/proc')).filter((it) => /^\d+$/.test(it)).map(Number)
  const stats = await Promise.all(children.map(statOf))
  const living = stats.filter((it) => parent !== 0 && Number(it[1]) === parent)
  await client.end()
  return (
    msOf(await statOf(parent), 11, 12, 13, 14) +
    living.reduce((sum, it) => sum + msOf(it, 11, 12), 0)
  )
}

/** The fields of /proc/<pid>/stat behind the name; none when there is no such process here. */
async function statOf(pid: number): Promise<readonly string[]> {
  if (process.platform !== 'linux' || pid === 0) return []
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? error.code : null
    // Ended meanwhile, or on another machine.
    if (code === 'ENOENT' || code === 'ESRCH') return ''
    throw error
  })
  return text === '' ? [] : text.slice(text.lastIndexOf(')') + 2).split(' ')
}

function msOf(fields: readonly string[], ...at: readonly number[]): number {
  return at.reduce((sum, it) => sum + (Number(fields[it] ?? 0) / TICKS_PER_SECOND) * 1000, 0)
}
