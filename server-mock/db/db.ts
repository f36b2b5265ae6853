// What the routes see of a database: one interface over PGlite and PostgreSQL.

/**
 * Runs SQL with `$1` parameters. bigint and count(*) come as number, numeric as string, jsonb parsed, timestamptz as Date.
 * Pass jsonb as JSON.stringify(…), lists as arrays with a cast: `= any($1::text[])`.
 */
export interface Sql {
  query<R extends object>(sql: string, params?: readonly unknown[]): Promise<R[]>
}

export interface Db extends Sql {
  readonly kind: 'pglite' | 'postgres'
  /**
   * One transaction: commits when `work` resolves, rolls back and rejects when it throws. Read committed.
   * Inside, use only the `sql` handed in: PGlite has one connection, and `db.query` would wait for ever. `work` may be
   * run again from its beginning when another transaction held it up: it changes nothing outside the database.
   * Rule: docs/SPEC.md SP26
   */
  tx<R>(work: (sql: Sql) => Promise<R>): Promise<R>
  /** Several statements without parameters, all or none: migrations. */
  script(statements: string): Promise<void>
  close(): Promise<void>
}
