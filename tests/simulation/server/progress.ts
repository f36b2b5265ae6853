// Progress of a count in memory; server-mock computes the same in one query, and the parity test compares them (SC1, SC29).
import { PURPOSE_IDS } from '../../../src/contract/counts'
import type { CycleCountRow } from '../../../server-mock/rules/count-change'
import type { ItemRow } from '../../../server-mock/rules/item-row'
import type { SimSession } from './state'

interface Line {
  isRequested: boolean
  isCounted: boolean
}

/** Lines asked for, and lines counted among them (in a hard count: lines counted at all). */
export function progressOf(
  count: CycleCountRow,
  sessions: readonly SimSession[],
): { readonly requested: number; readonly counted: number } {
  const lines = new Map<string, Line>()
  for (const session of sessions) {
    if (session.status === 'voided') continue
    for (const [key, line] of linesOf([...session.rows.values()])) {
      const known = lines.get(key)
      lines.set(key, {
        isRequested: line.isRequested || known?.isRequested === true,
        isCounted: line.isCounted || known?.isCounted === true,
      })
    }
  }
  const all = [...lines.values()]
  const isHard = count.purposeId === PURPOSE_IDS.hard
  return {
    requested: all.filter((it) => it.isRequested).length,
    counted: all.filter((it) => it.isCounted && (it.isRequested || isHard)).length,
  }
}

function linesOf(rows: readonly ItemRow[]): ReadonlyMap<string, Line> {
  const standing = new Map<string, number>()
  const lines = new Map<string, Line>()
  for (const row of rows) {
    if (row.isDeleted) continue
    const key = row.productId === null ? (row.productIdentifier === null ? `u${row.uuid ?? ''}` : `v${row.productIdentifier}`) : `p${row.productId}`
    const line = lines.get(key) ?? { isRequested: false, isCounted: false }
    standing.set(key, (standing.get(key) ?? 0) + (row.standing ?? 0))
    lines.set(key, {
      isRequested: line.isRequested || row.isRequested === true,
      isCounted: line.isCounted || (row.standing === null && row.quantity !== null),
    })
  }
  for (const [key, line] of lines) if (standing.get(key) !== 0) line.isCounted = true
  return lines
}
