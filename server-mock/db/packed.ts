// Many rows in one text: decoding them one by one costs PGlite and pg several times what the query itself does.
import type { Sql } from './db'

/**
 * As `sql.query`, for thousands of rows. bigint comes as number like everywhere; cast numeric to text in the query,
 * or JSON makes it a number.
 * @param select one query without a trailing semicolon
 */
export async function queryPacked<R extends object>(
  sql: Sql,
  select: string,
  params: readonly unknown[],
): Promise<readonly R[]> {
  const [packed] = await sql.query<{ rows: string | null }>(
    `select json_agg(packed)::text as rows from (${select}) packed`,
    params,
  )
  return packed?.rows == null ? [] : JSON.parse(packed.rows)
}
