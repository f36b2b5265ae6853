// What was repaired or found missing: kept until a person has read it.
import type { ReportItem, ScansStore, ScansTx } from '../ports/scans-schema'

/** Older ones are in the sync log. */
const ITEMS_MAX = 20

/** Rules: docs/SPEC.md SR5 */
export function addToReport(scans: ScansStore, item: ReportItem): Promise<void> {
  return scans.tx(['meta'], 'rw', (tx) => noteForReport(tx, item))
}

/** Together with what it tells of. Needs the table meta for writing. */
export async function noteForReport(tx: ScansTx, item: ReportItem): Promise<void> {
  const before = itemsOf(await tx.get('meta', 'report'))
  await tx.put('meta', { k: 'report', items: [...before, item].slice(-ITEMS_MAX) })
}

export function readReport(scans: ScansStore): Promise<readonly ReportItem[]> {
  return scans.tx(['meta'], 'r', async (tx) => itemsOf(await tx.get('meta', 'report')))
}

/** Read: it is not shown again. What came in since stays. */
export function dismissReport(scans: ScansStore, seen: number): Promise<void> {
  return scans.tx(['meta'], 'rw', async (tx) => {
    const items = itemsOf(await tx.get('meta', 'report')).slice(seen)
    if (items.length === 0) await tx.bulkDelete('meta', ['report'])
    else await tx.put('meta', { k: 'report', items })
  })
}

function itemsOf(row: object | undefined): readonly ReportItem[] {
  return row !== undefined && 'items' in row ? (row.items as readonly ReportItem[]) : []
}
