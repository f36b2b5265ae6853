// PostgreSQL behind the Db port: a pool, so that several server processes can share one database.
import pg from 'pg'
import type { Db, Sql } from './db'

const INT8 = 20
const CONNECTIONS_MAX = 10
const CONNECT_TIMEOUT_MS = 10_000
const STATEMENT_TIMEOUT_MS = 60_000

/** @param schema all tables live there; created when missing. Tests take one each. */
export async function openPostgres(url: string, schema = 'public'): Promise<Db> {
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(schema)) throw new Error(`Not a schema name: ${schema}`)
  const types = new pg.TypeOverrides()
  types.setTypeParser(INT8, Number)
  const pool = new pg.Pool({
    connectionString: url,
    max: CONNECTIONS_MAX,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    options: `-c search_path=${schema},public`,
    types,
  })
  // An idle connection that dies is replaced at the next query; without a listener it would end the process.
  pool.on('error', (error) => process.stderr.write(`database connection lost: ${error.message}\n`))
  // Asked first: a user who may not create schemas may still have one.
  const found = await pool.query('select 1 from pg_namespace where nspname = $1', [schema])
  if (found.rows.length === 0) await pool.query(`create schema if not exists ${schema}`)
  return {
    ...sqlOf(pool),
    kind: 'postgres',
    tx: (work) => inTransaction(pool, (client) => work(sqlOf(client))),
    script: (statements) =>
      inTransaction(pool, async (client) => {
        await client.query(statements)
      }),
    close: () => pool.end(),
  }
}

async function inTransaction<R>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<R>,
): Promise<R> {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    await client.query('begin')
    const result = await work(client)
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback').catch((failure: unknown) => {
      // The connection itself is gone: the server rolls back; the pool must not hand it out again.
      broken = failure instanceof Error ? failure : new Error(String(failure))
    })
    throw error
  } finally {
    client.release(broken)
  }
}

function sqlOf(runner: Pick<pg.Pool | pg.PoolClient, 'query'>): Sql {
  return {
    query: async <R extends object>(sql: string, params: readonly unknown[] = []) => {
      const { rows } = await runner.query(sql, [...params])
      return rows as R[]
    },
  }
}
