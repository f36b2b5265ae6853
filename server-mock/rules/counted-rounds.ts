// From the rows of a count's sessions to what was counted of a product: once by the first sessions, again by each recount.
import { sumQuantity, ZERO, type Micro } from '../../src/domain/quantity'
import type { SessionStatus } from '../../src/domain/session'

/** One row of one session, of a product. */
export interface CountedRow {
  readonly sessionId: string
  readonly sessionStatus: SessionStatus
  /** 0: an ordinary session. */
  readonly round: number
  readonly quantity: Micro | null
  /** null: the row came without. */
  readonly standing: number | null
  readonly countedBy: string | null
  /** Who sent it, where their word for another is not enough. */
  readonly sentBy: string | null
  readonly lastScanAt: number | null
  readonly lastUpdatedAt: number
}

/** All sessions of one round together: their count is the sum of their rows. */
export interface Round {
  readonly round: number
  readonly quantity: Micro
  readonly firstAt: number
  readonly lastAt: number
  /** Who counted, by the word of the rows and by whose sign-in they came, in alphabetical order. Rule: RL13. */
  readonly counters: readonly string[]
  readonly sessions: number
  /** Counted in a session that is not submitted yet: more may come. */
  readonly isOpen: boolean
}

export interface Rounds {
  /** Counted ones, by their number. */
  readonly counted: readonly Round[]
  /** A session of the first round that was asked for the product is still open. */
  readonly isAwaited: boolean
}

/**
 * Voided sessions do not count. A session has counted a product when its scans do not add up to nothing (decision 5).
 * Rules: docs/SPEC.md RV4.
 */
export function roundsOf(rows: readonly CountedRow[]): Rounds {
  const living = rows.filter((it) => it.sessionStatus !== 'voided')
  const bySession = groupBy(living, (it) => it.sessionId)
  const counting = [...bySession.values()].filter(isCounted)
  const byRound = groupBy(counting, ([first]) => first?.round ?? 0)
  return {
    counted: [...byRound]
      .map(([round, sessions]) => addUp(round, sessions))
      .sort((a, b) => a.round - b.round),
    isAwaited: living.some((it) => it.round === 0 && isOpenStatus(it.sessionStatus)),
  }
}

function isCounted(rows: readonly CountedRow[]): boolean {
  const standing = rows.reduce((sum, it) => sum + (it.standing ?? 0), 0)
  return standing !== 0 || rows.some((it) => it.standing === null && it.quantity !== null)
}

function isOpenStatus(status: SessionStatus): boolean {
  return status === 'created' || status === 'assigned'
}

function addUp(round: number, sessions: readonly (readonly CountedRow[])[]): Round {
  const rows = sessions.flat().filter((it) => it.quantity !== null)
  const moments = rows.map(countedAt)
  return {
    round,
    quantity: rows.reduce((sum, it) => sumQuantity(sum, it.quantity ?? ZERO), ZERO),
    firstAt: Math.min(...moments),
    lastAt: Math.max(...moments),
    counters: [
      ...new Set(rows.flatMap((it) => [it.countedBy ?? [], it.sentBy ?? []].flat())),
    ].toSorted(),
    sessions: sessions.length,
    isOpen: sessions.some(([first]) => first !== undefined && isOpenStatus(first.sessionStatus)),
  }
}

/** The device's word, already set by the server's clock (decision 24); never later than when the server heard of it. */
function countedAt(row: CountedRow): number {
  return row.lastScanAt === null ? row.lastUpdatedAt : Math.min(row.lastScanAt, row.lastUpdatedAt)
}

function groupBy<Item, Key>(items: readonly Item[], keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [item])
    else group.push(item)
  }
  return groups
}
