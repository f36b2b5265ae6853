// Which slot of a virtual list shows which row: a row that scrolls out lends its elements to one that scrolls in.

export interface SlotRing {
  /**
   * The window moved. Call it once for each move, in order.
   * @param first the first row that is shown; `length`: how many are
   * @returns the slot of a row of the window, each once
   */
  readonly turn: (first: number, length: number) => (index: number) => number
}

/**
 * A short way: rows that stay keep their slots, and the few that left are moved to the other end. Further than half of
 * the window: moving so many elements costs more than writing their texts anew, so each stays where it is.
 */
export function slotRing(): SlotRing {
  let size = 0
  let start = 0
  /** Of row 0, modulo `size`. */
  let shift = 0

  return {
    turn(first, length) {
      if (length > size) {
        // Grown: from now on there are as many slots; the rows that stay keep theirs.
        const slotOfStart = size === 0 ? 0 : modulo(start + shift, size)
        size = length
        shift = slotOfStart - start
      }
      if (Math.abs(first - start) > size / 2) shift += start - first
      start = first
      const turned = shift
      return (index) => modulo(index + turned, size)
    },
  }
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by
}
