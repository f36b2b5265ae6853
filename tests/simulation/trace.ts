// What happened, as a running hash; as lines too when somebody wants to read it.
import { hashOf } from './random'

export interface Trace {
  readonly note: (at: number, who: string, what: string) => void
  readonly hash: () => string
  /** Empty unless lines are kept. */
  readonly lines: readonly string[]
}

/** @param keepsLines how many of the newest lines are kept; 0 for none */
export function createTrace(keepsLines: number): Trace {
  let hash = 0x811c9dc5
  let lines: string[] = []
  return {
    note(at, who, what) {
      // Times are parts of milliseconds: what is below a thousandth of one is no difference.
      hash = hashOf(what, hashOf(who, hash ^ ((at * 1024) | 0)))
      if (keepsLines === 0) return
      lines.push(`${at.toFixed(1).padStart(11)}  ${who.padEnd(8)} ${what}`)
      if (lines.length > 2 * keepsLines) lines = lines.slice(-keepsLines)
    },
    hash: () => hash.toString(16).padStart(8, '0'),
    get lines() {
      return lines
    },
  }
}
