// In-memory PGlite databases that are made once per state of their sources and copied from then on: a copy costs a third.
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Db } from '../../server-mock/db/db'
import { openPglite } from '../../server-mock/db/pglite-db'

const CACHE = 'node_modules/.cache/shelfcount'

export interface CopySources {
  /** Lower-case letters; two preparations must not share one. */
  readonly name: string
  /** Files, and folders whose files, the prepared database depends on: when one changes, it is made anew. */
  readonly paths: readonly string[]
  /** Whatever else it depends on, such as the day. */
  readonly key?: string
  readonly prepare: (db: Db) => Promise<void>
}

/** A database of its own in the state that `prepare` leaves; safe to call from several processes at once. */
export async function openPgliteCopy(sources: CopySources): Promise<Db> {
  const file = join(CACHE, `${sources.name}-${hashOf(sources)}.tar`)
  const known = readIfThere(file)
  if (known !== null) return openPglite({ folder: null, dump: new Blob([known]) })

  const db = await openPglite({ folder: null })
  await sources.prepare(db)
  keep(file, sources.name, Buffer.from(await (await db.dump()).arrayBuffer()))
  return db
}

function readIfThere(file: string): Buffer<ArrayBuffer> | null {
  try {
    return readFileSync(file)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}

function keep(file: string, name: string, dump: Buffer): void {
  mkdirSync(CACHE, { recursive: true })
  // Each takes tens of megabytes: those of older sources go.
  for (const old of readdirSync(CACHE))
    if (old.startsWith(`${name}-`) && old.endsWith('.tar')) rmSync(join(CACHE, old), { force: true })
  // Written aside and renamed: other test files may be reading.
  const aside = `${file}.${process.pid}`
  writeFileSync(aside, dump)
  renameSync(aside, file)
}

function hashOf({ paths, key = '' }: CopySources): string {
  const hash = createHash('sha256').update(key)
  for (const path of paths)
    for (const file of statSync(path).isDirectory() ? readdirSync(path).toSorted().map((it) => join(path, it)) : [path])
      if (statSync(file).isFile()) hash.update(file).update(readFileSync(file))
  return hash.digest('hex').slice(0, 16)
}
