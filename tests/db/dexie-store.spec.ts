import Dexie from 'dexie'
import { expect, it } from 'vitest'
import { createDexieStore, StoreOpenError } from '../../src/db/dexie-store'
import { describeStore, SUITE_SCHEMA } from '../port-suites/store-suite'
import type { SuiteShape } from '../port-suites/store-suite'

let opened = 0
function open(name = `suite-${(opened += 1)}`) {
  return createDexieStore<SuiteShape>(name, SUITE_SCHEMA, { strict: true, version: 1 })
}

describeStore('Dexie', async () => {
  const name = `suite-${(opened += 1)}`
  const store = open(name)
  return {
    store,
    close: async () => {
      store.close()
      await Dexie.delete(name)
    },
  }
})

it('[ST10] asks for strict durability when told to, and relaxed when not', async () => {
  const asked: unknown[] = []
  const real = IDBDatabase.prototype.transaction
  IDBDatabase.prototype.transaction = function (this: IDBDatabase, ...args: Parameters<typeof real>) {
    asked.push(args[2]?.durability)
    return real.apply(this, args)
  }
  try {
    const relaxed = createDexieStore<SuiteShape>('relaxed', SUITE_SCHEMA, { strict: false, version: 1 })
    await open('strict').tx(['things'], 'rw', (tx) => tx.add('things', { name: 'tea', shelf: 'A', place: 1 }))
    await relaxed.tx(['things'], 'rw', (tx) => tx.add('things', { name: 'tea', shelf: 'A', place: 1 }))
  } finally {
    IDBDatabase.prototype.transaction = real
  }

  expect(asked).toContain('strict')
  expect(asked.at(-1)).toBe('relaxed')
})

it('[ST16] lets one writing transaction of a database run at a time, whatever they write and over whichever connection; readings go on meanwhile', async () => {
  const stores = [open('turns'), open('turns')]
  const seen: string[] = []
  const write = (which: number, table: 'things' | 'pairs') =>
    stores[which]?.tx([table], 'rw', async (tx) => {
      // Its first answer: until then it waits.
      await (table === 'things' ? tx.get('things', 1) : tx.get('pairs', ['x', 'y']))
      seen.push(`${which} ${table} begins`)
      for (let nth = 0; nth < 5; nth++)
        await (table === 'things' ? tx.add('things', { name: 'tea', shelf: 'A', place: nth }) : tx.put('pairs', { a: 'x', b: 'y', n: nth }))
      seen.push(`${which} ${table} ends`)
    })

  await Promise.all([
    write(0, 'things'),
    write(0, 'pairs'),
    write(1, 'things'),
    write(1, 'pairs'),
    stores[0]?.tx(['pairs'], 'r', async (tx) => {
      await tx.get('pairs', ['x', 'y'])
      seen.push('read')
    }),
  ])

  expect(seen.indexOf('read')).toBeLessThan(seen.length - 1)
  const writes = seen.filter((it) => it !== 'read')
  expect(writes).toHaveLength(8)
  for (let nth = 0; nth < writes.length; nth += 2) expect(writes[nth + 1]).toBe(writes[nth]?.replace('begins', 'ends'))
})

it('[ST11] never opens a cursor for any read that the port offers', async () => {
  const store = open()
  await store.tx(['things'], 'rw', (tx) => tx.bulkAdd('things', [{ name: 'tea', shelf: 'A', place: 1 }]))
  const opens: string[] = []
  const watch = (what: typeof IDBObjectStore.prototype | typeof IDBIndex.prototype, name: 'openCursor' | 'openKeyCursor') => {
    const real = what[name]
    what[name] = function (this: never, ...args: never[]) {
      opens.push(name)
      return Reflect.apply(real, this, args)
    }
    return () => {
      what[name] = real as never
    }
  }
  const restore = [IDBObjectStore.prototype, IDBIndex.prototype].flatMap((it) => [watch(it, 'openCursor'), watch(it, 'openKeyCursor')])
  try {
    await store.tx(['things'], 'r', async (tx) => {
      await tx.range('things', '[shelf+place]', { lower: ['A'], upper: ['A', '\uffff'], limit: 5 })
      await tx.rangeKeys('things', 'name', { limit: 5 })
      await tx.range('things', ':id', { lower: 0, lowerOpen: true, limit: 5 })
      await tx.count('things', 'name', {})
      await tx.bulkGet('things', [1, 2])
    })
  } finally {
    for (const undo of restore) undo()
  }

  expect(opens).toEqual([])
})

it('[ST11] reads what lies behind the last row of a range, and opens no cursor to find nothing', async () => {
  const store = open()
  await store.tx(['things'], 'rw', (tx) => tx.bulkAdd('things', ['a', 'b'].map((name, place) => ({ name, shelf: 'A', place }))))
  const behind = { lower: 2, lowerOpen: true, upper: 2 }
  const backwards = { lower: 2, upper: 1 }

  const found = await store.tx(['things'], 'r', async (tx) => [
    await tx.range('things', ':id', { ...behind, limit: 5 }),
    await tx.rangeKeys('things', ':id', { ...backwards, limit: 5 }),
    await tx.count('things', ':id', behind),
    await tx.count('things', ':id', { lower: 2, upper: 2 }),
  ])

  expect(found).toEqual([[], [], 0, 1])
})

it('[ST12] closes for the upgrade of another window, and rejects from then on', async () => {
  const old = createDexieStore<SuiteShape>('upgraded', SUITE_SCHEMA, { strict: true, version: 1 })
  await old.tx(['things'], 'r', (tx) => tx.get('things', 1))

  const next = createDexieStore<SuiteShape>('upgraded', SUITE_SCHEMA, { strict: true, version: 2 })
  await next.tx(['things'], 'r', (tx) => tx.get('things', 1))

  await expect(old.tx(['things'], 'r', (tx) => tx.get('things', 1))).rejects.toThrow()
})

it('[KX1] refuses a database that newer code has upgraded, and leaves it to that', async () => {
  const heard: string[] = []
  const settings = { strict: true, version: 1, onUpgrade: () => void heard.push('upgrade') } as const
  const old = createDexieStore<SuiteShape>('newer', SUITE_SCHEMA, settings)
  await old.tx(['things'], 'r', (tx) => tx.get('things', 1))
  const next = createDexieStore<SuiteShape>('newer', SUITE_SCHEMA, { strict: true, version: 2 })
  await next.tx(['things'], 'r', (tx) => tx.get('things', 1))
  expect(heard).toEqual(['upgrade'])

  const again = createDexieStore<SuiteShape>('newer', SUITE_SCHEMA, settings)
  await expect(again.tx(['things'], 'r', (tx) => tx.get('things', 1))).rejects.toThrow(StoreOpenError)

  expect(await next.tx(['things'], 'r', (tx) => tx.get('things', 1))).toBeUndefined()
  next.close()
})

it('[ST13] gives up opening after its time, with a clear error', async () => {
  // A window that does not let go of the old version.
  const holder = await new Promise<IDBDatabase>((resolve) => {
    const request = indexedDB.open('held', 10)
    request.onsuccess = () => resolve(request.result)
  })
  const store = createDexieStore<SuiteShape>('held', SUITE_SCHEMA, { strict: true, version: 2, openTimeoutMs: 20 })

  await expect(store.tx(['things'], 'r', (tx) => tx.get('things', 1))).rejects.toBeInstanceOf(StoreOpenError)
  holder.close()
})

it('[ST15] tries to open again after an opening that failed', async () => {
  const store = open()
  const real = indexedDB.open
  indexedDB.open = () => {
    throw new DOMException('Connection to Indexed Database server lost', 'InvalidStateError')
  }
  try {
    await expect(store.tx(['things'], 'r', (tx) => tx.get('things', 1))).rejects.toThrow(StoreOpenError)
  } finally {
    indexedDB.open = real
  }

  expect(await store.tx(['things'], 'r', (tx) => tx.get('things', 1))).toBeUndefined()
  store.close()
})
