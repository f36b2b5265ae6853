// Faults on purpose, switched over POST /__faults: what a network and a server can do to a client.
import * as v from 'valibot'

export const Faults = v.strictObject({
  /** Every answer waits so long. */
  latencyMs: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(120_000)), 0),
  /** Share of calls that fail before they do anything. */
  errorRate: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1)), 0),
  errorStatus: v.optional(v.pipe(v.number(), v.integer(), v.minValue(400), v.maxValue(599)), 503),
  /** Writes run and commit, then the connection is cut without an answer: the next n, or all. */
  dropAfterCommit: v.optional(
    v.union([v.boolean(), v.pipe(v.number(), v.integer(), v.minValue(0))]),
    0,
  ),
  /** Writes are executed twice, as by a network that repeats a request: the next n, or all. */
  duplicate: v.optional(v.union([v.boolean(), v.pipe(v.number(), v.integer(), v.minValue(0))]), 0),
  /** Added to the server's clock. */
  clockOffsetMs: v.optional(v.pipe(v.number(), v.integer()), 0),
  /** Once, now: every token is over. */
  expireTokens: v.optional(v.boolean(), false),
  /** Faults hit only calls whose path contains this text. */
  only: v.optional(v.string(), ''),
})
export type Faults = v.InferOutput<typeof Faults>

/** The faults in force. Counted faults are used up by the calls they hit. */
export class FaultControl {
  private current: Faults = v.parse(Faults, {})

  get now(): Readonly<Faults> {
    return this.current
  }

  set(faults: Faults): void {
    this.current = faults
  }

  hits(path: string): boolean {
    return this.current.only === '' || path.includes(this.current.only)
  }

  /** Whether this write is dropped, and one less to drop. */
  takeDrop(): boolean {
    const { dropAfterCommit } = this.current
    if (typeof dropAfterCommit === 'number' && dropAfterCommit > 0)
      this.current = { ...this.current, dropAfterCommit: dropAfterCommit - 1 }
    return dropAfterCommit === true || (typeof dropAfterCommit === 'number' && dropAfterCommit > 0)
  }

  takeDuplicate(): boolean {
    const { duplicate } = this.current
    if (typeof duplicate === 'number' && duplicate > 0)
      this.current = { ...this.current, duplicate: duplicate - 1 }
    return duplicate === true || (typeof duplicate === 'number' && duplicate > 0)
  }
}
