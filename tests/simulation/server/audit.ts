// What the checker reads: every accepted revision, every fence, every authoritative move, every verdict. It survives a
// restore of the server, because the checker does not forget; each entry names its epoch.
import type { ItemRow } from '../../../server-mock/rules/item-row'
import type { LockRow } from '../../../server-mock/rules/lock'
import type { RowVerdict } from '../../../server-mock/rules/put-rows'

/** A row as it was stored (I4: within an epoch its rev never falls, and one rev has one quantity). */
export interface AcceptedRow {
  readonly epoch: string
  readonly sessionId: string
  readonly at: number
  readonly deviceId: string | null
  readonly row: ItemRow
}

/** A lock row as it was stored (I7: fences strictly increase, one holder each). */
export interface StoredLock {
  readonly epoch: string
  readonly sessionId: string
  readonly at: number
  readonly row: LockRow
}

/** A status change that went through, with the fence it named and the one that was current (I7). */
export interface StatusMove {
  readonly epoch: string
  readonly sessionId: string
  readonly at: number
  readonly userId: string
  readonly from: string
  readonly to: string
  readonly fence: number | null
  readonly currentFence: number
  /** Who held the lock at that moment; null: nobody. */
  readonly heldUnder: number | null
}

export interface AnsweredRequest {
  readonly epoch: string
  readonly at: number
  readonly method: string
  readonly path: string
  readonly userId: string | null
  readonly status: number
}

export interface AnsweredRow extends RowVerdict {
  readonly epoch: string
  readonly at: number
  readonly sessionId: string
  readonly userId: string
  readonly deviceId: string | null
}

export class Audit {
  readonly rows: AcceptedRow[] = []
  readonly locks: StoredLock[] = []
  readonly moves: StatusMove[] = []
  readonly requests: AnsweredRequest[] = []
  readonly verdicts: AnsweredRow[] = []

  /** Everything that was ever stored of one row, in order. */
  historyOf(sessionId: string, uuid: string): readonly AcceptedRow[] {
    return this.rows.filter((it) => it.sessionId === sessionId && it.row.uuid === uuid)
  }
}
