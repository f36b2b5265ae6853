// The storage port in memory, with IndexedDB's rules: for tests and the simulator.
import type { Schema, TableSpec } from '../ports/scans-schema'
import type { Key, KeyRange, Range, Store, StoreCost, StoreShape, Tx } from '../ports/store'
import { createMemoryTable } from './memory-table'
import type { MemoryTable } from './memory-table'

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

/** What runs now and what waits, in order: writers alone on their tables, readers together. */
interface Turnstile {
  readonly enter: (tables: readonly string[], mode: 'r' | 'rw') => Promise<() => void>
}

/**
 * A store whose transactions are atomic, isolated and numbered like IndexedDB's, including what it refuses: a
 * transaction that awaits anything but its own calls is rolled back.
 */
export function createMemoryStore<S extends StoreShape>(
  schema: Schema<S>,
  options: MemoryStoreOptions = {},
): Store<S> {
  const tables = new Map<string, MemoryTable>()
  for (const [name, spec] of Object.entries<TableSpec>(schema))
    tables.set(name, createMemoryTable(name, spec))
  const cost: StoreCost = { requests: 0, rowsRead: 0, rowsWritten: 0 }
  const turnstile = createTurnstile()
  let isClosed = false

  return {
    cost,
    tx: async (names, mode, work) => {
      if (isClosed) throw new TransactionInactiveError('The store is closed')
      const leave = await turnstile.enter(names, mode)
      const used = names.map((name) => tableOf(tables, name))
      try {
        const result = await runInTransaction(tables, { names, mode, cost, turn: options.turn ?? laterTask }, work)
        await options.beforeCommit?.(names, mode)
        for (const table of used) table.takeUndo()
        await options.afterCommit?.(names, mode)
        return result
      } catch (error) {
        for (const table of used) for (const takeBack of table.takeUndo().toReversed()) takeBack()
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

interface Running {
  readonly names: readonly string[]
  readonly mode: 'r' | 'rw'
  readonly cost: StoreCost
  readonly turn: (check: () => void) => void
}

function runInTransaction<S extends StoreShape, R>(
  tables: ReadonlyMap<string, MemoryTable>,
  running: Running,
  work: (tx: Tx<S>) => Promise<R>,
): Promise<R> {
  return new Promise<R>((resolve, reject) => {
    let isOver = false
    let requests = 0

    function request<T>(name: string, needs: 'r' | 'rw', run: (table: MemoryTable) => T): Promise<T> {
      if (isOver) return Promise.reject(new TransactionInactiveError('The transaction is over'))
      requests += 1
      running.cost.requests += 1
      if (!running.names.includes(name))
        return Promise.reject(new TypeError(`The transaction does not cover ${name}`))
      if (needs === 'rw' && running.mode === 'r')
        return Promise.reject(new TypeError('The transaction is read-only'))
      try {
        return Promise.resolve(run(tableOf(tables, name)))
      } catch (error) {
        return Promise.reject(error)
      }
    }

    function watch(): void {
      const seen = requests
      running.turn(() => {
        if (isOver) return
        if (requests !== seen) return watch()
        isOver = true
        reject(new TransactionInactiveError('The transaction awaited something that is not its own'))
      })
    }

    watch()
    work(createTx<S>(request, running.cost)).then(
      (result) => {
        if (isOver) return
        isOver = true
        resolve(result)
      },
      (error: unknown) => {
        isOver = true
        reject(error)
      },
    )
  })
}

type Request = <T>(name: string, needs: 'r' | 'rw', run: (table: MemoryTable) => T) => Promise<T>

/** Rows go in and out as clones: what a caller keeps can never change what is stored. */
function createTx<S extends StoreShape>(request: Request, cost: StoreCost): Tx<S> {
  // The table types live in the schema; here rows are plain objects: the one place where the two meet.
  function read(table: MemoryTable, keys: readonly Key[]): object[] {
    cost.rowsRead += keys.length
    return keys.map((key) => structuredClone(table.get(key)) as object)
  }
  function write(rows: readonly object[]): Readonly<Record<string, unknown>>[] {
    cost.rowsWritten += rows.length
    return rows.map((row) => structuredClone(row) as Record<string, unknown>)
  }
  const limited = ({ limit, ...range }: Range): [KeyRange, number] => [range, limit]

  const tx = {
    get: (name: string, key: Key) => request(name, 'r', (table) => read(table, [key])[0]),
    bulkGet: (name: string, keys: readonly Key[]) => request(name, 'r', (table) => read(table, keys)),
    range: (name: string, index: string, range: Range) =>
      request(name, 'r', (table) => read(table, table.keys(index, ...limited(range)))),
    rangeKeys: (name: string, index: string, range: Range) =>
      request(name, 'r', (table) => {
        const keys = table.keys(index, ...limited(range))
        cost.rowsRead += keys.length
        return structuredClone(keys)
      }),
    count: (name: string, index: string, range: KeyRange) =>
      request(name, 'r', (table) => {
        const { length } = table.keys(index, range, Infinity)
        cost.rowsRead += length
        return length
      }),
    add: (name: string, row: object) =>
      request(name, 'rw', (table) => write([row]).map((it) => table.add(it))[0]),
    bulkAdd: (name: string, rows: readonly object[]) =>
      request(name, 'rw', (table) => write(rows).map((it) => table.add(it))),
    put: (name: string, row: object) =>
      request(name, 'rw', (table) => write([row]).forEach((it) => table.put(it))),
    bulkPut: (name: string, rows: readonly object[]) =>
      request(name, 'rw', (table) => write(rows).forEach((it) => table.put(it))),
    bulkDelete: (name: string, keys: readonly Key[]) =>
      request(name, 'rw', (table) => {
        cost.rowsWritten += keys.length
        for (const key of keys) table.delete(key)
      }),
  }
  return tx as unknown as Tx<S>
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
