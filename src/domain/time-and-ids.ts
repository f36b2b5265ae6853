// The two things that the core must be given instead of taking: time and identities.
import type { EpochMs } from './ids'

export interface Clock {
  /** Device time. For people and for counted-at; never for order or conflict. */
  now: () => EpochMs
  /** Monotone milliseconds; may stop while the device sleeps. */
  mono: () => number
}

export interface IdSource {
  /** A UUIDv7: unique, roughly ordered by time. */
  next: () => string
}

/** A number in [0, 1). */
export type Random = () => number
