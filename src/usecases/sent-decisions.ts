// What this device has sent of a review that is booked at once: noted before it goes out, settled when the rows say what became of it.
import type { CycleCountId, ProductId } from '../domain/ids'
import type { SentDecision, SentTrail } from '../domain/sent-decision'
import type { MetaRow, ScansStore, ScansTx } from '../ports/scans-schema'

/** More than anybody reads; a bulk of thousands leaves its number. */
const SENT_MAX = 500

const keyOf = (id: CycleCountId) => `booked:${id}` as const
type BookedRow = Extract<MetaRow, { readonly k: `booked:${string}` }>

/** Rules: docs/SPEC.md RV49 */
export function noteSent(scans: ScansStore, id: CycleCountId, sent: readonly SentDecision[]): Promise<void> {
  return scans.tx(['meta'], 'rw', async (tx) => {
    const before = await trailIn(tx, id)
    const all = [...before.sent, ...sent]
    const kept = all.slice(-SENT_MAX)
    await tx.put('meta', { k: keyOf(id), sent: kept, earlier: before.earlier + all.length - kept.length })
  })
}

/** @param became of each product of the batch; undefined where nobody knows */
export function settleSent(
  scans: ScansStore,
  id: CycleCountId,
  batch: string,
  became: (productId: ProductId) => 'booked' | 'not-booked' | undefined,
): Promise<void> {
  return scans.tx(['meta'], 'rw', async (tx) => {
    const { sent, earlier } = await trailIn(tx, id)
    const settled = sent.map((it) => (it.batch === batch ? { ...it, became: became(it.productId) ?? it.became } : it))
    await tx.put('meta', { k: keyOf(id), sent: settled, earlier })
  })
}

export function readSent(scans: ScansStore, id: CycleCountId): Promise<SentTrail> {
  return scans.tx(['meta'], 'r', (tx) => trailIn(tx, id))
}

async function trailIn(tx: Pick<ScansTx, 'get'>, id: CycleCountId): Promise<SentTrail> {
  const row = await tx.get('meta', keyOf(id))
  return row !== undefined && isBooked(row) ? { sent: row.sent, earlier: row.earlier } : { sent: [], earlier: 0 }
}

function isBooked(row: MetaRow): row is BookedRow {
  return 'sent' in row
}
