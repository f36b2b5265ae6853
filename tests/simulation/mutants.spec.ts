// The planted bugs fit the source as it is today. That each is caught is the work of `npm run simulate:mutants`.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { isLater } from './later'
import { mutate } from './mutants/mutate'
import { MUTANTS } from './mutants/mutants'
import { seedsOf, verdictOn } from './mutants/record'
import type { CatchRecord } from './mutants/record'
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

  it.each([
    [
      'on its seed by its invariant',
      { kind: 'caught', seed: 7, violation: { invariant: 'I2', text: '' } },
      'as-recorded',
    ],
    [
      'by another invariant',
      { kind: 'caught', seed: 7, violation: { invariant: 'I3', text: '' } },
      'otherwise',
    ],
    [
      'on another seed',
      { kind: 'caught', seed: 8, violation: { invariant: 'I2', text: '' } },
      'otherwise',
    ],
    [
      'by a run that falls over',
      { kind: 'caught', seed: 7, violation: { invariant: 'CRASH', text: '' } },
      'otherwise',
    ],
    ['by nothing', { kind: 'survived' }, 'survived'],
  ] as const)('[MU2] caught %s: %j is %s', (_, done, verdict) => {
    expect(verdictOn('drift', done, { drift: { seed: 7, invariant: 'I2' } })).toBe(verdict)
  })

  it('[MU2] that nothing is written down of are not caught as recorded', () => {
    expect(
      verdictOn('drift', { kind: 'caught', seed: 7, violation: { invariant: 'I2', text: '' } }, {}),
    ).toBe('otherwise')
  })

  it('[MU3] share seeds, on each of which the program without a bug runs once', () => {
    const drawn = Object.values(seeds).map((it) => it.seed)

    expect(seedsOf(seeds)).toEqual([...new Set(drawn)].toSorted((a, b) => a - b))
    expect(
      seedsOf({
        a: { seed: 9, invariant: 'I1' },
        b: { seed: 2, invariant: 'I1' },
        c: { seed: 9, invariant: 'I3' },
      }),
    ).toEqual([2, 9])
  })

  it('[MU6] of what one day in four plays are hunted in those days, and written down with one of their seeds', () => {
    const later = MUTANTS.filter((it) => it.isLater === true).map(({ name }) => (seeds as CatchRecord)[name])

    expect(later.length).toBeGreaterThan(0)
    for (const known of later) expect(isLater(known?.seed ?? 0)).toBe(true)
  })

  it.each([
    ['a page of a portal is a yes', 'portal-is-yes'],
    ['the fold writes into the events', 'fold-rewrites-events'],
    ['a row is sent under a fresh number', 'fresh-uuid-on-retry'],
    ['the token is read once', 'token-of-the-start'],
    ['the token is anybody’s', 'sent-under-the-newest-sign-in'],
  ])('[MU9] has one where %s', (_, name) => {
    expect(MUTANTS.map((it) => it.name)).toContain(name)
  })

  it('[MU9] [I22] are caught by what they break: events by the log, a strange sign-in by the watch over sign-ins', () => {
    expect(seeds['fold-rewrites-events'].invariant).toBe('I1')
    expect(seeds['sent-under-the-newest-sign-in'].invariant).toBe('I22')
  })

  it.each(['I8', 'I14', 'I18', 'I19'])('[MU4] one at least is caught by %s', (invariant) => {
    const caught = MUTANTS.filter((it) => (seeds as CatchRecord)[it.name]?.invariant === invariant)

    expect(caught.length).toBeGreaterThan(0)
    expect(caught.every(({ proves }) => proves === undefined || proves === invariant)).toBe(true)
  })
})
