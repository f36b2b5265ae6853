// What is written down of each planted bug, and whether a run says the same.
import type { HuntDone } from './hunt'

/** Per mutant the first seed that catches it, and what catches it there. */
export type CatchRecord = Readonly<
  Record<string, { readonly seed: number; readonly invariant: string }>
>

export type Verdict = 'as-recorded' | 'otherwise' | 'survived'

/**
 * A bug that another check catches than the one that is written down is no proof that the written one sees it: the same
 * goes for a run that falls over. Both fail until somebody has looked and written down anew.
 */
export function verdictOn(name: string, done: HuntDone, record: CatchRecord): Verdict {
  if (done.kind === 'survived') return 'survived'
  const known = record[name]
  return known?.seed === done.seed && known.invariant === done.violation.invariant
    ? 'as-recorded'
    : 'otherwise'
}

/** Each seed that catches something, once: on these the program without a bug must be clean. */
export function seedsOf(record: CatchRecord): readonly number[] {
  return [...new Set(Object.values(record).map(({ seed }) => seed))].toSorted((a, b) => a - b)
}

export function seedsFrom(first: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, nth) => first + nth)
}
