// A database that forgets: every call of a test runs in one transaction that is rolled back afterwards.
import type { Db, Sql } from '../../server-mock/db/db'

export interface RollbackDb extends Db {
  /** Runs `work` on the database as it was at the start, and forgets what it wrote. One at a time. */
  forgetting<R>(work: () => Promise<R>): Promise<R>
  /** A digest per table of what is in it now. */
  digests(): Promise<ReadonlyMap<string, string>>
}

/** Transactions of the server become savepoints, so that a failed one leaves the rest alone, as in the real thing. */
export async function createRollbackDb(db: Db): Promise<RollbackDb> {
  const tables = await db.query<{ name: string }>(
    "select tablename as name from pg_tables where schemaname = current_schema() and tablename <> 'schema_migration' order by 1",
  )
  const digestSql = tables
    .map(
      ({ name }) =>
        `select '${name}' as name, md5(coalesce(string_agg(t::text, '|' order by t::text), '')) as digest from ${name} t`,
    )
    .join(' union all ')

  async function guarded<R>(work: (sql: Sql) => Promise<R>): Promise<R> {
    await db.query('savepoint one_call')
    try {
      const result = await work({ query: (sql, params) => db.query(sql, params) })
      await db.query('release savepoint one_call')
      return result
    } catch (error) {
      await db.query('rollback to savepoint one_call')
      await db.query('release savepoint one_call')
      throw error
    }
  }

  return {
    kind: db.kind,
    query: (sql, params) => guarded((inner) => inner.query(sql, params)),
    tx: guarded,
    script: (statements) => db.script(statements),
    close: () => db.close(),
    forgetting: async (work) => {
      await db.query('begin')
      try {
        return await work()
      } finally {
        await db.query('rollback')
      }
    },
    digests: async () => {
      const rows = await db.query<{ name: string; digest: string }>(digestSql)
      return new Map(rows.map((it) => [it.name, it.digest]))
    },
  }
}
