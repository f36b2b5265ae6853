// What the newest events add to the stored lines: the fold runs behind the scanner, the screen does not.
import { lineKeyOf } from '../domain/fold'
import type { ItemKey, LineKey, ProductId, SessionId } from '../domain/ids'
import { sumQuantity, ZERO } from '../domain/quantity'
import type { Micro } from '../domain/quantity'
import { standingOf } from '../domain/scan-event'
import type { StoredScanEvent } from '../domain/scan-event'
import type { ScansTx } from '../ports/scans-schema'

/** Events behind the fold that are looked at; more means that the fold is not running, and the totals lag. */
const UNFOLDED_MAX = 2000

/** Products by value as this page found them before the fold did. */
export type KnownProducts = ReadonlyMap<ItemKey, ProductId | null>

export interface Unfolded {
  readonly quantity: Micro
  readonly standing: number
}

export interface Overlay {
  /** Events of the session that are not folded yet, in order. */
  readonly events: readonly StoredScanEvent[]
  readonly of: (lineKey: LineKey) => Unfolded
}

const NOTHING: Unfolded = { quantity: ZERO, standing: 0 }

/** Needs the tables meta, scanEvents and matches. */
export async function readOverlay(tx: ScansTx, sessionId: SessionId, known: KnownProducts): Promise<Overlay> {
  const row = await tx.get('meta', 'aggCursor')
  const cursor = row?.k === 'aggCursor' ? row.gid : 0
  const all = await tx.range('scanEvents', ':id', { lower: cursor, lowerOpen: true, limit: UNFOLDED_MAX })
  const events = all.filter((event) => event.sessionId === sessionId)
  const lineKeyOfKey = await readLineKeys(tx, sessionId, { itemKeys: events.map((event) => event.itemKey), known })
  const byLine = new Map<LineKey, Unfolded>()
  for (const event of events) {
    const lineKey = lineKeyOfKey(event.itemKey)
    const before = byLine.get(lineKey) ?? NOTHING
    byLine.set(lineKey, {
      quantity: sumQuantity(before.quantity, event.quantity),
      standing: before.standing + standingOf(event),
    })
  }
  return { events, of: (lineKey) => byLine.get(lineKey) ?? NOTHING }
}

/** On which line a value counts. Needs the table matches. */
export async function readLineKeys(
  tx: ScansTx,
  sessionId: SessionId,
  { itemKeys, known }: { readonly itemKeys: readonly ItemKey[]; readonly known: KnownProducts },
): Promise<(itemKey: ItemKey) => LineKey> {
  const keys = [...new Set(itemKeys)]
  const rows = await tx.bulkGet('matches', keys.map((itemKey) => [sessionId, itemKey]))
  const products = new Map(keys.map((itemKey, index) => [itemKey, rows[index]?.productId ?? known.get(itemKey) ?? null]))
  return (itemKey) => lineKeyOf(itemKey, products.get(itemKey) ?? null)
}
