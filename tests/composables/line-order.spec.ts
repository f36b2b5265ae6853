// The place of a changed line in a sorted list of keys.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareLines, insertionIndex, isInPlace } from '../../src/composables/line-order'
import type { LineSort } from '../../src/ports/counting'
import { aLine } from '../support/fake-desk'

const SORTS: readonly LineSort[] = ['assigned', 'name', 'last-scanned']

const lines = fc.uniqueArray(
  fc.record({
    id: fc.string({ minLength: 1, maxLength: 4 }),
    position: fc.constantFrom('00000001', '00000002', '00000010', '\uffff'),
    name: fc.constantFrom('apple', 'Äpfel', 'pear', 'Pear'),
    negLastScanAt: fc.integer({ min: -5, max: 0 }),
  }),
  { selector: (it) => it.id, minLength: 1, maxLength: 40 },
)

describe('insertionIndex', () => {
  it('[UI6] put a line where a complete sort would have it, reading a handful of others', async () => {
    await fc.assert(
      fc.asyncProperty(lines, fc.constantFrom(...SORTS), async (drafts, sort) => {
        const all = drafts.map((it) => aLine(it)).sort((a, b) => compareLines(a, b, sort))
        const index = all.length >> 1
        const item = all[index]
        if (item === undefined) return
        const others = all.filter((it) => it !== item)
        let reads = 0
        const found = await insertionIndex(others.map((it) => it.lineKey), item, sort, async (key) => {
          reads += 1
          return others.find((it) => it.lineKey === key)
        })
        expect(found).toBe(index)
        expect(reads).toBeLessThanOrEqual(Math.ceil(Math.log2(others.length + 1)) + 1)
      }),
    )
  })
})

describe('isInPlace', () => {
  it('[UI6] tell from two neighbours whether a line is where a complete sort would have it', async () => {
    await fc.assert(
      fc.asyncProperty(lines, fc.nat(), fc.constantFrom(...SORTS), async (drafts, place, sort) => {
        const all = drafts.map((it) => aLine(it)).sort((a, b) => compareLines(a, b, sort))
        const item = all[all.length >> 1]
        if (item === undefined) return
        const others = all.filter((it) => it !== item)
        const at = place % all.length
        const keys = [...others.slice(0, at), item, ...others.slice(at)].map((it) => it.lineKey)
        let reads = 0
        const read = async (key: string) => {
          reads += 1
          return others.find((it) => it.lineKey === key)
        }

        expect(await isInPlace(keys, at, { item, sort, read })).toBe(at === all.length >> 1)
        expect(reads).toBeLessThanOrEqual(2)
      }),
    )
  })
})
