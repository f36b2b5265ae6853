// Products that a planner adds to or takes off the list of a session, beside whoever counts in it.
import type { ItemRow } from './item-row'

export type ItemVerdict =
  | { readonly verdict: 'taken' | 'same' }
  | { readonly verdict: 'refused'; readonly message: string }

export interface AskedChange {
  /** All rows of the product in the session, tombstones included. */
  readonly rows: readonly ItemRow[]
  readonly now: number
}

export interface DecidedChange {
  readonly verdict: ItemVerdict
  readonly updated: readonly ItemRow[]
  /** The product needs a row of its own. */
  readonly needsRow: boolean
}

const NOTHING = { updated: [], needsRow: false }

/** A row that was taken off is asked for again; without one the product gets a row. Rules: docs/SPEC.md PL22 */
export function decideAdding({ rows, now }: AskedChange): DecidedChange {
  const living = rows.filter((it) => !it.isDeleted)
  if (living.some((it) => it.isRequested === true)) return { verdict: { verdict: 'same' }, ...NOTHING }
  const [own] = living.filter((it) => it.logId === null)
  if (own === undefined) return { verdict: { verdict: 'taken' }, updated: [], needsRow: true }
  return { verdict: { verdict: 'taken' }, updated: [asked(own, true, now)], needsRow: false }
}

/**
 * Not asked for any more: the row stays, under a higher revision of its identification, so that every device hears of
 * it as of any change. What somebody has counted stays asked for. Rules: docs/SPEC.md PL22
 */
export function decideRemoving({ rows, now }: AskedChange): DecidedChange {
  const living = rows.filter((it) => !it.isDeleted)
  const wanted = living.filter((it) => it.isRequested === true)
  if (wanted.length === 0) return { verdict: { verdict: 'same' }, ...NOTHING }
  if (living.some((it) => it.quantity !== null))
    return { verdict: { verdict: 'refused', message: 'Somebody has counted it already' }, ...NOTHING }
  return {
    verdict: { verdict: 'taken' },
    updated: wanted.map((it) => asked(it, false, now)),
    needsRow: false,
  }
}

function asked(row: ItemRow, isRequested: boolean, now: number): ItemRow {
  return { ...row, isRequested, matchRev: row.matchRev + 1, lastUpdatedAt: now }
}
