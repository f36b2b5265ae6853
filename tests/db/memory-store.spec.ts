import { expect, it } from 'vitest'
import { createMemoryStore } from '../../src/db/memory-store'
import { describeStore, SUITE_SCHEMA } from '../port-suites/store-suite'
import type { SuiteShape } from '../port-suites/store-suite'

const tea = { name: 'tea', shelf: 'A', place: 1 }

describeStore('memory', async () => {
  const store = createMemoryStore<SuiteShape>(SUITE_SCHEMA)
  return { store, close: async () => store.close() }
})

it('[ST14] can fail a commit: then nothing is stored', async () => {
  let isFailing = true
  const store = createMemoryStore<SuiteShape>(SUITE_SCHEMA, {
    beforeCommit: async () => {
      if (isFailing) throw new Error('disk full')
    },
  })

  await expect(store.tx(['things'], 'rw', (tx) => tx.add('things', tea))).rejects.toThrow('disk full')
  isFailing = false

  expect(await store.tx(['things'], 'r', (tx) => tx.range('things', ':id', { limit: 9 }))).toEqual([])
})

it('[ST14] can commit and never tell', async () => {
  const store = createMemoryStore<SuiteShape>(SUITE_SCHEMA, {
    afterCommit: (_tables, mode) => (mode === 'rw' ? Promise.reject(new Error('gone')) : Promise.resolve()),
  })

  await expect(store.tx(['things'], 'rw', (tx) => tx.add('things', tea))).rejects.toThrow('gone')

  expect(await store.tx(['things'], 'r', (tx) => tx.range('things', ':id', { limit: 9 }))).toHaveLength(1)
})
