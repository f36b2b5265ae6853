// The storage port in memory, with IndexedDB's rules: for tests and the simulator.
import type { Schema, TableSpec } from '../ports/scans-schema'
import type { Key, KeyRange, Range, Store, StoreCost, StoreShape, Tx } from '../ports/store'
import { cloneOf } from './clone-of'
import { createMemoryTable } from './memory-table'
import type { Change, MemoryTable, Row } from './memory-table'

export interface MemoryStoreOptions {
  /** Called before a commit; a rejection aborts the transaction, waiting delays it. */
  readonly beforeCommit?: (tables: readonly string[], mode: 'r' | 'rw') => Promise<void>
  /** Called after a commit and before the caller hears of it. */
  readonly afterCommit?: (tables: readonly string[], mode: 'r' | 'rw') => Promise<void>
  /** Runs `check` after all microtasks are done: finds transactions that await something else. */
  readonly turn?: (check: () => void) => void
}

/** The transaction is over, or awaited something that is not its own. Nothing was written. */
export class TransactionInactiveError extends Error {
  override readonly name = 'TransactionInactiveError'
}

export interface MemoryDatabaseOptions {
  /** Commits that can be lost again. */
  readonly keepsCommits?: number
  /** Hears of each commit that wrote something, at once. */
  readonly onCommit?: (changes: readonly Change[]) => void
}

/** A database that several handles are open on at a time, as windows and workers are on one IndexedDB. */
export interface MemoryDatabase<S extends StoreShape> {
  readonly open: (options?: MemoryStoreOptions) => Store<S>
  /** Rows as stored, in key order, without a transaction. Not to be changed. */
  readonly rows: <T extends keyof S & string>(table: T) => readonly S[T]['row'][]
  readonly row: <T extends keyof S & string>(table: T, key: S[T]['key']) => S[T]['row'] | undefined
  /** The disk goes back in time by so many commits, as far as they are kept. @returns how many */
  readonly lose: (commits: number) => number
  /** The same rows in a database of their own. */
  readonly copy: (options?: MemoryDatabaseOptions) => MemoryDatabase<S>
}

/**
 * A store whose transactions are atomic, isolated and numbered like IndexedDB's, including what it refuses: a
 * transaction that awaits anything but its own calls is rolled back.
 */
export function createMemoryStore<S extends StoreShape>(
  schema: Schema<S>,
  options: MemoryStoreOptions = {},
): Store<S> {
  return createMemoryDatabase(schema).open(options)
}

export function createMemoryDatabase<S extends StoreShape>(
  schema: Schema<S>,
  options: MemoryDatabaseOptions = {},
): MemoryDatabase<S> {
  return databaseOf(schema, options, () => [])
}

function databaseOf<S extends StoreShape>(
  schema: Schema<S>,
  options: MemoryDatabaseOptions,
  rowsAtFirst: (table: string) => readonly Row[],
): MemoryDatabase<S> {
  const tables = new Map<string, MemoryTable>()
  for (const [name, spec] of Object.entries<TableSpec>(schema)) {
    const table = createMemoryTable(name, spec)
    for (const row of rowsAtFirst(name)) table.add(row)
    table.takeChanges()
    tables.set(name, table)
  }
  const turnstile = createTurnstile()
  const kept: (readonly Change[])[] = []

  function commit(used: readonly MemoryTable[]): void {
    const changes = used.flatMap((table) => table.takeChanges())
    if (changes.length === 0) return
    kept.push(changes)
    if (kept.length > (options.keepsCommits ?? 0)) kept.shift()
    options.onCommit?.(changes)
  }

  function rowsOf(name: string): Row[] {
    const table = tableOf(tables, name)
    return table.keys(':id', {}, Infinity).flatMap((key): Row[] => {
      const row = table.get(key)
      return row === undefined ? [] : [row]
    })
  }

  return {
    open: (handle = {}) => openHandle({ tables, turnstile, commit }, handle),
    // The table types live in the schema; here rows are plain objects.
    rows: (name) => rowsOf(name),
    row: (name, key) => tableOf(tables, name).get(key),
    lose(commits) {
      const lost = kept.splice(Math.max(0, kept.length - commits))
      for (const changes of lost.toReversed()) takeBack(changes)
      return lost.length
    },
    copy: (copyOptions = {}) => databaseOf(schema, copyOptions, rowsOf),
  }
}

/** What runs now and what waits, in order: writers alone on their tables, readers together. */
interface Turnstile {
  readonly enter: (tables: readonly string[], mode: 'r' | 'rw') => Promise<() => void>
}

interface Shared {
  readonly tables: ReadonlyMap<string, MemoryTable>
  readonly turnstile: Turnstile
  readonly commit: (used: readonly MemoryTable[]) => void
}

function openHandle<S extends StoreShape>({ tables, turnstile, commit }: Shared, options: MemoryStoreOptions): Store<S> {
  const cost: StoreCost = { requests: 0, rowsRead: 0, rowsWritten: 0 }
  let isClosed = false
  return {
    cost,
    tx: async (names, mode, work) => {
      if (isClosed) throw new TransactionInactiveError('The store is closed')
      const leave = await turnstile.enter(names, mode)
      const used = names.map((name) => tableOf(tables, name))
      try {
        const result = await runInTransaction({ tables, names, mode, cost, turn: options.turn ?? laterTask }, work)
        await options.beforeCommit?.(names, mode)
        commit(used)
        await options.afterCommit?.(names, mode)
        return result
      } catch (error) {
        takeBack(used.flatMap((table) => table.takeChanges()))
        throw error
      } finally {
        leave()
      }
    },
    close: () => {
      isClosed = true
    },
  }
}

function takeBack(changes: readonly Change[]): void {
  for (const change of changes.toReversed()) change.takeBack()
}

interface Running {
  readonly tables: ReadonlyMap<string, MemoryTable>
  readonly names: readonly string[]
  readonly mode: 'r' | 'rw'
  readonly cost: StoreCost
  readonly turn: (check: () => void) => void
}

function runInTransaction<S extends StoreShape, R>(running: Running, work: (tx: Tx<S>) => Promise<R>): Promise<R> {
  return new Promise<R>((resolve, reject) => {
    const tx = new MemoryTx(running)
    const watch = (): void => {
      const seen = tx.requests
      running.turn(() => {
        if (tx.isOver) return
        if (tx.requests !== seen) return watch()
        tx.isOver = true
        reject(new TransactionInactiveError('The transaction awaited something that is not its own'))
      })
    }
    watch()
    // The table types live in the schema; here rows are plain objects: the one place where the two meet.
    work(tx as unknown as Tx<S>).then(
      (result) => {
        if (tx.isOver) return
        tx.isOver = true
        resolve(result)
      },
      (error: unknown) => {
        tx.isOver = true
        reject(error)
      },
    )
  })
}

/** Rows go in and out as clones: what a caller keeps can never change what is stored. */
class MemoryTx {
  isOver = false
  requests = 0
  readonly #running: Running

  constructor(running: Running) {
    this.#running = running
  }

  /** @throws what the request rejects with */
  #table(name: string, needs: 'r' | 'rw'): MemoryTable {
    if (this.isOver) throw new TransactionInactiveError('The transaction is over')
    const { cost, names, mode, tables } = this.#running
    this.requests += 1
    cost.requests += 1
    if (!names.includes(name)) throw new TypeError(`The transaction does not cover ${name}`)
    if (needs === 'rw' && mode === 'r') throw new TypeError('The transaction is read-only')
    return tableOf(tables, name)
  }

  #read(table: MemoryTable, keys: readonly Key[]): (Row | undefined)[] {
    this.#running.cost.rowsRead += keys.length
    return keys.map((key) => cloneOf(table.get(key)))
  }

  #write(row: Row): Row {
    this.#running.cost.rowsWritten += 1
    return cloneOf(row)
  }

  async get(name: string, key: Key): Promise<Row | undefined> {
    return this.#read(this.#table(name, 'r'), [key])[0]
  }

  async bulkGet(name: string, keys: readonly Key[]): Promise<(Row | undefined)[]> {
    return this.#read(this.#table(name, 'r'), keys)
  }

  async range(name: string, index: string, { limit, ...range }: Range): Promise<(Row | undefined)[]> {
    const table = this.#table(name, 'r')
    return this.#read(table, table.keys(index, range, limit))
  }

  async rangeKeys(name: string, index: string, { limit, ...range }: Range): Promise<Key[]> {
    const keys = this.#table(name, 'r').keys(index, range, limit)
    this.#running.cost.rowsRead += keys.length
    return cloneOf(keys)
  }

  async count(name: string, index: string, range: KeyRange): Promise<number> {
    const { length } = this.#table(name, 'r').keys(index, range, Infinity)
    this.#running.cost.rowsRead += length
    return length
  }

  async add(name: string, row: Row): Promise<Key> {
    return this.#table(name, 'rw').add(this.#write(row))
  }

  async bulkAdd(name: string, rows: readonly Row[]): Promise<Key[]> {
    const table = this.#table(name, 'rw')
    return rows.map((row) => table.add(this.#write(row)))
  }

  async put(name: string, row: Row): Promise<void> {
    this.#table(name, 'rw').put(this.#write(row))
  }

  async bulkPut(name: string, rows: readonly Row[]): Promise<void> {
    const table = this.#table(name, 'rw')
    for (const row of rows) table.put(this.#write(row))
  }

  async bulkDelete(name: string, keys: readonly Key[]): Promise<void> {
    const table = this.#table(name, 'rw')
    this.#running.cost.rowsWritten += keys.length
    for (const key of keys) table.delete(key)
  }

  async clear(name: string): Promise<void> {
    const table = this.#table(name, 'rw')
    for (const key of table.keys(':id', {}, Infinity)) table.delete(key)
  }
}

function createTurnstile(): Turnstile {
  interface Visitor {
    readonly tables: readonly string[]
    readonly mode: 'r' | 'rw'
    readonly letIn: () => void
  }
  const inside = new Set<Visitor>()
  const waiting: Visitor[] = []

  function collide(a: Visitor, b: Visitor): boolean {
    return (a.mode === 'rw' || b.mode === 'rw') && a.tables.some((table) => b.tables.includes(table))
  }

  function admit(): void {
    // Nobody overtakes one who waits for the same table: IndexedDB starts colliding transactions in order.
    const ahead: Visitor[] = []
    for (const visitor of [...waiting]) {
      const mustWait = [...inside, ...ahead].some((other) => collide(visitor, other))
      if (mustWait) {
        ahead.push(visitor)
        continue
      }
      waiting.splice(waiting.indexOf(visitor), 1)
      inside.add(visitor)
      visitor.letIn()
    }
  }

  return {
    enter: (tables, mode) =>
      new Promise((resolve) => {
        const visitor: Visitor = {
          tables,
          mode,
          letIn: () =>
            resolve(() => {
              inside.delete(visitor)
              admit()
            }),
        }
        waiting.push(visitor)
        admit()
      }),
  }
}

function tableOf(tables: ReadonlyMap<string, MemoryTable>, name: string): MemoryTable {
  const table = tables.get(name)
  if (table === undefined) throw new TypeError(`There is no table ${name}`)
  return table
}

function laterTask(check: () => void): void {
  setTimeout(check, 0)
}
