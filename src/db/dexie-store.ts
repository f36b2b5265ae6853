// The storage port on Dexie: the outer promise of a transaction is the commit, and nothing ever opens a cursor.
import Dexie, { cmp } from 'dexie'
import type { DBCore, DBCoreTable, Table } from 'dexie'
import type { Schema, TableSpec } from '../ports/scans-schema'
import type { Key, KeyRange, Range, Store, StoreCost, StoreShape, Tx } from '../ports/store'

const OPEN_TIMEOUT_MS = 10_000
/** A transaction that has not answered by then may go on; the next ones go over another connection. */
const SILENT_MS = 60_000
/** Dexie's version 1 is IndexedDB's version 10. */
const DEXIE_VERSION_FACTOR = 10
/**
 * Every writing transaction of a database waits for its turn here, whatever it writes. Chromium keeps notes of a
 * transaction under way; finds it two of one database after a crash, it takes the database for damaged and deletes it
 * (docs/adr/0030). Nothing is ever stored in it. Rule: docs/SPEC.md ST16
 */
const TURNS = 'turns'
/** What says that the connection is at fault, and not what was asked of it. */
const CONNECTION_ERRORS: ReadonlySet<string> = new Set(['InvalidStateError', 'UnknownError', 'DatabaseClosedError'])

export interface DexieStoreOptions {
  /** Flush to the disk before a transaction counts as committed. */
  readonly strict: boolean
  readonly version: number
  /** Longest wait for the database to open. */
  readonly openTimeoutMs?: number
  /** Longest silence of a transaction before its connection is given up. */
  readonly silentMs?: number
  /** Another window upgrades the database: this one has closed it, and code of this version never opens it again. */
  readonly onUpgrade?: () => void
  /** What to do about a query that opens a cursor: tests and development throw, production counts (decision 11). */
  readonly onCursor?: 'throw' | ((table: string) => void)
}

/** The database did not open: another window holds an old version, it is of a newer one, or the storage is broken. Nothing was changed. */
export class StoreOpenError extends Error {
  override readonly name = 'StoreOpenError'
}

/**
 * Open a database lazily, with the first transaction. Another window's upgrade closes it; then every transaction
 * rejects. Where opening failed, or the connection died, a transaction rejects and the next one opens again: left to
 * itself, Dexie tries that once and then refuses for ever. In WebKit before Safari 27 no opening works then until the
 * page is reloaded; that is the scan writer's to find out. Rules: docs/SPEC.md ST15, KP17, KX1
 */
export function createDexieStore<S extends StoreShape>(
  name: string,
  schema: Schema<S>,
  options: DexieStoreOptions,
): Store<S> {
  const db = new Dexie(name, {
    // Despite its name the standard `durability` argument, also in WebKit.
    chromeTransactionDurability: options.strict ? 'strict' : 'relaxed',
    // The default cache shows rows before they are committed.
    cache: 'disabled',
  })
  db.version(options.version).stores(dexieSchema(schema))
  db.use({ stack: 'dbcore', name: 'no-cursors', create: (core) => withoutCursors(core, options.onCursor ?? 'throw') })
  let isClosed = false
  function close(): void {
    isClosed = true
    db.close()
  }
  // Another window upgrades: left alone, Dexie would come back and write rows of the old kind.
  db.on('versionchange', ({ newVersion }) => {
    close()
    // null: it is deleted.
    if (newVersion !== null) options.onUpgrade?.()
  })

  const cost: StoreCost = { requests: 0, rowsRead: 0, rowsWritten: 0 }
  let opening: Promise<void> | null = null
  function open(): Promise<void> {
    opening ??= openInTime(db, options).catch((error: unknown) => {
      // The next transaction tries again: a connection that was lost may come back.
      opening = null
      throw error
    })
    return opening
  }
  // The browser closed it, or Dexie did after an error.
  db.on('close', () => (opening = null))
  /** @param failed another transaction may have opened a new one since: that is not given up */
  function giveUp(failed: Promise<void>): void {
    if (opening !== failed) return
    opening = null
    // What still runs on it may end; nothing new begins there.
    db.close({ disableAutoOpen: false })
  }

  return {
    cost,
    tx: async (tables, mode, work) => {
      if (isClosed) throw new StoreOpenError(`${name} is closed`)
      const mine = open()
      await mine
      const silence = setTimeout(() => giveUp(mine), options.silentMs ?? SILENT_MS)
      try {
        // `!`: a transaction of its own, whoever calls: no ambient one may swallow a scan.
        const isWriting = mode === 'rw'
        return await db.transaction(isWriting ? 'rw!' : 'r!', isWriting ? [...tables, TURNS] : [...tables], (trans) =>
          work(createTx<S>((table) => trans.table(table), cost)),
        )
      } catch (error) {
        if (isOfConnection(error)) giveUp(mine)
        throw error
      } finally {
        clearTimeout(silence)
      }
    },
    close,
  }
}

/** An abort names what was behind it, where the browser says so. */
function isOfConnection(error: unknown): boolean {
  const inner = error instanceof Error && 'inner' in error ? error.inner : null
  return [error, inner].some((it) => (it instanceof Error || it instanceof DOMException) && CONNECTION_ERRORS.has(it.name))
}

/** For good. @throws {StoreOpenError} another window did not close it in time; then it goes as soon as that one does */
export async function deleteDatabase(name: string): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new StoreOpenError(`${name} is still open elsewhere`)), OPEN_TIMEOUT_MS)
  })
  try {
    await Promise.race([Dexie.delete(name), tooLate])
  } finally {
    clearTimeout(timer)
  }
}

async function openInTime(db: Dexie, { version, openTimeoutMs: timeoutMs = OPEN_TIMEOUT_MS }: DexieStoreOptions): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new StoreOpenError(`${db.name} did not open within ${timeoutMs} ms`)),
      timeoutMs,
    )
  })
  try {
    await Promise.race([db.open(), tooLate])
    // Dexie takes a newer database as it is, and would write rows of the old kind into it.
    const stored = db.backendDB().version / DEXIE_VERSION_FACTOR
    if (stored > version) throw new StoreOpenError(`${db.name} has version ${stored}, this code knows ${version}`)
  } catch (error) {
    db.close()
    if (error instanceof StoreOpenError) throw error
    throw new StoreOpenError(`${db.name} did not open: ${String(error)}`, { cause: error })
  } finally {
    clearTimeout(timer)
  }
}

/** Index names of the port are Dexie's own, so that `where` takes them as they are. */
function dexieSchema<S extends StoreShape>(schema: Schema<S>): Record<string, string> {
  const stores: Record<string, string> = { [TURNS]: '' }
  for (const [name, spec] of Object.entries<TableSpec>(schema)) {
    const indexes = Object.entries(spec.indexes).map(([index, { unique }]) => (unique === true ? `&${index}` : index))
    stores[name] = [primaryKeyOf(spec), ...indexes].join(',')
  }
  return stores
}

function primaryKeyOf({ primaryKey, autoIncrement }: TableSpec): string {
  if (typeof primaryKey !== 'string') return `[${primaryKey.join('+')}]`
  return autoIncrement === true ? `++${primaryKey}` : primaryKey
}

/** Dexie opens a cursor to read nothing: with a limit of 0, or behind the last row of a range whose page was just full. */
function isOfNothing({ lower, upper, lowerOpen, upperOpen, limit }: Range): boolean {
  if (limit < 1) return true
  if (lower === undefined || upper === undefined) return false
  const order = cmp(lower, upper)
  return order > 0 || (order === 0 && (lowerOpen === true || upperOpen === true))
}

type TableOf = (name: string) => Table

/** The table types live in the schema; Dexie's are untyped here: the one place where the two meet. */
function createTx<S extends StoreShape>(tableOf: TableOf, cost: StoreCost): Tx<S> {
  function asked<T>(requests: number, work: Promise<T>): Promise<T> {
    cost.requests += requests
    return work
  }
  function counted<T>(rows: T[]): T[] {
    cost.rowsRead += rows.length
    return rows
  }
  function collection(name: string, index: string, range: KeyRange) {
    const clause = tableOf(name).where(index)
    return clause.between(
      range.lower ?? Dexie.minKey,
      range.upper ?? Dexie.maxKey,
      range.lowerOpen !== true,
      range.upperOpen !== true,
    )
  }

  const tx = {
    get: (name: string, key: Key) => {
      cost.rowsRead += 1
      return asked(1, tableOf(name).get(key))
    },
    bulkGet: (name: string, keys: readonly Key[]) => {
      cost.rowsRead += keys.length
      return asked(1, tableOf(name).bulkGet([...keys]))
    },
    range: (name: string, index: string, range: Range) =>
      asked(
        1,
        isOfNothing(range)
          ? Promise.resolve([])
          : collection(name, index, range).limit(range.limit).toArray().then(counted),
      ),
    rangeKeys: (name: string, index: string, range: Range) =>
      asked(
        1,
        isOfNothing(range)
          ? Promise.resolve([])
          : collection(name, index, range).limit(range.limit).primaryKeys().then(counted),
      ),
    count: (name: string, index: string, range: KeyRange) =>
      asked(
        1,
        isOfNothing({ ...range, limit: 1 })
          ? Promise.resolve(0)
          : collection(name, index, range)
              .count()
              .then((found) => {
                cost.rowsRead += found
                return found
              }),
      ),
    // Copies: Dexie writes the number it was given into the row that it was handed.
    add: (name: string, row: object) => {
      cost.rowsWritten += 1
      return asked(1, tableOf(name).add({ ...row }))
    },
    bulkAdd: (name: string, rows: readonly object[]) => {
      cost.rowsWritten += rows.length
      return asked(1, tableOf(name).bulkAdd(rows.map((row) => ({ ...row })), { allKeys: true }))
    },
    put: (name: string, row: object) => {
      cost.rowsWritten += 1
      return asked(1, tableOf(name).put(row))
    },
    bulkPut: (name: string, rows: readonly object[]) => {
      cost.rowsWritten += rows.length
      return asked(1, tableOf(name).bulkPut([...rows]))
    },
    bulkDelete: (name: string, keys: readonly Key[]) => {
      cost.rowsWritten += keys.length
      return asked(1, tableOf(name).bulkDelete([...keys]))
    },
    clear: (name: string) => asked(1, tableOf(name).clear()),
  }
  return tx
}

/** WebKit turns strict off while a cursor is open in the same database, without a word: nobody opens one. */
function withoutCursors(core: DBCore, onCursor: 'throw' | ((table: string) => void)): DBCore {
  function complain(table: string, what: string): void {
    if (onCursor !== 'throw') return onCursor(table)
    throw new Error(`A query on ${table} ${what}: read a forward range with a limit instead`)
  }
  return {
    ...core,
    table: (name): DBCoreTable => {
      const table = core.table(name)
      return {
        ...table,
        query: (request) => {
          if (request.direction !== undefined && request.direction !== 'next')
            complain(name, `runs in ${request.direction} direction`)
          return table.query(request)
        },
        openCursor: (request) => {
          complain(name, 'opens a cursor')
          return table.openCursor(request)
        },
      }
    },
  }
}
