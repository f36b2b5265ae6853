// What every store must do. Run on Dexie and on memory, so that a test on one is worth something on the other.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Schema } from '../../src/ports/scans-schema'
import type { Store } from '../../src/ports/store'

interface Thing {
  readonly id: number
  readonly name: string
  readonly shelf: string
  readonly place: number | string
  readonly once?: string
}

export type SuiteShape = {
  things: { row: Thing; insert: Omit<Thing, 'id'>; key: number; index: '[shelf+place]' | 'name' | 'once' }
  pairs: { row: { a: string; b: string; n: number }; key: [string, string]; index: never }
}

export const SUITE_SCHEMA: Schema<SuiteShape> = {
  things: {
    primaryKey: 'id',
    autoIncrement: true,
    indexes: {
      '[shelf+place]': { paths: ['shelf', 'place'] },
      name: { paths: ['name'] },
      once: { paths: ['once'], unique: true },
    },
  },
  pairs: { primaryKey: ['a', 'b'], indexes: {} },
}

const tea = { name: 'tea', shelf: 'A', place: 2 }
const rice = { name: 'rice', shelf: 'A', place: 10 }

export function describeStore(
  name: string,
  open: () => Promise<{ store: Store<SuiteShape>; close: () => Promise<void> }>,
): void {
  describe(`${name} store`, () => {
    let store: Store<SuiteShape>
    let close: () => Promise<void>
    beforeEach(async () => {
      ({ store, close } = await open())
    })
    afterEach(() => close())

    const rows = () => store.tx(['things'], 'r', (tx) => tx.range('things', ':id', { limit: 100 }))

    it('[ST1] numbers rows in the order of their commits', async () => {
      const keys = await store.tx(['things'], 'rw', (tx) => tx.bulkAdd('things', [tea, rice]))
      const third = await store.tx(['things'], 'rw', (tx) => tx.add('things', tea))

      expect([...keys, third]).toEqual([1, 2, 3])
      expect(await rows()).toMatchObject([{ id: 1 }, { id: 2 }, { id: 3 }])
    })

    it('[ST2] keeps nothing of a transaction whose work throws', async () => {
      await store.tx(['things'], 'rw', (tx) => tx.add('things', tea))

      const failed = store.tx(['things', 'pairs'], 'rw', async (tx) => {
        await tx.add('things', rice)
        await tx.put('pairs', { a: 'x', b: 'y', n: 1 })
        await tx.bulkDelete('things', [1])
        throw new Error('stop')
      })

      await expect(failed).rejects.toThrow('stop')
      expect(await rows()).toEqual([{ id: 1, ...tea }])
      expect(await store.tx(['pairs'], 'r', (tx) => tx.get('pairs', ['x', 'y']))).toBeUndefined()
    })

    it('[ST2] keeps nothing of a transaction that breaks a unique index', async () => {
      await store.tx(['things'], 'rw', (tx) => tx.add('things', { ...tea, once: 'u' }))

      const failed = store.tx(['things'], 'rw', async (tx) => {
        await tx.add('things', rice)
        await tx.add('things', { ...rice, once: 'u' })
      })

      await expect(failed).rejects.toMatchObject({ name: 'ConstraintError' })
      expect(await rows()).toHaveLength(1)
    })

    it('[ST3] leaves rows without the field out of a unique index', async () => {
      await store.tx(['things'], 'rw', (tx) => tx.bulkAdd('things', [tea, tea, rice]))

      expect(await store.tx(['things'], 'r', (tx) => tx.count('things', 'once', {}))).toBe(0)
    })

    it('[ST4] orders compound keys: numbers by value, before strings', async () => {
      const places = [10, 'b', 2, 'B', -Infinity, 'a']
      await store.tx(['things'], 'rw', (tx) => tx.bulkAdd('things', places.map((place) => ({ ...tea, place }))))
      await store.tx(['things'], 'rw', (tx) => tx.add('things', { ...tea, shelf: 'B', place: 0 }))

      const found = await store.tx(['things'], 'r', (tx) =>
        tx.range('things', '[shelf+place]', { lower: ['A'], upper: ['A', '\uffff'], limit: 100 }),
      )

      expect(found.map((it) => it.place)).toEqual([-Infinity, 2, 10, 'B', 'a', 'b'])
    })

    it('[ST4] bounds ranges, open or closed, by key and limit', async () => {
      await store.tx(['things'], 'rw', (tx) => tx.bulkAdd('things', [1, 2, 3, 4, 5].map((place) => ({ ...tea, place }))))
      const keys = (range: object) => store.tx(['things'], 'r', (tx) => tx.rangeKeys('things', ':id', { limit: 100, ...range }))

      expect(await keys({ lower: 2, upper: 4 })).toEqual([2, 3, 4])
      expect(await keys({ lower: 2, lowerOpen: true, upper: 4, upperOpen: true })).toEqual([3])
      expect(await keys({ lower: 2, limit: 2 })).toEqual([2, 3])
      expect(await keys({ upper: 2 })).toEqual([1, 2])
      expect(await keys({ limit: 0 })).toEqual([])
    })

    it('[ST4] reads many rows in the order of the keys, with holes', async () => {
      await store.tx(['pairs'], 'rw', (tx) => tx.bulkPut('pairs', [{ a: 'x', b: '1', n: 1 }, { a: 'x', b: '2', n: 2 }]))

      const found = await store.tx(['pairs'], 'r', (tx) => tx.bulkGet('pairs', [['x', '2'], ['x', '3'], ['x', '1']]))

      expect(found.map((it) => it?.n)).toEqual([2, undefined, 1])
    })

    it('[ST5] hands out copies: what a caller changes is not stored', async () => {
      const given = { a: 'x', b: 'y', n: 1 }
      await store.tx(['pairs'], 'rw', (tx) => tx.put('pairs', given))
      given.n = 2
      const got = await store.tx(['pairs'], 'r', (tx) => tx.get('pairs', ['x', 'y']))
      if (got !== undefined) got.n = 3

      expect(await store.tx(['pairs'], 'r', (tx) => tx.get('pairs', ['x', 'y']))).toMatchObject({ n: 1 })
    })

    it('[ST17] clears a table of all its rows, and what is put there afterwards stays', async () => {
      await store.tx(['things', 'pairs'], 'rw', async (tx) => {
        await tx.bulkAdd('things', [tea, rice])
        await tx.put('pairs', { a: 'x', b: 'y', n: 1 })
      })

      await store.tx(['things'], 'rw', async (tx) => {
        await tx.clear('things')
        await tx.add('things', rice)
      })

      expect(await rows()).toMatchObject([rice])
      expect(await store.tx(['pairs'], 'r', (tx) => tx.count('pairs', ':id', {}))).toBe(1)
    })

    it('[ST6] runs writers of one table one after the other', async () => {
      await store.tx(['pairs'], 'rw', (tx) => tx.put('pairs', { a: 'x', b: 'y', n: 0 }))

      await Promise.all(
        Array.from({ length: 20 }, () =>
          store.tx(['pairs'], 'rw', async (tx) => {
            const row = await tx.get('pairs', ['x', 'y'])
            await tx.put('pairs', { a: 'x', b: 'y', n: (row?.n ?? 0) + 1 })
          }),
        ),
      )

      expect(await store.tx(['pairs'], 'r', (tx) => tx.get('pairs', ['x', 'y']))).toMatchObject({ n: 20 })
    })

    it('[ST7] loses a transaction that awaits something that is not its own', async () => {
      const failed = store.tx(['things'], 'rw', async (tx) => {
        await tx.add('things', tea)
        await new Promise((resolve) => setTimeout(resolve, 20))
        await tx.add('things', rice)
      })

      await expect(failed).rejects.toThrow()
    })

    it('[ST8] refuses to write in a read-only transaction, and tables that it was not opened for', async () => {
      await expect(store.tx(['things'], 'r', (tx) => tx.add('things', tea))).rejects.toThrow()
      await expect(store.tx(['things'], 'rw', (tx) => tx.get('pairs', ['x', 'y']))).rejects.toThrow()
      expect(await rows()).toEqual([])
    })

    it('[ST9] counts requests and rows', async () => {
      await store.tx(['things'], 'rw', (tx) => tx.bulkAdd('things', [tea, rice]))
      const before = { ...store.cost }

      await store.tx(['things'], 'r', async (tx) => {
        await tx.get('things', 1)
        await tx.bulkGet('things', [1, 2, 3])
        await tx.range('things', ':id', { limit: 10 })
        await tx.rangeKeys('things', 'name', { limit: 10 })
      })

      expect(store.cost).toEqual({ requests: before.requests + 4, rowsRead: before.rowsRead + 8, rowsWritten: before.rowsWritten })
    })
  })
}
