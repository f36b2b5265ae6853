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

/**
 * `product_id = ${amongst(2)}`: one of the texts in the list $2. As a plain parameter the planner weighs each of
 * thousands on its own, which takes several times as long as finding them.
 */
export function amongst(parameter: number): string {
  return `any((select $${parameter}::text[])::text[])`
}

/**
 * As `queryPacked`, for the queries that run for every product of a large count: each column is one list, which takes
 * the database half as long to write as a list of rows with their names, and less to read.
 * @param columns of `select`, by the names it gives them
 */
export async function queryColumns<R extends object>(
  sql: Sql,
  columns: readonly (keyof R & string)[],
  select: string,
  params: readonly unknown[],
): Promise<readonly R[]> {
  const lists = columns.map((it) => `json_agg(packed.${it})`).join(', ')
  const [packed] = await sql.query<{ columns: string }>(
    `select json_build_array(${lists})::text as columns from (${select}) packed`,
    params,
  )
  const values: readonly (readonly unknown[] | null)[] = packed === undefined ? [] : JSON.parse(packed.columns)
  const length = values[0]?.length ?? 0
  const rows: Record<string, unknown>[] = []
  for (let at = 0; at < length; at += 1) {
    const row: Record<string, unknown> = {}
    columns.forEach((name, n) => (row[name] = values[n]?.[at]))
    rows.push(row)
  }
  return rows as R[]
}
