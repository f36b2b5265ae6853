// The one storage port: transactions over named tables. On Dexie in the product, on memory in tests and the simulator,
// so that append, fold, acknowledge and join are the same code everywhere (decision 11).

export type Key = number | string | readonly (number | string)[]

/** A table: its rows, the type of its primary key, and the names of its indexes. */
export interface TableShape {
  row: object
  key: Key
  index: string
  /** What `add` takes, where it is not a whole row: a table that numbers its rows. */
  insert?: object
}

export type InsertOf<T extends TableShape> = T extends { insert: infer I extends object } ? I : T['row']

/** The tables of one database. */
export type StoreShape = Record<string, TableShape>

/** Bounds of a range, in index order, always forward: WebKit must never open a cursor on `scans`. */
export interface KeyRange {
  readonly lower?: Key
  readonly upper?: Key
  readonly lowerOpen?: boolean
  readonly upperOpen?: boolean
}

export interface Range extends KeyRange {
  /** Rows at most. There is no unlimited read. */
  readonly limit: number
}

/** Everything that may be awaited inside a transaction, and nothing else. */
export interface Tx<S extends StoreShape> {
  get: <T extends keyof S & string>(table: T, key: S[T]['key']) => Promise<S[T]['row'] | undefined>
  /** In the order of `keys`; `undefined` where there is no row. */
  bulkGet: <T extends keyof S & string>(
    table: T,
    keys: readonly S[T]['key'][],
  ) => Promise<(S[T]['row'] | undefined)[]>
  /** Rows in ascending order of the index (`':id'` is the primary key). */
  range: <T extends keyof S & string>(
    table: T,
    index: S[T]['index'] | ':id',
    range: Range,
  ) => Promise<S[T]['row'][]>
  /** Primary keys in ascending order of the index. */
  rangeKeys: <T extends keyof S & string>(
    table: T,
    index: S[T]['index'] | ':id',
    range: Range,
  ) => Promise<S[T]['key'][]>
  /** How many index entries lie in the range. Cost grows with them: not for the counting screen. */
  count: <T extends keyof S & string>(
    table: T,
    index: S[T]['index'] | ':id',
    range: KeyRange,
  ) => Promise<number>
  /** @returns the key, given by the store where the table numbers its rows. Rejects when the key or a unique index is taken; the transaction is then lost. */
  add: <T extends keyof S & string>(table: T, row: InsertOf<S[T]>) => Promise<S[T]['key']>
  /** @returns the keys in the order of `rows` */
  bulkAdd: <T extends keyof S & string>(table: T, rows: readonly InsertOf<S[T]>[]) => Promise<S[T]['key'][]>
  put: <T extends keyof S & string>(table: T, row: S[T]['row']) => Promise<void>
  bulkPut: <T extends keyof S & string>(table: T, rows: readonly S[T]['row'][]) => Promise<void>
  bulkDelete: <T extends keyof S & string>(table: T, keys: readonly S[T]['key'][]) => Promise<void>
  /** Every row. Of a table that was emptied row by row it also takes away what each reading still walks past (ADR 0035). */
  clear: (table: keyof S & string) => Promise<void>
}

/** What one store did so far: proves that cost grows with the change, not with the history (decision 30). */
export interface StoreCost {
  /** Calls of Tx methods. */
  requests: number
  /** Keys asked for by get and bulkGet, plus rows returned by ranges. */
  rowsRead: number
  rowsWritten: number
}

export interface Store<S extends StoreShape> {
  /**
   * Run `work` in one transaction over `tables`.
   *
   * Resolves only after the commit (`complete`), never on a request's success. When `work` throws or the commit
   * fails, nothing was written and the promise rejects. `work` awaits `tx` calls only.
   *
   * On Dexie writing transactions of a database run one after the other, whatever their tables: a long one holds up
   * every scan, so that each has a limit of rows. Rule: docs/SPEC.md ST16
   */
  tx: <R>(
    tables: readonly (keyof S & string)[],
    mode: 'r' | 'rw',
    work: (tx: Tx<S>) => Promise<R>,
  ) => Promise<R>
  readonly cost: StoreCost
  close: () => void
}

/** Open upper end of a compound key range: sorts after every string and number below it. */
export const LAST = '\uffff'
