// PostgreSQL behind the Db port: a pool, so that several server processes can share one database.
import { randomInt } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import type { Db, Sql } from './db'

const INT8 = 20
const CONNECTIONS_MAX = 10
const CONNECT_TIMEOUT_MS = 10_000
const STATEMENT_TIMEOUT_MS = 60_000
const NAMED_MAX = 100
/** Runs of one transaction that others hold up; then its failure is told. */
const TRIES_MAX = 4
/** Up to so long before it is run again, more with each try: two that met do not meet again. */
const PAUSE_MS = 50

/** @param schema all tables live there; created when missing. Tests take one each. */
export async function openPostgres(url: string, schema = 'public'): Promise<Db> {
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(schema)) throw new Error(`Not a schema name: ${schema}`)
  const nameOf = createNames()
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
    ...sqlOf(pool, nameOf),
    kind: 'postgres',
    tx: (work) => untilThrough(() => inTransaction(pool, (client) => work(sqlOf(client, nameOf)))),
    script: (statements) =>
      inTransaction(pool, async (client) => {
        await client.query(statements)
      }),
    close: () => pool.end(),
  }
}

/** A deadlock or a plan of an older schema is nobody's fault, and nothing of it was kept: the same again goes through. */
async function untilThrough<R>(transaction: () => Promise<R>): Promise<R> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await transaction()
    } catch (error) {
      if (tries >= TRIES_MAX || !isRepeatable(error)) throw error
    }
    await sleep(randomInt(PAUSE_MS * tries))
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
    if (isOldPlan(error)) broken = error
    throw error
  } finally {
    client.release(broken)
  }
}

/** Another server has changed the schema under a plan of this connection: a new connection plans anew. */
function isOldPlan(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && error.code === '0A000'
}

/** A deadlock, or two that cannot both be right: rolled back for the sake of another transaction, and surely nothing was kept. */
function isRepeatable(error: unknown): boolean {
  return isOldPlan(error) || (error instanceof Error && 'code' in error && (error.code === '40P01' || error.code === '40001'))
}

type NameOf = (sql: string) => string | undefined

/**
 * The first texts get a name: the database plans them once per connection instead of at every call. What comes after
 * them (lists, in all the ways they can be filtered) is planned each time, so that no connection collects plans for ever.
 */
function createNames(): NameOf {
  const names = new Map<string, string>()
  return (sql) => {
    if (!names.has(sql) && names.size < NAMED_MAX) names.set(sql, `s${names.size}`)
    return names.get(sql)
  }
}

function sqlOf(runner: Pick<pg.Pool | pg.PoolClient, 'query'>, nameOf: NameOf): Sql {
  return {
    query: async <R extends object>(text: string, params: readonly unknown[] = []) => {
      const name = nameOf(text)
      const { rows } = await runner.query({
        text,
        values: [...params],
        ...(name === undefined ? {} : { name }),
      })
      return rows as R[]
    },
  }
}
