// PGlite behind the Db port: PostgreSQL inside this process, in a folder or in memory.
import { PGlite } from '@electric-sql/pglite'
import type { Db, Sql } from './db'

const INT8 = 20
const NUMERIC = 1700

export interface PgliteOptions {
  /** A folder, or null for memory. PGlite has no lock of its own: hold the server's port before opening one. */
  readonly folder: string | null
  /** A dump (dumpDataDir) to start from: much quicker than an empty database. */
  readonly dump?: Blob
}

export interface PgliteDb extends Db {
  dump(): Promise<Blob>
}

interface PgliteQuery {
  query<R>(sql: string, params?: unknown[]): Promise<{ rows: R[] }>
}

export async function openPglite({ folder, dump }: PgliteOptions): Promise<PgliteDb> {
  const options = {
    parsers: { [INT8]: Number, [NUMERIC]: (text: string) => text },
    ...(folder === null ? {} : { dataDir: folder }),
    ...(dump === undefined ? {} : { loadDataDir: dump }),
  }
  const pglite = await PGlite.create(options)
  return {
    ...sqlOf(pglite),
    kind: 'pglite',
    tx: (work) => pglite.transaction((transaction) => work(sqlOf(transaction))),
    script: async (statements) => {
      await pglite.transaction((transaction) => transaction.exec(statements))
    },
    dump: () => pglite.dumpDataDir('none'),
    close: () => pglite.close(),
  }
}

function sqlOf(pglite: PgliteQuery): Sql {
  return {
    query: async <R extends object>(sql: string, params: readonly unknown[] = []) =>
      (await pglite.query<R>(sql, [...params])).rows,
  }
}
