// "Sometimes" marks: what must have happened at least once in a long run. A fault that never bites proves nothing.

export interface Marks {
  readonly note: (mark: string) => void
  readonly counts: ReadonlyMap<string, number>
}

export function createMarks(): Marks {
  const counts = new Map<string, number>()
  return {
    counts,
    note: (mark) => void counts.set(mark, (counts.get(mark) ?? 0) + 1),
  }
}
