// What the newest events add to the stored lines: the fold runs behind the scanner, the screen does not.
import { lineKeyOf } from '../domain/fold'
import type { ItemKey, LineKey, ProductId, SessionId } from '../domain/ids'
import { sumQuantity, ZERO } from '../domain/quantity'
import type { Micro } from '../domain/quantity'
import { standingOf } from '../domain/scan-event'
import type { StoredScanEvent } from '../domain/scan-event'
import type { ScansTx } from '../ports/scans-schema'

/** Events behind the fold that are looked at; more means that the fold is not running, and the totals lag. */
export const UNFOLDED_MAX = 2000

/** For what is computed from the totals: it waits a little longer, and must not be cut off. */
export const UNFOLDED_BY_HAND_MAX = 20_000

/** What a value stands for as this page found it before the fold did. */
export interface KnownValue {
  readonly productId: ProductId | null
  readonly packSize: number
  readonly name: string | null
}
export type KnownValues = ReadonlyMap<ItemKey, KnownValue>

export interface Unfolded {
  readonly quantity: Micro
  readonly standing: number
}

export interface Overlay {
  /** Events of the session that are not folded yet, in order. */
  readonly events: readonly StoredScanEvent[]
  readonly of: (lineKey: LineKey) => Unfolded
  /** For the values of these events. */
  readonly lineKeyOf: (itemKey: ItemKey) => LineKey
  /** More events are not folded than were looked at: the totals lag. */
  readonly isCutOff: boolean
}

const NOTHING: Unfolded = { quantity: ZERO, standing: 0 }

/** Needs the tables meta, scanEvents and matches. */
export async function readOverlay(
  tx: ScansTx,
  sessionId: SessionId,
  { known, limit = UNFOLDED_MAX }: { readonly known: KnownValues; readonly limit?: number },
): Promise<Overlay> {
  const cursor = await readCursor(tx)
  const all = await tx.range('scanEvents', ':id', { lower: cursor, lowerOpen: true, limit })
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
  return { events, of: (lineKey) => byLine.get(lineKey) ?? NOTHING, lineKeyOf: lineKeyOfKey, isCutOff: all.length >= limit }
}

/** gid of the last event folded; 0 = none. Needs the table meta. */
export async function readCursor(tx: ScansTx): Promise<number> {
  const row = await tx.get('meta', 'aggCursor')
  return row?.k === 'aggCursor' ? row.gid : 0
}

/** On which line a value counts. Needs the table matches. */
export async function readLineKeys(
  tx: ScansTx,
  sessionId: SessionId,
  { itemKeys, known }: { readonly itemKeys: readonly ItemKey[]; readonly known: KnownValues },
): Promise<(itemKey: ItemKey) => LineKey> {
  const keys = [...new Set(itemKeys)]
  const rows = await tx.bulkGet('matches', keys.map((itemKey) => [sessionId, itemKey]))
  const products = new Map(keys.map((itemKey, index) => [itemKey, rows[index]?.productId ?? known.get(itemKey)?.productId ?? null]))
  return (itemKey) => lineKeyOf(itemKey, products.get(itemKey) ?? null)
}
