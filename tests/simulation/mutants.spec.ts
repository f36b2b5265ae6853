// The planted bugs fit the source as it is today. That each is caught is the work of `npm run simulate:mutants`.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { mutate } from './mutants/mutate'
import { MUTANTS } from './mutants/mutants'
import seeds from './mutants/seeds.json'

const sourceOf = (file: string): string => readFileSync(file, 'utf8')

describe('planted bugs', () => {
  it.each(MUTANTS)('[MU1] $name changes each of its places, which occur exactly once', (mutant) => {
    const files = [...new Set(mutant.edits.map((edit) => edit.file))]
    for (const file of files) {
      const applied = mutate(mutant, file, sourceOf(file))
      expect(applied).toMatchObject({ kind: 'applied' })
      expect(applied.kind === 'applied' && applied.code).not.toBe(sourceOf(file))
    }
  })

  it('[MU1] are at least forty, each with a name of its own', () => {
    expect(MUTANTS.length).toBeGreaterThanOrEqual(40)
    expect(new Set(MUTANTS.map((it) => it.name)).size).toBe(MUTANTS.length)
  })

  it('[SM70] each has a seed that is written down as the first to catch it, the rare ones by scenes of their own', () => {
    expect(Object.keys(seeds).toSorted()).toEqual(MUTANTS.map((it) => it.name).toSorted())
  })

  it('[MU1] a text that occurs twice, or not at all, is refused', () => {
    const edits = [{ file: 'a.ts', find: 'x', replace: 'y' }]
    expect(mutate({ edits }, 'a.ts', 'x + x')).toMatchObject({ kind: 'misplaced', occurrences: 2 })
    expect(mutate({ edits }, 'a.ts', 'z')).toMatchObject({ kind: 'misplaced', occurrences: 0 })
  })
})
