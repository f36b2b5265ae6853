// Seeds that failed once, with what they found: they run first, for ever.

export interface Regression {
  readonly name: string
  readonly seed: number
  /** What was wrong, in a sentence, as its commit says. */
  readonly found: string
}

export const REGRESSIONS: readonly Regression[] = []
