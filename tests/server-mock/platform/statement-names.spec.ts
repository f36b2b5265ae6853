// Which texts get a name, and so a plan that is kept: few, and those that are asked for now.
import { describe, expect, it } from 'vitest'
import {
  createStatementNames,
  NAMED_MAX,
  NAMELESS_USES_MAX,
} from '../../../server-mock/db/statement-names'

const texts = (from: number, count: number): readonly string[] =>
  Array.from({ length: count }, (_, nth) => `select ${from + nth}`)

describe('names of statements', () => {
  it('[SV80] a text keeps its name, and no two have the same', () => {
    const { nameOf } = createStatementNames()
    const names = texts(0, NAMED_MAX).map(nameOf)
    expect(new Set(names).size).toBe(NAMED_MAX)
    expect(texts(0, NAMED_MAX).map(nameOf)).toEqual(names)
  })

  it('[SV80] when all names are given, a text that is asked for now and then has none', () => {
    const { nameOf, generation } = createStatementNames()
    texts(0, NAMED_MAX).forEach(nameOf)
    expect(
      texts(NAMED_MAX, 5000)
        .map(nameOf)
        .every((it) => it === undefined),
    ).toBe(true)
    expect(generation()).toBe(0)
  })

  it('[SV80] a text that is asked for again and again gets one, in a new generation that shares no name with the old one', () => {
    const { nameOf, generation } = createStatementNames()
    const old = texts(0, NAMED_MAX).map(nameOf)
    const asked = Array.from({ length: NAMELESS_USES_MAX }, () => nameOf('select hot'))
    expect(asked.slice(0, -1).every((it) => it === undefined)).toBe(true)
    expect(asked.at(-1)).toBeDefined()
    expect(old).not.toContain(asked.at(-1))
    expect(generation()).toBe(1)
  })

  it('[SV80] lists in ever new ways between the calls of a text do not keep it from a name', () => {
    const { nameOf } = createStatementNames()
    texts(0, NAMED_MAX).forEach(nameOf)
    for (let nth = 0; nth < NAMELESS_USES_MAX; nth += 1) {
      nameOf('select hot')
      nameOf(`select * from list where filter = ${nth}`)
    }
    expect(nameOf('select hot')).toBeDefined()
  })
})
