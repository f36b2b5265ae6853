// Lists in the order in which people walk: by aisle and bin, shared out so that nobody walks another's way.

export interface WalkPlace {
  readonly aisle: string
  readonly bin: string
}

export interface Walked {
  /** Where it is come upon first; null: nobody knows. */
  readonly place: WalkPlace | null
}

/** Aisle 2 comes before aisle 10. */
const NUMBERED = new Intl.Collator('en', { numeric: true })

export function comparePlaces(a: WalkPlace, b: WalkPlace): number {
  return NUMBERED.compare(a.aisle, b.aisle) || NUMBERED.compare(a.bin, b.bin)
}

/** What has no place comes last; what lies in one place, or in none, stays in the order of the list. Rules: docs/SPEC.md PL54 */
export function inWalkingOrder<T extends Walked>(list: readonly T[]): readonly T[] {
  return list.toSorted((a, b) => {
    if (a.place === null || b.place === null) return Number(a.place === null) - Number(b.place === null)
    return comparePlaces(a.place, b.place)
  })
}

/** How many each of so many gets, the first one more where it does not come out. */
function evenSizes(total: number, parts: number): number[] {
  return Array.from({ length: parts }, (_, index) => Math.floor(total / parts) + (index < total % parts ? 1 : 0))
}

/** Cut into so many stretches, each as long as the others or one longer. Rules: docs/SPEC.md PL6 */
export function sharesOf<T>(list: readonly T[], parts: number): (readonly T[])[] {
  let from = 0
  return evenSizes(list.length, parts).map((size) => list.slice(from, (from += size)))
}

/**
 * Cut between aisles, as near to even as the aisles allow: no aisle is in two parts. What has no place fills up the shortest
 * parts, at their ends. Rules: docs/SPEC.md PL55
 * @param walk in walking order
 * @returns null where somebody would get nothing: there are fewer aisles than parts
 */
export function sharesByAisle<T extends Walked>(walk: readonly T[], parts: number): (readonly T[])[] | null {
  const placed = walk.filter((it) => it.place !== null)
  const rest = walk.slice(placed.length)
  const shares: T[][] = cutsBetweenAisles(placed, parts).map(([from, to]) => placed.slice(from, to))
  while (shares.length < parts) shares.push([])
  const sizes = filledUp(shares.map((it) => it.length), rest.length)
  let from = 0
  const filled = shares.map((share, index) => [...share, ...rest.slice(from, (from += sizes[index] ?? 0))])
  return filled.some((it) => it.length === 0) ? null : filled
}

/** From where to where each part goes; at most as many as there are aisles. */
function cutsBetweenAisles(placed: readonly Walked[], parts: number): (readonly [number, number])[] {
  const ends = placed.flatMap((it, index) => (it.place?.aisle === placed[index + 1]?.place?.aisle ? [] : [index + 1]))
  const stretches: (readonly [number, number])[] = []
  const wanted = Math.min(parts, ends.length)
  let from = 0
  let next = 0
  for (let part = 1; part <= wanted; part += 1) {
    const target = from + (placed.length - from) / (wanted - part + 1)
    // Enough aisles are left for those who come after.
    const last = ends.length - (wanted - part) - 1
    let at = next
    while (at < last && Math.abs((ends[at + 1] ?? 0) - target) <= Math.abs((ends[at] ?? 0) - target)) at += 1
    const to = ends[part === wanted ? ends.length - 1 : at] ?? placed.length
    stretches.push([from, to])
    from = to
    next = at + 1
  }
  return stretches
}

/** How many of the rest each gets, so that the shortest become as long as each other. */
function filledUp(sizes: readonly number[], rest: number): readonly number[] {
  // The level to which the rest fills them up: those above it get nothing.
  let open = sizes.toSorted((a, b) => a - b)
  let level = 0
  for (; open.length > 0; open = open.slice(0, -1)) {
    level = Math.floor((open.reduce((sum, it) => sum + it, 0) + rest) / open.length)
    if (level >= (open.at(-1) ?? 0)) break
  }
  const more = sizes.map((it) => Math.max(0, level - it))
  let left = rest - more.reduce((sum, it) => sum + it, 0)
  return more.map((it, index) => {
    const extra = left > 0 && (sizes[index] ?? 0) + it <= level ? 1 : 0
    left -= extra
    return it + extra
  })
}
