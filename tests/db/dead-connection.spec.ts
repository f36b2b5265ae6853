// A connection to the databases that dies under an open store, at the boundary of IndexedDB: the next transaction gets another one.
import { afterEach, describe, expect, it } from 'vitest'
import { createDexieStore, StoreOpenError } from '../../src/db/dexie-store'
import { SUITE_SCHEMA } from '../port-suites/store-suite'
import type { SuiteShape } from '../port-suites/store-suite'

const TEA = { name: 'tea', shelf: 'A', place: 1 }
const LOST = 'Connection to Indexed Database server lost. Refresh the page to try again'

let opened = 0
function open(silentMs?: number) {
  const options = { strict: true, version: 1, ...(silentMs === undefined ? {} : { silentMs }) }
  return createDexieStore<SuiteShape>(`dying-${(opened += 1)}`, SUITE_SCHEMA, options)
}
const read = (store: ReturnType<typeof open>) => store.tx(['things'], 'r', (tx) => tx.range('things', ':id', { limit: 9 }))
const write = (store: ReturnType<typeof open>) => store.tx(['things'], 'rw', (tx) => tx.add('things', TEA))

type Begin = typeof IDBDatabase.prototype.transaction
const realBegin: Begin = IDBDatabase.prototype.transaction
const realOpen = indexedDB.open

const asItIs = (handle: IDBDatabase, args: Parameters<Begin>): IDBTransaction => realBegin.apply(handle, args)
let begin = asItIs
// Before anything opens: Dexie takes the function of each handle then.
IDBDatabase.prototype.transaction = function (this: IDBDatabase, ...args: Parameters<Begin>) {
  return begin(this, args)
}

/** Every transaction of every handle begins with this. */
function onBegin(instead: typeof begin): void {
  begin = instead
}

/** @returns how often a database was opened since */
function countOpens(mayOpen: () => boolean = () => true): () => number {
  let opens = 0
  indexedDB.open = (...args) => {
    opens += 1
    if (!mayOpen()) throw new DOMException(LOST, 'UnknownError')
    return realOpen.apply(indexedDB, args)
  }
  return () => opens
}

afterEach(() => {
  begin = asItIs
  indexedDB.open = realOpen
})

/** Handles that are open by now are dead, and until it is mended no other opens: WebKit's process for databases has ended. */
function loseConnections() {
  const dead = new Set<IDBDatabase>()
  let isLost = true
  onBegin((handle, args) => {
    if (isLost) dead.add(handle)
    if (dead.has(handle)) throw new DOMException('The database connection is closing.', 'InvalidStateError')
    return asItIs(handle, args)
  })
  return { mend: () => (isLost = false), opens: countOpens(() => !isLost) }
}

describe('a connection that died', () => {
  it('[KP17] is opened again as soon as it can be, however often it was tried in vain', async () => {
    const store = open()
    await write(store)
    const connections = loseConnections()
    for (let tries = 0; tries < 5; tries += 1) await expect(read(store)).rejects.toThrow()

    connections.mend()

    expect(await read(store)).toHaveLength(1)
    await write(store)
    expect(await read(store)).toHaveLength(2)
    store.close()
  })

  it('[KP17] is given up where its requests fail and it says nothing itself', async () => {
    const store = open()
    await write(store)
    const dead = new Set<IDBDatabase>()
    onBegin((handle, args) => {
      if (dead.size === 0) dead.add(handle)
      if (dead.has(handle)) throw new DOMException(LOST, 'UnknownError')
      return asItIs(handle, args)
    })

    await expect(read(store)).rejects.toThrow(LOST)
    expect(await read(store)).toHaveLength(1)
    store.close()
  })

  it('[KP17] fails for all that were under way, and is opened once', async () => {
    const store = open()
    await write(store)
    const connections = loseConnections()
    const all = await Promise.allSettled([read(store), read(store), write(store)])
    expect(all.map((it) => it.status)).toEqual(['rejected', 'rejected', 'rejected'])
    connections.mend()
    const before = connections.opens()

    const rows = await Promise.all([read(store), read(store), read(store)])

    expect(rows.map((it) => it.length)).toEqual([1, 1, 1])
    expect(connections.opens()).toBe(before + 1)
    store.close()
  })

  it('[KP17] is given up when a transaction does not answer for too long', async () => {
    const store = open(20)
    await write(store)
    let written = 0
    onBegin((handle, args) => {
      const transaction = asItIs(handle, args)
      if (args[1] === 'readwrite' && (written += 1) === 1) Object.defineProperty(transaction, 'oncomplete', { get: () => null, set: () => undefined })
      return transaction
    })
    const opens = countOpens()
    const silent = write(store).then(() => 'answered')

    expect(await Promise.race([silent, new Promise((resolve) => setTimeout(resolve, 60, 'silent'))])).toBe('silent')
    expect(await read(store)).toHaveLength(2)
    expect(opens()).toBe(1)
    store.close()
  })

  it('[KP17] stays closed where the store was closed', async () => {
    const store = open()
    await write(store)
    const connections = loseConnections()
    await expect(read(store)).rejects.toThrow()
    store.close()
    connections.mend()

    await expect(read(store)).rejects.toThrow(StoreOpenError)
  })

  it('[KP17] is not what an error of the work is taken for', async () => {
    const store = open()
    await write(store)
    const opens = countOpens()

    await expect(store.tx(['things'], 'r', () => Promise.reject(new RangeError('ours')))).rejects.toThrow('ours')
    expect(await read(store)).toHaveLength(1)

    expect(opens()).toBe(0)
    store.close()
  })
})
