// A list in pieces, for work that has a limit per step.

/** Consecutive pieces of at most `size`, in order; none of an empty list. */
export function chunksOf<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  const chunks: (readonly T[])[] = []
  for (let at = 0; at < items.length; at += size) chunks.push(items.slice(at, at + size))
  return chunks
}
