// Brings a database up to the newest schema: the .sql files of migrations/ in the order of their names, each once.
import { readdir, readFile } from 'node:fs/promises'
import type { Db } from './db'

const FOLDER = new URL('./migrations/', import.meta.url)
/** Any number, the same in every process: two servers that start together take turns. */
const ADVISORY_LOCK = 727_401

/** @throws when a file fails; the files before it stay applied, that file leaves no trace. */
export async function migrate(db: Db): Promise<readonly string[]> {
  // Without the lock two first starts could both try to create it.
  await db.script(`select pg_advisory_xact_lock(${ADVISORY_LOCK});
    create table if not exists schema_migration (name text primary key)`)
  const names = (await readdir(FOLDER)).filter((it) => it.endsWith('.sql')).toSorted()
  const applied: string[] = []
  for (const name of names) {
    const rows = await db.query('select 1 from schema_migration where name = $1', [name])
    if (rows.length > 0) continue
    const statements = await readFile(new URL(name, FOLDER), 'utf8')
    // One script is one transaction. Whoever comes second waits for the lock, then fails on the primary key,
    // before it has changed anything.
    const script = `select pg_advisory_xact_lock(${ADVISORY_LOCK});
      insert into schema_migration (name) values ('${name}');
      ${statements}`
    try {
      await db.script(script)
      applied.push(name)
    } catch (error) {
      const now = await db.query('select 1 from schema_migration where name = $1', [name])
      if (now.length === 0) throw new Error(`Migration ${name} failed`, { cause: error })
    }
  }
  return applied
}
