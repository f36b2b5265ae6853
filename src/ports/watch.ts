// What the screens of those who watch need from the server, in the domain's words. Online only: rejects with RemoteError.
import type { BoardCount, BoardSession } from '../domain/board'
import type { FacilityId } from '../domain/ids'

export interface BoardRead {
  /** For the next question: only what changes from here on. */
  readonly cursor: string
  /** What is not named is not there; else only what changed. */
  readonly isWhole: boolean
  /** There are more sessions than a board shows. */
  readonly hasMore: boolean
  /** All counts that are going on. */
  readonly counts: readonly BoardCount[]
  readonly sessions: readonly BoardSession[]
  readonly serverTime: number
}

export interface WatchApi {
  board: (
    facilityId: FacilityId,
    ask: {
      /** null: all of it. */
      readonly after: string | null
      readonly withProgress: boolean
    },
  ) => Promise<BoardRead>
  /**
   * Hears hints until the stream ends. Resolves when the server ended it.
   * @param onHint something changed; also right at the start
   * @throws RemoteError when it broke, was refused, or gave no sign of life
   */
  listen: (facilityId: FacilityId, onHint: () => void, signal: AbortSignal) => Promise<void>
}
