// Chance from a seed: one stream per concern, so that dropping one kind of fault does not reshuffle the others.

export interface Chance {
  /** In [0, 1). */
  readonly next: () => number
  /** Integer in [low, high]. */
  readonly int: (low: number, high: number) => number
  readonly is: (probability: number) => boolean
  readonly pick: <T>(from: readonly T[]) => T
  readonly bytes: (length: number) => Uint8Array
}

/** @param names what the stream is for; the same seed and names give the same numbers */
export function chanceOf(seed: number, ...names: readonly (string | number)[]): Chance {
  let state = hashOf(`${seed}/${names.join('/')}`)
  const next32 = (): number => {
    // mulberry32
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
  const next = (): number => next32() / 4_294_967_296
  const int = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1))
  return {
    next,
    int,
    is: (probability) => next() < probability,
    pick: (from) => {
      const picked = from[int(0, from.length - 1)]
      if (picked === undefined) throw new RangeError('Nothing to pick from')
      return picked
    },
    bytes: (length) => Uint8Array.from({ length }, () => next32() & 255),
  }
}

/** FNV-1a. */
export function hashOf(text: string, start = 0x811c9dc5): number {
  let hash = start
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return hash >>> 0
}
