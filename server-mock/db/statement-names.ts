// Which texts the database plans once per connection instead of at every call.

/** Plans that one connection keeps. */
export const NAMED_MAX = 100
/** So often is a text asked for without a name before all names are given out anew. */
export const NAMELESS_USES_MAX = 200
/** Nameless texts whose uses are counted. */
const COUNTED_MAX = 1000

export interface StatementNames {
  /** Undefined: planned at each call. */
  nameOf: (text: string) => string | undefined
  /** Grows when the names are given out anew: a connection from before holds plans that nobody asks for, and is replaced. */
  readonly generation: () => number
}

/**
 * The first texts get the names. What comes after them (lists, in all the ways they can be filtered) is planned each time,
 * so that no connection collects plans for ever. But a process may begin with work that never comes again (migrations,
 * demo data, a morning of reports): where a text without a name is asked for again and again, all names are forgotten, and
 * what is in use now comes first. Rule: docs/SPEC.md SV80
 */
export function createStatementNames(): StatementNames {
  let generation = 0
  const names = new Map<string, string>()
  const uses = new Map<string, number>()

  function nameIfRoom(text: string): string | undefined {
    if (names.size >= NAMED_MAX) return undefined
    const name = `g${generation}s${names.size}`
    names.set(text, name)
    return name
  }

  function isUsedTooOften(text: string): boolean {
    if (uses.size >= COUNTED_MAX && !uses.has(text)) uses.clear()
    const used = (uses.get(text) ?? 0) + 1
    uses.set(text, used)
    return used >= NAMELESS_USES_MAX
  }

  return {
    generation: () => generation,
    nameOf: (text) => {
      const name = names.get(text) ?? nameIfRoom(text)
      if (name !== undefined || !isUsedTooOften(text)) return name
      generation += 1
      names.clear()
      uses.clear()
      return nameIfRoom(text)
    },
  }
}
