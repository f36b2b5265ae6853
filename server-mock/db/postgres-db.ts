// PostgreSQL behind the Db port: a pool, so that several server processes can share one database.
import { randomInt } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import type { Db, Sql } from './db'
import { createStatementNames, type StatementNames } from './statement-names'

const INT8 = 20
const CONNECTIONS_MAX = 10
const CONNECT_TIMEOUT_MS = 10_000
const STATEMENT_TIMEOUT_MS = 60_000
/** Runs of one transaction that others hold up; then its failure is told. */
const TRIES_MAX = 4
/** Up to so long before it is run again, more with each try: two that met do not meet again. */
const PAUSE_MS = 50

/** @param schema all tables live there; created when missing. Tests take one each. */
export async function openPostgres(url: string, schema = 'public'): Promise<Db> {
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(schema)) throw new Error(`Not a schema name: ${schema}`)
  const names = createStatementNames()
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
  const borrow = createLender(pool, names)
  // Asked first: a user who may not create schemas may still have one.
  const found = await pool.query('select 1 from pg_namespace where nspname = $1', [schema])
  if (found.rows.length === 0) await pool.query(`create schema if not exists ${schema}`)
  return {
    query: (text, params) => borrow(({ client }) => sqlOf(client, names).query(text, params)),
    kind: 'postgres',
    tx: (work) => untilThrough(() => borrow((it) => inTransaction(it, () => work(sqlOf(it.client, names))))),
    script: (statements) =>
      borrow((it) =>
        inTransaction(it, async () => {
          await it.client.query(statements)
        }),
      ),
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

interface Borrowed {
  readonly client: pg.PoolClient
  /** Not to be handed out again. */
  isUnusable: boolean
}

/** Lends connections out, one for each piece of work, and replaces those that hold plans of an older generation of names. */
function createLender(pool: pg.Pool, names: StatementNames) {
  const generations = new WeakMap<pg.PoolClient, number>()
  return async <R>(work: (borrowed: Borrowed) => Promise<R>): Promise<R> => {
    const client = await pool.connect()
    if (!generations.has(client)) generations.set(client, names.generation())
    const borrowed: Borrowed = { client, isUnusable: false }
    // One that dies while it is lent out: its query fails, and without a listener this would end the process.
    const onError = (): void => void (borrowed.isUnusable = true)
    client.on('error', onError)
    try {
      return await work(borrowed)
    } catch (error) {
      borrowed.isUnusable ||= isOldPlan(error)
      throw error
    } finally {
      client.off('error', onError)
      client.release(borrowed.isUnusable || generations.get(client) !== names.generation())
    }
  }
}

async function inTransaction<R>(borrowed: Borrowed, work: () => Promise<R>): Promise<R> {
  const { client } = borrowed
  try {
    await client.query('begin')
    const result = await work()
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback').catch(() => {
      // The connection itself is gone: the server rolls back.
      borrowed.isUnusable = true
    })
    throw error
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

function sqlOf(client: pg.PoolClient, { nameOf }: StatementNames): Sql {
  return {
    query: async <R extends object>(text: string, params: readonly unknown[] = []) => {
      const name = nameOf(text)
      const { rows } = await client.query({
        text,
        values: [...params],
        ...(name === undefined ? {} : { name }),
      })
      return rows as R[]
    },
  }
}
