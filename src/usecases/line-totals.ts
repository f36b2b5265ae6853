// The total of a line at this moment: the stored line, and what this page knows of the events that are not folded yet.
import type { CountedItem } from '../domain/counted-item'
import { lineKeyOf } from '../domain/fold'
import type { ItemKey, LineKey, ProductId } from '../domain/ids'
import { sumQuantity, ZERO } from '../domain/quantity'
import { standingOf } from '../domain/scan-event'
import type { ScansTx } from '../ports/scans-schema'
import type { DeskMemory, RecordDeps } from './desk-memory'
import { readCursor, readOverlay, UNFOLDED_MAX } from './overlay'
import type { Unfolded } from './overlay'
import { readSessionSum } from './scan-totals'

/** What stored lines are to be completed with, read in the transaction that read them. */
export interface Unread {
  /** gid of the last event that is in the stored lines. */
  readonly cursor: number
  /** What the values that were not folded stand for, where the session says so. */
  readonly products: ReadonlyMap<ItemKey, ProductId>
}

export interface LineNow {
  readonly item: CountedItem | undefined
  readonly unfolded: Unfolded
}

/** Needs the tables meta and matches. Asks for matches only that this page does not know. */
export async function readUnread(tx: ScansTx, { sessionId }: Pick<RecordDeps, 'sessionId'>, { tail, matches }: DeskMemory): Promise<Unread> {
  const open = tail.openKeys() ?? []
  const asked = matches.unknown(open)
  const age = matches.age()
  // Taken now: what is forgotten while this is read was right when the reading began.
  const known = new Map(open.map((itemKey) => [itemKey, matches.productOf(itemKey)]))
  const [cursor, rows] = await Promise.all([
    readCursor(tx),
    asked.length === 0 ? [] : tx.bulkGet('matches', asked.map((itemKey) => [sessionId, itemKey])),
  ])
  const read = new Map(asked.map((itemKey, index) => [itemKey, rows[index]?.productId ?? null]))
  const products = new Map<ItemKey, ProductId>()
  for (const [itemKey, before] of known) {
    const productId = read.get(itemKey) ?? before
    if (productId !== null) products.set(itemKey, productId)
  }
  matches.take(age, read)
  tail.folded(cursor)
  return { cursor, products }
}

/** @returns null when this page does not know all of them */
export function unfoldedOf({ tail, values }: DeskMemory, lineKey: LineKey, { cursor, products }: Unread): Unfolded | null {
  const events = tail.after(cursor)
  if (events === null) return null
  let unfolded: Unfolded = { quantity: ZERO, standing: 0 }
  for (const event of events) {
    const { itemKey } = event
    if (lineKeyOf(itemKey, products.get(itemKey) ?? values.get(itemKey)?.productId ?? null) !== lineKey) continue
    const quantity = sumQuantity(unfolded.quantity, event.quantity)
    unfolded = { quantity, standing: unfolded.standing + standingOf(event) }
  }
  return unfolded
}

/** A line and what is to be added to it. Asks for no event as long as this page knows them. Rules: docs/SPEC.md SE19, SE38 */
export async function readLineNow(deps: RecordDeps, memory: DeskMemory, lineKey: LineKey): Promise<LineNow> {
  const { sessionId } = deps
  await knowTail(deps, memory)
  const read = await deps.writer.store().tx(['items', 'meta', 'matches'], 'r', async (tx) => {
    const [item, unread] = await Promise.all([tx.get('items', [sessionId, lineKey]), readUnread(tx, deps, memory)])
    return { item, unread }
  })
  const unfolded = unfoldedOf(memory, lineKey, read.unread)
  if (unfolded !== null) return { item: read.item, unfolded }
  // So much is not folded that it is not kept.
  return await deps.writer.store().tx(['items', 'meta', 'scanEvents', 'matches'], 'r', async (tx) => {
    const item = await tx.get('items', [sessionId, lineKey])
    return { item, unfolded: (await readOverlay(tx, sessionId, { known: memory.values })).of(lineKey) }
  })
}

/** Read the newest events if this page does not know them: at the start, and after somebody else appended. */
export async function knowTail({ sessionId, writer }: RecordDeps, { tail }: DeskMemory): Promise<void> {
  if (tail.standing() !== null) return
  // The cursor alone: waiting for a fold with the events in hand it would hold up every append.
  const cursor = await writer.store().tx(['meta'], 'r', readCursor)
  const read = await writer.store().tx(['logs', 'scanEvents'], 'r', async (tx) => {
    const { lastGid, standing } = await readSessionSum(tx, sessionId)
    const unfolded = await tx.range('scanEvents', ':id', { lower: cursor, lowerOpen: true, limit: UNFOLDED_MAX })
    // Cut off: what is known begins with the next event.
    const isWhole = unfolded.length < UNFOLDED_MAX
    const events = isWhole ? unfolded.filter((event) => event.sessionId === sessionId) : []
    return { cursor, from: isWhole ? cursor : Math.max(cursor, lastGid), events, lastGid, standing }
  })
  tail.take(read)
}
