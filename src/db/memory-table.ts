// One table in memory: rows by primary key, sorted indexes, unique constraints, and an undo log for aborts.
import type { TableSpec } from '../ports/scans-schema'
import type { Key, KeyRange } from '../ports/store'
import { compareKeys, isAbove, isBelow } from './key-order'

export type Row = Readonly<Record<string, unknown>>

interface Entry {
  readonly key: Key
  readonly primaryKey: Key
}

interface Index {
  readonly paths: readonly string[]
  readonly isUnique: boolean
  readonly entries: SortedEntries
}

/** One step of a transaction: a row before and after, and how to take it back. */
export interface Change {
  readonly table: string
  readonly before: Row | undefined
  readonly after: Row | undefined
  readonly takeBack: () => void
}

/** A key or unique index is taken: IndexedDB's name for it. */
export class ConstraintError extends Error {
  override readonly name = 'ConstraintError'
}

export interface MemoryTable {
  readonly get: (key: Key) => Row | undefined
  /** Primary keys in index order. */
  readonly keys: (index: string, range: KeyRange, limit: number) => Key[]
  /** @returns the primary key @throws {ConstraintError} */
  readonly add: (row: Row) => Key
  readonly put: (row: Row) => void
  readonly delete: (key: Key) => void
  /** What was done since the last call, oldest first. */
  readonly takeChanges: () => Change[]
}

/** What a map can find a key by. A table has keys of one kind. */
function nameOf(key: Key): string | number {
  return typeof key === 'object' ? JSON.stringify(key) : key
}

export function createMemoryTable(name: string, spec: TableSpec): MemoryTable {
  const rows = new Map<string | number, Row>()
  const primary = createSortedEntries()
  const indexes = new Map<string, Index>()
  for (const [indexName, { paths, unique }] of Object.entries(spec.indexes))
    indexes.set(indexName, { paths, isUnique: unique === true, entries: createSortedEntries() })
  const primaryPaths = typeof spec.primaryKey === 'string' ? [spec.primaryKey] : spec.primaryKey
  let lastNumber = 0
  let changes: Change[] = []

  function keyOf(row: Row, paths: readonly string[], isCompound: boolean): Key | undefined {
    const parts: (number | string)[] = []
    for (const path of paths) {
      const part = row[path]
      if (typeof part !== 'number' && typeof part !== 'string') return undefined
      parts.push(part)
    }
    return isCompound ? parts : parts[0]
  }

  function primaryKeyOf(row: Row): Key {
    const key = keyOf(row, primaryPaths, typeof spec.primaryKey !== 'string')
    if (key === undefined) throw new TypeError(`A row of ${name} needs its key ${String(spec.primaryKey)}`)
    return key
  }

  function indexKeyOf(row: Row, index: Index): Key | undefined {
    return keyOf(row, index.paths, index.paths.length > 1)
  }

  function assertUnique(row: Row, primaryKey: Key): void {
    for (const [indexName, index] of indexes) {
      if (!index.isUnique) continue
      const key = indexKeyOf(row, index)
      if (key === undefined) continue
      const entries = index.entries.sorted()
      const found = entries[firstAtLeast(entries, { key, primaryKey: -Infinity })]
      if (found && compareKeys(found.key, key) === 0 && compareKeys(found.primaryKey, primaryKey) !== 0)
        throw new ConstraintError(`${name}.${indexName} has ${JSON.stringify(key)} already`)
    }
  }

  function insert(row: Row, primaryKey: Key): void {
    rows.set(nameOf(primaryKey), row)
    primary.add({ key: primaryKey, primaryKey })
    for (const index of indexes.values()) {
      const key = indexKeyOf(row, index)
      if (key !== undefined) index.entries.add({ key, primaryKey })
    }
  }

  function remove(row: Row, primaryKey: Key): void {
    rows.delete(nameOf(primaryKey))
    primary.remove({ key: primaryKey, primaryKey })
    for (const index of indexes.values()) {
      const key = indexKeyOf(row, index)
      if (key !== undefined) index.entries.remove({ key, primaryKey })
    }
  }

  function replace(before: Row | undefined, after: Row | undefined, primaryKey: Key): void {
    if (before !== undefined) remove(before, primaryKey)
    if (after !== undefined) insert(after, primaryKey)
    changes.push({
      table: name,
      before,
      after,
      takeBack: () => {
        if (after !== undefined) remove(after, primaryKey)
        if (before !== undefined) insert(before, primaryKey)
      },
    })
  }

  /** An abort gives the numbers back, as IndexedDB's key generator does. */
  function numbered(last: number): void {
    const before = lastNumber
    lastNumber = last
    const takeBack = (): void => {
      lastNumber = before
    }
    changes.push({ table: name, before: undefined, after: undefined, takeBack })
  }

  function put(row: Row): void {
    const key = primaryKeyOf(row)
    assertUnique(row, key)
    replace(rows.get(nameOf(key)), row, key)
  }

  return {
    get: (key) => rows.get(nameOf(key)),
    keys: (indexName, range, limit) => {
      const entries = indexName === ':id' ? primary : indexes.get(indexName)?.entries
      if (entries === undefined) throw new TypeError(`${name} has no index ${indexName}`)
      return keysInRange(entries.sorted(), range, limit)
    },
    add: (given) => {
      let row = given
      if (spec.autoIncrement === true && given[primaryPaths[0] ?? ''] === undefined) {
        row = { ...given, [primaryPaths[0] ?? '']: lastNumber + 1 }
      }
      const key = primaryKeyOf(row)
      if (rows.has(nameOf(key)))
        throw new ConstraintError(`${name} has the key ${JSON.stringify(key)} already`)
      assertUnique(row, key)
      replace(undefined, row, key)
      if (typeof key === 'number') numbered(Math.max(lastNumber, key))
      return key
    },
    put,
    delete: (key) => {
      const before = rows.get(nameOf(key))
      if (before !== undefined) replace(before, undefined, key)
    },
    takeChanges: () => {
      const taken = changes
      changes = []
      return taken
    },
  }
}

function keysInRange(entries: readonly Entry[], range: KeyRange, limit: number): Key[] {
  const found: Key[] = []
  let at = firstWhere(entries, (entry) => !isBelow(entry.key, range))
  for (; at < entries.length && found.length < limit; at++) {
    const entry = entries[at]
    if (entry === undefined || isAbove(entry.key, range)) break
    found.push(entry.primaryKey)
  }
  return found
}

function compareEntries(a: Entry, b: Entry): number {
  return compareKeys(a.key, b.key) || compareKeys(a.primaryKey, b.primaryKey)
}

function firstAtLeast(entries: readonly Entry[], wanted: Entry): number {
  return firstWhere(entries, (entry) => compareEntries(entry, wanted) >= 0)
}

/** Binary search: the first entry for which a predicate that turns from false to true once is true. */
function firstWhere(entries: readonly Entry[], isFrom: (entry: Entry) => boolean): number {
  let low = 0
  let high = entries.length
  while (low < high) {
    const middle = (low + high) >> 1
    const entry = entries[middle]
    if (entry !== undefined && isFrom(entry)) high = middle
    else low = middle + 1
  }
  return low
}

/** Sorted entries. Bulk writes wait unsorted until somebody reads: one sort instead of thousands of shifts. */
interface SortedEntries {
  readonly add: (entry: Entry) => void
  readonly remove: (entry: Entry) => void
  readonly sorted: () => readonly Entry[]
}

const SHIFTS_MAX = 200

function createSortedEntries(): SortedEntries {
  let entries: Entry[] = []
  let added: Entry[] = []

  function sorted(): Entry[] {
    if (added.length > SHIFTS_MAX) entries = [...entries, ...added].sort(compareEntries)
    else for (const entry of added) entries.splice(firstAtLeast(entries, entry), 0, entry)
    if (added.length > 0) added = []
    return entries
  }

  return {
    sorted,
    add: (entry) => {
      const last = entries.at(-1)
      if (added.length === 0 && (last === undefined || compareEntries(last, entry) < 0)) entries.push(entry)
      else added.push(entry)
    },
    remove: (entry) => {
      const from = sorted()
      const at = firstAtLeast(from, entry)
      const found = from[at]
      if (found !== undefined && compareEntries(found, entry) === 0) from.splice(at, 1)
    },
  }
}
