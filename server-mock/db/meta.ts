// The few facts a server keeps about its own data: epoch, demo users.
import { randomUUID } from 'node:crypto'
import type { Sql } from './db'

/**
 * `epoch`: this incarnation of the data; delete the row after restoring a backup, and every device compares itself with
 * the server again. `demo-users`: comma-separated names. `catalogue`: hash of the file that was loaded last.
 */
export type MetaName = 'epoch' | 'demo-users' | 'catalogue'

export async function readMeta(sql: Sql, name: MetaName): Promise<string | null> {
  const [row] = await sql.query<{ value: string }>(
    'select value from server_meta where name = $1',
    [name],
  )
  return row?.value ?? null
}

export async function writeMeta(sql: Sql, name: MetaName, value: string): Promise<void> {
  await sql.query(
    'insert into server_meta (name, value) values ($1, $2) on conflict (name) do update set value = excluded.value',
    [name, value],
  )
}

/** Two processes that start together agree on one. */
export async function ensureEpoch(sql: Sql): Promise<void> {
  await sql.query(
    "insert into server_meta (name, value) values ('epoch', $1) on conflict (name) do nothing",
    [randomUUID()],
  )
}
