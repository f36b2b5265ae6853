// What a board has seen: an incarnation of the data, and the oldest transaction that was still running when it looked.

export interface BoardPlace {
  readonly epoch: string
  /** Number of the oldest transaction that has not ended. */
  readonly oldest: number
}

export function boardCursor({ epoch, oldest }: BoardPlace): string {
  return `${oldest}.${epoch}`
}

/**
 * The transaction from which on changes are asked for; null: everything. Numbers of another incarnation, and such as
 * have not been given yet, mean nothing here.
 */
export function readBoardCursor(text: string | null, now: BoardPlace): number | null {
  const [, number, epoch] = /^(\d{1,15})\.(.*)$/.exec(text ?? '') ?? []
  if (number === undefined || epoch !== now.epoch) return null
  return Number(number) > now.oldest ? null : Number(number)
}
